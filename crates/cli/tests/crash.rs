//! `apply` is killed again and again, by a server that also fails it in all ways; then the sandbox's own
//! record shows what was deleted, and the report must not say anything else.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
};

use common::{Desk, apply};
use prospect_delete_sandbox::{Effect, Fault, RecordedRequest, Seed};
use serde_json::{Value, json};

const PEARL: &str = "pearl";
const LEADS: usize = 400;
const RECORDS: i64 = 200;
const KILLS: usize = 40;

fn seed() -> Seed {
    let mut seed = Seed::example();
    let leads = (0..2 * LEADS).map(|number| format!("l{number}")).collect();
    seed.nlpearl
        .pearls
        .entry(PEARL.to_owned())
        .or_default()
        .leads = leads;
    let campaign = seed
        .unleashx
        .campaigns
        .get_mut(&42)
        .expect("the example's campaign");
    campaign.audience = (1..=2 * RECORDS).collect();
    seed
}

/// The even ones go; the odd ones must stay.
fn list() -> String {
    let leads = (0..LEADS).map(|number| format!("nlpearl.lead,{PEARL},l{},,,\n", 2 * number));
    let records = (1..=RECORDS).map(|number| format!("unleashx.audience,,,42,{},\n", 2 * number));
    let scopes = [
        "woodpecker.company,,,,,123\n".to_owned(),
        "extrovert.all,,,,,\n".to_owned(),
    ];
    let rows: String = leads.chain(records).chain(scopes).collect();
    format!("target,pearl_id,lead_id,campaign_id,audience_id,company_id\n{rows}")
}

/// One fault after the other, at every so many requests.
fn faults() -> Vec<Fault> {
    let answer = |status: u16, takes_effect: bool| Effect::Answer {
        status,
        headers: [("retry-after".to_owned(), "0".to_owned())].into(),
        body: "{}".to_owned(),
        takes_effect,
    };
    let effects = [
        Effect::Reset { takes_effect: true },
        answer(500, true),
        answer(429, false),
        Effect::Truncate { bytes: 2 },
        Effect::Reset {
            takes_effect: false,
        },
        answer(503, false),
        answer(200, true),
        Effect::Delay { milliseconds: 30 },
    ];
    let on = |operation: &str, count: u64| -> Vec<Fault> {
        (0..count)
            .map(|index| {
                let effect = effects[usize::try_from(index).unwrap() % effects.len()].clone();
                Fault::new(effect).on(operation).after(index * 3).times(1)
            })
            .collect()
    };
    [
        on("nlpearl.delete_leads", 40),
        on("unleashx.delete_audience", 30),
    ]
    .concat()
}

/// A generator of the test's own: the same kills at each run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_a_run_loses_nothing_and_lies_about_nothing() {
    let desk = Desk::new(seed()).await;
    let before = desk.sandbox.state();
    desk.sandbox.set_faults(faults()).unwrap();
    let list = desk.file("list.csv", list());
    let digest = desk
        .plan(&[&list, "--batch", "nlpearl=3", "--batch", "unleashx=2"])
        .await;
    let arguments = [
        &apply(&digest)[..],
        &["--allow-scope", "--max-attempts", "3"],
    ]
    .concat();

    let mut random = Random(0x5eed_cafe);
    let mut killed = 0;
    for _ in 0..KILLS {
        let arrived = desk.sandbox.requests().len();
        let mut child = desk
            .command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = arrived + usize::try_from(random.below(12)).unwrap();
        let spins = random.below(2000);
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if desk.sandbox.requests().len() > until {
                // A little later, so that writes and answers are hit as well.
                for _ in 0..spins {
                    std::hint::spin_loop();
                }
                break None;
            }
            tokio::task::yield_now().await;
        };
        if ended.is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
        }
        check_report(&desk, &before).await;
    }
    assert!(killed > KILLS / 2, "only {killed} were killed");

    desk.sandbox.set_faults(Vec::new()).unwrap();
    let summary = desk.run(&arguments).await.json();
    assert_eq!(summary["pending"], 0, "{summary}");
    assert_eq!(
        summary["by_provider"]["nlpearl"]["deleted"], LEADS,
        "{summary}"
    );
    assert_eq!(
        summary["by_provider"]["unleashx"]["deleted"], RECORDS,
        "{summary}"
    );
    check_report(&desk, &before).await;

    let after = desk.sandbox.state();
    let leads = &after.nlpearl.pearls[PEARL].leads;
    let odd: BTreeSet<_> = (0..LEADS)
        .map(|number| format!("l{}", 2 * number + 1))
        .collect();
    assert_eq!(leads.iter().cloned().collect::<BTreeSet<_>>(), odd);
    let audience: BTreeSet<_> = after.unleashx.campaigns[&42]
        .audience
        .iter()
        .copied()
        .collect();
    assert_eq!(
        audience,
        (1..=RECORDS).map(|number| 2 * number - 1).collect()
    );
    for (pearl, of) in &before.nlpearl.pearls {
        assert!(
            pearl == PEARL || after.nlpearl.pearls[pearl] == *of,
            "{pearl} was touched"
        );
    }
    for (campaign, of) in &before.unleashx.campaigns {
        assert!(
            *campaign == 42 || after.unleashx.campaigns[campaign] == *of,
            "{campaign} was touched"
        );
    }
    for (company, of) in &before.woodpecker.companies {
        assert!(
            *company == 123 || after.woodpecker.companies[company] == *of,
            "{company} was touched"
        );
    }
    check_requests(&desk.sandbox.requests());
}

/// What the report calls deleted is gone, what it calls pending or rejected is there.
async fn check_report(desk: &Desk, before: &prospect_delete_sandbox::State) {
    let report = desk
        .run(&["report", "run.db", "--format", "json"])
        .await
        .expect(0)
        .json();
    let state = desk.sandbox.state();
    let targets = report["targets"].as_array().unwrap();
    assert_eq!(targets.len(), LEADS + usize::try_from(RECORDS).unwrap() + 2);
    for target in targets {
        let is_there = match target["target"].as_str().unwrap() {
            "nlpearl.lead" => state.nlpearl.pearls[PEARL]
                .leads
                .contains(target["lead_id"].as_str().unwrap()),
            "unleashx.audience" => {
                let id = target["audience_id"].as_i64().unwrap();
                state.unleashx.campaigns[&42].audience.contains(&id)
            }
            "woodpecker.company" => {
                state.woodpecker.companies[&123] == before.woodpecker.companies[&123]
            }
            _ => state.extrovert.prospects.len() == before.extrovert.prospects.len(),
        };
        match target["outcome"].as_str().unwrap() {
            "deleted" | "accepted" => assert!(!is_there, "called deleted, and is there: {target}"),
            "unknown" => {}
            _ => assert!(is_there, "not called unknown, and is gone: {target}"),
        }
    }
}

/// Only what was planned was ever asked for, and no scope twice after an answer that leaves doubt.
fn check_requests(requests: &[RecordedRequest]) {
    let mut scopes: BTreeMap<String, Vec<Option<u16>>> = BTreeMap::new();
    for request in requests {
        match request.operation.as_deref() {
            Some("nlpearl.delete_leads") => {
                assert_eq!(request.path, format!("/v2/Outbound/{PEARL}/Leads"));
                for lead in request.body["leadIds"].as_array().unwrap() {
                    let number: usize = lead.as_str().unwrap()[1..].parse().unwrap();
                    assert!(
                        number.is_multiple_of(2) && number < 2 * LEADS,
                        "{lead} was not planned"
                    );
                }
            }
            Some("unleashx.delete_audience") => {
                assert_eq!(request.body["campaign_id"], 42);
                assert_eq!(request.body["delete_all"], Value::Null);
                for record in request.body["audience"].as_array().unwrap() {
                    assert!(
                        record.as_i64().unwrap() % 2 == 0,
                        "{record} was not planned"
                    );
                }
            }
            Some("woodpecker.delete_company_prospects") => {
                assert_eq!(
                    request.path,
                    "/rest/v2/agency/companies/123/prospects/delete"
                );
                scopes
                    .entry(request.path.clone())
                    .or_default()
                    .push(request.status);
            }
            Some("extrovert.delete_selected") => {
                assert_eq!(request.body["variant"], json!("all"));
                scopes
                    .entry(request.path.clone())
                    .or_default()
                    .push(request.status);
            }
            other => panic!("{other:?} was not planned"),
        }
    }
    assert_eq!(scopes.len(), 2, "{scopes:?}");
    for (path, statuses) in scopes {
        let (_, earlier) = statuses.split_last().unwrap();
        assert!(
            earlier.iter().all(|status| *status == Some(429)),
            "{path} was sent again: {statuses:?}"
        );
    }
}
