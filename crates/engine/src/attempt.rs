//! One attempt at a request, and what becomes of the request after it.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use prospect_delete_core::{
    Call, Clients, ErrorKind, Failure, Outcome, Receipt, RetryPolicy, Schedule,
};

use crate::{
    event::{Event, Listener},
    store::{AttemptId, Disposition, Evidence, Request},
};

/// The account has to be paid for first.
pub(crate) const PAYMENT_REQUIRED: u16 = 402;

/// A request on its way through its attempts.
pub(crate) struct Work {
    pub(crate) request: Request,
    /// What is sent, once it is put together.
    call: Option<Call>,
    schedule: Schedule,
    /// What its attempts came to so far.
    pub(crate) so_far: Option<Outcome>,
    attempts: usize,
}

impl Work {
    /// Boxed, since it goes from hand to hand.
    pub(crate) fn new(request: Request, retry: &RetryPolicy) -> Box<Self> {
        Box::new(Self {
            so_far: request.may_have_applied.then_some(Outcome::Unknown),
            schedule: retry.start(),
            attempts: 0,
            call: None,
            request,
        })
    }

    /// Puts together what is sent, or says why that cannot be done.
    pub(crate) async fn prepare(&mut self, clients: &Clients) -> Result<&Call, String> {
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
pub(crate) struct Answered {
    pub(crate) work: Box<Work>,
    pub(crate) attempt: AttemptId,
    pub(crate) began: Instant,
    pub(crate) at: SystemTime,
    pub(crate) evidence: Evidence,
    /// What becomes of the request.
    pub(crate) disposition: Disposition,
    /// When the same request is to be sent again.
    pub(crate) again: Option<Duration>,
}

/// Sends one request once, and decides what becomes of it.
pub(crate) async fn send(
    provider: &'static str,
    clients: Arc<Clients>,
    listener: Listener,
    mut work: Box<Work>,
    attempt: AttemptId,
    deadline: Option<Instant>,
) -> Answered {
    let began = Instant::now();
    work.attempts += 1;
    let attempts = work.attempts;
    let (evidence, failure) = match work.prepare(&clients).await {
        Ok(_) if deadline.is_some_and(|deadline| began >= deadline) => {
            let reason = "too much time passed since it was claimed";
            (Evidence::not_sent(reason), None)
        }
        Ok(call) => match clients.attempt(call, attempts).await {
            Ok(receipt) => (Evidence::from(&receipt), None),
            Err(failure) => (Evidence::from(&failure), Some(failure)),
        },
        Err(reason) => (Evidence::not_sent(&reason), None),
    };
    listener(&Event::AttemptAnswered {
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
    let disposition = if again.is_some() {
        Disposition::Requeue
    } else if outcome != Outcome::Unknown
        && (evidence.kind == Some(ErrorKind::Authentication)
            || evidence.http_status == Some(PAYMENT_REQUIRED))
    {
        // Nothing was done, and the right key or a paid bill may do it yet.
        Disposition::Requeue
    } else if work.request.targets.len() > 1 && evidence.is_refusal_of_a_batch() {
        Disposition::Split
    } else {
        Disposition::Final(outcome)
    };
    Answered {
        work,
        attempt,
        began,
        at: SystemTime::now(),
        evidence,
        disposition,
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

#[cfg(test)]
mod tests {
    use prospect_delete_core::nlpearl;

    use super::*;

    #[tokio::test]
    async fn what_was_claimed_too_long_ago_is_not_sent() {
        let request = Request {
            id: 1,
            targets: vec![nlpearl::targets::lead("pearl", "lead").unwrap()],
            may_have_applied: false,
        };
        let mut clients = Clients::new();
        let key = prospect_delete_core::Credential::new("account:key").unwrap();
        // Nobody listens there, so that an attempt would say something else.
        let config = prospect_delete_core::Config::new()
            .with_base_url("http://127.0.0.1:1".parse().unwrap());
        clients.add(&nlpearl::PROVIDER, &key, config).unwrap();
        let work = Work::new(request, &RetryPolicy::new());
        let (clients, listener): (_, Listener) = (Arc::new(clients), Arc::new(|_| {}));
        let now = Some(Instant::now());
        let answered = send("nlpearl", clients, listener, work, 7, now).await;
        assert_eq!(answered.evidence.outcome, Outcome::NotSent);
        assert!(!answered.evidence.sent);
        assert_eq!(
            answered.evidence.message.as_deref(),
            Some("too much time passed since it was claimed")
        );
        assert_eq!(answered.disposition, Disposition::Final(Outcome::NotSent));
    }
}
