//! Runs under limits that nobody was told, in a time that does not pass: the same numbers on every machine.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    num::NonZeroU32,
};

use super::*;

/// How a provider limits.
enum Limit {
    /// For so many seconds so many requests a second, of which a few may come at once; the last holds for ever.
    Bucket(&'static [(f64, f64, f64)]),
    /// So many in each window of so many seconds.
    Window(f64, u32),
    /// So many at a time.
    AtOnce(u32),
}

/// Always so many a second, with bursts of five.
macro_rules! steady {
    ($rate:literal) => {
        Limit::Bucket(&[(1.0, $rate, 5.0)])
    };
}

#[derive(Default)]
struct Provider {
    tokens: f64,
    reckoned: f64,
    window: f64,
    passed: u32,
}

impl Provider {
    fn passes(&mut self, limit: &Limit, at: f64, under_way: usize) -> bool {
        match limit {
            Limit::Bucket(phases) => {
                let mut left = at;
                let phase = phases.iter().find(|(seconds, ..)| {
                    left -= seconds;
                    left < 0.0
                });
                let (_, rate, burst) = phase.or(phases.last()).unwrap();
                self.tokens = (self.tokens + (at - self.reckoned) * rate).min(*burst);
                self.reckoned = at;
                let passes = self.tokens >= 1.0;
                self.tokens -= f64::from(u8::from(passes));
                passes
            }
            Limit::Window(length, most) => {
                let window = (at / length).floor();
                if self.window < window {
                    (self.window, self.passed) = (window, 0);
                }
                let passes = self.passed < *most;
                self.passed += u32::from(passes);
                passes
            }
            Limit::AtOnce(most) => under_way < *most as usize,
        }
    }
}

/// The shortest time in which anybody could get so many requests through.
fn permitted(limit: &Limit, latency: f64, requests: u32) -> f64 {
    match limit {
        Limit::Bucket(phases) => {
            let (mut left, mut time) = (f64::from(requests) - phases[0].2, latency);
            for (seconds, rate, _) in &phases[..phases.len() - 1] {
                if left <= seconds * rate {
                    return time + left / rate;
                }
                left -= seconds * rate;
                time += seconds;
            }
            time + left / phases.last().unwrap().1
        }
        Limit::Window(length, most) => f64::from(requests.div_ceil(*most) - 1) * length + latency,
        Limit::AtOnce(most) => f64::from(requests.div_ceil(*most)) * latency,
    }
}

/// An answer under way.
struct Answer {
    at: Instant,
    began: Instant,
    passed: bool,
}

/// How many times the permitted time a run takes whose refusals say `Retry-After: 1`, and how many requests
/// are refused.
fn run(limit: &Limit, limits: Limits, latency: Duration, requests: u32) -> (f64, u32) {
    let start = Instant::now();
    let pause = Duration::from_secs(1);
    let mut now = start;
    let mut controller = RateController::new_at(limits, now);
    let mut provider = Provider {
        tokens: f64::INFINITY,
        ..Provider::default()
    };
    let mut answers: VecDeque<Answer> = VecDeque::new();
    let mut again: BinaryHeap<Reverse<Instant>> = BinaryHeap::new();
    let (mut left, mut done, mut refused) = (requests, 0, 0);
    while done < requests {
        let mut wake = None;
        while answers.len() < controller.concurrency() {
            let due = again.peek().is_some_and(|Reverse(at)| *at <= now);
            if !due && left == 0 {
                wake = again.peek().map(|Reverse(at)| *at);
                break;
            }
            if let Err(wait) = controller.try_acquire_at(now) {
                wake = Some(now + wait);
                break;
            }
            if due {
                again.pop();
            } else {
                left -= 1;
            }
            let under_way = answers.iter().filter(|answer| answer.passed).count();
            let passed = provider.passes(limit, (now - start).as_secs_f64(), under_way);
            answers.push_back(Answer {
                at: now + latency,
                began: now,
                passed,
            });
        }
        let answer = answers.front().map(|answer| answer.at);
        now = answer.into_iter().chain(wake).min().unwrap();
        while answers.front().is_some_and(|answer| answer.at <= now) {
            let answer = answers.pop_front().unwrap();
            if answer.passed {
                done += 1;
                controller.on_answered_at(now);
            } else {
                refused += 1;
                again.push(Reverse(now + pause));
                controller.on_throttled_at(answer.began, pause, now);
            }
        }
    }
    let permitted = permitted(limit, latency.as_secs_f64(), requests);
    ((now - start).as_secs_f64() / permitted, refused)
}

/// Fails unless 2,000 and 20,000 requests take at most so many times the permitted time.
fn takes(limit: &Limit, rate: Option<u32>, concurrency: u32, latency: u64, at_most: [f64; 2]) {
    let limits = Limits {
        rate: rate.map_or(Rate::Unlimited, |rate| {
            Rate::per_second(NonZeroU32::new(rate).unwrap())
        }),
        concurrency: NonZeroU32::new(concurrency).unwrap(),
    };
    let taken = [2_000, 20_000]
        .map(|requests| run(limit, limits, Duration::from_millis(latency), requests));
    let within = taken
        .iter()
        .zip(at_most)
        .all(|((taken, _), most)| *taken <= most);
    assert!(
        within,
        "times the permitted time, and refused: {taken:.3?}, at most {at_most:?}"
    );
}

#[test]
fn a_limit_that_it_is_told_costs_its_margin() {
    let limits = Limits {
        rate: Rate::per_second(NonZeroU32::new(100).unwrap()),
        concurrency: NonZeroU32::new(16).unwrap(),
    };
    for limit in [steady!(100.0), Limit::Window(2.0, 200)] {
        let (taken, refused) = run(&limit, limits, Duration::from_millis(20), 20_000);
        assert!(taken < 1.02, "{taken}");
        assert_eq!(refused, 0);
    }
}

#[test]
fn a_limit_below_the_one_that_it_is_told_is_found() {
    takes(&steady!(100.0), Some(200), 16, 20, [1.27, 1.06]);
    takes(&steady!(130.0), Some(200), 16, 20, [1.37, 1.08]);
    takes(&steady!(190.0), Some(200), 16, 20, [1.16, 1.07]);
    takes(&steady!(37.0), Some(100), 16, 20, [1.16, 1.04]);
}

#[test]
fn a_limit_that_it_is_not_told_of_is_found() {
    takes(&steady!(100.0), None, 16, 20, [1.43, 1.09]);
    takes(&steady!(300.0), None, 16, 20, [2.16, 1.2]);
    takes(&steady!(10.0), None, 16, 20, [1.06, 1.02]);
}

#[test]
fn with_late_answers_it_is_found_too() {
    takes(&steady!(100.0), Some(200), 64, 500, [1.32, 1.11]);
    takes(&steady!(100.0), None, 64, 500, [1.62, 1.12]);
}

#[test]
fn limits_that_admit_many_at_once_are_used() {
    takes(&Limit::Window(2.0, 200), Some(200), 16, 20, [1.15, 1.1]);
    let bucket = Limit::Bucket(&[(1.0, 100.0, 100.0)]);
    takes(&bucket, Some(200), 16, 20, [1.06, 1.02]);
}

#[test]
fn a_limit_of_how_many_at_a_time_is_found() {
    takes(&Limit::AtOnce(2), None, 16, 200, [1.08, 1.03]);
    takes(&Limit::AtOnce(1), Some(10), 4, 200, [1.05, 1.02]);
    takes(&Limit::AtOnce(10), None, 16, 20, [2.6, 1.27]);
}

#[test]
fn a_limit_that_changes_is_followed() {
    let soon = Limit::Bucket(&[(5.0, 100.0, 5.0), (10.0, 25.0, 5.0), (1.0, 100.0, 5.0)]);
    takes(&soon, Some(100), 16, 20, [1.19, 1.05]);
    let late = Limit::Bucket(&[
        (60.0, 100.0, 5.0),
        (60.0, 25.0, 5.0),
        (60.0, 100.0, 5.0),
        (60.0, 50.0, 5.0),
        (60.0, 100.0, 5.0),
    ]);
    takes(&late, Some(100), 16, 20, [1.02, 1.26]);
}
