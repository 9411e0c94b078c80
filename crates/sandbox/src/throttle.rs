//! Limits as providers have them: so many requests in a time, so many at once, a short queue.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::registry::Provider;

/// How many requests a provider takes. Each part may be left out, and then does not limit.
///
/// Every provider that the rule meets is counted for itself, as each has an account of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Throttle {
    /// How fast tokens come back, one for each request; fractions are allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<f64>,
    /// How many tokens there are at most, and at first; 1 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<NonZeroU32>,
    /// How many requests are worked on at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<NonZeroU32>,
    /// How many more may wait for one of these to end.
    pub queue: usize,
    /// How long one may wait in the queue; without end if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_milliseconds: Option<u64>,
    /// Whether a refusal says in `Retry-After` when to come back. No provider documents that it does.
    pub retry_after: bool,
}

impl Throttle {
    /// What Woodpecker documents: one request at a time, six in a queue for at most 15 seconds.
    #[must_use]
    pub fn woodpecker() -> Self {
        Self {
            concurrency: Some(NonZeroU32::MIN),
            queue: 6,
            queue_milliseconds: Some(15_000),
            ..Self::default()
        }
    }

    /// What UnleashX documents for its free plan: 100 requests a minute.
    #[must_use]
    pub fn unleashx() -> Self {
        Self {
            requests_per_second: Some(100.0 / 60.0),
            burst: NonZeroU32::new(100),
            ..Self::default()
        }
    }
}

/// A throttle with its tokens and places, for each provider.
pub(crate) struct Gates {
    retry_after: bool,
    gates: [Gate; Provider::ALL.len()],
}

struct Gate {
    tokens: Option<DefaultDirectRateLimiter>,
    places: Option<Arc<Semaphore>>,
    queue: usize,
    longest_wait: Option<Duration>,
    waiting: AtomicUsize,
}

/// Held by a request that was let in, until its answer is there.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

/// A request is over the limit. `Retry-After` where the rule asks for one, in whole seconds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OverLimit {
    pub(crate) retry_after: Option<u64>,
}

impl Gates {
    /// Or why the throttle cannot be.
    pub(crate) fn new(throttle: &Throttle) -> Result<Self, &'static str> {
        let quota = match (throttle.requests_per_second, throttle.burst) {
            (None, None) => None,
            (None, Some(_)) => {
                return Err("burst needs requests_per_second");
            }
            (Some(rate), burst) => {
                let period = Some(1.0 / rate)
                    .filter(|_| rate > 0.0)
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                    .and_then(Quota::with_period)
                    .ok_or("requests_per_second must be above 0, and at most a thousand million")?;
                Some(period.allow_burst(burst.unwrap_or(NonZeroU32::MIN)))
            }
        };
        if quota.is_none() && throttle.concurrency.is_none() {
            return Err("needs requests_per_second or concurrency");
        }
        if throttle.queue > 0 && throttle.concurrency.is_none() {
            return Err("queue needs concurrency");
        }
        Ok(Self {
            retry_after: throttle.retry_after,
            gates: std::array::from_fn(|_| Gate {
                tokens: quota.map(RateLimiter::direct),
                places: throttle
                    .concurrency
                    .map(|places| Arc::new(Semaphore::new(places.get() as usize))),
                queue: throttle.queue,
                longest_wait: throttle.queue_milliseconds.map(Duration::from_millis),
                waiting: AtomicUsize::new(0),
            }),
        })
    }

    /// Lets a request in, maybe after a wait in the queue.
    pub(crate) async fn enter(&self, provider: Provider) -> Result<Place, OverLimit> {
        let gate = &self.gates[provider as usize];
        let permit = match &gate.places {
            None => None,
            // When another request ends, nobody knows; a second is as good a guess as any.
            Some(places) => Some(gate.place(places).await.ok_or_else(|| self.over_limit(1))?),
        };
        if let Some(tokens) = &gate.tokens {
            tokens.check().map_err(|not_until| {
                let wait = not_until.wait_time_from(DefaultClock::default().now());
                self.over_limit(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
            })?;
        }
        Ok(Place { _permit: permit })
    }

    fn over_limit(&self, seconds: u64) -> OverLimit {
        OverLimit {
            retry_after: self.retry_after.then_some(seconds.max(1)),
        }
    }
}

impl Gate {
    async fn place(&self, places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(places).try_acquire_owned() {
            return Some(permit);
        }
        let _waiting = Waiting::join(&self.waiting, self.queue)?;
        let permit = Arc::clone(places).acquire_owned();
        let permit = match self.longest_wait {
            None => permit.await,
            Some(longest) => timeout(longest, permit).await.ok()?,
        };
        permit.ok()
    }
}

/// One in the queue, also when the client leaves it.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn join(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
                (now < most).then_some(now + 1)
            })
            .ok()
            .map(|_| Self(waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
