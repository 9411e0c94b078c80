//! What was planned, counted and sampled.

use prospect_delete_core::{Target, TargetKind};

/// What was planned for one provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Planned {
    /// Targets, each once.
    pub targets: u64,
    /// Requests that name them.
    pub requests: u64,
    /// Targets that are scopes, without a limit to how many they delete.
    pub scopes: u64,
}

/// Some of the planned targets of one kind, for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// The kind.
    pub kind: &'static TargetKind,
    /// The first, the last, and some between.
    pub targets: Vec<Target>,
    /// How many there are of the kind.
    pub of: u64,
}
