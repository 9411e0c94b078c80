//! The connections that requests go on, and how one is looked at before it is used.
//!
//! HTTP clients take it that a server waits to be asked, and read whatever came before as the answer. `hyper` and `reqwest`
//! have no switch for that, so it is looked at here, in a layer that the HTTP client's connector takes.

use std::{
    error,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, Waker},
    time::Duration,
};

use hyper::rt::{Read, ReadBuf};
use tokio::{task::yield_now, time::Instant};
use tower_layer::Layer;
use tower_service::Service;

use crate::{Operation, Verb, cause::causes, early::Early, route::Route};

type BoxError = Box<dyn error::Error + Send + Sync>;

/// How long a server without TLS may show that it speaks first.
///
/// Such a server is on this machine. Without it, words that came a moment before the request were taken for its answer
/// 3 times of 130. A TLS handshake takes longer, so there one look after it is enough.
const LISTEN: Duration = Duration::from_micros(250);

tokio::task_local! {
    /// When the connection stood that was made for the request of this task.
    static STOOD: Arc<OnceLock<Instant>>;
}

/// The HTTP clients of a transport.
///
/// An answer belongs to a request only if nothing else can have been on its connection. HTTP/1.1 has no
/// numbers for its answers: one that is sent twice is read as the answer to the next request.
#[derive(Debug)]
pub(crate) struct Connections {
    /// Makes a connection for each request.
    pub(crate) own: reqwest::Client,
    /// Keeps connections for requests that name ids, where the caller wants that. Another client, so that no
    /// scope finds one of them or leaves one.
    pub(crate) kept: Option<reqwest::Client>,
    /// How connections reach the server.
    pub(crate) route: Route,
}

impl Connections {
    /// The client for an operation.
    pub(crate) fn client(&self, operation: &Operation) -> &reqwest::Client {
        self.kept
            .as_ref()
            .filter(|_| may_share(operation))
            .unwrap_or(&self.own)
    }

    /// Whether an operation's requests each have a connection of their own.
    pub(crate) fn are_own(&self, operation: &Operation) -> bool {
        self.kept.is_none() || !may_share(operation)
    }
}

/// Whether requests of an operation may share connections, where the caller wants that. What deletes a scope or proves
/// absence never does.
fn may_share(operation: &Operation) -> bool {
    !operation.is_scope() && operation.verb != Verb::LookUp
}

/// Runs a request, and has `stood` note when a connection stands that was made for it.
pub(crate) async fn noting<F: Future>(stood: &Arc<OnceLock<Instant>>, request: F) -> F::Output {
    STOOD.scope(Arc::clone(stood), request).await
}

/// Refuses connections on which the server speaks before it is asked.
///
/// Whatever it says there answers no request of ours, yet would be read as the answer to the next one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silence {
    wait: Duration,
}

impl Silence {
    /// For connections with TLS, or without.
    pub(crate) fn of(has_tls: bool) -> Self {
        Self {
            wait: if has_tls { Duration::ZERO } else { LISTEN },
        }
    }
}

impl<S> Layer<S> for Silence {
    type Service = Silent<S>;

    fn layer(&self, connector: S) -> Silent<S> {
        Silent {
            connector,
            wait: self.wait,
        }
    }
}

/// Connects, and lets silent connections pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silent<S> {
    connector: S,
    wait: Duration,
}

impl<S, D> Service<D> for Silent<S>
where
    S: Service<D, Error = BoxError>,
    S::Response: Read + Send + Unpin + 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx)
    }

    fn call(&mut self, destination: D) -> Self::Future {
        let connecting = self.connector.call(destination);
        let wait = self.wait;
        Box::pin(async move {
            let mut connection = connecting.await?;
            // No timer is as short. The runtime knows of bytes only once it has asked the system, which it does
            // before it comes back to whoever yields.
            let began = std::time::Instant::now();
            loop {
                yield_now().await;
                listen(&mut connection)?;
                if began.elapsed() >= wait {
                    break;
                }
            }
            // A connection that is made ahead of its request belongs to no task.
            let _ = STOOD.try_with(|stood| stood.set(Instant::now()));
            Ok(connection)
        })
    }
}

/// Sees that nothing is there to be read.
fn listen(connection: &mut (impl Read + Unpin)) -> Result<(), BoxError> {
    let mut byte = [0];
    let mut byte = ReadBuf::new(&mut byte);
    // Nobody is woken for what comes later: whoever uses the connection asks for it.
    let mut cx = Context::from_waker(Waker::noop());
    match Pin::new(connection).poll_read(&mut cx, byte.unfilled()) {
        Poll::Pending => Ok(()),
        Poll::Ready(Ok(())) if byte.filled().is_empty() => Err(Box::new(Early::Closed)),
        Poll::Ready(Ok(())) => Err(Box::new(Early::Spoke)),
        Poll::Ready(Err(error)) => Err(Box::new(error)),
    }
}

/// Whether the HTTP client gave a request back because it never began to write it.
pub(crate) fn never_began(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| {
        cause
            .downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_canceled)
    })
}
