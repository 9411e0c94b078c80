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
    let nothing = request(&sandbox, Method::PUT, "/v2/Outbound/p/Leads").send();
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
async fn headers_are_shown_only_if_they_are_known_to_be_harmless() {
    let sandbox = empty().await;
    let mut names: Vec<String> = ["authorization", "cookie", "x-fifth-provider"]
        .map(ToOwned::to_owned)
        .into();
    for document in prospect_delete_specs::ALL {
        let document: Value = yaml_serde::from_str(document.text).expect("YAML");
        let schemes = document["components"]["securitySchemes"].as_object();
        for scheme in schemes.expect("schemes").values() {
            names.extend(scheme["name"].as_str().map(str::to_lowercase));
        }
    }
    let mut request = anonymous(&sandbox, Method::POST, "/nowhere");
    for name in &names {
        request = request.header(name, "a wrong key");
    }
    let request = request.header("accept", "application/json");
    request.send().await.expect("an answer");

    let headers = &sandbox.requests()[0].headers;
    for name in &names {
        assert_eq!(headers[name], "[redacted]", "{name}");
    }
    assert_eq!(headers["accept"], "application/json");
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
        {
            "after": 0,
            "probability": 0.5,
            "random_seed": 7,
            "names": "a",
            "effect": {
                "kind": "throttle",
                "requests_per_second": 2.5,
                "burst": 3,
                "concurrency": 1,
                "queue": 6,
                "queue_milliseconds": 15000,
                "retry_after": true,
            },
        },
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
        (
            json!({ "probability": 1.5, "effect": delay }),
            "a probability is a number from 0 to 1, not 1.5",
        ),
        (
            json!({ "effect": { "kind": "throttle" } }),
            "throttle: needs requests_per_second or concurrency",
        ),
        (
            json!({ "effect": { "kind": "throttle", "requests_per_second": 0 } }),
            "throttle: requests_per_second must be above 0, and at most a thousand million",
        ),
        (
            json!({ "effect": { "kind": "throttle", "requests_per_second": 1e300 } }),
            "throttle: requests_per_second must be above 0, and at most a thousand million",
        ),
        (
            json!({ "effect": { "kind": "throttle", "concurrency": 1, "burst": 2 } }),
            "throttle: burst needs requests_per_second",
        ),
        (
            json!({ "effect": { "kind": "throttle", "requests_per_second": 1, "queue": 2 } }),
            "throttle: queue needs concurrency",
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
        ("/__sandbox/deleted", "GET"),
        ("/__sandbox/faults", "GET, PUT"),
        ("/__sandbox/fidelity", "GET"),
        ("/__sandbox/openapi.json", "GET"),
        ("/__sandbox/specs/nlpearl", "GET"),
        ("/__sandbox/", "GET"),
    ] {
        let response = anonymous(&sandbox, Method::DELETE, path).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()["Allow"], allowed);
    }
    for path in [
        "/__sandbox/state/",
        "/__sandbox/specs/",
        "/__sandbox/specs/pearl",
        "/__sandboxes",
    ] {
        let status = put(&sandbox, Method::GET, path, String::new()).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    assert_eq!(sandbox.state(), State::example());
}

#[tokio::test]
async fn the_description_has_every_route_and_its_methods() {
    let sandbox = empty().await;
    let description = get(&sandbox, "/__sandbox/openapi.json").await;
    assert_eq!(description["servers"][0]["url"], sandbox.base_url());
    let paths = description["paths"].as_object().expect("paths");
    assert_eq!(paths.len(), 10);
    for (path, methods) in paths {
        let path = path.replace("{provider}", "woodpecker");
        let refused = anonymous(&sandbox, Method::PATCH, &path).send().await;
        let refused = refused.expect("an answer");
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let described = methods.as_object().expect("methods").keys();
        let described: Vec<_> = described.map(|method| method.to_uppercase()).collect();
        assert_eq!(refused.headers()["Allow"], described.join(", ").as_str());
    }
}

#[tokio::test]
async fn a_spec_is_the_provider_s_but_never_sends_anybody_there() {
    let sandbox = empty().await;
    for document in prospect_delete_specs::ALL {
        let path = format!("/__sandbox/specs/{}", document.provider);
        let served = get(&sandbox, &path).await;
        let mut expected: Value = yaml_serde::from_str(document.text).expect("YAML");
        expected["servers"] = json!([
            { "url": sandbox.base_url(), "description": "This sandbox" }
        ]);
        assert_eq!(served, expected);
    }
}

#[tokio::test]
async fn what_was_deleted_is_shown_with_the_request_that_did_it() {
    let sandbox = example().await;
    for (_, method, path, body) in operations() {
        send(&sandbox, method, path, &body).await;
    }
    let deleted = get(&sandbox, "/__sandbox/deleted").await;
    let prospect = |request: u64, number: u8| {
        json!({
            "request": request,
            "kind": "extrovert_prospect",
            "id": format!("0a000000-0000-4000-8000-0000000000{number:02}"),
        })
    };
    let mut expected = vec![prospect(1, 1), prospect(1, 2)];
    expected.push(json!({
        "request": 3,
        "kind": "nlpearl_lead",
        "pearl_id": "66b2f0c4a1d3e5f708192a3b",
        "lead_id": "66b2f1a00000000000000001",
    }));
    for prospect_id in 4801..=4804 {
        expected.push(json!({
            "request": 4,
            "kind": "woodpecker_prospect",
            "company_id": 123,
            "prospect_id": prospect_id,
        }));
    }
    for audience_id in 101..=103 {
        expected.push(json!({
            "request": 5,
            "kind": "unleashx_audience",
            "campaign_id": 42,
            "audience_id": audience_id,
        }));
    }
    assert_eq!(deleted, Value::from(expected));

    sandbox.reset();
    assert_eq!(sandbox.deleted(), []);
}

#[tokio::test]
async fn the_page_shows_what_happened_and_loads_nothing() {
    let sandbox = example().await;
    let hostile = "</code><script>alert(1)</script>";
    let seed = Seed::default().with_leads("66b2f0c4a1d3e5f708192a3b", [hostile]);
    sandbox.seed(&seed);
    let path = "/v2/Outbound/66b2f0c4a1d3e5f708192a3b/Leads";
    send(
        &sandbox,
        Method::DELETE,
        path,
        &json!({ "leadIds": [hostile] }),
    )
    .await;
    sandbox
        .set_faults(vec![
            Fault::new(Effect::Delay { milliseconds: 5 }).naming(hostile),
        ])
        .expect("a possible fault");

    for (path, refreshes) in [
        ("/__sandbox/", false),
        ("/__sandbox/?refresh", true),
        ("/__sandbox", false),
    ] {
        let page = anonymous(&sandbox, Method::GET, path)
            .send()
            .await
            .expect("an answer");
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .expect("text");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let page = page.text().await.expect("a body");
        assert_eq!(page.contains("http-equiv=\"refresh\""), refreshes);
        assert!(!page.contains("<script"), "{page}");
        for shown in [
            "nlpearl.delete_leads",
            "1 arrived.",
            "1 deleted.",
            "nlpearl lead &lt;/code&gt;&lt;script&gt;",
            "&quot;milliseconds&quot;:5",
            &sandbox.credentials().woodpecker,
        ] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
    }
}

#[tokio::test]
async fn only_the_last_requests_are_kept_and_numbers_go_on() {
    let sandbox = Sandbox::builder().keep_requests(2).start().await;
    let sandbox = sandbox.expect("a free port");
    for path in ["/a", "/b", "/c"] {
        send(&sandbox, Method::POST, path, &json!({})).await;
    }
    let kept: Vec<_> = sandbox
        .requests()
        .into_iter()
        .map(|request| (request.sequence, request.path, request.status))
        .collect();
    let of = |sequence, path: &str| (sequence, path.to_owned(), Some(404));
    assert_eq!(kept, [of(2, "/b"), of(3, "/c")]);
}

/// What `OpenAPI` 3.0 calls nullable, as JSON Schema says it.
fn nullable(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        if object.remove("nullable").is_some()
            && let Some(kind) = object.remove("type")
        {
            object.insert("type".to_owned(), json!([kind, "null"]));
        }
        object.values_mut().for_each(nullable);
    } else if let Some(values) = value.as_array_mut() {
        values.iter_mut().for_each(nullable);
    }
}

/// The schema of this name, or of the answer to GET at this path, for a validator of JSON Schema.
fn schema(description: &Value, name_or_path: &str) -> jsonschema::Validator {
    let schema = match &description["paths"][name_or_path]["get"]["responses"]["200"] {
        Value::Null => json!({ "$ref": format!("#/components/schemas/{name_or_path}") }),
        answer => answer["content"]["application/json"]["schema"].clone(),
    };
    let mut root = json!({ "allOf": [schema], "components": description["components"] });
    nullable(&mut root);
    jsonschema::draft4::new(&root).expect("a schema")
}

#[tokio::test]
async fn what_is_shown_is_what_the_description_says() {
    let sandbox = example().await;
    for (_, method, path, body) in operations() {
        send(&sandbox, method, path, &body).await;
    }
    send(&sandbox, Method::POST, "/nowhere", &json!(null)).await;
    let description = get(&sandbox, "/__sandbox/openapi.json").await;
    let rules = json!([
        { "provider": "nlpearl", "names": "a", "probability": 0.5, "effect": { "kind": "throttle", "concurrency": 1 } },
        { "effect": { "kind": "answer", "status": 500, "headers": { "a": "b" }, "body": "c", "takes_effect": true } },
        { "after": 1, "times": 2, "effect": { "kind": "redirect", "location": "/" } },
    ]);
    assert!(schema(&description, "Faults").is_valid(&rules));
    let sent = anonymous(&sandbox, Method::PUT, "/__sandbox/faults").json(&rules);
    assert_eq!(
        sent.send().await.expect("an answer").status(),
        StatusCode::NO_CONTENT
    );
    for path in [
        "state",
        "deleted",
        "requests",
        "faults",
        "fidelity",
        "specs/{provider}",
        "openapi.json",
    ] {
        let path = format!("/__sandbox/{path}");
        let shown = get(&sandbox, &path.replace("{provider}", "unleashx")).await;
        assert_ne!(shown, json!([]), "{path}");
        let faults: Vec<_> = schema(&description, &path)
            .iter_errors(&shown)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{path}: {faults:?}");
    }
}

#[tokio::test]
async fn what_the_description_forbids_is_refused() {
    let sandbox = empty().await;
    let description = get(&sandbox, "/__sandbox/openapi.json").await;
    for (method, path, name, body) in [
        (Method::POST, "seed", "SeedBody", json!({ "nlperl": {} })),
        (
            Method::POST,
            "seed",
            "SeedBody",
            json!({ "generate": { "nlpearl": { "pearls": -1 } } }),
        ),
        (
            Method::POST,
            "seed",
            "SeedBody",
            json!({ "unleashx": { "campaigns": { "1": { "status": "over" } } } }),
        ),
        (
            Method::PUT,
            "faults",
            "Faults",
            json!([{ "effect": { "kind": "delay" } }]),
        ),
        (
            Method::PUT,
            "faults",
            "Faults",
            json!([{ "effect": { "kind": "reset", "bytes": 1 } }]),
        ),
        (
            Method::PUT,
            "faults",
            "Faults",
            json!([{ "provider": "pearl", "effect": { "kind": "reset" } }]),
        ),
    ] {
        assert!(!schema(&description, name).is_valid(&body), "{body}");
        let sent = anonymous(&sandbox, method, &format!("/__sandbox/{path}")).json(&body);
        let status = sent.send().await.expect("an answer").status();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    }
}
