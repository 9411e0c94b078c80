//! What an error says of itself to those who print it, ask for its cause, or decide what to do next.

mod common;

use std::{io, io::Write, time::Duration};

use common::{IDS, SCOPE, call, chain, config, listen, send, serve, transport};
use prospect_delete_transport::{Config, Error, ErrorKind, Operation, Outcome, RetryPolicy};

/// The error of a request that a server answers so.
async fn answered(answer: &'static [u8], operation: &'static Operation) -> Error {
    let listener = listen();
    let config = config(&listener).with_retry(RetryPolicy::never());
    let _requests = serve(listener, move |stream, _| {
        stream.write_all(answer).unwrap();
        stream.shutdown(std::net::Shutdown::Both).unwrap();
    });
    send(config, operation, b"{}").await.unwrap_err()
}

/// The error of a request whose server is not there.
async fn refused(operation: &'static Operation) -> Error {
    let listener = listen();
    let config = config(&listener).with_retry(RetryPolicy::never());
    drop(listener);
    send(config, operation, b"{}").await.unwrap_err()
}

/// The error of a request that nobody answers.
async fn timed_out(operation: &'static Operation) -> Error {
    let listener = listen();
    let config = config(&listener)
        .with_retry(RetryPolicy::never())
        .with_timeout(Duration::from_secs(1));
    let error = send(config, operation, b"{}").await.unwrap_err();
    drop(listener);
    error
}

const BROKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\ntr";
const SORRY: &[u8] = b"HTTP/1.1 500 Sorry\r\ncontent-length: 19\r\n\r\n{\"message\":\"sorry\"}";

#[tokio::test]
async fn a_printed_chain_tells_no_reason_twice() {
    for (error, reason, causes) in [
        (refused(&IDS).await, "refused", 3),
        (timed_out(&IDS).await, "no answer within 1 s", 0),
        (answered(BROKEN, &IDS).await, "broke off", 3),
        (answered(SORRY, &IDS).await, "sorry", 0),
    ] {
        let lines = chain(&error);
        assert_eq!(lines.len(), 1 + causes, "{lines:?}");
        let printed = lines.join(": ");
        assert_eq!(printed.matches(reason).count(), 1, "{printed}");
        for (number, line) in lines.iter().enumerate() {
            assert!(!line.is_empty(), "{lines:?}");
            for later in &lines[number + 1..] {
                assert!(!line.contains(&**later), "{lines:?}");
            }
        }
        // The failure that decides tells the same.
        let failure = error.failures().last().unwrap();
        assert_eq!(chain(failure)[1..], lines[1..]);
    }
}

#[tokio::test]
async fn the_cause_of_a_failure_keeps_its_type() {
    let error = refused(&IDS).await;
    let cause = error.failures()[0].cause().unwrap();
    let first: &(dyn std::error::Error + 'static) = cause;
    let kind = std::iter::successors(Some(first), |error| error.source())
        .find_map(|error| error.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    assert_eq!(kind, Some(io::ErrorKind::ConnectionRefused));
    assert!(answered(SORRY, &IDS).await.failures()[0].cause().is_none());
}

#[tokio::test]
async fn errors_say_whether_to_wait_and_whether_to_send_again() {
    for (error, kind, outcome, is_temporary) in [
        (
            refused(&IDS).await,
            ErrorKind::Transport,
            Outcome::NotSent,
            true,
        ),
        (
            timed_out(&IDS).await,
            ErrorKind::Transport,
            Outcome::Unknown,
            true,
        ),
        (
            answered(SORRY, &IDS).await,
            ErrorKind::Server,
            Outcome::Unknown,
            true,
        ),
        (
            answered(b"HTTP/1.1 429 Slow\r\ncontent-length: 0\r\n\r\n", &IDS).await,
            ErrorKind::Throttled,
            Outcome::Rejected,
            true,
        ),
        (
            answered(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n", &IDS).await,
            ErrorKind::Authentication,
            Outcome::Rejected,
            false,
        ),
        (
            answered(BROKEN, &IDS).await,
            ErrorKind::UnexpectedResponse,
            Outcome::Unknown,
            false,
        ),
    ] {
        assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error}");
        assert_eq!(error.is_temporary(), is_temporary, "{error}");
        assert!(error.may_repeat(), "ids may be named again: {error}");
    }
    // Of a scope only what was not carried out may be sent again.
    for (error, may_repeat) in [
        (refused(&SCOPE).await, true),
        (
            answered(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", &SCOPE).await,
            true,
        ),
        (answered(SORRY, &SCOPE).await, false),
        (timed_out(&SCOPE).await, false),
    ] {
        assert_eq!(error.may_repeat(), may_repeat, "{error}");
    }
}

#[tokio::test]
async fn one_attempt_of_unknown_result_decides_over_later_refusals() {
    let listener = listen();
    let config: Config = config(&listener);
    let _requests = serve(listener, |stream, number| {
        let answer = if number == 0 {
            BROKEN
        } else {
            b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n"
        };
        stream.write_all(answer).unwrap();
        stream.shutdown(std::net::Shutdown::Both).unwrap();
    });
    let transport = transport(config);
    let error = transport
        .send(&call(&transport, &IDS, b"{}").await)
        .await
        .unwrap_err();
    assert_eq!(error.failures().len(), 2, "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    let failure: &dyn std::error::Error = &error.failures()[0];
    assert_eq!(
        chain(&error)[1..],
        chain(failure)[1..],
        "the decisive one's cause"
    );
}
