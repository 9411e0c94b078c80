//! The routes with which a test prepares a sandbox and looks into it.

use std::sync::LazyLock;

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode, Uri};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::data;
use crate::fidelity::fidelity;
use crate::page;
use crate::registry::Provider;
use crate::reply::Reply;
use crate::seed::SeedBody;
use crate::server::Server;

const PREFIX: &str = "/__sandbox";

/// The page loads nothing, from nowhere.
const NOTHING_FOREIGN: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

static DESCRIPTION: LazyLock<Value> = LazyLock::new(data::described);

/// A path under the control prefix.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Control {
    Page,
    Description,
    Spec(Provider),
    Fidelity,
    Seed,
    Reset,
    State,
    Requests,
    Deleted,
    Faults,
    Unknown,
}

/// What `path` controls, if it is a control path at all.
pub(crate) fn route(path: &str) -> Option<Control> {
    let rest = path.strip_prefix(PREFIX)?;
    Some(match rest {
        "" | "/" => Control::Page,
        "/openapi.json" => Control::Description,
        "/fidelity" => Control::Fidelity,
        "/seed" => Control::Seed,
        "/reset" => Control::Reset,
        "/state" => Control::State,
        "/requests" => Control::Requests,
        "/deleted" => Control::Deleted,
        "/faults" => Control::Faults,
        _ if rest.starts_with('/') => rest
            .strip_prefix("/specs/")
            .and_then(Provider::named)
            .map_or(Control::Unknown, Control::Spec),
        _ => return None,
    })
}

/// `body` is absent when it was longer than the sandbox takes.
pub(crate) fn answer(
    server: &Server,
    control: Control,
    method: &Method,
    address: &Uri,
    body: Option<&[u8]>,
) -> Reply {
    let path = address.path();
    match (control, method) {
        (Control::Page, &Method::GET) => html(&page::render(server, address.query().is_some())),
        (Control::Description, &Method::GET) => here(&DESCRIPTION, server),
        (Control::Spec(provider), &Method::GET) => here(&spec(provider), server),
        (Control::Fidelity, &Method::GET) => Reply::json(StatusCode::OK, &fidelity()),
        (Control::Seed, &Method::POST) => done(parse(body).and_then(|body: SeedBody| {
            for seed in body.seeds().map_err(|error| bad_request(&error))? {
                server.seed(&seed);
            }
            Ok(())
        })),
        (Control::Reset, &Method::POST) => {
            server.reset();
            done(Ok(()))
        }
        (Control::State, &Method::GET) => Reply::json(StatusCode::OK, &server.state()),
        (Control::Requests, &Method::GET) => Reply::json(StatusCode::OK, &server.requests()),
        (Control::Deleted, &Method::GET) => Reply::json(StatusCode::OK, &server.deleted()),
        (Control::Faults, &Method::GET) => Reply::json(StatusCode::OK, &server.faults()),
        (Control::Faults, &Method::PUT) => done(parse(body).and_then(|faults| {
            let set = server.set_faults(faults);
            set.map_err(|fault| bad_request(&fault.to_string()))
        })),
        (Control::Seed | Control::Reset, _) => Reply::wrong_method(method, path, &[Method::POST]),
        (Control::Faults, _) => Reply::wrong_method(method, path, &[Method::GET, Method::PUT]),
        (Control::Unknown, _) => Reply::no_such_route(method, path),
        (_, _) => Reply::wrong_method(method, path, &[Method::GET]),
    }
}

/// A provider's document, as the sandbox holds requests against it.
fn spec(provider: Provider) -> Value {
    yaml_serde::from_str(provider.document().text).expect("the spec is YAML")
}

/// A document that sends its readers to this sandbox, and not to where people would really be deleted.
fn here(document: &Value, server: &Server) -> Reply {
    let mut document = document.clone();
    document["servers"] = json!([{ "url": server.base_url(), "description": "This sandbox" }]);
    Reply::json(StatusCode::OK, &document)
}

fn html(page: &str) -> Reply {
    let mut reply = Reply::empty(StatusCode::OK);
    reply.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    reply.headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(NOTHING_FOREIGN),
    );
    reply.body = page.to_owned().into();
    reply
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
