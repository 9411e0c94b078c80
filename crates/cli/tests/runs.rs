//! Runs as people meet them: planned, applied, continued, reported, forgotten.

mod common;

use std::{collections::BTreeSet, fs};

use common::{Desk, apply};
use prospect_delete_sandbox::{Effect, Fault, Seed};
use serde_json::{Value, json};

const PEARL: &str = "66b2f0c4a1d3e5f708192a3b";
const USER: &str = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";

/// Leads `l0` to `l…` of one pearl, and as many in another that must stay.
fn leads(count: usize) -> Seed {
    let mut seed = Seed::default();
    for pearl in [PEARL, "other"] {
        let leads = (0..count).map(|number| format!("l{number}")).collect();
        seed.nlpearl
            .pearls
            .entry(pearl.to_owned())
            .or_default()
            .leads = leads;
    }
    seed
}

fn lead_list(numbers: impl Iterator<Item = usize>) -> String {
    let rows = numbers.map(|number| format!("nlpearl.lead,{PEARL},l{number}\n"));
    let rows = rows.collect::<Vec<_>>().concat();
    format!("target,pearl_id,lead_id\n{rows}")
}

/// The leads of the pearl that are left.
fn left(desk: &Desk) -> BTreeSet<String> {
    let state = desk.sandbox.state();
    assert_eq!(
        state.nlpearl.pearls["other"].leads,
        leads(state.nlpearl.pearls["other"].leads.len())
            .nlpearl
            .pearls["other"]
            .leads,
        "another pearl was touched"
    );
    state.nlpearl.pearls[PEARL].leads.iter().cloned().collect()
}

fn answer(status: u16, body: &str) -> Effect {
    Effect::Answer {
        status,
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        body: body.to_owned(),
        takes_effect: false,
    }
}

/// How the passes over the run ended.
async fn ends(desk: &Desk) -> Vec<String> {
    let status = desk.run(&["status", "run.db", "--output", "json"]).await;
    let status = status.expect(0).json();
    let end = |pass: &Value| pass["end"].as_str().unwrap().to_owned();
    status["passes"]
        .as_array()
        .unwrap()
        .iter()
        .map(end)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_nobody_is_planned_and_nobody_is_asked_to_apply_it() {
    let desk = Desk::new(Seed::example()).await;
    let list = desk.file("list.csv", "target,pearl_id,lead_id\n");
    let run = desk
        .run(&["plan", &list, "--out", "run.db"])
        .await
        .expect(0);
    assert!(run.out.contains("nothing to apply"), "{run}");
    assert!(!run.out.contains("--confirm"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_deletes_what_was_planned_and_nothing_else() {
    let desk = Desk::new(Seed::example()).await;
    let before = desk.sandbox.state();
    let list = desk.file(
        "list.csv",
        "target,pearl_id,lead_id,campaign_id,audience_id,company_id\n\
         unleashx.audience,,,42,101,\n\
         unleashx.audience,,,42,103,\n\
         unleashx.audience,,,42,101,\n\
         woodpecker.company,,,,,123\n",
    );
    let plan = desk
        .run(&["plan", &list, "--out", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    assert_eq!(plan["targets"], 3);
    assert_eq!(plan["duplicates"], 1);
    assert_eq!(plan["invalid"], 0);
    assert_eq!(plan["requests"], 2);
    assert_eq!(plan["scopes"], 1);
    assert_eq!(plan["scope_names"], json!(["woodpecker.company:123"]));
    assert_eq!(
        plan["by_provider"],
        json!({
            "unleashx": {"targets": 2, "requests": 1, "scopes": 0},
            "woodpecker": {"targets": 1, "requests": 1, "scopes": 1},
        })
    );
    assert_eq!(desk.sandbox.state(), before, "planning sent something");
    assert_eq!(desk.sandbox.requests().len(), 0);

    let digest = plan["digest"].as_str().unwrap();
    let summary = desk
        .apply(digest, &["--allow-scope"])
        .await
        .expect(0)
        .json();
    for (key, count) in [
        ("targets", 3),
        ("deleted", 2),
        ("accepted", 1),
        ("rejected", 0),
        ("not_sent", 0),
        ("unknown", 0),
        ("pending", 0),
        ("requests_sent", 2),
    ] {
        assert_eq!(summary[key], count, "{key} of {summary}");
    }
    assert_eq!(summary["run_id"], plan["run_id"]);
    assert_eq!(summary["digest"], plan["digest"]);
    assert_eq!(summary["by_provider"]["woodpecker"]["accepted"], 1);
    assert_eq!(summary["by_provider"]["unleashx"]["requests_sent"], 1);

    let mut meant = before;
    meant
        .unleashx
        .campaigns
        .get_mut(&42)
        .unwrap()
        .audience
        .retain(|id| ![101, 103].contains(id));
    meant
        .woodpecker
        .companies
        .get_mut(&123)
        .unwrap()
        .prospects
        .clear();
    let after = desk.sandbox.state();
    meant
        .woodpecker
        .deletion_requests
        .clone_from(&after.woodpecker.deletion_requests);
    assert_eq!(after, meant);
    let bodies: Vec<Value> = desk
        .sandbox
        .requests()
        .into_iter()
        .map(|request| request.body)
        .collect();
    assert!(
        bodies.contains(&json!({"campaign_id": 42, "audience": [101, 103]})),
        "{bodies:?}"
    );
    assert!(bodies.contains(&json!({"type": "ALL"})), "{bodies:?}");

    let status = desk
        .run(&["status", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    let who = |value: &Value| {
        let name = value.as_str().unwrap();
        let (user, host) = name.split_once('@').unwrap();
        assert!(!user.is_empty() && !host.is_empty(), "{name}");
        name.to_owned()
    };
    let operator = who(&status["planned_by"]);
    assert_eq!(status["planned_with"], env!("CARGO_PKG_VERSION"));
    let passes = status["passes"].as_array().unwrap();
    assert_eq!(passes.len(), 1, "{status}");
    assert_eq!(who(&passes[0]["by"]), operator);
    assert_eq!(passes[0]["with"], env!("CARGO_PKG_VERSION"));
    assert_eq!(passes[0]["end"], "completed");
    assert_eq!(passes[0]["requests_sent"], 2);
    let at = |name: &str| passes[0][name].as_str().unwrap().to_owned();
    assert!(status["planned_at"].as_str().unwrap() <= at("began_at").as_str());
    assert!(at("began_at") <= at("ended_at"), "{status}");

    // What is done is not done again.
    let again = desk
        .apply(digest, &["--allow-scope"])
        .await
        .expect(0)
        .json();
    assert_eq!(again["requests_sent"], 0);
    assert_eq!(again["deleted"], 2);
    assert_eq!(desk.sandbox.requests().len(), 2);

    let status = desk
        .run(&["status", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    assert_eq!(status["by_provider"]["woodpecker"]["accepted"], 1);
    assert_eq!(status["requests_sent"], 2);
    let report = desk
        .run(&["report", "run.db", "--format", "json"])
        .await
        .expect(0)
        .json();
    let company = report["targets"].as_array().unwrap().last().unwrap();
    assert_eq!(company["target"], "woodpecker.company");
    assert_eq!(company["company_id"], 123);
    assert_eq!(report["passes"][0]["requests_sent"], 2);
    assert_eq!(report["passes"][1]["requests_sent"], 0);
    assert_eq!(company["outcome"], "accepted");
    assert_eq!(company["http_status"], 202);
    assert!(company["request_id"].is_string(), "{company}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_is_of_the_plan_and_not_of_the_files() {
    let desk = Desk::new(leads(10)).await;
    let csv = desk.file("a.csv", lead_list(0..10));
    let digest = desk.plan(&[&csv]).await;
    let turned = desk.file("b.csv", lead_list((5..10).rev()));
    let lines = (0..6)
        .map(|number| format!("{}\n", json!({"target": "nlpearl.lead", "lead_id": format!("l{number}"), "pearl_id": PEARL})))
        .collect::<Vec<_>>()
        .concat();
    let lines = desk.file("c.jsonl", format!("\u{feff}{lines}"));
    let same = desk
        .run(&[
            "plan", &turned, &lines, "--out", "same.db", "--output", "json",
        ])
        .await
        .expect(0)
        .json();
    assert_eq!(same["digest"], digest);
    assert_eq!(same["duplicates"], 1);
    for other in [
        vec![
            "plan",
            &csv,
            "--out",
            "other.db",
            "--output",
            "json",
            "--batch",
            "nlpearl=5",
        ],
        vec!["plan", &turned, "--out", "fewer.db", "--output", "json"],
        vec![
            "plan",
            &csv,
            "--out",
            "elsewhere.db",
            "--output",
            "json",
            "--base-url",
            "nlpearl=http://127.0.0.1:9",
        ],
    ] {
        let other = desk.run(&other).await.expect(0).json();
        assert_ne!(other["digest"], digest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_end_a_plan_unless_they_are_put_aside() {
    let desk = Desk::new(leads(3)).await;
    let list = desk.file(
        "list.csv",
        format!("target,pearl_id,lead_id\nnlpearl.lead,{PEARL},l0\nnlpearl.lead,{PEARL},\nnlpearl.led,{PEARL},l1\n"),
    );
    let run = desk
        .run(&["plan", &list, "--out", "run.db"])
        .await
        .expect(2);
    assert!(
        run.err
            .contains("list.csv:3: lead_id: is empty; nlpearl.lead needs it"),
        "{run}"
    );
    assert!(
        run.err
            .contains("list.csv:4: target: \"nlpearl.led\" is unknown; is nlpearl.lead meant?"),
        "{run}"
    );
    assert_eq!(desk.files(), ["list.csv"]);

    let plan = desk
        .run(&[
            "plan",
            &list,
            "--out",
            "run.db",
            "--rejects",
            "bad.csv",
            "--output",
            "json",
        ])
        .await
        .expect(0)
        .json();
    assert_eq!((&plan["targets"], &plan["invalid"]), (&json!(1), &json!(2)));
    let bad = fs::read_to_string(desk.path("bad.csv")).unwrap();
    assert!(bad.starts_with("file,line,reason,row\n"), "{bad}");
    assert_eq!(bad.lines().count(), 3, "{bad}");

    let conflict = desk.file(
        "conflict.jsonl",
        format!(
            "{}\n{}\n",
            json!({"target": "extrovert.person", "user_id": USER, "profile_id": "p", "reject_posts": true}),
            json!({"target": "extrovert.person", "user_id": USER.to_uppercase(), "profile_id": "p"})
        ),
    );
    let run = desk
        .run(&["plan", &conflict, "--out", "conflict.db"])
        .await
        .expect(2);
    assert!(
        run.err
            .contains("keep one of conflict.jsonl:1, conflict.jsonl:2"),
        "{run}"
    );
    assert!(!desk.path("conflict.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn workbooks_that_cannot_be_read_are_refused_with_what_to_do() {
    let desk = Desk::new(leads(1)).await;
    desk.file("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    desk.file("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    desk.file("torn.xlsx", b"PK\x03\x04torn");
    desk.file("list.csv", lead_list(0..1));
    for (list, more, words) in [
        ("old.xls", vec![], "save it as .xlsx or CSV"),
        ("old.xls", vec!["--format", "xlsx"], "of the old form"),
        ("locked.xlsx", vec![], "without a password"),
        ("torn.xlsx", vec![], "damaged"),
        ("list.csv", vec!["--sheet", "A"], "leave --sheet away"),
        ("-", vec!["--format", "xlsx"], "standard input: is empty"),
    ] {
        let arguments = [&["plan", list, "--out", "run.db"], &more[..]].concat();
        let run = desk.run(&arguments).await.expect(2);
        assert!(run.err.contains(words), "{list}: {run}");
        assert_eq!(run.err.lines().count(), 1, "{list}: {run}");
    }
    assert!(!desk.path("run.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn guards_hold_back_and_nothing_is_sent() {
    let desk = Desk::new(Seed::example()).await;
    let list = desk.file("list.csv", "target,company_id\nwoodpecker.company,123\n");
    let digest = desk.plan(&[&list]).await;
    let refused = |more: &'static [&'static str], words: &'static str| {
        let desk = &desk;
        let digest = digest.clone();
        async move {
            let run = desk.apply(&digest, more).await.expect(5);
            assert!(run.err.contains(words), "{more:?}: {run}");
            assert_eq!(run.json()["exit_status"], 5);
        }
    };
    refused(&[], "woodpecker.company:123; that needs --allow-scope").await;
    refused(
        &["--allow-scope", "--max-delete", "0"],
        "1 targets, and --max-delete allows 0",
    )
    .await;
    refused(&["--allow-scope", "--max-age", "0"], "older than --max-age").await;
    refused(
        &[
            "--allow-scope",
            "--base-url",
            "woodpecker=http://127.0.0.1:9",
        ],
        "was planned for",
    )
    .await;
    let run = desk
        .run(&["apply", "run.db", "--allow-scope"])
        .await
        .expect(5);
    assert!(run.err.contains(&digest), "{run}");
    let run = desk
        .run(&["apply", "run.db", "--allow-scope", "--confirm", "0000"])
        .await
        .expect(5);
    assert!(run.err.contains("does not name this plan"), "{run}");
    let mut other_key = desk.command(&[&apply(&digest)[..], &["--allow-scope"]].concat());
    other_key.env("WOODPECKER_API_KEY", "another");
    let run = Desk::run_command(other_key).await.expect(5);
    assert!(
        run.err.contains("the key is not the one of the plan"),
        "{run}"
    );
    let mut no_key = desk.command(&[&apply(&digest)[..], &["--allow-scope"]].concat());
    no_key.env_remove("WOODPECKER_API_KEY");
    Desk::run_command(no_key).await.expect(2);
    assert_eq!(desk.sandbox.requests().len(), 0);
    assert_eq!(desk.files(), ["list.csv", "run.db"]);
    desk.apply(&digest, &["--allow-scope"]).await.expect(0);
    assert_eq!(desk.sandbox.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_run_is_refused_and_stays_as_it_is() {
    let desk = Desk::new(leads(3)).await;
    let list = desk.file("list.csv", lead_list(0..3));
    desk.plan(&[&list]).await;
    let whole = fs::read(desk.path("run.db")).unwrap();
    let mut newer = whole.clone();
    newer[63] = 9;
    let mut older = whole.clone();
    older[63] = 1;
    let mut unfinished = whole.clone();
    unfinished[63] = 0;
    for (name, bytes, words) in [
        ("text.db", b"not a run".to_vec(), "is not a run file"),
        ("empty.db", Vec::new(), "is not a run file"),
        ("newer.db", newer, "form 9"),
        ("older.db", older, "older form 1"),
        ("unfinished.db", unfinished, "broke off"),
        ("torn.db", whole[..whole.len() / 2].to_vec(), "damaged"),
    ] {
        desk.file(name, &bytes);
        for command in [
            vec!["apply", name, "--confirm", "x"],
            vec!["status", name],
            vec!["forget", name],
        ] {
            let run = desk.run(&command).await;
            assert!(run.status == Some(2), "{command:?}: {run}");
            assert!(run.err.contains(words), "{command:?}: {run}");
            assert_eq!(run.err.lines().count(), 1, "{command:?}: {run}");
        }
        assert_eq!(
            fs::read(desk.path(name)).unwrap(),
            bytes,
            "{name} was changed"
        );
    }
    for command in [
        vec!["apply", "no.db", "--confirm", "x"],
        vec!["status", "no.db"],
    ] {
        desk.run(&command).await.expect(2);
    }
    let run = desk
        .run(&["plan", &list, "--out", "run.db"])
        .await
        .expect(2);
    assert!(run.err.contains("is there already"), "{run}");
    assert_eq!(fs::read(desk.path("run.db")).unwrap(), whole);
    assert_eq!(desk.sandbox.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_was_changed_behind_its_back_is_not_applied() {
    let desk = Desk::new(leads(3)).await;
    let list = desk.file("list.csv", lead_list(0..2));
    let digest = desk.plan(&[&list]).await;
    let database = rusqlite::Connection::open(desk.path("run.db")).unwrap();
    database
        .execute("UPDATE target SET key = replace(key, 'l1', 'l2')", [])
        .unwrap();
    drop(database);
    let run = desk.apply(&digest, &[]).await.expect(5);
    assert!(
        run.err.contains("does not hold what was planned any more"),
        "{run}"
    );
    assert_eq!(left(&desk).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_batch_is_split_until_the_ids_at_fault_stand_alone() {
    let desk = Desk::new(leads(16)).await;
    let refuse = |ids: &[&str]| {
        let refusal = json!({"title": "no such lead"}).to_string();
        let faults = ids
            .iter()
            .map(|id| Fault::new(answer(404, &refusal)).naming(*id));
        desk.sandbox.set_faults(faults.collect()).unwrap();
    };
    refuse(&["l5", "l6"]);
    let list = desk.file("list.csv", lead_list(0..16));
    let digest = desk.plan(&[&list]).await;
    // Nobody knows what the refused batch did before it was refused.
    let summary = desk.apply(&digest, &[]).await.expect(4).json();
    assert_eq!(
        (&summary["deleted"], &summary["unknown"]),
        (&json!(14), &json!(2)),
        "{summary}"
    );
    assert_eq!(
        left(&desk),
        BTreeSet::from(["l5".to_owned(), "l6".to_owned()])
    );
    let report = desk
        .run(&["report", "run.db", "--format", "csv"])
        .await
        .expect(0)
        .out;
    let unknown: Vec<_> = report
        .lines()
        .filter(|line| line.contains(",unknown,"))
        .collect();
    assert_eq!(unknown.len(), 2, "{report}");
    assert!(
        unknown.iter().all(|line| line.contains("no such lead")),
        "{report}"
    );

    refuse(&["l6"]);
    let again = desk.apply(&digest, &[]).await.expect(4).json();
    assert_eq!(
        (&again["deleted"], &again["unknown"]),
        (&json!(15), &json!(1)),
        "{again}"
    );
    assert_eq!(again["requests_sent"], 2, "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_stops_its_provider_and_no_other() {
    let mut seed = leads(4);
    seed.unleashx = Seed::example().unleashx;
    let desk = Desk::new(seed).await;
    let list = desk.file(
        "list.csv",
        format!(
            "target,pearl_id,lead_id,campaign_id,audience_id\nunleashx.audience,,,42,101\n{}",
            {
                lead_list(0..4)
                    .lines()
                    .skip(1)
                    .map(|line| format!("{line},,\n"))
                    .collect::<Vec<_>>()
                    .concat()
            }
        ),
    );
    desk.sandbox
        .set_faults(vec![
            Fault::new(answer(401, "{}"))
                .on("nlpearl.delete_leads")
                .times(1),
        ])
        .unwrap();
    let digest = desk.plan(&[&list, "--batch", "nlpearl=1"]).await;
    let summary = desk
        .apply(&digest, &["--concurrency", "nlpearl=1"])
        .await
        .expect(3)
        .json();
    assert_eq!(summary["by_provider"]["nlpearl"]["pending"], 4, "{summary}");
    assert_eq!(
        summary["by_provider"]["nlpearl"]["stopped"], "authentication",
        "{summary}"
    );
    assert_eq!(
        summary["by_provider"]["unleashx"]["deleted"], 1,
        "{summary}"
    );
    assert_eq!(left(&desk).len(), 4);
    let summary = desk.apply(&digest, &[]).await.expect(0).json();
    assert_eq!(summary["deleted"], 5, "{summary}");
    assert_eq!(left(&desk).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_of_unknown_outcome_is_sent_again_only_when_asked() {
    let desk = Desk::new(Seed::example()).await;
    let list = desk.file("list.csv", "target,company_id\nwoodpecker.company,123\n");
    desk.sandbox
        .set_faults(vec![
            Fault::new(Effect::Reset {
                takes_effect: false,
            })
            .times(1),
        ])
        .unwrap();
    let digest = desk.plan(&[&list]).await;
    let summary = desk
        .apply(&digest, &["--allow-scope"])
        .await
        .expect(4)
        .json();
    assert_eq!(
        (&summary["unknown"], &summary["requests_sent"]),
        (&json!(1), &json!(1)),
        "{summary}"
    );
    let again = desk
        .apply(&digest, &["--allow-scope", "--retry-rejected"])
        .await
        .expect(4)
        .json();
    assert_eq!(again["requests_sent"], 0, "{again}");
    let again = desk
        .apply(&digest, &["--allow-scope", "--retry-unknown"])
        .await
        .expect(0)
        .json();
    assert_eq!(
        (&again["accepted"], &again["requests_sent"]),
        (&json!(1), &json!(1)),
        "{again}"
    );
    assert_eq!(desk.sandbox.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_after_an_unknown_answer_stays_unknown() {
    let desk = Desk::new(leads(2)).await;
    let list = desk.file("list.csv", lead_list(0..1));
    desk.sandbox
        .set_faults(vec![
            Fault::new(Effect::Reset { takes_effect: true }).times(1),
            Fault::new(answer(404, "{}")),
        ])
        .unwrap();
    let digest = desk.plan(&[&list]).await;
    let summary = desk.apply(&digest, &[]).await.expect(4).json();
    assert_eq!(
        (&summary["unknown"], &summary["requests_sent"]),
        (&json!(1), &json!(2)),
        "{summary}"
    );
    desk.sandbox.set_faults(Vec::new()).unwrap();
    let summary = desk.apply(&digest, &[]).await.expect(0).json();
    assert_eq!(summary["deleted"], 1, "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_slows_down_and_loses_nothing() {
    let desk = Desk::new(leads(30)).await;
    let list = desk.file("list.csv", lead_list(0..30));
    let throttled = Effect::Answer {
        status: 429,
        headers: [("retry-after".to_owned(), "0".to_owned())].into(),
        body: String::new(),
        takes_effect: false,
    };
    desk.sandbox
        .set_faults(vec![Fault::new(throttled).after(3).times(4)])
        .unwrap();
    let digest = desk.plan(&[&list, "--batch", "nlpearl=3"]).await;
    let run = desk.apply(&digest, &[]).await.expect(0);
    let summary = run.json();
    assert_eq!(
        (&summary["deleted"], &summary["requests_sent"]),
        (&json!(30), &json!(14)),
        "{summary}"
    );
    assert!(
        run.err
            .lines()
            .any(|line| line.starts_with("{\"event\":\"waiting\",\"provider\":\"nlpearl\"")),
        "{run}"
    );
    assert_eq!(left(&desk).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_wait_than_allowed_is_not_slept_through() {
    let desk = Desk::new(leads(9)).await;
    let list = desk.file("list.csv", lead_list(0..9));
    let throttled = Effect::Answer {
        status: 429,
        headers: [("retry-after".to_owned(), "3600".to_owned())].into(),
        body: String::new(),
        takes_effect: false,
    };
    desk.sandbox
        .set_faults(vec![Fault::new(throttled).times(1)])
        .unwrap();
    let digest = desk.plan(&[&list, "--batch", "nlpearl=3"]).await;
    let summary = desk
        .apply(&digest, &["--concurrency", "nlpearl=1"])
        .await
        .expect(3)
        .json();
    assert_eq!(
        (&summary["rejected"], &summary["pending"]),
        (&json!(3), &json!(6)),
        "{summary}"
    );
    assert_eq!(summary["by_provider"]["nlpearl"]["stopped"], "throttled");
    let summary = desk
        .apply(&digest, &["--retry-rejected"])
        .await
        .expect(0)
        .json();
    assert_eq!(summary["deleted"], 9, "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_is_not_sent_and_sent_by_the_next_apply() {
    let desk = Desk::new(leads(2)).await;
    let list = desk.file("list.csv", lead_list(0..2));
    // A port that was free a moment ago, and that the sandbox takes later.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let address = format!("nlpearl=http://127.0.0.1:{port}");
    let digest = desk.plan(&[&list, "--base-url", &address]).await;
    let summary = desk
        .apply(&digest, &["--base-url", &address, "--max-attempts", "1"])
        .await
        .expect(3)
        .json();
    assert_eq!(
        (&summary["not_sent"], &summary["requests_sent"]),
        (&json!(2), &json!(0)),
        "{summary}"
    );
    let sandbox = prospect_delete_sandbox::Sandbox::builder()
        .seed(leads(2))
        .port(port)
        .start()
        .await
        .unwrap();
    let summary = desk
        .apply(&digest, &["--base-url", &address])
        .await
        .expect(0)
        .json();
    assert_eq!(
        (&summary["deleted"], &summary["requests_sent"]),
        (&json!(2), &json!(1)),
        "{summary}"
    );
    assert_eq!(sandbox.state().nlpearl.pearls[PEARL].leads.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_one_too_many() {
    let desk = Desk::new(leads(3)).await;
    let list = desk.file("list.csv", lead_list(0..3));
    let digest = desk.plan(&[&list]).await;
    desk.sandbox
        .set_faults(vec![
            Fault::new(Effect::Delay {
                milliseconds: 3_600_000,
            })
            .times(1),
        ])
        .unwrap();
    let mut first = desk.command(&apply(&digest)).spawn().unwrap();
    while desk.sandbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    for command in [apply(&digest), vec!["forget", "run.db"]] {
        let run = desk.run(&command).await.expect(5);
        assert!(
            run.err.contains("another program is at work on this run"),
            "{run}"
        );
    }
    // What is under way may have been done.
    let status = desk
        .run(&["status", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    assert_eq!(status["unknown"], 3, "{status}");
    first.kill().unwrap();
    first.wait().unwrap();
    let summary = desk.apply(&digest, &[]).await.expect(0).json();
    assert_eq!(summary["deleted"], 3, "{summary}");
    assert_eq!(desk.sandbox.requests().len(), 2);
    assert_eq!(ends(&desk).await, ["broken_off", "completed"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_waits_for_what_is_under_way_and_the_next_apply_goes_on() {
    let desk = Desk::new(leads(20)).await;
    let list = desk.file("list.csv", lead_list(0..20));
    let digest = desk.plan(&[&list, "--batch", "nlpearl=1"]).await;
    // The third request waits until the signal has been seen.
    desk.sandbox
        .set_faults(vec![
            Fault::new(Effect::Delay { milliseconds: 1500 })
                .after(2)
                .times(1),
        ])
        .unwrap();
    let mut command =
        desk.command(&[&apply(&digest)[..], &["--concurrency", "nlpearl=1"]].concat());
    let child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while desk.sandbox.requests().len() < 3 {
        tokio::task::yield_now().await;
    }
    std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    let run: common::Run = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap())
        .await
        .unwrap()
        .into();
    let run = run.expect(130);
    assert_eq!(
        (&run.json()["deleted"], &run.json()["pending"]),
        (&json!(3), &json!(17)),
        "{run}"
    );
    assert_eq!(run.json()["interrupted"], true);
    assert_eq!(left(&desk).len(), 17);
    let summary = desk.apply(&digest, &[]).await.expect(0).json();
    assert_eq!(
        (&summary["deleted"], &summary["requests_sent"]),
        (&json!(20), &json!(17)),
        "{summary}"
    );
    assert_eq!(ends(&desk).await, ["interrupted", "completed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_leaves_no_identifier_and_a_list_can_still_be_checked() {
    let desk = Desk::new(leads(40)).await;
    let echo = answer(
        404,
        &json!({"title": "lead l7 of 66b2f0c4a1d3e5f708192a3b is gone"}).to_string(),
    );
    desk.sandbox
        .set_faults(vec![Fault::new(echo).after(7).times(1)])
        .unwrap();
    let list = desk.file("list.csv", lead_list(0..39));
    let digest = desk.plan(&[&list, "--batch", "nlpearl=1"]).await;
    let run = desk.run(&["forget", "run.db"]).await.expect(5);
    assert!(run.err.contains("39 targets are still to be sent"), "{run}");
    desk.apply(&digest, &["--concurrency", "nlpearl=1"])
        .await
        .expect(3);
    fs::remove_file(desk.path("list.csv")).unwrap();

    let forgotten = desk
        .run(&["forget", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    assert_eq!(forgotten["key_file"], "run.db.key");
    assert_eq!(desk.files(), ["run.db", "run.db.key"]);
    let key = fs::read_to_string(desk.path("run.db.key")).unwrap();
    let key_digits = key.lines().last().unwrap().strip_prefix("key ").unwrap();
    for name in desk.files() {
        let bytes = fs::read(desk.path(&name)).unwrap();
        let holds = |text: &str| {
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        };
        assert!(!holds(PEARL), "{name} holds the pearl");
        for number in 10..39 {
            assert!(!holds(&format!("l{number}")), "{name} holds l{number}");
        }
        assert_eq!(holds(key_digits), name == "run.db.key", "{name}");
    }
    let status = desk
        .run(&["status", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    assert_eq!(
        (&status["deleted"], &status["rejected"]),
        (&json!(38), &json!(1)),
        "{status}"
    );
    assert!(status["forgotten_at"].is_string());
    let report = desk
        .run(&["report", "run.db", "--format", "json"])
        .await
        .expect(0)
        .json();
    assert_eq!(report["targets"].as_array().unwrap().len(), 39);
    assert_eq!(report["targets"][0]["hash"].as_str().unwrap().len(), 64);
    assert_eq!(report["digest"], digest);

    let asked = desk.file("asked.csv", lead_list([0, 8, 39].into_iter()));
    let checked = desk
        .run(&[
            "check",
            "run.db",
            "--key",
            "run.db.key",
            &asked,
            "--output",
            "json",
        ])
        .await
        .expect(3)
        .json();
    assert_eq!(
        (&checked["found"], &checked["not_found"]),
        (&json!(2), &json!(1)),
        "{checked}"
    );
    assert_eq!(checked["entries"][0]["outcome"], "deleted");
    assert_eq!(
        checked["entries"][2],
        json!({"list": "asked.csv", "line": 4, "target": format!("nlpearl.lead:{PEARL}/l39"), "found": false, "outcome": null, "attempts": null})
    );
    desk.run(&["check", "run.db", &asked]).await.expect(2);
    let wrong = desk.file("wrong.key", key.replace(key_digits, &"0".repeat(64)));
    desk.run(&["check", "run.db", "--key", &wrong, &asked])
        .await
        .expect(2);
    let run = desk.apply(&digest, &[]).await.expect(5);
    assert!(run.err.contains("was forgotten"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_can_be_forgotten_as_soon_as_it_is_done() {
    let desk = Desk::new(leads(3)).await;
    let list = desk.file("list.csv", lead_list(0..3));
    let digest = desk.plan(&[&list]).await;
    // Not while something is still to be sent.
    desk.sandbox
        .set_faults(vec![Fault::new(answer(401, "{}")).times(1)])
        .unwrap();
    desk.apply(&digest, &["--forget"]).await.expect(3);
    assert_eq!(desk.files(), ["list.csv", "run.db"]);
    let summary = desk.apply(&digest, &["--forget"]).await.expect(0).json();
    assert_eq!(summary["deleted"], 3);
    assert_eq!(desk.files(), ["list.csv", "run.db", "run.db.key"]);
    let status = desk
        .run(&["status", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    assert!(status["forgotten_at"].is_string(), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_is_noticed() {
    let desk = Desk::new(leads(1)).await;
    let list = desk.file("list.csv", lead_list(0..1));
    for (planned_at, status) in [
        ("2999-01-01T00:00:00Z", 5),
        ("2001-01-01T00:00:00Z", 5),
        ("yesterday", 5),
    ] {
        let digest = desk.plan(&[&list]).await;
        let database = rusqlite::Connection::open(desk.path("run.db")).unwrap();
        database
            .execute(
                "UPDATE manifest SET value = ? WHERE name = 'planned_at'",
                [planned_at],
            )
            .unwrap();
        drop(database);
        desk.apply(&digest, &[]).await.expect(status);
        fs::remove_file(desk.path("run.db")).unwrap();
    }
    assert_eq!(left(&desk).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_that_a_spreadsheet_would_run_are_made_harmless() {
    let desk = Desk::new(leads(1)).await;
    let hostile = answer(400, "{\"message\":\"no; ＝HYPERLINK(1)\"}");
    desk.sandbox.set_faults(vec![Fault::new(hostile)]).unwrap();
    let list = desk.file(
        "list.csv",
        format!("target,pearl_id,lead_id\nnlpearl.lead,{PEARL},+a/b=\n"),
    );
    let digest = desk.plan(&[&list]).await;
    desk.apply(&digest, &[]).await.expect(3);
    let report = desk
        .run(&["report", "run.db", "--format", "csv", "--out", "report.csv"])
        .await
        .expect(0);
    assert_eq!(report.out, "");
    let report = fs::read_to_string(desk.path("report.csv")).unwrap();
    assert!(report.contains(",'+a/b=,"), "{report}");
    assert!(report.contains("no;' ＝HYPERLINK(1)"), "{report}");
}

/// A file that may not grow stands in for a disk that is full.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_a_pass_and_loses_nothing() {
    let desk = Desk::new(leads(300)).await;
    let list = desk.file("list.csv", lead_list(0..300));
    let digest = desk.plan(&[&list, "--batch", "nlpearl=1"]).await;
    let run = Desk::run_command(limited(&desk.command(&apply(&digest)), 128))
        .await
        .expect(1);
    assert!(run.err.contains("run.db: "), "{run}");
    let status = desk
        .run(&["status", "run.db", "--output", "json"])
        .await
        .expect(0)
        .json();
    let gone = 300 - left(&desk).len() as u64;
    let [deleted, unknown, pending] =
        ["deleted", "unknown", "pending"].map(|key| status[key].as_u64().unwrap());
    assert!(
        deleted <= gone && gone <= deleted + unknown,
        "{gone} are gone: {status}"
    );
    assert!(pending > 0, "{status}");
    let summary = desk.apply(&digest, &[]).await.expect(0).json();
    assert_eq!(summary["deleted"], 300, "{summary}");
    assert_eq!(left(&desk).len(), 0);

    // A plan that finds no room leaves nothing.
    let plan = desk.command(&["plan", &list, "--out", "other.db"]);
    Desk::run_command(limited(&plan, 8)).await.expect(1);
    assert!(!desk.path("other.db").exists());
}

/// The same command, in which no file may grow beyond so many blocks of 512 bytes.
#[cfg(unix)]
fn limited(program: &std::process::Command, blocks: u32) -> std::process::Command {
    let mut limited = std::process::Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    limited
        .args(["-c", &script])
        .arg(program.get_program())
        .args(program.get_args())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(program.get_current_dir().unwrap());
    limited
}
