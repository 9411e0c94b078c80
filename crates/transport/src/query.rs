//! Requests that ask and change nothing, and the table of what their answers mean. The first line that fits
//! decides.
//!
//! | what came back | finding |
//! | --- | --- |
//! | a 2xx that is older than its request, by its `Age`; any answer before the whole request was sent | unclear |
//! | 203, 206, 207 and 304, whatever the body | unclear |
//! | another 2xx, or a 4xx that the query's own reader knows, with its whole body | what the reader says |
//! | anything else, and no answer | unclear |
//!
//! The reader of a query says *nobody* only for an answer that shows it. What could not be read is never that.

use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode};

use crate::{
    ErrorKind, Operation,
    answer::{not_an_answer, refusal},
    body::End,
    call::Message,
    exchange::{Exchange, Received},
    message::without_mark,
    retry_after::{retry_after, throttled_for},
};

/// A question, complete and not yet sent: what [`Transport::ask`](crate::Transport::ask) puts on the wire, and how
/// its answer is read.
///
/// It names people, in its address or its body, so its `Debug` shows neither.
#[derive(Clone)]
pub struct Query<T> {
    pub(crate) message: Message,
    read: fn(&Reply<'_>) -> Finding<T>,
}

/// An answer that came whole, for the reader of a query.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Reply<'a> {
    /// The status: a 2xx, or a 4xx.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, decompressed and without a byte order mark.
    pub body: &'a [u8],
}

/// What an answer shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding<T> {
    /// What was asked for is there.
    Found(T),
    /// The provider says that it is not there.
    Nobody,
    /// It cannot be told.
    Unclear(Unclear),
}

/// Why it cannot be told. Nothing of an answer's body is in it, since that names people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unclear {
    /// What kind of failure it was.
    pub kind: ErrorKind,
    /// The status, where an answer came.
    pub http_status: Option<StatusCode>,
    /// What we say about it.
    pub reason: &'static str,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
}

impl<T> Query<T> {
    pub(crate) fn new(message: Message, read: fn(&Reply<'_>) -> Finding<T>) -> Self {
        Self { message, read }
    }

    /// What is asked.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.message.operation
    }

    /// Judges one attempt by the table.
    pub(crate) fn judge(&self, exchange: Exchange) -> Finding<T> {
        let Ok(received) = exchange.result else {
            return Finding::unclear(ErrorKind::Transport, "no answer came");
        };
        match self.verdict(&received) {
            Finding::Unclear(unclear) => Finding::Unclear(unclear.with(&received)),
            told => told,
        }
    }

    fn verdict(&self, received: &Received) -> Finding<T> {
        let unclear = Finding::unclear;
        let status = received.status;
        if let Some(reason) = not_an_answer(received) {
            return unclear(ErrorKind::UnexpectedResponse, reason);
        }
        match status.as_u16() {
            203 | 206 | 207 => unclear(
                ErrorKind::UnexpectedResponse,
                "an answer of this status is changed, a part, or several in one",
            ),
            300..=399 => unclear(ErrorKind::Redirect, "redirects are not followed"),
            429 => unclear(ErrorKind::Throttled, "too many requests"),
            200..=299 | 400..=499 => self.read(received),
            500..=599 => unclear(ErrorKind::Server, "the server failed"),
            _ => unclear(
                ErrorKind::UnexpectedResponse,
                "HTTP defines no final answer of this status",
            ),
        }
    }

    fn read(&self, received: &Received) -> Finding<T> {
        let body = &received.body;
        let is_whole = matches!(body.end, End::Complete) && body.coding.is_none();
        if !is_whole {
            return Finding::unclear(ErrorKind::Transport, "the answer cannot be read whole");
        }
        let reply = Reply {
            status: received.status,
            headers: &received.headers,
            body: without_mark(&body.bytes),
        };
        match (self.read)(&reply) {
            // A refusal says more by its status than a reader that does not know it.
            Finding::Unclear(unclear) if received.status.is_client_error() => {
                Finding::unclear(refusal(received.status), unclear.reason)
            }
            told => told,
        }
    }
}

impl<T> fmt::Debug for Query<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({})", self.operation())
    }
}

impl<T> Finding<T> {
    /// It cannot be told, for this reason.
    #[must_use]
    pub const fn unclear(kind: ErrorKind, reason: &'static str) -> Self {
        Self::Unclear(Unclear {
            kind,
            http_status: None,
            reason,
            retry_after: None,
        })
    }

    /// An answer that the provider does not document.
    #[must_use]
    pub const fn foreign() -> Self {
        Self::unclear(
            ErrorKind::UnexpectedResponse,
            "the answer is not one that the provider documents",
        )
    }
}

impl Unclear {
    /// With what the answer's head says.
    fn with(mut self, received: &Received) -> Self {
        let now = std::time::SystemTime::now();
        self.http_status = Some(received.status);
        self.retry_after = if self.kind == ErrorKind::Throttled {
            throttled_for(&received.headers, now)
        } else {
            retry_after(&received.headers, now)
        };
        self
    }

    /// Whether asking again later may show more.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Transport | ErrorKind::Server | ErrorKind::Throttled
        )
    }
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.http_status {
            write!(f, "HTTP {}: ", status.as_u16())?;
        }
        f.write_str(self.reason)?;
        if let Some(wait) = self.retry_after {
            write!(f, ": try again after {} s", wait.as_secs())?;
        }
        Ok(())
    }
}
