//! One request and what came back, before anybody judges it.

use std::{
    convert::Infallible,
    mem,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body::{Frame, SizeHint};
use tokio::{
    task::yield_now,
    time::{Instant, timeout_at},
};

use crate::{
    body::Body,
    call::Message,
    connection::{Connections, never_began, noting},
    signal::Signal,
};

/// Further than any attempt lasts, for a time-out that no clock can add.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A body is handed over in pieces of this many bytes.
const PIECE: usize = 16 * 1024;

/// How long attempts may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// For the whole of one.
    pub(crate) attempt: Duration,
    /// For its connection.
    pub(crate) connect: Duration,
}

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
    /// Whether it came before the last piece of the request was asked for.
    pub(crate) early: bool,
    /// The time from the request's first byte to the answer's head.
    pub(crate) after: Duration,
}

/// Why no answer came.
#[derive(Debug)]
pub(crate) enum Broken {
    TimedOut(String),
    Failed(String, reqwest::Error),
}

impl Exchange {
    /// Sends a request once. Dropping the future closes the connection; if the request had left by then,
    /// what became of it is unknown.
    pub(crate) async fn run(connections: &Connections, message: &Message, times: Times) -> Self {
        let now = Instant::now();
        let deadline = now.checked_add(times.attempt).unwrap_or(now + FAR);
        let progress = Arc::<Progress>::default();
        let stood = Arc::<OnceLock<Instant>>::default();
        let mut request = reqwest::Request::new(message.method.clone(), message.url.clone());
        *request.headers_mut() = message.headers.clone();
        if !message.body.is_empty() || expects_body(&message.method) {
            let body = WatchedBody::new(message.body.clone(), Arc::clone(&progress));
            *request.body_mut() = Some(reqwest::Body::wrap(body));
        }
        let client = connections.client(message.operation);
        let request = noting(&stood, client.execute(request));
        let is_begun = || progress.began.get().is_some();
        let request = progress.answer.run(request, is_begun);
        let outcome = timeout_at(deadline, request).await;

        let began = if message.body.is_empty() {
            let fails_before = matches!(
                &outcome,
                Ok(Err(error)) if error.is_connect() || never_began(error)
            );
            // A connection that was kept stood before.
            let stood = stood.get().copied();
            let stood = stood.or_else(|| (!connections.are_own(message.operation)).then_some(now));
            stood.filter(|_| !fails_before)
        } else {
            progress.began.get().copied()
        };
        let sent = began.is_some();
        let route = &connections.route;
        let result = match outcome {
            Err(_) if sent => Err(Broken::TimedOut(format!(
                "no answer within {} s; a longer time-out waits longer",
                times.attempt.as_secs_f64()
            ))),
            Err(_) => Err(Broken::TimedOut(route.no_connection_within(times.attempt))),
            Ok(Err(error)) => {
                let why = route.why(&error, times.connect);
                let why = timeout_at(deadline, why).await;
                let why = why.unwrap_or_else(|_| route.no_connection_within(times.attempt));
                Err(Broken::Failed(why, error.without_url()))
            }
            Ok(Ok(mut response)) => {
                let after = began.map_or(Duration::ZERO, |began| began.elapsed());
                let early = progress.is_early(&message.body);
                let status = response.status();
                let headers = mem::take(response.headers_mut());
                let body = Body::read(response, &headers, deadline, times.attempt).await;
                Ok(Received {
                    status,
                    headers,
                    body,
                    early,
                    after,
                })
            }
        };
        Self { sent, result }
    }
}

/// Whether a request of this method says also of no body how long it is (RFC 9110, 8.6).
fn expects_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

/// How far a request came.
#[derive(Debug, Default)]
struct Progress {
    /// When its body was first asked for.
    began: OnceLock<Instant>,
    /// Whether its last piece was asked for while no answer was there.
    is_out: AtomicBool,
    /// Wakes for the answer.
    answer: Arc<Signal>,
}

impl Progress {
    fn is_early(&self, body: &[u8]) -> bool {
        !body.is_empty() && !self.is_out.load(Ordering::Acquire)
    }
}

type Look = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// A request body that notes when it is asked for.
///
/// The HTTP client asks for a body only once it has a connection, TLS included, and before it writes
/// the first byte of the head. So a body that nobody asked for belongs to a request that never left,
/// whatever the error says, and only such a request is called not sent. An empty body is never asked for.
///
/// Between two pieces the runtime looks at its sockets, and the HTTP client reads before it writes: so an answer
/// that is there before the last piece is known to be.
struct WatchedBody {
    rest: Bytes,
    is_begun: bool,
    progress: Arc<Progress>,
    /// Ends once the runtime has looked.
    look: Option<Look>,
}

impl WatchedBody {
    fn new(bytes: Bytes, progress: Arc<Progress>) -> Self {
        Self {
            rest: bytes,
            is_begun: false,
            progress,
            look: None,
        }
    }
}

impl http_body::Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut answered = false;
        if let Some(look) = &mut self.look {
            ready!(look.as_mut().poll(cx));
            answered = self.progress.answer.is_woken();
        }
        self.is_begun = true;
        let _ = self.progress.began.set(Instant::now());
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let piece = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(piece);
        if self.rest.is_empty() {
            self.progress.is_out.store(!answered, Ordering::Release);
        }
        self.look = (!self.rest.is_empty()).then(|| Box::pin(yield_now()) as Look);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_begun && self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
