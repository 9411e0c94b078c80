use std::time::Duration;

use prospect_delete_sandbox::{DeletionRequest, Sandbox, Seed, State};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{DELETE_PROSPECTS, example, example_after, send};

fn all() -> Value {
    json!({ "type": "ALL" })
}

fn job(id: i64, count: u64, completed: bool) -> DeletionRequest {
    DeletionRequest {
        id,
        company_id: 123,
        count,
        completed,
    }
}

async fn accepted(sandbox: &Sandbox, id: i64, count: u64) {
    let answer = send(sandbox, Method::POST, DELETE_PROSPECTS, &all()).await;
    let expected = json!({ "deletion_request_id": id, "count": count });
    assert_eq!(answer, (StatusCode::ACCEPTED, expected));
}

async fn refuses(path: &str, body: &Value, status: StatusCode, title: &str, detail: &str) {
    let sandbox = example().await;
    let (actual, mut answer) = send(&sandbox, Method::POST, path, body).await;
    assert_eq!(actual, status);
    let timestamp = answer["timestamp"].take();
    assert!(
        is_timestamp(timestamp.as_str().expect("text")),
        "{timestamp}"
    );
    assert_eq!(
        answer,
        json!({
            "title": title,
            "status": status.as_u16(),
            "detail": detail,
            "timestamp": null,
        })
    );
    assert_eq!(sandbox.state(), State::example());
}

fn is_timestamp(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .collect();
    shape == "0000-00-00 00:00:00"
}

#[tokio::test]
async fn all_prospects_of_the_company_go() {
    let sandbox = example().await;
    accepted(&sandbox, 1, 4).await;
    let expected = example_after(|state| {
        let company = state.woodpecker.companies.get_mut(&123);
        company.expect("the company").prospects.clear();
        state.woodpecker.deletion_requests = vec![job(1, 4, true)];
    });
    assert_eq!(sandbox.state(), expected);
}

#[tokio::test]
async fn until_the_job_is_due_everybody_is_there() {
    let builder = Sandbox::builder().seed(Seed::example());
    let builder = builder.woodpecker_delay(Duration::MAX);
    let sandbox = builder.start().await.expect("a free port");
    accepted(&sandbox, 1, 4).await;
    accepted(&sandbox, 2, 4).await;
    let expected = example_after(|state| {
        state.woodpecker.deletion_requests = vec![job(1, 4, false), job(2, 4, false)];
    });
    assert_eq!(sandbox.state(), expected);
}

#[tokio::test]
async fn a_repeated_call_is_a_new_job_and_takes_whoever_came_since() {
    let sandbox = example().await;
    accepted(&sandbox, 1, 4).await;
    accepted(&sandbox, 2, 0).await;
    let newcomer = r#"{"woodpecker":{"companies":{"123":{"prospects":[4899]}}}}"#;
    sandbox.seed(&serde_json::from_str(newcomer).expect("a seed"));
    assert_eq!(
        sandbox.state().woodpecker.companies[&123].prospects.len(),
        1,
        "a job that is done takes nobody else"
    );
    accepted(&sandbox, 3, 1).await;
    assert!(
        sandbox.state().woodpecker.companies[&123]
            .prospects
            .is_empty()
    );
}

#[tokio::test]
async fn a_seeded_job_goes_on() {
    let sandbox = Sandbox::start().await.expect("a free port");
    let mut seed = Seed::example();
    seed.woodpecker.deletion_requests = vec![job(7, 4, false)];
    sandbox.seed(&seed);
    let state = sandbox.state();
    assert_eq!(state.woodpecker.deletion_requests, [job(7, 4, true)]);
    assert!(state.woodpecker.companies[&123].prospects.is_empty());
    accepted(&sandbox, 8, 0).await;
}

#[tokio::test]
async fn an_unknown_company_is_not_found() {
    refuses(
        "/rest/v2/agency/companies/124/prospects/delete",
        &all(),
        StatusCode::NOT_FOUND,
        "Not Found",
        "Requested resource does not exist",
    )
    .await;
}

#[tokio::test]
async fn a_company_id_is_a_whole_number_from_one() {
    let no_integer = "company_id: value is not of type \"integer\"";
    for (id, detail) in [
        ("0", "company_id: value is less than the minimum of 1"),
        ("-123", "company_id: value is less than the minimum of 1"),
        ("%7Bcompany_id%7D", no_integer),
        ("123.0", no_integer),
        ("+123", no_integer),
        ("0123", no_integer),
        ("9223372036854775808", no_integer),
    ] {
        let path = format!("/rest/v2/agency/companies/{id}/prospects/delete");
        let status = StatusCode::BAD_REQUEST;
        refuses(&path, &all(), status, "Bad request", detail).await;
    }
}

#[tokio::test]
async fn only_all_can_be_deleted() {
    for (body, detail) in [
        (
            json!({ "type": "BOUNCED" }),
            "type: value is not one of \"ALL\"",
        ),
        (
            json!({ "type": "all" }),
            "type: value is not one of \"ALL\"",
        ),
        (json!({}), "type: \"type\" is a required property"),
    ] {
        let status = StatusCode::BAD_REQUEST;
        refuses(DELETE_PROSPECTS, &body, status, "Bad request", detail).await;
    }
}
