use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

use crate::{Answer, Operation, operation::ReadAnswer};

/// A request as it is put on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) operation: &'static Operation,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A request that changes something, complete and not yet sent: exactly what
/// [`Transport::send`](crate::Transport::send) puts on the wire.
#[derive(Clone)]
pub struct Call {
    pub(crate) message: Message,
    /// How many ids it names, where its maker said so.
    ids: Option<usize>,
    read: ReadAnswer,
}

/// Whom a request names, as far as it decides what an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// One id.
    One,
    /// Several ids, of which some may be gone although the request was refused.
    Several,
    /// A scope.
    Scope,
}

impl Call {
    pub(crate) fn new(message: Message, read: ReadAnswer) -> Self {
        Self {
            message,
            ids: None,
            read,
        }
    }

    /// Says how many ids the request names, each as often as it is in there. A request of which nobody says
    /// that it names one is judged as one that names several.
    #[must_use]
    pub fn naming(mut self, ids: usize) -> Self {
        self.ids = Some(ids);
        self
    }

    pub(crate) fn names(&self) -> Names {
        if self.message.operation.is_scope() {
            Names::Scope
        } else if self.ids == Some(1) {
            Names::One
        } else {
            Names::Several
        }
    }

    /// What the whole body of a 2xx answer says.
    pub(crate) fn read(&self, body: &[u8]) -> Answer {
        (self.read)(body)
    }

    /// What the request does.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.message.operation
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.message.method
    }

    /// The address, with the path encoded as it is sent.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.message.url
    }

    /// The headers. The one that carries the key is marked as sensitive
    /// ([`HeaderValue::is_sensitive`](http::HeaderValue::is_sensitive)): do not print it.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.message.headers
    }

    /// The body, as JSON text. It names people.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.message.body
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("message", &self.message)
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}
