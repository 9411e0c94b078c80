//! Each provider's way of saying no.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use crate::contract::Violation;
use crate::operation::Provider;
use crate::reply::Reply;

/// The request is not what the spec asks for.
pub(crate) fn invalid(provider: Provider, violations: &[Violation]) -> Reply {
    let status = StatusCode::BAD_REQUEST;
    if provider == Provider::Nlpearl {
        let mut errors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for violation in violations {
            let messages = errors.entry(&violation.field).or_default();
            messages.push(&violation.message);
        }
        return Reply::json(
            status,
            &json!({
                "title": "One or more validation errors occurred.",
                "status": status.as_u16(),
                "errors": errors,
            }),
        );
    }
    let detail: Vec<_> = violations
        .iter()
        .map(|violation| format!("{}: {}", violation.field, violation.message))
        .collect();
    refuse(provider, status, &detail.join("; "))
}

/// The key is missing or wrong.
pub(crate) fn unauthorized(provider: Provider) -> Reply {
    let detail = match provider {
        Provider::Extrovert => "Invalid or missing API key",
        Provider::Woodpecker => "Invalid api key",
        Provider::Nlpearl => "Invalid or missing bearer token",
        Provider::Unleashx => "Invalid or missing token",
    };
    refuse(provider, StatusCode::UNAUTHORIZED, detail)
}

/// Any refusal that one sentence explains.
pub(crate) fn refuse(provider: Provider, status: StatusCode, detail: &str) -> Reply {
    let body = match provider {
        Provider::Extrovert => json!({ "status": "error", "data": null, "message": detail }),
        Provider::Nlpearl => json!({
            "title": reason(status),
            "status": status.as_u16(),
            "detail": detail,
        }),
        Provider::Woodpecker => json!({
            "title": woodpecker_title(status),
            "status": status.as_u16(),
            "detail": detail,
            "timestamp": Timestamp::now().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        }),
        Provider::Unleashx => json!({ "message": detail }),
    };
    Reply::json(status, &body)
}

fn woodpecker_title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "Bad request",
        other => reason(other),
    }
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}
