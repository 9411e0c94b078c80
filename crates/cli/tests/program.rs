//! The program as scripts and people meet it: what it sends, what it prints, how it exits.

use std::process::{Command, Output, Stdio};

use prospect_delete_sandbox::{Sandbox, Seed};
use prospect_delete_tests::{CANARY, Reply, ScriptedServer, samples};
use serde_json::{Value, json};

const UUID: &str = "8d256aa6-9b12-49a7-93ee-bf41634b5b60";

/// The seven direct commands, in the order of the samples, without what lets them pass the guard.
const COMMANDS: [&[&str]; 7] = [
    &[
        "extrovert",
        "delete-selected",
        "--user-id",
        UUID,
        "--profile-id",
        "ACoAAB1",
        "ACoAAB2",
        "--reject-posts",
    ],
    &[
        "extrovert",
        "delete-selected",
        "--scope",
        "list",
        "--list-id",
        UUID,
    ],
    &[
        "extrovert",
        "remove-prospect",
        "--profile-url",
        "https://www.linkedin.com/in/john-doe",
        "--campaign-id",
        UUID,
    ],
    &[
        "nlpearl",
        "delete-leads",
        "--pearl-id",
        "pearl/1\\2",
        "a",
        "b",
    ],
    &["woodpecker", "delete-prospects", "--company-id", "123"],
    &[
        "unleashx",
        "delete-audience",
        "--campaign-id",
        "42",
        "101",
        "102",
    ],
    &[
        "unleashx",
        "delete-audience",
        "--campaign-id",
        "42",
        "--all",
    ],
];

const KEYS: [&str; 4] = [
    "EXTROVERT_API_KEY",
    "NLPEARL_API_KEY",
    "WOODPECKER_API_KEY",
    "UNLEASHX_TOKEN",
];

/// The program with no environment but what is given.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prospect-delete"));
    command
        .args(arguments)
        .env_clear()
        // The configuration of whoever runs the tests is not theirs.
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::null());
    command
}

/// The same with the canary for every key.
fn program_with_keys(arguments: &[&str]) -> Command {
    let mut command = program(arguments);
    command.envs(KEYS.map(|name| (name, CANARY)));
    command
}

/// The deletion of a lead, for tests to which it is all the same what is deleted.
fn delete_one_lead(more: &[&str]) -> Command {
    program_with_keys(
        &[
            &["nlpearl", "delete-leads", "--pearl-id", "p", "a", "--yes"],
            more,
        ]
        .concat(),
    )
}

/// Runs it without holding up the servers that it talks to.
async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("the program runs"))
        .await
        .expect("no panic")
}

fn stdout_json(output: &Output) -> Value {
    let text = str::from_utf8(&output.stdout).expect("text");
    assert_eq!(
        text.lines().count(),
        1,
        "one JSON object: {text:?}, {output:?}"
    );
    serde_json::from_str(text).expect("JSON")
}

/// The one line on standard error.
fn error_line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).expect("text");
    assert_eq!(text.lines().count(), 1, "one line: {text:?}");
    text
}

/// What sends a command to a server and past its guard.
fn sent_to(server: &str, command: &[&str], target: &str, repeatable: bool) -> Vec<String> {
    let mut arguments: Vec<String> = command.iter().map(ToString::to_string).collect();
    let base_url = format!("{}={server}", command[0]);
    arguments.extend(
        [
            "--output",
            "json",
            "--base-url",
            &base_url,
            "--max-attempts",
            "1",
        ]
        .map(str::to_owned),
    );
    if repeatable {
        arguments.push("--yes".to_owned());
    } else {
        arguments.extend(["--confirm".to_owned(), target.to_owned()]);
    }
    arguments
}

fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_sends_its_request_and_reports_the_answer() {
    for (sample, command) in samples().into_iter().zip(COMMANDS) {
        let server =
            ScriptedServer::start([Reply::json(sample.success.0, &sample.success.1)]).await;
        let arguments = sent_to(server.base_url(), command, sample.target, sample.idempotent);
        let output = run(program_with_keys(&borrowed(&arguments))).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let recorded = server.recorded();
        assert_eq!(recorded.len(), 1, "{command:?}");
        assert_eq!(recorded[0].request_line, sample.request_line);
        assert_eq!(recorded[0].json(), sample.body);
        assert!(
            recorded[0]
                .headers
                .contains(&(sample.authentication.0.to_owned(), sample.authentication.1))
        );
        let operation = sample.request.operation();
        let job = sample.target.starts_with("woodpecker");
        let expected = json!({
            "outcome": sample.outcome.as_str(),
            "provider": operation.provider.name,
            "operation": operation.name,
            "attempts": 1,
            "http_status": sample.success.0,
            "message": sample.success.1.get("message"),
            "request_id": job.then_some("77"),
            "retry_after_s": null,
            "count": job.then_some(5),
        });
        assert_eq!(stdout_json(&output), expected);
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_status_tells_the_outcome() {
    // A listener that is dropped leaves a port where nobody listens.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for (sample, command) in samples().into_iter().zip(COMMANDS) {
        for (reply, outcome, status, exit) in [
            (
                Some(Reply::answer(401, &[], "{\"message\":\"no\"}")),
                "rejected",
                json!(401),
                3,
            ),
            (
                Some(Reply::answer(429, &[("retry-after", "7")], "")),
                "rejected",
                json!(429),
                3,
            ),
            (Some(Reply::answer(200, &[], "")), "unknown", json!(200), 4),
            (Some(Reply::Reset), "unknown", Value::Null, 4),
            (None, "not_sent", Value::Null, 3),
        ] {
            let server = match &reply {
                Some(reply) => Some(ScriptedServer::start([reply.clone()]).await),
                None => None,
            };
            let base_url = server
                .as_ref()
                .map_or(refused.as_str(), ScriptedServer::base_url);
            let arguments = sent_to(base_url, command, sample.target, sample.idempotent);
            let output = run(program_with_keys(&borrowed(&arguments))).await;
            let result = stdout_json(&output);
            assert_eq!(output.status.code(), Some(exit), "{command:?}: {output:?}");
            assert_eq!(
                (&result["outcome"], &result["http_status"]),
                (&json!(outcome), &status),
                "{command:?}"
            );
            let throttled = matches!(status.as_u64(), Some(429));
            assert_eq!(
                result["retry_after_s"],
                json!(throttled.then_some(7)),
                "{command:?}"
            );
            assert_eq!(
                result["attempts"],
                json!(server.map_or(0, |server| server.recorded().len()))
            );
            let prefix = format!(
                "error: {}.{}: {}",
                sample.request.operation().provider.name,
                result["operation"].as_str().unwrap(),
                outcome.replace('_', " ")
            );
            let line = error_line(&output);
            assert!(line.starts_with(&prefix), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_the_request_and_sends_nothing() {
    for (sample, command) in samples().into_iter().zip(COMMANDS) {
        let server = ScriptedServer::start([Reply::Reset]).await;
        let mut arguments = sent_to(server.base_url(), command, sample.target, sample.idempotent);
        arguments.push("--dry-run".to_owned());
        for command in [
            program(&borrowed(&arguments)),
            program_with_keys(&borrowed(&arguments)),
        ] {
            let output = run(command).await;
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            let (method, path) = sample.request_line.split_once(' ').unwrap();
            let mut headers = json!({
                "accept": "application/json",
                "accept-encoding": "identity",
                "connection": "close",
                "content-type": "application/json",
                "user-agent": concat!("prospect-delete/", env!("CARGO_PKG_VERSION")),
            });
            headers[sample.authentication.0] = json!("[redacted]");
            let expected = json!({
                "dry_run": true,
                "provider": sample.request.operation().provider.name,
                "operation": sample.request.operation().name,
                "target": sample.target,
                "request": {
                    "method": method,
                    "url": format!("{}{path}", server.base_url()),
                    "headers": headers,
                    "body": sample.body,
                },
            });
            assert_eq!(stdout_json(&output), expected);
        }
        let text = borrowed(&arguments)
            .into_iter()
            .filter(|word| !["--output", "json"].contains(word))
            .collect::<Vec<_>>();
        let output = run(program_with_keys(&text)).await;
        let text = String::from_utf8(output.stdout).unwrap();
        for shown in [
            sample.target,
            path_of(sample.request_line),
            "Nothing was sent",
            "[redacted]",
        ] {
            assert!(text.contains(shown), "{shown} in {text}");
        }
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(server.recorded(), []);
    }
}

fn path_of(request_line: &str) -> &str {
    request_line.split_once(' ').unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn guards_hold_back_what_was_not_confirmed() {
    for (sample, command) in samples().into_iter().zip(COMMANDS) {
        let server = ScriptedServer::start([Reply::Reset]).await;
        let base_url = format!("{}={}", command[0], server.base_url());
        let mut ways: Vec<&[&str]> = vec![
            &[],
            &["--confirm", "something.else"],
            &["--yes", "--confirm", "x"],
        ];
        if !sample.idempotent {
            ways.push(&["--yes"]);
        }
        for way in ways {
            let arguments = [command, way, &["--output", "json", "--base-url", &base_url]].concat();
            let output = run(program_with_keys(&arguments)).await;
            assert_eq!(output.status.code(), Some(5), "{arguments:?}: {output:?}");
            assert_eq!(stdout_json(&output)["outcome"], "not_sent");
            error_line(&output);
        }
        assert_eq!(server.recorded(), [], "{command:?}");
    }
}

/// Command lines, and what the one line about each must say. `UUID` stands for one, `<empty>` and the like
/// for arguments that cannot be written here.
const BAD_INPUT: &[(&str, &str)] = &[
    (
        "extrovert delete-selected --user-id abc --profile-id p",
        "not a UUID",
    ),
    (
        "extrovert delete-selected --user-id UUID --profile-id <empty>",
        "empty",
    ),
    (
        "extrovert delete-selected --user-id UUID --profile-id <newline>",
        "control characters",
    ),
    ("extrovert delete-selected --user-id UUID", "--profile-id"),
    ("extrovert delete-selected", "--user-id"),
    ("extrovert delete-selected --scope list", "--list-id"),
    (
        "extrovert delete-selected --scope list --list-id abc",
        "not a UUID",
    ),
    (
        "extrovert delete-selected --scope all --list-id UUID",
        "--list-id",
    ),
    (
        "extrovert delete-selected --user-id UUID --profile-id p --list-id UUID",
        "--list-id",
    ),
    ("extrovert delete-selected --scope everything", "everything"),
    (
        "extrovert delete-selected --scope all --user-id UUID --profile-id p",
        "--scope",
    ),
    (
        "extrovert remove-prospect --profile-url john --campaign-id UUID",
        "profile url",
    ),
    (
        "extrovert remove-prospect --profile-url https://x --campaign-id c",
        "not a UUID",
    ),
    ("nlpearl delete-leads --pearl-id p", "LEAD_ID"),
    (
        "nlpearl delete-leads --pearl-id p <empty>",
        "lead id: is empty",
    ),
    ("nlpearl delete-leads --pearl-id .. a", "pearl id"),
    ("nlpearl delete-leads --pearl-id . a", "pearl id"),
    (
        "nlpearl delete-leads --pearl-id <empty> a",
        "pearl id: is empty",
    ),
    (
        "nlpearl delete-leads --pearl-id <escape> a",
        "control characters",
    ),
    ("nlpearl delete-leads --pearl-id p <spaced>", "white space"),
    (
        "nlpearl delete-leads --pearl-id <long> a",
        "longer than 1,024 characters",
    ),
    (
        "nlpearl delete-leads --pearl-id p a --timeout 0",
        "--timeout",
    ),
    (
        "nlpearl delete-leads --pearl-id p a --timeout inf",
        "--timeout",
    ),
    (
        "nlpearl delete-leads --pearl-id p a --max-attempts 0",
        "--max-attempts",
    ),
    (
        "nlpearl delete-leads --pearl-id p a --base-url nlpearl=http://example.com",
        "https",
    ),
    (
        "nlpearl delete-leads --pearl-id p a --base-url nlpearl=https://u:p@h",
        "user info",
    ),
    (
        "nlpearl delete-leads --pearl-id p a --base-url hubspot=https://h",
        "no such provider",
    ),
    ("nlpearl delete-lead --pearl-id p a", "delete-leads"),
    ("nlpearl", "see"),
    ("woodpecker delete-prospects --company-id 0", "not above 0"),
    ("woodpecker delete-prospects --company-id -5", "not above 0"),
    ("woodpecker delete-prospects --company-id x", "company-id"),
    (
        "woodpecker delete-prospects --company-id 99999999999999999999",
        "company-id",
    ),
    ("woodpecker delete-prospects", "--company-id"),
    ("unleashx delete-audience --campaign-id 42", "AUDIENCE_ID"),
    ("unleashx delete-audience --campaign-id 42 1 --all", "--all"),
    ("unleashx delete-audience --campaign-id 42 0", "not above 0"),
    (
        "unleashx delete-audience --campaign-id -1 --all",
        "not above 0",
    ),
    ("frobnicate", "frobnicate"),
];

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_gets_one_line_and_nothing_is_sent() {
    let server = ScriptedServer::start([Reply::Reset]).await;
    let long = "x".repeat(100_000);
    for (line, reason) in BAD_INPUT {
        let arguments: Vec<&str> = line
            .split(' ')
            .map(|word| match word {
                "UUID" => UUID,
                "<empty>" => "",
                "<escape>" => "a\u{1b}[31mb",
                "<long>" => &long,
                "<newline>" => "a\nb",
                "<spaced>" => " a",
                word => word,
            })
            .collect();
        let mut command = program_with_keys(&arguments);
        command.args(["--yes", "--output", "json"]);
        let variables = ["EXTROVERT", "NLPEARL", "WOODPECKER", "UNLEASHX"];
        command.envs(variables.map(|name| (format!("{name}_BASE_URL"), server.base_url())));
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(2), "{line}: {output:?}");
        let error = error_line(&output);
        assert!(error.contains(reason), "{line}: {error}");
        assert!(error.len() < 600, "{error}");
        assert!(
            error.trim_end().chars().all(|c| !c.is_control()),
            "{error:?}"
        );
        if !output.stdout.is_empty() {
            assert_eq!(stdout_json(&output)["outcome"], "not_sent");
        }
    }
    assert_eq!(server.recorded(), []);
    let output = run(program(&[])).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(error_line(&output).contains("--help"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_malformed_key_names_its_variable_and_never_itself() {
    for (command, name) in COMMANDS.iter().zip(
        ["EXTROVERT_API_KEY"; 3]
            .iter()
            .chain(&KEYS[1..])
            .chain(&KEYS[3..]),
    ) {
        let arguments = [*command, &["--yes"]].concat();
        let output = run(program(&arguments)).await;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(error_line(&output).contains(name), "{output:?}");
        for key in [
            format!("{CANARY}\n"),
            format!("{CANARY}\r\nx-evil: 1"),
            String::from(" "),
        ] {
            let mut command = program(&arguments);
            command.env(name, key);
            let output = run(command).await;
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            let line = error_line(&output);
            assert!(line.contains(name) && !line.contains("canary"), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_come_from_a_file() {
    let server = ScriptedServer::start([Reply::json(200, &json!(true))]).await;
    let file = std::env::temp_dir().join(format!(
        "prospect-delete-program-key-{}",
        std::process::id()
    ));
    std::fs::write(&file, format!("{CANARY}\n")).unwrap();
    let base_url = format!("nlpearl={}", server.base_url());
    let mut command = delete_one_lead(&["--base-url", &base_url]);
    command
        .env_remove("NLPEARL_API_KEY")
        .env("NLPEARL_API_KEY_FILE", &file);
    let output = run(command).await;
    std::fs::remove_file(file).unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        server.recorded()[0]
            .headers
            .contains(&("authorization".to_owned(), format!("Bearer {CANARY}")))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn interim_answers_without_end_do_not_stop_the_clock() {
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
    let server = ScriptedServer::start([Reply::Flood(interim)]).await;
    let base_url = format!("nlpearl={}", server.base_url());
    let command = delete_one_lead(&[
        "--output",
        "json",
        "--base-url",
        &base_url,
        "--timeout",
        "1",
        "--max-attempts",
        "1",
    ]);
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(
        error_line(&output).contains("no answer within 1 s"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_is_asked_for_a_server_on_this_machine() {
    let server = ScriptedServer::start([Reply::json(200, &json!(true))]).await;
    let proxy = ScriptedServer::start([Reply::Reset]).await;
    for host in ["127.0.0.1", "localhost"] {
        let base_url = format!("nlpearl={}", server.base_url().replace("127.0.0.1", host));
        let mut command = delete_one_lead(&["--base-url", &base_url]);
        for name in [
            "http_proxy",
            "HTTP_PROXY",
            "https_proxy",
            "HTTPS_PROXY",
            "all_proxy",
            "ALL_PROXY",
        ] {
            command.env(name, proxy.base_url());
        }
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    assert_eq!(server.recorded().len(), 2);
    assert_eq!(proxy.recorded(), []);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_the_outcome_unknown() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("nlpearl=http://{}", listener.local_addr().unwrap());
    let mut command = delete_one_lead(&["--output", "json", "--base-url", &base_url]);
    let deleting = command.stdout(Stdio::piped()).spawn().unwrap();
    // The request is on its way once it has been read.
    let (mut connection, _) = listener.accept().unwrap();
    std::io::Read::read_exact(&mut connection, &mut [0; 64]).unwrap();
    let interrupt = Command::new("kill")
        .args(["-INT", &deleting.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupt.success());
    let output = tokio::task::spawn_blocking(|| deleting.wait_with_output().unwrap())
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(stdout_json(&output)["outcome"], "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_reaches_any_output_at_any_verbosity() {
    let echo = Reply::answer(
        403,
        &[("x-request-id", CANARY)],
        format!("<html>{CANARY}</html>"),
    );
    for (sample, command) in samples().into_iter().zip(COMMANDS) {
        for more in [
            &[][..],
            &["-v"],
            &["-vv"],
            &["-vvv"],
            &["-q"],
            &["--dry-run", "-vvv"],
        ] {
            let server = ScriptedServer::start([echo.clone()]).await;
            let arguments = sent_to(server.base_url(), command, sample.target, sample.idempotent);
            let output = run(program_with_keys(
                &[&borrowed(&arguments)[..], more].concat(),
            ))
            .await;
            let printed = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(!printed.contains("canary-secret"), "{printed}");
            if matches!(more, ["-vv" | "-vvv"]) {
                assert!(
                    printed.contains("TRACE") || printed.contains("DEBUG"),
                    "{printed}"
                );
            }
            assert!(
                printed.contains("[redacted]"),
                "the echo was there: {printed}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_command_says_where_it_is_and_takes_deletions() {
    let mut sandbox = program(&["sandbox"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(sandbox.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let base_url = format!("woodpecker={}", ready["base_url"].as_str().unwrap());
    let mut command = program(&[
        "woodpecker",
        "delete-prospects",
        "--company-id",
        "123",
        "--confirm",
        "woodpecker.company:123",
        "--output",
        "json",
        "--base-url",
        &base_url,
    ]);
    command.env(
        "WOODPECKER_API_KEY",
        ready["credentials"]["woodpecker"].as_str().unwrap(),
    );
    let output = run(command).await;
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
    let result = stdout_json(&output);
    assert_eq!(result["outcome"], "accepted", "{output:?}");
    assert!(
        result["count"].as_u64().is_some_and(|count| count > 0),
        "{result}"
    );
}

#[cfg(unix)]
#[test]
fn the_sandbox_command_writes_its_line_to_a_file_starts_from_a_seed_and_leaves_nothing() {
    use std::io::{BufRead, BufReader, Read, Write};

    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    let counts = json!({ "generate": { "nlpearl": { "pearls": 2, "leads_per_pearl": 3 } } });
    std::fs::write(&seed, counts.to_string()).unwrap();
    let ready = folder.path().join("ready.json");
    let mut sandbox = program(&["sandbox"])
        .arg("--seed")
        .arg(&seed)
        .arg("--ready-file")
        .arg(&ready)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(sandbox.stdout.take().unwrap());
    let mut line = String::new();
    printed.read_line(&mut line).unwrap();
    assert_eq!(std::fs::read_to_string(&ready).unwrap(), line);
    let line: Value = serde_json::from_str(&line).unwrap();
    let address = line["base_url"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://");
    let mut connection = std::net::TcpStream::connect(address).unwrap();
    connection
        .write_all(b"GET /__sandbox/state HTTP/1.0\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let state: Value = serde_json::from_str(body).unwrap();
    assert_eq!(state["nlpearl"]["pearls"].as_object().unwrap().len(), 2);
    assert_eq!(state["unleashx"]["campaigns"], json!({}));

    let terminated = Command::new("kill").arg(sandbox.id().to_string()).status();
    assert!(terminated.unwrap().success());
    assert_eq!(sandbox.wait().unwrap().code(), Some(0));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "only the seed: {left:?}");
}

#[tokio::test]
async fn a_sandbox_that_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    std::fs::write(&seed, r#"{"nlperl":{}}"#).unwrap();
    let seed = seed.to_str().unwrap();
    for (arguments, status, line) in [
        (
            ["--seed", seed],
            2,
            "seed.json: is no seed (unknown field `nlperl`",
        ),
        (
            ["--seed", "not-there.json"],
            2,
            "not-there.json: cannot be read (",
        ),
        (
            ["--ready-file", "not/there"],
            1,
            "not/there: cannot be written (",
        ),
    ] {
        let mut command = program(&["sandbox"]);
        command.args(arguments).current_dir(folder.path());
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(printed.contains(line), "{printed}");
        assert!(output.stdout.is_empty(), "{output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_changes_the_sandbox_as_it_says() {
    let sandbox = Sandbox::builder()
        .seed(Seed::example())
        .start()
        .await
        .unwrap();
    let base_url = format!("unleashx={}", sandbox.base_url());
    let delete = async |more: &[&str]| {
        let mut command = program(
            &[
                &["unleashx", "delete-audience", "--base-url", &base_url],
                more,
            ]
            .concat(),
        );
        command.env("UNLEASHX_TOKEN", &sandbox.credentials().unleashx);
        run(command).await.status.code()
    };
    let before = sandbox.state();
    assert_eq!(
        delete(&[
            "--campaign-id",
            "43",
            "--all",
            "--confirm",
            "unleashx.campaign:43"
        ])
        .await,
        Some(3)
    );
    assert_eq!(
        sandbox.state(),
        before,
        "a running campaign keeps its audience"
    );
    assert_eq!(
        delete(&["--campaign-id", "42", "101", "102", "--yes"]).await,
        Some(0)
    );
    let mut meant = before;
    let campaign = meant.unleashx.campaigns.get_mut(&42).unwrap();
    campaign.audience.retain(|id| ![101, 102].contains(id));
    assert_eq!(sandbox.state(), meant, "exactly these are gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_deletes_exactly_what_is_meant() {
    for targets in ["1", "250"] {
        let output = run(program(&["demo", "--targets", targets, "--output", "json"])).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let summary = stdout_json(&output);
        assert_eq!(summary["as_meant"], true);
        let operations: Vec<_> = summary["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["operation"].as_str().unwrap())
            .collect();
        for operation in [
            "extrovert.delete_selected",
            "extrovert.remove_prospect",
            "nlpearl.delete_leads",
            "woodpecker.delete_company_prospects",
            "unleashx.delete_audience",
        ] {
            assert!(operations.contains(&operation), "{operations:?}");
        }
        // A company, leads and audience.
        let number: u64 = targets.parse().unwrap();
        let list = &summary["list"];
        assert_eq!(list["targets"], 1 + 2 * number, "{list}");
        assert_eq!(list["duplicates"], 1);
        assert_eq!(list["reported"], 1 + 2 * number);
        assert_eq!(list["applied"]["deleted"], 2 * number);
        assert_eq!(list["applied"]["accepted"], 1);
        // Three providers, and what was lost or refused once more.
        let requests = 1 + 2 * number.div_ceil(100) + 2;
        assert_eq!(list["applied"]["requests_sent"], requests);
    }
    let output = run(program(&["demo"])).await;
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("Exactly what was meant is gone"),
        "{output:?}"
    );
}
