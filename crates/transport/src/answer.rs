//! The table of outcomes: what each answer means for the people who were to be deleted. The first line that
//! fits decides.
//!
//! | what came back | outcome |
//! | --- | --- |
//! | 206 or 207, whatever the body | `unknown` |
//! | another 2xx with a body in which the provider says no, in a documented way | `rejected` |
//! | a 2xx with the documented success body, beside which something denies success | `unknown` |
//! | 202 with the documented success body of what is otherwise done at once | `accepted` |
//! | another 2xx with the documented success body, whatever harmless surrounds it | `deleted` / `accepted` |
//! | where the documented success has no body: exactly its status and an empty body | `deleted` / `accepted` |
//! | 2xx with any other body: empty, foreign, unparsable, broken off, too large | `unknown` |
//! | 3xx | `rejected`; never followed |
//! | a 2xx that is older than its request, by its `Age` | `unknown` |
//! | any answer before the last piece of the request was asked for | `unknown` |
//! | 429 with any body; 400 or 409 with the provider's [code](crate::Provider::throttling_code) for it | `rejected`, throttled |
//! | another 4xx to a scope or to several ids, whose JSON body counts deletions | `unknown` |
//! | 408, and a 4xx that the registry of status codes does not have | `unknown` |
//! | another 4xx, whatever the body | `rejected` |
//! | 5xx, any status that HTTP does not define | `unknown` |
//! | nothing, and the request never left | `not_sent` |
//! | nothing, and the request may have left | `unknown` |
//!
//! [`verdict`] and [`unanswered`] are this table. What counts as the documented success body of a provider
//! is stated by that provider's crate, in a [reader](crate::ReadAnswer) for each operation; what denies
//! a success and what counts deletions, in [`denial`](crate::denial).

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, StatusCode};

use crate::{
    Answer, Call, ErrorKind, Failure, Outcome, Receipt, Response,
    body::{Body, End},
    call::Names,
    cause::Source,
    denial::{counts_any_deletion, denies_success, says_code},
    exchange::{Broken, Exchange, Received},
    message::{self, LONGEST_HEADER, LONGEST_MESSAGE},
    redact::Redactor,
    retry_after::{retry_after, throttled_for},
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
    call: &Call,
    exchange: Exchange,
    redactor: &Redactor,
) -> Result<Receipt, Failure> {
    let operation = call.operation();
    let Exchange { sent, result } = exchange;
    let received = match result {
        Ok(received) => received,
        Err(broken) => return Err(unanswered(sent, broken, redactor)),
    };
    match verdict(call, &received) {
        Verdict::Done {
            outcome,
            request_id,
            count,
        } => Ok(Receipt {
            message: message::stated(&received.body.bytes, redactor),
            request_id: request_id
                .map(|id| redactor.text(&id))
                .or_else(|| header_request_id(&received.headers, redactor)),
            count,
            ..Receipt::new(outcome, operation, received.status.as_u16())
        }),
        Verdict::Failed(outcome, kind, reason) => Err(Failure {
            outcome,
            kind,
            sent,
            reason,
            response: Some(response(&received, kind, redactor)),
            source: source(received.body.end, redactor),
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
    Failed(Outcome, ErrorKind, Option<String>),
}

/// The table, as far as an answer came.
fn verdict(call: &Call, received: &Received) -> Verdict {
    use Outcome::{Rejected, Unknown};

    if let Some(reason) = not_an_answer(received) {
        return Verdict::Failed(
            Unknown,
            ErrorKind::UnexpectedResponse,
            Some(reason.to_owned()),
        );
    }
    let unknown = |kind, reason: &str| Verdict::Failed(Unknown, kind, Some(reason.to_owned()));
    let status = received.status.as_u16();
    let body = &received.body;
    match status {
        // Part of an answer, and several answers in one: neither is the answer to the request.
        206 | 207 => unknown(
            ErrorKind::UnexpectedResponse,
            "an answer of this status is only a part, or several in one",
        ),
        200..=299 => success(call, status, body),
        300..=399 => Verdict::Failed(
            Rejected,
            ErrorKind::Redirect,
            Some("redirects are not followed".to_owned()),
        ),
        429 => Verdict::Failed(Rejected, ErrorKind::Throttled, None),
        400 | 409
            if call
                .operation()
                .provider
                .throttling_code
                .is_some_and(|code| says_code(message::without_mark(&body.bytes), code)) =>
        {
            Verdict::Failed(Rejected, ErrorKind::Throttled, None)
        }
        408 | 500..=599 => Verdict::Failed(Unknown, ErrorKind::Server, None),
        400..=499
            if call.names() != Names::One
                && counts_any_deletion(message::without_mark(&body.bytes)) =>
        {
            unknown(
                ErrorKind::UnexpectedResponse,
                "the provider refused it, and counts deletions all the same",
            )
        }
        400..=499 if is_registered_refusal(status) => {
            Verdict::Failed(Rejected, refusal(received.status), None)
        }
        400..=499 => unknown(
            ErrorKind::UnexpectedResponse,
            "HTTP has no such status; gateways use such ones while the server works on",
        ),
        // 1xx is no final answer, and HTTP defines nothing from 600 on (LinkedIn answers 999).
        _ => unknown(
            ErrorKind::UnexpectedResponse,
            "HTTP defines no final answer of this status",
        ),
    }
}

/// The lines of the table about a 2xx.
fn success(call: &Call, status: u16, body: &Body) -> Verdict {
    let unknown = |reason: &str| {
        let reason = Some(reason.to_owned());
        Verdict::Failed(Outcome::Unknown, ErrorKind::UnexpectedResponse, reason)
    };
    let foreign = "the answer is not one that the provider documents";
    let denied = || denies_success(message::without_mark(&body.bytes));
    let (outcome, request_id, count) = match read(call, body) {
        Ok(Answer::Refused(kind)) => return Verdict::Failed(Outcome::Rejected, kind, None),
        Ok(Answer::Done | Answer::Accepted { .. }) if denied() => {
            return unknown("the answer confirms it, and denies it as well");
        }
        // What is done at once is not done yet: 202 says so, whatever the body does.
        Ok(Answer::Done) if status == 202 => (Outcome::Accepted, None, None),
        Ok(Answer::Done) => (call.operation().verb.done(), None, None),
        Ok(Answer::Accepted { request_id, count }) => (Outcome::Accepted, request_id, count),
        Ok(Answer::Bodiless {
            status: documented,
            later,
        }) if documented == status && body.bytes.is_empty() => {
            let done = call.operation().verb.done();
            (if later { Outcome::Accepted } else { done }, None, None)
        }
        Ok(Answer::Foreign | Answer::Bodiless { .. }) => return unknown(foreign),
        Err(reason) => return unknown(&reason),
    };
    Verdict::Done {
        outcome,
        request_id,
        count,
    }
}

/// Whether the IANA registry of HTTP status codes has this 4xx (as of 2025). 418 stands there as unused.
const fn is_registered_refusal(status: u16) -> bool {
    matches!(status, 400..=417 | 421..=426 | 428 | 429 | 431 | 451)
}

/// Why what came cannot be the answer to this request, if so.
pub(crate) fn not_an_answer(received: &Received) -> Option<&'static str> {
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
fn read(call: &Call, body: &Body) -> Result<Answer, String> {
    if body.coding.is_some() {
        return Err("the answer cannot be read".to_owned());
    }
    match &body.end {
        End::Complete => Ok(call.read(message::without_mark(&body.bytes))),
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
fn source(end: End, redactor: &Redactor) -> Option<Source> {
    match end {
        End::BrokeOff(error) => Some(redactor.source(error)),
        End::Corrupt(error) => Some(redactor.source(error)),
        End::Complete | End::TimedOut(_) | End::TooLarge => None,
    }
}

/// Why a 4xx was refused.
pub(crate) fn refusal(status: StatusCode) -> ErrorKind {
    match status {
        StatusCode::UNAUTHORIZED => ErrorKind::Authentication,
        StatusCode::FORBIDDEN => ErrorKind::Permission,
        StatusCode::NOT_FOUND | StatusCode::GONE => ErrorKind::NotFound,
        StatusCode::CONFLICT => ErrorKind::Conflict,
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::Throttled,
        _ => ErrorKind::InvalidRequest,
    }
}

fn unanswered(sent: bool, broken: Broken, redactor: &Redactor) -> Failure {
    let (reason, source) = match broken {
        Broken::TimedOut(reason) => (reason, None),
        Broken::Failed(reason, error) => {
            // A certificate's names, for one, are the server's words.
            let reason = message::harmless(&reason, LONGEST_MESSAGE, redactor);
            (reason, Some(redactor.source(error)))
        }
    };
    Failure {
        outcome: if sent {
            Outcome::Unknown
        } else {
            Outcome::NotSent
        },
        kind: ErrorKind::Transport,
        sent,
        reason: Some(reason),
        response: None,
        source,
    }
}

fn seconds(duration: std::time::Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn response(received: &Received, kind: ErrorKind, redactor: &Redactor) -> Response {
    let bytes = &received.body.bytes;
    let whole = matches!(received.body.end, End::Complete);
    let message = match &received.body.coding {
        Some(coding) => {
            let coding = message::harmless(coding, LONGEST_HEADER, redactor);
            Some(format!("compressed with {coding}"))
        }
        None => message::said(bytes, whole, redactor),
    };
    // Redacted before it is cut, or a cut key would pass.
    let mut body = redactor.beginning(bytes, whole);
    body.truncate(KEPT_BODY);
    Response {
        status: received.status,
        message,
        request_id: header_request_id(&received.headers, redactor),
        retry_after: if kind == ErrorKind::Throttled {
            throttled_for(&received.headers, SystemTime::now())
        } else {
            retry_after(&received.headers, SystemTime::now())
        },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authentication, Operation, Provider, call::Message};

    static PROVIDER: Provider = Provider::new(
        "example",
        "https://example.com",
        Authentication::Bearer,
        "EXAMPLE_API_KEY",
        "EXAMPLE_BASE_URL",
    );
    static DELETE: Operation = Operation::delete(&PROVIDER, "delete");
    static SUPPRESS: Operation = Operation::suppress(&PROVIDER, "suppress");

    const fn bodiless(later: bool) -> Answer {
        Answer::Bodiless { status: 204, later }
    }

    fn call(operation: &'static Operation, read: fn(&[u8]) -> Answer) -> Call {
        let message = Message {
            operation,
            method: http::Method::POST,
            url: "https://example.com/".parse().unwrap(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
        };
        Call::new(message, read).naming(1)
    }

    fn outcome(call: &Call, status: u16, body: &'static str) -> Outcome {
        let received = Received {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            early: false,
            after: std::time::Duration::ZERO,
            body: Body {
                coding: None,
                bytes: body.into(),
                end: End::Complete,
            },
        };
        match verdict(call, &received) {
            Verdict::Done { outcome, .. } | Verdict::Failed(outcome, ..) => outcome,
        }
    }

    #[test]
    fn a_success_without_a_body_counts_with_its_status_and_an_empty_body() {
        let at_once: fn(&[u8]) -> Answer = |_| bodiless(false);
        let later: fn(&[u8]) -> Answer = |_| bodiless(true);
        for (operation, read, done) in [
            (&DELETE, at_once, Outcome::Deleted),
            (&DELETE, later, Outcome::Accepted),
            (&SUPPRESS, at_once, Outcome::Suppressed),
            (&SUPPRESS, later, Outcome::Accepted),
        ] {
            let call = call(operation, read);
            assert_eq!(outcome(&call, 204, ""), done);
            for (status, body) in [(200, ""), (202, ""), (206, ""), (204, " "), (204, "{}")] {
                let outcome = outcome(&call, status, body);
                assert_eq!(outcome, Outcome::Unknown, "{status} {body:?}");
            }
        }
        assert_eq!(outcome(&call(&DELETE, at_once), 404, ""), Outcome::Rejected);
    }

    #[test]
    fn what_a_confirmation_means_is_the_verbs_to_say() {
        let done: fn(&[u8]) -> Answer = |_| Answer::Done;
        assert_eq!(outcome(&call(&DELETE, done), 200, "true"), Outcome::Deleted);
        assert_eq!(
            outcome(&call(&SUPPRESS, done), 200, "true"),
            Outcome::Suppressed
        );
        assert_eq!(
            outcome(&call(&SUPPRESS, done), 202, "true"),
            Outcome::Accepted
        );
    }
}
