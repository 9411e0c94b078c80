//! What a provider refuses: which ids may be gone all the same, and which refusals are not about ids.

mod common;

use std::collections::BTreeMap;

use common::{Desk, Run, answering::Answering, apply};
use prospect_delete_sandbox::Seed;
use serde_json::{Value, json};

/// A refusal, as a provider may put it.
type Refusal = (u16, &'static str);

/// Deletes what it is asked for in its order, until it meets an id that it does not have: then it refuses the
/// whole request.
fn half_way(missing: &'static [&'static str], refusal: Refusal) -> Answering {
    let mut gone: Vec<String> = missing.iter().map(|id| (*id).to_owned()).collect();
    Answering::start(move |asked| {
        for id in asked.body["leadIds"].as_array().unwrap() {
            let id = id.as_str().unwrap().to_owned();
            if gone.contains(&id) {
                return (refusal.0, refusal.1.to_owned());
            }
            gone.push(id);
        }
        (200, "true".to_owned())
    })
}

fn leads(count: usize) -> String {
    let rows = (0..count).map(|number| format!("nlpearl.lead,pearl,a{number}\n"));
    format!("target,pearl_id,lead_id\n{}", rows.collect::<String>())
}

async fn applied(server: &Answering, list: String, more: &[&str]) -> (Desk, Run) {
    let desk = Desk::new(Seed::default()).await;
    let list = desk.file("list.csv", list);
    let addresses = ["extrovert", "nlpearl"].map(|name| format!("{name}={}", server.base_url));
    let addresses = addresses.iter().flat_map(|address| ["--base-url", address]);
    let addresses: Vec<_> = addresses.collect();
    let digest = desk
        .plan(&[&[list.as_str()], &addresses[..]].concat())
        .await;
    let run = desk
        .run(&[&apply(&digest)[..], &addresses, more].concat())
        .await;
    (desk, run)
}

/// How each target ended.
async fn outcomes(desk: &Desk, id: &str) -> BTreeMap<String, String> {
    let report = desk.run(&["report", "run.db", "--format", "json"]).await;
    let report = report.expect(0).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let targets = report["targets"].as_array().unwrap().iter();
    targets
        .map(|target| (text(&target[id]), text(&target["outcome"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refused_batch_may_have_deleted_is_never_called_rejected() {
    for refusal in [
        (400, r#"{"title":"bad"}"#),
        (404, r#"{"title":"no lead a5"}"#),
        (404, ""),
        (409, "{}"),
        (410, "gone"),
        (422, r#"{"errors":{"leadIds":["bad"]}}"#),
        (200, "false"),
    ] {
        let server = half_way(&["a5"], refusal);
        let (desk, run) = applied(&server, leads(8), &["--concurrency", "nlpearl=1"]).await;
        let summary = run.expect(4).json();
        let outcomes = outcomes(&desk, "lead_id").await;
        for (lead, outcome) in &outcomes {
            let expected = match lead.as_str() {
                // Sent with those that the first request deleted.
                "a0" | "a1" | "a2" | "a3" | "a4" | "a5" => "unknown",
                _ => "deleted",
            };
            assert_eq!(outcome, expected, "{refusal:?} {lead}: {outcomes:?}");
        }
        assert_eq!(summary["rejected"], 0, "{summary}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_was_only_ever_named_alone_is_rejected() {
    let server = half_way(&["a1"], (404, "{}"));
    let (desk, run) = applied(&server, leads(1), &[]).await;
    run.expect(0);
    assert_eq!(outcomes(&desk, "lead_id").await["a0"], "deleted");
    let server = half_way(&["a0"], (404, "{}"));
    let (desk, run) = applied(&server, leads(1), &[]).await;
    run.expect(3);
    assert_eq!(outcomes(&desk, "lead_id").await["a0"], "rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_too_large_says_nothing_about_its_ids() {
    let server = Answering::start(|asked| {
        let ids = asked.body["leadIds"].as_array().unwrap();
        match ids.as_slice() {
            [one] if one == "a2" => (404, "{}".to_owned()),
            [_] => (200, "true".to_owned()),
            _ => (413, "{}".to_owned()),
        }
    });
    let (desk, run) = applied(&server, leads(4), &[]).await;
    run.expect(3);
    let outcomes = outcomes(&desk, "lead_id").await;
    assert_eq!(outcomes["a2"], "rejected");
    assert_eq!(outcomes["a1"], "deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_the_account_cost_few_requests_and_leave_everything_pending() {
    for (status, words) in [
        (403, r#"{"title":"no right"}"#),
        (403, r#"{"error":"forbidden","trace":"7f3a91"}"#),
        (405, "{}"),
        (407, "proxy"),
        (426, ""),
    ] {
        let server = Answering::start(move |_| (status, words.to_owned()));
        let (desk, run) = applied(&server, leads(1000), &[]).await;
        let summary = run.expect(3).json();
        assert!(
            server.asked().len() <= 12,
            "{status}: {}",
            server.asked().len()
        );
        assert_eq!(summary["pending"], 1000, "{status}: {summary}");
        assert_eq!(summary["requests_sent"], server.asked().len(), "{summary}");
        assert_eq!(
            summary["by_provider"]["nlpearl"]["stopped"], "refused",
            "{summary}"
        );
        let status_of_run = desk.run(&["status", "run.db", "--output", "json"]).await;
        assert_eq!(status_of_run.expect(0).json()["pending"], 1000, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_for_the_account_is_sent_once_that_is_settled() {
    let mut paid = false;
    let mut seen = 0;
    let server = Answering::start(move |_| {
        seen += 1;
        paid |= seen > 12;
        if paid {
            (200, "true".to_owned())
        } else {
            (403, "{}".to_owned())
        }
    });
    let (desk, run) = applied(&server, leads(64), &["--concurrency", "nlpearl=1"]).await;
    // Twelve requests, which is all of the first batch's first ids.
    let summary = run.expect(3).json();
    assert_eq!(
        (&summary["pending"], &summary["requests_sent"]),
        (&json!(64), &json!(12))
    );
    let digest = summary["digest"].as_str().unwrap();
    let address = format!("nlpearl={}", server.base_url);
    let again = desk
        .run(&[&apply(digest)[..], &["--base-url", &address]].concat())
        .await
        .expect(0)
        .json();
    assert_eq!(again["deleted"], 64, "{again}");
    let mut named: Vec<_> = server.asked()[12..]
        .iter()
        .flat_map(|(_, body)| body["leadIds"].as_array().unwrap().clone())
        .collect();
    named.sort_by_key(ToString::to_string);
    named.dedup();
    assert_eq!(named.len(), 64, "each is sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_that_is_not_paid_stops_its_provider_at_once() {
    let server = Answering::start(|_| (402, r#"{"message":"plan expired"}"#.to_owned()));
    let (_, run) = applied(&server, leads(300), &["--concurrency", "nlpearl=1"]).await;
    let summary = run.expect(3).json();
    assert_eq!(
        (&summary["pending"], &summary["requests_sent"]),
        (&json!(300), &json!(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_ids_that_the_key_may_not_delete_hold_up_nobody_else() {
    let server = Answering::start(|asked| {
        let ids = asked.body["leadIds"].as_array().unwrap();
        let foreign = ids
            .iter()
            .any(|id| id == "a0" || id == "a18" || id == "a19");
        if foreign {
            (403, r#"{"title":"no right"}"#.to_owned())
        } else {
            (200, "true".to_owned())
        }
    });
    let (desk, run) = applied(&server, leads(20), &["--concurrency", "nlpearl=1"]).await;
    let summary = run.expect(4).json();
    assert_eq!(
        (&summary["deleted"], &summary["pending"]),
        (&json!(17), &json!(0)),
        "{summary}"
    );
    let outcomes = outcomes(&desk, "lead_id").await;
    assert_eq!(
        ["a0", "a18", "a19"].map(|lead| outcomes[lead].as_str()),
        ["unknown"; 3]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn single_people_without_the_right_to_delete_them_are_rejected_one_by_one() {
    let server = Answering::start(|_| (403, "{}".to_owned()));
    let rows = |count: usize| {
        let row = |number| {
            format!(
                "extrovert.prospect,8d256aa6-9b12-49a7-93ee-bf41634b5b60,https://www.linkedin.com/in/person-{number}\n"
            )
        };
        format!(
            "target,campaign_id,profile_url\n{}",
            (0..count).map(row).collect::<String>()
        )
    };
    let (_, run) = applied(&server, rows(3), &[]).await;
    assert_eq!(run.expect(3).json()["rejected"], 3);
    let (_, run) = applied(&server, rows(100), &["--concurrency", "extrovert=1"]).await;
    let summary = run.expect(3).json();
    assert_eq!(
        (&summary["pending"], &summary["requests_sent"]),
        (&json!(100), &json!(12))
    );
}
