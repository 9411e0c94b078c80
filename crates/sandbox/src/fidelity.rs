//! What of the sandbox's behaviour the vendors document, and what had to be chosen.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

static BEHAVIOURS: LazyLock<Vec<Behaviour>> = LazyLock::new(|| {
    yaml_serde::from_str(include_str!("../fidelity.yaml")).expect("the table of behaviours is YAML")
});

/// One thing that the sandbox does as a provider does it, or as one might.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Behaviour {
    /// A name that stays, for example `nlpearl.unknown_lead`.
    pub id: String,
    /// The provider, or `all`.
    pub provider: String,
    /// What happens.
    pub behaviour: String,
    /// Why the sandbox does it.
    pub basis: Basis,
    /// The vendor's page that says so, or from which it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Why the sandbox does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Basis {
    /// The vendor's document says so.
    Documented,
    /// It follows from what the vendor's document says.
    Inferred,
    /// No document says it, and a choice had to be made.
    Assumed,
}

impl Basis {
    /// The word in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Inferred => "inferred",
            Self::Assumed => "assumed",
        }
    }
}

/// Every behaviour of the sandbox, with its basis.
///
/// Each is proved by a test that sends the requests which the table has for it.
#[must_use]
pub fn fidelity() -> &'static [Behaviour] {
    &BEHAVIOURS
}
