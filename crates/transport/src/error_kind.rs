use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ParseNameError;

/// What kind of failure it was.
///
/// Its names are those of records and reports: `not_found`, `invalid_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The key was not accepted (401).
    Authentication,
    /// The key may not do this (403).
    Permission,
    /// What was named is not there (404, 410, or the provider says so).
    NotFound,
    /// The provider does not take the request as it is (400, 422 and other 4xx, or a 2xx that says no).
    InvalidRequest,
    /// Too many requests (429, or the provider's [code](crate::Provider::throttling_code) for it).
    Throttled,
    /// The state of things does not allow it (409, or the provider says so).
    Conflict,
    /// The server failed (5xx, 408).
    Server,
    /// The server pointed somewhere else (3xx). Redirects are never followed.
    Redirect,
    /// The connection failed, or time ran out.
    Transport,
    /// An answer that the provider does not document.
    UnexpectedResponse,
}

impl ErrorKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Authentication,
        Self::Permission,
        Self::NotFound,
        Self::InvalidRequest,
        Self::Throttled,
        Self::Conflict,
        Self::Server,
        Self::Redirect,
        Self::Transport,
        Self::UnexpectedResponse,
    ];

    /// The name used in records and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::InvalidRequest => "invalid_request",
            Self::Throttled => "throttled",
            Self::Conflict => "conflict",
            Self::Server => "server",
            Self::Redirect => "redirect",
            Self::Transport => "transport",
            Self::UnexpectedResponse => "unexpected_response",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ErrorKind {
    type Err = ParseNameError;

    fn from_str(name: &str) -> Result<Self, ParseNameError> {
        let mut all = Self::ALL.iter().copied();
        all.find(|kind| kind.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.iter().map(|kind| kind.as_str());
            ParseNameError::new(name, "kind of failure", names)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_one_name_everywhere() {
        for kind in ErrorKind::ALL {
            let name = kind.as_str();
            assert_eq!(kind.to_string(), name);
            assert_eq!(name.parse(), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
            assert_eq!(
                serde_json::from_value::<ErrorKind>(name.into()).unwrap(),
                *kind
            );
        }
        let error = "Throttled\n".parse::<ErrorKind>().unwrap_err().to_string();
        assert!(error.starts_with("\"Throttled\\n\" is no kind"), "{error}");
        assert!(error.contains("throttled, conflict"), "{error}");
    }
}
