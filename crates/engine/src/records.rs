//! What is on record of a run, as it is handed out to whoever reads it. Stores make these, so they can be made outside.

use prospect_delete_core::{Outcome, Target, TargetKind};

/// The number of a request within its run.
pub type RequestId = i64;

/// The number of an attempt within its run. Later attempts have higher numbers.
pub type AttemptId = i64;

/// One target, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What kind of target it is.
    pub kind: &'static TargetKind,
    /// Which one.
    pub named: Named,
    /// Of a forgotten run: the hash of what other spellings of the target have in common with it.
    pub alike: Option<String>,
    /// How it ended; `None` while it is still to be sent.
    pub outcome: Option<Outcome>,
    /// Requests with it of which anything may have left.
    pub attempts: u32,
    /// The last attempt, where there was one.
    pub last: Option<LastAttempt>,
}

/// How a report names a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its identifiers.
    Target(Target),
    /// By the keyed hash that took their place, in hexadecimal.
    Hash(String),
}

/// What is kept of the last attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastAttempt {
    /// When it ended, or began where no end is known, as RFC 3339 in UTC.
    pub at: String,
    /// The status of the answer.
    pub http_status: Option<u16>,
    /// What kind of failure it was.
    pub failure: Option<String>,
    /// The provider's own words.
    pub message: Option<String>,
    /// The provider's number for the job or the request.
    pub request_id: Option<String>,
}

/// Why targets ended as they did: all those of one kind whose last attempts ended alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of targets they are.
    pub kind: &'static TargetKind,
    /// The status of the answer.
    pub http_status: Option<u16>,
    /// What kind of failure it was.
    pub failure: Option<String>,
    /// How the last attempt ended by itself, whatever those before it may have done.
    pub last: Option<Outcome>,
    /// What the provider said of one of them.
    pub message: Option<String>,
    /// How many they are.
    pub targets: u64,
}

/// A request that was not split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// Its number.
    pub id: RequestId,
    /// What kind of targets it names.
    pub kind: &'static TargetKind,
    /// Their options.
    pub options: u8,
    /// The number of its first target.
    pub first: i64,
    /// How many targets it names.
    pub count: i64,
    /// Attempts of which anything may have left.
    pub attempts: u32,
}

/// An attempt at a request, or at one that it was split off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// When it began, in milliseconds since 1970. So with all moments here.
    pub began: i64,
    /// When it ended; `None` while no end is known.
    pub ended: Option<i64>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// What kind of failure it was.
    pub failure: Option<String>,
    /// The status of the answer.
    pub http_status: Option<u16>,
    /// The provider's own words.
    pub message: Option<String>,
    /// The provider's number for the job or the request.
    pub request_id: Option<String>,
    /// How long the provider asked to wait, in seconds.
    pub retry_after_s: Option<i64>,
    /// What the provider counted.
    pub count: Option<i64>,
    /// The number of its pass.
    pub pass: i64,
    /// How many targets the request named.
    pub named: i64,
}

/// A pass in which anything was sent: from its beginning to its last sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The number of the pass.
    pub pass: i64,
    /// When it began.
    pub began: i64,
    /// When it was heard of last.
    pub ended: i64,
}

/// Targets of one request, which came to their present outcome together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The outcome.
    pub outcome: Outcome,
    /// How many they are.
    pub targets: i64,
    /// The number of the pass.
    pub pass: i64,
    /// When.
    pub at: i64,
}
