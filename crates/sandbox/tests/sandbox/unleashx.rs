use prospect_delete_sandbox::State;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{DELETE_AUDIENCE, example, example_after, send};

async fn leaves(body: Value, message: &str, campaign: i64, audience: &[i64]) {
    let sandbox = example().await;
    let answer = send(&sandbox, Method::POST, DELETE_AUDIENCE, &body).await;
    assert_eq!(answer, (StatusCode::OK, json!({ "message": message })));
    let expected = example_after(|state| {
        let campaign = state.unleashx.campaigns.get_mut(&campaign);
        campaign.expect("the campaign").audience = audience.iter().copied().collect();
    });
    assert_eq!(sandbox.state(), expected);
}

async fn refuses(body: Value, message: &str) {
    let sandbox = example().await;
    let answer = send(&sandbox, Method::POST, DELETE_AUDIENCE, &body).await;
    let expected = json!({ "message": message });
    assert_eq!(answer, (StatusCode::BAD_REQUEST, expected), "{body}");
    assert_eq!(sandbox.state(), State::example());
}

#[tokio::test]
async fn named_records_of_one_campaign_go() {
    // 101 is in campaign 43 as well.
    let body = json!({ "campaign_id": 42, "audience": [101, 102, 103, 103] });
    leaves(body, "Audience deleted successfully", 42, &[104, 105]).await;
}

#[tokio::test]
async fn named_records_go_from_a_running_campaign() {
    let body = json!({ "campaign_id": 43, "audience": [201], "delete_all": false });
    leaves(body, "Audience deleted successfully", 43, &[101, 202]).await;
}

#[tokio::test]
async fn unknown_records_are_ignored() {
    let body = json!({ "campaign_id": 42, "audience": [201, 101, -1] });
    let rest = [102, 103, 104, 105];
    leaves(body, "Audience deleted successfully", 42, &rest).await;
}

#[tokio::test]
async fn a_draft_loses_all() {
    let body = json!({ "campaign_id": 42, "delete_all": true });
    leaves(body, "All audience deleted successfully", 42, &[]).await;
}

#[tokio::test]
async fn all_wins_over_named_records() {
    let body = json!({ "campaign_id": 123, "audience": [123], "delete_all": true });
    leaves(body, "All audience deleted successfully", 123, &[]).await;
}

#[tokio::test]
async fn an_unknown_campaign_is_refused_before_anything_else() {
    for body in [
        json!({ "campaign_id": 44 }),
        json!({ "campaign_id": 44, "audience": [101] }),
        json!({ "campaign_id": 44, "delete_all": true }),
    ] {
        refuses(body, "Campaign not exist").await;
    }
}

#[tokio::test]
async fn only_a_draft_loses_all() {
    refuses(
        json!({ "campaign_id": 43, "delete_all": true }),
        "All audience can only be deleted when the campaign is in draft status",
    )
    .await;
}

#[tokio::test]
async fn nobody_named_is_refused() {
    for body in [
        json!({ "campaign_id": 42 }),
        json!({ "campaign_id": 42, "audience": [] }),
        json!({ "campaign_id": 42, "delete_all": false }),
        json!({ "campaign_id": 42, "audience": [], "delete_all": false }),
    ] {
        refuses(body, "Audience array is required").await;
    }
}

#[tokio::test]
async fn what_the_schema_forbids_is_refused_by_field() {
    for (body, message) in [
        (
            json!({ "audience": [101] }),
            "campaign_id: \"campaign_id\" is a required property",
        ),
        (
            json!({ "campaign_id": "42", "audience": [101] }),
            "campaign_id: value is not of type \"integer\"",
        ),
        (
            json!({ "campaign_id": 42.0, "audience": [101] }),
            "campaign_id: value is not of type \"integer\"",
        ),
        (
            json!({ "campaign_id": 42, "audience": [101, "102"] }),
            "audience.1: value is not of type \"integer\"",
        ),
        (
            json!({ "campaign_id": 42, "audience": [9_223_372_036_854_775_808_u64] }),
            "audience.0: value is greater than the maximum of 9223372036854775807",
        ),
        (
            json!({ "campaign_id": 42, "delete_all": "true" }),
            "delete_all: value is not of type \"boolean\"",
        ),
    ] {
        refuses(body, message).await;
    }
}
