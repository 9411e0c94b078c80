//! The groups of targets that the page counts.

use prospect_delete_core::Outcome;

use crate::counts::Counts;

/// How targets may end, in the order of their urgency. The script knows that the first four need a person.
pub(super) const STANDINGS: [Standing; 6] = [
    Standing {
        name: "unknown",
        outcome: Some(Outcome::Unknown),
        count: |counts| counts.unknown,
    },
    Standing {
        name: "rejected",
        outcome: Some(Outcome::Rejected),
        count: |counts| counts.rejected,
    },
    Standing {
        name: "not_sent",
        outcome: Some(Outcome::NotSent),
        count: |counts| counts.not_sent,
    },
    Standing {
        name: "pending",
        outcome: None,
        count: |counts| counts.pending,
    },
    Standing {
        name: "accepted",
        outcome: Some(Outcome::Accepted),
        count: |counts| counts.accepted,
    },
    Standing {
        name: "deleted",
        outcome: Some(Outcome::Deleted),
        count: |counts| counts.deleted,
    },
];

/// How many of them need a person.
pub(super) const NEED_A_PERSON: usize = 4;

pub(super) struct Standing {
    pub(super) name: &'static str,
    /// `None` for what is still to be sent.
    pub(super) outcome: Option<Outcome>,
    pub(super) count: fn(&Counts) -> u64,
}

impl Standing {
    pub(super) fn words(&self) -> String {
        self.name.replace('_', " ")
    }
}

/// How many targets need a person.
pub(super) fn needing_a_person(counts: &Counts) -> u64 {
    STANDINGS[..NEED_A_PERSON]
        .iter()
        .map(|of| (of.count)(counts))
        .sum()
}

/// The place of an outcome in [`STANDINGS`].
pub(super) fn place(outcome: Outcome) -> Option<usize> {
    STANDINGS.iter().position(|of| of.outcome == Some(outcome))
}
