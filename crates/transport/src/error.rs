use std::{error, fmt, time::Duration};

use http::StatusCode;

use crate::{ErrorKind, Operation, Outcome, call::Names, cause::Source};

/// A deletion that was not confirmed.
///
/// [`outcome`](Self::outcome) says what that means for the people: the provider refused
/// ([`Rejected`](Outcome::Rejected)), no request left ([`NotSent`](Outcome::NotSent)), or nobody knows
/// ([`Unknown`](Outcome::Unknown)). The predicates say what to do about it. `Display` is one line with
/// provider, operation, outcome, status and the provider's own words.
///
/// Where a request was sent several times, the error speaks of all of them: once one may have deleted,
/// no later refusal makes that undone, and the outcome stays unknown.
///
/// No provider documents that a request with several ids is carried out whole or not at all. So only where one
/// id was sent, once, does a refusal mean that nothing was deleted; see [`may_be_gone`](Self::may_be_gone).
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    provider: &'static str,
    operation: &'static str,
    /// Whether sending the same request again does nothing new.
    idempotent: bool,
    /// Whom the request names; `None` where there was no request.
    names: Option<Names>,
    /// What happened, oldest first; never empty.
    failures: Vec<Failure>,
}

/// One attempt that did not succeed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// What the attempt means for the people.
    pub outcome: Outcome,
    /// What kind of failure it was.
    pub kind: ErrorKind,
    /// Whether any of the request may have left this machine.
    pub sent: bool,
    /// What we say about it, where the answer does not say it all.
    pub reason: Option<String>,
    /// The answer, where one came.
    pub response: Option<Response>,
    pub(crate) source: Option<Source>,
}

/// What is kept of an answer. Keys and control characters have been taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status, documented or not.
    pub status: StatusCode,
    /// The provider's own words, or the beginning of its body where that has no known form.
    pub message: Option<String>,
    /// The request id header.
    pub request_id: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The first bytes of the body, at most 2 KiB.
    pub body: Vec<u8>,
}

impl Failure {
    /// An attempt that was not even made: nothing was sent.
    #[must_use]
    pub fn not_sent(kind: ErrorKind, reason: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::NotSent,
            kind,
            sent: false,
            reason: Some(reason.into()),
            response: None,
            source: None,
        }
    }

    /// What caused it, as it is, for those who look for a type: an [`std::io::Error`], say, deep in its chain.
    ///
    /// The [source](error::Error::source) has those of its words alone that the failure's own line has not.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn error::Error + Send + Sync + 'static)> {
        self.source.as_deref()
    }

    /// Whether this is a refusal that may be about the ids that the request names.
    ///
    /// No provider documents that a request with several ids is carried out whole or not at all, so after such
    /// a refusal some of them may be gone. Refusals of the key, the method, the form or the pace
    /// come before anybody looks at ids.
    #[must_use]
    pub fn may_be_about_ids(&self) -> bool {
        self.outcome == Outcome::Rejected
            && self.response.as_ref().is_none_or(|response| {
                !matches!(
                    response.status.as_u16(),
                    300..=399
                        | 401
                        | 402
                        | 405
                        | 406
                        | 407
                        | 411
                        | 413
                        | 414
                        | 415
                        | 417
                        | 421
                        | 426
                        | 428
                        | 429
                        | 431
                ) && self.kind != ErrorKind::Throttled
            })
    }
}

impl Error {
    /// `failures` holds at least one.
    pub(crate) fn new(operation: &Operation, names: Names, failures: Vec<Failure>) -> Self {
        Self::with(operation, Some(names), failures)
    }

    fn with(operation: &Operation, names: Option<Names>, failures: Vec<Failure>) -> Self {
        Self(Box::new(Inner {
            provider: operation.provider.name,
            operation: operation.name,
            idempotent: operation.idempotent,
            names,
            failures,
        }))
    }

    /// A request that could not even be put together: nothing was sent.
    pub fn not_sent(operation: &Operation, kind: ErrorKind, reason: impl Into<String>) -> Self {
        Self::with(operation, None, vec![Failure::not_sent(kind, reason)])
    }

    /// The provider's name.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.0.provider
    }

    /// The operation's name, without the provider.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// What it means for the people, over all attempts: unknown if any attempt may have deleted, else
    /// rejected if the provider ever answered, else not sent.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.decisive().outcome
    }

    /// The kind of the attempt that [`outcome`](Self::outcome) comes from.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.decisive().kind
    }

    /// How many requests were sent. An attempt that found no connection sent none.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        let sent = self
            .0
            .failures
            .iter()
            .filter(|failure| failure.sent)
            .count();
        u32::try_from(sent).unwrap_or(u32::MAX)
    }

    /// All attempts, oldest first, each with what is known of it.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.0.failures
    }

    /// The last answer that came, of whichever attempt.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.0
            .failures
            .iter()
            .rev()
            .find_map(|failure| failure.response.as_ref())
    }

    /// The status of the [last answer](Self::response).
    #[must_use]
    pub fn http_status(&self) -> Option<StatusCode> {
        self.response().map(|response| response.status)
    }

    /// The provider's own words in the [last answer](Self::response).
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.response()?.message.as_deref()
    }

    /// The request id header of the [last answer](Self::response).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.response()?.request_id.as_deref()
    }

    /// How long the [last answer](Self::response) asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.response()?.retry_after
    }

    /// Whether something may be gone: the outcome is unknown, or a request that names several ids was refused
    /// for what may be one of them ([`Failure::may_be_about_ids`]).
    ///
    /// # Troubleshooting
    ///
    /// As for [`is_unknown`](Self::is_unknown). Sent one at a time, each id gets an answer of its own.
    #[must_use]
    pub fn may_be_gone(&self) -> bool {
        self.is_unknown()
            || self.outcome() == Outcome::Rejected
                && self.0.names == Some(Names::Several)
                && self.0.failures.iter().any(Failure::may_be_about_ids)
    }

    /// Whether something may be gone although nothing confirmed it.
    ///
    /// # Troubleshooting
    ///
    /// Look at the provider what became of the people. Naming the same ids again is harmless; deleting a
    /// whole scope again is not, where somebody may have added people since.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.outcome() == Outcome::Unknown
    }

    /// Whether another try may end better: the server failed, asked for a pause, or was not reached.
    ///
    /// It says nothing of whether another try is harmless, as [`may_repeat`](Self::may_repeat) does.
    ///
    /// # Troubleshooting
    ///
    /// Wait, at least for [`retry_after`](Self::retry_after), and send it again if it may be repeated. Where it goes
    /// on, look at the provider's status page, and at proxy and network. All other failures end the same way until
    /// somebody changes the key, the request or the state at the provider.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::Server | ErrorKind::Throttled | ErrorKind::Transport
        )
    }

    /// Whether the same request can be sent again without deleting more than was meant: it names ids, or it was not
    /// carried out at all.
    ///
    /// False for the deletion of a scope of unknown result: people may have been added since.
    ///
    /// # Troubleshooting
    ///
    /// Where it is false, look at the provider what the scope holds, and decide. Where it is true, sending again is
    /// harmless, but of use only if the failure [is temporary](Self::is_temporary) or its cause was removed.
    #[must_use]
    pub fn may_repeat(&self) -> bool {
        self.0.idempotent || !self.is_unknown()
    }

    /// Whether the provider did not accept the key.
    ///
    /// # Troubleshooting
    ///
    /// The key is wrong, expired or another account's. Issue a new one; the same will be refused again.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.kind() == ErrorKind::Authentication
    }

    /// Whether the key is good but may not do this.
    ///
    /// # Troubleshooting
    ///
    /// Have the account's owner give the key the right to delete, or use one that has it.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.kind() == ErrorKind::Permission
    }

    /// Whether what was named is not there.
    ///
    /// # Troubleshooting
    ///
    /// Check the campaign or company id, and that the key belongs to the account that has it. That a
    /// container is missing does not prove that the person is in no other.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the provider does not take the request as it is.
    ///
    /// # Troubleshooting
    ///
    /// [`message`](Self::message) says why, as far as the provider does. The same request will be
    /// refused again.
    #[must_use]
    pub fn is_invalid_request(&self) -> bool {
        self.kind() == ErrorKind::InvalidRequest
    }

    /// Whether there were too many requests, even after waiting.
    ///
    /// # Troubleshooting
    ///
    /// The provider refused it. Send it again after [`retry_after`](Self::retry_after), or later where the
    /// provider does not say when, and send fewer at a time.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.kind() == ErrorKind::Throttled
    }

    /// Whether the state of things does not allow it.
    ///
    /// # Troubleshooting
    ///
    /// Change the state first. UnleashX, for one, deletes all audience of drafts only.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind() == ErrorKind::Conflict
    }

    /// Whether the server failed. It may have deleted before it did.
    ///
    /// # Troubleshooting
    ///
    /// Wait until the provider is well, then as for [`is_unknown`](Self::is_unknown).
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.kind() == ErrorKind::Server
    }

    /// Whether the server pointed somewhere else.
    ///
    /// # Troubleshooting
    ///
    /// The base address is not the API's (a login page, a moved host), or a proxy stands between.
    /// Following would hand the key to another host, so correct the base address instead.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        self.kind() == ErrorKind::Redirect
    }

    /// Whether the connection failed or time ran out.
    ///
    /// # Troubleshooting
    ///
    /// With [`NotSent`](Outcome::NotSent), check address, proxy and certificates, and try again. With
    /// [`Unknown`](Outcome::Unknown), the request had left; give the next one a longer time-out.
    #[must_use]
    pub fn is_transport(&self) -> bool {
        self.kind() == ErrorKind::Transport
    }

    /// Whether the answer is none that the provider documents.
    ///
    /// # Troubleshooting
    ///
    /// Something between may have answered (a proxy, a maintenance page), or the provider changed its
    /// API. [`response`](Self::response) has what came.
    #[must_use]
    pub fn is_unexpected_response(&self) -> bool {
        self.kind() == ErrorKind::UnexpectedResponse
    }

    /// The last attempt among those that say most.
    fn decisive(&self) -> &Failure {
        self.0
            .failures
            .iter()
            .max_by_key(|failure| failure.outcome.weight())
            .expect("made with at least one failure")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decisive = self.decisive();
        let meaning = match decisive.outcome {
            Outcome::Rejected if self.may_be_gone() => {
                "rejected, but some of these ids may be gone (look at the provider, or send them one at a time)"
            }
            Outcome::Rejected if self.0.names == Some(Names::One) && self.attempts() == 1 => {
                "rejected, nothing was deleted"
            }
            Outcome::Rejected => "rejected, the provider refused it",
            Outcome::NotSent => "not sent, no request left this machine",
            _ => "unknown, it may have been deleted",
        };
        write!(
            f,
            "{}.{}: {meaning}: {decisive}",
            self.provider(),
            self.operation()
        )?;
        let last = self
            .0
            .failures
            .last()
            .expect("made with at least one failure");
        if !std::ptr::eq(last, decisive) {
            write!(f, "; the last attempt: {last}")?;
        }
        if self.attempts() > 1 {
            write!(f, " ({} requests sent)", self.attempts())?;
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(response) = &self.response {
            parts.push(format!("HTTP {}", response.status.as_u16()));
        }
        parts.extend(self.reason.clone());
        if let Some(response) = &self.response {
            parts.extend(response.message.clone());
            if let Some(wait) = response.retry_after {
                parts.push(format!("to be tried again after {} s", wait.as_secs()));
            }
        }
        f.write_str(&parts.join(": "))
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        // The line of the failure is part of this error's line.
        error::Error::source(self.decisive())
    }
}

impl error::Error for Failure {
    /// What its line does not say of its [cause](Self::cause).
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_ref()?.beyond(self)
    }
}
