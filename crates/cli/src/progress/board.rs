//! How far a pass is, as its events tell it.
//!
//! Libraries of progress bars count and estimate for one bar, and only where it is drawn. Lines and JSON events need the
//! same numbers, and a provider that waits or was stopped has no rate to estimate from.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use prospect_delete_engine::{Counts, Event, StopReason, ToDo, WaitReason};

/// Rates are of so long.
const WINDOW: Duration = Duration::from_secs(30);

/// No rate is told of less.
const SOONEST: Duration = Duration::from_secs(2);

/// All providers of a pass.
#[derive(Clone, Debug, Default)]
pub struct Board {
    pub by_provider: BTreeMap<&'static str, Lane>,
    /// Whether somebody asked it to stop.
    pub interrupted: bool,
}

/// One provider.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    /// What the pass leaves as it is, and what it came to itself so far.
    pub standing: Counts,
    /// All its targets in the run.
    pub targets: u64,
    /// Targets that this pass sends.
    pub due: u64,
    /// Those of them that are over.
    pub done: u64,
    pub requests_ended: u64,
    /// Requests without an answer yet.
    pub under_way: u64,
    pub stopped: Option<(StopReason, String)>,
    wait: Option<Wait>,
    /// When so many were done.
    seen: VecDeque<(Instant, u64)>,
}

/// Something that is not sent before its time.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    pub reason: WaitReason,
    pub until: Instant,
    pub http_status: Option<u16>,
}

impl Board {
    pub fn take(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Started { by_provider } => {
                for (provider, ToDo { settled, due, .. }) in by_provider {
                    let lane = Lane {
                        standing: *settled,
                        targets: settled.targets + due,
                        due: *due,
                        seen: [(now, 0)].into(),
                        ..Lane::default()
                    };
                    self.by_provider.insert(provider, lane);
                }
            }
            Event::AttemptStarted { provider, .. } => self.lane(provider).under_way += 1,
            Event::AttemptFinished {
                provider,
                disposition,
                targets,
                ..
            } => {
                let lane = self.lane(provider);
                lane.under_way = lane.under_way.saturating_sub(1);
                lane.requests_ended += 1;
                let over = disposition.over(*targets);
                lane.done += over.targets;
                lane.standing = lane.standing.plus(over);
            }
            Event::Reopened { provider, counts } => {
                let lane = self.lane(provider);
                lane.done = lane.done.saturating_sub(counts.targets);
                lane.standing = lane.standing.minus(*counts);
            }
            Event::Waiting {
                provider,
                reason,
                wait_ms,
                http_status,
            } => {
                let wait = Wait {
                    reason: *reason,
                    until: now + Duration::from_millis(*wait_ms),
                    http_status: *http_status,
                };
                let lane = self.lane(provider);
                // All requests wait for a provider that throttles, whatever else one of them waits for.
                let throttled = lane.wait(now).is_some_and(|old| {
                    old.reason == WaitReason::Throttled && old.until > wait.until
                });
                if !throttled {
                    lane.wait = Some(wait);
                }
            }
            Event::Stopped {
                provider,
                reason,
                message,
            } => self.lane(provider).stopped = Some((*reason, message.clone())),
            _ => {}
        }
    }

    /// Notes how far each provider is, for its rate.
    pub fn note(&mut self, now: Instant) {
        for lane in self.by_provider.values_mut() {
            let last = lane.seen.back().map(|(at, _)| *at);
            if last.is_none_or(|last| now.saturating_duration_since(last) >= Duration::from_secs(1))
            {
                lane.seen.push_back((now, lane.done));
            }
            while lane.seen.len() > 2 && now.saturating_duration_since(lane.seen[1].0) >= WINDOW {
                lane.seen.pop_front();
            }
        }
    }

    fn lane(&mut self, provider: &'static str) -> &mut Lane {
        self.by_provider.entry(provider).or_default()
    }

    pub fn done(&self) -> u64 {
        self.by_provider.values().map(|lane| lane.done).sum()
    }

    pub fn due(&self) -> u64 {
        self.by_provider.values().map(|lane| lane.due).sum()
    }

    pub fn requests_ended(&self) -> u64 {
        self.by_provider
            .values()
            .map(|lane| lane.requests_ended)
            .sum()
    }

    pub fn under_way(&self) -> u64 {
        self.by_provider.values().map(|lane| lane.under_way).sum()
    }
}

impl Lane {
    /// Targets that need no more of this pass, with those that were settled before.
    pub fn settled(&self) -> u64 {
        self.targets - self.due + self.done
    }

    pub fn is_over(&self) -> bool {
        self.done >= self.due
    }

    /// What is waited for at that time.
    pub fn wait(&self, now: Instant) -> Option<Wait> {
        self.wait.filter(|wait| wait.until > now)
    }

    /// Targets a second, as of late.
    pub fn rate(&self, now: Instant) -> Option<f64> {
        let (at, done) = self.seen.front()?;
        let time = now.saturating_duration_since(*at);
        #[expect(clippy::cast_precision_loss, reason = "a rate is told in two digits")]
        let targets = self.done.saturating_sub(*done) as f64;
        (time >= SOONEST && targets > 0.0).then(|| targets / time.as_secs_f64())
    }

    /// How long the rest takes at that rate.
    pub fn time_left(&self, now: Instant) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "a guess")]
        let rest = self.due.saturating_sub(self.done) as f64;
        Duration::try_from_secs_f64(rest / self.rate(now)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use prospect_delete_core::Outcome;
    use prospect_delete_engine::Disposition;

    use super::*;

    fn started(settled: u64, due: u64) -> Event {
        let mut counts = Counts::default();
        counts.add(Some(Outcome::Deleted), settled);
        let to_do = ToDo {
            settled: counts,
            due,
        };
        Event::Started {
            by_provider: [("nlpearl", to_do)].into(),
        }
    }

    fn ended(disposition: Disposition, targets: u64) -> Event {
        Event::AttemptFinished {
            provider: "nlpearl",
            request: 1,
            attempt: 1,
            disposition,
            targets,
            outcome: Outcome::Deleted,
        }
    }

    #[test]
    fn what_was_settled_before_counts_as_done_and_not_into_the_rate() {
        let start = Instant::now();
        let mut board = Board::default();
        board.take(&started(60, 40), start);
        assert_eq!(board.by_provider["nlpearl"].settled(), 60);
        board.take(&ended(Disposition::Final(Outcome::Deleted), 10), start);
        let later = start + Duration::from_secs(5);
        let lane = &board.by_provider["nlpearl"];
        assert_eq!((lane.settled(), lane.targets), (70, 100));
        assert_eq!(lane.rate(later), Some(2.0));
        assert_eq!(lane.time_left(later), Some(Duration::from_secs(15)));
    }

    #[test]
    fn requests_that_go_on_are_not_done() {
        let now = Instant::now();
        let mut board = Board::default();
        board.take(&started(0, 10), now);
        board.take(&ended(Disposition::Split, 10), now);
        board.take(&ended(Disposition::Requeue, 10), now);
        assert_eq!((board.done(), board.requests_ended()), (0, 2));
        board.take(&ended(Disposition::Final(Outcome::Rejected), 5), now);
        assert_eq!(board.done(), 5);
        assert_eq!(board.by_provider["nlpearl"].standing.rejected, 5);
    }

    #[test]
    fn rates_are_of_late_and_waits_end() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut board = Board::default();
        board.take(&started(0, 1000), start);
        board.take(&ended(Disposition::Final(Outcome::Deleted), 500), start);
        for second in 0..=100 {
            board.note(at(second));
        }
        let lane = &board.by_provider["nlpearl"];
        assert_eq!(lane.rate(at(100)), None, "nothing was done for long");
        let waiting = |reason, wait_ms| Event::Waiting {
            provider: "nlpearl",
            reason,
            wait_ms,
            http_status: Some(429),
        };
        board.take(&waiting(WaitReason::Throttled, 7000), at(100));
        board.take(&waiting(WaitReason::Retry, 1000), at(100));
        let lane = &board.by_provider["nlpearl"];
        assert_eq!(lane.wait(at(106)).unwrap().reason, WaitReason::Throttled);
        assert!(lane.wait(at(107)).is_none());
    }
}
