//! How fast requests go to one provider: never faster than was set, slower when the provider says so.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// How many requests may begin in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// As many as the concurrency allows.
    Unlimited,
    /// So many in each period, evenly spread.
    Per {
        /// How many.
        requests: NonZeroU32,
        /// In which time.
        period: Duration,
    },
}

impl Rate {
    /// So many a second.
    #[must_use]
    pub const fn per_second(requests: NonZeroU32) -> Self {
        Self::Per {
            requests,
            period: Duration::from_secs(1),
        }
    }

    /// So many a minute.
    #[must_use]
    pub const fn per_minute(requests: NonZeroU32) -> Self {
        Self::Per {
            requests,
            period: Duration::from_secs(60),
        }
    }

    fn interval(self) -> Option<Duration> {
        match self {
            Self::Unlimited => None,
            Self::Per { requests, period } => Some(period / requests.get()),
        }
    }
}

/// The most that one provider is sent at a time, and in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that begin in a time.
    pub rate: Rate,
    /// Requests under way at a time.
    pub concurrency: NonZeroU32,
}

impl Limits {
    /// What the provider documents, or what is assumed where it documents nothing.
    ///
    /// Woodpecker: one request at a time (its page on rate limiting). UnleashX: 100 a minute, the smallest of
    /// its plans (its FAQ). Extrovert: 10 a second (third parties' clients, not the vendor). NLPearl: 10 a
    /// second (assumed; it documents none).
    #[must_use]
    pub fn of_provider(name: &str) -> Self {
        const ONE: NonZeroU32 = NonZeroU32::MIN;
        const FOUR: NonZeroU32 = NonZeroU32::new(4).unwrap();
        const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();
        const HUNDRED: NonZeroU32 = NonZeroU32::new(100).unwrap();
        match name {
            "woodpecker" => Self {
                rate: Rate::Unlimited,
                concurrency: ONE,
            },
            "unleashx" => Self {
                rate: Rate::per_minute(HUNDRED),
                concurrency: FOUR,
            },
            _ => Self {
                rate: Rate::per_second(TEN),
                concurrency: FOUR,
            },
        }
    }
}

impl Limits {
    /// How long so many requests take at least, with answers that come at once. `None` where nothing but the
    /// answers limits them.
    #[must_use]
    pub fn shortest(&self, requests: u64) -> Option<Duration> {
        let intervals = u32::try_from(requests.saturating_sub(1)).unwrap_or(u32::MAX);
        self.rate
            .interval()
            .map(|interval| interval.saturating_mul(intervals))
    }
}

/// The slowest that a provider's complaints make it, as a multiple of the interval that was set.
const SLOWEST: u32 = 64;

/// The interval that an unlimited rate falls to at the first complaint.
const FIRST_INTERVAL: Duration = Duration::from_millis(50);

/// How late requests may begin without moving those after them. Timers ring late by a millisecond or more, and
/// a rate of some hundred a second would lose a tenth to that. Longer times that passed unused are lost, so
/// that nothing worth the name is caught up in a burst.
const LATENESS: Duration = Duration::from_millis(20);

/// Requests begin slower than was set by this part of the interval. Kept exactly, a rate is over the provider's
/// limit whenever a request travels faster than the first of its window did.
const MARGIN: u32 = 200;

/// How many good answers speed it up by one step.
const STEP: u32 = 8;

/// How long it goes on as it is before a step that comes near the speed at which the provider complained.
/// Going there at once would be refused at once, and each refusal costs a wait. A speed that was kept so long
/// without a complaint is one that the provider bears.
const PROBE: Duration = Duration::from_secs(2);

/// The longest that it goes on so. Twice as long each time that such a step was refused, since the limit is then
/// known, and the next one is to find out whether it was raised.
const LONGEST_PROBE: Duration = Duration::from_secs(32);

/// Lets requests begin, at a rate that follows the provider's answers: half as fast after a complaint, or as
/// fast as the provider was seen to bear; an eighth faster after some answers without one, up to what was set;
/// near the speed of the last complaint, after some time as well.
pub(crate) struct Pace {
    limits: Limits,
    /// When the next request may begin.
    next: Instant,
    /// The interval in force; `None` while nothing limits it.
    interval: Option<Duration>,
    concurrency: u32,
    paused_until: Option<Instant>,
    slowed_at: Option<Instant>,
    /// The interval at which the provider complained last, until it was passed without complaint.
    edge: Option<Duration>,
    /// The last interval that the provider bore for a while.
    borne: Option<Duration>,
    /// How long it goes on as it is near the edge.
    probe: Duration,
    /// When it last became faster, or may begin to.
    stepped_at: Instant,
    good: u32,
}

impl Pace {
    pub(crate) fn new(limits: Limits) -> Self {
        let now = Instant::now();
        Self {
            limits,
            next: now,
            interval: limits.rate.interval(),
            concurrency: limits.concurrency.get(),
            paused_until: None,
            slowed_at: None,
            edge: None,
            borne: None,
            probe: PROBE,
            stepped_at: now,
            good: 0,
        }
    }

    /// How many requests may be under way now.
    pub(crate) fn concurrency(&self) -> usize {
        self.concurrency as usize
    }

    /// Takes leave for one request to begin now, or says how long to wait before asking again.
    pub(crate) fn take(&mut self) -> Result<(), Duration> {
        self.take_at(Instant::now())
    }

    fn take_at(&mut self, now: Instant) -> Result<(), Duration> {
        if let Some(until) = self.paused_until {
            if until > now {
                return Err(until - now);
            }
            self.paused_until = None;
        }
        let Some(interval) = self.interval else {
            return Ok(());
        };
        if self.next > now {
            return Err(self.next.duration_since(now));
        }
        // One at a time: a burst at the start would be over the limit of any window that it falls into.
        let earliest = now.checked_sub(LATENESS).unwrap_or(now);
        self.next = self.next.max(earliest) + interval + interval / MARGIN;
        Ok(())
    }

    /// The provider complained about a request that began at `began`, and wants to be left alone for
    /// `wait`.
    pub(crate) fn complained(&mut self, began: Instant, wait: Duration) {
        let now = Instant::now();
        let until = now + wait;
        self.paused_until = Some(self.paused_until.map_or(until, |paused| paused.max(until)));
        self.good = 0;
        // Requests that were under way when it was slowed down say nothing about the new rate.
        if self.slowed_at.is_some_and(|slowed| began <= slowed) {
            return;
        }
        self.slowed_at = Some(now);
        self.edge = self.interval;
        self.stepped_at = until;
        let set = self.limits.rate.interval().unwrap_or(FIRST_INTERVAL);
        let half = self
            .interval
            .map_or(FIRST_INTERVAL, |interval| interval * 2)
            .min(set * SLOWEST);
        match self.borne.filter(|borne| Some(*borne) > self.interval) {
            Some(borne) if borne < half => {
                self.interval = Some(borne);
                self.probe = (self.probe * 2).min(LONGEST_PROBE);
            }
            borne => {
                // What it bore before it bears no more, or that is too long ago to be worth anything.
                self.borne = borne;
                self.interval = Some(half);
                self.probe = PROBE;
                self.concurrency = (self.concurrency / 2).max(1);
            }
        }
        self.next = until;
    }

    /// The provider answered without complaint.
    pub(crate) fn answered(&mut self) {
        self.answered_at(Instant::now());
    }

    fn answered_at(&mut self, now: Instant) {
        if self.slowed_at.is_none() {
            return;
        }
        self.good += 1;
        if self.good < STEP {
            return;
        }
        let kept = now.saturating_duration_since(self.stepped_at);
        if kept >= PROBE {
            self.borne = self.interval;
        }
        let faster = self.interval.map(|interval| interval * 7 / 8);
        if let (Some(faster), Some(edge)) = (faster, self.edge)
            && faster < edge * 11 / 10
        {
            if kept < self.probe {
                return;
            }
            if faster < edge {
                self.edge = None;
            }
        }
        self.stepped_at = now;
        self.good = 0;
        self.concurrency = (self.concurrency + 1).min(self.limits.concurrency.get());
        let set = self.limits.rate.interval();
        match (faster, set) {
            (Some(faster), Some(set)) if faster > set => self.interval = Some(faster),
            (Some(faster), None) if faster > FIRST_INTERVAL / 8 => self.interval = Some(faster),
            _ => {
                self.interval = set;
                if self.concurrency == self.limits.concurrency.get() {
                    self.slowed_at = None;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ten_a_second() -> Limits {
        Limits {
            rate: Rate::per_second(NonZeroU32::new(10).unwrap()),
            concurrency: NonZeroU32::new(4).unwrap(),
        }
    }

    #[test]
    fn requests_are_spread_and_never_burst() {
        let mut pace = Pace::new(ten_a_second());
        assert_eq!(pace.take(), Ok(()));
        let wait = pace.take().unwrap_err();
        assert!(wait <= Duration::from_millis(101), "{wait:?}");
        let mut unlimited = Pace::new(Limits {
            rate: Rate::Unlimited,
            ..ten_a_second()
        });
        for _ in 0..100 {
            assert_eq!(unlimited.take(), Ok(()));
        }
    }

    #[test]
    fn the_shortest_time_is_that_of_the_gaps_between_requests() {
        let limits = ten_a_second();
        assert_eq!(limits.shortest(0), Some(Duration::ZERO));
        assert_eq!(limits.shortest(1), Some(Duration::ZERO));
        assert_eq!(limits.shortest(101), Some(Duration::from_secs(10)));
        assert_eq!(Limits::of_provider("woodpecker").shortest(9), None);
    }

    #[test]
    fn a_late_timer_costs_nothing_and_time_unused_is_not_caught_up() {
        let mut pace = Pace::new(ten_a_second());
        let start = pace.next;
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(pace.take_at(start), Ok(()));
        // Late by 5 ms: the next is due by the schedule, and not by when this one began.
        assert_eq!(pace.take_at(after(105)), Ok(()));
        assert_eq!(pace.take_at(after(199)), Err(Duration::from_millis(2)));
        assert_eq!(pace.take_at(after(201)), Ok(()));
        // Nothing to send for a second.
        assert_eq!(pace.take_at(after(1200)), Ok(()));
        assert_eq!(
            pace.take_at(after(1200)),
            Err(Duration::from_micros(80_500))
        );
    }

    #[test]
    fn a_complaint_pauses_and_slows_down_once() {
        let mut pace = Pace::new(ten_a_second());
        let began = Instant::now();
        pace.complained(began, Duration::from_secs(7));
        pace.complained(began, Duration::from_secs(3));
        let wait = pace.take().unwrap_err();
        assert!(wait > Duration::from_secs(6), "{wait:?}");
        assert_eq!(pace.interval, Some(Duration::from_millis(200)));
        assert_eq!(pace.concurrency(), 2);
        pace.complained(Instant::now(), Duration::ZERO);
        assert_eq!(pace.interval, Some(Duration::from_millis(400)));
        assert_eq!(pace.concurrency(), 1);
    }

    #[test]
    fn it_takes_its_time_to_pass_the_speed_of_the_last_complaint() {
        let mut pace = Pace::new(ten_a_second());
        pace.complained(Instant::now(), Duration::ZERO);
        let start = pace.stepped_at;
        for _ in 0..1000 {
            pace.answered_at(start);
        }
        // Not faster than an eighth from where it complained, however good the answers are.
        let held = pace.interval.unwrap();
        assert!(held > Duration::from_millis(110), "{held:?}");
        assert!(held < Duration::from_millis(126), "{held:?}");
        pace.answered_at(start + PROBE);
        assert_eq!(pace.interval, Some(held * 7 / 8));
    }

    #[test]
    fn a_step_too_far_is_taken_back_and_the_next_one_waits_longer() {
        let mut pace = Pace::new(ten_a_second());
        pace.complained(Instant::now(), Duration::ZERO);
        let mut now = pace.stepped_at;
        let answers = |pace: &mut Pace, now: Instant| {
            for _ in 0..STEP {
                pace.answered_at(now);
            }
        };
        while pace.interval > Some(Duration::from_millis(126)) {
            answers(&mut pace, now);
        }
        let borne = pace.interval;
        for probe in [PROBE, PROBE * 2, PROBE * 4] {
            now = pace.stepped_at;
            answers(&mut pace, now + probe * 9 / 10);
            assert_eq!(pace.interval, borne, "it steps before {probe:?}");
            answers(&mut pace, now + probe);
            assert!(pace.interval < borne, "it does not step after {probe:?}");
            let concurrency = pace.concurrency();
            pace.complained(Instant::now() + probe * 8, Duration::ZERO);
            assert_eq!(pace.interval, borne);
            assert_eq!(pace.concurrency(), concurrency);
        }
        // What it bore it does not bear any more.
        pace.complained(Instant::now() + PROBE * 100, Duration::ZERO);
        assert_eq!(pace.interval, borne.map(|borne| borne * 2));
        assert_eq!(pace.borne, None);
        assert_eq!(pace.probe, PROBE);
    }

    #[test]
    fn good_answers_bring_it_back_to_what_was_set_and_no_further() {
        for rate in [ten_a_second().rate, Rate::Unlimited] {
            let mut pace = Pace::new(Limits {
                rate,
                ..ten_a_second()
            });
            for _ in 0..20 {
                pace.complained(Instant::now(), Duration::ZERO);
            }
            assert!(pace.interval <= Some(FIRST_INTERVAL * 2 * SLOWEST));
            let mut now = pace.stepped_at;
            for _ in 0..2000 {
                now += Duration::from_millis(50);
                pace.answered_at(now);
            }
            assert_eq!(pace.interval, rate.interval());
            assert_eq!(pace.concurrency(), 4);
            assert_eq!(pace.slowed_at, None);
        }
    }
}
