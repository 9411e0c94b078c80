//! Key, path, media type and body: what has to hold before anything is deleted.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::contract::{Contract, KeyPlace};
use crate::credentials::Credentials;
use crate::provider::{Asked, Violation};
use crate::registry::Deletion;
use crate::reply::Reply;

/// What of a request the judgement looks at.
pub(crate) struct Presented<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) parameter: &'a str,
    pub(crate) headers: &'a HeaderMap,
    /// `None` when it was longer than the sandbox takes.
    pub(crate) body: Option<&'a [u8]>,
}

/// The deletion that a request asks for, or the answer that refuses it.
pub(crate) fn judge(
    request: &Presented<'_>,
    credentials: &Credentials,
) -> Result<Deletion, Box<Reply>> {
    let contract = request.contract;
    let provider = contract.provider;
    let invalid = |violations: Vec<Violation>| Box::new(provider.invalid(&violations));

    let expected = credentials.of(provider).as_bytes();
    if presented_key(&contract.key, request.headers) != Some(expected) {
        return Err(Box::new(provider.unauthorized()));
    }
    let Some(body) = request.body else {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        let detail = "The body is longer than the sandbox takes";
        return Err(Box::new(provider.refuse(status, detail)));
    };
    let parameter = request.parameter;
    contract.check_parameter(parameter).map_err(invalid)?;
    let body = json_body(contract, request.headers, body).map_err(|fault| invalid(vec![fault]))?;
    contract.check_body(&body).map_err(invalid)?;

    let asked = Asked { parameter, body };
    let deletion = provider.read(&contract.id, asked);
    deletion.map_err(|fault| invalid(vec![fault]))
}

fn presented_key<'a>(place: &KeyPlace, headers: &'a HeaderMap) -> Option<&'a [u8]> {
    match place {
        KeyPlace::Header(name) => headers.get(name).map(http::HeaderValue::as_bytes),
        KeyPlace::Bearer => {
            let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| token.trim().as_bytes())
        }
    }
}

fn json_body(contract: &Contract, headers: &HeaderMap, body: &[u8]) -> Result<Value, Violation> {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !contract.takes(&essence.to_ascii_lowercase()) {
        return Err(Violation::new(
            "$",
            format!("the body must be JSON, not \"{media_type}\""),
        ));
    }
    serde_json::from_slice(body)
        .map_err(|error| Violation::new("$", format!("the body is not JSON: {error}")))
}
