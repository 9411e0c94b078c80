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
}

impl Call {
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
