//! One provider's requests, from the journal to their ends. Lanes know nothing of each other.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    mem,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use prospect_delete_core::{
    Call, Clients, ErrorKind, Failure, Limits, Outcome, RateController, Receipt, RetryPolicy,
    Schedule,
};
use tokio::{
    runtime::Handle,
    sync::watch,
    task::{JoinError, JoinHandle, JoinSet},
};

use crate::{
    Counts, Error,
    event::{Event, StopReason, WaitReason},
    journal::{AttemptId, Evidence, Record, Recorded, Request, Then},
    recorder::{Recorder, Reply},
    refusals::{OfTheAccount, Refusals},
};

/// How many requests are fetched from the journal at a time.
const PAGE: usize = 64;

/// After so many requests in a row without an answer to rely on, no more are sent: whatever is wrong is not
/// the request's, and each further one may leave people in doubt.
const ASTRAY: u32 = 20;

/// The account has to be paid for first.
const PAYMENT_REQUIRED: u16 = 402;

/// Takes events as they happen.
pub(crate) type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// What lanes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) clients: Arc<Clients>,
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
    /// How targets ended.
    pub(crate) over: Counts,
    pub(crate) stopped: Option<(StopReason, String)>,
}

/// A request on its way through its attempts.
struct Work {
    request: Request,
    /// What is sent, once it is put together.
    call: Option<Call>,
    schedule: Schedule,
    /// What its attempts came to so far.
    so_far: Option<Outcome>,
    attempts: usize,
}

type Queue = VecDeque<Box<Work>>;

impl Work {
    /// Boxed, since it goes from hand to hand.
    fn new(request: Request, retry: &RetryPolicy) -> Box<Self> {
        Box::new(Self {
            so_far: request.doubt.then_some(Outcome::Unknown),
            schedule: retry.start(),
            attempts: 0,
            call: None,
            request,
        })
    }

    /// Puts together what is sent, or says why that cannot be done.
    async fn prepare(&mut self, clients: &Clients) -> Result<&Call, String> {
        let call = match self.call.take() {
            Some(call) => call,
            None => put_together(&self.request, clients).await?,
        };
        Ok(self.call.insert(call))
    }
}

async fn put_together(request: &Request, clients: &Clients) -> Result<Call, String> {
    let Some(first) = request.targets.first() else {
        return Err("names nobody".to_owned());
    };
    let request = first.kind().request(&request.targets);
    let request = request.map_err(|error| error.to_string())?;
    let call = clients.prepare(&*request).await;
    call.map_err(|error| error.to_string())
}

/// An attempt that has ended.
struct Answered {
    work: Box<Work>,
    attempt: AttemptId,
    began: Instant,
    at: SystemTime,
    evidence: Evidence,
    then: Then,
    /// When the same request is to be sent again.
    again: Option<Duration>,
}

/// What waits for the disk.
enum Step {
    /// A request, before an attempt of it leaves.
    Begin(Box<Work>),
    /// An attempt's end, before it counts.
    End(Answered),
    /// Refusals that turned out not to be about ids.
    Reopen(OfTheAccount),
}

impl Step {
    fn record(&self) -> Record {
        match self {
            Self::Begin(work) => Record::Began {
                request: work.request.id,
                at: SystemTime::now(),
            },
            Self::End(answered) => Record::Ended {
                request: answered.work.request.id,
                attempt: answered.attempt,
                at: answered.at,
                evidence: answered.evidence.clone(),
                then: answered.then,
            },
            Self::Reopen(refused) => Record::Reopened {
                attempts: refused.attempts.clone(),
            },
        }
    }
}

struct Lane {
    provider: &'static str,
    shared: Shared,
    rate: RateController,
    /// To be sent next; halves of a split request stand before others.
    queue: Queue,
    /// To be sent again, the earliest first.
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// Under way to the provider.
    flight: JoinSet<Answered>,
    /// To be kept together, as soon as the disk is done with those before. An end stands before the
    /// beginning that takes its place, so that no more are open on the disk than may be under way.
    steps: Vec<Step>,
    /// Under way to the disk.
    saving: Vec<Step>,
    saved: Option<Reply<Vec<Recorded>>>,
    /// Requests under way, or in a step that begins them.
    busy: usize,
    /// The next page, while the journal looks for it and its requests are put together; one at a time.
    page: Option<JoinHandle<Result<Queue, Error>>>,
    /// The last request that was fetched.
    after: i64,
    fetched_all: bool,
    astray: u32,
    refusals: Refusals,
    end: LaneEnd,
}

/// Sends what is due of one provider, until nothing is, or it is told to stop.
///
/// What is under way is always waited for, whatever ends it.
pub(crate) async fn run(
    provider: &'static str,
    limits: Limits,
    shared: Shared,
) -> (LaneEnd, Option<Error>) {
    let mut stop = shared.stop.clone();
    let mut lane = Lane {
        provider,
        rate: RateController::new(limits),
        queue: VecDeque::new(),
        waiting: BinaryHeap::new(),
        flight: JoinSet::new(),
        steps: Vec::new(),
        saving: Vec::new(),
        saved: None,
        busy: 0,
        page: None,
        after: 0,
        fetched_all: false,
        astray: 0,
        refusals: Refusals::default(),
        end: LaneEnd::default(),
        shared,
    };
    let mut fault = None;
    // Until there is nobody left who could ask it to stop.
    let mut heeding = true;
    loop {
        while let Some(answered) = lane.flight.try_join_next() {
            lane.answered(joined(answered));
        }
        let may_begin = fault.is_none() && lane.end.stopped.is_none() && !*stop.borrow();
        let wake = if may_begin {
            match lane.begin() {
                Ok(wake) => wake,
                Err(error) => {
                    fault = Some(error);
                    continue;
                }
            }
        } else {
            // What is not on the disk has not begun.
            lane.steps.retain(|step| !matches!(step, Step::Begin(_)));
            None
        };
        if lane.saved.is_none()
            && !lane.steps.is_empty()
            && let Err(error) = lane.save()
        {
            fault = Some(error);
            continue;
        }
        if lane.flight.is_empty() && lane.saved.is_none() && lane.page.is_none() && wake.is_none() {
            if may_begin && lane.conclude(true) {
                continue;
            }
            break;
        }
        let asleep = async {
            match wake {
                Some(wake) => tokio::time::sleep(wake).await,
                None => std::future::pending().await,
            }
        };
        let seen = tokio::select! {
            biased;
            asked = stop.changed(), if may_begin && heeding => {
                heeding = asked.is_ok();
                Ok(())
            }
            recorded = answer(&mut lane.saved) => recorded.map(|recorded| lane.landed(recorded)),
            page = answer(&mut lane.page) => joined(page).map(|page| lane.fetched(page)),
            Some(answered) = lane.flight.join_next() => {
                lane.answered(joined(answered));
                Ok(())
            }
            () = asleep => Ok(()),
        };
        if let Err(error) = seen {
            fault = Some(error);
        }
    }
    (lane.end, fault)
}

/// What a task came to; one that panicked takes the lane with it.
fn joined<T>(task: Result<T, JoinError>) -> T {
    task.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// Waits for what was asked for, if anything was, and takes it out.
async fn answer<F: Future + Unpin>(asked: &mut Option<F>) -> F::Output {
    let Some(pending) = asked else {
        return std::future::pending().await;
    };
    let answer = pending.await;
    *asked = None;
    answer
}

impl Lane {
    fn concurrency(&self) -> usize {
        if self.refusals.are_open() {
            1
        } else {
            self.rate.concurrency()
        }
    }

    /// Begins what may begin. When to look again, if time alone holds something back.
    fn begin(&mut self) -> Result<Option<Duration>, Error> {
        while self.busy < self.concurrency() {
            self.fetch()?;
            let now = Instant::now();
            let due = self
                .waiting
                .peek()
                .is_some_and(|Reverse(first)| first.at <= now);
            if !due && self.queue.is_empty() {
                let first = self.waiting.peek().map(|Reverse(first)| first.at);
                return Ok(first.map(|at| at.saturating_duration_since(now)));
            }
            if let Err(wait) = self.rate.try_acquire() {
                return Ok(Some(wait));
            }
            let work = if due {
                self.waiting.pop().map(|Reverse(waiting)| waiting.work)
            } else {
                self.queue.pop_front()
            };
            if let Some(work) = work {
                self.busy += 1;
                self.steps.push(Step::Begin(work));
            }
        }
        Ok(None)
    }

    /// Has the next page fetched before the last one is used up, unless too much waits to be sent again as it
    /// is.
    fn fetch(&mut self) -> Result<(), Error> {
        if self.fetched_all
            || self.page.is_some()
            || self.queue.len() >= PAGE / 2
            || self.waiting.len() >= PAGE
        {
            return Ok(());
        }
        let page = self.shared.recorder.due(self.provider, self.after, PAGE)?;
        let shared = self.shared.clone();
        // Aside, since it is a good part of the work that a request makes.
        self.page = Some(tokio::task::spawn_blocking(move || {
            Handle::current().block_on(async {
                let mut page: Queue = page
                    .await?
                    .into_iter()
                    .map(|request| Work::new(request, &shared.retry))
                    .collect();
                for work in &mut page {
                    // What cannot be put together is said when it is to be sent.
                    let _ = work.prepare(&shared.clients).await;
                }
                Ok(page)
            })
        }));
        Ok(())
    }

    fn fetched(&mut self, mut page: Queue) {
        self.fetched_all = page.len() < PAGE;
        if let Some(last) = page.back() {
            self.after = last.request.id;
        }
        self.queue.append(&mut page);
    }

    /// Heeds what an answer says about the provider, and has it kept. The provider has done with the request,
    /// so another may begin.
    fn answered(&mut self, mut answered: Answered) {
        self.busy -= 1;
        // Whether or not the file can still take it.
        self.end.requests_sent += u64::from(answered.evidence.sent);
        self.refusals.heed(
            &answered.work.request,
            answered.attempt,
            &mut answered.evidence,
            &mut answered.then,
        );
        let Answered {
            began,
            evidence,
            then,
            again,
            ..
        } = &answered;
        let said = || evidence.message.clone().unwrap_or_default();
        if evidence.kind == Some(ErrorKind::Throttled) {
            let asked = evidence.retry_after_s.map(Duration::from_secs);
            // A moment that has passed by our clock may lie ahead by the provider's.
            let wait = asked
                .filter(|asked| !asked.is_zero())
                .or(*again)
                .unwrap_or_default();
            if again.is_some() {
                self.rate.on_throttled(*began, wait);
            } else if asked.is_some_and(|asked| asked > self.shared.retry.longest_wait()) {
                self.stop(StopReason::Throttled, said());
            } else {
                self.rate.on_throttled(*began, wait);
            }
        } else if evidence.outcome.is_answered() {
            self.rate.on_answered();
        }
        if evidence.kind == Some(ErrorKind::Authentication) {
            self.stop(StopReason::Authentication, said());
        } else if evidence.http_status == Some(PAYMENT_REQUIRED) {
            self.stop(StopReason::Refused, said());
        }
        match (then, evidence.outcome) {
            (Then::Over(_), Outcome::Unknown | Outcome::NotSent) => {
                self.astray += 1;
                if self.astray >= ASTRAY {
                    self.stop(StopReason::Unreachable, said());
                }
            }
            (_, outcome) if outcome.is_answered() => self.astray = 0,
            _ => {}
        }
        if let Some(wait) = again {
            self.waits(*wait, evidence);
        }
        self.steps.push(Step::End(answered));
        self.conclude(false);
    }

    /// Leaves the provider alone where its refusals are about the account; says whether they are.
    fn conclude(&mut self, at_end: bool) -> bool {
        let Some(refused) = self.refusals.conclude(at_end) else {
            return false;
        };
        self.stop(StopReason::Refused, refused.message.clone());
        self.steps.push(Step::Reopen(refused));
        true
    }

    /// Has all steps kept.
    fn save(&mut self) -> Result<(), Error> {
        mem::swap(&mut self.steps, &mut self.saving);
        self.steps.clear();
        let records = self.saving.iter().map(Step::record).collect();
        self.saved = Some(self.shared.recorder.keep(records)?);
        Ok(())
    }

    /// Goes on with the steps that are on the disk.
    fn landed(&mut self, recorded: Vec<Recorded>) {
        let mut saved = mem::take(&mut self.saving);
        for (step, recorded) in saved.drain(..).zip(recorded) {
            match (step, recorded) {
                (Step::Begin(work), Recorded::Attempt(attempt)) => self.send(work, attempt),
                (Step::Begin(_), _) => unreachable!("an attempt that begins is given a number"),
                (Step::End(answered), recorded) => self.ended(answered, &recorded),
                (Step::Reopen(refused), _) => {
                    // All that was counted of them is counted by now.
                    self.end.over = self.end.over.minus(refused.over);
                    (self.shared.listener)(&Event::Reopened {
                        provider: self.provider,
                        counts: refused.over,
                    });
                }
            }
        }
        self.saving = saved;
    }

    /// Sends an attempt that is on the disk.
    fn send(&mut self, work: Box<Work>, attempt: AttemptId) {
        (self.shared.listener)(&Event::Began {
            provider: self.provider,
            request: work.request.id,
            attempt,
            targets: work.request.targets.len() as u64,
        });
        // Boxed, since it is large, and moved many times on its way into a task.
        let Shared {
            clients, listener, ..
        } = &self.shared;
        let sending = Box::pin(send(
            self.provider,
            Arc::clone(clients),
            Arc::clone(listener),
            work,
            attempt,
        ));
        self.flight.spawn(sending);
    }

    /// Counts an attempt whose end is on the disk, and queues what it leaves to be done.
    fn ended(&mut self, answered: Answered, recorded: &Recorded) {
        let Answered { work, evidence, .. } = answered;
        (self.shared.listener)(&Event::Ended {
            provider: self.provider,
            request: work.request.id,
            attempt: answered.attempt,
            then: answered.then,
            targets: work.request.targets.len() as u64,
            outcome: evidence.outcome,
        });
        if let Some(wait) = answered.again {
            self.waiting.push(Reverse(Waiting {
                at: Instant::now() + wait,
                work,
            }));
            return;
        }
        let Work {
            request, so_far, ..
        } = *work;
        if let Then::Over(outcome) = answered.then {
            let targets = request.targets.len() as u64;
            self.end.over.add(Some(outcome), targets);
        }
        if let Recorded::Halves([first, second]) = *recorded {
            // Whatever the refused request did before it was refused, it did to them.
            let doubt = evidence.about_ids || so_far == Some(Outcome::Unknown);
            let mut targets = request.targets;
            let others = targets.split_off(targets.len() / 2);
            for (id, targets) in [(second, others), (first, targets)] {
                let half = Request { id, targets, doubt };
                self.queue.push_front(Work::new(half, &self.shared.retry));
            }
        }
    }

    fn waits(&self, again: Duration, evidence: &Evidence) {
        let asked = evidence.retry_after_s.map(Duration::from_secs);
        let (reason, wait) = if evidence.kind == Some(ErrorKind::Throttled) {
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

    fn stop(&mut self, reason: StopReason, message: String) {
        if self.end.stopped.is_some() {
            return;
        }
        (self.shared.listener)(&Event::Stopped {
            provider: self.provider,
            reason,
            message: message.clone(),
        });
        self.end.stopped = Some((reason, message));
    }
}

/// Sends one request once, and decides what becomes of it.
async fn send(
    provider: &'static str,
    clients: Arc<Clients>,
    listener: Listener,
    mut work: Box<Work>,
    attempt: AttemptId,
) -> Answered {
    let began = Instant::now();
    work.attempts += 1;
    let attempts = work.attempts;
    let (evidence, failure) = match work.prepare(&clients).await {
        Ok(call) => match clients.attempt(call, attempts).await {
            Ok(receipt) => (Evidence::from(&receipt), None),
            Err(failure) => (Evidence::from(&failure), Some(failure)),
        },
        Err(reason) => (Evidence::not_sent(&reason), None),
    };
    listener(&Event::Answered {
        provider,
        attempt,
        evidence: evidence.clone(),
    });

    let outcome = work
        .so_far
        .map_or(evidence.outcome, |so_far| so_far.and_then(evidence.outcome));
    work.so_far = Some(outcome);
    let idempotent = work
        .call
        .as_ref()
        .is_some_and(|call| call.operation().idempotent);
    let again = failure
        .as_ref()
        .and_then(|failure| work.schedule.next(failure, idempotent));
    let then = if again.is_some() {
        Then::Due
    } else if outcome != Outcome::Unknown
        && (evidence.kind == Some(ErrorKind::Authentication)
            || evidence.http_status == Some(PAYMENT_REQUIRED))
    {
        // Nothing was done, and the right key or a paid bill may do it yet.
        Then::Due
    } else if work.request.targets.len() > 1 && evidence.is_refusal_of_a_batch() {
        Then::Split
    } else {
        Then::Over(outcome)
    };
    Answered {
        work,
        attempt,
        began,
        at: SystemTime::now(),
        evidence,
        then,
        again,
    }
}

impl Evidence {
    fn not_sent(message: &str) -> Self {
        Self {
            outcome: Outcome::NotSent,
            kind: Some(ErrorKind::InvalidRequest),
            sent: false,
            http_status: None,
            message: Some(message.to_owned()),
            request_id: None,
            retry_after_s: None,
            count: None,
            about_ids: false,
        }
    }

    /// Whether fewer ids may fare better: one of several is at fault, or they are too many.
    fn is_refusal_of_a_batch(&self) -> bool {
        self.about_ids
            || (self.outcome == Outcome::Rejected && matches!(self.http_status, Some(413 | 414)))
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
            about_ids: false,
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
            about_ids: failure.may_be_about_ids(),
        }
    }
}

/// A request that is sent again at a time.
struct Waiting {
    at: Instant,
    work: Box<Work>,
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
