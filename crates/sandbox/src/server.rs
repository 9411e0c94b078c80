//! What the connections of a sandbox share, and what may be seen of it.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::credentials::Credentials;
use crate::fault::{Fault, Faults, InvalidFault};
use crate::journal::{Journal, RecordedRequest};
use crate::lock::lock;
use crate::record::Deleted;
use crate::registry::{Deletion, Provider};
use crate::reply::Reply;
use crate::state::{Seed, State};
use crate::store::Store;

/// A running sandbox, shared by its connections.
pub(crate) struct Server {
    pub(crate) credentials: Credentials,
    pub(crate) address: SocketAddr,
    woodpecker_delay: Duration,
    inside: Mutex<Inside>,
    /// Both are taken out to stop the server. Closing the listener frees the port at once.
    listener: Mutex<Option<TcpListener>>,
    tasks: Mutex<Option<JoinSet<()>>>,
}

/// What a sandbox is made of.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) credentials: Credentials,
    pub(crate) woodpecker_delay: Duration,
    pub(crate) keep_requests: usize,
}

pub(crate) struct Inside {
    store: Store,
    pub(crate) journal: Journal,
    /// Shared with the requests that met these rules when they came, and go on with them.
    pub(crate) faults: Arc<Faults>,
}

/// What a look at a sandbox shows, of one moment.
pub(crate) struct View {
    pub(crate) counts: [(Provider, usize); Provider::ALL.len()],
    pub(crate) arrived: u64,
    /// Newest first.
    pub(crate) requests: Vec<RecordedRequest>,
    pub(crate) deleted: usize,
    /// Newest first.
    pub(crate) last_deleted: Vec<Deleted>,
    pub(crate) faults: Vec<Fault>,
}

impl Server {
    /// A server that listens, and takes no connection yet.
    pub(crate) async fn bind(settings: Settings) -> io::Result<Arc<Self>> {
        let Settings {
            port,
            credentials,
            woodpecker_delay,
            keep_requests,
        } = settings;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        Ok(Arc::new(Self {
            credentials,
            address: listener.local_addr()?,
            woodpecker_delay,
            inside: Mutex::new(Inside {
                store: Store::new(woodpecker_delay),
                journal: Journal::new(keep_requests),
                faults: Arc::default(),
            }),
            listener: Mutex::new(Some(listener)),
            tasks: Mutex::new(Some(JoinSet::new())),
        }))
    }

    pub(crate) fn stop(&self) {
        let listener = lock(&self.listener).take();
        drop(listener);
        let tasks = lock(&self.tasks).take();
        drop(tasks);
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seed(&self, seed: &Seed) {
        self.inside().store.add(seed, Instant::now());
    }

    pub(crate) fn reset(&self) {
        let mut inside = self.inside();
        inside.store = Store::new(self.woodpecker_delay);
        inside.faults = Arc::default();
        inside.journal.clear();
    }

    pub(crate) fn state(&self) -> State {
        self.inside().store.snapshot(Instant::now())
    }

    pub(crate) fn counts(&self) -> [(Provider, usize); Provider::ALL.len()] {
        self.inside().store.counts(Instant::now())
    }

    pub(crate) fn deleted(&self) -> Vec<Deleted> {
        self.inside().store.deleted(Instant::now()).to_vec()
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        let mut requests: Vec<_> = self.inside().journal.newest(&self.credentials).collect();
        requests.reverse();
        requests
    }

    pub(crate) fn faults(&self) -> Vec<Fault> {
        self.inside().faults.list()
    }

    pub(crate) fn set_faults(&self, faults: Vec<Fault>) -> Result<(), InvalidFault> {
        let faults = Arc::new(Faults::new(faults)?);
        self.inside().faults = faults;
        Ok(())
    }

    /// What there is, with at most `most` of what is listed.
    pub(crate) fn view(&self, most: usize) -> View {
        let mut inside = self.inside();
        let now = Instant::now();
        let deleted = inside.store.deleted(now);
        let last_deleted = deleted.iter().rev().take(most).cloned().collect();
        View {
            deleted: deleted.len(),
            last_deleted,
            counts: inside.store.counts(now),
            arrived: inside.journal.arrived(),
            requests: inside
                .journal
                .newest(&self.credentials)
                .take(most)
                .collect(),
            faults: inside.faults.list(),
        }
    }

    pub(crate) fn inside(&self) -> MutexGuard<'_, Inside> {
        lock(&self.inside)
    }

    /// Runs a task until it ends or the server stops, whichever comes first.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(tasks) = lock(&self.tasks).as_mut() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(task);
        }
    }

    /// The next connection, or `None` once the server is stopped.
    pub(crate) async fn next_connection(&self) -> Option<io::Result<TcpStream>> {
        poll_fn(|context| match lock(&self.listener).as_ref() {
            Some(listener) => listener
                .poll_accept(context)
                .map(|accepted| Some(accepted.map(|(stream, _)| stream))),
            None => Poll::Ready(None),
        })
        .await
    }
}

impl Inside {
    pub(crate) fn carry_out(
        &mut self,
        judged: Result<Deletion, Box<Reply>>,
        sequence: u64,
    ) -> Reply {
        match judged {
            Ok(deletion) => self.store.carry_out(deletion, sequence, Instant::now()),
            Err(refusal) => *refusal,
        }
    }

    /// Carries out what was asked for, and notes how it was answered.
    pub(crate) fn answer(&mut self, judged: Result<Deletion, Box<Reply>>, sequence: u64) -> Reply {
        let reply = self.carry_out(judged, sequence);
        self.journal.answered(sequence, reply.status);
        reply
    }
}
