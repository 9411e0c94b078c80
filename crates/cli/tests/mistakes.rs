//! Mistakes that people make, each answered with what to do, and nothing lost by it.

mod common;

use std::{
    io::{Write, pipe},
    process::{Command, Stdio},
};

use common::{Desk, Run};
use prospect_delete_sandbox::Seed;
use prospect_delete_tests::{Reply, ScriptedServer};
use serde_json::json;

/// Deletes one record of the example, which is another than the list's.
const DELETE_ONE: [&str; 6] = [
    "unleashx",
    "delete-audience",
    "--campaign-id",
    "42",
    "102",
    "--yes",
];

const LIST: &str = "target,campaign_id,audience_id\nunleashx.audience,42,101\n";

/// A desk with a plan of one target.
async fn planned() -> (Desk, String) {
    let desk = Desk::new(Seed::example()).await;
    desk.file("list.csv", LIST);
    let digest = desk.plan(&["list.csv"]).await;
    (desk, digest)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_is_answered_with_what_to_do() {
    let (desk, digest) = planned().await;
    desk.file("column.csv", LIST.replace("audience_id", "audience"));
    desk.file(
        "target.csv",
        LIST.replace("unleashx.audience", "unleashx.audiense"),
    );
    desk.file("list.txt", LIST);
    let plan = |list: &'static str| vec!["plan", list, "--out", "new.db"];
    let cases: Vec<(Vec<&str>, i32, &str)> = vec![
        (plan("column.csv"), 2, "is audience_id meant?"),
        (plan("target.csv"), 2, "is unleashx.audience meant?"),
        (plan("nowhere.csv"), 2, "check its name and folder"),
        (plan("list.txt"), 2, "give --format csv"),
        (
            vec!["plan", ".", "--format", "csv", "--out", "new.db"],
            2,
            "name a file in it",
        ),
        (
            vec!["plan", "list.csv", "--out", "run.db"],
            2,
            "give another name",
        ),
        (
            vec!["plan", "list.csv", "--out", "no/new.db"],
            2,
            "make it first",
        ),
        (
            vec![
                "plan",
                "list.csv",
                "--out",
                "new.db",
                "--rejects",
                "no/bad.csv",
            ],
            1,
            "make its folder first",
        ),
        (vec!["apply", "nowhere.db"], 2, "that `plan --out` wrote"),
        (vec!["apply", "list.csv"], 2, "that `plan --out` wrote"),
        (vec!["status", "."], 2, "is a folder; give the file"),
        (vec!["apply", "run.db"], 5, &digest),
        (vec!["apply", "run.db", "--confirm", "abc"], 5, &digest),
        (
            vec!["apply", "run.db", "--confirm", &digest, "--max-age", "0"],
            5,
            "plan again",
        ),
        (
            vec!["apply", "run.db", "--confirm", &digest, "--max-delete", "0"],
            5,
            "nothing was sent",
        ),
        (
            vec![
                "report",
                "run.db",
                "--format",
                "csv",
                "--out",
                "no/report.csv",
            ],
            1,
            "make its folder first",
        ),
    ];
    for (arguments, status, told) in cases {
        let run = desk.run(&arguments).await;
        assert!(run.err.contains(told), "{arguments:?}: {told}: {run}");
        run.expect(status);
    }
    let mut command = desk.command(&["plan", "list.csv", "--out", "new.db"]);
    command.env_remove("UNLEASHX_TOKEN");
    let run = Desk::run_command(command).await.expect(2);
    for told in [
        "UNLEASHX_TOKEN: is not set",
        "UNLEASHX_TOKEN_FILE",
        "prospect-delete doctor",
    ] {
        assert!(run.err.contains(told), "{told}: {run}");
    }
    assert!(desk.sandbox.requests().is_empty(), "something was sent");
    assert!(!desk.path("new.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_missing_is_told_before_the_list_is_read_to_its_end() {
    let desk = Desk::new(Seed::example()).await;
    let (reader, mut writer) = pipe().unwrap();
    let mut command = desk.command(&["plan", "-", "--format", "csv", "--out", "new.db"]);
    command.env_remove("UNLEASHX_TOKEN");
    command.stdin(reader).stderr(Stdio::piped());
    let child = command.spawn().expect("the program runs");
    drop(command);
    let written = std::thread::spawn(move || {
        // A list without end: it is written for as long as somebody reads it.
        writer.write_all(LIST.as_bytes())?;
        loop {
            writer.write_all(b"unleashx.audience,42,101\n")?;
        }
    });
    let run: Run = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .expect("no panic")
        .into();
    let unread: std::io::Result<()> = written.join().expect("no panic");
    assert_eq!(unread.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
    assert!(run.err.contains("UNLEASHX_TOKEN: is not set"), "{run}");
    run.expect(2);
    assert!(!desk.path("new.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_deletion_says_what_to_do_next() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let desk = Desk::new(Seed::default()).await;
    let ids = [
        "unleashx",
        "delete-audience",
        "--campaign-id",
        "42",
        "101",
        "--yes",
    ];
    let scope = [
        "unleashx",
        "delete-audience",
        "--campaign-id",
        "42",
        "--all",
        "--confirm",
        "unleashx.campaign:42",
    ];
    for (command, reply, status, told) in [
        (&ids[..], Some(401), 3, "shows which key is used"),
        (
            &ids[..],
            Some(500),
            4,
            "the same command again does no harm",
        ),
        (&scope[..], Some(500), 4, "look at the provider"),
        (&ids[..], None, 3, "shows the address"),
    ] {
        let server = match reply {
            Some(status) => Some(ScriptedServer::start([Reply::json(status, &json!({}))]).await),
            None => None,
        };
        let base_url = server.as_ref().map_or(&*nobody, |server| server.base_url());
        let mut command = desk.command(&[command, &["--max-attempts", "1"]].concat());
        command.env("UNLEASHX_BASE_URL", base_url);
        let run = Desk::run_command(command).await;
        assert!(run.err.contains(told), "{told}: {run}");
        assert_eq!(run.err.lines().count(), 1, "{run}");
        run.expect(status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_writes_over_what_it_reads() {
    let (desk, _) = planned().await;
    let run_file = std::fs::read(desk.path("run.db")).unwrap();
    for arguments in [
        &[
            "plan",
            "list.csv",
            "--out",
            "new.db",
            "--rejects",
            "./list.csv",
        ][..],
        &["report", "run.db", "--format", "csv", "--out", "./run.db"],
    ] {
        let run = desk.run(arguments).await.expect(2);
        assert!(run.err.contains("give another name"), "{run}");
    }
    assert_eq!(
        std::fs::read_to_string(desk.path("list.csv")).unwrap(),
        LIST
    );
    assert_eq!(std::fs::read(desk.path("run.db")).unwrap(), run_file);
}

/// Runs it with a standard output that nobody reads any more.
async fn unread(mut command: Command) -> Run {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    command.stdout(writer).stderr(Stdio::piped());
    tokio::task::spawn_blocking(move || {
        let child = command.spawn().expect("the program runs");
        child.wait_with_output().expect("it ends")
    })
    .await
    .expect("no panic")
    .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_seen_enough_is_no_fault() {
    let (desk, digest) = planned().await;
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["plan", "--help"],
        &["doctor"],
        &["completions", "zsh"],
        &["man"],
        &["status", "run.db"],
        &["report", "run.db", "--format", "json"],
        &["plan", "list.csv", "--out", "other.db"],
        &["apply", "run.db", "--confirm", &digest, "--quiet"],
        &["report", "run.db", "--format", "csv"],
    ] {
        let run = unread(desk.command(arguments)).await;
        assert_eq!(run.err, "", "{arguments:?}");
        run.expect(0);
    }
    // What happened is told by the status all the same.
    let mut command = desk.command(&DELETE_ONE);
    command.env("UNLEASHX_TOKEN", "another-key");
    unread(command).await.expect(3);
}

/// What there is to be told and cannot be must not take the program down.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_behind_an_output_is_told_and_loses_no_outcome() {
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let (desk, digest) = planned().await;
    for (arguments, told) in [
        (&["status", "run.db"][..], "send it elsewhere"),
        (
            &["report", "run.db", "--format", "csv"],
            "write it elsewhere",
        ),
        (
            &["report", "run.db", "--format", "csv", "--out", "/dev/full"],
            "write it elsewhere",
        ),
        (&["--help"], "cannot be written to"),
        (&DELETE_ONE, "the outcome: deleted"),
    ] {
        let mut command = desk.command(arguments);
        command.stdout(full()).stderr(Stdio::piped());
        let run: Run = tokio::task::spawn_blocking(move || {
            let child = command.spawn().expect("the program runs");
            child.wait_with_output().expect("it ends")
        })
        .await
        .unwrap()
        .into();
        assert!(run.err.contains(told), "{arguments:?}: {told}: {run}");
        run.expect(1);
    }
    for (arguments, status) in [
        (&["statsu"][..], 2),
        (&["status", "nowhere.db"], 2),
        (&["apply", "run.db", "--confirm", &digest, "-vv"], 0),
    ] {
        let mut command = desk.command(arguments);
        command.stdout(Stdio::null()).stderr(full());
        let status_of = tokio::task::spawn_blocking(move || command.status().unwrap());
        assert_eq!(
            status_of.await.unwrap().code(),
            Some(status),
            "{arguments:?}"
        );
    }
}
