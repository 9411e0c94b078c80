//! One thread that writes, so that many requests share the cost of one write to the disk.

use std::{sync::mpsc, thread};

use tokio::sync::oneshot;

use crate::{
    Error,
    journal::{Journal, Record, Recorded, Request, RequestId},
};

/// The most records that one write makes durable; more would keep the first waiting.
const GROUP: usize = 512;

/// A question to the writing thread.
enum Order {
    Due {
        provider: &'static str,
        after: RequestId,
        most: usize,
        reply: oneshot::Sender<Result<Vec<Request>, Error>>,
    },
    Record {
        record: Record,
        reply: oneshot::Sender<Result<Recorded, Error>>,
    },
}

/// Speaks to the writing thread. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Recorder(mpsc::Sender<Order>);

impl Recorder {
    /// Starts the thread. It ends, and gives the journal back, when the last recorder is dropped.
    pub(crate) fn start<J: Journal>(journal: J) -> (Self, thread::JoinHandle<J>) {
        let (orders, received) = mpsc::channel();
        let thread = thread::spawn(move || run(journal, &received));
        (Self(orders), thread)
    }

    pub(crate) async fn due(
        &self,
        provider: &'static str,
        after: RequestId,
        most: usize,
    ) -> Result<Vec<Request>, Error> {
        let (reply, answer) = oneshot::channel();
        self.ask(Order::Due {
            provider,
            after,
            most,
            reply,
        })?;
        answer.await.map_err(|_| gone())?
    }

    /// Returns when the record is durable.
    pub(crate) async fn record(&self, record: Record) -> Result<Recorded, Error> {
        let (reply, answer) = oneshot::channel();
        self.ask(Order::Record { record, reply })?;
        answer.await.map_err(|_| gone())?
    }

    fn ask(&self, order: Order) -> Result<(), Error> {
        self.0.send(order).map_err(|_| gone())
    }
}

fn gone() -> Error {
    Error::storage("the run file is not written any more; see the error before this")
}

fn run<J: Journal>(mut journal: J, orders: &mpsc::Receiver<Order>) -> J {
    let mut records = Vec::new();
    let mut replies = Vec::new();
    while let Ok(order) = orders.recv() {
        // Whatever has come in the meantime is made durable together.
        for order in std::iter::once(order).chain(orders.try_iter().take(GROUP)) {
            match order {
                Order::Record { record, reply } => {
                    records.push(record);
                    replies.push(reply);
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
                for (reply, recorded) in replies.drain(..).zip(recorded) {
                    let _ = reply.send(Ok(recorded));
                }
            }
            Err(error) => {
                // Nothing of the group is durable, so nobody may go on.
                for reply in replies.drain(..) {
                    let _ = reply.send(Err(error.again()));
                }
            }
        }
        records.clear();
    }
    journal
}
