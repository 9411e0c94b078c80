//! Whoever can write to a run file can stop a run, and cannot make it name anybody who was not reviewed.

mod common;

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::mpsc::{self, Receiver, Sender},
};

use common::{Desk, Run, answering::Answering, apply};
use prospect_delete_sandbox::{Effect, Fault, Seed};
use rusqlite::Connection;
use serde_json::json;

const PEARL: &str = "pearl";

fn leads(count: usize) -> Seed {
    let mut seed = Seed::example();
    let pearl = seed.nlpearl.pearls.entry(PEARL.to_owned()).or_default();
    pearl.leads = (0..count).map(|number| format!("lead-{number}")).collect();
    pearl.leads.insert("not-reviewed".to_owned());
    seed
}

fn list(count: usize) -> String {
    let rows = (0..count).map(|number| format!("nlpearl.lead,{PEARL},lead-{number},\n"));
    format!(
        "target,pearl_id,lead_id,company_id\n{}",
        rows.collect::<String>()
    )
}

fn open(run: &Path) -> Connection {
    Connection::open(run).unwrap()
}

fn change(desk: &Desk, sql: &str) {
    open(&desk.path("run.db")).execute_batch(sql).unwrap();
}

/// The program's words are no SQL.
fn in_words(run: Run) -> Run {
    for word in ["SELECT", "no such", "sqlite", "prohibited", "datatype"] {
        assert!(!run.err.contains(word), "{run}");
    }
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_anything_else_in_it_is_not_a_run_file_for_any_command() {
    const ELSE: [&str; 8] = [
        "CREATE TRIGGER t AFTER INSERT ON attempt BEGIN UPDATE target SET key = replace(key, 'lead-1', 'not-reviewed'); END;",
        "CREATE TRIGGER t AFTER INSERT ON pass BEGIN UPDATE target SET key = 'pearl' || char(31) || 'not-reviewed'; END;",
        "CREATE TRIGGER t AFTER UPDATE ON request BEGIN UPDATE target SET key = 'pearl' || char(31) || 'not-reviewed'; END;",
        "ALTER TABLE target RENAME TO other; CREATE VIEW target AS
            SELECT id, CASE WHEN (SELECT count(*) FROM attempt) > 5 THEN 'pearl' || char(31) || 'not-reviewed' ELSE key END AS key FROM other;",
        "ALTER TABLE target ADD COLUMN more TEXT;",
        "CREATE INDEX more ON target (key);",
        "CREATE TABLE more (id INTEGER);",
        "PRAGMA writable_schema = 1; INSERT INTO sqlite_schema VALUES ('trigger', 'sqlite_t', 'attempt', 0,
            'CREATE TRIGGER sqlite_t AFTER INSERT ON attempt BEGIN UPDATE target SET key = 1; END');",
    ];
    let desk = Desk::new(leads(3)).await;
    let list = desk.file("list.csv", list(3));
    for sql in ELSE {
        let digest = desk.plan(&[&list]).await;
        change(&desk, sql);
        let commands: [&[&str]; 5] = [
            &apply(&digest),
            &["status", "run.db"],
            &["report", "run.db", "--format", "csv"],
            &["check", "run.db", &list],
            &["forget", "run.db"],
        ];
        for command in commands {
            let run = in_words(desk.run(command).await).expect(2);
            assert!(run.err.contains("is not a run file"), "{sql}: {run}");
        }
        fs::remove_file(desk.path("run.db")).unwrap();
    }
    assert!(desk.sandbox.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_decides_whom_a_plan_deletes_cannot_be_changed_before_it_is_applied() {
    const CHANGES: [&str; 10] = [
        "UPDATE request SET scope = 1",
        "UPDATE request SET stage = 2",
        "UPDATE target SET key = replace(key, 'lead-1', 'not-reviewed')",
        "UPDATE target SET key = CAST(key AS BLOB) WHERE id = 2",
        "DELETE FROM target WHERE id = 3",
        "INSERT INTO target (key) VALUES ('pearl' || char(31) || 'not-reviewed')",
        "UPDATE request SET kind = 4 WHERE id = 1",
        "UPDATE request SET count = 2, first = 2 WHERE id = 1",
        "UPDATE account SET base_url = 'https://elsewhere.example'",
        "DELETE FROM account",
    ];
    let desk = Desk::new(leads(3)).await;
    let list = desk.file("list.csv", list(3));
    for sql in CHANGES {
        let digest = desk.plan(&[&list]).await;
        change(&desk, sql);
        let run = in_words(desk.apply(&digest, &[]).await).expect(5);
        assert!(
            run.err.contains("does not hold what was planned"),
            "{sql}: {run}"
        );
        fs::remove_file(desk.path("run.db")).unwrap();
    }
    assert!(desk.sandbox.requests().is_empty());
}

/// A provider that waits before it answers one request, until it is told to.
struct Waiting {
    server: Answering,
    arrived: Receiver<()>,
    go_on: Sender<()>,
}

impl Waiting {
    fn at(number: usize) -> Self {
        let (arrive, arrived) = mpsc::channel();
        let (go_on, wait) = mpsc::channel();
        let mut seen = 0;
        let server = Answering::start(move |_| {
            seen += 1;
            if seen == number {
                arrive.send(()).unwrap();
                let _ = wait.recv();
            }
            (200, "true".to_owned())
        });
        Self {
            server,
            arrived,
            go_on,
        }
    }

    /// Applies a run of single leads, and does something while a request is under way.
    async fn meanwhile(self, desk: &Desk, leads: usize, act: impl FnOnce()) -> (Run, Vec<String>) {
        let list = desk.file("list.csv", list(leads));
        let address = format!("nlpearl={}", self.server.base_url);
        let plan = [
            "plan",
            &list,
            "--out",
            "run.db",
            "--output",
            "json",
            "--base-url",
            &address,
            "--batch",
            "nlpearl=1",
        ];
        let plan = desk.run(&plan).await.expect(0).json();
        let digest = plan["digest"].as_str().unwrap();
        let more = ["--base-url", &address, "--concurrency", "nlpearl=8"];
        let mut command = desk.command(&[&apply(digest)[..], &more].concat());
        let running = tokio::task::spawn_blocking(move || command.output().unwrap());
        tokio::task::block_in_place(|| self.arrived.recv().unwrap());
        act();
        self.go_on.send(()).unwrap();
        let run = Run::from(running.await.unwrap());
        let named = self.server.asked().into_iter().flat_map(|(_, body)| {
            let ids = body["leadIds"].as_array().unwrap().clone();
            ids.into_iter().map(|id| id.as_str().unwrap().to_owned())
        });
        (run, named.collect())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_while_a_run_is_applied_stops_it_and_names_nobody_else() {
    const LEADS: usize = 1300;
    const CHANGES: [&str; 8] = [
        "UPDATE request SET outcome = 3 WHERE id > 1100",
        "UPDATE request SET split = 1 WHERE id = 1200",
        "UPDATE target SET key = 'pearl' || char(31) || 'not-reviewed' WHERE id > 1100",
        "UPDATE request SET first = 1 WHERE id = 400",
        "UPDATE request SET kind = 8 WHERE id > 1100",
        "DELETE FROM target WHERE id = 450",
        "INSERT INTO request (parent, kind, stage, scope, options, first, count) VALUES (1, 3, 1, 0, 0, 1, 1);
         UPDATE target SET key = 'pearl' || char(31) || 'not-reviewed' WHERE id = 1290",
        "ALTER TABLE target RENAME TO other; CREATE VIEW target AS
            SELECT id, 'pearl' || char(31) || 'not-reviewed' AS key FROM other",
    ];
    for sql in CHANGES {
        let desk = Desk::new(leads(0)).await;
        let (run, named) = Waiting::at(5)
            .meanwhile(&desk, LEADS, || change(&desk, sql))
            .await;
        let run = in_words(run).expect(5);
        assert!(run.err.contains("nothing more is sent"), "{sql}: {run}");
        let planned: BTreeSet<_> = (0..LEADS).map(|number| format!("lead-{number}")).collect();
        assert!(named.iter().all(|lead| planned.contains(lead)), "{sql}");
        let summary = run.json();
        assert_eq!(summary["requests_sent"], named.len(), "{sql}: {summary}");
        assert_eq!(summary["deleted"], named.len(), "{sql}: {summary}");
        let all = summary["targets"].as_u64().unwrap();
        assert_eq!(
            summary["pending"],
            all - named.len() as u64,
            "{sql}: {summary}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_are_those_of_the_attempts_whatever_the_columns_say() {
    let desk = Desk::new(leads(6)).await;
    let list = desk.file("list.csv", list(6));
    let digest = desk.plan(&[&list, "--batch", "nlpearl=2"]).await;
    change(
        &desk,
        "UPDATE request SET outcome = 1, attempts = 1, split = 1",
    );
    let summary = desk.apply(&digest, &[]).await.expect(0).json();
    assert_eq!(
        (&summary["deleted"], &summary["requests_sent"]),
        (&json!(6), &json!(3))
    );
    let pearl = &desk.sandbox.state().nlpearl.pearls[PEARL];
    assert_eq!(pearl.leads.iter().collect::<Vec<_>>(), ["not-reviewed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_somebody_marked_as_done_in_the_middle_says_what_was_sent() {
    let desk = Desk::new(leads(0)).await;
    let (run, named) = Waiting::at(3)
        .meanwhile(&desk, 400, || {
            change(
                &desk,
                "UPDATE request SET outcome = 1, attempts = 1 WHERE id > 300",
            );
        })
        .await;
    let summary = run.expect(5).json();
    assert_eq!(summary["deleted"], named.len(), "{summary}");
    assert_eq!(summary["pending"], 400 - named.len(), "{summary}");
}

/// Applies a run of one company, of which nobody knows afterwards whether it was deleted, or everybody does.
async fn company(answer: Effect, status: i32) -> (Desk, String) {
    let desk = Desk::new(Seed::example()).await;
    desk.sandbox
        .set_faults(vec![Fault::new(answer).times(1)])
        .unwrap();
    let list = desk.file("list.csv", "target,company_id\nwoodpecker.company,123\n");
    let digest = desk.plan(&[&list]).await;
    desk.apply(&digest, &["--allow-scope"]).await.expect(status);
    assert_eq!(desk.sandbox.requests().len(), 1);
    (desk, digest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_is_not_sent_again_because_its_columns_forgot_it() {
    const FORGET: [&str; 4] = [
        "UPDATE request SET outcome = 0, doubt = 0, attempts = 0",
        "UPDATE request SET outcome = 3, doubt = 0",
        "UPDATE request SET outcome = 0; UPDATE attempt SET disposition = 2",
        "UPDATE request SET outcome = 0, doubt = 0; UPDATE attempt SET ended = NULL, outcome = NULL",
    ];
    let reset = || Effect::Reset { takes_effect: true };
    let delay = || Effect::Delay { milliseconds: 0 };
    for sql in FORGET {
        let (desk, digest) = company(reset(), 4).await;
        change(&desk, sql);
        let again = ["--allow-scope", "--retry-rejected"];
        let summary = desk.apply(&digest, &again).await.expect(4).json();
        assert_eq!(
            (&summary["unknown"], &summary["requests_sent"]),
            (&json!(1), &json!(0)),
            "{sql}"
        );
        assert_eq!(desk.sandbox.requests().len(), 1, "{sql}");
        let again = [&again[..], &["--retry-unknown"]].concat();
        desk.apply(&digest, &again).await.expect(0);
        assert_eq!(desk.sandbox.requests().len(), 2, "{sql}");
    }
    for sql in &FORGET[..3] {
        let (desk, digest) = company(delay(), 0).await;
        change(&desk, sql);
        let again = ["--allow-scope", "--retry-unknown", "--retry-rejected"];
        let summary = desk.apply(&digest, &again).await.expect(0).json();
        assert_eq!(
            (&summary["accepted"], &summary["requests_sent"]),
            (&json!(1), &json!(0)),
            "{sql}"
        );
        assert_eq!(desk.sandbox.requests().len(), 1, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_is_made_a_person_is_not_sent_again() {
    let (desk, digest) = company(Effect::Reset { takes_effect: true }, 4).await;
    change(&desk, "UPDATE request SET scope = 0");
    desk.apply(&digest, &["--allow-scope"]).await.expect(5);
    desk.apply(&digest, &[]).await.expect(5);
    assert_eq!(desk.sandbox.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_nobody_planned_are_not_sent() {
    let (desk, digest) = company(Effect::Delay { milliseconds: 0 }, 0).await;
    // The same company once more, as if it were half of a request.
    change(
        &desk,
        "INSERT INTO request (parent, kind, stage, scope, options, first, count) SELECT id, kind, stage, 1, 0, first, count FROM request",
    );
    let run = desk.apply(&digest, &["--allow-scope"]).await.expect(5);
    assert!(run.err.contains("damaged"), "{run}");
    assert_eq!(desk.sandbox.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_are_parts_of_what_was_planned_and_all_of_it() {
    let refuse = || {
        let faults = ["lead-1", "lead-2"].map(|id| {
            let answer = Effect::Answer {
                status: 404,
                headers: std::collections::BTreeMap::new(),
                body: r#"{"title":"no such lead"}"#.to_owned(),
                takes_effect: false,
            };
            Fault::new(answer).naming(id)
        });
        faults.to_vec()
    };
    for sql in [
        "DELETE FROM request WHERE parent IS NOT NULL AND id = (SELECT max(id) FROM request)",
        "UPDATE request SET first = 1 WHERE id = (SELECT max(id) FROM request)",
        "UPDATE request SET count = 2 WHERE id = (SELECT max(id) FROM request)",
    ] {
        let desk = Desk::new(leads(4)).await;
        desk.sandbox.set_faults(refuse()).unwrap();
        let list = desk.file("list.csv", list(4));
        let digest = desk.plan(&[&list]).await;
        desk.apply(&digest, &[]).await.expect(4);
        let sent = desk.sandbox.requests().len();
        change(&desk, sql);
        let run = desk.apply(&digest, &[]).await.expect(5);
        assert!(run.err.contains("damaged"), "{sql}: {run}");
        assert_eq!(desk.sandbox.requests().len(), sent, "{sql}");
    }
    // Untouched, the halves are sent again as they are.
    let desk = Desk::new(leads(4)).await;
    desk.sandbox.set_faults(refuse()).unwrap();
    let list = desk.file("list.csv", list(4));
    let digest = desk.plan(&[&list]).await;
    desk.apply(&digest, &[]).await.expect(4);
    desk.sandbox.set_faults(Vec::new()).unwrap();
    let sent = desk.sandbox.requests().len();
    let summary = desk.apply(&digest, &[]).await.expect(0).json();
    assert_eq!(summary["deleted"], 4, "{summary}");
    let named: Vec<Vec<String>> = desk.sandbox.requests()[sent..]
        .iter()
        .map(|request| serde_json::from_value(request.body["leadIds"].clone()).unwrap())
        .collect();
    let named: BTreeSet<_> = named.iter().map(Vec::as_slice).collect();
    let alone = [["lead-1".to_owned()], ["lead-2".to_owned()]];
    assert_eq!(named, alone.iter().map(<[_; 1]>::as_slice).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_is_said_in_words() {
    let desk = Desk::new(leads(400)).await;
    let list = desk.file("list.csv", list(400));
    let digest = desk.plan(&[&list]).await;
    let whole = fs::read(desk.path("run.db")).unwrap();
    for (place, with) in [(4096 * 3, 0xff), (4096 * 2, 0), (whole.len() / 2, 0x55)] {
        let mut damaged = whole.clone();
        damaged[place..place + 512].fill(with);
        fs::write(desk.path("run.db"), damaged).unwrap();
        for command in [
            &apply(&digest)[..],
            &["report", "run.db", "--format", "csv"],
        ] {
            let run = in_words(desk.run(command).await);
            assert!(matches!(run.status, Some(0 | 2 | 5)), "{run}");
            if run.status != Some(0) {
                let said = ["damaged", "not a run file", "does not hold"];
                assert!(said.iter().any(|words| run.err.contains(words)), "{run}");
            }
        }
    }
    assert!(desk.sandbox.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_file_that_is_moved_or_deleted_stops_the_run_and_the_evidence_is_named() {
    for deleted in [false, true] {
        let desk = Desk::new(leads(0)).await;
        let (from, to) = (desk.path("run.db"), desk.path("elsewhere.db"));
        let (run, named) = Waiting::at(4)
            .meanwhile(&desk, 300, || {
                if deleted {
                    fs::remove_file(&from).unwrap();
                } else {
                    fs::rename(&from, &to).unwrap();
                }
            })
            .await;
        let run = run.expect(1);
        let summary = run.json();
        assert!(named.len() < 20, "nothing more is sent: {run}");
        assert_eq!(
            (&summary["deleted"], &summary["pending"]),
            (&json!(named.len()), &json!(300 - named.len())),
            "{run}"
        );
        let evidence = if deleted {
            "run.db.rescued-1"
        } else {
            "elsewhere.db"
        };
        assert!(run.err.contains(evidence), "{run}");
        let status = desk.run(&["status", evidence, "--output", "json"]).await;
        assert_eq!(status.expect(0).json()["deleted"], named.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_that_another_machine_applied_need_to_be_said_to_have_moved() {
    let (desk, digest) = company(
        Effect::Reset {
            takes_effect: false,
        },
        4,
    )
    .await;
    change(&desk, "UPDATE pass SET host = 'another-machine'");
    let again = ["--allow-scope", "--retry-unknown"];
    let run = desk.apply(&digest, &again).await.expect(5);
    assert!(
        run.err.contains("another-machine") && run.err.contains("--moved"),
        "{run}"
    );
    assert_eq!(desk.sandbox.requests().len(), 1);
    desk.apply(&digest, &[&again[..], &["--moved"]].concat())
        .await
        .expect(0);
    assert_eq!(desk.sandbox.requests().len(), 2);
    // What is settled goes anywhere.
    change(&desk, "UPDATE pass SET host = 'another-machine'");
    desk.apply(&digest, &again).await.expect(0);
}
