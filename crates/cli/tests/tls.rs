//! TLS, as the program does it: a server that the system trusts is sent the deletion, and no other.

use std::{path::Path, process::Stdio, sync::Arc};

use prospect_delete_sandbox::{Sandbox, Seed};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::{Value, json};
use tokio::{io::copy_bidirectional, net::TcpListener, net::TcpStream, process::Command};
use tokio_rustls::TlsAcceptor;

const PEARL: &str = "0123456789abcdef01234567";

fn seed() -> Seed {
    let seed = json!({"nlpearl": {"pearls": {PEARL: {"leads": ["l1", "l2"]}}}});
    serde_json::from_value(seed).unwrap()
}

/// Speaks TLS as `localhost` in front of a sandbox. Its address, and its certificate as PEM.
async fn in_front_of(sandbox: &Sandbox) -> (String, String) {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let pem = pair.cert.pem();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.into()], key)
        .unwrap();
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
    let output = Command::new(env!("CARGO_BIN_EXE_prospect-delete"))
        .args(["nlpearl", "delete-leads", "--pearl-id", PEARL, "l1"])
        .args(["--yes", "--output", "json", "--max-attempts", "1"])
        .args(["--base-url", &format!("nlpearl={address}")])
        .env_clear()
        .env("NLPEARL_API_KEY", &sandbox.credentials().nlpearl)
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
