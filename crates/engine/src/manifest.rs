//! What a run is, where it goes, and who is at work on it.

use prospect_delete_core::is_harmful;

/// Where a provider's requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The provider's name.
    pub provider: &'static str,
    /// Scheme, host and port.
    pub base_url: String,
    /// A digest of the key, `None` once the run was forgotten.
    pub fingerprint: Option<String>,
}

/// What a run is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Manifest {
    /// The run's name, a UUID.
    pub run_id: String,
    /// SHA-256 of the canonical plan, in hexadecimal.
    pub digest: String,
    /// When it was planned, as RFC 3339 in UTC.
    pub planned_at: String,
    /// Who planned it, as `user@host`.
    pub planned_by: String,
    /// The version of the program that planned it.
    pub planned_with: String,
    /// When identifiers were replaced by keyed hashes, if they were.
    pub forgotten_at: Option<String>,
}

/// Who is at work on a run, and with which program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The person, or the machine's account, as `user@host`.
    pub name: String,
    /// The machine.
    pub host: String,
    /// The version of the program.
    pub version: String,
}

impl Operator {
    /// Whoever runs this process, as the system names them, with a program of this version.
    #[must_use]
    pub fn here(version: impl Into<String>) -> Self {
        let harmless = |name: String| name.replace(is_harmful, "\u{fffd}");
        let user = harmless(whoami::username().unwrap_or_else(|_| "unknown".to_owned()));
        let host = harmless(whoami::hostname().unwrap_or_else(|_| "unknown".to_owned()));
        Self {
            name: format!("{user}@{host}"),
            host,
            version: version.into(),
        }
    }
}
