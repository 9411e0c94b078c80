//! Bodies: reading them within a bound, and sending them byte by byte.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};

/// What is sent.
pub(crate) type Outgoing = Either<Full<Bytes>, Drip>;

/// The whole body, or `None` if it is longer than `limit`.
///
/// A body that is too long is read to its end all the same: a client that still sends would see the
/// connection break instead of the answer.
pub(crate) async fn read(mut incoming: Incoming, limit: usize) -> hyper::Result<Option<Bytes>> {
    let mut body = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        length = length.saturating_add(data.len());
        if length <= limit {
            body.extend_from_slice(&data);
        } else {
            body = BytesMut::new();
        }
    }
    Ok((length <= limit).then(|| body.freeze()))
}

/// A body that comes one byte at a time.
pub(crate) struct Drip {
    rest: Bytes,
    pause: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Drip {
    pub(crate) fn new(body: Bytes, pause: Duration) -> Self {
        Self {
            rest: body,
            pause,
            timer: None,
        }
    }
}

impl Body for Drip {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let pause = self.pause;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(pause)));
        ready!(timer.as_mut().poll(context));
        self.timer = None;
        let byte = self.rest.split_to(1);
        Poll::Ready(Some(Ok(Frame::data(byte))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
