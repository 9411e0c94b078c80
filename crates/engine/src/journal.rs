//! What a run needs of the place that keeps it. Files are one such place; a store that several machines
//! share would be another.

use std::time::SystemTime;

use prospect_delete_core::{ErrorKind, Outcome, Target};

use crate::Error;

/// The number of a request within its run.
pub type RequestId = i64;

/// The number of an attempt within its run.
pub type AttemptId = i64;

/// Keeps a run's requests and what became of them.
///
/// One program at a time writes. [`record`](Self::record) returns when what it was given would survive a
/// loss of power, all of it or none.
pub trait Journal: Send + 'static {
    /// The next requests that are to be sent to a provider, in the order of their numbers, above `after`.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn due(&mut self, provider: &str, after: RequestId, most: usize)
    -> Result<Vec<Request>, Error>;

    /// Keeps records, in their order. Each has its answer in the same place of the result.
    ///
    /// # Errors
    ///
    /// The store cannot be written; none was kept.
    fn record(&mut self, records: &[Record]) -> Result<Vec<Recorded>, Error>;
}

/// A request that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its number.
    pub id: RequestId,
    /// What it deletes: targets of one kind, at one place, with the same options.
    pub targets: Vec<Target>,
    /// Whether an earlier attempt that named them may have deleted although nothing confirmed it.
    pub doubt: bool,
}

/// Something that happened to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An attempt is about to be sent. Kept before its first byte leaves.
    Began {
        /// The request.
        request: RequestId,
        /// When.
        at: SystemTime,
    },
    /// An attempt ended.
    Ended {
        /// The request.
        request: RequestId,
        /// The attempt.
        attempt: AttemptId,
        /// When.
        at: SystemTime,
        /// What came of it.
        evidence: Evidence,
        /// What becomes of the request.
        then: Then,
    },
    /// Refusals turned out not to be about the ids: nothing was done, and the requests are still to be sent.
    Reopened {
        /// The attempts that were refused.
        attempts: Vec<(RequestId, AttemptId)>,
    },
}

/// What an attempt showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What the attempt means for the people.
    pub outcome: Outcome,
    /// What kind of failure it was, where it was one.
    pub kind: Option<ErrorKind>,
    /// Whether any of it may have left this machine.
    pub sent: bool,
    /// The status of the answer.
    pub http_status: Option<u16>,
    /// The provider's own words, or ours where it said none.
    pub message: Option<String>,
    /// The provider's number for the job or the request.
    pub request_id: Option<String>,
    /// How long the provider asked to wait, in seconds.
    pub retry_after_s: Option<u64>,
    /// What the provider counted.
    pub count: Option<u64>,
    /// Whether it is a refusal that may be about the ids. If the request named several, some of them may
    /// be gone all the same.
    pub about_ids: bool,
}

/// What becomes of a request after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is over, with this outcome of all its attempts.
    Over(Outcome),
    /// It is still to be sent.
    Due,
    /// Its targets go on in two requests of half as many each.
    Split,
}

/// What became of a [`Record`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The number of an attempt that began.
    Attempt(AttemptId),
    /// Kept, and nothing more to say.
    Kept,
    /// The two requests that a request was split into: of the first half of its targets, which has one less where
    /// they are odd, and of the others.
    Halves([RequestId; 2]),
}
