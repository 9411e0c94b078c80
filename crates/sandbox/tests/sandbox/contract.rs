//! What holds for all operations alike.

use prospect_delete_sandbox::{Credentials, Sandbox, Seed, State};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{anonymous, example, json_answer, operations, request, send};

/// The body that each provider refuses with, without what changes from call to call.
fn refusal(operation: &str, status: u16, detail: &str) -> Value {
    match operation.split('.').next().expect("a provider") {
        "extrovert" => json!({ "status": "error", "data": null, "message": detail }),
        "nlpearl" => json!({
            "title": match status { 401 => "Unauthorized", _ => "Payload Too Large" },
            "status": status,
            "detail": detail,
        }),
        "woodpecker" => json!({
            "title": match status {
                400 => "Bad request",
                401 => "Unauthorized",
                _ => "Payload Too Large",
            },
            "status": status,
            "detail": detail,
            "timestamp": null,
        }),
        _ => json!({ "message": detail }),
    }
}

fn without_timestamp(mut body: Value) -> Value {
    if let Some(timestamp) = body.get_mut("timestamp") {
        timestamp.take();
    }
    body
}

#[tokio::test]
async fn the_key_comes_first() {
    let sandbox = example().await;
    for (operation, method, path, body) in operations() {
        let detail = match operation {
            "nlpearl.delete_leads" => "Invalid or missing bearer token",
            "woodpecker.delete_company_prospects" => "Invalid api key",
            "unleashx.delete_audience" => "Invalid or missing token",
            _ => "Invalid or missing API key",
        };
        let expected = refusal(operation, 401, detail);
        let wrong = |name: &'static str, value: &'static str| {
            anonymous(&sandbox, method.clone(), path).header(name, value)
        };
        for attempt in [
            anonymous(&sandbox, method.clone(), path).json(&body),
            wrong("X-API-Key", "wrong").json(&body),
            wrong("Authorization", "Bearer wrong").json(&body),
            wrong("token", "").json(&body),
            anonymous(&sandbox, method.clone(), path).body("no JSON"),
        ] {
            let (status, answer) = json_answer(attempt.send().await.expect("an answer")).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{operation}");
            assert_eq!(without_timestamp(answer), expected, "{operation}");
        }
    }
    assert_eq!(sandbox.state(), State::example());
}

#[tokio::test]
async fn a_key_of_another_provider_opens_nothing() {
    let sandbox = example().await;
    let [(_, method, path, body), ..] = operations();
    let key = &sandbox.credentials().woodpecker;
    let request = anonymous(&sandbox, method, path).header("X-API-Key", key);
    let status = request
        .json(&body)
        .send()
        .await
        .expect("an answer")
        .status();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_body_must_be_json_by_name() {
    let sandbox = example().await;
    for (operation, method, path, body) in operations() {
        for media_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
            let request = request(&sandbox, method.clone(), path).body(body.to_string());
            let request = match media_type {
                "" => request,
                media_type => request.header("Content-Type", media_type),
            };
            let answer = json_answer(request.send().await.expect("an answer")).await;
            assert_eq!(answer.0, StatusCode::BAD_REQUEST, "{operation}");
            let detail = format!("the body must be JSON, not \"{media_type}\"");
            assert_refusal(operation, answer.1, &detail);
        }
    }
    assert_eq!(sandbox.state(), State::example());
}

#[tokio::test]
async fn a_body_must_be_json_in_fact() {
    let sandbox = example().await;
    for (operation, method, path, _) in operations() {
        let request = request(&sandbox, method, path)
            .header("Content-Type", "application/json")
            .body("{\"a\":");
        let answer = json_answer(request.send().await.expect("an answer")).await;
        assert_eq!(answer.0, StatusCode::BAD_REQUEST, "{operation}");
        let detail = "the body is not JSON: EOF while parsing a value at line 1 column 5";
        assert_refusal(operation, answer.1, detail);
    }
}

fn assert_refusal(operation: &str, answer: Value, detail: &str) {
    let expected = match operation {
        "nlpearl.delete_leads" => json!({
            "title": "One or more validation errors occurred.",
            "status": 400,
            "errors": { "$": [detail] },
        }),
        _ => refusal(operation, 400, &format!("$: {detail}")),
    };
    assert_eq!(without_timestamp(answer), expected);
}

#[tokio::test]
async fn a_huge_body_is_refused() {
    let sandbox = example().await;
    for (operation, method, path, _) in operations() {
        let request = request(&sandbox, method, path)
            .header("Content-Type", "application/json")
            .body(vec![b' '; 16 * 1024 * 1024 + 1]);
        let (status, answer) = json_answer(request.send().await.expect("an answer")).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            without_timestamp(answer),
            refusal(operation, 413, "The body is longer than the sandbox takes")
        );
    }
}

#[tokio::test]
async fn another_method_is_not_allowed() {
    let sandbox = example().await;
    for (_, method, path, _) in operations() {
        let response = anonymous(&sandbox, Method::PATCH, path).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.headers()["Allow"], method.as_str());
        let (status, answer) = json_answer(response).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        let message = format!("The sandbox takes {method} here: PATCH {path}");
        assert_eq!(answer, json!({ "message": message }));
    }
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let sandbox = example().await;
    for path in [
        "/",
        "/client/v2/prospects",
        "/client/v2/prospects/delete-selected/",
        "/v2/Outbound//Leads",
        "/v2/Outbound/a/b/Leads",
        "/v2/outbound/a/Leads",
        "/delete-audience",
    ] {
        let answer = send(&sandbox, Method::POST, path, &json!({})).await;
        let message = format!("The sandbox has no such route: POST {path}");
        let expected = json!({ "message": message });
        assert_eq!(answer, (StatusCode::NOT_FOUND, expected));
    }
}

#[tokio::test]
async fn keys_can_be_chosen() {
    let credentials = Credentials {
        unleashx: "another".to_owned(),
        ..Credentials::default()
    };
    let builder = Sandbox::builder().seed(Seed::example());
    let sandbox = builder.credentials(credentials).start().await;
    let sandbox = sandbox.expect("a free port");
    let [.., (_, method, path, body)] = operations();
    for (key, expected) in [
        ("another", StatusCode::OK),
        ("sandbox-unleashx-token", StatusCode::UNAUTHORIZED),
    ] {
        let request = anonymous(&sandbox, method.clone(), path).header("token", key);
        let response = request.json(&body).send().await.expect("an answer");
        assert_eq!(response.status(), expected);
    }
}
