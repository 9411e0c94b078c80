use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Operation, text::quoted};

/// How a deletion ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The provider confirmed the deletion in the form it documents.
    Deleted,
    /// The provider took the deletion as a job that it carries out later.
    Accepted,
    /// The provider refused the request. Where it names several ids, some of them may be gone all the same; see
    /// [`Error::may_be_gone`](crate::Error::may_be_gone).
    Rejected,
    /// The provider confirmed that the person is on its list of those who are not contacted.
    Suppressed,
    /// The request never left this machine.
    NotSent,
    /// The request may have left, and no trustworthy answer came back. Something may be gone.
    Unknown,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: &'static [Self] = &[
        Self::Deleted,
        Self::Accepted,
        Self::Rejected,
        Self::NotSent,
        Self::Unknown,
    ];

    /// The name used in JSON, in input files and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Accepted => "accepted",
            Self::Suppressed => "suppressed",
            Self::Rejected => "rejected",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }

    /// What two attempts of one request mean together, of which `later` came second.
    ///
    /// A success stands. Otherwise what says most about the people does: once one may have deleted, no
    /// later refusal makes that undone.
    #[must_use]
    pub fn and_then(self, later: Self) -> Self {
        if later.is_success() || later.weight() >= self.weight() {
            later
        } else {
            self
        }
    }

    /// Whether the provider confirmed the deletion, or took it.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Deleted | Self::Accepted | Self::Suppressed)
    }

    /// How much a failed attempt says about what became of the people.
    pub(crate) const fn weight(self) -> u8 {
        match self {
            Self::Unknown => 2,
            Self::Rejected => 1,
            Self::NotSent | Self::Deleted | Self::Accepted | Self::Suppressed => 0,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Outcome {
    type Err = ParseOutcomeError;

    fn from_str(name: &str) -> Result<Self, ParseOutcomeError> {
        let mut all = Self::ALL.iter().copied();
        all.find(|outcome| outcome.as_str() == name)
            .ok_or_else(|| ParseOutcomeError(name.to_owned()))
    }
}

/// A text that is no name of an [`Outcome`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseOutcomeError(String);

impl fmt::Display for ParseOutcomeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Outcome::ALL.iter().map(|outcome| outcome.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        write!(f, "{} is no outcome; give one of {names}", quoted(&self.0))
    }
}

impl std::error::Error for ParseOutcomeError {}

/// A deletion that the provider confirmed or took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Receipt {
    /// [`Outcome::Deleted`] or [`Outcome::Accepted`].
    pub outcome: Outcome,
    /// The provider's name.
    pub provider: &'static str,
    /// The operation's name, without the provider.
    pub operation: &'static str,
    /// How many requests were sent.
    pub attempts: u32,
    /// The status of the answer.
    pub http_status: u16,
    /// The provider's own words, where it said any.
    pub message: Option<String>,
    /// The provider's number for the job, else the answer's request id header.
    pub request_id: Option<String>,
    /// What the provider counted, where it counts.
    pub count: Option<u64>,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            outcome,
            provider,
            operation,
            http_status,
            ..
        } = self;
        write!(f, "{provider}.{operation}: {outcome} (HTTP {http_status}")?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        f.write_str(")")?;
        if let Some(count) = self.count {
            write!(f, ", count {count}")?;
        }
        if let Some(request_id) = &self.request_id {
            write!(f, ", request {request_id}")?;
        }
        Ok(())
    }
}

impl Receipt {
    pub(crate) fn new(outcome: Outcome, operation: &Operation, http_status: u16) -> Self {
        Self {
            outcome,
            provider: operation.provider.name,
            operation: operation.name,
            attempts: 0,
            http_status,
            message: None,
            request_id: None,
            count: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_have_one_name_everywhere() {
        for outcome in Outcome::ALL {
            let name = outcome.as_str();
            assert_eq!(outcome.to_string(), name);
            assert_eq!(name.parse(), Ok(*outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), name);
            assert_eq!(
                serde_json::from_value::<Outcome>(name.into()).unwrap(),
                *outcome
            );
        }
        let error = "gone".parse::<Outcome>().unwrap_err().to_string();
        assert_eq!(
            error,
            "\"gone\" is no outcome; give one of deleted, accepted, rejected, not_sent, unknown"
        );
    }
}
