//! Key, path, media type and body: what has to hold before anything is deleted.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contract::{Contract, KeyPlace, Violation};
use crate::credentials::Credentials;
use crate::operation::{Operation, Provider};
use crate::reply::Reply;
use crate::{extrovert, nlpearl, refusal, unleashx, woodpecker};

/// A request that the spec allows, in the provider's own terms.
pub(crate) enum Deletion {
    Extrovert(extrovert::Deletion),
    Nlpearl(nlpearl::Deletion),
    Woodpecker(woodpecker::Deletion),
    Unleashx(unleashx::Deletion),
}

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
    let provider = contract.operation.provider();
    let invalid = |violations: Vec<Violation>| Box::new(refusal::invalid(provider, &violations));

    if presented_key(&contract.key, request.headers) != Some(expected_key(provider, credentials)) {
        return Err(Box::new(refusal::unauthorized(provider)));
    }
    let Some(body) = request.body else {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        let detail = "The body is longer than the sandbox takes";
        return Err(Box::new(refusal::refuse(provider, status, detail)));
    };
    let parameter = request.parameter;
    contract.check_parameter(parameter).map_err(invalid)?;
    let body = json_body(provider, request.headers, body).map_err(|fault| invalid(vec![fault]))?;
    contract.check_body(&body).map_err(invalid)?;

    let deletion = match contract.operation {
        Operation::DeleteSelected => typed(body).and_then(|request: extrovert::DeleteSelected| {
            request.deletion().map(Deletion::Extrovert)
        }),
        Operation::RemoveProspect => typed(body)
            .map(|request: extrovert::RemoveProspect| Deletion::Extrovert(request.deletion())),
        Operation::DeleteLeads => typed(body).map(|request: nlpearl::DeleteLeads| {
            Deletion::Nlpearl(request.deletion(parameter.to_owned()))
        }),
        Operation::DeleteCompanyProspects => {
            woodpecker::Deletion::of_company(parameter).map(Deletion::Woodpecker)
        }
        Operation::DeleteAudience => typed(body).map(Deletion::Unleashx),
    };
    deletion.map_err(|fault| invalid(vec![fault]))
}

fn expected_key(provider: Provider, credentials: &Credentials) -> &[u8] {
    match provider {
        Provider::Extrovert => &credentials.extrovert,
        Provider::Nlpearl => &credentials.nlpearl,
        Provider::Woodpecker => &credentials.woodpecker,
        Provider::Unleashx => &credentials.unleashx,
    }
    .as_bytes()
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

fn json_body(provider: Provider, headers: &HeaderMap, body: &[u8]) -> Result<Value, Violation> {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !is_json(provider, media_type) {
        return Err(Violation::new(
            "$",
            format!("the body must be JSON, not \"{media_type}\""),
        ));
    }
    serde_json::from_slice(body)
        .map_err(|error| Violation::new("$", format!("the body is not JSON: {error}")))
}

/// NLPearl takes three media types, of which its spec here keeps only the first.
fn is_json(provider: Provider, media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || provider == Provider::Nlpearl
            && (essence == "text/json"
                || essence.starts_with("application/") && essence.ends_with("+json"))
}

fn typed<T: DeserializeOwned>(body: Value) -> Result<T, Violation> {
    serde_json::from_value(body).map_err(|error| Violation::new("$", error.to_string()))
}
