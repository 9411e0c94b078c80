//! No key ever shows: not in an error of any kind, not in a log of any level, not in a debug print.

use std::{
    error::Error as _,
    fmt::Debug,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use prospect_delete_core::{Config, Credential, Error, ErrorKind, PROVIDERS, RetryPolicy};
use prospect_delete_tests::{CANARY, Reply, ScriptedServer, clients, samples};
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

/// Collects everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What a person sees of the parts of the key: either one is too much.
fn shows_key(text: &str) -> bool {
    CANARY
        .split(':')
        .chain([CANARY])
        .filter(|part| *part != "canary-account")
        .any(|part| text.contains(part))
}

/// Everything that can be printed of an error.
fn printed(error: &Error) -> String {
    let mut text = format!(
        "{error} {error:?} {error:#?} {:?} {:?}",
        error.response(),
        error.failures()
    );
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text} {error} {error:?}");
        source = error.source();
    }
    if let Some(response) = error.response() {
        text.push_str(&String::from_utf8_lossy(&response.body));
    }
    text
}

/// Answers that echo the key in every place and form, one for each kind of error.
fn echoes() -> Vec<(Reply, ErrorKind)> {
    let secret = CANARY.split_once(':').expect("two parts").1;
    let json = format!(
        r#"{{"title":"{CANARY}","message":"key {CANARY}","errors":{{"key":["{secret}"]}}}}"#
    );
    let html = format!("<html><!-- {secret} -->x-api-key: {CANARY}</html>");
    let location = format!("http://127.0.0.1:9/?key={}", CANARY.replace(':', "%3A"));
    let headers = [
        ("x-request-id", CANARY),
        ("location", &location),
        ("set-cookie", CANARY),
    ];
    let mut echoes = Vec::new();
    for (status, kind) in [
        (200, ErrorKind::UnexpectedResponse),
        (302, ErrorKind::Redirect),
        (400, ErrorKind::InvalidRequest),
        (401, ErrorKind::Authentication),
        (403, ErrorKind::Permission),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (429, ErrorKind::Throttled),
        (500, ErrorKind::Server),
        (999, ErrorKind::UnexpectedResponse),
    ] {
        for body in [&json, &html] {
            echoes.push((Reply::answer(status, &headers, body), kind));
        }
    }
    let cut = format!(
        "HTTP/1.1 401 X\r\ncontent-length: 9999\r\n\r\n{{\"message\":\"no {}",
        &CANARY[..CANARY.len() - 3]
    );
    echoes.push((
        Reply::BytesThenClose(cut.into_bytes()),
        ErrorKind::Authentication,
    ));
    echoes.push((Reply::Reset, ErrorKind::Transport));
    echoes.push((
        Reply::BytesThenClose(format!("{CANARY}\r\n\r\n").into_bytes()),
        ErrorKind::Transport,
    ));
    echoes
}

#[test]
fn no_key_shows_in_any_error_or_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    // The subscriber takes records of the `log` crate too, which parts of the HTTP client write to.
    tracing_subscriber::util::SubscriberInitExt::init(subscriber);

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let config = Config::new()
            .with_timeout(Duration::from_secs(30))
            .with_retry(
                RetryPolicy::new()
                    .with_max_attempts(2)
                    .with_max_wait(Duration::from_millis(1)),
            );
        for (reply, kind) in echoes() {
            let server = ScriptedServer::start([reply.clone()]).await;
            let clients = clients(server.base_url(), &config);
            assert!(!shows_key(&format!("{clients:?} {clients:#?} {config:?}")));
            for sample in samples() {
                let call = clients.prepare(&*sample.request).await.unwrap();
                assert!(!shows_key(&format!("{call:?} {call:#?}")), "{call:?}");
                let error = clients.send(&call).await.unwrap_err();
                assert_eq!(error.kind(), kind, "{reply:?}: {error}");
                assert!(!shows_key(&printed(&error)), "{}", printed(&error));
                // The echo did arrive: the key was there to be taken out.
                let sent = &server.recorded()[0].headers;
                assert!(sent.iter().any(|(_, value)| shows_key(value)), "{sent:?}");
            }
        }
    });
    let text = log.text();
    assert!(
        text.contains("delete_leads"),
        "something was logged: {text}"
    );
    assert!(text.contains("TRACE"), "at the finest level");
    for field in [
        "provider=\"nlpearl\"",
        "attempt=2",
        "status=429",
        "outcome=\"rejected\"",
        "duration_ms=",
    ] {
        assert!(text.contains(field), "{field} in a span");
    }
    assert!(!shows_key(&text), "a key in the log");
    for person in ["ACoAAB1", "john-doe", "\"a\""] {
        assert!(!text.contains(person), "{person} in the log");
    }

    // The search would find a key: here is one.
    tracing::trace!(key = CANARY, "positive control");
    assert!(shows_key(&log.text()));
    assert!(shows_key(&format!("{CANARY:?}")));
}

/// The key as servers and what stands before them may spell it.
fn spellings() -> Vec<(&'static str, Vec<u8>)> {
    let secret = CANARY.split_once(':').expect("two parts").1;
    let each = |spell: fn(u8) -> String| -> Vec<u8> {
        secret
            .bytes()
            .flat_map(|byte| spell(byte).into_bytes())
            .collect()
    };
    let base64 = |before: &str| STANDARD.encode(format!("{before}{CANARY}")).into_bytes();
    let fold = |fold: &str| secret.replace('-', &format!("-{fold}")).into_bytes();
    let utf_16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        secret.bytes().flat_map(|byte| order(byte.into())).collect()
    };
    vec![
        ("JSON escapes", each(|byte| format!("\\u{byte:04x}"))),
        (
            "JSON escapes twice",
            each(|byte| format!("\\\\u{byte:04X}")),
        ),
        ("decimal entities", each(|byte| format!("&#{byte};"))),
        ("hexadecimal entities", each(|byte| format!("&#x{byte:x};"))),
        ("entities twice", each(|byte| format!("&amp;#{byte};"))),
        ("percent-encoding", each(|byte| format!("%{byte:02X}"))),
        (
            "percent-encoding twice",
            each(|byte| format!("%25{byte:02x}")),
        ),
        ("base64", base64("")),
        ("base64 of user and key", base64("user:")),
        ("base64 of the header", base64("Bearer ")),
        (
            "base64 in base64",
            STANDARD.encode(base64("u")).into_bytes(),
        ),
        ("UTF-16, little end first", utf_16(u16::to_le_bytes)),
        ("UTF-16, big end first", utf_16(u16::to_be_bytes)),
        ("folded", fold("\r\n ")),
        ("folded in JSON", fold("\\r\\n")),
        ("folded in quoted-printable", fold("=\r\n")),
        ("upper case", secret.to_ascii_uppercase().into_bytes()),
    ]
}

#[tokio::test]
async fn no_key_shows_however_it_is_spelled() {
    let shows = |text: &[u8], spelled: &[u8]| {
        let half = &spelled[..spelled.len() / 2];
        text.windows(half.len()).any(|window| window == half)
    };
    let config = Config::new()
        .with_timeout(Duration::from_secs(30))
        .with_retry(RetryPolicy::never());
    for (name, spelled) in spellings() {
        let json = [b"{\"message\":\"bad key ", &spelled[..], b" there\"}"].concat();
        let bare = [b"<p>bad key ", &spelled[..], b"</p>"].concat();
        let status = "HTTP/1.1 401 X\r\ncontent-length: 9999\r\n\r\nbad key ";
        let cut = [status.as_bytes(), &spelled[..spelled.len() * 9 / 10]].concat();
        let mut replies = vec![
            Reply::answer(401, &[], &json),
            Reply::answer(200, &[], &bare),
            Reply::BytesThenClose(cut),
        ];
        let header = str::from_utf8(&spelled).unwrap_or_default();
        if !header.is_empty() && !header.contains(char::is_control) {
            replies.push(Reply::answer(500, &[("x-request-id", header)], ""));
        }
        for reply in replies {
            let server = ScriptedServer::start([reply.clone()]).await;
            let clients = clients(server.base_url(), &config);
            let error = clients.execute(&*samples()[0].request).await.unwrap_err();
            let printed = printed(&error);
            assert!(!shows(printed.as_bytes(), &spelled), "{name}: {printed}");
            assert!(!shows_key(&printed), "{name}: {printed}");
            assert!(printed.contains("[redacted]"), "{name}: {printed}");
            // The search finds the key in what was sent.
            let (Reply::Bytes(sent) | Reply::BytesThenClose(sent)) = &reply else {
                unreachable!()
            };
            assert!(shows(sent, &spelled), "{name}");
        }
    }
}

#[test]
fn no_key_shows_in_debug_prints_or_input_errors() {
    fn debug(value: &impl Debug) -> String {
        format!("{value:?} {value:#?}")
    }
    assert!(!shows_key(&debug(&Credential::new(CANARY).unwrap())));
    for malformed in [
        format!("{CANARY}\n"),
        format!(" {CANARY}"),
        format!("{CANARY}\u{0}"),
        format!("{CANARY}ü"),
    ] {
        let error = Credential::new(malformed).unwrap_err();
        assert!(!shows_key(&format!("{error} {}", debug(&error))));
    }
    for provider in PROVIDERS {
        let address = format!("https://user:{CANARY}@host");
        let error = address
            .parse::<prospect_delete_core::BaseUrl>()
            .unwrap_err();
        assert!(
            !shows_key(&format!("{error} {}", debug(&error))),
            "{}",
            provider.name
        );
    }
}
