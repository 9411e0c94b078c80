//! How fast requests go to one provider: never faster than was set, and slower when the provider asks for it.
//!
//! No library does this. Rate limiters (such as governor, which the sandbox has) keep to a limit that somebody knows,
//! and allow bursts, which the windows of real providers refuse. Controllers of concurrency find how many requests
//! may run at a time from how late answers are, and know nothing of a rate or of `Retry-After`. Here a limit that
//! nobody documents is found from refusals, each of which costs a pause, so the search has to be worth its price.

use std::{
    mem,
    time::{Duration, Instant},
};

use prospect_delete_transport::{Limits, Rate};

/// Requests a second.
fn speed_of(rate: Rate) -> Option<f64> {
    rate.interval().map(|interval| 1.0 / interval.as_secs_f64())
}

/// The slowest that a provider's complaints make it, as a part of the speed that was set.
const SLOWEST: f64 = 1.0 / 64.0;

/// Requests a second that an unlimited rate falls to when the provider complains before its speed can be told.
const FIRST_SPEED: f64 = 20.0;

/// How late requests may begin without moving those after them. Timers ring late by a millisecond or more, and
/// a rate of some hundred a second would lose a tenth to that. Longer times that passed unused are lost, so
/// that nothing worth the name is caught up in a burst.
const LATENESS: Duration = Duration::from_millis(20);

/// Requests begin slower than was set by this part of the interval. Kept exactly, a rate is over the provider's
/// limit whenever a request travels faster than the first of its window did.
const MARGIN: f64 = 0.005;

/// The longest that it lets pass between two requests, or pauses, which a clock can still add: ten years.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// How many good answers it takes to say anything of a speed.
const STEP: u32 = 8;

/// How many it takes to say that the provider bears a speed.
const PROOF: u32 = 56;

/// How much faster a step is where nothing is known of a limit.
const FASTER: f64 = 8.0 / 7.0;

/// The part of a speed that has to be used before anything is learnt of it.
const USED: f64 = 0.9;

/// How long a speed is kept without a complaint before the provider is taken to bear it.
const PROBE: Duration = Duration::from_secs(2);

/// Speeds this near to each other are taken as the same.
const NEAR: f64 = 1.02;

/// How long it goes on at the limit before it looks whether that was raised, at first.
const PATIENCE: Duration = Duration::from_secs(8);

/// How many requests over its limit a provider lets through at once, as far as anything is known.
const BURST: f64 = 8.0;

/// Decides when the next request to one provider may begin, at a speed that follows the provider's answers.
///
/// It starts at the [`Limits`] that it is given and never exceeds them. They come from the provider's documents, from
/// what is assumed where it documents none ([`Provider::limits`](crate::Provider::limits)), or from whoever knows the
/// account better. When the provider throttles (429, or what it documents instead), the controller pauses for as long
/// as asked, slows down, and then looks for the speed that the provider accepts.
///
/// It blocks nothing and sends nothing: no call waits, and the caller sleeps. It keeps no list of requests, so that it
/// costs the same for any number of them. One controller is for one provider and one key, and all requests to that
/// provider have to ask it, whether they delete or look up.
///
/// Each request goes through three steps:
///
/// 1. Have fewer than [`concurrency`](Self::concurrency) requests under way.
/// 2. Call [`try_acquire`](Self::try_acquire), and send the request if it says yes.
/// 3. Report what came back: [`on_answered`](Self::on_answered) or [`on_throttled`](Self::on_throttled). What is no
///    answer (no connection, a time-out, a failure of the server) is not reported, since it says nothing of a limit.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use prospect_delete_core::{Limits, RateController};
///
/// // At most two requests a second, and four at a time.
/// let mut controller = RateController::new(Limits::per_second(2, 4));
/// let began = Instant::now();
/// assert_eq!(controller.try_acquire(), Ok(()));
///
/// // Not yet: the next one begins half a second later.
/// let wait = controller.try_acquire().unwrap_err();
/// assert!(wait <= Duration::from_millis(503));
///
/// // The answer to the first request was 429, with `Retry-After: 7`.
/// controller.on_throttled(began, Duration::from_secs(7));
/// assert!(controller.try_acquire().unwrap_err() > Duration::from_secs(6));
/// assert_eq!(controller.concurrency(), 2);
/// ```
// Speeds are in requests a second.
//
// A complaint says that the limit is below the speed of then, and a speed that was kept for a while without
// one that it is above. Between the two it tries the middle, once the time that would be won, were the run to
// go on for as long as it has, is more than the pause that a refusal costs.
#[derive(Clone, Debug)]
pub struct RateController {
    limits: Limits,
    /// When the next request may begin.
    next: Instant,
    /// The speed in force; `None` while nothing limits it.
    speed: Option<f64>,
    concurrency: u32,
    paused_until: Option<Instant>,
    slowed_at: Option<Instant>,
    /// The slowest speed at which the provider complained.
    edge: Option<f64>,
    /// The fastest speed that the provider bore for a while.
    borne: Option<f64>,
    /// Since when it goes at this speed, or will.
    since: Instant,
    /// Answers without complaint at this speed, and when the first of them came.
    good: u32,
    first_good: Instant,
    /// Whether anything was answered without complaint since the last one.
    passed: bool,
    /// Whether this speed held anything back.
    held: bool,
    /// Since when the limit is looked for.
    searching: Instant,
    /// Faster speeds that it went on to since the last complaint.
    tried: u32,
    /// The pause that the last complaint cost.
    pause: Duration,
    /// How long it goes on at the limit before it looks whether that was raised.
    patience: Duration,
}

impl RateController {
    /// A controller that starts at these limits and keeps within them.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::new_at(limits, Instant::now())
    }

    fn new_at(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            next: now,
            speed: speed_of(limits.rate),
            concurrency: limits.concurrency.get(),
            paused_until: None,
            slowed_at: None,
            edge: None,
            borne: None,
            since: now,
            good: 0,
            first_good: now,
            passed: true,
            held: false,
            searching: now,
            tried: 0,
            pause: Duration::ZERO,
            patience: PATIENCE,
        }
    }

    /// How many requests may be under way at a time now: at least 1, and at most as many as the limits say.
    ///
    /// It changes with what is reported.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.concurrency as usize
    }

    /// Asks whether one request may begin now. `Ok` counts it as begun.
    ///
    /// # Errors
    ///
    /// Not yet: how long to wait before asking again. Nothing is counted or reserved.
    pub fn try_acquire(&mut self) -> Result<(), Duration> {
        self.try_acquire_at(Instant::now())
    }

    fn try_acquire_at(&mut self, now: Instant) -> Result<(), Duration> {
        if let Some(until) = self.paused_until {
            if until > now {
                return Err(until - now);
            }
            self.paused_until = None;
            // What could not begin in the pause is not caught up.
            self.next = self.next.max(until);
        }
        let Some(speed) = self.speed else {
            return Ok(());
        };
        if self.next > now {
            self.held = true;
            return Err(self.next.duration_since(now));
        }
        // One at a time: a burst at the start would be over the limit of any window that it falls into.
        let earliest = now.checked_sub(LATENESS).unwrap_or(now);
        let interval = Duration::try_from_secs_f64((1.0 + MARGIN) / speed)
            .map_or(LONGEST, |interval| interval.min(LONGEST));
        self.next = self.next.max(earliest) + interval;
        Ok(())
    }

    /// Reports that the provider throttled a request, which began at `began`.
    ///
    /// No request begins for `wait`, which is what the provider asked for, or else the caller's own choice; more than
    /// ten years count as ten years. After that they begin more slowly. Requests that began before the controller last slowed down only pause it: they say
    /// nothing about the new speed.
    pub fn on_throttled(&mut self, began: Instant, wait: Duration) {
        self.on_throttled_at(began, wait, Instant::now());
    }

    fn on_throttled_at(&mut self, began: Instant, wait: Duration, now: Instant) {
        let until = now + wait.min(LONGEST);
        self.paused_until = Some(self.paused_until.map_or(until, |paused| paused.max(until)));
        // Requests that were under way when it was slowed down say nothing about the new speed.
        if self.slowed_at.is_some_and(|slowed| began <= slowed) {
            return;
        }
        self.slowed_at = Some(now);
        let passed = mem::take(&mut self.passed);
        let slower = match self.speed.or_else(|| self.seen(now)) {
            None => {
                // Nothing is known but that it was too fast.
                self.search_anew(now);
                FIRST_SPEED
            }
            // That says more about the pause, which was too short, than about the speed.
            Some(speed) if !passed => speed / 2.0,
            Some(speed) => self.refused(speed, now),
        };
        let set = speed_of(self.limits.rate).unwrap_or(FIRST_SPEED);
        self.pause = wait;
        self.tried = 0;
        self.go(slower.max(set * SLOWEST), until);
    }

    /// Notes that this speed was refused. The speed to go on at.
    fn refused(&mut self, speed: f64, now: Instant) -> f64 {
        if let Some(borne) = self.borne.filter(|borne| *borne < speed) {
            if self.edge.is_some_and(|edge| edge <= speed) {
                self.patience *= 2;
            }
            self.edge = Some(self.edge.map_or(speed, |edge| edge.min(speed)));
            return borne;
        }
        // The more passed before, the less it was too fast.
        let over = (BURST / f64::from(self.good.max(1))).clamp(0.01, 0.5);
        if over > 0.1 {
            self.search_anew(now);
        }
        self.edge = Some(speed);
        self.borne = None;
        speed * (1.0 - over)
    }

    /// Begins to look for a limit that may be anywhere below, also one of how many at a time.
    fn search_anew(&mut self, now: Instant) {
        self.searching = now;
        self.patience = PATIENCE;
        self.concurrency = (self.concurrency / 2).max(1);
    }

    /// The speed of an unlimited rate, by the answers that came.
    fn seen(&self, now: Instant) -> Option<f64> {
        let seconds = self.kept(now).as_secs_f64();
        (self.good >= 4 * STEP && seconds > 0.0).then(|| f64::from(self.good) / seconds)
    }

    /// Goes at this speed from then on.
    fn go(&mut self, speed: f64, since: Instant) {
        self.speed = Some(speed);
        self.since = since;
        self.good = 0;
        self.held = false;
    }

    /// Reports that the provider answered a request without throttling it. A refusal for another reason counts too.
    pub fn on_answered(&mut self) {
        self.on_answered_at(Instant::now());
    }

    fn on_answered_at(&mut self, now: Instant) {
        if self.good == 0 {
            self.first_good = now;
        }
        self.good = self.good.saturating_add(1);
        self.passed = true;
        let (Some(_), Some(speed)) = (self.slowed_at, self.speed) else {
            return;
        };
        if self.good < STEP {
            return;
        }
        let answering = now.saturating_duration_since(self.first_good).as_secs_f64();
        if !self.held || f64::from(self.good - 1) < answering * speed * USED {
            // Fewer are sent than might be, so that nothing is learnt of the speed: more at a time.
            if self.concurrency < self.limits.concurrency.get() {
                self.concurrency += 1;
                self.good = 0;
            }
            return;
        }
        let bears = self.good >= PROOF && self.kept(now) >= PROBE;
        if bears {
            if self.borne.is_none_or(|borne| borne < speed) {
                self.borne = Some(speed);
            }
            if self.edge.is_some_and(|edge| edge <= speed) {
                self.edge = None;
            }
        }
        let Some(faster) = self.faster(speed, bears, now) else {
            return;
        };
        self.tried += u32::from(bears);
        self.concurrency = (self.concurrency + 1).min(self.limits.concurrency.get());
        match speed_of(self.limits.rate) {
            Some(set) if faster >= set => {
                self.go(set, now);
                if self.concurrency == self.limits.concurrency.get() {
                    self.slowed_at = None;
                }
            }
            _ => self.go(faster, now),
        }
    }

    /// How long it has gone at this speed.
    fn kept(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }

    /// The speed to try next, once it is time to.
    fn faster(&self, speed: f64, bears: bool, now: Instant) -> Option<f64> {
        if let Some(borne) = self.borne.filter(|borne| *borne > speed) {
            return Some(borne.min(speed * FASTER));
        }
        let Some(edge) = self.edge else {
            return Some(speed * FASTER);
        };
        if !bears {
            return None;
        }
        if edge <= speed * NEAR {
            return (self.kept(now) >= self.patience).then_some(speed * FASTER);
        }
        let searched = now.saturating_duration_since(self.searching);
        let worth = |faster: &f64| {
            let gain = faster / speed - 1.0;
            searched.mul_f64(gain) >= self.pause && f64::from(self.good) * gain >= BURST
        };
        let middle = (self.tried < 2).then_some(f64::midpoint(speed, edge));
        // Several that were borne one after the other: the limit may be another by now.
        let beyond = (self.tried > 0).then_some(speed * FASTER);
        middle.filter(worth).or(beyond.filter(worth))
    }
}

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn ten_a_second() -> Limits {
        Limits {
            rate: Rate::per_second(NonZeroU32::new(10).unwrap()),
            concurrency: NonZeroU32::new(4).unwrap(),
        }
    }

    fn unlimited() -> Limits {
        Limits {
            rate: Rate::Unlimited,
            ..ten_a_second()
        }
    }

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn requests_are_spread_and_never_burst() {
        let now = Instant::now();
        let mut controller = RateController::new_at(ten_a_second(), now);
        assert_eq!(controller.try_acquire_at(now), Ok(()));
        assert_eq!(
            controller.try_acquire_at(now),
            Err(Duration::from_micros(100_500))
        );
        let mut controller = RateController::new_at(unlimited(), now);
        for _ in 0..100 {
            assert_eq!(controller.try_acquire_at(now), Ok(()));
        }
    }

    #[test]
    fn the_shortest_time_is_that_of_the_gaps_between_requests() {
        let limits = ten_a_second();
        assert_eq!(limits.shortest(0), Some(Duration::ZERO));
        assert_eq!(limits.shortest(1), Some(Duration::ZERO));
        assert_eq!(limits.shortest(101), Some(Duration::from_secs(10)));
        assert_eq!(Limits::ONE_AT_A_TIME.shortest(9), None);
    }

    #[test]
    fn a_rate_however_slow_or_fast_is_kept() {
        let now = Instant::now();
        for period in [Duration::MAX, Duration::ZERO] {
            let rate = Rate::Per {
                requests: NonZeroU32::MIN,
                period,
            };
            let mut controller = RateController::new_at(
                Limits {
                    rate,
                    ..ten_a_second()
                },
                now,
            );
            assert_eq!(controller.try_acquire_at(now), Ok(()));
            assert_eq!(
                controller.try_acquire_at(now).is_err(),
                period == Duration::MAX
            );
        }
    }

    #[test]
    fn a_late_timer_costs_nothing_and_time_unused_is_not_caught_up() {
        let start = Instant::now();
        let mut controller = RateController::new_at(ten_a_second(), start);
        assert_eq!(controller.try_acquire_at(start), Ok(()));
        // Late by 5 ms: the next is due by the schedule, and not by when this one began.
        assert_eq!(controller.try_acquire_at(start + millis(105)), Ok(()));
        assert_eq!(
            controller.try_acquire_at(start + millis(199)),
            Err(millis(2))
        );
        assert_eq!(controller.try_acquire_at(start + millis(201)), Ok(()));
        // Nothing to send for a second.
        assert_eq!(controller.try_acquire_at(start + millis(1200)), Ok(()));
        assert_eq!(
            controller.try_acquire_at(start + millis(1200)),
            Err(Duration::from_micros(80_500))
        );
    }

    #[test]
    fn a_complaint_pauses_and_slows_down_once() {
        let now = Instant::now();
        let mut controller = RateController::new_at(ten_a_second(), now);
        controller.on_throttled_at(now, Duration::from_secs(7), now);
        controller.on_throttled_at(now, Duration::from_secs(3), now + millis(1));
        assert_eq!(controller.try_acquire_at(now), Err(Duration::from_secs(7)));
        assert_eq!(controller.speed, Some(5.0));
        assert_eq!(controller.concurrency(), 2);
        // Nothing passed since.
        let later = now + Duration::from_secs(8);
        controller.on_throttled_at(later, Duration::ZERO, later);
        assert_eq!(controller.speed, Some(2.5));
    }

    #[test]
    fn a_pause_shorter_than_the_interval_that_was_set_does_not_make_it_faster() {
        let now = Instant::now();
        let minute = Rate::per_minute(NonZeroU32::MIN);
        let mut controller = RateController::new_at(
            Limits {
                rate: minute,
                ..ten_a_second()
            },
            now,
        );
        assert_eq!(controller.try_acquire_at(now), Ok(()));
        controller.on_throttled_at(now, millis(1000), now);
        assert_eq!(
            controller.try_acquire_at(now + millis(1000)),
            Err(millis(59_300))
        );
    }

    #[test]
    fn a_pause_however_long_can_be_asked_for() {
        let now = Instant::now();
        let mut controller = RateController::new_at(ten_a_second(), now);
        controller.on_throttled_at(now, Duration::MAX, now);
        assert_eq!(controller.try_acquire_at(now), Err(LONGEST));
    }

    #[test]
    fn a_longer_pause_that_is_asked_for_later_is_not_caught_up_in_a_burst() {
        let now = Instant::now();
        let mut controller = RateController::new_at(ten_a_second(), now);
        controller.on_throttled_at(now, millis(1000), now);
        controller.on_throttled_at(now, millis(1000), now + millis(500));
        assert_eq!(controller.try_acquire_at(now + millis(1500)), Ok(()));
        assert_eq!(
            controller.try_acquire_at(now + millis(1500)),
            Err(millis(201))
        );
    }

    #[test]
    fn the_more_passed_before_a_complaint_the_less_it_slows_down() {
        for (good, speed) in [(0, 5.0), (16, 5.0), (80, 9.0), (400, 9.8), (100_000, 9.9)] {
            let now = Instant::now();
            let mut controller = RateController::new_at(ten_a_second(), now);
            for _ in 0..good {
                controller.on_answered_at(now);
            }
            controller.on_throttled_at(now, Duration::ZERO, now);
            let slowed = controller.speed.unwrap();
            assert!((slowed - speed).abs() < 1e-9, "{good}: {slowed}");
        }
    }

    #[test]
    fn an_unlimited_rate_falls_to_what_was_answered_or_to_a_first_speed() {
        let now = Instant::now();
        let mut controller = RateController::new_at(unlimited(), now);
        controller.on_throttled_at(now, Duration::ZERO, now);
        assert_eq!(controller.speed, Some(FIRST_SPEED));
        // 400 in a second.
        let mut controller = RateController::new_at(unlimited(), now);
        for _ in 0..400 {
            controller.on_answered_at(now);
        }
        let later = now + Duration::from_secs(1);
        controller.on_throttled_at(now, Duration::ZERO, later);
        assert_eq!(controller.speed, Some(392.0));
        assert_eq!(controller.edge, Some(400.0));
    }

    #[test]
    fn good_answers_bring_it_back_to_what_was_set_and_no_further() {
        let now = Instant::now();
        let mut controller = RateController::new_at(ten_a_second(), now);
        for after in 0..20 {
            let at = now + Duration::from_secs(after);
            controller.on_throttled_at(at, Duration::ZERO, at);
        }
        assert_eq!(controller.speed, Some(10.0 * SLOWEST));
        let mut now = now + Duration::from_secs(20);
        for _ in 0..1000 {
            while let Err(wait) = controller.try_acquire_at(now) {
                now += wait;
            }
            controller.on_answered_at(now);
        }
        assert_eq!(controller.speed, Some(10.0));
        assert_eq!(controller.concurrency(), 4);
        assert_eq!(controller.slowed_at, None);
    }
}
