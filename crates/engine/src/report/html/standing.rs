//! The groups of targets that the page counts.

use crate::Counts;

/// How targets may end, in the order of their urgency. The script knows that the first four need a person.
pub(super) const STANDINGS: [Standing; 6] = [
    Standing {
        name: "unknown",
        count: |counts| counts.unknown,
    },
    Standing {
        name: "rejected",
        count: |counts| counts.rejected,
    },
    Standing {
        name: "not_sent",
        count: |counts| counts.not_sent,
    },
    Standing {
        name: "pending",
        count: |counts| counts.pending,
    },
    Standing {
        name: "accepted",
        count: |counts| counts.accepted,
    },
    Standing {
        name: "deleted",
        count: |counts| counts.deleted,
    },
];

/// How many of them need a person.
pub(super) const NEED_A_PERSON: usize = 4;

pub(super) struct Standing {
    pub(super) name: &'static str,
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
