"""What a user's crate costs to build with a provider crate, beside one on bare reqwest.

Every first build starts from an empty target directory, without the network, with the versions of the
workspace's lock file. The ways take turns, so that whatever else the machine does meets all of them.
"""

import os
import resource
import shutil
import subprocess
import time

import measure
from measure import ROOT, number, ratios, spread, table

TITLE = "Build: a crate that depends on one provider"
NEEDS = []

# What the provider crates turn on of reqwest, by `cargo tree -e features -i reqwest`.
REQWEST = 'reqwest = { version = "0.13", default-features = false, features = ["json", "query", "rustls", "stream", "system-proxy"] }'
# Every one of them needs a runtime to send anything.
TOKIO = 'tokio = { version = "1", features = ["macros", "rt"] }'


def with_provider(more=""):
    """A user of the provider crate, with more said about how to depend on it."""
    return {
        "Cargo.toml": f"""
[dependencies]
prospect-delete-woodpecker = {{ path = "{ROOT}/crates/woodpecker"{more} }}
{TOKIO}
""",
        "src/main.rs": """
use prospect_delete_woodpecker::{Client, DeleteCompanyProspects};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let receipt = client.delete_company_prospects(&DeleteCompanyProspects::all(123)?).await?;
    println!("{receipt}");
    Ok(())
}
""",
    }


USERS = {
    "provider": with_provider(),
    "ring": with_provider(', default-features = false, features = ["rustls-ring"]'),
    "reqwest": {
        "Cargo.toml": f"""
[dependencies]
{REQWEST}
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
{TOKIO}
""",
        "src/main.rs": """
#[derive(serde::Serialize)]
struct Request {
    r#type: &'static str,
}

#[derive(serde::Deserialize)]
struct Answer {
    deletion_request_id: i64,
    count: i64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let answer: Answer = client
        .post("https://api.woodpecker.co/rest/v2/agency/companies/123/prospects/delete")
        .header("x-api-key", std::env::var("WOODPECKER_API_KEY")?)
        .json(&Request { r#type: "ALL" })
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    println!("{}", serde_json::json!({ "job": answer.deletion_request_id, "count": answer.count }));
    Ok(())
}
""",
    },
    "progenitor": {
        "Cargo.toml": f"""
[dependencies]
futures = "0.3"
progenitor-client = "0.15"
{REQWEST}
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
{TOKIO}

# As its own documentation has it, and a reader of YAML, since that is what the document is.
[build-dependencies]
prettyplease = "0.3"
progenitor = "0.15"
serde_json = "1"
syn = "3"
yaml_serde = "0.10"
""",
        "build.rs": f"""
fn main() {{
    let file = std::fs::File::open("{ROOT}/specs/woodpecker/openapi.yaml").unwrap();
    let spec = yaml_serde::from_reader(file).unwrap();
    let tokens = progenitor::Generator::default().generate_tokens(&spec).unwrap();
    let content = prettyplease::unparse(&syn::parse2(tokens).unwrap());
    let out = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("codegen.rs");
    std::fs::write(out, content).unwrap();
}}
""",
        "src/main.rs": """
#![allow(dead_code)]

mod api {
    include!(concat!(env!("OUT_DIR"), "/codegen.rs"));
}

fn main() {
    let client = api::Client::new("https://api.woodpecker.co");
    println!("{}", progenitor_client::ClientInfo::baseurl(&client));
}
""",
    },
}


WAYS = {
    "provider": "provider crate (Woodpecker)",
    "ring": "provider crate with `rustls-ring`",
    "reqwest": "bare reqwest, the request by hand",
    "progenitor": "progenitor, as its documentation has it",
}

# First builds, and then builds after a change of the user's own file.
STEPS = {"check": "first `cargo check`", "build": "first `cargo build`", "again": "`cargo build` after a change"}

# The most rounds; one is some ten minutes.
MOST = 3

# How often each target directory is built again.
AGAIN = 3


def run(results, quick, rounds):
    folder = measure.scratch("build")
    for way in USERS:
        make(folder, way)
        results.describe(**{f"crates_{way}": crates(folder / way)})
    if quick:
        # A first build takes longer than the quick form may; that the users' crates are sound shows here.
        return
    for at, way in measure.rounds(min(rounds, MOST), list(USERS)):
        target = folder / "target"
        for command in ["check", "build"]:
            if results.has(step=command, way=way, round=at):
                continue
            results.add(step=command, way=way, round=at, **timed(folder / way, target, command))
            if command == "build":
                for turn in range(AGAIN):
                    with (folder / way / "src/main.rs").open("a") as file:
                        file.write(f"// {at} {turn}\n")
                    results.add(step="again", way=way, round=at, turn=turn, **timed(folder / way, target, command))
            shutil.rmtree(target)
    for way in USERS:
        if not results.has(step="size", way=way):
            target = folder / "target"
            cargo("build", "--quiet", "--offline", "--locked", "--release", "--config=profile.release.strip=true", at=folder / way, target=target)
            results.add(step="size", way=way, mib=(target / "release/user").stat().st_size / 2**20)
            shutil.rmtree(target)


def cargo(*arguments, at, target=None):
    environment = dict(os.environ)
    # Nobody's settings but these: a wrapper or a cache would measure itself.
    for name in ["RUSTC_WRAPPER", "RUSTFLAGS", "CARGO_BUILD_JOBS", "CARGO_BUILD_BUILD_DIR"]:
        environment.pop(name, None)
    if target:
        environment["CARGO_TARGET_DIR"] = str(target)
    return subprocess.run(["cargo", *arguments], cwd=at, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def make(folder, way):
    for name, text in USERS[way].items():
        if name == "Cargo.toml":
            text = f'[package]\nname = "user"\nversion = "0.0.0"\nedition = "2024"\n{text}\n[workspace]\n'
        file = folder / way / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    shutil.copy(ROOT / "Cargo.lock", folder / way / "Cargo.lock")
    # What the lock file lacks is chosen now, and everything is downloaded before a clock runs.
    cargo("fetch", "--quiet", at=folder / way)


def crates(at):
    tree = cargo("tree", "--offline", "--locked", "--edges", "normal,build", "--prefix", "none", at=at)
    return len({" ".join(line.split()[:2]) for line in tree.splitlines() if line}) - 1


def timed(at, target, command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    cargo(command, "--quiet", "--offline", "--locked", at=at, target=target)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"wall": wall, "cpu": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime}


def goals(results):
    compared = {
        f"{STEPS[step]}, {WAYS[way]}": ratios(results, {"step": step, "way": way}, {"step": step, "way": "reqwest"}, "wall")
        for way in ["provider", "ring"]
        for step in ["check", "build"]
    }
    return [measure.goal("first build at most 1.2 × bare reqwest", compared, lambda ratio: ratio <= 1.2)]


def render(results):
    rows = []
    for step, what in STEPS.items():
        for way, name in WAYS.items():
            of = results.of(step=step, way=way)
            if of:
                compared = [
                    "1" if way == "reqwest" else spread(ratios(results, {"step": step, "way": way}, {"step": step, "way": "reqwest"}, figure))
                    for figure in ["wall", "cpu"]
                ]
                rows.append([f"{what}, {name}", *(spread([one[figure] for one in of]) for figure in ["wall", "cpu"]), *compared])
    text = (
        "Debug profile, empty target directory, no network. The incremental build follows a change of the user's "
        "own `main.rs`.\n\n"
    )
    text += table(["build", "s", "CPU s", "÷ reqwest", "CPU ÷ reqwest"], rows)
    sizes = [
        [name, results.about.get(f"crates_{way}", ""), number(results.of(step="size", way=way)[0]["mib"])]
        for way, name in WAYS.items() if results.of(step="size", way=way)
    ]
    return text + ("\n" + table(["way", "crates", "release binary, stripped, MiB"], sizes) if sizes else "")
