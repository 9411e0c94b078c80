//! One thread that writes, so that many requests share the cost of one write to the disk.

use std::{
    pin::Pin,
    sync::mpsc,
    task::{Context, Poll},
    thread,
};

use tokio::sync::oneshot;

use crate::{
    Error, StorageError,
    store::{Journal, Record, Recorded, Request, RequestId},
};

/// A question to the writing thread.
enum Order {
    Due {
        provider: &'static str,
        after: RequestId,
        most: usize,
        reply: oneshot::Sender<Result<Vec<Request>, Error>>,
    },
    Keep {
        records: Vec<Record>,
        reply: oneshot::Sender<Result<Vec<Recorded>, Error>>,
    },
}

/// Speaks to the writing thread. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Recorder(mpsc::Sender<Order>);

/// What the writing thread is asked for and has not answered yet.
#[derive(Debug)]
pub(crate) struct Reply<T>(oneshot::Receiver<Result<T, Error>>);

impl Recorder {
    /// Starts the thread. It ends, and gives the journal back, when the last recorder is dropped.
    pub(crate) fn start(journal: Box<dyn Journal>) -> (Self, thread::JoinHandle<Box<dyn Journal>>) {
        let (orders, received) = mpsc::channel();
        let thread = thread::spawn(move || run(journal, &received));
        (Self(orders), thread)
    }

    /// Asks for the next page of requests.
    pub(crate) fn due(
        &self,
        provider: &'static str,
        after: RequestId,
        most: usize,
    ) -> Result<Reply<Vec<Request>>, Error> {
        self.ask(|reply| Order::Due {
            provider,
            after,
            most,
            reply,
        })
    }

    /// Has records kept. The answer comes when they are durable, and has one for each.
    pub(crate) fn keep(&self, records: Vec<Record>) -> Result<Reply<Vec<Recorded>>, Error> {
        self.ask(|reply| Order::Keep { records, reply })
    }

    fn ask<T>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Order,
    ) -> Result<Reply<T>, Error> {
        let (reply, answer) = oneshot::channel();
        self.0.send(order(reply)).map_err(|_| gone())?;
        Ok(Reply(answer))
    }
}

impl<T> Future for Reply<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|answer| answer.map_err(|_| gone())?)
    }
}

fn gone() -> Error {
    StorageError::NotWritten.into()
}

fn run(mut journal: Box<dyn Journal>, orders: &mpsc::Receiver<Order>) -> Box<dyn Journal> {
    let mut records = Vec::new();
    let mut replies = Vec::new();
    while let Ok(order) = orders.recv() {
        // Whatever has come in the meantime is made durable together.
        for order in std::iter::once(order).chain(orders.try_iter()) {
            match order {
                Order::Keep {
                    records: more,
                    reply,
                } => {
                    replies.push((more.len(), reply));
                    records.extend(more);
                }
                Order::Due {
                    provider,
                    after,
                    most,
                    reply,
                } => {
                    // Nobody who stopped waiting needs the answer.
                    let _ = reply.send(journal.due(provider, after, most));
                }
            }
        }
        if records.is_empty() {
            continue;
        }
        match journal.record(&records) {
            Ok(recorded) => {
                let mut recorded = recorded.into_iter();
                for (count, reply) in replies.drain(..) {
                    let _ = reply.send(Ok(recorded.by_ref().take(count).collect()));
                }
            }
            Err(error) => {
                // Nothing of the group is durable, so nobody may go on.
                for (_, reply) in replies.drain(..) {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
        records.clear();
    }
    journal
}
