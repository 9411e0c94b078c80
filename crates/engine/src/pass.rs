//! The times that a run was applied.

/// Which requests that were tried before are tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Those that the provider refused.
    pub rejected: bool,
    /// Scopes of which nobody knows whether they were deleted. People of whom nobody knows are always
    /// tried again, since naming them twice deletes nothing more.
    pub unknown: bool,
}

/// One time that a run was applied.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Pass {
    /// Who applied it, as `user@host`.
    pub by: String,
    /// The version of the program.
    pub with: String,
    /// When it began, as RFC 3339 in UTC.
    pub began_at: String,
    /// When it ended; `None` while it is under way, and where it broke off.
    pub ended_at: Option<String>,
    /// How it ended; `None` while it is under way. One that broke off is found out by the next pass.
    pub end: Option<PassEnd>,
    /// Requests of which anything may have left.
    pub requests_sent: u64,
}

/// How a pass ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PassEnd {
    /// Nothing was left to be sent, or a provider was given up.
    Completed,
    /// Somebody stopped it, and what was under way was waited for.
    Interrupted,
    /// The run file could not be written any more.
    Failed,
    /// The program ended in the middle of it.
    BrokenOff,
}

impl PassEnd {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::BrokenOff => "broken_off",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [
            Self::Completed,
            Self::Interrupted,
            Self::Failed,
            Self::BrokenOff,
        ]
        .into_iter()
        .find(|end| end.as_str() == name)
    }
}
