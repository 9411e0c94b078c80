//! The table of behaviours: every row is tried as it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use prospect_delete_sandbox::{
    Basis, Fault, PostStatus, Record, Sandbox, Seed, State, Throttle, fidelity,
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{anonymous, operations, request};

#[derive(Deserialize)]
struct Row {
    id: String,
    #[serde(default)]
    delayed: bool,
    proof: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    send: String,
    #[serde(default)]
    faults: Vec<Fault>,
    method: Option<String>,
    path: Option<String>,
    #[serde(default)]
    key: Key,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    with: BTreeMap<String, Value>,
    text: Option<String>,
    spaces: Option<usize>,
    #[serde(default = "once")]
    times: usize,
    status: u16,
    #[serde(default)]
    answer: Value,
    #[serde(default)]
    gives: BTreeMap<String, String>,
    deleted: Option<BTreeSet<String>>,
    rejected: Option<BTreeSet<String>>,
    seed_before_next: Option<Seed>,
}

#[derive(Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Key {
    #[default]
    Right,
    Wrong,
    Missing,
}

fn once() -> usize {
    1
}

fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fidelity.yaml");
    std::fs::read_to_string(path).expect("the table")
}

#[tokio::test]
async fn every_behaviour_of_the_table_is_what_happens() {
    let rows: Vec<Row> = yaml_serde::from_str(&text()).expect("rows with proof");
    for row in rows {
        assert!(!row.proof.is_empty(), "{}: no proof", row.id);
        let delay = if row.delayed {
            Duration::MAX
        } else {
            Duration::ZERO
        };
        let builder = Sandbox::builder().seed(Seed::example());
        let sandbox = builder.woodpecker_delay(delay).start().await;
        let sandbox = sandbox.expect("a free port");
        for (number, step) in row.proof.iter().enumerate() {
            prove(&sandbox, step, &format!("{}, step {}", row.id, number + 1)).await;
        }
    }
}

async fn prove(sandbox: &Sandbox, step: &Step, name: &str) {
    if !step.faults.is_empty() {
        let faults = step.faults.clone();
        sandbox.set_faults(faults).expect("possible faults");
    }
    let (_, method, path, mut body) = operations()
        .into_iter()
        .find(|(operation, ..)| *operation == step.send)
        .unwrap_or_else(|| panic!("{name}: no such operation"));
    let method = match &step.method {
        Some(method) => method.parse().expect("a method"),
        None => method,
    };
    if let Some(given) = &step.body {
        body.clone_from(given);
    }
    for (field, value) in &step.with {
        body[field] = value.clone();
    }
    let mut sent = body.to_string();
    if let Some(text) = &step.text {
        sent.clone_from(text);
    }
    if let Some(spaces) = step.spaces {
        sent = " ".repeat(spaces);
    }
    for _ in 0..step.times {
        let path = step.path.as_deref().unwrap_or(path);
        once_more(sandbox, step, &method, path, sent.clone(), name).await;
    }
    if let Some(expected) = &step.deleted {
        let deleted = sandbox.deleted();
        let deleted: BTreeSet<_> = deleted.iter().map(|gone| short(&gone.record)).collect();
        assert_eq!(&deleted, expected, "{name}: what is deleted");
    }
    if let Some(expected) = &step.rejected {
        let posts = sandbox.state().extrovert.posts;
        let rejected: BTreeSet<_> = posts
            .iter()
            .filter(|post| post.status == PostStatus::Rejected)
            .map(|post| post.id.to_string())
            .collect();
        assert_eq!(&rejected, expected, "{name}: what is rejected");
    }
    if let Some(seed) = &step.seed_before_next {
        sandbox.seed(seed);
    }
}

async fn once_more(
    sandbox: &Sandbox,
    step: &Step,
    method: &Method,
    path: &str,
    body: String,
    name: &str,
) {
    let mut request = match step.key {
        Key::Right => request(sandbox, method.clone(), path),
        Key::Wrong | Key::Missing => anonymous(sandbox, method.clone(), path),
    };
    if step.key == Key::Wrong {
        for header in ["X-API-Key", "token"] {
            request = request.header(header, "wrong");
        }
        request = request.header("Authorization", "Bearer wrong");
    }
    if !step.headers.contains_key("content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in &step.headers {
        request = request.header(name, value);
    }
    let response = request.body(body).send().await.expect("an answer");
    let headers = response.headers().clone();
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    assert_eq!(status, step.status, "{name}: {text}");
    for (header, value) in &step.gives {
        assert_eq!(&headers[header], value, "{name}: {header}");
    }
    let answer = serde_json::from_str(&text).unwrap_or(Value::Null);
    assert!(holds(&answer, &step.answer), "{name}: {text}");
}

/// Whether every member that is expected is there.
fn holds(actual: &Value, expected: &Value) -> bool {
    match expected {
        Value::Null => true,
        Value::Object(members) => members.iter().all(|(name, value)| {
            actual
                .get(name)
                .is_some_and(|actual| value == actual || value.is_object() && holds(actual, value))
        }),
        other => actual == other,
    }
}

/// A record in the short form of the table: what identifies it, in its order.
fn short(record: &Record) -> String {
    // A mapping of YAML keeps the order of the fields.
    let fields = yaml_serde::to_value(record).expect("a record can be written");
    let fields = fields.as_mapping().expect("fields").iter();
    fields
        .filter(|(name, _)| name.as_str() != Some("kind"))
        .map(|(_, value)| match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.as_i64().expect("text or a number").to_string(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[test]
fn the_throttles_of_the_table_are_the_library_s() {
    let rows: Vec<Row> = yaml_serde::from_str(&text()).expect("rows");
    for (id, throttle) in [
        ("woodpecker.limit", Throttle::woodpecker()),
        ("unleashx.limit", Throttle::unleashx()),
    ] {
        let row = rows.iter().find(|row| row.id == id).expect("the row");
        let effect = prospect_delete_sandbox::Effect::Throttle(throttle);
        assert_eq!(row.proof[0].faults[0].effect, effect, "{id}");
    }
}

#[test]
fn every_row_has_its_own_name_and_says_where_it_comes_from() {
    let rows = fidelity();
    let names: BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(names.len(), rows.len());
    for row in rows {
        assert!(row.id.starts_with(&format!("{}.", row.provider)), "{row:?}");
        let sourced = row.source.is_some() || row.provider == "all";
        assert!(sourced || row.basis == Basis::Assumed, "{row:?}");
    }
}

#[tokio::test]
async fn the_table_is_served() {
    let sandbox = Sandbox::start().await.expect("a free port");
    let sent = anonymous(&sandbox, Method::GET, "/__sandbox/fidelity").send();
    let served: Value = sent.await.expect("an answer").json().await.expect("JSON");
    assert_eq!(served, serde_json::to_value(fidelity()).expect("JSON"));
    assert_eq!(sandbox.state(), State::default());
}

/// The README shows the table to those who read no YAML. `UPDATE=1` writes it anew.
#[test]
fn the_readme_has_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README");
    let begin = "<!-- fidelity.yaml as a table -->\n";
    let start = readme.find(begin).expect("the place") + begin.len();
    let end = start + readme[start..].find("<!-- end -->").expect("its end");
    let mut table = String::new();
    let providers = prospect_delete_specs::ALL.map(|document| {
        let parsed: Value = yaml_serde::from_str(document.text).expect("YAML");
        let title = parsed["info"]["title"].as_str().expect("a title");
        let name = title.split(' ').next().expect("a word");
        assert_eq!(name.to_lowercase(), document.provider, "{title}");
        (document.provider, name.to_owned())
    });
    for (provider, title) in [("all", "All providers".to_owned())]
        .into_iter()
        .chain(providers)
    {
        write!(
            table,
            "\n### {title}\n\n| behaviour | basis |\n| --- | --- |\n"
        )
        .expect("text");
        for row in fidelity().iter().filter(|row| row.provider == provider) {
            let basis = match &row.source {
                Some(source) => format!("[{}]({source})", row.basis.as_str()),
                None => row.basis.as_str().to_owned(),
            };
            let behaviour = row.behaviour.replace('|', "\\|");
            writeln!(table, "| {behaviour} | {basis} |").expect("text");
        }
    }
    table.push('\n');
    if readme[start..end] == table {
        return;
    }
    let updated = format!("{}{table}{}", &readme[..start], &readme[end..]);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, updated).expect("it can be written");
        return;
    }
    panic!("the table in README.md is not fidelity.yaml's; run this test with UPDATE=1");
}
