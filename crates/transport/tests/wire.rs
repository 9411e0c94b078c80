//! What goes over a connection, and what may come back on it, against servers on raw sockets.

mod common;

use std::{
    io::{self, Read, Write},
    net::TcpListener,
    sync::mpsc::channel,
    thread,
};

use common::{
    DONE, IDS, LOOK_UP, OTHER_IDS, SCOPE, call, call_by, config, listen, read, request, send,
    serve, transport,
};
use http::Method;
use prospect_delete_transport::{Error, ErrorKind, Finding, InvalidInput, Outcome, Receipt, Reply};

#[tokio::test]
async fn a_request_without_a_body_that_was_read_is_not_called_unsent() {
    for (operation, attempts) in [(&IDS, 3), (&SCOPE, 1)] {
        let listener = listen();
        let config = config(&listener);
        let requests = serve(listener, |stream, _| {
            stream.shutdown(std::net::Shutdown::Both).unwrap();
        });
        let error = send(config, operation, b"").await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(error.attempts(), attempts, "{error}");
        let requests: Vec<_> = requests.try_iter().collect();
        assert_eq!(requests.len(), attempts as usize);
        assert!(requests[0].1.starts_with("delete /ids?id=7 http/1.1\r\n"));
    }
}

#[tokio::test]
async fn a_request_without_a_body_that_finds_no_connection_is_not_sent() {
    let listener = listen();
    let config = config(&listener);
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = send(config, &SCOPE, b"").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    assert_eq!(error.attempts(), 0, "{error}");
    assert_eq!(error.failures().len(), 3, "{error}");
    let words = format!("connection to {address} refused");
    assert!(error.to_string().contains(&words), "{error}");
}

#[tokio::test]
async fn a_request_without_a_body_is_done_when_the_provider_says_so() {
    let listener = listen();
    let config = config(&listener);
    let requests = serve(listener, |stream, _| stream.write_all(DONE).unwrap());
    let receipt = send(config, &SCOPE, b"").await.unwrap();
    assert_eq!((receipt.outcome, receipt.attempts), (Outcome::Deleted, 1));
    let (_, head, body) = requests.recv().unwrap();
    assert!(body.is_empty());
    let mut lines: Vec<_> = head.split("\r\n").collect();
    lines.sort_unstable();
    let host = lines
        .iter()
        .find(|line| line.starts_with("host: "))
        .unwrap();
    let agent = concat!("user-agent: prospect-delete/", env!("CARGO_PKG_VERSION"));
    let expected = [
        "accept-encoding: identity",
        "accept: */*",
        "connection: close",
        "delete /ids?id=7 http/1.1",
        host,
        agent,
        "x-api-key: a-key",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_request_whose_method_expects_a_body_says_that_it_has_none() {
    let listener = listen();
    let transport = transport(config(&listener));
    let requests = serve(listener, |stream, _| stream.write_all(DONE).unwrap());
    for method in [Method::POST, Method::PUT, Method::PATCH] {
        let call = call_by(method, &transport, &SCOPE, b"").await;
        let receipt = transport.send(&call).await.unwrap();
        assert_eq!((receipt.outcome, receipt.attempts), (Outcome::Deleted, 1));
        let (_, head, _) = requests.recv().unwrap();
        assert!(head.contains("\r\ncontent-length: 0"), "{head}");
    }
}

/// Plays a server on the same thread as the client, so that it says its words once a connection stands and
/// before the client goes on. Says how many connections there were, and what was read on them.
async fn speaks_first(listener: TcpListener, words: &'static [u8]) -> (usize, Vec<u8>) {
    listener.set_nonblocking(true).unwrap();
    let mut streams = Vec::new();
    let mut read = Vec::new();
    loop {
        match listener.accept() {
            Ok((mut stream, _)) => {
                stream.write_all(words).unwrap();
                stream.set_nonblocking(true).unwrap();
                if words.is_empty() {
                    stream.shutdown(std::net::Shutdown::Write).unwrap();
                }
                streams.push(stream);
            }
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        let mut ends = 0;
        for stream in &mut streams {
            match stream.read_to_end(&mut read) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Closed, by a reset where our words were not read.
                _ => ends += 1,
            }
        }
        if ends == 3 {
            return (streams.len(), read);
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_a_server_says_before_it_is_asked_answers_nothing() {
    let flood = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100).leak();
    for words in [DONE, b"\0", b"SSH-2.0-OpenSSH_9.6\r\n", flood, b""] {
        for operation in [&IDS, &SCOPE] {
            for body in [&b"{\"all\":true}"[..], b""] {
                for reuse in [false, true] {
                    let listener = listen();
                    let config = config(&listener).with_reuse_connections(reuse);
                    let (result, (connections, read)) =
                        tokio::join!(send(config, operation, body), speaks_first(listener, words));
                    let error = result.unwrap_err();
                    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
                    assert_eq!((error.attempts(), connections), (0, 3), "{error}");
                    assert!(error.to_string().contains("before it was asked"), "{error}");
                    assert_eq!(read, b"", "neither request nor key left");
                }
            }
        }
    }
}

#[tokio::test]
async fn each_request_has_a_connection_of_its_own() {
    let listener = listen();
    let config = config(&listener);
    // Keeps its connections open, whatever the request asks for.
    let requests = serve(listener, |stream, _| {
        let mut twice = DONE.to_vec();
        twice.extend_from_slice(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(&twice).unwrap();
    });
    let transport = transport(config);
    for operation in [&IDS, &IDS, &SCOPE, &IDS] {
        let call = call(&transport, operation, b"{}").await;
        assert_eq!(call.headers()["connection"], "close");
        let receipt = transport.send(&call).await.unwrap();
        assert_eq!(receipt.outcome, Outcome::Deleted);
    }
    let connections = requests.iter().take(4).map(|(number, head, _)| {
        assert!(head.contains("\r\nconnection: close"), "{head}");
        number
    });
    assert_eq!(connections.collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[tokio::test]
async fn the_raw_client_has_a_connection_for_each_request_too() {
    let listener = listen();
    let config = config(&listener).with_reuse_connections(true);
    let requests = serve(listener, |stream, _| stream.write_all(DONE).unwrap());
    let transport = transport(config);
    for number in 0..3 {
        let parts = transport.parts();
        let url = parts.base_url.parse().unwrap();
        let mut request = reqwest::Request::new(Method::DELETE, url);
        assert!(parts.session.dress(&mut request), "it is sent at once");
        let response = parts.http.execute(request).await.unwrap();
        assert_eq!(response.text().await.unwrap(), "true");
        let (connection, head, _) = requests.recv().unwrap();
        assert_eq!(connection, number);
        assert!(head.contains("\r\nconnection: close"), "{head}");
        assert!(head.contains("\r\naccept-encoding: identity"), "{head}");
    }
}

#[tokio::test]
async fn connections_are_shared_only_where_that_was_asked_for_and_never_with_a_scope() {
    let listener = listen();
    let config = config(&listener).with_reuse_connections(true);
    let (sender, requests) = channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let (mut stream, sender) = (stream.unwrap(), sender.clone());
            thread::spawn(move || {
                while let Some((head, _)) = request(&mut stream) {
                    sender.send((number, head)).unwrap();
                    stream.write_all(DONE).unwrap();
                }
            });
        }
    });
    let transport = transport(config);
    for (operation, connection) in [
        (&SCOPE, 0),
        (&IDS, 1),
        (&IDS, 1),
        (&SCOPE, 2),
        (&SCOPE, 3),
        (&IDS, 1),
    ] {
        let call = call(&transport, operation, b"{}").await;
        transport.send(&call).await.unwrap();
        let (number, head) = requests.recv().unwrap();
        assert_eq!(number, connection, "{}", operation.name);
        assert_eq!(
            head.contains("connection: close"),
            operation.is_scope(),
            "{head}"
        );
    }
}

/// More than the system keeps for a connection that nobody reads.
static LARGE: [u8; 16 * 1024 * 1024] = [b' '; 16 * 1024 * 1024];

#[tokio::test]
async fn an_answer_before_the_request_is_out_says_nothing() {
    for (answer, status) in [
        (DONE, 200),
        (
            &b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"[..],
            413,
        ),
        (
            b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
            401,
        ),
        (
            b"HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n",
            302,
        ),
    ] {
        let listener = listen();
        let config = config(&listener);
        let (done, is_done) = channel::<()>();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; 4096]).unwrap();
            stream.write_all(answer).unwrap();
            is_done.recv().unwrap();
        });
        let error = send(config, &SCOPE, &LARGE).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        assert_eq!(error.attempts(), 1, "{error}");
        assert_eq!(
            error.http_status().map(|status| status.as_u16()),
            Some(status)
        );
        assert!(
            error.to_string().contains("before the whole request"),
            "{error}"
        );
        done.send(()).unwrap();
        server.join().unwrap();
    }
}

#[tokio::test]
async fn a_request_in_many_pieces_arrives_whole() {
    let listener = listen();
    let config = config(&listener);
    let requests = serve(listener, |stream, _| stream.write_all(DONE).unwrap());
    for length in [16 * 1024, 16 * 1024 + 1, 3 * 16 * 1024, LARGE.len()] {
        let receipt = send(config.clone(), &SCOPE, &LARGE[..length])
            .await
            .unwrap();
        assert_eq!(receipt.outcome, Outcome::Deleted);
        let (_, head, body) = requests.recv().unwrap();
        assert_eq!(body.len(), length);
        assert!(
            head.contains(&format!("content-length: {length}")),
            "{head}"
        );
    }
}

/// The result of a request that a server answers so.
async fn answered(answer: impl AsRef<[u8]>) -> Result<Receipt, Error> {
    let answer = answer.as_ref().to_vec();
    let listener = listen();
    let config = config(&listener);
    let _requests = serve(listener, move |stream, _| {
        stream.write_all(&answer).unwrap();
    });
    send(config, &SCOPE, b"{}").await
}

#[tokio::test]
async fn an_answer_that_is_older_than_its_request_is_not_its_answer() {
    let with = |status: &str, headers: &str| {
        format!("HTTP/1.1 {status}\r\n{headers}\r\ncontent-length: 4\r\n\r\ntrue")
    };
    for headers in [
        "Age: 3600",
        "age: 0, 60",
        "Age: 0\r\nAge: 86400",
        "Age: 99999999999999999999",
    ] {
        let error = answered(with("200 OK", headers)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{headers}: {error}");
        assert_eq!(
            error.kind(),
            ErrorKind::UnexpectedResponse,
            "{headers}: {error}"
        );
        assert_eq!(error.response().unwrap().body, b"true", "{headers}");
        assert!(error.to_string().contains("Age"), "{headers}: {error}");
        let error = answered(with("404 Not Found", headers)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected, "{headers}: {error}");
    }
    for headers in ["Age: 0", "Age: soon", "Age: -60", "Age:"] {
        let receipt = answered(with("200 OK", headers)).await.unwrap();
        assert_eq!(receipt.outcome, Outcome::Deleted, "{headers}");
    }
}

#[tokio::test]
async fn a_body_in_a_coding_that_cannot_be_undone_is_said_to_be_so() {
    for (headers, coding) in [
        ("content-encoding: br", "br"),
        ("content-encoding: zstd", "zstd"),
        ("Content-Encoding: deflate", "deflate"),
        ("content-encoding: gzip, br", "gzip, br"),
        (
            "content-encoding: gzip\r\ncontent-encoding: gzip",
            "gzip, gzip",
        ),
        ("content-encoding: a-key", "[redacted]"),
    ] {
        for (status, outcome) in [
            ("200 OK", Outcome::Unknown),
            ("404 Gone", Outcome::Rejected),
        ] {
            let answer = format!("HTTP/1.1 {status}\r\n{headers}\r\ncontent-length: 4\r\n\r\ntrue");
            let error = answered(answer).await.unwrap_err();
            assert_eq!(error.outcome(), outcome, "{headers}: {error}");
            let said = format!("compressed with {coding}");
            assert_eq!(error.message(), Some(&*said), "{error}");
            assert_eq!(error.response().unwrap().body, b"", "{error}");
            assert!(!error.to_string().contains("true"), "{error}");
        }
    }
    for headers in [
        "content-encoding: identity",
        "content-encoding:",
        "content-encoding: Identity,",
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{headers}\r\ncontent-length: 4\r\n\r\ntrue");
        assert_eq!(
            answered(answer).await.unwrap().outcome,
            Outcome::Deleted,
            "{headers}"
        );
    }
}

/// Somebody, by a number; nobody, by 204 or an empty list.
fn number(reply: &Reply<'_>) -> Finding<u64> {
    match (reply.status.as_u16(), reply.body) {
        (204, b"") | (200, b"[]") => Finding::Nobody,
        (200, body) => match std::str::from_utf8(body).map(str::parse) {
            Ok(Ok(number)) => Finding::Found(number),
            _ => Finding::foreign(),
        },
        _ => Finding::foreign(),
    }
}

/// What a question shows whose answer is these bytes; nothing where the server closes the connection.
async fn ask(answer: &'static [u8]) -> (Finding<u64>, String) {
    let listener = listen();
    let transport = transport(config(&listener));
    let requests = serve(listener, move |stream, _| {
        if answer.is_empty() {
            stream.shutdown(std::net::Shutdown::Both).unwrap();
        } else {
            stream.write_all(answer).unwrap();
        }
    });
    let url = format!("{}/people?email=jo@example.com", transport.base_url());
    let query = transport
        .prepare_query(&LOOK_UP, number, async |parts| {
            let mut request = reqwest::Request::new(Method::GET, url.parse().unwrap());
            assert!(!parts.session.dress(&mut request), "it is captured");
            Ok::<_, InvalidInput>(())
        })
        .await
        .unwrap();
    assert!(!format!("{query:?}").contains("jo@"), "{query:?}");
    let finding = transport.ask(&query).await;
    (finding, requests.recv().unwrap().1)
}

#[tokio::test]
async fn a_question_finds_somebody_or_nobody_only_where_its_reader_says_so() {
    let (found, head) = ask(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7").await;
    assert_eq!(found, Finding::Found(7));
    assert!(
        head.starts_with("get /people?email=jo@example.com http/1.1"),
        "{head}"
    );
    assert!(head.contains("connection: close"), "{head}");
    for nobody in [
        &b"HTTP/1.1 204 No Content\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]",
    ] {
        assert_eq!(ask(nobody).await.0, Finding::Nobody);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_never_nobody_and_names_nobody() {
    let unread: [(&'static [u8], ErrorKind, Option<u16>); 13] = [
        (b"", ErrorKind::Transport, None),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[]",
            ErrorKind::Transport,
            Some(200),
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-encoding: br\r\n\r\n[]",
            ErrorKind::Transport,
            Some(200),
        ),
        (
            b"HTTP/1.1 200 OK\r\nage: 60\r\ncontent-length: 2\r\n\r\n[]",
            ErrorKind::UnexpectedResponse,
            Some(200),
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\njo@example.com",
            ErrorKind::UnexpectedResponse,
            Some(200),
        ),
        (
            b"HTTP/1.1 203 OK\r\ncontent-length: 2\r\n\r\n[]",
            ErrorKind::UnexpectedResponse,
            Some(203),
        ),
        (
            b"HTTP/1.1 206 OK\r\ncontent-length: 2\r\n\r\n[]",
            ErrorKind::UnexpectedResponse,
            Some(206),
        ),
        (b"HTTP/1.1 304 OK\r\n\r\n", ErrorKind::Redirect, Some(304)),
        (
            b"HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\n[]",
            ErrorKind::Authentication,
            Some(401),
        ),
        (
            b"HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\n[]",
            ErrorKind::NotFound,
            Some(404),
        ),
        (
            b"HTTP/1.1 429 No\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\n[]",
            ErrorKind::Throttled,
            Some(429),
        ),
        (
            b"HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\n[]",
            ErrorKind::Server,
            Some(503),
        ),
        (
            b"HTTP/1.1 999 No\r\ncontent-length: 2\r\n\r\n[]",
            ErrorKind::UnexpectedResponse,
            Some(999),
        ),
    ];
    for (answer, kind, status) in unread {
        let (finding, _) = ask(answer).await;
        let Finding::Unclear(unclear) = finding else {
            panic!("{finding:?}");
        };
        let read = unclear.http_status.map(|status| status.as_u16());
        assert_eq!((unclear.kind, read), (kind, status), "{unclear}");
        assert!(
            !format!("{unclear} {unclear:?}").contains("jo@"),
            "{unclear:?}"
        );
        assert_eq!(
            unclear.retry_after.is_some(),
            status == Some(429),
            "{unclear}"
        );
    }
}

#[tokio::test]
async fn a_client_refuses_requests_of_another_provider() {
    let transport = transport(config(&listen()));
    let prepared = transport.prepare(&OTHER_IDS, read, async |_| Ok::<_, InvalidInput>(()));
    let error = prepared.await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(error.to_string().contains("a client of example"), "{error}");
}
