//! How targets stand, counted.

use prospect_delete_core::Outcome;

/// How many targets came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Counts {
    /// All of them.
    pub targets: u64,
    /// The provider confirmed it.
    pub deleted: u64,
    /// The provider does it later.
    pub accepted: u64,
    /// The provider keeps them from being contacted.
    #[serde(skip_serializing_if = "is_none")]
    pub suppressed: u64,
    /// The provider did not do it.
    pub rejected: u64,
    /// It never left.
    pub not_sent: u64,
    /// It may have been done.
    pub unknown: u64,
    /// Still to be sent.
    pub pending: u64,
}

/// Runs without suppressions say nothing of them.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Counts {
    /// Adds targets that came to an end, or to none while they are still to be sent.
    pub fn add(&mut self, outcome: Option<Outcome>, targets: u64) {
        self.targets += targets;
        *match outcome {
            Some(Outcome::Deleted) => &mut self.deleted,
            Some(Outcome::Accepted) => &mut self.accepted,
            Some(Outcome::Suppressed) => &mut self.suppressed,
            Some(Outcome::Rejected) => &mut self.rejected,
            Some(Outcome::NotSent) => &mut self.not_sent,
            None => &mut self.pending,
            // And what this crate does not know.
            Some(_) => &mut self.unknown,
        } += targets;
    }

    /// These without those.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            targets: self.targets.saturating_sub(other.targets),
            deleted: self.deleted.saturating_sub(other.deleted),
            accepted: self.accepted.saturating_sub(other.accepted),
            suppressed: self.suppressed.saturating_sub(other.suppressed),
            rejected: self.rejected.saturating_sub(other.rejected),
            not_sent: self.not_sent.saturating_sub(other.not_sent),
            unknown: self.unknown.saturating_sub(other.unknown),
            pending: self.pending.saturating_sub(other.pending),
        }
    }

    /// These and those.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            targets: self.targets + other.targets,
            deleted: self.deleted + other.deleted,
            accepted: self.accepted + other.accepted,
            suppressed: self.suppressed + other.suppressed,
            rejected: self.rejected + other.rejected,
            not_sent: self.not_sent + other.not_sent,
            unknown: self.unknown + other.unknown,
            pending: self.pending + other.pending,
        }
    }
}
