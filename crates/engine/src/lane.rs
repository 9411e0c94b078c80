//! One provider's requests, from the journal to their ends. Lanes know nothing of each other.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    mem,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use prospect_delete_core::{Clients, ErrorKind, Limits, Outcome, RateController, RetryPolicy};
use tokio::{
    runtime::Handle,
    sync::watch,
    task::{JoinError, JoinHandle, JoinSet},
};

use crate::{
    Error,
    attempt::{self, Answered, PAYMENT_REQUIRED, Work},
    counts::Counts,
    event::{Event, Listener, StopReason, WaitReason},
    recorder::{Recorder, Reply},
    refusals::{OfTheAccount, Refusals},
    store::{Claim, Disposition, Evidence, Record, Recorded, Request},
};

/// How many requests are fetched from the journal at a time.
const PAGE: usize = 64;

/// After so many requests in a row without an answer to rely on, no more are sent: whatever is wrong is not
/// the request's, and each further one may leave people in doubt.
const CONSECUTIVE_FAILURES: u32 = 20;

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

type Queue = VecDeque<Box<Work>>;

/// What waits for the disk.
enum Step {
    /// A request, before an attempt of it leaves.
    Claim(Box<Work>),
    /// An attempt's end, before it counts.
    Finish(Answered),
    /// Refusals that turned out not to be about ids.
    Reopen(OfTheAccount),
}

impl Step {
    fn record(&self) -> Record {
        match self {
            Self::Claim(work) => Record::Claim {
                request: work.request.id,
                at: SystemTime::now(),
            },
            Self::Finish(answered) => Record::Finish {
                request: answered.work.request.id,
                attempt: answered.attempt,
                at: answered.at,
                evidence: answered.evidence.clone(),
                disposition: answered.disposition.clone(),
            },
            Self::Reopen(refused) => Record::Reopen {
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
    /// When that was asked for.
    asked: Instant,
    saved: Option<Reply<Vec<Recorded>>>,
    /// Requests under way, or in a step that begins them.
    busy: usize,
    /// The next page, while the journal looks for it and its requests are put together; one at a time.
    page: Option<JoinHandle<Result<Queue, Error>>>,
    /// The last request that was fetched.
    after: i64,
    fetched_all: bool,
    consecutive_failures: u32,
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
        asked: Instant::now(),
        saved: None,
        busy: 0,
        page: None,
        after: 0,
        fetched_all: false,
        consecutive_failures: 0,
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
            lane.steps.retain(|step| !matches!(step, Step::Claim(_)));
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
                self.steps.push(Step::Claim(work));
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
            &mut answered.disposition,
        );
        let Answered {
            began,
            evidence,
            disposition,
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
        match (disposition, evidence.outcome) {
            (Disposition::Final(_), Outcome::Unknown | Outcome::NotSent) => {
                self.consecutive_failures += 1;
                if self.consecutive_failures >= CONSECUTIVE_FAILURES {
                    self.stop(StopReason::Unreachable, said());
                }
            }
            (_, outcome) if outcome.is_answered() => self.consecutive_failures = 0,
            _ => {}
        }
        if let Some(wait) = again {
            self.waits(*wait, evidence);
        }
        self.steps.push(Step::Finish(answered));
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
        self.asked = Instant::now();
        let records = self.saving.iter().map(Step::record).collect();
        self.saved = Some(self.shared.recorder.keep(records)?);
        Ok(())
    }

    /// Goes on with the steps that are on the disk.
    fn landed(&mut self, recorded: Vec<Recorded>) {
        let mut saved = mem::take(&mut self.saving);
        let asked = self.asked;
        for (step, recorded) in saved.drain(..).zip(recorded) {
            match (step, recorded) {
                (Step::Claim(work), Recorded::Claimed(claim)) => self.send(work, claim, asked),
                (Step::Claim(work), Recorded::Later(wait)) => self.put_off(work, wait),
                // Another worker has it, and sees it to its end.
                (Step::Claim(_), _) => self.busy -= 1,
                (Step::Finish(answered), recorded) => self.finished(answered, &recorded),
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

    /// Leaves a request for later, which the store put off for all workers.
    fn put_off(&mut self, work: Box<Work>, wait: Duration) {
        self.busy -= 1;
        self.waiting.push(Reverse(Waiting {
            at: Instant::now() + wait,
            work,
        }));
    }

    /// Sends an attempt that is on the disk.
    fn send(&mut self, work: Box<Work>, claim: Claim, asked: Instant) {
        let attempt = claim.attempt;
        // From the moment before the claim, since nobody knows when the store made it.
        let deadline = claim.deadline.map(|deadline| asked + deadline);
        (self.shared.listener)(&Event::AttemptStarted {
            provider: self.provider,
            request: work.request.id,
            attempt,
            targets: work.request.targets.len() as u64,
        });
        // Boxed, since it is large, and moved many times on its way into a task.
        let Shared {
            clients, listener, ..
        } = &self.shared;
        let sending = Box::pin(attempt::send(
            self.provider,
            Arc::clone(clients),
            Arc::clone(listener),
            work,
            attempt,
            deadline,
        ));
        self.flight.spawn(sending);
    }

    /// Counts an attempt whose end is on the disk, and queues what it leaves to be done.
    fn finished(&mut self, answered: Answered, recorded: &Recorded) {
        if *recorded == Recorded::Overtaken {
            // What became of the request is told by whoever took it over.
            return;
        }
        let Answered {
            work,
            evidence,
            disposition,
            ..
        } = answered;
        (self.shared.listener)(&Event::AttemptFinished {
            provider: self.provider,
            request: work.request.id,
            attempt: answered.attempt,
            disposition: disposition.clone(),
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
        let over = disposition.over(request.targets.len() as u64);
        self.end.over = self.end.over.plus(over);
        if let Recorded::Halves([first, second]) = *recorded {
            // Whatever the refused request did before it was refused, it did to them.
            let may_have_applied = evidence.about_ids || so_far == Some(Outcome::Unknown);
            let mut targets = request.targets;
            let others = targets.split_off(targets.len() / 2);
            for (id, targets) in [(second, others), (first, targets)] {
                let half = Request {
                    id,
                    targets,
                    may_have_applied,
                };
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
