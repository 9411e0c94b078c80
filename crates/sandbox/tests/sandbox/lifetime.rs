use std::net::TcpListener;

use prospect_delete_sandbox::{Sandbox, Seed};
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{DELETE_AUDIENCE, example, http};

fn address(sandbox: &Sandbox) -> &str {
    let address = sandbox.base_url().strip_prefix("http://");
    address.expect("plain HTTP")
}

#[tokio::test]
async fn fifty_sandboxes_do_not_disturb_each_other() {
    let mut sandboxes = JoinSet::new();
    for own in 1..=50_i64 {
        sandboxes.spawn(async move {
            let sandbox = example().await;
            let campaign = json!({ "status": "draft", "audience": [own, 1000] });
            let seed = json!({ "unleashx": { "campaigns": { "7": campaign } } });
            sandbox.seed(&serde_json::from_value(seed).expect("a seed"));
            let response = http()
                .post(format!("{}{DELETE_AUDIENCE}", sandbox.base_url()))
                .header("token", &sandbox.credentials().unleashx)
                .json(&json!({ "campaign_id": 7, "audience": [own] }))
                .send()
                .await
                .expect("an answer");
            assert_eq!(response.status(), StatusCode::OK);
            let campaign = &sandbox.state().unleashx.campaigns[&7];
            assert_eq!(Vec::from_iter(&campaign.audience), [&1000]);
            assert_eq!(sandbox.requests().len(), 1);
        });
    }
    assert_eq!(sandboxes.join_all().await.len(), 50);
}

#[tokio::test]
async fn dropping_frees_the_port_at_once_and_ends_connections() {
    let sandbox = example().await;
    let address = address(&sandbox).to_owned();
    let mut connected = TcpStream::connect(&address).await.expect("a connection");
    drop(sandbox);
    TcpListener::bind(&address).expect("the port is free");
    let rest = connected.read(&mut [0]).await;
    assert!(matches!(rest, Ok(0) | Err(_)), "{rest:?}");
}

#[tokio::test]
async fn a_port_can_be_chosen_once() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("an address").port();
    let taken = Sandbox::builder().port(port).start().await;
    assert!(taken.is_err());
    drop(free);
    let sandbox = Sandbox::builder().port(port).start().await;
    let sandbox = sandbox.expect("the port is free");
    assert_eq!(sandbox.base_url(), format!("http://127.0.0.1:{port}"));
}

#[tokio::test]
async fn a_program_runs_until_it_is_told_to_stop() {
    let builder = Sandbox::builder().seed(Seed::example());
    let sandbox = builder.start().await.expect("a free port");
    let address = address(&sandbox).to_owned();
    let state = format!("{}/__sandbox/state", sandbox.base_url());
    let status = sandbox
        .run_until(async { http().get(state).send().await.map(|answer| answer.status()) })
        .await;
    assert_eq!(status.expect("an answer"), StatusCode::OK);
    TcpListener::bind(&address).expect("the port is free");
}

#[test]
fn dropping_after_the_runtime_is_harmless() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sandbox = runtime.block_on(example());
    drop(runtime);
    drop(sandbox);
}
