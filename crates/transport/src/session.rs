use std::{
    fmt, mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use reqwest::{Body, Request};
use url::Url;

use crate::headers::Headers;

/// What a generated client holds of ours: it dresses each request and decides what becomes of it.
///
/// Made by [`Transport`](crate::Transport) alone.
#[derive(Clone)]
pub struct Session {
    credential: (HeaderName, HeaderValue),
    more: Arc<Headers>,
    timeout: Duration,
    /// Whether each request has a connection of its own.
    closes: bool,
    /// Where a request goes instead of the network.
    captured: Option<Arc<Mutex<Option<Prepared>>>>,
}

/// A request as the generated client put it together.
pub(crate) struct Prepared {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Body>,
}

impl Session {
    /// A session whose requests are sent at once, each on a connection of its own: the raw client's.
    pub(crate) fn sending(
        credential: (HeaderName, HeaderValue),
        more: Arc<Headers>,
        timeout: Duration,
    ) -> Self {
        Self {
            credential,
            more,
            timeout,
            closes: true,
            captured: None,
        }
    }

    /// A session whose request is captured, to be sent by the transport. `closes` says whether on a connection of
    /// its own.
    pub(crate) fn capturing(
        credential: (HeaderName, HeaderValue),
        more: Arc<Headers>,
        timeout: Duration,
        closes: bool,
    ) -> Self {
        Self {
            credential,
            more,
            timeout,
            closes,
            captured: Some(Arc::default()),
        }
    }

    /// The request that was captured.
    pub(crate) fn take(&self) -> Option<Prepared> {
        self.captured
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Gives a request the headers that every request has, and says whether it is to be sent. Called by
    /// the generated code.
    #[must_use]
    pub fn dress(&self, request: &mut Request) -> bool {
        let headers = request.headers_mut();
        // The generator adds its own header, which no provider's document asks for.
        headers.remove("api-version");
        self.more.put_on(headers);
        let (name, value) = &self.credential;
        headers.insert(name, value.clone());
        let identity = HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, identity);
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        *request.timeout_mut() = Some(self.timeout);
        let Some(captured) = &self.captured else {
            return true;
        };
        let prepared = Prepared {
            method: request.method().clone(),
            url: request.url().clone(),
            headers: mem::take(request.headers_mut()),
            body: request.body_mut().take(),
        };
        *captured.lock().unwrap_or_else(PoisonError::into_inner) = Some(prepared);
        false
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
