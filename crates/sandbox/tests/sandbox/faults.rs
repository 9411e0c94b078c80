use std::collections::BTreeMap;
use std::num::NonZeroU32;

use prospect_delete_sandbox::{Effect, Fault, Record, Sandbox, State, Throttle};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::client::{DELETE_AUDIENCE, example, json_answer, operations, request, send};

/// Which of the first ten requests are taken with a probability of 0.3 and a seed of 1.
const FIRST_TEN: [u16; 10] = [200, 500, 200, 500, 500, 200, 200, 500, 200, 200];

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
    assert_eq!(teapots(rule().at("extrovert")).await, all[..2]);
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

fn throttle(throttle: Throttle) -> Fault {
    Fault::new(Effect::Throttle(throttle))
}

/// Tokens that do not come back while anybody waits for a test.
fn tokens(burst: u32) -> Throttle {
    Throttle {
        requests_per_second: Some(0.000_1),
        burst: NonZeroU32::new(burst),
        ..Throttle::default()
    }
}

fn places(concurrency: u32, queue: usize) -> Throttle {
    Throttle {
        concurrency: NonZeroU32::new(concurrency),
        queue,
        ..Throttle::default()
    }
}

#[tokio::test]
async fn a_throttle_takes_a_token_a_request_and_refuses_without_one() {
    let sandbox = with_faults(vec![throttle(tokens(2))]).await;
    assert_eq!(statuses(&sandbox, 4).await, [200, 200, 429, 429]);
    let refused = delete_audience(&sandbox).await.expect("an answer");
    assert!(!refused.headers().contains_key("retry-after"));
    let body = json!({ "message": "Too many requests" });
    assert_eq!(json_answer(refused).await.1, body);
    sandbox.assert_deleted([101, 102, 103].map(|id| Record::audience(42, id)));
}

#[tokio::test]
async fn a_throttle_says_when_to_come_back_if_asked_to() {
    let asked = Throttle {
        retry_after: true,
        ..tokens(1)
    };
    let sandbox = with_faults(vec![throttle(asked)]).await;
    assert_eq!(statuses(&sandbox, 1).await, [200]);
    let refused = delete_audience(&sandbox).await.expect("an answer");
    let seconds = refused.headers()["retry-after"].to_str().expect("text");
    let seconds: u64 = seconds.parse().expect("whole seconds");
    assert!((9_000..=10_000).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_throttle_counts_each_provider_for_itself_and_lets_others_pass_on() {
    let later = Fault::new(answer(418, false)).on("nlpearl.delete_leads");
    let sandbox = with_faults(vec![throttle(tokens(1)), later]).await;
    let mut statuses = Vec::new();
    for (_, method, path, body) in operations() {
        statuses.push(send_any(&sandbox, method, path, &body).await);
    }
    // Extrovert's second operation finds the token of the first gone.
    assert_eq!(statuses, [200, 429, 418, 202, 200]);
}

async fn send_any(sandbox: &Sandbox, method: Method, path: &str, body: &Value) -> u16 {
    let sent = request(sandbox, method, path).json(body).send().await;
    sent.expect("an answer").status().as_u16()
}

/// Sends a request whose answer nobody will see, and returns once it is worked on.
async fn occupy(sandbox: &Sandbox) -> JoinHandle<()> {
    let before = sandbox.requests().len();
    let request = request(sandbox, Method::POST, DELETE_AUDIENCE);
    let body = json!({ "campaign_id": 42, "audience": [101, 102, 103] });
    let sent = request.json(&body).send();
    let waiting = tokio::spawn(async { drop(sent.await) });
    while sandbox.requests().len() == before {
        tokio::task::yield_now().await;
    }
    waiting
}

/// The first request that gets in never gets out.
fn for_ever() -> Fault {
    let milliseconds = 3_600_000;
    Fault::new(Effect::Delay { milliseconds }).times(1)
}

#[tokio::test]
async fn a_throttle_lets_in_so_many_at_once() {
    let sandbox = with_faults(vec![throttle(places(1, 0)), for_ever()]).await;
    let _first = occupy(&sandbox).await;
    assert_eq!(statuses(&sandbox, 2).await, [429, 429]);
    // Another provider has places of its own.
    let [(_, method, path, body), ..] = operations();
    assert_eq!(send_any(&sandbox, method, path, &body).await, 200);
}

#[tokio::test]
async fn who_waits_in_the_queue_goes_on_when_the_first_leaves() {
    let sandbox = with_faults(vec![throttle(places(1, 1)), for_ever()]).await;
    let first = occupy(&sandbox).await;
    let second = tokio::spawn(
        request(&sandbox, Method::POST, DELETE_AUDIENCE)
            .json(&json!({ "campaign_id": 42, "audience": [104] }))
            .send(),
    );
    while sandbox.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    // Places and queue are taken.
    assert_eq!(statuses(&sandbox, 1).await, [429]);
    sandbox.assert_nothing_deleted();

    first.abort();
    let second = second.await.expect("no panic").expect("an answer");
    assert_eq!(second.status(), StatusCode::OK);
    sandbox.assert_deleted([Record::audience(42, 104)]);
    assert_eq!(statuses(&sandbox, 1).await, [200]);
}

#[tokio::test]
async fn nobody_waits_longer_in_the_queue_than_the_throttle_says() {
    let impatient = Throttle {
        queue_milliseconds: Some(1),
        ..places(1, 1)
    };
    let sandbox = with_faults(vec![throttle(impatient), for_ever()]).await;
    let _first = occupy(&sandbox).await;
    assert_eq!(statuses(&sandbox, 1).await, [429]);
}

#[tokio::test]
async fn woodpecker_takes_one_request_and_lets_six_wait() {
    let sandbox = with_faults(vec![throttle(Throttle::woodpecker()), for_ever()]).await;
    let mut under_way = Vec::new();
    for _ in 0..7 {
        under_way.push(occupy(&sandbox).await);
    }
    assert_eq!(statuses(&sandbox, 1).await, [429]);
    sandbox.assert_nothing_deleted();
}

#[tokio::test]
async fn chance_takes_the_same_requests_for_the_same_seed() {
    let rule = |seed| Fault::new(answer(500, false)).with_probability(0.3, seed);
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let sandbox = with_faults(vec![rule(seed)]).await;
        runs.push(statuses(&sandbox, 200).await);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    // Written down, so that no version changes what other people's tests rely on.
    assert_eq!(runs[0][..10], FIRST_TEN);
    for run in &runs {
        let taken = run.iter().filter(|status| **status == 500).count();
        assert!((40..=80).contains(&taken), "{taken} of 200");
    }
}

#[tokio::test]
async fn chance_of_nothing_and_of_everything() {
    for (probability, expected) in [(0.0, [200; 5]), (1.0, [500; 5])] {
        let rule = Fault::new(answer(500, false)).with_probability(probability, 0);
        let sandbox = with_faults(vec![rule]).await;
        assert_eq!(statuses(&sandbox, 5).await, expected);
    }
    // `times` counts what chance took, not what it met.
    let rule = Fault::new(answer(500, false)).with_probability(0.3, 1);
    let sandbox = with_faults(vec![rule.times(2)]).await;
    let statuses = statuses(&sandbox, 50).await;
    assert_eq!(statuses.iter().filter(|status| **status == 500).count(), 2);
}
