//! Whatever a server, a proxy or the network does, each operation ends in the right outcome, with the
//! evidence kept, and nothing is sent twice that must not be.

use std::{
    io::Write,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use prospect_delete_core::{Config, Error, ErrorKind, Outcome, Receipt, RetryPolicy, woodpecker};
use prospect_delete_tests::{Reply, Sample, ScriptedServer, clients, samples};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};

/// How many attempts each request gets.
const ATTEMPTS: usize = 3;

/// Enough for any answer that is sent at once, on however loaded a machine.
const PATIENT: Duration = Duration::from_secs(30);

/// For answers that never come.
const IMPATIENT: Duration = Duration::from_secs(1);

/// A bound on what no case comes near: that it ends at all.
const NO_HANG: Duration = Duration::from_secs(120);

fn config(timeout: Duration) -> Config {
    let retry = RetryPolicy::new()
        .with_max_attempts(3)
        .with_max_wait(Duration::from_millis(5));
    Config::new().with_timeout(timeout).with_retry(retry)
}

/// What a case expects of a request that names ids, and of one that names a scope.
struct Expected {
    ids: End,
    scope: End,
}

/// How a request ends.
#[derive(Clone, Copy)]
struct End {
    outcome: Outcome,
    kind: Option<ErrorKind>,
    requests: usize,
    status: Option<u16>,
    /// Words that the result must still know.
    message: Option<&'static str>,
}

fn end(
    outcome: Outcome,
    kind: impl Into<Option<ErrorKind>>,
    requests: usize,
    status: impl Into<Option<u16>>,
) -> End {
    End {
        outcome,
        kind: kind.into(),
        requests,
        status: status.into(),
        message: None,
    }
}

/// An end that is the same for ids and scopes.
fn both(
    outcome: Outcome,
    kind: ErrorKind,
    requests: usize,
    status: u16,
    message: &'static str,
) -> Expected {
    let end = || End {
        message: Some(message),
        ..end(outcome, kind, requests, status)
    };
    Expected {
        ids: end(),
        scope: end(),
    }
}

/// An unknown outcome: what names ids is tried again, what names a scope is not.
fn unknown(kind: ErrorKind, status: impl Into<Option<u16>>) -> Expected {
    let status = status.into();
    Expected {
        ids: end(Outcome::Unknown, kind, ATTEMPTS, status),
        scope: end(Outcome::Unknown, kind, 1, status),
    }
}

fn unknown_saying(kind: ErrorKind, status: u16, message: &'static str) -> Expected {
    let Expected { ids, scope } = unknown(kind, status);
    let message = Some(message);
    Expected {
        ids: End { message, ..ids },
        scope: End { message, ..scope },
    }
}

/// Whether a request names one id, and not several or a scope.
fn names_one(sample: &Sample) -> bool {
    sample.target.starts_with("extrovert.prospect:")
}

/// Plays a script to each of the seven requests, all at a time.
async fn play(
    name: &str,
    timeout: Duration,
    script: impl Fn(&Sample) -> Vec<Reply>,
    expected: &Expected,
) {
    let expected = |sample: &Sample| {
        if sample.idempotent {
            expected.ids
        } else {
            expected.scope
        }
    };
    play_each(name, timeout, script, expected).await;
}

/// The same where more than that decides how a request ends.
async fn play_each(
    name: &str,
    timeout: Duration,
    script: impl Fn(&Sample) -> Vec<Reply>,
    expected: impl Fn(&Sample) -> End,
) {
    let mut tasks = JoinSet::new();
    for sample in samples() {
        let end = expected(&sample);
        let case = format!("{name}: {}", sample.target);
        let script = script(&sample);
        tasks.spawn(play_one(case, timeout, script, sample, end));
    }
    tasks.join_all().await;
}

async fn play_one(
    case: String,
    timeout: Duration,
    script: Vec<Reply>,
    sample: Sample,
    expected: End,
) {
    let server = ScriptedServer::start(script).await;
    let clients = clients(server.base_url(), &config(timeout));
    let began = Instant::now();
    let result = clients.execute(&*sample.request).await;
    assert!(
        began.elapsed() < NO_HANG,
        "{case}: took {:?}",
        began.elapsed()
    );

    let recorded = server.recorded();
    assert_eq!(recorded.len(), expected.requests, "{case}: {result:?}");
    for request in &recorded {
        assert_eq!(
            request, &recorded[0],
            "{case}: a repeated request is the same request"
        );
    }
    match result {
        Ok(receipt) => {
            let outcome = match expected.outcome {
                Outcome::Deleted => sample.outcome,
                outcome => outcome,
            };
            assert_eq!(receipt.outcome, outcome, "{case}: {receipt}");
            assert_eq!(receipt.attempts as usize, expected.requests, "{case}");
            assert_eq!(Some(receipt.http_status), expected.status, "{case}");
        }
        Err(error) => {
            assert_eq!(error.outcome(), expected.outcome, "{case}: {error}");
            assert_eq!(Some(error.kind()), expected.kind, "{case}: {error}");
            assert_eq!(
                error.attempts() as usize,
                expected.requests,
                "{case}: {error}"
            );
            let status = error.http_status().map(|status| status.as_u16());
            assert_eq!(status, expected.status, "{case}: {error}");
            let line = error.to_string();
            assert!(!line.contains('\n'), "{case}: {line}");
            if let Some(message) = expected.message {
                assert!(line.contains(message), "{case}: {line}");
                assert!(
                    error.message().is_some_and(|said| said.contains(message)),
                    "{case}: {line}"
                );
            }
        }
    }
}

/// A way in which an answer reaches the client.
type Travel = fn(&Sample) -> Reply;

fn success(sample: &Sample) -> String {
    sample.success.1.to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A head that announces more than follows, then the body, then the end of the connection.
fn cut(status: u16, body: &str) -> Reply {
    Reply::BytesThenClose(
        format!("HTTP/1.1 {status} X\r\ncontent-length: 9999\r\n\r\n{body}").into_bytes(),
    )
}

const DELETED: Outcome = Outcome::Deleted;
const REJECTED: Outcome = Outcome::Rejected;
const UNEXPECTED: ErrorKind = ErrorKind::UnexpectedResponse;

#[tokio::test]
async fn the_documented_body_counts_with_any_2xx_and_however_it_travels() {
    for status in [200, 201, 203, 208, 299] {
        let expected = || end(DELETED, None, 1, status);
        let expected = Expected {
            ids: expected(),
            scope: expected(),
        };
        let script = |sample: &Sample| vec![Reply::answer(status, &[], success(sample))];
        play(&format!("{status}"), PATIENT, script, &expected).await;
    }
    let travels: [(&str, Travel); 10] = [
        ("byte order mark", |sample| {
            Reply::answer(200, &[], format!("\u{feff}{}", success(sample)))
        }),
        ("white space", |sample| {
            Reply::answer(200, &[], format!(" \r\n{}\n", success(sample)))
        }),
        ("text/plain", |sample| {
            Reply::answer(200, &[("content-type", "text/plain")], success(sample))
        }),
        ("text/html", |sample| {
            Reply::answer(200, &[("content-type", "text/html")], success(sample))
        }),
        ("gzip", |sample| {
            Reply::answer(
                200,
                &[("content-encoding", "gzip")],
                gzip(success(sample).as_bytes()),
            )
        }),
        ("a large header", |sample| {
            Reply::answer(200, &[("x-large", &"x".repeat(100_000))], success(sample))
        }),
        ("many headers", |sample| {
            let names: Vec<_> = (0..110).map(|n| format!("x-{n}")).collect();
            let headers: Vec<_> = names.iter().map(|name| (name.as_str(), "x")).collect();
            Reply::answer(200, &headers, success(sample))
        }),
        ("after interim answers", |sample| {
            let Reply::Bytes(answer) = Reply::answer(200, &[], success(sample)) else {
                unreachable!()
            };
            let interim =
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
            Reply::Bytes([&interim[..], &answer].concat())
        }),
        ("with an invalid header", |sample| {
            Reply::answer(200, &[("x bad", "a\u{1}b")], success(sample))
        }),
        ("until the connection ends", |sample| {
            Reply::BytesThenClose(
                format!("HTTP/1.1 200 OK\r\n\r\n{}", success(sample)).into_bytes(),
            )
        }),
    ];
    for (name, travel) in travels {
        let expected = || end(DELETED, None, 1, 200);
        let expected = Expected {
            ids: expected(),
            scope: expected(),
        };
        play(name, PATIENT, |sample| vec![travel(sample)], &expected).await;
    }
}

#[tokio::test]
async fn what_is_done_at_once_is_only_accepted_with_202() {
    let script = |sample: &Sample| vec![Reply::answer(202, &[], success(sample))];
    let expected = || end(Outcome::Accepted, None, 1, 202);
    let expected = Expected {
        ids: expected(),
        scope: expected(),
    };
    play("202", PATIENT, script, &expected).await;
}

#[tokio::test]
async fn a_part_of_an_answer_or_several_in_one_are_unknown() {
    for status in [206, 207] {
        let script = |sample: &Sample| vec![Reply::answer(status, &[], success(sample))];
        play("success", PATIENT, script, &unknown(UNEXPECTED, status)).await;
        for refusal in [
            r#"{"status":"error","message":"partly 4711"}"#,
            r#"{"message":"Campaign not exist","detail":"partly 4711"}"#,
            "false: partly 4711",
        ] {
            let script = |_: &Sample| vec![Reply::answer(status, &[], refusal)];
            let expected = unknown_saying(UNEXPECTED, status, "partly 4711");
            play(refusal, PATIENT, script, &expected).await;
        }
        let script = |_: &Sample| vec![Reply::answer(status, &[], "false")];
        play("false", PATIENT, script, &unknown(UNEXPECTED, status)).await;
    }
}

/// The success body with more fields in it; NLPearl's has none, and so stays as it is.
fn surrounded(sample: &Sample, fields: &str) -> String {
    match success(sample).strip_suffix('}') {
        Some(open) => format!("{open},{fields}}}"),
        None => success(sample),
    }
}

fn is_object(sample: &Sample) -> bool {
    sample.success.1.is_object()
}

#[tokio::test]
async fn a_success_that_denies_itself_is_unknown_and_its_body_is_kept() {
    for denial in [
        r#""success":false"#,
        r#""Success":"False""#,
        r#""ok":false"#,
        r#""isSuccess":false"#,
        r#""is_success":0"#,
        r#""error":"quota""#,
        r#""error":true"#,
        r#""errors":[{"id":"b"}]"#,
        r#""ERRORS":{"b":1}"#,
        r#""failed":1"#,
        r#""failed":["b"]"#,
        r#""failedCount":"1""#,
        r#""Status":"Error""#,
        r#""statusCode":400"#,
        r#""statusCode":"500""#,
        r#""status_code":599.5"#,
        r#""code":1001"#,
        r#""code":"ERR_PARTIAL""#,
        r#""code":"failure""#,
        r#""Data":{"success":false}"#,
        r#""DATA":[{"id":1},{"error":"x"}]"#,
        r#""id":-1"#,
        r#""deletedCount":-1"#,
        r#""beyond":1e999,"success":false"#,
    ] {
        let script = |sample: &Sample| {
            let body = surrounded(sample, denial);
            vec![Reply::answer(200, &[], body)]
        };
        let expected = |sample: &Sample| match (is_object(sample), sample.idempotent) {
            (false, _) => end(DELETED, None, 1, 200),
            (true, true) => end(Outcome::Unknown, UNEXPECTED, ATTEMPTS, 200),
            (true, false) => end(Outcome::Unknown, UNEXPECTED, 1, 200),
        };
        play_each(denial, PATIENT, script, expected).await;
    }
    for sample in samples().into_iter().filter(is_object) {
        let body = surrounded(&sample, r#""success":false,"ticket":4711"#);
        let server = ScriptedServer::start([Reply::answer(200, &[], &body)]).await;
        let error = clients(server.base_url(), &config(PATIENT))
            .execute(&*sample.request)
            .await
            .unwrap_err();
        assert_eq!(error.response().unwrap().body, body.as_bytes());
        assert!(error.to_string().contains("denies"), "{error}");
    }
}

#[tokio::test]
async fn a_success_stays_one_whatever_harmless_surrounds_it() {
    for more in [
        r#""success":true,"ok":true,"isSuccess":"true""#,
        r#""error":null,"errors":[],"failed":0"#,
        r#""error":"","errors":{},"failed":false"#,
        r#""error":false,"failedCount":"0""#,
        r#""statusCode":200,"code":0"#,
        r#""code":"200","Status":"OK""#,
        r#""Data":{"success":true,"errors":[],"status":"done"}"#,
        r#""new":{"errors":["of a name that says nothing here"]}"#,
        r#""warnings":["x"],"id":0,"beyond":1e999"#,
    ] {
        let script = |sample: &Sample| vec![Reply::answer(200, &[], surrounded(sample, more))];
        let expected = || end(DELETED, None, 1, 200);
        let expected = Expected {
            ids: expected(),
            scope: expected(),
        };
        play(more, PATIENT, script, &expected).await;
    }
}

#[tokio::test]
async fn a_job_keeps_its_number_to_the_last_digit() {
    let job = |id: &str, count: &str| format!(r#"{{"deletion_request_id":{id},"count":{count}}}"#);
    let huge = "123456789012345678901234567890123456789012345678901234567890";
    for (id, count, counted) in [
        ("0", "0", Some(0)),
        (
            "9223372036854775808",
            "18446744073709551615",
            Some(u64::MAX),
        ),
        ("18446744073709551616", "18446744073709551616", None),
        (huge, huge, None),
    ] {
        let receipt = send_company(&job(id, count)).await.unwrap();
        assert_eq!(receipt.outcome, Outcome::Accepted);
        assert_eq!(receipt.request_id.as_deref(), Some(id));
        assert_eq!(receipt.count, counted);
    }
    for (id, count) in [
        ("\"77\"", "5"),
        ("77", "\"5\""),
        ("77.0", "5"),
        ("77", "5.5"),
        ("7e1", "5"),
        ("77", "5E0"),
        ("-77", "5"),
        ("77", "-5"),
        ("-0", "5"),
        ("null", "5"),
        ("77", "true"),
        ("[77]", "5"),
        ("7 7", "5"),
        ("077", "5"),
    ] {
        let error = send_company(&job(id, count)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{id} {count}: {error}");
        assert_eq!(error.attempts(), 1, "{id} {count}");
    }
}

/// Sends the deletion of a company, which is answered by 202 and this body.
async fn send_company(body: &str) -> Result<Receipt, Error> {
    let server = ScriptedServer::start([Reply::answer(202, &[], body)]).await;
    let sample = woodpecker();
    let clients = clients(server.base_url(), &config(PATIENT));
    clients.execute(&*sample.request).await
}

fn woodpecker() -> Sample {
    samples()
        .into_iter()
        .find(|sample| sample.target.starts_with("woodpecker."))
        .expect("a sample")
}

#[tokio::test]
async fn a_refusal_that_counts_deletions_is_unknown_but_of_one_id() {
    for (status, kind) in [
        (400, ErrorKind::InvalidRequest),
        (401, ErrorKind::Authentication),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (422, ErrorKind::InvalidRequest),
    ] {
        for counted in [
            r#"{"message":"some 4711","deleted":1}"#,
            r#"{"message":"some 4711","deletedCount":"2"}"#,
            r#"{"message":"some 4711","data":{"result":{"num_deleted":1}}}"#,
            r#"{"message":"some 4711","RemovedCount":1}"#,
            r#"{"message":"some 4711","removed":["a"]}"#,
            r#"{"message":"some 4711","affectedRows":1}"#,
            r#"{"message":"some 4711","results":[{"id":"a","deleted":true},{"id":"b","deleted":false}]}"#,
        ] {
            let script = |_: &Sample| vec![Reply::answer(status, &[], counted)];
            let expected = |sample: &Sample| {
                let end = match (names_one(sample), sample.idempotent) {
                    (true, _) => end(REJECTED, kind, 1, status),
                    (false, true) => end(Outcome::Unknown, UNEXPECTED, ATTEMPTS, status),
                    (false, false) => end(Outcome::Unknown, UNEXPECTED, 1, status),
                };
                End {
                    message: Some("some 4711"),
                    ..end
                }
            };
            play_each(counted, PATIENT, script, expected).await;
        }
    }
    let script = |_: &Sample| vec![cut(422, r#"{"message":"x","deleted":1,"detail":"cut he"#)];
    let expected = |sample: &Sample| match (names_one(sample), sample.idempotent) {
        (true, _) => end(REJECTED, ErrorKind::InvalidRequest, 1, 422),
        (false, true) => end(Outcome::Unknown, UNEXPECTED, ATTEMPTS, 422),
        (false, false) => end(Outcome::Unknown, UNEXPECTED, 1, 422),
    };
    play_each("a count, then cut", PATIENT, script, expected).await;
    for none in [
        r#"{"message":"none 4711","deleted":0}"#,
        r#"{"message":"none 4711","deleted":"0","removed":[]}"#,
        r#"{"message":"none 4711","deleted":null,"notDeleted":3}"#,
        r#"{"message":"none 4711","count":3,"deletedAt":1784111777}"#,
        "none 4711, deleted: 3",
    ] {
        let script = |_: &Sample| vec![Reply::answer(404, &[], none)];
        let expected = both(REJECTED, ErrorKind::NotFound, 1, 404, "none 4711");
        play(none, PATIENT, script, &expected).await;
    }
    let script = |_: &Sample| vec![Reply::answer(429, &[], r#"{"deleted":1}"#)];
    let expected = || end(REJECTED, ErrorKind::Throttled, ATTEMPTS, 429);
    let expected = Expected {
        ids: expected(),
        scope: expected(),
    };
    play("429 counts", PATIENT, script, &expected).await;
}

#[tokio::test]
async fn a_4xx_that_http_does_not_have_is_unknown() {
    let registered = |status| matches!(status, 400..=417 | 421..=426 | 428 | 429 | 431 | 451);
    for status in (400..500).filter(|status| !registered(*status)) {
        let script = |_: &Sample| vec![Reply::answer(status, &[], "gone 4711")];
        let expected = unknown_saying(UNEXPECTED, status, "gone 4711");
        play(&format!("{status}"), PATIENT, script, &expected).await;
    }
}

#[tokio::test]
async fn a_code_for_too_many_requests_counts_where_its_provider_has_it() {
    let code = r#"{"status":{"status":"ERROR","code":"E_TOO_MANY_REQUESTS","msg":"slow 4711"}}"#;
    for (status, kind) in [(400, ErrorKind::InvalidRequest), (409, ErrorKind::Conflict)] {
        for (name, replies) in [
            ("whole", Reply::answer(status, &[], code)),
            ("cut", cut(status, &code[..code.len() - 9])),
        ] {
            let script = |_: &Sample| vec![replies.clone()];
            let expected = |sample: &Sample| {
                if sample.target == woodpecker().target {
                    end(REJECTED, ErrorKind::Throttled, ATTEMPTS, status)
                } else {
                    end(REJECTED, kind, 1, status)
                }
            };
            play_each(name, PATIENT, script, expected).await;
        }
    }
    // Then it succeeds, although it is a scope; and what was asked for is heard.
    let server = ScriptedServer::start([
        Reply::answer(409, &[("retry-after", "0.001")], code),
        Reply::json(202, &json!({"deletion_request_id": 7, "count": 1})),
    ])
    .await;
    let patient = Config::new().with_timeout(PATIENT);
    let receipt = clients(server.base_url(), &patient)
        .execute(&*woodpecker().request)
        .await
        .unwrap();
    assert_eq!((receipt.outcome, receipt.attempts), (Outcome::Accepted, 2));
    for (status, body) in [
        (400, r#"{"status":{"status":"ERROR","code":"E_SESSION"}}"#),
        (403, code),
        (400, r#"{"detail":"not E_TOO_MANY_REQUESTS"}"#),
    ] {
        let server = ScriptedServer::start([Reply::answer(status, &[], body)]).await;
        let error = clients(server.base_url(), &config(PATIENT))
            .execute(&*woodpecker().request)
            .await
            .unwrap_err();
        assert!(!error.is_throttled(), "{error}");
        assert_eq!(error.outcome(), REJECTED, "{error}");
    }
    let server = ScriptedServer::start([Reply::answer(200, &[], code)]).await;
    let error = clients(server.base_url(), &config(PATIENT))
        .execute(&*woodpecker().request)
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
}

#[tokio::test]
async fn nothing_is_said_to_be_kept_but_of_one_id_that_was_sent_once() {
    let nothing = "nothing was deleted";
    let some = "some of these ids may be gone";
    for (replies, about_ids) in [
        (vec![Reply::answer(404, &[], "no")], true),
        (vec![Reply::answer(400, &[], "no")], true),
        (vec![Reply::answer(401, &[], "no")], false),
        (vec![Reply::answer(415, &[], "no")], false),
        (vec![Reply::answer(302, &[], "no")], false),
        (vec![Reply::answer(429, &[], "no")], false),
        (
            vec![Reply::answer(429, &[], "no"), Reply::answer(404, &[], "no")],
            true,
        ),
    ] {
        for sample in samples() {
            let server = ScriptedServer::start(replies.clone()).await;
            let error = clients(server.base_url(), &config(PATIENT))
                .execute(&*sample.request)
                .await
                .unwrap_err();
            let case = format!("{}: {error}", sample.target);
            assert_eq!(error.outcome(), REJECTED, "{case}");
            let once = names_one(&sample) && error.attempts() == 1;
            assert_eq!(error.to_string().contains(nothing), once, "{case}");
            let several = sample.idempotent && !names_one(&sample);
            let may_be_gone = several && about_ids;
            assert_eq!(error.to_string().contains(some), may_be_gone, "{case}");
            assert_eq!(error.may_be_gone(), may_be_gone, "{case}");
        }
    }
}

#[tokio::test]
async fn a_2xx_without_the_documented_body_is_unknown() {
    let bodies: [(&str, &[u8]); 18] = [
        ("empty", b""),
        ("HTML", b"<!doctype html><title>Sign in</title>"),
        ("invalid UTF-8", b"\xff\xfe\x00"),
        ("truncated JSON", b"{\"status\":\"succ"),
        ("null", b"null"),
        ("a number", b"1"),
        ("a string", b"\"true\""),
        ("an array", b"[true]"),
        ("an empty object", b"{}"),
        ("another object", b"{\"ok\":true}"),
        (
            "another status",
            b"{\"status\":\"queued\",\"message\":\"queued\"}",
        ),
        (
            "two statuses",
            b"{\"status\":\"error\",\"status\":\"success\"}",
        ),
        ("an array of the fields", b"[\"success\"]"),
        ("an array of numbers", b"[5,77]"),
        (
            "an array of one message",
            b"[\"Audience deleted successfully\"]",
        ),
        (
            "an array of the other message",
            b"[\"All audience deleted successfully\"]",
        ),
        ("something behind", b"true false"),
        ("a job without its number", b"{\"count\":5}"),
    ];
    for (name, body) in bodies {
        let script = |_: &Sample| vec![Reply::answer(200, &[], body)];
        play(name, PATIENT, script, &unknown(UNEXPECTED, 200)).await;
    }
    let script = |_: &Sample| vec![Reply::Bytes(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())];
    play("204", PATIENT, script, &unknown(UNEXPECTED, 204)).await;
    let script = |_: &Sample| vec![Reply::answer(200, &[], "under maintenance, ticket 4711")];
    let expected = unknown_saying(UNEXPECTED, 200, "under maintenance, ticket 4711");
    play("foreign words", PATIENT, script, &expected).await;
}

#[tokio::test]
async fn a_2xx_body_that_does_not_arrive_whole_is_unknown() {
    let script = |sample: &Sample| vec![cut(200, &success(sample))];
    play("content-length", PATIENT, script, &unknown(UNEXPECTED, 200)).await;

    let script = |sample: &Sample| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let body = success(sample);
        vec![Reply::BytesThenClose(
            format!("{head}{:x}\r\n{body}\r\nzz\r\n", body.len()).into_bytes(),
        )]
    };
    play("bad chunk", PATIENT, script, &unknown(UNEXPECTED, 200)).await;

    let script = |sample: &Sample| {
        let mut packed = gzip(success(sample).as_bytes());
        packed.truncate(packed.len() - 4);
        vec![Reply::answer(200, &[("content-encoding", "gzip")], packed)]
    };
    play("damaged gzip", PATIENT, script, &unknown(UNEXPECTED, 200)).await;

    let script = |sample: &Sample| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n".into();
        vec![Reply::Drip(
            head,
            success(sample).into(),
            Duration::from_millis(20),
        )]
    };
    play("drip", IMPATIENT, script, &unknown(UNEXPECTED, 200)).await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_cut_off() {
    let bomb = gzip(&vec![b' '; 32 * 1024 * 1024]);
    let script = |_: &Sample| vec![Reply::answer(200, &[("content-encoding", "gzip")], &bomb)];
    play("bomb", PATIENT, script, &unknown(UNEXPECTED, 200)).await;
    let large = format!("word {}", "x".repeat(3 * 1024 * 1024));
    let script = |_: &Sample| vec![Reply::answer(200, &[], &large)];
    play(
        "large 200",
        PATIENT,
        script,
        &unknown_saying(UNEXPECTED, 200, "word"),
    )
    .await;
    let script = |_: &Sample| vec![Reply::answer(404, &[], &large)];
    play(
        "large 404",
        PATIENT,
        script,
        &both(REJECTED, ErrorKind::NotFound, 1, 404, "word"),
    )
    .await;
    let script = |_: &Sample| vec![Reply::answer(500, &[], &large)];
    play(
        "large 500",
        PATIENT,
        script,
        &unknown_saying(ErrorKind::Server, 500, "word"),
    )
    .await;
}

#[tokio::test]
async fn a_4xx_is_rejected_with_whatever_body() {
    let bodies: [(&str, &str, &str); 5] = [
        ("JSON", r#"{"message":"not today"}"#, "not today"),
        ("HTML", "<html><body>not today</body></html>", "not today"),
        ("text", "not today", "not today"),
        (
            "another shape",
            r#"{"error":{"reason":["not today"]}}"#,
            "not today",
        ),
        (
            "a success",
            r#"{"status":"success","message":"not today"}"#,
            "not today",
        ),
    ];
    for (status, kind) in [
        (400, ErrorKind::InvalidRequest),
        (401, ErrorKind::Authentication),
        (403, ErrorKind::Permission),
        (404, ErrorKind::NotFound),
        (405, ErrorKind::InvalidRequest),
        (409, ErrorKind::Conflict),
        (410, ErrorKind::NotFound),
        (413, ErrorKind::InvalidRequest),
        (415, ErrorKind::InvalidRequest),
        (422, ErrorKind::InvalidRequest),
        (421, ErrorKind::InvalidRequest),
        (424, ErrorKind::InvalidRequest),
        (425, ErrorKind::InvalidRequest),
        (431, ErrorKind::InvalidRequest),
        (451, ErrorKind::InvalidRequest),
    ] {
        for (name, body, message) in bodies {
            let script = |_: &Sample| vec![Reply::answer(status, &[], body)];
            let expected = both(REJECTED, kind, 1, status, message);
            play(&format!("{status} {name}"), PATIENT, script, &expected).await;
        }
        let script = |_: &Sample| vec![cut(status, "not tod")];
        let expected = both(REJECTED, kind, 1, status, "not tod");
        play(&format!("{status} broken off"), PATIENT, script, &expected).await;
    }
}

#[tokio::test]
async fn a_2xx_that_says_no_is_rejected() {
    for (target, body, kind) in [
        (
            "extrovert.",
            json!({"status": "error", "data": null, "message": "no"}),
            ErrorKind::InvalidRequest,
        ),
        (
            "extrovert.",
            json!({"status": "error"}),
            ErrorKind::InvalidRequest,
        ),
        ("nlpearl.", json!(false), ErrorKind::InvalidRequest),
        (
            "unleashx.",
            json!({"message": "Campaign not exist"}),
            ErrorKind::NotFound,
        ),
        (
            "unleashx.",
            json!({"message": "Audience array is required"}),
            ErrorKind::InvalidRequest,
        ),
    ] {
        for sample in samples()
            .into_iter()
            .filter(|sample| sample.target.starts_with(target))
        {
            let server = ScriptedServer::start([Reply::json(200, &body)]).await;
            let error = clients(server.base_url(), &config(PATIENT))
                .execute(&*sample.request)
                .await
                .unwrap_err();
            assert_eq!((error.outcome(), error.kind()), (REJECTED, kind), "{error}");
            assert_eq!(server.recorded().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_redirect_is_rejected_and_nobody_is_visited() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let location = format!("http://{}/elsewhere", elsewhere.local_addr().unwrap());
    for status in [300, 301, 302, 303, 304, 307, 308, 399] {
        // HTTP gives a 304 no body.
        let message = if status == 304 { "" } else { "moved" };
        let script = |_: &Sample| vec![Reply::answer(status, &[("location", &location)], message)];
        let end = || End {
            message: (!message.is_empty()).then_some(message),
            ..end(REJECTED, ErrorKind::Redirect, 1, status)
        };
        play(
            &format!("{status}"),
            PATIENT,
            script,
            &Expected {
                ids: end(),
                scope: end(),
            },
        )
        .await;
    }
    tokio::select! {
        biased;
        _ = elsewhere.accept() => panic!("a redirect was followed"),
        () = tokio::task::yield_now() => {}
    }
}

#[tokio::test]
async fn a_server_that_fails_leaves_it_unknown() {
    for (status, kind) in [
        (408, ErrorKind::Server),
        (500, ErrorKind::Server),
        (501, ErrorKind::Server),
        (502, ErrorKind::Server),
        (503, ErrorKind::Server),
        (504, ErrorKind::Server),
        (599, ErrorKind::Server),
        (600, UNEXPECTED),
        (999, UNEXPECTED),
    ] {
        let script = |_: &Sample| vec![Reply::answer(status, &[], "<h1>Oops 4711</h1>")];
        play(
            &format!("{status}"),
            PATIENT,
            script,
            &unknown_saying(kind, status, "Oops 4711"),
        )
        .await;
    }
}

#[tokio::test]
async fn without_an_answer_it_is_unknown() {
    play(
        "reset",
        PATIENT,
        |_| vec![Reply::Reset],
        &unknown(ErrorKind::Transport, None),
    )
    .await;
    let script = |_: &Sample| vec![Reply::BytesThenClose(Vec::new())];
    play(
        "closed",
        PATIENT,
        script,
        &unknown(ErrorKind::Transport, None),
    )
    .await;
    let script = |_: &Sample| {
        vec![Reply::BytesThenClose(
            b"HTTP/1.1 200 OK\r\ncontent-le".to_vec(),
        )]
    };
    play(
        "half a head",
        PATIENT,
        script,
        &unknown(ErrorKind::Transport, None),
    )
    .await;
    let script = |_: &Sample| vec![Reply::BytesThenClose(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())];
    play(
        "another protocol",
        PATIENT,
        script,
        &unknown(ErrorKind::Transport, None),
    )
    .await;
    play(
        "stall",
        IMPATIENT,
        |_| vec![Reply::Stall],
        &unknown(ErrorKind::Transport, None),
    )
    .await;
}

#[tokio::test]
async fn without_a_connection_it_is_not_sent() {
    // A listener that is dropped leaves a port where nobody listens.
    let refused = format!(
        "http://{}",
        TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap()
    );
    // One that accepts and says nothing never finishes a TLS handshake.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let no_tls = format!("https://{}", silent.local_addr().unwrap());
    // Nor does one that speaks plain HTTP.
    let plain = ScriptedServer::start([Reply::answer(200, &[], "true")]).await;
    let wrong_tls = plain.base_url().replace("http:", "https:");
    for (base_url, timeout) in [
        (&refused, PATIENT),
        (&no_tls, IMPATIENT),
        (&wrong_tls, IMPATIENT),
    ] {
        // One that names ids and one that names a scope, as each waits for its time to run out.
        for sample in samples().into_iter().take(2) {
            let error = clients(base_url, &config(timeout))
                .execute(&*sample.request)
                .await
                .unwrap_err();
            let case = format!("{base_url}: {}: {error}", sample.target);
            assert_eq!(
                (error.outcome(), error.kind()),
                (Outcome::NotSent, ErrorKind::Transport),
                "{case}"
            );
            assert_eq!(error.attempts(), 0, "{case}");
            assert_eq!(error.failures().len(), ATTEMPTS, "{case}");
            assert_eq!(error.http_status(), None, "{case}");
        }
    }
}

#[tokio::test]
async fn sequences_keep_the_worst_that_may_have_happened() {
    let ok = |sample: &Sample| Reply::answer(200, &[], success(sample));
    let not_found = || Reply::answer(404, &[], "no such thing");

    let expected = Expected {
        ids: End {
            message: Some("no such thing"),
            ..end(Outcome::Unknown, ErrorKind::Transport, 2, 404)
        },
        scope: end(Outcome::Unknown, ErrorKind::Transport, 1, None),
    };
    let script = |_: &Sample| vec![Reply::Stall, not_found()];
    play(
        "time-out, then 404",
        Duration::from_secs(4),
        script,
        &expected,
    )
    .await;
    play(
        "reset, then 404",
        PATIENT,
        |_| vec![Reply::Reset, not_found()],
        &expected,
    )
    .await;

    let expected = Expected {
        ids: end(DELETED, None, 2, 200),
        scope: end(Outcome::Unknown, ErrorKind::Transport, 1, None),
    };
    play(
        "reset, then success",
        PATIENT,
        |sample| vec![Reply::Reset, ok(sample)],
        &expected,
    )
    .await;

    let expected = Expected {
        ids: end(DELETED, None, 2, 200),
        scope: end(Outcome::Unknown, ErrorKind::Server, 1, 500),
    };
    let script = |sample: &Sample| vec![Reply::answer(500, &[], ""), ok(sample)];
    play("500, then success", PATIENT, script, &expected).await;

    let deleted = || end(DELETED, None, 2, 200);
    let expected = Expected {
        ids: deleted(),
        scope: deleted(),
    };
    let script = |sample: &Sample| vec![Reply::answer(429, &[], ""), ok(sample)];
    play("429, then success", PATIENT, script, &expected).await;

    let script = |_: &Sample| vec![Reply::answer(429, &[], "slow down")];
    play(
        "429 for ever",
        PATIENT,
        script,
        &both(REJECTED, ErrorKind::Throttled, ATTEMPTS, 429, "slow down"),
    )
    .await;

    let expected = Expected {
        ids: end(Outcome::Unknown, ErrorKind::Transport, ATTEMPTS, 429),
        scope: end(Outcome::Unknown, ErrorKind::Transport, 2, 429),
    };
    let script = |_: &Sample| vec![Reply::answer(429, &[], ""), Reply::Reset];
    play("429, then reset", PATIENT, script, &expected).await;

    let expected = Expected {
        ids: End {
            message: Some("no key"),
            ..end(Outcome::Unknown, ErrorKind::Server, 2, 401)
        },
        scope: end(Outcome::Unknown, ErrorKind::Server, 1, 502),
    };
    let script = |_: &Sample| {
        vec![
            Reply::answer(502, &[], ""),
            Reply::answer(401, &[], "no key"),
        ]
    };
    play("502, then 401", PATIENT, script, &expected).await;
}

#[tokio::test]
async fn a_long_retry_after_is_reported_and_not_slept_through() {
    let date = ("date", "Wed, 15 Jul 2026 10:36:20 GMT");
    for (headers, seconds) in [
        (&[("retry-after", "3600")][..], 3600),
        (&[("retry-after", "99999999999999999999")], i32::MAX as u64),
        (&[("retry-after", "90.2")], 91),
        (
            &[("retry-after", "Wed, 15 Jul 2026 11:36:20 GMT"), date],
            3600,
        ),
        (
            &[("retry-after", "Wednesday, 15-Jul-26 11:36:20 GMT"), date],
            3600,
        ),
        (&[("retry-after", "Wed Jul 15 11:36:20 2026"), date], 3600),
        (
            &[("retry-after", "Wed, 15 Jul 2026 11:36:20 +0000"), date],
            3600,
        ),
        (&[("retry-after", "1784115380"), date], 3600),
        (&[("retry-after", "1784115380000"), date], 3600),
        (&[("ratelimit-reset", "77")], 77),
        (&[("x-ratelimit-reset", "1784115380"), date], 3600),
        (&[("x-ratelimit-reset", "78")], 78),
        (&[("retry-after-ms", "60500")], 61),
        (&[("ratelimit", "\"default\";r=0;t=79")], 79),
        (&[("retry-after", "60"), ("ratelimit-reset", "1")], 60),
    ] {
        for sample in samples() {
            let server = ScriptedServer::start([Reply::answer(429, headers, "")]).await;
            let error = clients(server.base_url(), &config(PATIENT))
                .execute(&*sample.request)
                .await
                .unwrap_err();
            assert!(error.is_throttled(), "{error}");
            assert_eq!(
                error.retry_after(),
                Some(Duration::from_secs(seconds)),
                "{error}"
            );
            assert_eq!(server.recorded().len(), 1, "{error}");
        }
    }
}

#[tokio::test]
async fn a_request_id_and_the_first_bytes_are_kept() {
    let body = "x".repeat(10_000);
    for sample in samples() {
        let server =
            ScriptedServer::start([Reply::answer(403, &[("x-request-id", "req-4711")], &body)])
                .await;
        let error = clients(server.base_url(), &config(PATIENT))
            .execute(&*sample.request)
            .await
            .unwrap_err();
        assert_eq!(error.request_id(), Some("req-4711"));
        assert_eq!(error.response().unwrap().body, body.as_bytes()[..2048]);
        assert!(error.to_string().len() < 4096);
    }
}

#[tokio::test]
async fn what_acts_on_a_terminal_is_made_harmless() {
    let body =
        json!({"message": "\u{1b}[2J\u{7}bell \u{202e}txet\r\nnext", "x": Value::Null}).to_string();
    for sample in samples() {
        let server =
            ScriptedServer::start([Reply::answer(400, &[("x-request-id", "a\tb")], &body)]).await;
        let error = clients(server.base_url(), &config(PATIENT))
            .execute(&*sample.request)
            .await
            .unwrap_err();
        let said = format!(
            "{error} {} {}",
            error.message().unwrap(),
            error.request_id().unwrap()
        );
        assert!(said.contains("bell") && said.contains("next"), "{said:?}");
        assert!(
            !said.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{said:?}"
        );
    }
}

/// Answers each request truthfully, odd companies with a job and even ones with 404. A moment after, it sends its
/// very first answer once more, on the same connection, if that is open. Says how many connections there were.
async fn answers_twice(listener: TcpListener, connections: Arc<AtomicUsize>) {
    let first = Arc::<OnceLock<String>>::default();
    while let Ok((mut stream, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::Relaxed);
        let first = Arc::clone(&first);
        tokio::spawn(async move {
            let mut read = Vec::new();
            while stream
                .read_buf(&mut read)
                .await
                .is_ok_and(|count| count > 0)
            {
                let text = String::from_utf8_lossy(&read).into_owned();
                if !text.ends_with(r#"{"type":"ALL"}"#) {
                    continue;
                }
                read.clear();
                let (_, rest) = text.split_once("/companies/").unwrap();
                let company: u64 = rest.split_once('/').unwrap().0.parse().unwrap();
                let (status, body) = if company % 2 == 1 {
                    let job = json!({"deletion_request_id": 1000 + company, "count": 1});
                    ("202 Accepted", job)
                } else {
                    (
                        "404 Not Found",
                        json!({"title": "Not Found", "status": 404}),
                    )
                };
                let body = body.to_string();
                let length = body.len();
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await.unwrap();
                let first = first.get_or_init(|| answer);
                // That is what the server does; nothing waits for it.
                tokio::time::sleep(Duration::from_millis(2)).await;
                let _ = stream.write_all(first.as_bytes()).await;
            }
        });
    }
}

#[tokio::test]
async fn an_answer_that_is_sent_twice_is_credited_to_nobody_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::<AtomicUsize>::default();
    tokio::spawn(answers_twice(listener, Arc::clone(&connections)));
    // A scope has a connection of its own, whatever was asked for.
    for (round, reuse) in [false, true].into_iter().enumerate() {
        let clients = clients(&base_url, &config(PATIENT).with_reuse_connections(reuse));
        for company in 1..=8 {
            let deletion = woodpecker::DeleteCompanyProspects::all(company).unwrap();
            let result = clients.execute(&deletion).await;
            if company % 2 == 1 {
                let receipt = result.unwrap();
                assert_eq!(receipt.outcome, Outcome::Accepted, "{company}");
                let job = (1000 + company).to_string();
                assert_eq!(receipt.request_id, Some(job), "{company}");
            } else {
                let error = result.unwrap_err();
                assert_eq!(error.outcome(), Outcome::Rejected, "{company}: {error}");
                assert_eq!(error.kind(), ErrorKind::NotFound, "{company}: {error}");
            }
        }
        assert_eq!(connections.load(Ordering::Relaxed), 8 * (round + 1));
    }
}

#[tokio::test]
async fn a_dropped_request_leaves_no_connection_behind() {
    for sample in samples() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let clients = clients(&base_url, &config(PATIENT));
        let mut connection = tokio::select! {
            result = clients.execute(&*sample.request) => panic!("answered by nobody: {result:?}"),
            accepted = listener.accept() => accepted.unwrap().0,
        };
        // The future is dropped here. All that the client may still do is close.
        let mut rest = Vec::new();
        tokio::time::timeout(
            NO_HANG,
            tokio::io::AsyncReadExt::read_to_end(&mut connection, &mut rest),
        )
        .await
        .expect("the connection is closed")
        .ok();
    }
}
