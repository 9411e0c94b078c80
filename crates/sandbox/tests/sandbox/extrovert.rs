use prospect_delete_sandbox::{PostStatus, Sandbox, State};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{DELETE_SELECTED, REMOVE_PROSPECT, example, example_after, send};

const ADA: &str = "2f6c1a9e-0d5b-4c7e-8f31-6a9b0c2d4e01";
const NOAH: &str = "b81d4f70-93c2-4a15-9e6d-05f7a1c3b802";
const JOHN: &str = "ACoAAB0JohnDoe";
const JANE: &str = "ACoAAB0JaneRoe";
const JOHN_URL: &str = "https://www.linkedin.com/in/john-doe";
const SALES_LEADERS: &str = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";
const FIRST_WAVE: &str = "5b1e6f92-8d35-4c17-9e20-af1b3c5d7e02";
const UNKNOWN: &str = "00000000-0000-4000-8000-0000000000ff";

fn people(pairs: &[(&str, &str)], reject: bool) -> Value {
    let targets: Vec<_> = pairs
        .iter()
        .map(|(user, profile)| json!({ "userId": user, "targetUserProfileId": profile }))
        .collect();
    json!({
        "targetUsersData": targets,
        "areAllSelected": false,
        "rejectAllPostsActivities": reject,
        "variant": "all",
    })
}

fn scope(variant: &str) -> Value {
    json!({
        "targetUsersData": [],
        "areAllSelected": true,
        "rejectAllPostsActivities": false,
        "variant": variant,
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn from_campaign(url: &str, campaign: &str, reject: bool) -> Value {
    json!({ "prospectProfileUrl": url, "campaignId": campaign, "rejectPosts": reject })
}

/// The example without the prospects whose ids end in `numbers`.
fn without(numbers: &[u128]) -> State {
    example_after(|state| {
        let gone = |id: uuid::Uuid| numbers.contains(&(id.as_u128() & 0xff));
        state
            .extrovert
            .prospects
            .retain(|prospect| !gone(prospect.id));
    })
}

/// Rejects the posts whose ids end in `numbers`.
fn rejected(mut state: State, numbers: &[u128]) -> State {
    for post in &mut state.extrovert.posts {
        if numbers.contains(&(post.id.as_u128() & 0xff)) {
            post.status = PostStatus::Rejected;
        }
    }
    state
}

async fn succeeds(sandbox: &Sandbox, method: Method, path: &str, body: &Value) {
    let (status, answer) = send(sandbox, method, path, body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        answer,
        json!({
            "status": "success",
            "data": null,
            "message": "Operation completed successfully",
        })
    );
}

async fn selected_leaves(body: Value, expected: State) {
    let sandbox = example().await;
    succeeds(&sandbox, Method::POST, DELETE_SELECTED, &body).await;
    assert_eq!(sandbox.state(), expected);
}

async fn removal_leaves(body: Value, expected: State) {
    let sandbox = example().await;
    succeeds(&sandbox, Method::DELETE, REMOVE_PROSPECT, &body).await;
    assert_eq!(sandbox.state(), expected);
}

async fn refuses(method: Method, path: &str, body: Value, message: &str) {
    let sandbox = example().await;
    let (status, answer) = send(&sandbox, method, path, &body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    assert_eq!(
        answer,
        json!({ "status": "error", "data": null, "message": message })
    );
    assert_eq!(sandbox.state(), State::example());
}

#[tokio::test]
async fn a_person_leaves_all_campaigns_of_one_owner_and_no_other() {
    selected_leaves(people(&[(ADA, JOHN)], false), without(&[1, 2])).await;
}

#[tokio::test]
async fn several_pairs_go_at_once() {
    let pairs = [(ADA, JOHN), (NOAH, JOHN), (NOAH, JANE), (ADA, JOHN)];
    selected_leaves(people(&pairs, false), without(&[1, 2, 3, 5])).await;
}

#[tokio::test]
async fn a_record_outside_campaigns_goes_with_its_person() {
    let body = people(&[(ADA, "ACoAAB0SamPoe")], false);
    selected_leaves(body, without(&[6])).await;
}

#[tokio::test]
async fn user_ids_match_in_either_case() {
    let body = people(&[(&ADA.to_uppercase(), JOHN)], false);
    selected_leaves(body, without(&[1, 2])).await;
}

#[tokio::test]
async fn rejection_takes_only_waiting_posts_of_deleted_records() {
    let expected = rejected(without(&[1, 2]), &[1, 3]);
    selected_leaves(people(&[(ADA, JOHN)], true), expected).await;
}

#[tokio::test]
async fn people_are_deleted_whatever_variant_and_list_say() {
    let body = people(&[(ADA, JOHN)], false);
    let body = with(body, "variant", json!("list"));
    let body = with(body, "listId", json!(FIRST_WAVE));
    selected_leaves(body, without(&[1, 2])).await;
}

#[tokio::test]
async fn unknown_people_and_owners_are_a_success_without_effect() {
    let pairs = [(ADA, "nobody"), (UNKNOWN, JOHN), (ADA, "acoaab0johndoe")];
    selected_leaves(people(&pairs, true), State::example()).await;
}

#[tokio::test]
async fn all_is_the_whole_team() {
    selected_leaves(scope("all"), without(&[1, 2, 3, 4, 5, 6])).await;
}

#[tokio::test]
async fn a_scope_ignores_the_people_named() {
    let body = with(
        scope("list"),
        "targetUsersData",
        people(&[(NOAH, JOHN)], false)["targetUsersData"].clone(),
    );
    let body = with(body, "listId", json!(FIRST_WAVE));
    selected_leaves(body, without(&[2, 4])).await;
}

#[tokio::test]
async fn a_scope_rejects_posts_of_what_it_deletes() {
    let body = with(scope("list"), "listId", json!(FIRST_WAVE));
    let body = with(body, "rejectAllPostsActivities", json!(true));
    selected_leaves(body, rejected(without(&[2, 4]), &[3, 6])).await;
}

#[tokio::test]
async fn an_unknown_list_is_a_success_without_effect() {
    let body = with(scope("list"), "listId", json!(UNKNOWN));
    selected_leaves(body, State::example()).await;
}

#[tokio::test]
async fn campaign_spares_records_outside_campaign_lists() {
    selected_leaves(scope("campaign"), without(&[1, 2, 3, 4, 5])).await;
}

#[tokio::test]
async fn the_legacy_call_takes_a_person_out_of_one_campaign() {
    let body = from_campaign(JOHN_URL, SALES_LEADERS, false);
    removal_leaves(body, without(&[2])).await;
}

#[tokio::test]
async fn the_legacy_call_rejects_posts_of_that_record_alone() {
    let body = from_campaign(JOHN_URL, SALES_LEADERS, true);
    removal_leaves(body, rejected(without(&[2]), &[3])).await;
}

#[tokio::test]
async fn the_legacy_call_knows_nobody_else() {
    let other_url = "https://www.linkedin.com/in/john-doe/";
    let body = from_campaign(other_url, SALES_LEADERS, true);
    removal_leaves(body, State::example()).await;
    let body = from_campaign(JOHN_URL, UNKNOWN, true);
    removal_leaves(body, State::example()).await;
}

#[tokio::test]
async fn deleting_again_changes_nothing() {
    let sandbox = example().await;
    for _ in 0..2 {
        let body = people(&[(ADA, JOHN)], false);
        succeeds(&sandbox, Method::POST, DELETE_SELECTED, &body).await;
        assert_eq!(sandbox.state(), without(&[1, 2]));
    }
}

#[tokio::test]
async fn nobody_named_is_refused() {
    refuses(
        Method::POST,
        DELETE_SELECTED,
        people(&[], false),
        "targetUsersData: must name somebody unless areAllSelected is true",
    )
    .await;
}

#[tokio::test]
async fn a_list_scope_without_list_is_refused() {
    refuses(
        Method::POST,
        DELETE_SELECTED,
        scope("list"),
        "listId: is required when variant is \"list\"",
    )
    .await;
}

#[tokio::test]
async fn what_the_schema_forbids_is_refused_by_field() {
    let cases = [
        (
            people(&[("ada", JOHN)], false),
            "targetUsersData.0.userId: value is not a \"uuid\"",
        ),
        (
            with(people(&[(ADA, JOHN)], false), "variant", json!("some")),
            "variant: value is not one of \"all\", \"list\" or \"campaign\"",
        ),
        (
            with(scope("all"), "areAllSelected", json!("true")),
            "areAllSelected: value is not of type \"boolean\"",
        ),
        (
            with(scope("list"), "listId", json!(null)),
            "listId: value is not of type \"string\"",
        ),
        (json!([]), "$: value is not of type \"object\""),
    ];
    for (body, message) in cases {
        refuses(Method::POST, DELETE_SELECTED, body, message).await;
    }
}

#[tokio::test]
async fn every_required_field_is_required() {
    let bodies = [
        (Method::POST, DELETE_SELECTED, scope("all")),
        (
            Method::DELETE,
            REMOVE_PROSPECT,
            from_campaign(JOHN_URL, SALES_LEADERS, true),
        ),
    ];
    for (method, path, body) in bodies {
        for field in body.as_object().expect("an object").keys() {
            let mut lacking = body.clone();
            lacking.as_object_mut().expect("an object").remove(field);
            let message = format!("{field}: \"{field}\" is a required property");
            refuses(method.clone(), path, lacking, &message).await;
        }
    }
}

#[tokio::test]
async fn the_legacy_call_refuses_a_campaign_that_is_no_uuid() {
    let body = from_campaign(JOHN_URL, "8d256aa69b1249a793eebf41634b5b60", true);
    let message = "campaignId: value is not a \"uuid\"";
    refuses(Method::DELETE, REMOVE_PROSPECT, body, message).await;
}
