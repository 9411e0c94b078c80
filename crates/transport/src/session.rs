use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderName, HeaderValue, header};
use reqwest::{Request, Response};

/// How our requests name themselves.
const USER_AGENT: &str = concat!("prospect-delete/", env!("CARGO_PKG_VERSION"));

/// What a generated client holds of ours: it dresses each request and decides what becomes of it.
///
/// Made by [`Transport`](crate::Transport) alone.
#[derive(Clone)]
pub struct Session {
    credential: (HeaderName, HeaderValue),
    timeout: Duration,
    /// Where a request goes instead of the network.
    aside: Option<Shelf>,
}

type Shelf = Arc<Mutex<Option<Request>>>;

impl Session {
    /// A session whose requests are sent at once: the raw client's.
    pub(crate) fn sending(credential: (HeaderName, HeaderValue), timeout: Duration) -> Self {
        Self {
            credential,
            timeout,
            aside: None,
        }
    }

    /// A session whose request is put aside, to be sent by the transport.
    pub(crate) fn shelving(credential: (HeaderName, HeaderValue), timeout: Duration) -> Self {
        Self {
            credential,
            timeout,
            aside: Some(Shelf::default()),
        }
    }

    /// The request that was put aside.
    pub(crate) fn take(&self) -> Option<Request> {
        self.aside
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Gives a request the headers that every request has. Called by the generated code.
    pub fn dress(&self, request: &mut Request) {
        // The generator adds its own header, which no provider's document asks for.
        request.headers_mut().remove("api-version");
        let (name, value) = &self.credential;
        request.headers_mut().insert(name, value.clone());
        request
            .headers_mut()
            .insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        *request.timeout_mut() = Some(self.timeout);
    }

    /// Sends a request or puts it aside. Called by the generated code.
    ///
    /// # Errors
    ///
    /// As [`reqwest::Client::execute`].
    pub async fn execute(
        &self,
        client: &reqwest::Client,
        request: Request,
    ) -> reqwest::Result<Response> {
        let Some(aside) = &self.aside else {
            return client.execute(request).await;
        };
        *aside.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
        // The generated code wants an answer. It makes an error of this one, which nobody looks at.
        let mut nothing = http::Response::new("");
        *nothing.status_mut() = http::StatusCode::IM_A_TEAPOT;
        Ok(nothing.into())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
