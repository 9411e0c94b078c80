use prospect_delete_sandbox::{Effect, Fault, RecordedRequest, Sandbox, Seed, State};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{anonymous, example, json_answer, operations, request, send};

async fn empty() -> Sandbox {
    Sandbox::start().await.expect("a free port")
}

async fn put(sandbox: &Sandbox, method: Method, path: &str, body: String) -> StatusCode {
    let sent = anonymous(sandbox, method, path).body(body).send().await;
    sent.expect("an answer").status()
}

async fn get(sandbox: &Sandbox, path: &str) -> Value {
    let sent = anonymous(sandbox, Method::GET, path).send().await;
    let (status, body) = json_answer(sent.expect("an answer")).await;
    assert_eq!(status, StatusCode::OK);
    body
}

#[tokio::test]
async fn what_one_sandbox_shows_seeds_another() {
    let first = example().await;
    let shown = get(&first, "/__sandbox/state").await;
    let second = empty().await;
    assert_eq!(second.state(), State::default());
    let path = "/__sandbox/seed";
    let status = put(&second, Method::POST, path, shown.to_string()).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(second.state(), Seed::example());
    assert_eq!(get(&second, "/__sandbox/state").await, shown);
}

#[tokio::test]
async fn seeding_adds_and_replaces_by_id() {
    let sandbox = example().await;
    sandbox.seed(&Seed::example());
    assert_eq!(sandbox.state(), Seed::example());

    let mut expected = Seed::example();
    let moved = &mut expected.extrovert.prospects[0];
    moved.user_id = expected.extrovert.users[1].id;
    moved.profile_id = "ACoAAB0Other".to_owned();
    let mut seed = Seed::default();
    seed.extrovert.prospects = vec![moved.clone()];
    sandbox.seed(&seed);
    assert_eq!(sandbox.state(), expected);

    // The former owner no longer has the record, so only the other one goes.
    let [(_, method, path, body), ..] = operations();
    send(&sandbox, method, path, &body).await;
    expected.extrovert.prospects.remove(1);
    assert_eq!(sandbox.state(), expected);
}

#[tokio::test]
async fn an_unreadable_seed_is_refused_whole() {
    let sandbox = example().await;
    for (seed, message) in [
        ("{", "EOF while parsing an object at line 1 column 1"),
        (
            r#"{"nlpearl":{"pearls":{"p":{"leads":[1]}}}}"#,
            "invalid type: integer `1`, expected a string at line 1 column 37",
        ),
    ] {
        let sent = anonymous(&sandbox, Method::POST, "/__sandbox/seed").body(seed);
        let answer = json_answer(sent.send().await.expect("an answer")).await;
        let expected = json!({ "message": message });
        assert_eq!(answer, (StatusCode::BAD_REQUEST, expected));
    }
    let misspelt = r#"{"nlperl":{}}"#.to_owned();
    let status = put(&sandbox, Method::POST, "/__sandbox/seed", misspelt).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(sandbox.state(), State::example());
}

#[tokio::test]
async fn reset_empties_everything() {
    let sandbox = example().await;
    let fault = Fault::new(Effect::Delay { milliseconds: 0 });
    sandbox.set_faults(vec![fault]).expect("a possible fault");
    let [(_, method, path, body), ..] = operations();
    send(&sandbox, method, path, &body).await;

    let reset = anonymous(&sandbox, Method::POST, "/__sandbox/reset").send();
    let status = reset.await.expect("an answer").status();
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(sandbox.state(), State::default());
    assert_eq!(sandbox.requests(), []);
    assert_eq!(sandbox.faults(), []);
}

#[tokio::test]
async fn requests_are_recorded_in_order() {
    let sandbox = example().await;
    for (_, method, path, body) in operations() {
        send(&sandbox, method, path, &body).await;
    }
    send(&sandbox, Method::PUT, "/nowhere?a=b", &json!("text")).await;
    let nothing = request(&sandbox, Method::GET, "/v2/Outbound/p/Leads").send();
    nothing.await.expect("an answer");
    let foreign = request(&sandbox, Method::POST, "/elsewhere").body("<p>");
    foreign.send().await.expect("an answer");

    let recorded = sandbox.requests();
    assert_eq!(recorded.len(), 8);
    let statuses: Vec<_> = recorded.iter().map(|request| request.status).collect();
    let expected = [200, 200, 200, 202, 200, 404, 405, 404].map(Some);
    assert_eq!(statuses, expected);
    let sequence: Vec<_> = recorded.iter().map(|request| request.sequence).collect();
    assert_eq!(sequence, [1, 2, 3, 4, 5, 6, 7, 8]);
    for (request, (operation, method, path, body)) in recorded.iter().zip(operations()) {
        assert_eq!(request.operation.as_deref(), Some(operation));
        assert_eq!(request.method, method.as_str());
        assert_eq!(request.path, path);
        assert_eq!(request.body, body);
        assert_eq!(request.headers["content-type"], "application/json");
    }
    let bodies: Vec<_> = recorded[5..].iter().map(|request| &request.body).collect();
    assert_eq!(bodies, [&json!("text"), &json!(null), &json!("<p>")]);
    assert_eq!(recorded[5].path, "/nowhere?a=b");
    assert!(
        recorded[5..]
            .iter()
            .all(|request| request.operation.is_none())
    );

    let shown = get(&sandbox, "/__sandbox/requests").await;
    let shown: Vec<RecordedRequest> = serde_json::from_value(shown).expect("requests");
    assert_eq!(shown, recorded, "and looking is not recorded");
}

#[tokio::test]
async fn no_key_is_shown() {
    let sandbox = example().await;
    let keys = serde_json::to_value(sandbox.credentials()).expect("JSON");
    let keys: Vec<_> = keys.as_object().expect("an object").values().collect();
    assert_eq!(keys.len(), 4);
    for (_, method, path, body) in operations() {
        send(&sandbox, method, path, &body).await;
    }
    for key in &keys {
        let key = key.as_str().expect("text");
        let misplaced = anonymous(&sandbox, Method::POST, &format!("/nowhere?key={key}"))
            .header("x-other", key)
            .json(&json!({ "key": key }));
        misplaced.send().await.expect("an answer");
    }
    let wrong = anonymous(&sandbox, Method::POST, "/nowhere").header("token", "a typing erorr");
    wrong.send().await.expect("an answer");

    let shown = get(&sandbox, "/__sandbox/requests").await.to_string();
    for key in &keys {
        assert!(!shown.contains(key.as_str().expect("text")), "{key}");
    }
    assert!(!shown.contains("erorr"));
    let headers = &sandbox.requests()[2].headers;
    assert_eq!(headers["authorization"], "[redacted]");
}

#[tokio::test]
async fn faults_are_set_and_shown() {
    let sandbox = empty().await;
    let rules = json!([
        {
            "provider": "nlpearl",
            "operation": "delete_leads",
            "after": 2,
            "times": 1,
            "effect": {
                "kind": "answer",
                "status": 429,
                "headers": { "retry-after": "1" },
                "body": "slow down",
                "takes_effect": false,
            },
        },
        { "after": 0, "effect": { "kind": "delay", "milliseconds": 5 } },
        { "after": 0, "effect": { "kind": "reset", "takes_effect": true } },
        { "after": 0, "effect": { "kind": "truncate", "bytes": 3 } },
        { "after": 0, "effect": { "kind": "drip", "milliseconds": 5 } },
        { "after": 0, "effect": { "kind": "redirect", "location": "/", "status": 307 } },
    ]);
    let status = put(
        &sandbox,
        Method::PUT,
        "/__sandbox/faults",
        rules.to_string(),
    )
    .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(get(&sandbox, "/__sandbox/faults").await, rules);
}

#[tokio::test]
async fn impossible_faults_are_refused_and_the_old_ones_stay() {
    let sandbox = empty().await;
    let old = Fault::new(Effect::Delay { milliseconds: 1 });
    sandbox
        .set_faults(vec![old.clone()])
        .expect("a possible fault");
    let delay = json!({ "kind": "delay", "milliseconds": 1 });
    for (rule, message) in [
        (
            json!({ "provider": "pearl", "effect": delay }),
            "no such provider: \"pearl\"",
        ),
        (
            json!({ "operation": "nlpearl.delete", "effect": delay }),
            "no such operation: \"nlpearl.delete\"",
        ),
        (
            json!({ "provider": "nlpearl", "operation": "delete_audience", "effect": delay }),
            "no such operation: \"delete_audience\"",
        ),
        (
            json!({ "effect": { "kind": "answer", "status": 99 } }),
            "a status is a number from 100 to 999, not 99",
        ),
        (
            json!({ "effect": { "kind": "answer", "status": 200, "headers": { "a b": "" } } }),
            "header \"a b\" or its value cannot be sent",
        ),
        (
            json!({ "effect": { "kind": "redirect", "location": "a\nb" } }),
            "header \"location\" or its value cannot be sent",
        ),
    ] {
        let sent = anonymous(&sandbox, Method::PUT, "/__sandbox/faults").json(&json!([rule]));
        let answer = json_answer(sent.send().await.expect("an answer")).await;
        let expected = json!({ "message": message });
        assert_eq!(answer, (StatusCode::BAD_REQUEST, expected));
        assert_eq!(sandbox.faults(), std::slice::from_ref(&old));
    }
}

#[tokio::test]
async fn control_routes_have_one_method_each_and_no_neighbours() {
    let sandbox = example().await;
    for (path, allowed) in [
        ("/__sandbox/seed", "POST"),
        ("/__sandbox/reset", "POST"),
        ("/__sandbox/state", "GET"),
        ("/__sandbox/requests", "GET"),
        ("/__sandbox/faults", "GET, PUT"),
    ] {
        let response = anonymous(&sandbox, Method::DELETE, path).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()["Allow"], allowed);
    }
    for path in [
        "/__sandbox",
        "/__sandbox/",
        "/__sandbox/state/",
        "/__sandboxes",
    ] {
        let status = put(&sandbox, Method::GET, path, String::new()).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    assert_eq!(sandbox.state(), State::example());
}
