//! What is said after a pass: each case with a command, and each command does what it says.

mod common;

use common::{Desk, Run, apply};
use prospect_delete_sandbox::{Effect, Fault, Seed};

const ROWS: &str = "target,pearl_id,lead_id,company_id\n\
    nlpearl.lead,p,l0,\nnlpearl.lead,p,l1,\nnlpearl.lead,p,l2,\n";

async fn desk() -> Desk {
    let mut seed = Seed::example();
    let pearl = seed.nlpearl.pearls.entry("p".to_owned()).or_default();
    pearl.leads = (0..3).map(|number| format!("l{number}")).collect();
    Desk::new(seed).await
}

fn answer(status: u16, headers: &[(&str, &str)]) -> Effect {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Effect::Answer {
        status,
        headers: headers.collect(),
        body: r#"{"title":"no such lead"}"#.to_owned(),
        takes_effect: false,
    }
}

/// Plans the rows under a name that a shell would take apart, and applies them for people.
async fn applied(desk: &Desk, rows: &str, more: &[&str]) -> Run {
    let list = desk.file("list.csv", rows);
    let plan = [
        "plan",
        &list,
        "--out",
        "it's my run.db",
        "--batch",
        "nlpearl=1",
        "--output",
        "json",
    ];
    let digest = desk.run(&plan).await.expect(0).json()["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut arguments = apply(&digest);
    arguments[1] = "it's my run.db";
    arguments.retain(|word| !["--output", "json"].contains(word));
    arguments.extend(["--concurrency", "nlpearl=1", "--max-attempts", "1"]);
    arguments.extend(more);
    desk.run(&arguments).await
}

/// The command of the paragraph with this heading.
fn command<'a>(run: &'a Run, heading: &str) -> &'a str {
    let paragraph = run
        .out
        .split("\n\n")
        .find(|paragraph| paragraph.starts_with(heading));
    let paragraph = paragraph.unwrap_or_else(|| panic!("{heading:?} is not said: {run}"));
    paragraph.lines().last().unwrap().trim()
}

/// Pastes it: how the run stands then.
async fn pasted(desk: &Desk, command: &str) -> serde_json::Value {
    desk.sandbox.set_faults(Vec::new()).unwrap();
    desk.paste(&format!("{command} --output json"))
        .await
        .expect(0)
        .json()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rejected_is_told_with_its_reason_and_tried_again() {
    let desk = desk().await;
    desk.sandbox
        .set_faults(vec![Fault::new(answer(409, &[])).times(2)])
        .unwrap();
    let run = applied(&desk, ROWS, &[]).await.expect(3);
    assert!(
        run.out
            .contains("  2 nlpearl.lead, HTTP 409, conflict: no such lead\n"),
        "{run}"
    );
    let summary = pasted(&desk, command(&run, "2 targets were rejected")).await;
    assert_eq!(
        (&summary["deleted"], &summary["requests_sent"]),
        (&3.into(), &2.into()),
        "{summary}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_does_not_have_is_not_asked_for_again() {
    let desk = desk().await;
    desk.sandbox
        .set_faults(vec![Fault::new(answer(404, &[])).times(2)])
        .unwrap();
    let run = applied(&desk, ROWS, &[]).await.expect(3);
    assert!(
        run.out.contains(
            "2 targets are not there\n  2 nlpearl.lead, HTTP 404, not found: no such lead\n"
        ),
        "{run}"
    );
    for command in ["--retry-rejected", "prospect-delete apply"] {
        assert!(!run.out.contains(command), "{run}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_people_are_named_again_and_unknown_scopes_only_when_asked() {
    let desk = desk().await;
    let reset = || Effect::Reset {
        takes_effect: false,
    };
    let faults = vec![
        Fault::new(reset()).on("nlpearl.delete_leads").times(1),
        Fault::new(reset())
            .on("woodpecker.delete_company_prospects")
            .times(1),
    ];
    desk.sandbox.set_faults(faults).unwrap();
    let rows = format!("{ROWS}woodpecker.company,,,123\n");
    let run = applied(&desk, &rows, &["--allow-scope"]).await.expect(4);
    let people = command(&run, "1 target was perhaps deleted, perhaps not");
    let scope = command(
        &run,
        "1 scope was perhaps deleted, perhaps not\n  woodpecker.company:123: transport: ",
    );
    assert!(!people.contains("--retry-unknown"), "{people}");
    desk.sandbox.set_faults(Vec::new()).unwrap();
    let named = desk
        .paste(&format!("{people} --output json"))
        .await
        .expect(4)
        .json();
    assert_eq!(
        (&named["deleted"], &named["unknown"]),
        (&3.into(), &1.into()),
        "{named}"
    );
    let summary = pasted(&desk, scope).await;
    assert_eq!(
        (&summary["accepted"], &summary["unknown"]),
        (&1.into(), &0.into()),
        "{summary}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_is_named_by_its_variable() {
    let desk = desk().await;
    desk.sandbox
        .set_faults(vec![Fault::new(answer(401, &[]))])
        .unwrap();
    let run = applied(&desk, ROWS, &[]).await.expect(3);
    let again = command(
        &run,
        "nlpearl does not accept the key; 3 targets are still to be sent",
    );
    assert!(run.out.contains("NLPEARL_API_KEY"), "{run}");
    assert!(
        run.err
            .contains("nlpearl is not sent anything more: key refused"),
        "{run}"
    );
    assert_eq!(pasted(&desk, again).await["deleted"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_too_long_is_continued_with_the_request_that_it_refused() {
    let desk = desk().await;
    let faults = vec![Fault::new(answer(429, &[("retry-after", "3600")])).after(1)];
    desk.sandbox.set_faults(faults).unwrap();
    let run = applied(&desk, ROWS, &[]).await.expect(3);
    assert!(!run.out.contains("was rejected"), "it is told twice: {run}");
    let again = command(
        &run,
        "nlpearl asks for a longer wait than --max-wait allows",
    );
    assert_eq!(pasted(&desk, again).await["deleted"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_proved_and_forgotten_by_what_is_said_last() {
    let desk = desk().await;
    let run = applied(&desk, ROWS, &[]).await.expect(0);
    let last: Vec<_> = run.out.split("\n\n").last().unwrap().lines().collect();
    assert_eq!(last[0], "Everything is deleted.");
    let report = desk.paste(last[2].trim()).await.expect(0);
    assert_eq!(
        report
            .out
            .lines()
            .filter(|line| line.contains(",deleted,"))
            .count(),
        3,
        "{report}"
    );
    desk.paste(last[4].trim()).await.expect(0);
    assert!(desk.path("it's my run.db.key").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_ends_with_the_command_that_applies_it() {
    let desk = desk().await;
    let rows = format!("{ROWS}nlpearl.lead,p,l0,\nwoodpecker.company,,,123\nnlpearl.led,p,l1,\n");
    let list = desk.file("list.csv", rows);
    let plan = [
        "plan",
        &list,
        "--out",
        "it's my run.db",
        "--rejects",
        "bad.csv",
    ];
    let plan = desk.run(&plan).await.expect(0);
    let (irreversible, table) = (
        plan.out.find("woodpecker.company:123"),
        plan.out.find("targets"),
    );
    assert!(irreversible < table, "scopes come first: {plan}");
    for words in [
        "nlpearl.lead:\n  p / l0\n  p / l1\n  p / l2\n",
        "4 targets. 1 row names a target again, and is sent once. 1 bad row put aside in",
        desk.sandbox.base_url(),
    ] {
        assert!(plan.out.contains(words), "{words:?}: {plan}");
    }
    let apply = plan.out.lines().last().unwrap().trim();
    let summary = pasted(&desk, apply).await;
    assert_eq!(
        (&summary["deleted"], &summary["accepted"]),
        (&3.into(), &1.into()),
        "{summary}"
    );
}
