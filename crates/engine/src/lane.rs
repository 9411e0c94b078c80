//! One provider's requests, from the journal to their ends. Lanes know nothing of each other.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use prospect_delete_core::{Clients, Failure, Kind, Outcome, Receipt, RetryPolicy, Schedule};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Error,
    event::{Event, StopReason, WaitReason},
    journal::{AttemptId, Evidence, Record, Recorded, Request, Then},
    pace::{Limits, Pace},
    recorder::Recorder,
    target::deletion,
};

/// How many requests are fetched from the journal at a time.
const PAGE: usize = 64;

/// After so many requests in a row without an answer to rely on, no more are sent: whatever is wrong is not
/// the request's, and each further one may leave people in doubt.
const ASTRAY: u32 = 20;

/// Takes events as they happen.
pub(crate) type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// What lanes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) clients: Clients,
    pub(crate) recorder: Recorder,
    pub(crate) retry: RetryPolicy,
    pub(crate) listener: Listener,
    /// True once nothing more is to begin.
    pub(crate) stop: watch::Receiver<bool>,
}

/// How a lane ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct LaneEnd {
    /// Requests of which anything may have left.
    pub(crate) requests_sent: u64,
    pub(crate) stopped: Option<(StopReason, String)>,
}

/// A request on its way through its attempts.
struct Work {
    request: Request,
    schedule: Schedule,
    /// What its attempts came to so far.
    so_far: Option<Outcome>,
    attempts: usize,
}

impl Work {
    fn new(request: Request, retry: &RetryPolicy) -> Self {
        Self {
            so_far: request.doubt.then_some(Outcome::Unknown),
            schedule: retry.start(),
            attempts: 0,
            request,
        }
    }
}

/// An attempt that has ended, and is not on the disk yet.
struct Answered {
    work: Work,
    attempt: AttemptId,
    began: Instant,
    at: SystemTime,
    evidence: Evidence,
    then: Then,
    /// When the same request is to be sent again.
    again: Option<Duration>,
}

/// An attempt whose end is on the disk.
struct Landed {
    answered: Answered,
    halves: Option<Box<[Request; 2]>>,
}

struct Lane {
    provider: &'static str,
    shared: Shared,
    pace: Pace,
    /// To be sent next; halves of a split request stand before others.
    queue: VecDeque<Work>,
    /// To be sent again, the earliest first.
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// Under way to the provider, or about to be.
    flight: JoinSet<Result<Answered, Error>>,
    /// Answered, and under way to the disk.
    landing: JoinSet<Result<Landed, Error>>,
    /// The next page, while the journal looks for it; one at a time.
    fetching: JoinSet<Result<Vec<Request>, Error>>,
    /// The last request that was fetched.
    after: i64,
    fetched_all: bool,
    astray: u32,
    end: LaneEnd,
}

/// Sends what is due of one provider, until nothing is, or it is told to stop.
///
/// What is under way is always waited for.
pub(crate) async fn run(
    provider: &'static str,
    limits: Limits,
    shared: Shared,
) -> Result<LaneEnd, Error> {
    let mut stop = shared.stop.clone();
    let mut lane = Lane {
        provider,
        pace: Pace::new(limits),
        queue: VecDeque::new(),
        waiting: BinaryHeap::new(),
        flight: JoinSet::new(),
        landing: JoinSet::new(),
        fetching: JoinSet::new(),
        after: 0,
        fetched_all: false,
        astray: 0,
        end: LaneEnd::default(),
        shared,
    };
    let mut fault = None;
    loop {
        let may_begin = fault.is_none() && lane.end.stopped.is_none() && !*stop.borrow();
        let wake = if may_begin { lane.begin() } else { None };
        let at_work =
            !(lane.flight.is_empty() && lane.landing.is_empty() && lane.fetching.is_empty());
        if !at_work && wake.is_none() {
            break;
        }
        let asleep = async {
            match wake {
                Some(wake) => tokio::time::sleep(wake).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(answered) = lane.flight.join_next() => match answered {
                Ok(Ok(answered)) => lane.answered(answered),
                Ok(Err(error)) => fault = Some(error),
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            },
            Some(landed) = lane.landing.join_next() => match landed {
                Ok(Ok(landed)) => lane.landed(landed),
                Ok(Err(error)) => fault = Some(error),
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            },
            Some(page) = lane.fetching.join_next() => match page {
                Ok(Ok(page)) => lane.fetched(page),
                Ok(Err(error)) => fault = Some(error),
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            },
            () = asleep => {}
            _ = stop.changed(), if may_begin => {}
        }
    }
    fault.map_or(Ok(lane.end), Err)
}

impl Lane {
    /// Begins what may begin. When to look again, if time alone holds something back.
    fn begin(&mut self) -> Option<Duration> {
        while self.has_room() {
            self.fetch();
            let now = Instant::now();
            let due = self
                .waiting
                .peek()
                .is_some_and(|Reverse(first)| first.at <= now);
            if !due && self.queue.is_empty() {
                let first = self.waiting.peek().map(|Reverse(first)| first.at);
                return first.map(|at| at.saturating_duration_since(now));
            }
            if let Err(wait) = self.pace.take() {
                return Some(wait);
            }
            let work = if due {
                self.waiting.pop().map(|Reverse(waiting)| waiting.work)
            } else {
                self.queue.pop_front()
            };
            if let Some(work) = work {
                self.flight
                    .spawn(attempt(self.provider, self.shared.clone(), work));
            }
        }
        None
    }

    /// Whether another request may be under way.
    ///
    /// The provider has done with one that is answered, so the next need not wait for the disk. But not without
    /// bound, since a crash leaves in doubt whatever is not on the disk; and where one at a time was asked for,
    /// each is on the disk before the next begins.
    fn has_room(&self) -> bool {
        let most = self.pace.concurrency();
        self.flight.len() < most && self.flight.len() + self.landing.len() < 2 * most - 1
    }

    /// Has the next page fetched before the last one is used up, unless too much waits to be sent again as it
    /// is.
    fn fetch(&mut self) {
        if self.fetched_all
            || !self.fetching.is_empty()
            || self.queue.len() >= PAGE / 2
            || self.waiting.len() >= PAGE
        {
            return;
        }
        let recorder = self.shared.recorder.clone();
        let (provider, after) = (self.provider, self.after);
        self.fetching
            .spawn(async move { recorder.due(provider, after, PAGE).await });
    }

    fn fetched(&mut self, page: Vec<Request>) {
        self.fetched_all = page.len() < PAGE;
        if let Some(last) = page.last() {
            self.after = last.id;
        }
        let retry = &self.shared.retry;
        self.queue
            .extend(page.into_iter().map(|request| Work::new(request, retry)));
    }

    /// Heeds what an answer says about the provider, and has it kept.
    fn answered(&mut self, answered: Answered) {
        let Answered {
            began,
            evidence,
            then,
            again,
            ..
        } = &answered;
        if evidence.kind == Some(Kind::Throttled) {
            let asked = evidence.retry_after_s.map(Duration::from_secs);
            let wait = asked.or(*again).unwrap_or_default();
            if again.is_some() {
                self.pace.complained(*began, wait);
            } else if asked.is_some_and(|asked| asked > self.shared.retry.longest_wait()) {
                self.stop(StopReason::Throttled, evidence);
            } else {
                self.pace.complained(*began, wait);
            }
        } else if matches!(
            evidence.outcome,
            Outcome::Deleted | Outcome::Accepted | Outcome::Rejected
        ) {
            self.pace.answered();
        }
        if evidence.kind == Some(Kind::Authentication) {
            self.stop(StopReason::Authentication, evidence);
        }
        match (then, evidence.outcome) {
            (Then::Over(_), Outcome::Unknown | Outcome::NotSent) => {
                self.astray += 1;
                if self.astray >= ASTRAY {
                    self.stop(StopReason::Unreachable, evidence);
                }
            }
            (_, Outcome::Deleted | Outcome::Accepted | Outcome::Rejected) => self.astray = 0,
            _ => {}
        }
        if let Some(wait) = again {
            self.waits(*wait, evidence);
        }
        self.landing
            .spawn(land(self.provider, self.shared.clone(), answered));
    }

    /// Counts what is on the disk, and queues what it leaves to be done.
    fn landed(&mut self, landed: Landed) {
        let Landed { answered, halves } = landed;
        self.end.requests_sent += u64::from(answered.evidence.sent);
        if let Some(wait) = answered.again {
            self.waiting.push(Reverse(Waiting {
                at: Instant::now() + wait,
                work: answered.work,
            }));
        }
        if let Some(halves) = halves {
            for half in halves.into_iter().rev() {
                self.queue.push_front(Work::new(half, &self.shared.retry));
            }
        }
    }

    fn waits(&self, again: Duration, evidence: &Evidence) {
        let asked = evidence.retry_after_s.map(Duration::from_secs);
        let (reason, wait) = if evidence.kind == Some(Kind::Throttled) {
            (WaitReason::Throttled, asked.unwrap_or(again))
        } else {
            (WaitReason::Retry, again)
        };
        (self.shared.listener)(&Event::Waiting {
            provider: self.provider,
            reason,
            wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            http_status: evidence.http_status,
        });
    }

    fn stop(&mut self, reason: StopReason, evidence: &Evidence) {
        if self.end.stopped.is_some() {
            return;
        }
        let message = evidence.message.clone().unwrap_or_default();
        (self.shared.listener)(&Event::Stopped {
            provider: self.provider,
            reason,
            message: message.clone(),
        });
        self.end.stopped = Some((reason, message));
    }
}

/// Sends one request once, and decides what becomes of it. It is on the disk before it leaves.
async fn attempt(
    provider: &'static str,
    shared: Shared,
    mut work: Work,
) -> Result<Answered, Error> {
    let deletion = deletion(&work.request.targets)?;
    let repeatable = deletion.operation().repeatable;
    let call = deletion.prepare(&shared.clients).await;
    let request = work.request.id;

    let began = Record::Began {
        request,
        at: SystemTime::now(),
    };
    let Recorded::Attempt(attempt) = shared.recorder.record(began).await? else {
        return Err(Error::storage("the run file gave an attempt no number"));
    };
    (shared.listener)(&Event::Began {
        provider,
        request,
        attempt,
        targets: work.request.targets.len() as u64,
    });
    let began = Instant::now();
    work.attempts += 1;
    let result = match call {
        Ok(call) => shared.clients.attempt(&call, work.attempts).await,
        Err(_) => None,
    };
    let (evidence, failure) = match result {
        Some(Ok(receipt)) => (Evidence::from(&receipt), None),
        Some(Err(failure)) => (Evidence::from(&failure), Some(failure)),
        None => (
            Evidence::not_sent("the request could not be put together"),
            None,
        ),
    };
    (shared.listener)(&Event::Answered {
        provider,
        attempt,
        evidence: evidence.clone(),
    });

    let outcome = work
        .so_far
        .map_or(evidence.outcome, |so_far| so_far.and_then(evidence.outcome));
    work.so_far = Some(outcome);
    let again = failure
        .as_ref()
        .and_then(|failure| work.schedule.next(failure, repeatable));
    let then = if again.is_some() {
        Then::Due
    } else if evidence.kind == Some(Kind::Authentication) && outcome != Outcome::Unknown {
        // Nothing was done, and the right key may do it yet.
        Then::Due
    } else if work.request.targets.len() > 1 && evidence.is_refusal_of_a_batch() {
        Then::Split
    } else {
        Then::Over(outcome)
    };
    Ok(Answered {
        work,
        attempt,
        began,
        at: SystemTime::now(),
        evidence,
        then,
        again,
    })
}

/// Puts an attempt's end on the disk, before which it does not count.
async fn land(provider: &'static str, shared: Shared, answered: Answered) -> Result<Landed, Error> {
    let request = answered.work.request.id;
    let ended = Record::Ended {
        request,
        attempt: answered.attempt,
        at: answered.at,
        evidence: answered.evidence.clone(),
        then: answered.then,
    };
    let recorded = shared.recorder.record(ended).await?;
    (shared.listener)(&Event::Ended {
        provider,
        request,
        attempt: answered.attempt,
        then: answered.then,
        targets: answered.work.request.targets.len() as u64,
        outcome: answered.evidence.outcome,
    });
    Ok(Landed {
        answered,
        halves: match recorded {
            Recorded::Halves(halves) => Some(halves),
            Recorded::Attempt(_) | Recorded::Kept => None,
        },
    })
}

impl Evidence {
    fn not_sent(message: &str) -> Self {
        Self {
            outcome: Outcome::NotSent,
            kind: Some(Kind::InvalidRequest),
            sent: false,
            http_status: None,
            message: Some(message.to_owned()),
            request_id: None,
            retry_after_s: None,
            count: None,
        }
    }

    /// Whether one of several ids may be at fault: the provider understood the request and refused it.
    fn is_refusal_of_a_batch(&self) -> bool {
        self.outcome == Outcome::Rejected
            && matches!(
                self.kind,
                Some(
                    Kind::InvalidRequest
                        | Kind::NotFound
                        | Kind::Permission
                        | Kind::Conflict
                        | Kind::UnexpectedResponse
                )
            )
            // These are about the method, the media type and the like, and the same for any ids.
            && !matches!(self.http_status, Some(405 | 406 | 411 | 415 | 426))
    }
}

impl From<&Receipt> for Evidence {
    fn from(receipt: &Receipt) -> Self {
        Self {
            outcome: receipt.outcome,
            kind: None,
            sent: true,
            http_status: Some(receipt.http_status),
            message: receipt.message.clone(),
            request_id: receipt.request_id.clone(),
            retry_after_s: None,
            count: receipt.count,
        }
    }
}

impl From<&Failure> for Evidence {
    fn from(failure: &Failure) -> Self {
        let response = failure.response.as_ref();
        Self {
            outcome: failure.outcome,
            kind: Some(failure.kind),
            sent: failure.sent,
            http_status: response.map(|response| response.status.as_u16()),
            message: response
                .and_then(|response| response.message.clone())
                .or_else(|| failure.reason.clone()),
            request_id: response.and_then(|response| response.request_id.clone()),
            retry_after_s: response
                .and_then(|response| response.retry_after)
                .map(|wait| wait.as_secs()),
            count: None,
        }
    }
}

/// A request that is sent again at a time.
struct Waiting {
    at: Instant,
    work: Work,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.work.request.id).cmp(&(other.at, other.work.request.id))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}
