use prospect_delete_sandbox::State;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{
    DELETE_LEADS, PEARL, anonymous, example, example_after, json_answer, request, send,
};

fn lead(number: u8) -> String {
    format!("66b2f1a000000000000000{number:02}")
}

async fn refuses(path: &str, body: Value, errors: Value) {
    let sandbox = example().await;
    let (status, answer) = send(&sandbox, Method::DELETE, path, &body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer,
        json!({
            "title": "One or more validation errors occurred.",
            "status": 400,
            "errors": errors,
        })
    );
    assert_eq!(sandbox.state(), State::example());
}

#[tokio::test]
async fn named_leads_of_one_pearl_go() {
    let sandbox = example().await;
    // The first lead is in both pearls.
    let body = json!({ "leadIds": [lead(1), lead(3), lead(3)] });
    let answer = send(&sandbox, Method::DELETE, DELETE_LEADS, &body).await;
    assert_eq!(answer, (StatusCode::OK, json!(true)));
    let expected = example_after(|state| {
        let pearl = state.nlpearl.pearls.get_mut(PEARL).expect("the pearl");
        pearl.leads = [lead(2), lead(4)].into();
    });
    assert_eq!(sandbox.state(), expected);
}

#[tokio::test]
async fn unknown_leads_are_true_and_change_nothing() {
    let sandbox = example().await;
    // A lead, but of the other pearl.
    let body = json!({ "leadIds": ["nobody", "66b2f1b00000000000000001"] });
    let answer = send(&sandbox, Method::DELETE, DELETE_LEADS, &body).await;
    assert_eq!(answer, (StatusCode::OK, json!(true)));
    assert_eq!(sandbox.state(), State::example());
}

#[tokio::test]
async fn a_pearl_id_is_decoded() {
    let sandbox = example().await;
    let path = DELETE_LEADS.replacen("66b2", "%366b2", 1);
    let body = json!({ "leadIds": [lead(1)] });
    let answer = send(&sandbox, Method::DELETE, &path, &body).await;
    assert_eq!(answer, (StatusCode::OK, json!(true)));
    assert_eq!(sandbox.state().nlpearl.pearls[PEARL].leads.len(), 3);
}

#[tokio::test]
async fn an_unknown_pearl_is_refused() {
    refuses(
        "/v2/Outbound/66b2/Leads",
        json!({ "leadIds": [lead(1)] }),
        json!({ "pearlId": ["There is no such pearl."] }),
    )
    .await;
}

#[tokio::test]
async fn what_the_schema_forbids_is_refused_by_field() {
    let cases = [
        (
            json!({}),
            json!({ "leadIds": ["\"leadIds\" is a required property"] }),
        ),
        (
            json!({ "leadIds": null }),
            json!({ "leadIds": ["value is not of type \"array\""] }),
        ),
        (
            json!({ "leadIds": [] }),
            json!({ "leadIds": ["value has less than 1 item"] }),
        ),
        (
            json!({ "leadIds": ["a", 1, 2] }),
            json!({
                "leadIds.1": ["value is not of type \"string\""],
                "leadIds.2": ["value is not of type \"string\""],
            }),
        ),
        (
            json!({ "leadIds": ["a"], "all": true }),
            json!({
                "all": ["Additional properties are not allowed ('all' was unexpected)"]
            }),
        ),
    ];
    for (body, errors) in cases {
        refuses(DELETE_LEADS, body, errors).await;
    }
}

#[tokio::test]
async fn a_refusal_names_a_bounded_number_of_faults() {
    let sandbox = example().await;
    let body = json!({ "leadIds": vec![1; 1000] });
    let (_, answer) = send(&sandbox, Method::DELETE, DELETE_LEADS, &body).await;
    assert_eq!(
        answer["errors"].as_object().map(serde_json::Map::len),
        Some(10)
    );
}

#[tokio::test]
async fn the_documented_media_types_are_taken() {
    let sandbox = example().await;
    for media_type in [
        "application/json",
        "application/json; charset=utf-8",
        "text/json",
        "application/vnd.any+json",
    ] {
        let request = request(&sandbox, Method::DELETE, DELETE_LEADS)
            .header("Content-Type", media_type)
            .body(r#"{"leadIds":["nobody"]}"#);
        let answer = json_answer(request.send().await.expect("an answer")).await;
        assert_eq!(answer, (StatusCode::OK, json!(true)), "{media_type}");
    }
}

#[tokio::test]
async fn the_bearer_scheme_is_needed_in_any_case() {
    let sandbox = example().await;
    let key = &sandbox.credentials().nlpearl;
    let cases = [
        (format!("bearer {key}"), StatusCode::OK),
        (format!("Basic {key}"), StatusCode::UNAUTHORIZED),
        (key.clone(), StatusCode::UNAUTHORIZED),
        (
            "Bearer sandbox-account".to_owned(),
            StatusCode::UNAUTHORIZED,
        ),
    ];
    for (value, expected) in cases {
        let request = anonymous(&sandbox, Method::DELETE, DELETE_LEADS)
            .header("Authorization", &value)
            .json(&json!({ "leadIds": ["nobody"] }));
        let status = request.send().await.expect("an answer").status();
        assert_eq!(status, expected, "{value}");
    }
}
