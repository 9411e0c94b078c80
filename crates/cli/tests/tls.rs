//! TLS, as the program does it: a server that the system trusts is sent the deletion, and no other.

use std::{io::Write, path::Path, process::Stdio, sync::Arc};

use prospect_delete_sandbox::{Sandbox, Seed};
use rustls::{
    HandshakeKind, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    process::Command,
};
use tokio_rustls::TlsAcceptor;

const PEARL: &str = "0123456789abcdef01234567";

fn seed() -> Seed {
    let seed = json!({"nlpearl": {"pearls": {PEARL: {"leads": ["l1", "l2"]}}}});
    serde_json::from_value(seed).unwrap()
}

/// How to speak TLS as `localhost`, and the certificate as PEM.
fn as_localhost() -> (ServerConfig, String) {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let pem = pair.cert.pem();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.into()], key)
        .unwrap();
    (config, pem)
}

/// Speaks TLS in front of a sandbox. Its address, and its certificate as PEM.
async fn in_front_of(sandbox: &Sandbox) -> (String, String) {
    let (config, pem) = as_localhost();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let behind = sandbox.base_url().replace("http://", "");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                // A client that trusts nobody ends the handshake.
                let Ok(mut client) = acceptor.accept(client).await else {
                    return;
                };
                let mut server = TcpStream::connect(behind).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (address, pem)
}

/// Deletes a lead with no other certificates than those of a file.
async fn delete(
    sandbox: &Sandbox,
    address: &str,
    certificates: &Path,
) -> (Option<i32>, Value, String) {
    delete_with(&sandbox.credentials().nlpearl, address, certificates, "1").await
}

/// The same with this key and so many attempts.
async fn delete_with(
    key: &str,
    address: &str,
    certificates: &Path,
    attempts: &str,
) -> (Option<i32>, Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_prospect-delete"))
        .args(["nlpearl", "delete-leads", "--pearl-id", PEARL, "l1"])
        .args(["--yes", "--output", "json", "--max-attempts", attempts])
        .args(["--base-url", &format!("nlpearl={address}")])
        .env_clear()
        .env("NLPEARL_API_KEY", key)
        .env("SSL_CERT_FILE", certificates)
        .env("XDG_CONFIG_HOME", certificates.parent().unwrap())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), json, said)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_server_that_the_system_trusts_is_sent_anything() {
    let sandbox = Sandbox::builder().seed(seed()).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (address, pem) = in_front_of(&sandbox).await;
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, pem).unwrap();
    // Another server's, of the same name.
    let (_, pem) = in_front_of(&sandbox).await;
    let others = folder.path().join("others.pem");
    std::fs::write(&others, pem).unwrap();

    let (status, error, said) = delete(&sandbox, &address, &others).await;
    assert_eq!(status, Some(3), "{error}");
    assert_eq!(error["outcome"], "not_sent", "{error}");
    assert!(said.contains("certificate"), "{said}");
    assert!(sandbox.requests().is_empty());

    let (status, receipt, _) = delete(&sandbox, &address, &trusted).await;
    assert_eq!(status, Some(0), "{receipt}");
    assert_eq!(receipt["outcome"], "deleted", "{receipt}");
    assert!(!sandbox.state().nlpearl.pearls[PEARL].leads.contains("l1"));
    assert_eq!(sandbox.requests().len(), 1);

    // The certificate is of a name, and not of a number.
    let number = address.replace("localhost", "127.0.0.1");
    let (status, error, said) = delete(&sandbox, &number, &trusted).await;
    assert_eq!(
        (status, &error["outcome"]),
        (Some(3), &json!("not_sent")),
        "{error}"
    );
    assert!(said.contains("certificate"), "{said}");
    assert_eq!(sandbox.requests().len(), 1);
}

const DONE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntrue";

#[tokio::test]
async fn what_a_server_says_with_its_handshake_answers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut config, pem) = as_localhost();
    // The answer leaves with the end of the handshake, before the client could ask.
    config.send_half_rtt_data = true;
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, pem).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut read = Vec::new();
        for _ in 0..2 {
            let (client, _) = listener.accept().await.unwrap();
            let speaking = acceptor.accept_with(client, |connection| {
                connection.writer().write_all(DONE).unwrap();
            });
            if let Ok(mut client) = speaking.await {
                let _ = client.read_to_end(&mut read).await;
            }
        }
        read
    });
    let address = format!("https://localhost:{port}");
    let (status, error, said) = delete_with("a-key", &address, &trusted, "2").await;
    assert_eq!(status, Some(3), "{error}");
    assert_eq!(error["outcome"], "not_sent", "{error}");
    assert_eq!(error["attempts"], 0, "{error}");
    assert!(said.contains("before it was asked"), "{said}");
    assert_eq!(server.await.unwrap(), b"", "neither request nor key left");
}

#[tokio::test]
async fn a_session_is_resumed_on_the_next_connection() {
    let folder = tempfile::tempdir().unwrap();
    let (config, pem) = as_localhost();
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, pem).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut handshakes = Vec::new();
        for answer in [
            b"HTTP/1.1 500 Sorry\r\ncontent-length: 0\r\n\r\n".as_slice(),
            DONE,
        ] {
            let (client, _) = listener.accept().await.unwrap();
            let mut client = acceptor.accept(client).await.unwrap();
            let mut read = Vec::new();
            while !read.ends_with(br#"{"leadIds":["l1"]}"#) {
                assert!(client.read_buf(&mut read).await.unwrap() > 0);
            }
            client.write_all(answer).await.unwrap();
            // Each request comes on its own connection, whatever the server would allow.
            let mut rest = Vec::new();
            let _ = client.read_to_end(&mut rest).await;
            assert_eq!(rest, b"");
            handshakes.push(client.get_ref().1.handshake_kind());
        }
        handshakes
    });
    let address = format!("https://localhost:{port}");
    let (status, receipt, _) = delete_with("a-key", &address, &trusted, "2").await;
    assert_eq!(status, Some(0), "{receipt}");
    assert_eq!(receipt["attempts"], 2, "{receipt}");
    let handshakes = server.await.unwrap();
    let expected = [HandshakeKind::Full, HandshakeKind::Resumed].map(Some);
    assert_eq!(handshakes, expected);
}

#[tokio::test]
async fn a_file_of_certificates_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let marked = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, content, words) in [
        ("missing.pem", None, "cannot be read"),
        ("garbage.pem", Some("garbage"), "holds no certificates"),
        ("empty.pem", Some(""), "holds no certificates"),
        ("marked.pem", Some(marked), "holds no certificates"),
    ] {
        let file = folder.path().join(name);
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let (status, error, said) = delete_with("a-key", "https://localhost:1", &file, "1").await;
        assert_eq!(status, Some(2), "{name}: {said}");
        assert_eq!(error["outcome"], "not_sent", "{name}: {error}");
        let named = format!("SSL_CERT_FILE names {}", file.display());
        assert!(said.contains(&named) && said.contains(words), "{said}");
    }
}
