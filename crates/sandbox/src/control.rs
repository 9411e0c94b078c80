//! The routes with which a test prepares a sandbox and looks into it.

use http::{Method, StatusCode};
use serde::de::DeserializeOwned;

use crate::reply::Reply;
use crate::server::Server;

const PREFIX: &str = "/__sandbox";

/// A path under the control prefix.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Control {
    Seed,
    Reset,
    State,
    Requests,
    Faults,
    Unknown,
}

/// What `path` controls, if it is a control path at all.
pub(crate) fn route(path: &str) -> Option<Control> {
    let rest = path.strip_prefix(PREFIX)?;
    Some(match rest {
        "/seed" => Control::Seed,
        "/reset" => Control::Reset,
        "/state" => Control::State,
        "/requests" => Control::Requests,
        "/faults" => Control::Faults,
        _ if rest.is_empty() || rest.starts_with('/') => Control::Unknown,
        _ => return None,
    })
}

/// `body` is absent when it was longer than the sandbox takes.
pub(crate) fn answer(
    server: &Server,
    control: Control,
    method: &Method,
    path: &str,
    body: Option<&[u8]>,
) -> Reply {
    match (control, method) {
        (Control::Seed, &Method::POST) => done(parse(body).map(|seed| server.seed(&seed))),
        (Control::Reset, &Method::POST) => {
            server.reset();
            done(Ok(()))
        }
        (Control::State, &Method::GET) => Reply::json(StatusCode::OK, &server.state()),
        (Control::Requests, &Method::GET) => Reply::json(StatusCode::OK, &server.requests()),
        (Control::Faults, &Method::GET) => Reply::json(StatusCode::OK, &server.faults()),
        (Control::Faults, &Method::PUT) => done(parse(body).and_then(|faults| {
            let set = server.set_faults(faults);
            set.map_err(|fault| bad_request(&fault.to_string()))
        })),
        (Control::Seed | Control::Reset, _) => Reply::wrong_method(method, path, &[Method::POST]),
        (Control::State | Control::Requests, _) => {
            Reply::wrong_method(method, path, &[Method::GET])
        }
        (Control::Faults, _) => Reply::wrong_method(method, path, &[Method::GET, Method::PUT]),
        (Control::Unknown, _) => Reply::no_such_route(method, path),
    }
}

fn done(outcome: Result<(), Box<Reply>>) -> Reply {
    outcome.map_or_else(
        |refusal| *refusal,
        |()| Reply::empty(StatusCode::NO_CONTENT),
    )
}

fn parse<T: DeserializeOwned>(body: Option<&[u8]>) -> Result<T, Box<Reply>> {
    let Some(body) = body else {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Box::new(Reply::message(
            status,
            "The body is longer than the sandbox takes",
        )));
    };
    serde_json::from_slice(body).map_err(|error| bad_request(&error.to_string()))
}

fn bad_request(message: &str) -> Box<Reply> {
    Box::new(Reply::message(StatusCode::BAD_REQUEST, message))
}
