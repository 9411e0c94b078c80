//! One request and what came back, before anybody judges it.

use std::{
    convert::Infallible,
    mem,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, timeout_at};

use crate::{Call, body::Body};

/// Further than any attempt lasts, for a time-out that no clock can add.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// One attempt.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// Whether any of the request may have left.
    pub(crate) sent: bool,
    pub(crate) result: Result<Received, Broken>,
}

/// An answer, as far as it came.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// Why no answer came.
#[derive(Debug)]
pub(crate) enum Broken {
    TimedOut(Duration),
    Failed(reqwest::Error),
}

impl Exchange {
    /// Sends a call once. Dropping the future closes the connection; if the request had left by then,
    /// what became of it is unknown.
    pub(crate) async fn run(client: &reqwest::Client, call: &Call, timeout: Duration) -> Self {
        let now = Instant::now();
        let deadline = now.checked_add(timeout).unwrap_or(now + FAR);
        let sent = Arc::new(AtomicBool::new(false));
        let mut request = reqwest::Request::new(call.method.clone(), call.url.clone());
        *request.headers_mut() = call.headers.clone();
        *request.body_mut() = Some(reqwest::Body::wrap(WatchedBody {
            bytes: Some(call.body.clone()),
            sent: Arc::clone(&sent),
        }));
        let result = match timeout_at(deadline, client.execute(request)).await {
            Err(_) => Err(Broken::TimedOut(timeout)),
            Ok(Err(error)) => Err(Broken::Failed(error.without_url())),
            Ok(Ok(mut response)) => {
                let status = response.status();
                let headers = mem::take(response.headers_mut());
                let body = Body::read(response, &headers, deadline, timeout).await;
                Ok(Received {
                    status,
                    headers,
                    body,
                })
            }
        };
        Self {
            sent: sent.load(Ordering::Acquire),
            result,
        }
    }
}

/// A request body that notes when it is first asked for.
///
/// The HTTP client asks for a body only once it has a connection, TLS included, and before it writes
/// the first byte of the head. So a body that nobody asked for belongs to a request that never left,
/// whatever the error says, and only such a request is called not sent.
struct WatchedBody {
    bytes: Option<Bytes>,
    sent: Arc<AtomicBool>,
}

impl http_body::Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.sent.store(true, Ordering::Release);
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        // Never before the first frame, or an empty body would be sent without being asked for.
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
