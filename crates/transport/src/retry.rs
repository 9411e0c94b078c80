use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::{Failure, Outcome};

/// The wait after the first failure, before jitter.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// No wait of our own is longer; a server may ask for more.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// When a request is sent again, and how often.
///
/// It speaks of time and number alone. Whether sending again is harmless is the
/// [operation's](crate::Operation::idempotent) to say.
///
/// Waits grow exponentially, with jitter, and honour `Retry-After`. All attempts together end within
/// `max_attempts × (time-out + max_wait)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
    wait: Duration,
    elapsed: Option<Duration>,
}

impl RetryPolicy {
    /// Five attempts, no wait longer than 60 seconds.
    #[must_use]
    pub fn new() -> Self {
        Self {
            attempts: 5,
            wait: Duration::from_secs(60),
            elapsed: None,
        }
    }

    /// One attempt and no other.
    #[must_use]
    pub fn never() -> Self {
        Self::new().with_max_attempts(1)
    }

    /// The most attempts for one request. 0 counts as 1.
    #[must_use]
    pub fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The longest wait between two attempts. A server that asks for a longer one is not tried again:
    /// the failure is reported, with what it asked for.
    #[must_use]
    pub fn with_max_wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// No attempt begins later than this after the first began. Without limit by default.
    #[must_use]
    pub fn with_max_elapsed(mut self, elapsed: Duration) -> Self {
        self.elapsed = Some(elapsed);
        self
    }

    /// The longest wait between two attempts.
    #[must_use]
    pub fn longest_wait(&self) -> Duration {
        self.wait
    }

    /// Begins with the attempts of one request.
    #[must_use]
    pub fn start(&self) -> Schedule {
        Schedule {
            policy: self.clone(),
            waits: None,
            attempts: 0,
            began: Instant::now(),
        }
    }
}

fn waits() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_WAIT)
        .with_max_delay(LONGEST_WAIT)
        .with_factor(2.0)
        .with_jitter()
        .without_max_times()
        .build()
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// One request's way through its attempts.
#[derive(Debug)]
pub struct Schedule {
    policy: RetryPolicy,
    /// Made when the first wait is needed, which is rarely.
    waits: Option<ExponentialBackoff>,
    attempts: u32,
    began: Instant,
}

impl Schedule {
    /// How long to wait before the next attempt after this failure, or `None` when there is to be none.
    /// `idempotent` is the [operation's](crate::Operation::idempotent).
    pub fn next(&mut self, failure: &Failure, idempotent: bool) -> Option<Duration> {
        self.attempts += 1;
        if self.attempts >= self.policy.attempts || !is_sent_again(failure, idempotent) {
            return None;
        }
        let own = self
            .waits
            .get_or_insert_with(waits)
            .next()
            .unwrap_or(LONGEST_WAIT)
            .min(self.policy.wait);
        let asked = failure
            .response
            .as_ref()
            .and_then(|response| response.retry_after)
            .unwrap_or_default();
        let wait = own.max(asked);
        let elapsed = self.began.elapsed() + wait;
        let in_time = self.policy.elapsed.is_none_or(|most| elapsed <= most);
        (asked <= self.policy.wait && in_time).then_some(wait)
    }
}

/// Whether the request is sent again after this failure.
fn is_sent_again(failure: &Failure, idempotent: bool) -> bool {
    match failure.outcome {
        Outcome::NotSent => true,
        Outcome::Rejected => failure.kind == crate::ErrorKind::Throttled,
        Outcome::Unknown => idempotent,
        Outcome::Deleted | Outcome::Accepted | Outcome::Suppressed => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Response};

    fn failure(outcome: Outcome, kind: ErrorKind, retry_after: Option<u64>) -> Failure {
        let response = retry_after.map(|seconds| Response {
            status: http::StatusCode::TOO_MANY_REQUESTS,
            message: None,
            request_id: None,
            retry_after: Some(Duration::from_secs(seconds)),
            body: Vec::new(),
        });
        Failure {
            outcome,
            kind,
            sent: outcome != Outcome::NotSent,
            reason: None,
            response,
            source: None,
        }
    }

    #[test]
    fn what_may_be_sent_again() {
        for (outcome, kind, ids, scope) in [
            (Outcome::NotSent, ErrorKind::Transport, true, true),
            (Outcome::Rejected, ErrorKind::Throttled, true, true),
            (Outcome::Rejected, ErrorKind::Authentication, false, false),
            (Outcome::Rejected, ErrorKind::InvalidRequest, false, false),
            (Outcome::Unknown, ErrorKind::Transport, true, false),
            (Outcome::Unknown, ErrorKind::Server, true, false),
            (Outcome::Unknown, ErrorKind::UnexpectedResponse, true, false),
        ] {
            let failure = failure(outcome, kind, None);
            assert_eq!(
                is_sent_again(&failure, true),
                ids,
                "{outcome} {kind:?}, ids"
            );
            assert_eq!(
                is_sent_again(&failure, false),
                scope,
                "{outcome} {kind:?}, scope"
            );
        }
    }

    #[test]
    fn attempts_end() {
        let policy = RetryPolicy::new().with_max_attempts(3);
        let mut schedule = policy.start();
        let failure = failure(Outcome::Unknown, ErrorKind::Server, None);
        let waits: Vec<_> = std::iter::from_fn(|| schedule.next(&failure, true)).collect();
        assert_eq!(waits.len(), 2);
        assert!(
            waits
                .iter()
                .all(|wait| *wait >= FIRST_WAIT && *wait <= 2 * LONGEST_WAIT),
            "{waits:?}"
        );
    }

    #[test]
    fn waits_stay_below_the_longest_allowed() {
        let policy = RetryPolicy::new()
            .with_max_attempts(50)
            .with_max_wait(Duration::from_secs(1));
        let mut schedule = policy.start();
        let failure = failure(Outcome::Unknown, ErrorKind::Server, None);
        let waits: Vec<_> = std::iter::from_fn(|| schedule.next(&failure, true)).collect();
        assert_eq!(waits.len(), 49);
        assert!(
            waits.iter().all(|wait| *wait <= Duration::from_secs(1)),
            "{waits:?}"
        );
    }

    #[test]
    fn retry_after_is_honoured_up_to_the_longest_wait() {
        let policy = RetryPolicy::new();
        let throttled = |seconds| failure(Outcome::Rejected, ErrorKind::Throttled, Some(seconds));
        assert!(policy.start().next(&throttled(7), false) >= Some(Duration::from_secs(7)));
        assert!(policy.start().next(&throttled(60), false).is_some());
        assert_eq!(policy.start().next(&throttled(61), false), None);
        assert_eq!(
            policy.start().next(&throttled(u64::from(u32::MAX)), false),
            None
        );
    }

    #[test]
    fn a_budget_of_time_ends_attempts() {
        let policy = RetryPolicy::new().with_max_elapsed(Duration::from_secs(5));
        let throttled = failure(Outcome::Rejected, ErrorKind::Throttled, Some(6));
        assert_eq!(policy.start().next(&throttled, true), None);
    }
}
