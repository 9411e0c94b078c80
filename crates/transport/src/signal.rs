//! Runs a request so that it is known when its answer came.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use tokio::task::yield_now;

/// Notes that a future was woken.
///
/// Once a request has been handed to its connection, nothing but its answer, or the connection's end, wakes it.
/// So the signal is there before the answer is, for whoever looks.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    woken: AtomicBool,
    outer: Mutex<Option<Waker>>,
}

impl Signal {
    /// Whether the future was woken and has not run since.
    pub(crate) fn is_woken(&self) -> bool {
        self.woken.load(Ordering::Acquire)
    }

    /// Runs a future under this signal. Before each of its steps the runtime looks at its sockets, so that a
    /// connection on which bytes arrived is known as such when the step hands a request to it; once `is_begun`,
    /// there is no such step any more.
    pub(crate) async fn run<F: Future>(
        self: &Arc<Self>,
        future: F,
        is_begun: impl Fn() -> bool,
    ) -> F::Output {
        let mut future = pin!(future);
        let waker = Waker::from(Arc::clone(self));
        loop {
            if !is_begun() {
                yield_now().await;
            }
            self.woken.store(false, Ordering::Release);
            let step = future.as_mut().poll(&mut Context::from_waker(&waker));
            if let Poll::Ready(output) = step {
                return output;
            }
            poll_fn(|cx| self.poll_woken(cx)).await;
        }
    }

    fn poll_woken(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut outer = self.outer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_woken() {
            return Poll::Ready(());
        }
        match &mut *outer {
            Some(outer) => outer.clone_from(cx.waker()),
            None => *outer = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        let outer = self
            .outer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(outer) = outer {
            outer.wake();
        }
    }
}
