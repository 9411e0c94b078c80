//! The listener, and the way of a request through the sandbox.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use http::header::RETRY_AFTER;
use http::{Request, Response, StatusCode};
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
use crate::elsewhere;
use crate::fault::{Fault, Faults, InvalidFault, Plan};
use crate::journal::{Journal, RecordedRequest, Wire};
use crate::judge::{Deletion, Presented, judge};
use crate::operation::{Operation, Provider};
use crate::record::Deleted;
use crate::refusal;
use crate::reply::Reply;
use crate::state::{Seed, State};
use crate::store::{Counts, Store};
use crate::throttle::{OverLimit, Place};
use crate::woodpecker;

const LONGEST_REQUEST: usize = 16 * 1024 * 1024;
/// A million people have to fit into one seed.
const LONGEST_SEED: usize = 1024 * 1024 * 1024;
/// How long to wait when the system has no socket left to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

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

struct Inside {
    store: Store,
    journal: Journal,
    /// Shared with the requests that met these rules when they came, and go on with them.
    faults: Arc<Faults>,
}

/// What a look at a sandbox shows, of one moment.
pub(crate) struct View {
    pub(crate) counts: Counts,
    pub(crate) arrived: u64,
    /// Newest first.
    pub(crate) requests: Vec<RecordedRequest>,
    pub(crate) deleted: usize,
    /// Newest first.
    pub(crate) last_deleted: Vec<Deleted>,
    pub(crate) faults: Vec<Fault>,
}

impl Server {
    pub(crate) async fn start(settings: Settings) -> io::Result<Arc<Self>> {
        let Settings {
            port,
            credentials,
            woodpecker_delay,
            keep_requests,
        } = settings;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let server = Arc::new(Self {
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
        });
        server.spawn(accept(Arc::clone(&server)));
        Ok(server)
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

    pub(crate) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Ending {
        let (head, incoming) = request.into_parts();
        let method = &head.method;
        let path = head.uri.path();

        if let Some(route) = control::route(path) {
            let Ok(body) = body::read(incoming, LONGEST_SEED).await else {
                return Ending::Cut(Cut::Reset);
            };
            return whole(control::answer(
                &self,
                route,
                method,
                &head.uri,
                body.as_deref(),
            ));
        }

        let Ok(body) = body::read(incoming, LONGEST_REQUEST).await else {
            return Ending::Cut(Cut::Reset);
        };
        let wire = Wire::copy(&head, body.as_deref());
        let (contract, parameter) = match contract::route(method, path) {
            Route::Operation {
                contract,
                parameter,
            } => (contract, parameter),
            Route::WrongMethod { allowed } => {
                let sequence = self.inside().journal.note(method, wire, None);
                let reply = elsewhere::answer(method, path)
                    .unwrap_or_else(|| Reply::wrong_method(method, path, &[allowed]));
                return self.reply(sequence, reply);
            }
            Route::Unknown => {
                let sequence = self.inside().journal.note(method, wire, None);
                let reply = elsewhere::answer(method, path)
                    .or_else(|| woodpecker::not_found(path))
                    .unwrap_or_else(|| Reply::no_such_route(method, path));
                return self.reply(sequence, reply);
            }
        };
        let operation = contract.operation;
        let (sequence, faults) = {
            let mut inside = self.inside();
            let sequence = inside.journal.note(method, wire, Some(operation));
            (sequence, Arc::clone(&inside.faults))
        };
        let (plan, _places) = match meet(&faults, operation, body.as_deref()).await {
            Ok(met) => met,
            Err(over_limit) => {
                return self.reply(sequence, over_limit.reply(operation.provider()));
            }
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
            // A throttle that let the request pass has nothing more to do with it.
            None | Some(Plan::Throttle(_)) => whole(self.inside().answer(judged, sequence)),
            Some(Plan::Delay(pause)) => {
                let Some(reply) = self.carry_out_later(judged, sequence, pause).await else {
                    return Ending::Cut(Cut::Reset);
                };
                self.reply(sequence, reply)
            }
            Some(Plan::Answer {
                reply,
                takes_effect,
            }) => {
                if takes_effect {
                    self.inside().carry_out(judged, sequence);
                }
                self.reply(sequence, reply)
            }
            Some(Plan::Reset { takes_effect }) => {
                if takes_effect {
                    self.inside().carry_out(judged, sequence);
                }
                Ending::Cut(Cut::Reset)
            }
            Some(Plan::Truncate { bytes }) => {
                let reply = self.inside().answer(judged, sequence);
                Ending::Cut(Cut::within(&reply, bytes))
            }
            Some(Plan::Drip { pause }) => {
                let reply = self.inside().answer(judged, sequence);
                let body = Drip::new(reply.body.clone(), pause);
                Ending::Answered(response(reply, Either::Right(body)))
            }
        }
    }

    /// Carries a deletion out after a pause, whether or not the client is still there by then.
    async fn carry_out_later(
        self: &Arc<Self>,
        judged: Result<Deletion, Box<Reply>>,
        sequence: u64,
        pause: Duration,
    ) -> Option<Reply> {
        let (sender, receiver) = oneshot::channel();
        let server = Arc::clone(self);
        self.spawn(async move {
            sleep(pause).await;
            // The client may have gone: then nobody reads the answer.
            let _ = sender.send(server.inside().carry_out(judged, sequence));
        });
        receiver.await.ok()
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

impl Inside {
    fn carry_out(&mut self, judged: Result<Deletion, Box<Reply>>, sequence: u64) -> Reply {
        match judged {
            Ok(deletion) => self.store.carry_out(deletion, sequence, Instant::now()),
            Err(refusal) => *refusal,
        }
    }

    /// Carries out what was asked for, and notes how it was answered.
    fn answer(&mut self, judged: Result<Deletion, Box<Reply>>, sequence: u64) -> Reply {
        let reply = self.carry_out(judged, sequence);
        self.journal.answered(sequence, reply.status);
        reply
    }
}

/// Goes through the rules until one takes the request, and waits where a throttle has it wait.
async fn meet(
    faults: &Faults,
    operation: Operation,
    body: Option<&[u8]>,
) -> Result<(Option<Plan>, Vec<Place>), OverLimit> {
    let mut places = Vec::new();
    for plan in faults.meet(operation, body.unwrap_or_default()) {
        match plan {
            Plan::Throttle(gates) => places.push(gates.enter(operation.provider()).await?),
            plan => return Ok((Some(plan.clone()), places)),
        }
    }
    Ok((None, places))
}

impl OverLimit {
    fn reply(&self, provider: Provider) -> Reply {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut reply = refusal::refuse(provider, status, "Too many requests");
        if let Some(seconds) = self.retry_after {
            reply.headers.insert(RETRY_AFTER, seconds.into());
        }
        reply
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
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
