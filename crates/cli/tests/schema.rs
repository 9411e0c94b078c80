//! What the program writes is what its schemas say, and nothing looser.

mod common;

use std::fs;

use common::{Desk, apply};
use prospect_delete_sandbox::{Effect, Fault, Seed};
use serde_json::{Value, json};

/// Objects whose keys are providers' names, and not fields.
const MAP: &str = "by_provider";

async fn schema(desk: &Desk, of: &str) -> jsonschema::Validator {
    let schema = desk.run(&["schema", of]).await.expect(0).json();
    jsonschema::validator_for(&schema).unwrap()
}

fn check(schema: &jsonschema::Validator, value: &Value) {
    let errors: Vec<_> = schema
        .iter_errors(value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}: {value}");
    let mut renamed = 0;
    let mut other = value.clone();
    let pointers = fields(value, "", false);
    for (parent, key) in &pointers {
        let object = |value: &mut Value| {
            value
                .pointer_mut(parent)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .clone()
        };
        let before = object(&mut other);
        let mut after = before.clone();
        let field = after.remove(key).unwrap();
        after.insert(format!("{key}_"), field);
        *other.pointer_mut(parent).unwrap() = Value::Object(after);
        assert!(!schema.is_valid(&other), "{parent}/{key} may be renamed");
        *other.pointer_mut(parent).unwrap() = Value::Object(before);
        renamed += 1;
    }
    assert!(renamed > 0);
}

/// Every field, by the pointer to its object and its name.
fn fields(value: &Value, at: &str, is_map: bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if !is_map {
                    found.push((at.to_owned(), key.clone()));
                }
                found.extend(fields(value, &format!("{at}/{key}"), key == MAP));
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                found.extend(fields(value, &format!("{at}/{index}"), false));
            }
        }
        _ => {}
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_output_is_as_its_schema_says() {
    let desk = Desk::new(Seed::example()).await;
    let user = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";
    let rows = [
        json!({"target": "extrovert.person", "user_id": user, "profile_id": "someone"}),
        json!({"target": "extrovert.prospect", "campaign_id": user, "profile_url": "https://www.linkedin.com/in/x"}),
        json!({"target": "nlpearl.lead", "pearl_id": "66b2f0c4a1d3e5f708192a3b", "lead_id": "66b2f0c4a1d3e5f708190001"}),
        json!({"target": "unleashx.audience", "campaign_id": 42, "audience_id": 101}),
        json!({"target": "extrovert.list", "list_id": user, "reject_posts": true}),
        json!({"target": "extrovert.all"}),
        json!({"target": "extrovert.campaign"}),
        json!({"target": "woodpecker.company", "company_id": 123}),
        json!({"target": "unleashx.campaign", "campaign_id": 42}),
    ];
    let list = desk.file("list.jsonl", rows.map(|row| format!("{row}\n")).concat());
    let plan = desk
        .run(&["plan", &list, "--out", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    check(&schema(&desk, "plan").await, &plan);
    let digest = plan["digest"].as_str().unwrap();

    let answer = |status: u16, wait: &str| Effect::Answer {
        status,
        headers: [("retry-after".to_owned(), wait.to_owned())].into(),
        body: "{}".to_owned(),
        takes_effect: false,
    };
    // Something that waits, a key that is refused, and a wait that is too long: every kind of event.
    let faults = vec![
        Fault::new(answer(503, "0")).naming("someone").times(1),
        Fault::new(answer(401, "0"))
            .on("unleashx.delete_audience")
            .times(1),
        Fault::new(answer(429, "3600"))
            .on("nlpearl.delete_leads")
            .times(1),
    ];
    desk.sandbox.set_faults(faults).unwrap();
    let run = desk
        .apply(digest, &["--allow-scope", "--concurrency", "unleashx=1"])
        .await
        .expect(3);
    check(&schema(&desk, "apply").await, &run.json());
    let events: Vec<Value> = run
        .err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let schema_of_events = schema(&desk, "events").await;
    for event in &events {
        check(&schema_of_events, event);
    }
    let names: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        (names[0], names[names.len() - 1]),
        ("started", "finished"),
        "{names:?}"
    );
    for name in ["waiting", "stopped"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!(
        events[0]["by_provider"]["extrovert"],
        json!({"targets": 5, "targets_due": 5})
    );

    let status = desk
        .run(&["status", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    check(&schema(&desk, "status").await, &status);
    let of_report = schema(&desk, "report").await;
    let report = desk
        .run(&["report", "run.db", "--format", "json"])
        .await
        .expect(0)
        .json();
    assert_eq!(report["targets"].as_array().unwrap().len(), 9);
    check(&of_report, &report);
    let text = desk
        .run(&["report", "run.db", "--format", "json"])
        .await
        .out;
    assert_eq!(text.matches("\"targets\":[").count(), 1, "{text}");
    assert_eq!(
        text.matches("\"targets\":").count(),
        1 + 4,
        "a field is there twice: {text}"
    );

    // A pass that continues says what was settled before.
    let run = desk
        .apply(digest, &["--allow-scope", "--retry-rejected"])
        .await;
    let started: Value = serde_json::from_str(run.err.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&started["targets"], &started["targets_due"]),
        (&json!(9), &json!(3)),
        "{run}"
    );
    let forgotten = desk.run(&["forget", "run.db"]).await;
    assert_eq!(forgotten.status, Some(0), "{forgotten}");
    let report = desk
        .run(&["report", "run.db", "--format", "json"])
        .await
        .expect(0)
        .json();
    assert!(report["targets"][0]["hash"].is_string(), "{report}");
    check(&of_report, &report);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_direct_commands_and_failures_print_is_as_their_schemas_say() {
    let desk = Desk::new(Seed::example()).await;
    let of_deletion = schema(&desk, "deletion").await;
    let delete = |id: &'static str, more: &[&'static str]| {
        let command = ["unleashx", "delete-audience", "--campaign-id", "42", id];
        [&command[..], &["--output", "json"], more].concat()
    };
    let deleted = desk.run(&delete("101", &["--yes"])).await.expect(0).json();
    assert_eq!(deleted["outcome"], "deleted");
    check(&of_deletion, &deleted);
    // A guard: an object too, of something that was not sent.
    let guarded = desk.run(&delete("102", &[])).await.expect(5).json();
    assert_eq!(guarded["outcome"], "not_sent");
    check(&of_deletion, &guarded);
    let shown = desk.run(&delete("102", &["--dry-run"])).await.expect(0);
    let shown = shown.json();
    let of_dry_run = schema(&desk, "dry-run").await;
    assert!(of_dry_run.is_valid(&shown), "{shown}");
    assert_eq!(shown["request"]["headers"]["token"], "[redacted]");
    let failed = desk
        .run(&["status", "nowhere.db", "--output", "json"])
        .await
        .expect(2)
        .json();
    assert_eq!(failed["exit_status"], 2);
    check(&schema(&desk, "failure").await, &failed);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_an_interrupt_is_as_the_schema_says_and_can_be_pasted() {
    let mut seed = Seed::example();
    let pearl = seed.nlpearl.pearls.entry("p".to_owned()).or_default();
    pearl.leads = (0..9).map(|number| format!("l{number}")).collect();
    let desk = Desk::new(seed).await;
    let rows = (0..9).map(|number| format!("nlpearl.lead,p,l{number}\n"));
    let rows = rows.collect::<Vec<_>>().concat();
    let list = desk.file("list.csv", format!("target,pearl_id,lead_id\n{rows}"));
    let digest = desk.plan(&[&list, "--batch", "nlpearl=1"]).await;
    fs::rename(desk.path("run.db"), desk.path("my run's.db")).unwrap();
    let mut arguments = apply(&digest);
    arguments[1] = "my run's.db";
    arguments.extend(["--concurrency", "nlpearl=1", "--timeout", "3600"]);
    let hour = Effect::Delay {
        milliseconds: 3_600_000,
    };
    desk.sandbox
        .set_faults(vec![Fault::new(hour).after(2).times(1)])
        .unwrap();
    let child = desk
        .command(&arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while desk.sandbox.requests().len() < 3 {
        tokio::task::yield_now().await;
    }
    let id = child.id().to_string();
    let (mut child, run) = tokio::task::spawn_blocking(move || {
        let mut child = child;
        let mut read = std::io::BufReader::new(child.stderr.take().unwrap());
        let mut said = Vec::new();
        for signals in 1..=2 {
            std::process::Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap();
            // The first is heard of before the second is sent.
            let heard = ["interrupted", "aborted"][signals - 1];
            loop {
                let mut line = String::new();
                std::io::BufRead::read_line(&mut read, &mut line).unwrap();
                let event: Value = serde_json::from_str(&line).unwrap();
                said.push(event.clone());
                if event["event"] == heard {
                    break;
                }
            }
        }
        (child, said)
    })
    .await
    .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let schema = schema(&desk, "events").await;
    for event in &run {
        check(&schema, event);
    }
    let interrupted = run
        .iter()
        .find(|event| event["event"] == "interrupted")
        .unwrap();
    assert_eq!(interrupted["requests_under_way"], 1);
    let again = interrupted["continue_with"].as_str().unwrap();
    let summary = desk.paste(again).await.expect(0).json();
    assert_eq!(summary["deleted"], 9, "{summary}");
}
