//! Connections through proxies: what goes there, and what is said where they do not serve.

use std::{
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const SECRET: &str = "s3cret-of-the-proxy";

/// The program with a key, no configuration, and no other environment.
fn program(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prospect-delete"));
    command
        .args(arguments)
        .args(["--output", "json"])
        .env_clear()
        .env("WOODPECKER_API_KEY", "canary-key-of-the-test")
        .env("XDG_CONFIG_HOME", folder.path())
        .current_dir(folder.path())
        .stdin(Stdio::null());
    // The certificates of this machine are needed, wherever it has them.
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

const DELETE: [&str; 7] = [
    "woodpecker",
    "delete-prospects",
    "--company-id",
    "5",
    "--confirm",
    "woodpecker.company:5",
    "--max-attempts=1",
];

async fn run(mut command: Command) -> (Option<i32>, Value, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = String::from_utf8(stderr).unwrap();
    let out = String::from_utf8(stdout).unwrap();
    assert!(
        !out.contains(SECRET) && !said.contains(SECRET),
        "{out}{said}"
    );
    let json = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{said}"));
    (status.code(), json, said)
}

/// Answers each connection so and closes it. Its address, and what it read.
async fn proxy(answer: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let read = Arc::<Mutex<Vec<String>>>::default();
    let seen = Arc::clone(&read);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.unwrap() > 0 {}
            seen.lock().unwrap().push(String::from_utf8(head).unwrap());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address, read)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_refuses_is_named_with_its_status() {
    let folder = tempfile::tempdir().unwrap();
    for (status, variable) in [
        (403, "HTTPS_PROXY"),
        (407, "https_proxy"),
        (502, "ALL_PROXY"),
        (599, "all_proxy"),
    ] {
        let (address, read) =
            proxy(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n")).await;
        let mut command = program(&folder, &DELETE);
        command.env(variable, format!("http://user:{SECRET}@{address}/"));
        let (code, report, said) = run(command).await;
        assert_eq!(code, Some(3), "{said}");
        assert_eq!(report["outcome"], "not_sent", "{report}");
        assert_eq!(report["attempts"], 0, "{report}");
        let named = format!("the proxy {address} ");
        assert!(said.contains(&named), "{said}");
        assert!(said.contains(&format!("status {status}")), "{said}");
        assert!(said.contains("api.woodpecker.co"), "{said}");
        for head in &*read.lock().unwrap() {
            assert!(
                head.starts_with("CONNECT api.woodpecker.co:443 HTTP/1.1\r\n"),
                "{head}"
            );
            assert!(!head.contains("canary"), "the key stays here: {head}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_there_or_not_for_http_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = listener.local_addr().unwrap().to_string();
    drop(listener);
    for (scheme, shown) in [
        ("http://", ""),
        ("", ""),
        ("socks5://", "socks5://"),
        ("socks4a://", "socks4a://"),
    ] {
        let mut command = program(&folder, &DELETE);
        command.env("HTTPS_PROXY", format!("{scheme}user:{SECRET}@{gone}"));
        let (code, report, said) = run(command).await;
        assert_eq!(code, Some(3), "{said}");
        assert_eq!(report["outcome"], "not_sent", "{report}");
        let named = format!("the proxy {shown}{gone} cannot be used");
        assert!(said.contains(&named), "{scheme}: {said}");
    }
}

/// Which proxy `doctor` names for Woodpecker, and where it has it from.
async fn doctor(folder: &TempDir, environment: &[(&str, &str)]) -> (Value, Value, Option<i32>) {
    let mut command = program(folder, &["doctor"]);
    // Nothing is looked up outside of this machine.
    command.env_remove("WOODPECKER_API_KEY");
    command.envs(environment.iter().copied());
    let (code, findings, _) = run(command).await;
    (
        findings["providers"]["woodpecker"]["proxy"].clone(),
        findings["proxy_variables"].clone(),
        code,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_names_no_proxy_that_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let with_secret = format!("http://user:{SECRET}@127.0.0.1:3128");
    for (environment, proxy, variables) in [
        (
            &[("HTTPS_PROXY", &*with_secret)][..],
            Some("127.0.0.1:3128"),
            &["HTTPS_PROXY"][..],
        ),
        (
            &[("all_proxy", "10.0.0.9:8080")],
            Some("10.0.0.9:8080"),
            &["all_proxy"],
        ),
        (
            &[("https_proxy", "https://proxy.example")],
            Some("https://proxy.example"),
            &["https_proxy"],
        ),
        (
            &[
                ("HTTPS_PROXY", "ftp://127.0.0.1:21"),
                ("ALL_PROXY", "http://127.0.0.1:8"),
            ],
            Some("127.0.0.1:8"),
            &["ALL_PROXY"],
        ),
        // Only HTTPS leaves this machine.
        (
            &[
                ("HTTP_PROXY", "http://127.0.0.1:3128"),
                ("http_proxy", "http://127.0.0.1:3128"),
            ],
            None,
            &[],
        ),
        (&[("HTTPS_PROXY", "ftp://127.0.0.1:21")], None, &[]),
        (&[("HTTPS_PROXY", "not a proxy")], None, &[]),
        (&[("HTTPS_PROXY", "")], None, &[]),
        (
            &[("HTTPS_PROXY", "http://127.0.0.1:3128"), ("NO_PROXY", "*")],
            None,
            &[],
        ),
    ] {
        let (named, from, code) = doctor(&folder, environment).await;
        assert_eq!(code, Some(0), "{environment:?}");
        assert_eq!(
            named,
            proxy.map_or(Value::Null, Value::from),
            "{environment:?}"
        );
        assert_eq!(from, Value::from(variables), "{environment:?}");
    }
    // One host is excepted, one is on this machine; the others still have it.
    for exception in [
        ("no_proxy", "woodpecker.co"),
        ("NO_PROXY", "example.com, .woodpecker.co"),
        ("WOODPECKER_BASE_URL", "http://127.0.0.1:9"),
        ("WOODPECKER_BASE_URL", "https://localhost:9"),
    ] {
        let proxied = ("HTTPS_PROXY", "http://127.0.0.1:3128");
        let (named, from, _) = doctor(&folder, &[proxied, exception]).await;
        assert_eq!(named, Value::Null, "{exception:?}");
        assert_eq!(from, Value::from(&["HTTPS_PROXY"][..]), "{exception:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_that_a_proxy_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&folder, &["doctor"]);
    command.env(
        "HTTPS_PROXY",
        format!("socks5h://user:{SECRET}@127.0.0.1:1"),
    );
    let (code, findings, _) = run(command).await;
    assert_eq!(code, Some(2), "{findings}");
    let problem = findings["problems"][0]["problem"].as_str().unwrap();
    assert!(
        problem.contains("socks5h://127.0.0.1:1 (HTTPS_PROXY) cannot be used"),
        "{problem}"
    );
}
