//! Where runs are kept, in the words of a run: a plan is drafted, read, claimed request by request, finished, and
//! forgotten.
//!
//! Files are one such place ([`sqlite`]). Whatever keeps runs passes the `conformance` suite, which tries
//! what is said here:
//!
//! - [`Draft::complete`] MUST leave a run that survives a loss of power, and a draft that is dropped MUST leave nothing
//!   that can be applied.
//! - [`Journal::record`] MUST keep all of what it is given or none, and return once that survives a loss of power. A
//!   [`Record::Claim`] is recorded before a request's first byte leaves, and its end before it counts.
//! - A request MUST be claimed by one worker at a time. The number of a claim's attempt is above that of all claims
//!   before it, so that it is the claim's fence: who finishes with a number that is not the request's last is told
//!   [`Recorded::Overtaken`], and what became of the request stays as it is.
//! - A store that lets others take over gives each claim a [deadline](Claim::deadline), and closes what is past it as
//!   unknown. What is sent, is sent before the deadline, or not at all.
//! - What [`Journal::due`] hands out MUST be the plan of the digest that [`Journal::verify`] gave, whoever writes to
//!   the store in the meantime; else it is an error, and nothing of it is handed out.
//! - [`Store::read`] MUST give a view of one moment, also while the run is applied.
//!
//! Everything here blocks. The engine calls it from threads where that is right.

// First, since its macro is for the modules behind it.
#[cfg(any(test, feature = "conformance"))]
#[macro_use]
pub mod conformance;

pub mod checked;
pub mod history;
pub mod rows;
pub mod sqlite;

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, SystemTime},
};

use prospect_delete_core::{ErrorKind, Outcome, Target, TargetKind};

use crate::{
    Error,
    counts::Counts,
    manifest::{Binding, Manifest, Operator},
    pass::{Pass, PassEnd, Selection},
    planned::{Planned, Sample},
    records::{Activity, AttemptRecord, Line, Named, Reason, RequestRecord, Settled},
};

pub use crate::records::{AttemptId, RequestId};

/// One run in a place that keeps runs.
pub trait Store: fmt::Debug + Send + Sync {
    /// How people call the run: the path of a file, or a name.
    fn name(&self) -> String;

    /// Begins to plan it.
    ///
    /// # Errors
    ///
    /// There is a run of this name, or the place cannot be written.
    fn create(&self) -> Result<Box<dyn Draft>, Error>;

    /// Opens it to read it, as it is at this moment.
    ///
    /// # Errors
    ///
    /// There is no such run, or it cannot be read.
    fn read(&self) -> Result<Box<dyn Records>, Error>;

    /// Opens it to apply or to forget it. Where only one program at a time may do that, others are kept away until
    /// the journal is dropped.
    ///
    /// # Errors
    ///
    /// There is no such run, it cannot be written, or another program is at work on it.
    fn open(&self) -> Result<Box<dyn Journal>, Error>;
}

/// A plan that is being written.
pub trait Draft {
    /// Adds a request, after those before it: targets of one kind, with the same options.
    ///
    /// # Errors
    ///
    /// The place cannot be written.
    fn add(&mut self, targets: &[Target]) -> Result<(), Error>;

    /// Makes a run of what was added, which survives a loss of power when this returns.
    ///
    /// # Errors
    ///
    /// The place cannot be written. Nothing is left behind.
    fn complete(self: Box<Self>, manifest: &Manifest, bindings: &[Binding]) -> Result<(), Error>;
}

/// What is on record of a run.
pub trait Records: fmt::Debug + Send {
    /// How people call the run.
    fn name(&self) -> &str;

    /// What the run is.
    ///
    /// # Errors
    ///
    /// It cannot be read. So with all that follow.
    fn manifest(&self) -> Result<Manifest, Error>;

    /// What the run keeps to tell the key of its hashes from another, once it was forgotten.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn key_check(&self) -> Result<Option<String>, Error>;

    /// Where each provider's requests go.
    ///
    /// # Errors
    ///
    /// It cannot be read, or names a provider that this program does not have.
    fn bindings(&self) -> Result<Vec<Binding>, Error>;

    /// What was planned, for each provider.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn planned(&self) -> Result<BTreeMap<&'static str, Planned>, Error>;

    /// How many targets of each provider came to which end.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn counts(&self) -> Result<BTreeMap<&'static str, Counts>, Error>;

    /// The scopes of the plan.
    ///
    /// # Errors
    ///
    /// It cannot be read, or was forgotten.
    fn scopes(&self) -> Result<Vec<Target>, Error>;

    /// Some targets of each kind of person, at most so many, spread evenly from the first to the last. Scopes
    /// are not among them, since [`scopes`](Self::scopes) has all of those.
    ///
    /// # Errors
    ///
    /// It cannot be read, or was forgotten.
    fn sample(&self, most: u32) -> Result<Vec<Sample>, Error>;

    /// Each time the run was applied, in their order.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn passes(&self) -> Result<Vec<Pass>, Error>;

    /// Why targets came to this outcome, the most frequent reason first.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn reasons(&self, outcome: Outcome) -> Result<Vec<Reason>, Error>;

    /// The scopes of which nobody knows whether they were deleted, and why.
    ///
    /// # Errors
    ///
    /// It cannot be read, or was forgotten.
    fn unknown_scopes(&self) -> Result<Vec<(Target, Reason)>, Error>;

    /// Hands out every target, in the order of the plan.
    ///
    /// # Errors
    ///
    /// It cannot be read, or `take` fails.
    fn lines(&self, take: &mut dyn FnMut(&Line) -> Result<(), Error>) -> Result<(), Error>;

    /// Hands out every request that was not split and whose targets came to this outcome, or are still to be sent.
    ///
    /// # Errors
    ///
    /// It cannot be read, or `take` fails.
    fn requests(
        &self,
        outcome: Option<Outcome>,
        take: &mut dyn FnMut(&RequestRecord) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// Every attempt that named the targets of a request: its own, and those of the requests it was split off.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn attempts(&self, request: &RequestRecord) -> Result<Vec<AttemptRecord>, Error>;

    /// Hands out what names each target of a request.
    ///
    /// # Errors
    ///
    /// It cannot be read, or `take` fails.
    fn targets(
        &self,
        request: &RequestRecord,
        take: &mut dyn FnMut(&Named) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// The passes in which anything was sent, in order.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn activity(&self) -> Result<Vec<Activity>, Error>;

    /// Hands out when the targets of each request came to their present outcome.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn settled(&self, take: &mut dyn FnMut(Settled)) -> Result<(), Error>;
}

/// A run that is applied or forgotten.
pub trait Journal: Records {
    /// Reads the plan once, and keeps what whatever is read later is compared with. Its digest, and where its requests
    /// go.
    ///
    /// # Errors
    ///
    /// It cannot be read, or holds no plan.
    fn verify(&mut self) -> Result<(String, Vec<Binding>), Error>;

    /// The machine that applied the run last.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn last_host(&self) -> Result<Option<String>, Error>;

    /// Whether a scope is neither deleted nor accepted.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn has_open_scopes(&self) -> Result<bool, Error>;

    /// Closes what an earlier pass left: an attempt without an answer is unknown, and a pass without an end broke off.
    /// What became of each request is worked out from its attempts.
    ///
    /// # Errors
    ///
    /// It cannot be written, or requests and attempts do not fit together.
    fn recover_interrupted(&mut self) -> Result<(), Error>;

    /// Begins a pass, which is this worker's.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    fn begin_pass(&mut self, selection: Selection, operator: &Operator) -> Result<(), Error>;

    /// What the pass leaves as it is and what it would send, for each provider.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn to_do(&self) -> Result<BTreeMap<&'static str, ToDo>, Error>;

    /// The next requests that are to be sent to a provider, in the order of their numbers, above `after`. They are
    /// not claimed yet. Requests that a pass splits are not among them.
    ///
    /// # Errors
    ///
    /// It cannot be read, or what it holds is not the plan.
    fn due(&mut self, provider: &str, after: RequestId, most: usize)
    -> Result<Vec<Request>, Error>;

    /// Keeps records, in their order. Each has its answer in the same place of the result.
    ///
    /// # Errors
    ///
    /// It cannot be written; none was kept.
    fn record(&mut self, records: &[Record]) -> Result<Vec<Recorded>, Error>;

    /// Works out from the attempts what became of each request, where somebody changed it.
    ///
    /// # Errors
    ///
    /// It cannot be written, or requests and attempts do not fit together.
    fn recompute(&mut self) -> Result<(), Error>;

    /// Keeps how the pass ended.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    fn end_pass(&mut self, end: PassEnd) -> Result<(), Error>;

    /// Where what happened is kept, if that is not where the run was opened.
    fn displaced(&self) -> Option<Error>;

    /// Lets go of the run, so that it can be copied and read as one.
    fn close(&mut self);

    /// Replaces every identifier, and drops the words of providers, which may name people. Afterwards no identifier is
    /// in the run or beside it.
    ///
    /// # Errors
    ///
    /// Somebody reads it, or it cannot be written. The run is then as it was.
    fn forget(&mut self, redaction: &Redaction<'_>) -> Result<(), Error>;
}

/// What takes the place of identifiers.
pub struct Redaction<'a> {
    /// The hash of a target, by its kind and its key.
    pub hash: &'a dyn Fn(&'static TargetKind, &str) -> Vec<u8>,
    /// What tells the key of the hashes from another.
    pub key_check: String,
    /// When.
    pub at: SystemTime,
}

impl fmt::Debug for Redaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A request that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its number.
    pub id: RequestId,
    /// What it names: targets of one kind, at one place, with the same options.
    pub targets: Vec<Target>,
    /// Whether an earlier attempt that named them may have applied although nothing confirmed it.
    pub may_have_applied: bool,
}

/// Something that happened to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An attempt is about to be sent. Kept before its first byte leaves.
    Claim {
        /// The request.
        request: RequestId,
        /// When.
        at: SystemTime,
    },
    /// An attempt ended.
    Finish {
        /// The request.
        request: RequestId,
        /// The attempt.
        attempt: AttemptId,
        /// When.
        at: SystemTime,
        /// What came of it.
        evidence: Evidence,
        /// What becomes of the request.
        disposition: Disposition,
    },
    /// Refusals turned out not to be about the ids: nothing was done, and the requests are still to be sent.
    Reopen {
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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disposition {
    /// It is over, with this outcome of all its attempts.
    Final(Outcome),
    /// It is over, and its targets came to outcomes of their own: one for each, in their order.
    Each(Vec<TargetOutcome>),
    /// It is still to be sent.
    Requeue,
    /// Its targets go on in two requests of half as many each.
    Split,
}

/// What an answer said of one target among several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetOutcome {
    /// What all attempts mean for it.
    pub outcome: Outcome,
    /// What the provider said of it.
    pub message: Option<String>,
}

/// What became of a [`Record`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recorded {
    /// The request is this worker's, and may be sent.
    Claimed(Claim),
    /// Another worker has the request, or has finished it. It is not sent.
    Taken,
    /// The provider is to be left alone for so long. The request is not claimed.
    Later(Duration),
    /// Kept, and nothing more to say.
    Kept,
    /// Kept as evidence alone: the attempt was closed by another, or the request claimed again.
    Overtaken,
    /// The two requests that a request was split into: of the first half of its targets, which has one less where
    /// they are odd, and of the others.
    Halves([RequestId; 2]),
}

/// A request that one worker has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The number of the attempt, which is the claim's fence.
    pub attempt: AttemptId,
    /// For how long, from the moment before the claim, the attempt may begin to be sent; `None` where nobody takes over.
    pub deadline: Option<Duration>,
}

/// What a pass has to do at one provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToDo {
    /// Targets that the pass leaves as they are: those that are done, and those that were not asked for again.
    pub settled: Counts,
    /// Targets that the pass sends.
    pub due: u64,
}

impl Disposition {
    /// The code of [`Final`](Self::Final). Codes are never used again.
    pub const FINAL: u8 = 1;
    /// The code of [`Requeue`](Self::Requeue).
    pub const REQUEUE: u8 = 2;
    /// The code of [`Split`](Self::Split).
    pub const SPLIT: u8 = 3;
    /// The code of [`Each`](Self::Each).
    pub const EACH: u8 = 4;

    /// What it says of a request with so many targets is over.
    #[must_use]
    pub fn over(&self, targets: u64) -> Counts {
        let mut over = Counts::default();
        match self {
            Self::Final(outcome) => over.add(Some(*outcome), targets),
            Self::Each(each) => {
                for target in each {
                    over.add(Some(target.outcome), 1);
                }
            }
            Self::Requeue | Self::Split => {}
        }
        over
    }

    /// How it is kept.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Final(_) => Self::FINAL,
            Self::Requeue => Self::REQUEUE,
            Self::Split => Self::SPLIT,
            Self::Each(_) => Self::EACH,
        }
    }
}
