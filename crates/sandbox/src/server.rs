//! The listener, and the way of a request through the sandbox.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::body::{self, Drip, Outgoing};
use crate::connection::{self, Cut, Ending};
use crate::contract::{self, Route};
use crate::control;
use crate::credentials::Credentials;
use crate::fault::{Fault, Faults, InvalidFault, Plan};
use crate::journal::{Journal, RecordedRequest};
use crate::judge::{Deletion, Presented, judge};
use crate::reply::Reply;
use crate::state::{Seed, State};
use crate::store::Store;

const LONGEST_REQUEST: usize = 16 * 1024 * 1024;
/// A million people have to fit into one seed.
const LONGEST_SEED: usize = 1024 * 1024 * 1024;
/// How long to wait when the system has no socket left to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A running sandbox, shared by its connections.
pub(crate) struct Server {
    pub(crate) credentials: Credentials,
    woodpecker_delay: Duration,
    inside: Mutex<Inside>,
    /// Both are taken out to stop the server. Closing the listener frees the port at once.
    listener: Mutex<Option<TcpListener>>,
    tasks: Mutex<Option<JoinSet<()>>>,
}

struct Inside {
    store: Store,
    journal: Journal,
    faults: Faults,
}

impl Inside {
    fn empty(woodpecker_delay: Duration) -> Self {
        Self {
            store: Store::new(woodpecker_delay),
            journal: Journal::default(),
            faults: Faults::default(),
        }
    }
}

impl Server {
    pub(crate) async fn start(
        port: u16,
        credentials: Credentials,
        woodpecker_delay: Duration,
    ) -> io::Result<(Arc<Self>, SocketAddr)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let server = Arc::new(Self {
            credentials,
            woodpecker_delay,
            inside: Mutex::new(Inside::empty(woodpecker_delay)),
            listener: Mutex::new(Some(listener)),
            tasks: Mutex::new(Some(JoinSet::new())),
        });
        server.spawn(accept(Arc::clone(&server)));
        Ok((server, address))
    }

    pub(crate) fn stop(&self) {
        let listener = lock(&self.listener).take();
        drop(listener);
        let tasks = lock(&self.tasks).take();
        drop(tasks);
    }

    pub(crate) fn seed(&self, seed: &Seed) {
        self.inside().store.add(seed, Instant::now());
    }

    pub(crate) fn reset(&self) {
        let mut inside = self.inside();
        inside.store = Store::new(self.woodpecker_delay);
        inside.faults = Faults::default();
        inside.journal.clear();
    }

    pub(crate) fn state(&self) -> State {
        self.inside().store.snapshot(Instant::now())
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.inside().journal.show(&self.credentials)
    }

    pub(crate) fn faults(&self) -> Vec<Fault> {
        self.inside().faults.list()
    }

    pub(crate) fn set_faults(&self, faults: Vec<Fault>) -> Result<(), InvalidFault> {
        self.inside().faults = Faults::new(faults)?;
        Ok(())
    }

    pub(crate) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Ending {
        let (head, incoming) = request.into_parts();
        let method = &head.method;
        let path = head.uri.path();

        if let Some(route) = control::route(path) {
            let Ok(body) = body::read(incoming, LONGEST_SEED).await else {
                return Ending::Cut(Cut::Reset);
            };
            return whole(control::answer(&self, route, method, path, body.as_deref()));
        }

        let Ok(body) = body::read(incoming, LONGEST_REQUEST).await else {
            return Ending::Cut(Cut::Reset);
        };
        let noted = body.clone().unwrap_or_default();
        let (contract, parameter) = match contract::route(method, path) {
            Route::Operation {
                contract,
                parameter,
            } => (contract, parameter),
            Route::WrongMethod { allowed } => {
                let sequence = self.inside().journal.note(&head, noted, None);
                return self.reply(sequence, Reply::wrong_method(method, path, &[allowed]));
            }
            Route::Unknown => {
                let sequence = self.inside().journal.note(&head, noted, None);
                return self.reply(sequence, Reply::no_such_route(method, path));
            }
        };
        let (sequence, plan) = {
            let mut inside = self.inside();
            let operation = contract.operation;
            let sequence = inside.journal.note(&head, noted, Some(operation));
            let named = body.as_deref().unwrap_or_default();
            (sequence, inside.faults.take(operation, named))
        };
        let judged = judge(
            &Presented {
                contract,
                parameter: &parameter,
                headers: &head.headers,
                body: body.as_deref(),
            },
            &self.credentials,
        );
        self.end(sequence, judged, plan).await
    }

    async fn end(
        self: &Arc<Self>,
        sequence: u64,
        judged: Result<Deletion, Box<Reply>>,
        plan: Option<Plan>,
    ) -> Ending {
        match plan {
            None => {
                let reply = self.carry_out(judged);
                self.reply(sequence, reply)
            }
            Some(Plan::Delay(pause)) => {
                let Some(reply) = self.carry_out_later(judged, pause).await else {
                    return Ending::Cut(Cut::Reset);
                };
                self.reply(sequence, reply)
            }
            Some(Plan::Answer {
                reply,
                takes_effect,
            }) => {
                if takes_effect {
                    self.carry_out(judged);
                }
                self.reply(sequence, reply)
            }
            Some(Plan::Reset { takes_effect }) => {
                if takes_effect {
                    self.carry_out(judged);
                }
                Ending::Cut(Cut::Reset)
            }
            Some(Plan::Truncate { bytes }) => {
                let reply = self.carry_out(judged);
                self.inside().journal.answered(sequence, reply.status);
                Ending::Cut(Cut::within(&reply, bytes))
            }
            Some(Plan::Drip { pause }) => {
                let reply = self.carry_out(judged);
                self.inside().journal.answered(sequence, reply.status);
                let body = Drip::new(reply.body.clone(), pause);
                Ending::Answered(response(reply, Either::Right(body)))
            }
        }
    }

    /// Carries a deletion out after a pause, whether or not the client is still there by then.
    async fn carry_out_later(
        self: &Arc<Self>,
        judged: Result<Deletion, Box<Reply>>,
        pause: Duration,
    ) -> Option<Reply> {
        let (sender, receiver) = oneshot::channel();
        let server = Arc::clone(self);
        self.spawn(async move {
            sleep(pause).await;
            // The client may have gone: then nobody reads the answer.
            let _ = sender.send(server.carry_out(judged));
        });
        receiver.await.ok()
    }

    fn carry_out(&self, judged: Result<Deletion, Box<Reply>>) -> Reply {
        match judged {
            Ok(deletion) => self.inside().store.carry_out(deletion, Instant::now()),
            Err(refusal) => *refusal,
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        lock(&self.inside)
    }

    fn reply(&self, sequence: u64, reply: Reply) -> Ending {
        self.inside().journal.answered(sequence, reply.status);
        whole(reply)
    }

    /// Runs a task until it ends or the server stops, whichever comes first.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(tasks) = lock(&self.tasks).as_mut() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(task);
        }
    }
}

async fn accept(server: Arc<Server>) {
    while let Some(accepted) = next_connection(&server).await {
        match accepted {
            Ok(stream) => server.spawn(connection::serve(Arc::clone(&server), stream)),
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// The next connection, or `None` once the server is stopped.
async fn next_connection(server: &Server) -> Option<io::Result<TcpStream>> {
    poll_fn(|context| match lock(&server.listener).as_ref() {
        Some(listener) => listener
            .poll_accept(context)
            .map(|accepted| Some(accepted.map(|(stream, _)| stream))),
        None => Poll::Ready(None),
    })
    .await
}

fn whole(reply: Reply) -> Ending {
    // Not a final answer in hyper's eyes, so it is written without hyper.
    if reply.status.is_informational() {
        return Ending::Cut(Cut::within(&reply, usize::MAX));
    }
    let body = Full::new(reply.body.clone());
    Ending::Answered(response(reply, Either::Left(body)))
}

fn response(reply: Reply, body: Outgoing) -> Response<Outgoing> {
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

/// No data is left half-changed by a panic elsewhere, so a poisoned lock is still good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
