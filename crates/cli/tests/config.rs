//! The configuration: where it is read from, what it may say, what wins, and what `doctor` shows of it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use prospect_delete_sandbox::{Sandbox, Seed};
use prospect_delete_tests::{Reply, ScriptedServer};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A key that must not be shown.
const CANARY: &str = "canary-4f1d";

/// A folder, and a user's folder beside it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("work/deep")).expect("folders");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The configuration that is found from `work/deep`.
    fn found(&self, text: &str) -> PathBuf {
        self.write("work/prospect-delete.toml", text)
    }

    /// The configuration of the user.
    fn users(&self, text: &str) -> PathBuf {
        self.write("config/prospect-delete/prospect-delete.toml", text)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, text).expect("a file");
        allow(&path, 0o644);
        path
    }

    /// The program in `work/deep`, with no environment.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prospect-delete"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .current_dir(self.path("work/deep"))
            .stdin(Stdio::null());
        command
    }
}

#[cfg(unix)]
fn allow(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

#[cfg(not(unix))]
fn allow(_: &Path, _: u32) {}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("the program runs"))
        .await
        .expect("no panic")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn errors(output: &Output) -> &str {
    let text = str::from_utf8(&output.stderr).expect("text");
    assert!(!text.contains(CANARY), "a key is shown: {text}");
    let out = str::from_utf8(&output.stdout).expect("text");
    assert!(!out.contains(CANARY), "a key is shown: {out}");
    text
}

/// The one line on standard error of a command that was refused as bad input.
#[track_caller]
fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = errors(output);
    assert_eq!(text.lines().count(), 1, "{text}");
    text.to_owned()
}

const DELETE: [&str; 6] = ["nlpearl", "delete-leads", "--pearl-id", "p", "a", "--yes"];

/// A server that deletes once, and the profile that sends there.
async fn server() -> ScriptedServer {
    ScriptedServer::start([Reply::json(200, &Value::from(true))]).await
}

fn profile(server: &str, credential: &str) -> String {
    format!("[profiles.default.nlpearl]\nbase_url = \"{server}\"\ncredential = {credential}\n")
}

/// The key that a server was sent.
fn sent_key(server: &ScriptedServer) -> String {
    let recorded = server.recorded();
    assert_eq!(recorded.len(), 1, "one request");
    let (_, value) = recorded[0]
        .headers
        .iter()
        .find(|(name, _)| name == "authorization")
        .expect("a key");
    value.strip_prefix("Bearer ").expect("a bearer").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_comes_from_a_variable_a_file_or_a_command() {
    let command = format!("{{ command = [\"sh\", \"-c\", \"echo $0\", \"{CANARY}\"] }}");
    for credential in [
        "{ env = \"MINE\" }",
        "{ file = \"keys/nlpearl\" }",
        &command,
    ] {
        let server = server().await;
        let place = Place::new();
        place.write(
            "config/prospect-delete/keys/nlpearl",
            &format!("{CANARY}\n"),
        );
        place.users(&profile(server.base_url(), credential));
        let mut program = place.program(&DELETE);
        program.env("MINE", CANARY);
        let output = run(program).await;
        assert_eq!(output.status.code(), Some(0), "{credential}: {output:?}");
        assert_eq!(errors(&output), "");
        assert_eq!(sent_key(&server), CANARY, "{credential}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_of_a_program_starts_at_the_configuration() {
    let server = server().await;
    let place = Place::new();
    let script = place.write(
        "config/prospect-delete/bin/key",
        &format!("#!/bin/sh\necho {CANARY}\n"),
    );
    allow(&script, 0o755);
    place.users(&profile(server.base_url(), "{ command = [\"bin/key\"] }"));
    let output = run(place.program(&DELETE)).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(sent_key(&server), CANARY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_wins_over_the_environment_and_that_over_the_profile() {
    let place = Place::new();
    let (by_profile, by_variable, by_flag) = (server().await, server().await, server().await);
    place.users(&profile(by_profile.base_url(), "{ env = \"MINE\" }"));
    let flag = format!("nlpearl={}", by_flag.base_url());

    let mut program = place.program(&DELETE);
    program.env("MINE", "of-profile");
    assert_eq!(run(program).await.status.code(), Some(0));
    assert_eq!(sent_key(&by_profile), "of-profile");

    let mut program = place.program(&DELETE);
    program
        .env("MINE", "of-profile")
        .env("NLPEARL_API_KEY", CANARY)
        .env("NLPEARL_BASE_URL", by_variable.base_url());
    let output = run(program).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let notes = errors(&output);
    assert_eq!(notes.lines().count(), 2, "{notes}");
    assert!(
        notes.contains("the nlpearl key of the environment wins"),
        "{notes}"
    );
    assert!(notes.contains("NLPEARL_BASE_URL wins"), "{notes}");
    assert_eq!(sent_key(&by_variable), CANARY);

    let mut program = place.program(&[&DELETE[..], &["--base-url", &flag]].concat());
    program
        .env("MINE", "of-profile")
        .env("NLPEARL_BASE_URL", by_variable.base_url());
    assert_eq!(run(program).await.status.code(), Some(0));
    assert_eq!(sent_key(&by_flag), "of-profile");
    assert_eq!(
        by_profile.recorded().len() + by_variable.recorded().len(),
        2
    );
}

/// The profile that `doctor` says is in force, and its file.
async fn in_force(program: Command) -> (Value, Value) {
    let findings = json(&run(program).await);
    (
        findings["configuration"]["path"].clone(),
        findings["profile"].clone(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_named_file_wins_then_the_nearest_and_then_the_users() {
    let place = Place::new();
    let text = "[profiles.default]\n[profiles.other]\n";
    let doctor = ["doctor", "--output", "json"];
    assert_eq!(
        in_force(place.program(&doctor)).await,
        (Value::Null, Value::Null)
    );
    let users = place.users(text);
    assert_eq!(
        in_force(place.program(&doctor)).await.0,
        users.to_str().unwrap()
    );
    let found = place.found(text);
    let found = found.canonicalize().unwrap();
    assert_eq!(
        in_force(place.program(&doctor)).await.0,
        found.to_str().unwrap()
    );
    let by_variable = place.write("v.toml", text);
    let mut program = place.program(&doctor);
    program.env("PROSPECT_DELETE_CONFIG", &by_variable);
    assert_eq!(in_force(program).await.0, by_variable.to_str().unwrap());
    let by_flag = place.write("f.toml", text);
    let flag = [&doctor[..], &["--config", by_flag.to_str().unwrap()]].concat();
    let mut program = place.program(&flag);
    program.env("PROSPECT_DELETE_CONFIG", &by_variable);
    assert_eq!(
        in_force(program).await,
        (
            Value::from(by_flag.to_str().unwrap()),
            Value::from("default")
        )
    );
    let mut program = place.program(&flag);
    program.env("PROSPECT_DELETE_PROFILE", "other");
    assert_eq!(in_force(program).await.1, "other");
    let mut program = place.program(&[&flag[..], &["--profile", "default"]].concat());
    program.env("PROSPECT_DELETE_PROFILE", "other");
    assert_eq!(in_force(program).await.1, "default");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_configuration_may_not_say_is_refused_with_line_and_remedy() {
    let table = "[profiles.default.nlpearl]\n";
    let cases = [
        // A key, wherever it stands.
        (
            format!("{table}api_key = \"{CANARY}\""),
            ":2: ",
            "command = [",
        ),
        (
            format!("{table}token = \"{CANARY}\""),
            ":2: ",
            "take it out",
        ),
        (
            format!("{table}credential = \"{CANARY}\""),
            ":2: ",
            "take it out",
        ),
        (
            format!("{table}credential = {{ value = \"{CANARY}\" }}"),
            ":2: ",
            "no such field",
        ),
        (
            format!("{table}credential = {{ env = \"{CANARY}\" }}"),
            ":2: ",
            "the name of a variable",
        ),
        (
            format!("NLPEARL_API_KEY = \"{CANARY}\""),
            ":1: ",
            "take it out",
        ),
        (
            format!("[profiles.default]\nnlpearl = \"{CANARY}\""),
            ":2: ",
            "table",
        ),
        (
            format!("{table}base_url = \"https://{CANARY}@host\""),
            ":2: ",
            "user info",
        ),
        (format!("{table}rate = \"{CANARY}\""), ":2: ", "N/min"),
        // A line that is no TOML is not shown either.
        (
            format!("{table}credential = {CANARY} {CANARY}"),
            ":2: ",
            "TOML",
        ),
        (format!("{table}credential = \"{CANARY}"), ":2: ", "TOML"),
        // Mistyped.
        (
            format!("\n{table}base_ulr = \"x\""),
            ":3: ",
            "did you mean base_url?",
        ),
        (
            "[profiles.default.nlperl]".to_owned(),
            ":1: ",
            "did you mean nlpearl?",
        ),
        (
            "[profile.default]".to_owned(),
            ":1: ",
            "did you mean profiles?",
        ),
        ("[nlpearl]".to_owned(), ":1: ", "[profiles.default.nlpearl]"),
        (format!("{table}concurrency = 0"), ":2: ", "from 1 to 1000"),
        (format!("{table}batch = \"many\""), ":2: ", "a number"),
        (
            "[profiles.default]\ntimeout = 0".to_owned(),
            ":2: ",
            "more than 0",
        ),
        (format!("{table}credential = {{}}"), ":2: ", "one source"),
        (
            format!("{table}credential = {{ env = \"A\", file = \"b\" }}"),
            ":2: ",
            "one source",
        ),
        (
            format!("{table}credential = {{ command = \"pass show x\" }}"),
            ":2: ",
            "a list",
        ),
        (
            format!("{table}credential = {{ command = [] }}"),
            ":2: ",
            "a program",
        ),
        // In a profile that is not in force, too.
        (
            "[profiles.other]\ntime = 1".to_owned(),
            ":2: ",
            "did you mean timeout?",
        ),
    ];
    for (text, line, remedy) in cases {
        let place = Place::new();
        let path = place.users(&text);
        let mut program = place.program(&DELETE);
        program.env("NLPEARL_API_KEY", "other");
        let error = refusal(&run(program).await);
        assert!(
            error.contains(&format!("{}{line}", path.display())),
            "{text}\n{error}"
        );
        assert!(error.contains(remedy), "{text}\n{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_gives_no_key_says_where_it_is_named_and_shows_nothing() {
    for (credential, why) in [
        ("{ env = \"canary_4f1d\" }", "is not set"),
        ("{ file = \"canary-4f1d\" }", "cannot be read"),
        ("{ file = \"two-lines\" }", "line break"),
        ("{ command = [\"canary-4f1d\"] }", "cannot be started"),
        (
            "{ command = [\"sh\", \"-c\", \"echo $0; echo locked >&2; exit 2\", \"canary-4f1d\"] }",
            "locked",
        ),
        ("{ command = [\"true\"] }", "is empty"),
    ] {
        let place = Place::new();
        place.write(
            "config/prospect-delete/two-lines",
            "canary-4f1d\ncanary-4f1d\n",
        );
        let path = place.users(&profile("http://127.0.0.1:1", credential));
        let error = refusal(&run(place.program(&DELETE)).await);
        assert!(
            error.contains(&format!("{}:3: ", path.display())),
            "{error}"
        );
        assert!(error.contains(why), "{error}");
        assert!(!error.contains("canary_4f1d"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_only_found_runs_nothing_and_redirects_nothing() {
    let place = Place::new();
    let ran = place.path("ran");
    let touch = format!("{{ command = [\"touch\", \"{}\"] }}", ran.display());
    for (text, why) in [
        (profile("http://127.0.0.1:1", &touch), "a command"),
        (
            profile("https://elsewhere.example", "{ env = \"MINE\" }"),
            "another host",
        ),
    ] {
        let path = place.found(&text);
        let path = path.canonicalize().unwrap();
        for command in [&DELETE[..], &["doctor"]] {
            let mut program = place.program(command);
            program.env("MINE", CANARY);
            let error = refusal(&run(program).await);
            assert!(error.contains(why), "{error}");
            assert!(
                error.contains(&format!("--config {}", path.display())),
                "{error}"
            );
            assert!(!ran.exists(), "it ran");
        }
    }
    // Loopback and the provider's own host are no other host, and a file that is named is believed.
    let server = server().await;
    place.found(&profile(server.base_url(), "{ env = \"MINE\" }"));
    let mut program = place.program(&DELETE);
    program.env("MINE", CANARY);
    assert_eq!(run(program).await.status.code(), Some(0));
    assert_eq!(sent_key(&server), CANARY);
    place.found(&profile("http://127.0.0.1:1", &touch));
    let output = run(place.program(&["doctor", "--config", "../prospect-delete.toml"])).await;
    assert!(ran.exists(), "{output:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_others_can_write_to_is_not_believed() {
    let place = Place::new();
    let text = "[profiles.default]\n";
    for path in [place.found(text), place.users(text)] {
        for mode in [0o666, 0o664] {
            allow(&path, mode);
            let error = refusal(&run(place.program(&DELETE)).await);
            assert!(error.contains("chmod go-w"), "{error}");
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
        // Naming it is believing it.
        let doctor = run(place.program(&["doctor", "--config", path.to_str().unwrap()])).await;
        assert!(!errors(&doctor).contains("chmod"), "{doctor:?}");
        std::fs::remove_file(path).unwrap();
    }
    // Giving a file away takes being the superuser.
    let path = place.found(text);
    if std::os::unix::fs::chown(&path, Some(65_534), None).is_ok() {
        let error = refusal(&run(place.program(&DELETE)).await);
        assert!(error.contains("belongs to another user"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_is_not_there_is_refused_with_those_that_are() {
    let place = Place::new();
    let error = refusal(&run(place.program(&["doctor", "--profile", "staging"])).await);
    assert!(error.contains("--config"), "{error}");
    place.users("[profiles.staging]\n[profiles.production]\n");
    let error = refusal(&run(place.program(&["doctor", "--profile", "stagin"])).await);
    assert!(error.contains("did you mean staging?"), "{error}");
    assert!(error.contains("production, staging"), "{error}");
    let error = refusal(&run(place.program(&["doctor", "--config", "none.toml"])).await);
    assert!(error.contains("none.toml"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_configuration_is_an_object_for_programs() {
    let place = Place::new();
    place.users("nonsense");
    let output = run(place.program(&[&DELETE[..], &["--output", "json"]].concat())).await;
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(json(&output)["outcome"], "not_sent");
    let output = run(place.program(&["doctor", "--output", "json"])).await;
    assert_eq!(json(&output)["exit_status"], 2);
    // What needs no configuration does not read it.
    let output = run(place.program(&["status", "no-run.db"])).await;
    assert!(!errors(&output).contains("TOML"), "{output:?}");
}

/// Two profiles of one sandbox, which plan and apply with their own keys and limits.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_made_and_applied_under_one_profile() {
    let sandbox = Sandbox::builder()
        .seed(Seed::example())
        .start()
        .await
        .unwrap();
    let place = Place::new();
    let key = &sandbox.credentials().unleashx;
    place.write("work/key", key);
    let (base_url, elsewhere) = (sandbox.base_url(), "http://127.0.0.1:1");
    place.found(&format!(
        r#"
[profiles.default]
max_attempts = 1

[profiles.default.unleashx]
base_url = "{base_url}"
batch = 1
rate = "unlimited"
concurrency = 2
credential = {{ file = "key" }}

[profiles.other-key.unleashx]
base_url = "{base_url}"
credential = {{ env = "OTHER" }}

[profiles.other-address.unleashx]
base_url = "{elsewhere}"
credential = {{ file = "key" }}
"#
    ));
    place.write(
        "work/deep/list.csv",
        "target,campaign_id,audience_id\nunleashx.audience,42,101\nunleashx.audience,42,102\n",
    );
    let plan = ["plan", "list.csv", "--out", "run.db", "--output", "json"];
    let plan = json(&run(place.program(&plan)).await);
    assert_eq!(plan["requests"], 2, "a batch of one: {plan}");
    let apply = [
        "apply",
        "run.db",
        "--confirm",
        plan["digest"].as_str().unwrap(),
        "--output",
        "json",
    ];
    for profile in ["other-key", "other-address"] {
        let mut program = place.program(&[&apply[..], &["--profile", profile]].concat());
        program.env("OTHER", "another-key");
        let output = run(program).await;
        assert_eq!(output.status.code(), Some(5), "{profile}: {output:?}");
    }
    assert!(sandbox.requests().is_empty(), "nothing was sent");
    let output = run(place.program(&apply)).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(json(&output)["deleted"], 2);
    assert_eq!(sandbox.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_shared_where_a_flag_says_so_or_else_a_profile() {
    for (setting, flags, shared) in [
        ("", &[][..], false),
        ("", &["--reuse-connections"], true),
        ("reuse_connections = false", &["--reuse-connections"], true),
        ("reuse_connections = true", &[], true),
        (
            "reuse_connections = true",
            &["--reuse-connections=false"],
            false,
        ),
    ] {
        let server = ScriptedServer::start([Reply::json(200, &json!(true))]).await;
        let place = Place::new();
        place.users(&format!(
            "[profiles.default]\n{setting}\n{}",
            profile(server.base_url(), "{ env = \"MINE\" }")
        ));
        let mut program = place.program(&[&DELETE[..], flags].concat());
        program.env("MINE", CANARY);
        let output = run(program).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let closes = ("connection".to_owned(), "close".to_owned());
        let is_closed = server.recorded()[0].headers.contains(&closes);
        assert_eq!(is_closed, !shared, "{setting} {flags:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_and_waits_of_a_profile_bound_a_command() {
    for (flags, attempts) in [(&[][..], 2), (&["--max-attempts", "1"][..], 1)] {
        let server =
            ScriptedServer::start((0..5).map(|_| Reply::answer(429, &[("retry-after", "0")], "")))
                .await;
        let place = Place::new();
        place.users(&format!(
            "[profiles.default]\nmax_attempts = 2\n{}",
            profile(server.base_url(), "{ env = \"MINE\" }")
        ));
        let mut program = place.program(&[&DELETE[..], flags].concat());
        program.env("MINE", CANARY);
        assert_eq!(run(program).await.status.code(), Some(3));
        assert_eq!(server.recorded().len(), attempts, "{flags:?}");
    }
    // A longer wait than the profile allows is not slept through.
    let server = ScriptedServer::start([Reply::answer(429, &[("retry-after", "9")], "")]).await;
    let place = Place::new();
    place.users(&format!(
        "[profiles.default]\nmax_wait = 1.5\n{}",
        profile(server.base_url(), "{ env = \"MINE\" }")
    ));
    let mut program = place.program(&DELETE);
    program.env("MINE", CANARY);
    assert_eq!(run(program).await.status.code(), Some(3));
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_what_is_in_force_and_sends_nothing() {
    let server = server().await;
    let place = Place::new();
    let path = place.users(&format!(
        "[profiles.default]\ntimeout = 7\n{}rate = \"30/min\"\n[profiles.default.unleashx]\nbase_url = \"{}\"\n",
        profile(server.base_url(), "{ env = \"MINE\" }"),
        server.base_url(),
    ));
    let doctor = |arguments: &[&str]| {
        let mut program = place.program(&[&["doctor"], arguments].concat());
        program
            .env("MINE", CANARY)
            .env("WOODPECKER_API_KEY", "wp")
            .env("WOODPECKER_BASE_URL", "http://localhost:9");
        program
    };
    let output = run(doctor(&["--output", "json"])).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    errors(&output);
    let findings = json(&output);
    let at = |line: u32| format!("{}:{line}", path.display());
    assert_eq!(findings["ok"], true);
    assert_eq!(findings["settings"]["timeout"]["value"], "7");
    assert_eq!(findings["settings"]["timeout"]["from"], at(2));
    assert_eq!(findings["settings"]["max_wait"]["from"], "default");
    assert_eq!(findings["settings"]["reuse_connections"]["value"], "false");
    let nlpearl = &findings["providers"]["nlpearl"];
    assert_eq!(nlpearl["settings"]["base_url"]["value"], server.base_url());
    assert_eq!(nlpearl["settings"]["base_url"]["from"], at(4));
    assert_eq!(nlpearl["settings"]["rate"]["value"], "30/min");
    assert_eq!(nlpearl["settings"]["batch"]["from"], "default");
    assert_eq!(nlpearl["key"]["state"], "well_formed");
    assert_eq!(nlpearl["key"]["from"], format!("variable, {}", at(5)));
    assert_eq!(nlpearl["key"]["fingerprint"].as_str().unwrap().len(), 8);
    assert_eq!(nlpearl["host"]["resolves"], true);
    let woodpecker = &findings["providers"]["woodpecker"];
    assert_eq!(woodpecker["key"]["from"], "WOODPECKER_API_KEY");
    assert_eq!(
        woodpecker["settings"]["base_url"]["from"],
        "WOODPECKER_BASE_URL"
    );
    assert_eq!(woodpecker["host"]["resolves"], true);
    assert_eq!(
        findings["providers"]["extrovert"]["key"]["state"],
        "not_set"
    );

    let output = run(doctor(&[])).await;
    let text = str::from_utf8(&output.stdout).unwrap();
    for part in [
        path.to_str().unwrap(),
        "30/min",
        "well-formed",
        "not set",
        "No problem",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    errors(&output);
    assert!(server.recorded().is_empty(), "something was sent");

    let mut program = doctor(&["--output", "json"]);
    program
        .env("EXTROVERT_API_KEY", format!(" {CANARY}"))
        .env("NLPEARL_BASE_URL", "nonsense");
    let output = run(program).await;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    errors(&output);
    let problems = json(&output)["problems"].to_string();
    for part in ["EXTROVERT_API_KEY", "NLPEARL_BASE_URL"] {
        assert!(problems.contains(part), "{problems}");
    }
    // The host of a key in use that nobody knows: no fault of what was given.
    let mut program = doctor(&["--output", "json"]);
    // Such a name is refused on this machine, before anybody is asked for it.
    let nowhere = format!("{}.invalid", "a".repeat(64));
    program.env("WOODPECKER_BASE_URL", format!("https://{nowhere}"));
    let output = run(program).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        json(&output)["problems"][0]["problem"]
            .as_str()
            .unwrap()
            .contains(&nowhere)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_shows_a_configuration_that_is_taken() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    // A package has another README.
    let Ok(readme) = std::fs::read_to_string(readme) else {
        return;
    };
    let example = readme
        .split("```")
        .find(|block| block.starts_with("toml\n[profiles"))
        .expect("an example")
        .trim_start_matches("toml");
    let place = Place::new();
    let path = place.write("example.toml", example);
    let mut program = place.program(&["doctor", "--profile", "sandbox", "--output", "json"]);
    program
        .env("PROSPECT_DELETE_CONFIG", path)
        .env("SANDBOX_KEY", CANARY);
    let output = run(program).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let findings = json(&output);
    assert_eq!(
        findings["providers"]["nlpearl"]["key"]["state"],
        "well_formed"
    );
}
