//! The way of a request through the sandbox.

use std::sync::Arc;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::body::{self, Drip, Outgoing};
use crate::contract::{self, Contract, Route};
use crate::control;
use crate::cut::{Cut, Ending};
use crate::elsewhere;
use crate::fault::{Faults, Plan};
use crate::journal::Wire;
use crate::judge::{Presented, judge};
use crate::registry::{Deletion, Provider};
use crate::reply::Reply;
use crate::server::Server;
use crate::throttle::{OverLimit, Place};

const LONGEST_REQUEST: usize = 16 * 1024 * 1024;
/// A million people have to fit into one seed.
const LONGEST_SEED: usize = 1024 * 1024 * 1024;

pub(crate) async fn answer(server: Arc<Server>, request: Request<Incoming>) -> Ending {
    let (head, incoming) = request.into_parts();
    let method = &head.method;
    let path = head.uri.path();

    if let Some(route) = control::route(path) {
        let Ok(body) = body::read(incoming, LONGEST_SEED).await else {
            return Ending::Cut(Cut::Reset);
        };
        return whole(control::answer(
            &server,
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
            let sequence = server.inside().journal.note(method, wire, None);
            let refusal = elsewhere::answer(method, path)
                .unwrap_or_else(|| Reply::wrong_method(method, path, &[allowed]));
            return reply(&server, sequence, refusal);
        }
        Route::Unknown => {
            let sequence = server.inside().journal.note(method, wire, None);
            let refusal = elsewhere::answer(method, path)
                .or_else(|| {
                    Provider::ALL
                        .into_iter()
                        .find_map(|provider| provider.not_found(path))
                })
                .unwrap_or_else(|| Reply::no_such_route(method, path));
            return reply(&server, sequence, refusal);
        }
    };
    let (sequence, faults) = {
        let mut inside = server.inside();
        let sequence = inside.journal.note(method, wire, Some(&contract.name));
        (sequence, Arc::clone(&inside.faults))
    };
    let (plan, _places) = match meet(&faults, contract, body.as_deref()).await {
        Ok(met) => met,
        Err(over_limit) => {
            return reply(
                &server,
                sequence,
                over_limit_reply(&over_limit, contract.provider),
            );
        }
    };
    let judged = judge(
        &Presented {
            contract,
            parameter: &parameter,
            headers: &head.headers,
            body: body.as_deref(),
        },
        &server.credentials,
    );
    end(&server, sequence, judged, plan).await
}

async fn end(
    server: &Arc<Server>,
    sequence: u64,
    judged: Result<Deletion, Box<Reply>>,
    plan: Option<Plan>,
) -> Ending {
    match plan {
        // A throttle that let the request pass has nothing more to do with it.
        None | Some(Plan::Throttle(_)) => whole(server.inside().answer(judged, sequence)),
        Some(Plan::Delay(pause)) => {
            let Some(usual) = carry_out_later(server, judged, sequence, pause).await else {
                return Ending::Cut(Cut::Reset);
            };
            reply(server, sequence, usual)
        }
        Some(Plan::Answer {
            reply: usual,
            takes_effect,
        }) => {
            if takes_effect {
                server.inside().carry_out(judged, sequence);
            }
            reply(server, sequence, usual)
        }
        Some(Plan::Reset { takes_effect }) => {
            if takes_effect {
                server.inside().carry_out(judged, sequence);
            }
            Ending::Cut(Cut::Reset)
        }
        Some(Plan::Truncate { bytes }) => {
            let usual = server.inside().answer(judged, sequence);
            Ending::Cut(Cut::within(&usual, bytes))
        }
        Some(Plan::Drip { pause }) => {
            let usual = server.inside().answer(judged, sequence);
            let body = Drip::new(usual.body.clone(), pause);
            Ending::Answered(response(usual, Either::Right(body)))
        }
    }
}

/// Carries a deletion out after a pause, whether or not the client is still there by then.
async fn carry_out_later(
    server: &Arc<Server>,
    judged: Result<Deletion, Box<Reply>>,
    sequence: u64,
    pause: Duration,
) -> Option<Reply> {
    let (sender, receiver) = oneshot::channel();
    let later = Arc::clone(server);
    server.spawn(async move {
        sleep(pause).await;
        // The client may have gone: then nobody reads the answer.
        let _ = sender.send(later.inside().carry_out(judged, sequence));
    });
    receiver.await.ok()
}

fn reply(server: &Server, sequence: u64, reply: Reply) -> Ending {
    server.inside().journal.answered(sequence, reply.status);
    whole(reply)
}

/// Goes through the rules until one takes the request, and waits where a throttle has it wait.
async fn meet(
    faults: &Faults,
    contract: &Contract,
    body: Option<&[u8]>,
) -> Result<(Option<Plan>, Vec<Place>), OverLimit> {
    let mut places = Vec::new();
    for plan in faults.meet(contract, body.unwrap_or_default()) {
        match plan {
            Plan::Throttle(gates) => places.push(gates.enter(contract.provider).await?),
            plan => return Ok((Some(plan.clone()), places)),
        }
    }
    Ok((None, places))
}

fn over_limit_reply(over_limit: &OverLimit, provider: Provider) -> Reply {
    let mut reply = provider.refuse(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
    if let Some(seconds) = over_limit.retry_after {
        reply.headers.insert(RETRY_AFTER, seconds.into());
    }
    reply
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
