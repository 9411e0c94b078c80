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

const CAMPAIGN: &str = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";

/// A list of prospects by the addresses of their profiles, and whether posts are rejected.
fn prospects<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(url, reject_posts)| format!("extrovert.prospect,{CAMPAIGN},{url},{reject_posts}\n"))
        .collect();
    let rows = rows.concat();
    format!("target,campaign_id,profile_url,reject_posts\n{rows}")
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_ids_are_refused_by_direct_commands_too() {
    let desk = Desk::new(Seed::example()).await;
    for id in [
        "'66b2",
        "=\"66b2\"",
        "6.6612E+22",
        "#N/A",
        "NULL",
        "id1, id2",
        "jo@example.com",
        "66\u{200b}b2",
        "66\u{202e}b2",
    ] {
        for arguments in [
            &["nlpearl", "delete-leads", "--pearl-id", "p", id, "--yes"][..],
            &["nlpearl", "delete-leads", "--pearl-id", id, "l", "--yes"],
            &[
                "extrovert",
                "delete-selected",
                "--user-id",
                CAMPAIGN,
                "--profile-id",
                id,
                "--yes",
            ],
            &[
                "extrovert",
                "remove-prospect",
                "--campaign-id",
                CAMPAIGN,
                "--profile-url",
                id,
                "--yes",
            ],
        ] {
            let run = desk.run(arguments).await.expect(2);
            assert_eq!(run.err.lines().count(), 1, "{arguments:?}: {run}");
            assert!(!run.err.contains(['\u{200b}', '\u{202e}']), "{run}");
        }
    }
    for url in [
        "https://",
        "https://www.linkedin.com/in/",
        "https://www.linkedin.com/company/x",
        "https://linkedin.com.evil.example/in/jo",
        "https://www.linkedin.com/in/undefined",
    ] {
        let arguments = [
            "extrovert",
            "remove-prospect",
            "--campaign-id",
            CAMPAIGN,
            "--profile-url",
            url,
        ];
        desk.run(&[&arguments[..], &["--yes"]].concat())
            .await
            .expect(2);
    }
    assert!(desk.sandbox.requests().is_empty(), "something was sent");
    let arguments = [
        "extrovert",
        "remove-prospect",
        "--campaign-id",
        CAMPAIGN,
        "--profile-url",
        "http://DE.linkedin.com/in/J%C3%B6/de?x=1#y",
        "--dry-run",
        "--output",
        "json",
    ];
    let sent = desk.run(&arguments).await.expect(0).json();
    assert_eq!(
        sent["request"]["body"]["prospectProfileUrl"],
        "http://DE.linkedin.com/in/J%C3%B6/de?x=1#y"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_counted_in_words_and_rows_without_values_are_skipped() {
    let desk = Desk::new(Seed::example()).await;
    desk.file("one.csv", format!("{LIST},,\nunleashx.audience,42,1e5\n"));
    let run = desk
        .run(&["plan", "one.csv", "--out", "new.db"])
        .await
        .expect(2);
    assert!(
        run.err.contains(
            "1 bad row, so no run was written; fix it, or put it aside with --rejects FILE"
        ),
        "{run}"
    );
    desk.file(
        "two.csv",
        format!("{LIST},,\n , ,\nunleashx.audience,42,'42\nunleashx.audience,,7\n"),
    );
    let run = desk
        .run(&["plan", "two.csv", "--out", "new.db"])
        .await
        .expect(2);
    assert!(
        run.err
            .contains("2 bad rows, so no run was written; fix them"),
        "{run}"
    );
    let arguments = ["plan", "two.csv", "--out", "new.db", "--rejects", "bad.csv"];
    let plan = desk
        .run(&[&arguments[..], &["--output", "json"]].concat())
        .await
        .expect(0)
        .json();
    assert_eq!(
        (
            &plan["targets"],
            &plan["invalid"],
            &plan["skipped"],
            &plan["alike"]
        ),
        (&json!(1), &json!(2), &json!(2), &json!(0)),
        "{plan}"
    );
    desk.file("empty.csv", format!("{LIST},,\n"));
    let run = desk
        .run(&["plan", "empty.csv", "--out", "other.db"])
        .await
        .expect(0);
    assert!(run.out.contains("1 empty row was skipped."), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_one_person_are_told_and_have_to_agree() {
    let desk = Desk::new(Seed::example()).await;
    let addresses = [
        "https://www.linkedin.com/in/jo",
        "https://de.linkedin.com/in/JO/",
        "https://www.linkedin.com/in/jo",
        "https://www.linkedin.com/in/j%6F?x",
    ];
    desk.file("list.csv", prospects(addresses.map(|url| (url, "TRUE"))));
    let arguments = ["plan", "list.csv", "--out", "json.db", "--output", "json"];
    let plan = desk.run(&arguments).await.expect(0).json();
    assert_eq!(
        (&plan["targets"], &plan["duplicates"], &plan["alike"]),
        (&json!(3), &json!(1), &json!(2)),
        "{plan}"
    );
    let run = desk
        .run(&["plan", "list.csv", "--out", "run.db"])
        .await
        .expect(0);
    let text = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("2 addresses probably mean the same persons as others"),
        "{run}"
    );
    let mixed = prospects([
        (addresses[0], ""),
        (addresses[1], "true"),
        ("https://www.linkedin.com/in/x", ""),
    ]);
    desk.file("mixed.csv", mixed);
    let run = desk
        .run(&["plan", "mixed.csv", "--out", "new.db"])
        .await
        .expect(2);
    for told in [
        "mixed.csv:2: ",
        "mixed.csv:3: ",
        "addresses of probably one person",
        "2 bad rows",
    ] {
        assert!(run.err.contains(told), "{told}: {run}");
    }
    let arguments = [
        "plan",
        "mixed.csv",
        "--out",
        "new.db",
        "--rejects",
        "bad.csv",
        "--output",
        "json",
    ];
    let plan = desk.run(&arguments).await.expect(0).json();
    assert_eq!(
        (&plan["targets"], &plan["invalid"]),
        (&json!(1), &json!(2)),
        "{plan}"
    );
    let rejected = std::fs::read_to_string(desk.path("bad.csv")).unwrap();
    assert!(
        rejected.contains(addresses[1]) && rejected.contains(addresses[0]),
        "{rejected}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_probably_of_another_address_of_the_same_person() {
    let desk = Desk::new(Seed::default()).await;
    let sent = "https://www.linkedin.com/in/jo-doe";
    desk.file("list.csv", prospects([(sent, "")]));
    let server =
        ScriptedServer::start([Reply::json(200, &json!({"status": "success", "data": {}}))]).await;
    let on_server = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command.env("EXTROVERT_BASE_URL", server.base_url());
        Desk::run_command(command)
    };
    let arguments = ["plan", "list.csv", "--out", "run.db", "--output", "json"];
    let plan = on_server(&arguments).await.expect(0).json();
    let digest = plan["digest"].as_str().unwrap().to_owned();
    on_server(&["apply", "run.db", "--confirm", &digest])
        .await
        .expect(0);

    let asked = prospects([
        (sent, ""),
        ("https://de.linkedin.com/in/Jo-Doe/", ""),
        ("https://www.linkedin.com/in/jo-doe-2", ""),
        ("https://www.linkedin.com/company/jo", ""),
    ]);
    desk.file("asked.csv", asked);
    desk.file(
        "known.csv",
        prospects([("http://linkedin.com/in/JO-DOE", "")]),
    );
    for key in [&[][..], &["--key", "run.db.key"]] {
        // A bad row ends it, unless it is put aside.
        let check = [&["check", "run.db"][..], key].concat();
        let run = desk
            .run(&[&check[..], &["asked.csv"]].concat())
            .await
            .expect(2);
        assert!(
            run.err.contains("asked.csv:5: ") && run.err.contains("so nothing was checked"),
            "{run}"
        );
        let rest = ["asked.csv", "--rejects", "bad.csv"];
        let run = desk
            .run(&[&check[..], &rest, &["--output", "json"]].concat())
            .await
            .expect(3);
        let checked = run.json();
        assert_eq!(
            (
                &checked["found"],
                &checked["not_found"],
                &checked["probable"],
                &checked["invalid"]
            ),
            (&json!(2), &json!(1), &json!(1), &json!(1)),
            "{checked}"
        );
        let entry = |index: usize| {
            let entry = &checked["entries"][index];
            (entry["outcome"].clone(), entry["probably"].clone())
        };
        assert_eq!(entry(0), (json!("deleted"), json!(null)));
        assert_eq!(entry(1), (json!("deleted"), json!(true)));
        assert_eq!(entry(2), (json!(null), json!(null)));
        let run = desk.run(&[&check[..], &rest].concat()).await.expect(3);
        for told in [
            "probably deleted",
            "not in the run",
            "1 of them probably",
            "1 bad row put aside in bad.csv",
        ] {
            assert!(run.out.contains(told), "{told}: {run}");
        }
        let rejected = std::fs::read_to_string(desk.path("bad.csv")).unwrap();
        assert!(rejected.contains("/company/jo"), "{rejected}");
        let run = desk
            .run(&[&check[..], &["known.csv"]].concat())
            .await
            .expect(0);
        assert!(run.out.contains("probably deleted"), "{run}");
        if key.is_empty() {
            desk.run(&["forget", "run.db"]).await.expect(0);
        }
    }
    let report = desk
        .run(&["report", "run.db", "--format", "json"])
        .await
        .expect(0)
        .json();
    assert_eq!(
        report["targets"][0]["hash"].as_str().unwrap().len(),
        64,
        "{report}"
    );
}

/// A workbook of sheets with their names, each of which deletes the company of this number.
fn workbook(sheets: &[(&str, u32)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let text = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let (mut names, mut relations) = (Vec::new(), Vec::new());
    let mut parts = Vec::new();
    for (index, (name, company)) in sheets.iter().enumerate() {
        names.push(format!(
            "<sheet name=\"{name}\" sheetId=\"{index}\" r:id=\"r{index}\"/>"
        ));
        relations.push(format!(
            "<Relationship Id=\"r{index}\" Type=\"{RELATIONS}/worksheet\" Target=\"{index}.xml\"/>"
        ));
        parts.push((
            format!("xl/{index}.xml"),
            format!(
                "<worksheet xmlns=\"{MAIN}\"><sheetData><row>{}{}</row><row>{}<c><v>{company}</v></c></row></sheetData></worksheet>",
                text("target"), text("company_id"), text("woodpecker.company")
            ),
        ));
    }
    let (names, relations) = (names.concat(), relations.concat());
    parts.push((
        "xl/workbook.xml".to_owned(),
        format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>{names}</sheets></workbook>"
        ),
    ));
    parts.push((
        "xl/_rels/workbook.xml.rels".to_owned(),
        format!("<Relationships>{relations}</Relationships>"),
    ));
    parts.push(("_rels/.rels".to_owned(), format!("<Relationships><Relationship Id=\"r\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>")));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn sheets_are_named_for_each_workbook() {
    let desk = Desk::new(Seed::example()).await;
    desk.file("a.xlsx", workbook(&[("One", 1), ("Two", 2)]));
    desk.file("b.xlsx", workbook(&[("One", 3), ("Two", 4)]));
    desk.file("c.xlsx", workbook(&[("Only", 5)]));
    desk.file("list.csv", LIST);
    let mut runs = 0;
    for (lists, sheets, planned) in [
        (
            &["a.xlsx"][..],
            &["Two"][..],
            Ok(&["woodpecker.company:2"][..]),
        ),
        (&["a.xlsx"], &["a.xlsx:One"], Ok(&["woodpecker.company:1"])),
        (
            &["./a.xlsx", "list.csv"],
            &["One"],
            Ok(&["woodpecker.company:1"]),
        ),
        (
            &["a.xlsx", "c.xlsx"],
            &["a.xlsx:Two"],
            Ok(&["woodpecker.company:2", "woodpecker.company:5"]),
        ),
        (
            &["a.xlsx", "b.xlsx"],
            &["a.xlsx:Two", "b.xlsx:One"],
            Ok(&["woodpecker.company:2", "woodpecker.company:3"]),
        ),
        (&["c.xlsx"], &[], Ok(&["woodpecker.company:5"])),
        (
            &["a.xlsx"],
            &[],
            Err("several sheets with values: \"One\", \"Two\""),
        ),
        (
            &["a.xlsx", "b.xlsx"],
            &["One"],
            Err("give --sheet LIST:NAME"),
        ),
        (
            &["a.xlsx", "b.xlsx"],
            &["a.xlsx:One"],
            Err("b.xlsx: has several sheets with values"),
        ),
        (
            &["a.xlsx"],
            &["./a.xlsx:One"],
            Err("no list ./a.xlsx is given"),
        ),
        (&["a.xlsx"], &["One", "Two"], Err("is named twice")),
        (&["a.xlsx"], &["Three"], Err("has no sheet \"Three\"")),
        (&["list.csv"], &["One"], Err("has no sheets")),
        (
            &["list.csv", "a.xlsx"],
            &["list.csv:One"],
            Err("list.csv has no sheets"),
        ),
    ] {
        runs += 1;
        let out = format!("run{runs}.db");
        let mut arguments = [&["plan"][..], lists, &["--out", &out, "--output", "json"]].concat();
        for sheet in sheets {
            arguments.extend(["--sheet", sheet]);
        }
        let run = desk.run(&arguments).await;
        match planned {
            Ok(scopes) => assert_eq!(
                run.expect(0).json()["scope_names"],
                json!(scopes),
                "{arguments:?}"
            ),
            Err(told) => {
                assert!(run.err.contains(told), "{arguments:?}: {told}: {run}");
                run.expect(2);
                assert!(!desk.path(&out).exists());
            }
        }
    }
}
