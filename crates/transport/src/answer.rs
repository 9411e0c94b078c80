//! The table of outcomes: what each answer means for the people who were to be deleted.
//!
//! | what came back | outcome |
//! | --- | --- |
//! | the documented success body, with any 2xx | `deleted` / `accepted` |
//! | a 2xx body in which the provider says no, in a documented way | `rejected` |
//! | 2xx with any other body: empty, foreign, unparsable, broken off, too large | `unknown` |
//! | 3xx | `rejected`; never followed |
//! | 4xx except 408, whatever the body | `rejected`; 429 is throttled |
//! | 408, 5xx, any status that HTTP does not define | `unknown` |
//! | nothing, and the request never left | `not_sent` |
//! | nothing, and the request may have left | `unknown` |
//!
//! [`judge`] is this table. What counts as the documented success body of a provider is stated by that
//! provider's crate, in the [`read`](Operation::read) function of each operation.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, StatusCode};

use crate::{
    Answer, Failure, Kind, Operation, Outcome, Receipt, Response,
    body::{Body, End},
    exchange::{Broken, Exchange, Received},
    message::{self, LONGEST_HEADER},
    redact::Redactor,
    retry_after::retry_after,
};

/// Where servers and their proxies put the id of a request, the server's own first.
static REQUEST_ID_HEADERS: [HeaderName; 6] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("request-id"),
    HeaderName::from_static("x-correlation-id"),
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("x-trace-id"),
    HeaderName::from_static("cf-ray"),
];

/// How much of a body an error keeps.
const KEPT_BODY: usize = 2048;

/// Judges one attempt by the table.
pub(crate) fn judge(
    operation: &Operation,
    exchange: Exchange,
    redactor: &Redactor,
) -> Result<Receipt, Failure> {
    let Exchange { sent, result } = exchange;
    let received = match result {
        Ok(received) => received,
        Err(broken) => return Err(unanswered(sent, broken)),
    };
    let (outcome, kind, reason) = match received.status.as_u16() {
        200..=299 => match read(operation, &received.body) {
            Ok(Answer::Deleted) => {
                return Ok(receipt(
                    operation,
                    Outcome::Deleted,
                    None,
                    None,
                    &received,
                    redactor,
                ));
            }
            Ok(Answer::Accepted { request_id, count }) => {
                return Ok(receipt(
                    operation,
                    Outcome::Accepted,
                    request_id,
                    count,
                    &received,
                    redactor,
                ));
            }
            Ok(Answer::Refused(kind)) => (Outcome::Rejected, kind, None),
            Ok(Answer::Foreign) => (
                Outcome::Unknown,
                Kind::UnexpectedResponse,
                Some("the answer is not one that the provider documents".to_owned()),
            ),
            Err(reason) => (Outcome::Unknown, Kind::UnexpectedResponse, Some(reason)),
        },
        300..=399 => (
            Outcome::Rejected,
            Kind::Redirect,
            Some("redirects are not followed".to_owned()),
        ),
        408 | 500..=599 => (Outcome::Unknown, Kind::Server, None),
        400..=499 => (Outcome::Rejected, refusal(received.status), None),
        // 1xx is no final answer, and HTTP defines nothing from 600 on (LinkedIn answers 999).
        _ => (
            Outcome::Unknown,
            Kind::UnexpectedResponse,
            Some("HTTP defines no final answer of this status".to_owned()),
        ),
    };
    let response = response(&received, redactor);
    let source: Option<crate::error::Source> = match received.body.end {
        End::BrokeOff(error) => Some(Box::new(error)),
        End::Corrupt(error) => Some(Box::new(error)),
        End::Complete | End::TimedOut(_) | End::TooLarge => None,
    };
    Err(Failure {
        outcome,
        kind,
        sent,
        reason,
        response: Some(response),
        source,
    })
}

/// What a 2xx body says, or why it cannot be relied on.
fn read(operation: &Operation, body: &Body) -> Result<Answer, String> {
    match &body.end {
        End::Complete => Ok((operation.read)(message::without_mark(&body.bytes))),
        End::BrokeOff(_) => Err("the answer broke off".to_owned()),
        End::TimedOut(timeout) => Err(format!(
            "the answer did not end within {}",
            seconds(*timeout)
        )),
        End::TooLarge => Err(format!(
            "the answer has more than {} KiB",
            crate::body::LIMIT / 1024
        )),
        End::Corrupt(_) => Err("the answer cannot be decompressed".to_owned()),
    }
}

/// Why a 4xx was refused.
fn refusal(status: StatusCode) -> Kind {
    match status {
        StatusCode::UNAUTHORIZED => Kind::Authentication,
        StatusCode::FORBIDDEN => Kind::Permission,
        StatusCode::NOT_FOUND | StatusCode::GONE => Kind::NotFound,
        StatusCode::CONFLICT => Kind::Conflict,
        StatusCode::TOO_MANY_REQUESTS => Kind::Throttled,
        _ => Kind::InvalidRequest,
    }
}

fn unanswered(sent: bool, broken: Broken) -> Failure {
    let (reason, source) = match broken {
        Broken::TimedOut(timeout) if sent => (
            format!(
                "no answer within {}; a longer time-out waits longer",
                seconds(timeout)
            ),
            None,
        ),
        Broken::TimedOut(timeout) => (format!("no connection within {}", seconds(timeout)), None),
        Broken::Failed(error) => (
            deepest(&error),
            Some(Box::new(error) as crate::error::Source),
        ),
    };
    Failure {
        outcome: if sent {
            Outcome::Unknown
        } else {
            Outcome::NotSent
        },
        kind: Kind::Transport,
        sent,
        reason: Some(reason),
        response: None,
        source,
    }
}

/// The error at the end of the chain, which says what happened ("Connection refused").
fn deepest(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = deepest.to_string();
    if text.is_empty() {
        error.to_string()
    } else {
        text
    }
}

fn seconds(duration: std::time::Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn receipt(
    operation: &Operation,
    outcome: Outcome,
    request_id: Option<String>,
    count: Option<u64>,
    received: &Received,
    redactor: &Redactor,
) -> Receipt {
    Receipt {
        message: message::stated(&received.body.bytes, redactor),
        request_id: request_id.or_else(|| header_request_id(&received.headers, redactor)),
        count,
        ..Receipt::new(outcome, operation, received.status.as_u16())
    }
}

fn response(received: &Received, redactor: &Redactor) -> Response {
    // Redacted before it is cut, or a cut key would pass.
    let mut body = match received.body.end {
        End::Complete => redactor.bytes(&received.body.bytes),
        _ => redactor.cut_bytes(&received.body.bytes),
    };
    let message = message::said(&body, redactor);
    body.truncate(KEPT_BODY);
    Response {
        status: received.status,
        message,
        request_id: header_request_id(&received.headers, redactor),
        retry_after: retry_after(&received.headers, SystemTime::now()),
        body,
    }
}

fn header_request_id(headers: &HeaderMap, redactor: &Redactor) -> Option<String> {
    let value = REQUEST_ID_HEADERS
        .iter()
        .find_map(|name| headers.get(name))?;
    let text = message::harmless(
        &String::from_utf8_lossy(value.as_bytes()),
        LONGEST_HEADER,
        redactor,
    );
    (!text.is_empty()).then_some(text)
}
