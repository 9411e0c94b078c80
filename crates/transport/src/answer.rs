//! The table of outcomes: what each answer means for the people who were to be deleted.
//!
//! | what came back | outcome |
//! | --- | --- |
//! | the documented success body, with any 2xx | `deleted` / `accepted` |
//! | a 2xx body in which the provider says no, in a documented way | `rejected` |
//! | 2xx with any other body: empty, foreign, unparsable, broken off, too large | `unknown` |
//! | 3xx | `rejected`; never followed |
//! | 4xx except 408, whatever the body | `rejected`; 429 is throttled |
//! | a 2xx that is older than its request, by its `Age` | `unknown` |
//! | any answer before the last piece of the request was asked for | `unknown` |
//! | 408, 5xx, any status that HTTP does not define | `unknown` |
//! | nothing, and the request never left | `not_sent` |
//! | nothing, and the request may have left | `unknown` |
//!
//! [`verdict`] and [`unanswered`] are this table. What counts as the documented success body of a provider
//! is stated by that provider's crate, in the [`read`](Operation::read) function of each operation.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, StatusCode};

use crate::{
    Answer, Failure, Kind, Operation, Outcome, Receipt, Response,
    body::{Body, End},
    error::Source,
    exchange::{Broken, Exchange, Received},
    message::{self, LONGEST_HEADER, LONGEST_MESSAGE},
    redact::Redactor,
    retry_after::retry_after,
};

/// Where servers and their proxies put the id of a request, the server's own first.
const REQUEST_ID_HEADERS: [&str; 6] = [
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-trace-id",
    "cf-ray",
];

/// How much of a body an error keeps.
const KEPT_BODY: usize = 2048;

/// Judges one attempt by the table, and keeps the evidence.
pub(crate) fn judge(
    operation: &Operation,
    exchange: Exchange,
    redactor: &Redactor,
) -> Result<Receipt, Failure> {
    let Exchange { sent, result } = exchange;
    let received = match result {
        Ok(received) => received,
        Err(broken) => return Err(unanswered(sent, broken, redactor)),
    };
    match verdict(operation, &received) {
        Verdict::Done {
            outcome,
            request_id,
            count,
        } => Ok(Receipt {
            message: message::stated(&received.body.bytes, redactor),
            request_id: request_id.or_else(|| header_request_id(&received.headers, redactor)),
            count,
            ..Receipt::new(outcome, operation, received.status.as_u16())
        }),
        Verdict::Failed(outcome, kind, reason) => Err(Failure {
            outcome,
            kind,
            sent,
            reason,
            response: Some(response(&received, redactor)),
            source: source(received.body.end),
        }),
    }
}

/// What an answer means.
enum Verdict {
    Done {
        outcome: Outcome,
        request_id: Option<String>,
        count: Option<u64>,
    },
    Failed(Outcome, Kind, Option<String>),
}

/// The table, as far as an answer came.
fn verdict(operation: &Operation, received: &Received) -> Verdict {
    use Outcome::{Accepted, Deleted, Rejected, Unknown};

    let because = |reason: &str| Some(reason.to_owned());
    if let Some(reason) = not_an_answer(received) {
        return Verdict::Failed(Unknown, Kind::UnexpectedResponse, because(reason));
    }
    match received.status.as_u16() {
        200..=299 => match read(operation, &received.body) {
            Ok(Answer::Deleted) => Verdict::Done {
                outcome: Deleted,
                request_id: None,
                count: None,
            },
            Ok(Answer::Accepted { request_id, count }) => Verdict::Done {
                outcome: Accepted,
                request_id,
                count,
            },
            Ok(Answer::Refused(kind)) => Verdict::Failed(Rejected, kind, None),
            Ok(Answer::Foreign) => {
                let reason = because("the answer is not one that the provider documents");
                Verdict::Failed(Unknown, Kind::UnexpectedResponse, reason)
            }
            Err(reason) => Verdict::Failed(Unknown, Kind::UnexpectedResponse, Some(reason)),
        },
        300..=399 => Verdict::Failed(
            Rejected,
            Kind::Redirect,
            because("redirects are not followed"),
        ),
        408 | 500..=599 => Verdict::Failed(Unknown, Kind::Server, None),
        400..=499 => Verdict::Failed(Rejected, refusal(received.status), None),
        // 1xx is no final answer, and HTTP defines nothing from 600 on (LinkedIn answers 999).
        _ => {
            let reason = because("HTTP defines no final answer of this status");
            Verdict::Failed(Unknown, Kind::UnexpectedResponse, reason)
        }
    }
}

/// Why what came cannot be the answer to this request, if so.
fn not_an_answer(received: &Received) -> Option<&'static str> {
    if received.early {
        return Some("the answer came before the whole request was sent");
    }
    let is_older = age(&received.headers).is_some_and(|age| age > received.after.as_secs());
    (received.status.is_success() && is_older)
        .then_some("the answer is older than the request, by its Age header")
}

/// The age of an answer that a cache keeps, in whole seconds (RFC 9111, 5.1). Of several the highest counts; what
/// is no number does not.
fn age(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all(http::header::AGE).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|age| !age.is_empty() && age.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|age| age.parse().unwrap_or(u64::MAX))
        .max()
}

/// What a 2xx body says, or why it cannot be relied on.
fn read(operation: &Operation, body: &Body) -> Result<Answer, String> {
    if body.coding.is_some() {
        return Err("the answer cannot be read".to_owned());
    }
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

/// The error with which a body ended.
fn source(end: End) -> Option<Source> {
    match end {
        End::BrokeOff(error) => Some(Box::new(error)),
        End::Corrupt(error) => Some(Box::new(error)),
        End::Complete | End::TimedOut(_) | End::TooLarge => None,
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

fn unanswered(sent: bool, broken: Broken, redactor: &Redactor) -> Failure {
    let (reason, source) = match broken {
        Broken::TimedOut(reason) => (reason, None),
        Broken::Failed(reason, error) => {
            // A certificate's names, for one, are the server's words.
            let reason = message::harmless(&reason, LONGEST_MESSAGE, redactor);
            (reason, Some(Box::new(error) as Source))
        }
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

fn seconds(duration: std::time::Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn response(received: &Received, redactor: &Redactor) -> Response {
    // Redacted before it is cut, or a cut key would pass.
    let mut body = match received.body.end {
        End::Complete => redactor.bytes(&received.body.bytes),
        _ => redactor.cut_bytes(&received.body.bytes),
    };
    let message = match &received.body.coding {
        Some(coding) => {
            let coding = message::harmless(coding, LONGEST_HEADER, redactor);
            Some(format!("compressed with {coding}"))
        }
        None => message::said(&body, redactor),
    };
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
    // Answers have few headers: looking at each once costs less than looking up six names.
    let rank = |name: &HeaderName| {
        REQUEST_ID_HEADERS
            .iter()
            .position(|known| *known == name.as_str())
    };
    let (_, value) = headers
        .iter()
        .filter_map(|(name, value)| Some((rank(name)?, value)))
        .min_by_key(|(rank, _)| *rank)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let text = message::harmless(&text, LONGEST_HEADER, redactor);
    (!text.is_empty()).then_some(text)
}
