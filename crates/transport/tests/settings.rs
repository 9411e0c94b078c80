//! What each setting of a client does on the wire, and what it cannot change.

mod common;

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use common::{
    DONE, IDS, OTHER, PROVIDER, SCOPE, call, config, listen, request, send, serve, transport,
};
use prospect_delete_transport::{Config, Credential, Outcome, Proxy, RetryPolicy, Transport};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

const SECRET: &str = "s3cret-of-the-proxy";

/// How to speak TLS as the provider's own host, and the certificate in DER and in PEM form.
fn as_provider() -> (Arc<ServerConfig>, Vec<u8>, String) {
    let pair = rcgen::generate_simple_self_signed(["api.example.com".to_owned()]).unwrap();
    let (der, pem) = (pair.cert.der().to_vec(), pair.cert.pem());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.into()], key)
        .unwrap();
    (Arc::new(config), der, pem)
}

/// A proxy that makes a tunnel to the provider, which it plays as well: it answers one request on each. What it reads
/// outside of the tunnel and within it.
fn proxy(config: Arc<ServerConfig>) -> (String, std::sync::mpsc::Receiver<(String, String)>) {
    let listener = listen();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, read) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some((outside, _)) = request(&mut stream) else {
                continue;
            };
            stream
                .write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n")
                .unwrap();
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::StreamOwned::new(session, stream);
            let mut within = Vec::new();
            // A client that does not trust the certificate ends the handshake.
            while !within.ends_with(b"{}") {
                let mut buffer = [0; 4096];
                match tls.read(&mut buffer) {
                    Ok(count) if count > 0 => within.extend_from_slice(&buffer[..count]),
                    _ => break,
                }
            }
            if !within.is_empty() {
                tls.write_all(DONE).unwrap();
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
            let within = String::from_utf8(within).unwrap().to_ascii_lowercase();
            if sender.send((outside, within)).is_err() {
                return;
            }
        }
    });
    (address, read)
}

fn once() -> Config {
    Config::new().with_retry(RetryPolicy::never())
}

#[tokio::test]
async fn a_client_goes_through_its_proxy_to_a_server_that_it_was_told_to_trust() {
    let (server, der, pem) = as_provider();
    let (address, read) = proxy(server);
    let proxy: Proxy = format!("http://user:{SECRET}@{address}").parse().unwrap();
    let config = once().with_proxy(proxy);

    // Without its certificate the server is a stranger.
    let error = send(config.clone(), &IDS, b"{}").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert_eq!(read.recv().unwrap().1, "", "nothing was sent to it");

    let other = rcgen::generate_simple_self_signed(["other.example".to_owned()]).unwrap();
    let bundle = format!("{}{pem}", other.cert.pem());
    for certificate in [&der[..], pem.as_bytes(), bundle.as_bytes()] {
        let config = config.clone().with_root_certificate(certificate).unwrap();
        let receipt = send(config, &IDS, b"{}").await.unwrap();
        assert_eq!(receipt.outcome, Outcome::Deleted);
        let (outside, within) = read.recv().unwrap();
        assert!(
            outside.starts_with("connect api.example.com:443 http/1.1\r\n"),
            "{outside}"
        );
        // `user:s3cret-of-the-proxy` in base64, in lower case.
        let credentials = "proxy-authorization: basic dxnlcjpzm2nyzxqtb2ytdghllxbyb3h5";
        assert!(outside.contains(credentials), "{outside}");
        assert!(!outside.contains("a-key"), "{outside}");
        assert!(within.contains("x-api-key: a-key"), "{within}");
        assert!(!within.contains("proxy-authorization"), "{within}");
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    let damaged = "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n";
    for certificate in ["", "garbage", damaged] {
        let error = once()
            .with_root_certificate(certificate.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("root certificate: "), "{error}");
    }
    // What looks like one is found out by the TLS library.
    let config = once().with_root_certificate(b"\x30\x03abc").unwrap();
    let credential = Credential::new("a-key").unwrap();
    let error = Transport::new(&PROVIDER, &credential, config).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("root certificate"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[tokio::test]
async fn no_proxy_carries_a_key_to_this_machine() {
    let elsewhere = listen();
    let address = elsewhere.local_addr().unwrap();
    for by_hook in [false, true] {
        let listener = listen();
        let config = config(&listener);
        let requests = serve(listener, |stream, _| stream.write_all(DONE).unwrap());
        let config = if by_hook {
            let proxy = format!("http://{address}");
            config
                .with_http_client(move |client| client.proxy(reqwest::Proxy::all(&*proxy).unwrap()))
        } else {
            config.with_proxy(format!("http://{address}").parse().unwrap())
        };
        let receipt = send(config, &IDS, b"{}").await.unwrap();
        assert_eq!(receipt.outcome, Outcome::Deleted);
        assert!(requests.recv().unwrap().1.contains("x-api-key: a-key"));
    }
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "nothing came to the proxy");
}

#[tokio::test]
async fn the_password_of_a_proxy_is_shown_nowhere() {
    let listener = listen();
    let gone = listener.local_addr().unwrap();
    drop(listener);
    let proxy: Proxy = format!("http://user:{SECRET}@{gone}").parse().unwrap();
    let config = once().with_proxy(proxy);
    let transport = transport(config.clone());
    let call = call(&transport, &IDS, b"{}").await;
    let error = transport.send(&call).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    let named = format!("the proxy {gone} cannot be used");
    assert!(error.to_string().contains(&named), "{error}");
    // In base64 as well.
    let encoded = "czNjcmV0LW9mLXRoZS1wcm94e";
    let also_encoded = "dXNlcjpzM2NyZXQtb2YtdGhlLXByb3h5";
    for shown in [
        format!("{error} {error:?}"),
        format!("{config:?} {transport:?} {call:?}"),
        common::chain(&error).join(": "),
    ] {
        for secret in [SECRET, encoded, also_encoded] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn headers_and_a_name_of_the_caller_travel_with_every_request() {
    let listener = listen();
    let config = config(&listener)
        .with_header("X-Gateway-Key", "first")
        .and_then(|config| config.with_header("x-gateway-key", "canary"))
        .and_then(|config| config.with_header("X-Tenant", "eu 1"))
        .and_then(|config| config.with_user_agent("our-crm/2.1 (team)"))
        .unwrap();
    let requests = serve(listener, |stream, _| stream.write_all(DONE).unwrap());
    let transport = transport(config.clone());
    let call = call(&transport, &SCOPE, b"").await;
    assert!(call.headers()["x-gateway-key"].is_sensitive());
    assert!(!format!("{config:?} {transport:?} {call:?}").contains("canary"));
    transport.send(&call).await.unwrap();
    let (_, head, _) = requests.recv().unwrap();
    let mut lines: Vec<_> = head.split("\r\n").collect();
    lines.sort_unstable();
    let agent = concat!(
        "user-agent: our-crm/2.1 (team) prospect-delete/",
        env!("CARGO_PKG_VERSION")
    );
    let host = lines
        .iter()
        .find(|line| line.starts_with("host: "))
        .unwrap();
    let expected = [
        "accept-encoding: identity",
        "accept: */*",
        "connection: close",
        "delete /ids?id=7 http/1.1",
        host,
        agent,
        "x-api-key: a-key",
        "x-gateway-key: canary",
        "x-tenant: eu 1",
    ];
    assert_eq!(lines, expected);
    // The generated client sends them too.
    let parts = transport.parts();
    let url = parts.base_url.parse().unwrap();
    let mut raw = reqwest::Request::new(http::Method::DELETE, url);
    assert!(parts.session.dress(&mut raw), "it is sent at once");
    assert_eq!(raw.headers()["x-gateway-key"], "canary");
    assert_eq!(raw.headers()["user-agent"], agent["user-agent: ".len()..]);
}

#[test]
fn a_header_does_not_take_the_place_of_the_key() {
    for name in ["x-api-key", "TOKEN", "Authorization", "Host", "Cookie"] {
        let error = once().with_header(name, "canary").unwrap_err().to_string();
        assert!(error.contains("set by this library alone"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
    let config = once().with_header("x-other-key", "canary").unwrap();
    let credential = Credential::new("a-key").unwrap();
    assert!(Transport::new(&PROVIDER, &credential, config.clone()).is_ok());
    let error = Transport::new(&OTHER, &credential, config).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("header x-other-key: is set by this"),
        "{error}"
    );
    assert!(!error.contains("canary"), "{error}");
}

/// Changes everything that the rules are about.
fn wild(client: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    client
        .redirect(reqwest::redirect::Policy::limited(5))
        .retry(
            reqwest::retry::for_host("127.0.0.1").classify_fn(|attempt| {
                if attempt.status().is_some() {
                    attempt.retryable()
                } else {
                    attempt.success()
                }
            }),
        )
        .pool_max_idle_per_host(10)
        .https_only(true)
        .referer(true)
        .http1_max_headers(1)
        .connect_timeout(std::time::Duration::ZERO)
}

#[tokio::test]
async fn a_change_of_the_http_client_does_not_change_the_rules() {
    for (reuse, clients) in [(false, 1), (true, 2)] {
        let listener = listen();
        let built = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&built);
        let config = config(&listener)
            .with_reuse_connections(reuse)
            .with_http_client(move |client| {
                counter.fetch_add(1, Ordering::Relaxed);
                wild(client)
            });
        let elsewhere = listen();
        let redirect = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n",
            elsewhere.local_addr().unwrap()
        );
        let requests = serve(listener, move |stream, number| {
            let answer = if number == 0 {
                redirect.as_bytes()
            } else {
                DONE
            };
            stream.write_all(answer).unwrap();
            if number == 0 {
                stream.shutdown(std::net::Shutdown::Both).unwrap();
            }
        });
        let transport = transport(config);
        assert_eq!(built.load(Ordering::Relaxed), clients);
        let error = transport
            .send(&call(&transport, &SCOPE, b"{}").await)
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
        assert_eq!(
            (error.attempts(), error.failures().len()),
            (1, 1),
            "{error}"
        );
        for connection in 1..4 {
            let call = call(&transport, &SCOPE, b"{}").await;
            let receipt = transport.send(&call).await.unwrap();
            assert_eq!((receipt.outcome, receipt.attempts), (Outcome::Deleted, 1));
            let (number, head, _) = requests.iter().nth(usize::from(connection == 1)).unwrap();
            assert_eq!(number, connection, "each has its own");
            assert!(head.starts_with("delete /ids?id=7 http/1.1\r\n"), "{head}");
            assert!(head.contains("\r\nconnection: close"), "{head}");
        }
        elsewhere.set_nonblocking(true).unwrap();
        assert!(elsewhere.accept().is_err(), "no redirect was followed");
    }
}

#[tokio::test]
async fn a_change_of_the_http_client_does_not_send_again() {
    let listener = listen();
    let config = config(&listener)
        .with_retry(RetryPolicy::never())
        .with_http_client(wild);
    let requests = serve(listener, |stream, _| {
        stream
            .write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
    });
    let error = send(config, &IDS, b"{}").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(requests.try_iter().count(), 1);
}

#[tokio::test]
async fn a_change_of_the_http_client_does_what_no_rule_is_about() {
    let listener = listen();
    let config = config(&listener)
        .with_http_client(|client| client.local_address(std::net::IpAddr::from([127, 0, 0, 9])))
        .with_http_client(reqwest::ClientBuilder::http1_title_case_headers);
    let (sender, heads) = std::sync::mpsc::channel();
    thread::spawn(move || answer_raw(&listener, &sender));
    send(config, &IDS, b"{}").await.unwrap();
    let (peer, head) = heads.recv().unwrap();
    assert_eq!(peer, "127.0.0.1", "a second function replaces the first");
    assert!(head.contains("X-Api-Key: a-key"), "{head}");
}

/// Answers one request. Whom it is from, and what it says, as it is spelled.
fn answer_raw(listener: &TcpListener, sender: &std::sync::mpsc::Sender<(String, String)>) {
    let (mut stream, peer) = listener.accept().unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"{}") {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "it ended early");
        read.extend_from_slice(&buffer[..count]);
    }
    stream.write_all(DONE).unwrap();
    let head = String::from_utf8(read).unwrap();
    sender.send((peer.ip().to_string(), head)).unwrap();
}
