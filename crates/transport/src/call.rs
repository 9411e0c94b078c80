use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

use crate::Operation;

/// A request, complete and not yet sent: exactly what [`Transport::send`](crate::Transport::send) puts
/// on the wire.
#[derive(Clone, Debug)]
pub struct Call {
    pub(crate) operation: &'static Operation,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// How many ids it names, where its maker said so.
    pub(crate) ids: Option<usize>,
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
    /// Says how many ids the request names, each as often as it stands there. A request of which nobody says
    /// that it names one is judged as one that names several.
    #[must_use]
    pub fn naming(mut self, ids: usize) -> Self {
        self.ids = Some(ids);
        self
    }

    pub(crate) fn names(&self) -> Names {
        if !self.operation.repeatable {
            Names::Scope
        } else if self.ids == Some(1) {
            Names::One
        } else {
            Names::Several
        }
    }

    /// What the request does.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The address, with the path encoded as it is sent.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The headers. The one that carries the key is marked as sensitive
    /// ([`HeaderValue::is_sensitive`](http::HeaderValue::is_sensitive)): do not print it.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, as JSON text. It names people.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}
