//! What a store keeps of a request and of its attempts, however it keeps it.

use prospect_delete_core::Outcome;

use super::{AttemptId, RequestId};

/// A request as it was planned, or a part of one that was split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestRow {
    /// Its number. Those of the plan are numbered from 1, without gaps.
    pub id: RequestId,
    /// The request that it is a part of.
    pub parent: Option<RequestId>,
    /// The code of its kind of target.
    pub kind: u8,
    /// Whether everybody in a scope is deleted. It follows from the kind, and is there to be asked for.
    pub scope: bool,
    /// When it is sent. It follows from the kind as well.
    pub stage: u8,
    /// The options of its targets.
    pub options: u8,
    /// The number of its first target. Targets are numbered from 1, in the order of the requests.
    pub first: i64,
    /// How many targets it names.
    pub count: i64,
    /// Attempts of which anything may have left.
    pub attempts: u32,
    /// Whether an attempt may have applied although nothing confirmed it.
    pub may_have_applied: bool,
}

impl RequestRow {
    /// The first target that is not its any more.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.first.saturating_add(self.count)
    }
}

/// An attempt, as far as it says what became of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// The request.
    pub request: RequestId,
    /// Its number.
    pub id: AttemptId,
    /// The pass that it belongs to.
    pub pass: i64,
    /// How it ended; `None` while it is under way.
    pub outcome: Option<Outcome>,
    /// The [code](super::Disposition::code) of what became of the request; 0 while it is under way.
    pub disposition: u8,
    /// Whether it was a refusal that may be about the ids.
    pub about_ids: bool,
    /// Whether it [turned out](super::Record::Reopen) not to be about the ids.
    pub reopened: bool,
    /// Whether it is what an attempt at the whole request said of a part.
    pub shared: bool,
}

/// How a request stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether its targets go on in parts of it.
    pub split: bool,
    /// Whether an attempt may have applied although nothing confirmed it.
    pub may_have_applied: bool,
    /// Attempts of which anything may have left.
    pub attempts: u32,
    /// What it came to; `None` while it is still to be sent.
    pub outcome: Option<Outcome>,
}
