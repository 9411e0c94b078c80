use std::collections::BTreeMap;

use prospect_delete_sandbox::{Effect, Fault, Sandbox, State};
use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{DELETE_AUDIENCE, example, json_answer, operations, request, send};

async fn with_faults(faults: Vec<Fault>) -> Sandbox {
    let sandbox = example().await;
    sandbox.set_faults(faults).expect("possible faults");
    sandbox
}

async fn with(effect: Effect) -> Sandbox {
    with_faults(vec![Fault::new(effect)]).await
}

fn answer(status: u16, takes_effect: bool) -> Effect {
    Effect::Answer {
        status,
        headers: BTreeMap::new(),
        body: String::new(),
        takes_effect,
    }
}

async fn delete_audience(sandbox: &Sandbox) -> reqwest::Result<Response> {
    let request = request(sandbox, Method::POST, DELETE_AUDIENCE);
    let body = json!({ "campaign_id": 42, "audience": [101, 102, 103] });
    request.json(&body).send().await
}

fn is_deleted(sandbox: &Sandbox) -> bool {
    match sandbox.state().unleashx.campaigns[&42].audience.len() {
        2 => true,
        5 => false,
        other => panic!("{other} records"),
    }
}

async fn statuses(sandbox: &Sandbox, requests: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..requests {
        let response = delete_audience(sandbox).await.expect("an answer");
        statuses.push(response.status().as_u16());
    }
    statuses
}

#[tokio::test]
async fn an_answer_is_given_word_by_word() {
    for takes_effect in [false, true] {
        let sandbox = with(Effect::Answer {
            status: 429,
            headers: [("retry-after".to_owned(), "1".to_owned())].into(),
            body: "<p>slow down".to_owned(),
            takes_effect,
        })
        .await;
        let response = delete_audience(&sandbox).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()["retry-after"], "1");
        assert!(!response.headers().contains_key("content-type"));
        assert_eq!(response.text().await.expect("a body"), "<p>slow down");
        assert_eq!(is_deleted(&sandbox), takes_effect);
        assert_eq!(sandbox.requests()[0].status, Some(429));
    }
}

#[tokio::test]
async fn any_status_can_be_answered() {
    for status in [200, 204, 304, 599, 999] {
        let sandbox = with(answer(status, false)).await;
        assert_eq!(statuses(&sandbox, 1).await, [status]);
        assert!(!is_deleted(&sandbox));
    }
}

#[tokio::test]
async fn an_informational_status_is_all_that_is_answered() {
    let sandbox = with(answer(102, true)).await;
    let address = sandbox.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let body = r#"{"campaign_id":42,"audience":[101,102,103]}"#;
    let request = format!(
        "POST {DELETE_AUDIENCE} HTTP/1.1\r\nhost: sandbox\r\ntoken: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        sandbox.credentials().unleashx,
        body.len(),
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answered = String::new();
    stream.read_to_string(&mut answered).await.expect("an end");
    assert!(answered.starts_with("HTTP/1.1 102 "), "{answered}");
    assert!(is_deleted(&sandbox));
}

#[tokio::test]
async fn a_refused_request_takes_no_effect() {
    let sandbox = with(answer(500, true)).await;
    let misspelt = json!({ "campaign_id": "42", "delete_all": true });
    let request = request(&sandbox, Method::POST, DELETE_AUDIENCE).json(&misspelt);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(sandbox.state(), State::example());
}

#[tokio::test]
async fn a_delay_comes_before_the_usual() {
    let sandbox = with(Effect::Delay { milliseconds: 1 }).await;
    let response = delete_audience(&sandbox).await.expect("an answer");
    let expected = json!({ "message": "Audience deleted successfully" });
    assert_eq!(json_answer(response).await, (StatusCode::OK, expected));
    assert!(is_deleted(&sandbox));
    assert_eq!(sandbox.requests()[0].status, Some(200));
}

#[tokio::test]
async fn while_a_delay_lasts_nothing_is_deleted_nor_answered() {
    let sandbox = with(Effect::Delay {
        milliseconds: 3_600_000,
    })
    .await;
    let waiting = tokio::spawn(request(&sandbox, Method::POST, DELETE_AUDIENCE).send());
    while sandbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(sandbox.requests()[0].status, None);
    assert!(!is_deleted(&sandbox));
    drop(sandbox);
    let outcome = waiting.await.expect("no panic");
    assert!(outcome.is_err(), "the connection ends with the sandbox");
}

#[tokio::test]
async fn a_deletion_that_is_delayed_does_not_need_its_client() {
    let sandbox = with(Effect::Delay { milliseconds: 1 }).await;
    let body = json!({ "campaign_id": 42, "audience": [101, 102, 103] });
    let request = request(&sandbox, Method::POST, DELETE_AUDIENCE).json(&body);
    let client = tokio::spawn(request.send());
    while sandbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    client.abort();
    while !is_deleted(&sandbox) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_reset_is_no_answer() {
    for takes_effect in [false, true] {
        let sandbox = with(Effect::Reset { takes_effect }).await;
        let error = delete_audience(&sandbox).await.expect_err("no answer");
        assert!(error.is_request() && !error.is_connect(), "{error:?}");
        assert_eq!(is_deleted(&sandbox), takes_effect);
        assert_eq!(sandbox.requests()[0].status, None);
    }
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_announced() {
    let sandbox = with(Effect::Truncate { bytes: 10 }).await;
    let mut response = delete_audience(&sandbox).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-length"], "43");
    let mut body = Vec::new();
    let broken = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert_eq!(body, br#"{"message""#);
    assert!(broken);
    assert!(is_deleted(&sandbox));
    assert_eq!(sandbox.requests()[0].status, Some(200));
}

#[tokio::test]
async fn a_dripping_body_is_whole_in_the_end() {
    let sandbox = with(Effect::Drip { milliseconds: 1 }).await;
    let mut response = delete_audience(&sandbox).await.expect("an answer");
    assert_eq!(response.headers()["content-length"], "43");
    let first = response.chunk().await.expect("more").expect("a byte");
    assert!(first.len() < 43, "not all at once");
    let rest = response.text().await.expect("a body");
    assert_eq!(
        [String::from_utf8_lossy(&first).as_ref(), &rest].concat(),
        r#"{"message":"Audience deleted successfully"}"#
    );
    assert!(is_deleted(&sandbox));
}

#[tokio::test]
async fn a_redirect_points_elsewhere_and_deletes_nothing() {
    let rules = r#"[{"effect":{"kind":"redirect","location":"https://example.com/a"}}]"#;
    let rules = serde_json::from_str(rules).expect("rules");
    let sandbox = with_faults(rules).await;
    let response = delete_audience(&sandbox).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.headers()["location"], "https://example.com/a");
    assert!(!is_deleted(&sandbox));
}

#[tokio::test]
async fn a_rule_waits_and_is_spent() {
    let sandbox = with_faults(vec![Fault::new(answer(500, false)).after(1).times(2)]).await;
    assert_eq!(statuses(&sandbox, 5).await, [200, 500, 500, 200, 200]);
}

#[tokio::test]
async fn the_first_rule_that_takes_a_request_wins() {
    let sandbox = with_faults(vec![
        Fault::new(answer(429, false)).times(1),
        Fault::new(answer(500, false)).after(1).times(1),
        Fault::new(answer(503, false)).times(1),
    ])
    .await;
    assert_eq!(statuses(&sandbox, 5).await, [429, 503, 500, 200, 200]);
}

#[tokio::test]
async fn setting_rules_again_starts_anew() {
    let rules = vec![Fault::new(answer(500, false)).times(1)];
    let sandbox = with_faults(rules.clone()).await;
    assert_eq!(statuses(&sandbox, 2).await, [500, 200]);
    sandbox.set_faults(rules).expect("possible faults");
    assert_eq!(statuses(&sandbox, 2).await, [500, 200]);
    sandbox.set_faults(Vec::new()).expect("no faults");
    assert_eq!(statuses(&sandbox, 1).await, [200]);
}

#[tokio::test]
async fn a_rule_meets_what_it_names_and_nothing_else() {
    let teapots = |rule: Fault| async {
        let sandbox = with_faults(vec![rule]).await;
        let mut met = Vec::new();
        for (operation, method, path, body) in operations() {
            let request = request(&sandbox, method, path).json(&body);
            if request.send().await.expect("an answer").status() == StatusCode::IM_A_TEAPOT {
                met.push(operation);
            }
        }
        met
    };
    let rule = || Fault::new(answer(418, false));

    let all = operations().map(|(operation, ..)| operation);
    assert_eq!(teapots(rule()).await, all);
    for operation in all {
        assert_eq!(teapots(rule().on(operation)).await, [operation]);
        let (_, bare) = operation.split_once('.').expect("a provider");
        assert_eq!(teapots(rule().on(bare)).await, [operation]);
    }
    let of_provider = Fault {
        provider: Some("extrovert".to_owned()),
        ..rule()
    };
    assert_eq!(teapots(of_provider).await, all[..2]);
}

#[tokio::test]
async fn requests_to_no_operation_meet_no_rule() {
    let sandbox = with_faults(vec![Fault::new(answer(500, false)).times(1)]).await;
    let (status, _) = send(&sandbox, Method::POST, "/nowhere", &json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = send(&sandbox, Method::PUT, DELETE_AUDIENCE, &json!({})).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(statuses(&sandbox, 1).await, [500]);
}
