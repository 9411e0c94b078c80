use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ParseNameError;

/// How a deletion ended.
///
/// There may be more of them one day. Decisions that must not miss one are methods here:
/// [`is_success`](Self::is_success), [`is_answered`](Self::is_answered) and [`is_in_doubt`](Self::is_in_doubt).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
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

    /// Whether the provider answered in a way to rely on: what became of the request is known from the provider.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        match self {
            Self::Deleted | Self::Accepted | Self::Suppressed | Self::Rejected => true,
            Self::NotSent | Self::Unknown => false,
        }
    }

    /// Whether something may be gone although nothing confirmed it.
    #[must_use]
    pub const fn is_in_doubt(self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Deleted | Self::Accepted | Self::Suppressed | Self::Rejected | Self::NotSent => {
                false
            }
        }
    }

    /// The number that stands for it in run files, from 1 on. Never used again for another outcome.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Deleted => 1,
            Self::Accepted => 2,
            Self::Rejected => 3,
            Self::NotSent => 4,
            Self::Unknown => 5,
            Self::Suppressed => 6,
        }
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
    type Err = ParseNameError;

    fn from_str(name: &str) -> Result<Self, ParseNameError> {
        let mut all = Self::ALL.iter().copied();
        all.find(|outcome| outcome.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.iter().map(|outcome| outcome.as_str());
            ParseNameError::new(name, "outcome", names)
        })
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
