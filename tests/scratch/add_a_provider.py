"""Follows guides/add-a-provider.md in a copy of the checked-out tree, and uses the program that comes of it.

    add_a_provider.py [--keep]

The copy is in `target/scratch/tree`, and is removed at the end unless `--keep` is given. What is built for it stays in
`target/scratch/build`, so that only the first run builds what all depend on.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import page

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "target" / "scratch"
TREE = SCRATCH / "tree"
BUILD = SCRATCH / "build"
GUIDE = "guides/add-a-provider.md"
# A kind is added to a provider that is there, and that one has the file where Acme has its own.
OTHER = {"crates/nlpearl/src/targets.rs": "crates/acme/src/targets.rs"}
PEARL = "66b2f0c4a1d3e5f708192a3b"
LIST = f"""target,pearl_id,lead_id,contact_id,company_id
woodpecker.company,,,,123
nlpearl.lead_alone,{PEARL},66b2f1a00000000000000001,,
nlpearl.lead_alone,{PEARL},66b2f1a00000000000000002,,
nlpearl.lead,{PEARL},66b2f1a00000000000000003,,
acme.contact,,,c-101,
acme.contact,,,c-102,
"""
begin = time.monotonic()


def step(text):
    print(f"-- {text} ({time.monotonic() - begin:.0f} s)", flush=True)


def expect(actual, expected, what):
    if actual != expected:
        sys.exit(f"{what}: {actual!r} and not {expected!r}")


def environment():
    """Nothing of who runs this decides what the program does. What is built is thrown away."""
    names = ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "http_proxy", "https_proxy"]
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return kept | {
        "CARGO_TARGET_DIR": str(BUILD),
        "CARGO_PROFILE_DEV_DEBUG": "0",
        "CARGO_INCREMENTAL": "0",
    }


def shell(script, **more):
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=TREE, env=environment() | more, check=True)


def output(*command):
    return subprocess.run(command, cwd=TREE, check=True, capture_output=True, text=True).stdout


def copy():
    """Copies what git tracks, as it is in the work tree, into a repository of its own."""
    if TREE.exists():
        shutil.rmtree(TREE)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            # With its time, so that Cargo builds again only what changed.
            shutil.copy2(ROOT / name, TREE / name)
    shell(
        "git init -q . && git add -A && git -c user.name=scratch -c user.email=scratch@localhost commit -qm before",
        GIT_CONFIG_GLOBAL="/dev/null",
    )


def follow(blocks):
    """Does what the page says: writes files, adds to files, and runs commands."""
    for block in blocks:
        if block.path is None:
            step(block.text.splitlines()[0])
            shell(block.text)
            continue
        file = TREE / block.path
        if block.language == "diff":
            text = page.changed(file.read_text(), block)
        elif file.exists():
            sys.exit(f"{GUIDE}:{block.line}: {block.path} is there already, and would be overwritten")
        else:
            text = block.text
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def compare_with_table(text):
    """The table names exactly the files that have changed, and says how many each kind of change touches."""
    rows, columns = page.touched(text)
    status = output("git", "status", "--porcelain=v1", "--untracked-files=all", "-z").split("\0")
    changed = {OTHER.get(line[3:], line[3:]) for line in status if line}
    named = {path for path, columns in rows.items() if columns & {"kind", "provider"}}
    for path in sorted(changed - named):
        print(f"{GUIDE}: {path} is touched, and the table does not name it", file=sys.stderr)
    for path in sorted(named - changed):
        print(f"{GUIDE}: the table names {path}, and nothing touches it", file=sys.stderr)
    if changed != named:
        sys.exit(1)
    counts = Counter(column for columns in rows.values() for column in columns)
    for column in columns:
        print(f"{column}: {counts[column]} files")


class Desk:
    """The program of the copy, a folder, and a sandbox, from `with` to the end of its block."""

    def __enter__(self):
        self.program = BUILD / "debug" / "prospect-delete"
        self.folder = SCRATCH / "desk"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        nobody = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        self.sandbox = subprocess.Popen(
            [self.program, "sandbox"], stdout=subprocess.PIPE, text=True, env=nobody, cwd=self.folder
        )
        ready = json.loads(self.sandbox.stdout.readline())
        self.base_url = ready["base_url"]
        self.environment = dict(nobody)
        variables = {"unleashx": "UNLEASHX_TOKEN"}
        for provider, key in ready["credentials"].items():
            name = provider.upper()
            self.environment[variables.get(provider, f"{name}_API_KEY")] = key
            self.environment[f"{name}_BASE_URL"] = self.base_url
        return self

    def __exit__(self, *_):
        self.sandbox.terminate()
        self.sandbox.wait()
        self.sandbox.stdout.close()

    def run(self, *arguments, status=0):
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
        if done.returncode != status:
            sys.exit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout if status in (0, 3, 4) else done.stdout + done.stderr

    def json(self, *arguments, status=0):
        return json.loads(self.run(*arguments, "--output", "json", status=status))

    def control(self, route):
        with urllib.request.urlopen(f"{self.base_url}/__sandbox/{route}", timeout=30) as answer:
            return json.load(answer)


def use(desk):
    """Takes a list with the new kinds through a run, and looks for the new provider wherever one is shown."""
    step("Plan")
    (desk.folder / "list.csv").write_text(LIST)
    plan = desk.json("plan", "list.csv", "--out", "run.db")
    expect(plan["targets"], 6, "targets of the plan")
    # The tenth kind is no scope, although its number is above those of the scopes.
    expect([plan["scopes"], plan["scope_names"]], [1, ["woodpecker.company:123"]], "scopes")
    desk.run("apply", "run.db", "--confirm", plan["digest"], status=5)
    expect(desk.control("requests"), [], "requests without --allow-scope")

    step("Apply, report, forget, check")
    rates = [word for name in ["nlpearl", "acme"] for word in ["--rate", f"{name}=unlimited"]]
    applied = desk.json(
        "apply", "run.db", "--confirm", plan["digest"], "--allow-scope", "--concurrency", "nlpearl=1", *rates
    )
    expect([applied["deleted"], applied["accepted"]], [5, 1], "deleted and accepted")
    requests = desk.control("requests")
    bodies = [(request["operation"], request["body"]) for request in requests]
    lead = "66b2f1a0000000000000000"
    expect(
        sorted(bodies, key=str),
        sorted(
            [
                ("nlpearl.delete_leads", {"leadIds": [f"{lead}1"]}),
                ("nlpearl.delete_leads", {"leadIds": [f"{lead}2"]}),
                ("nlpearl.delete_leads", {"leadIds": [f"{lead}3"]}),
                ("acme.delete_contacts", {"ids": ["c-101", "c-102"]}),
                ("woodpecker.delete_company_prospects", {"type": "ALL"}),
            ],
            key=str,
        ),
        "requests",
    )
    [acme] = [request for request in requests if request["operation"] == "acme.delete_contacts"]
    expect(acme["headers"]["x-acme-key"], "[redacted]", "the key in the recorded request")
    expect(desk.control("state")["acme"], {"contacts": ["c-103"]}, "what is left at Acme")
    gone = Counter(gone["kind"] for gone in desk.control("deleted"))
    expect([gone["nlpearl_lead"], gone["acme_contact"]], [3, 2], "what is gone")

    report = desk.run("report", "run.db", "--format", "csv")
    expect(report.count("nlpearl.lead_alone"), 2, "leads in the report")
    expect(report.count("c-101"), 1, "the contact in the report")
    expect("contact_id" in report.splitlines()[0], True, "its column in the report")
    expect("acme.contact" in desk.run("report", "run.db", "--format", "html"), True, "contacts in the page")
    expect(desk.json("status", "run.db")["by_provider"]["acme"]["deleted"], 2, "status of Acme")
    desk.run("forget", "run.db")
    report = desk.run("report", "run.db", "--format", "csv")
    expect([report.count("c-101"), report.count("acme.contact")], [0, 2], "the report without identifiers")
    (desk.folder / "asked.jsonl").write_text(
        '{"target":"acme.contact","contact_id":"c-101"}\n'
        f'{{"target":"nlpearl.lead_alone","pearl_id":"{PEARL}","lead_id":"{lead}1"}}\n'
    )
    checked = desk.json("check", "run.db", "--key", "run.db.key", "asked.jsonl")
    expect([entry["outcome"] for entry in checked["entries"]], ["deleted", "deleted"], "what `check` says")

    step("Ask the program about Acme")
    expect("acme" in desk.run("--help"), True, "acme in --help")
    doctor = desk.json("doctor")["providers"]["acme"]
    expect(doctor["settings"]["base_url"]["value"], desk.base_url, "Acme's address in doctor")
    expect(doctor["key"]["state"], "well_formed", "Acme's key in doctor")
    kinds = desk.run("schema", "report")
    for kind in ["acme.contact", "nlpearl.lead_alone"]:
        expect(f'"{kind}"' in kinds, True, f"{kind} in `schema report`")
    (desk.folder / "bad.csv").write_text("target,contact_id\nacme.contcat,c-1\n")
    expect("is acme.contact meant?" in desk.run("plan", "bad.csv", "--out", "bad.db", status=2), True, "a typing error")
    shown = desk.json("acme", "delete-contacts", "c-103", "--dry-run")
    expect(shown["request"]["headers"]["x-acme-key"], "[redacted]", "the key in a dry run")
    deleted = desk.json("acme", "delete-contacts", "c-103", "--yes")
    expect([deleted["outcome"], deleted["operation"]], ["deleted", "delete_contacts"], "a direct deletion")
    expect(desk.control("state")["acme"], {"contacts": []}, "what is left at Acme")
    described = desk.control("openapi.json")["components"]["schemas"]
    expect("acme" in described["Provider"]["enum"], True, "Acme among the sandbox's providers")
    expect(desk.control("specs/acme")["servers"][0]["url"], desk.base_url, "the server in Acme's document")


def main():
    keep = sys.argv[1:] == ["--keep"]
    if sys.argv[1:] and not keep:
        sys.exit("only --keep is known")
    step(f"Copy the tree to {TREE}")
    copy()
    text = (TREE / GUIDE).read_text()
    try:
        follow(page.blocks(text))
    except ValueError as error:
        sys.exit(f"{GUIDE}: {error}")
    step("Build the program")
    shell("cargo build --quiet -p prospect-delete-cli")
    shell("cargo fmt --all --check")
    compare_with_table(text)
    with Desk() as desk:
        use(desk)
    if not keep:
        shutil.rmtree(TREE)
    step("The guide is true")


if __name__ == "__main__":
    main()
