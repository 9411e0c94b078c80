"""Schemathesis against the sandbox: with our specs, and with the documents that the vendors publish.

    conformance.py ours
    conformance.py vendors [--document PROVIDER=FILE]...

Every failure must be listed, and every listed failure must be seen. For our specs the list is
exceptions.yaml beside this file; for the vendors' documents it is what the rows of
crates/sandbox/fidelity.yaml say under `departs`. An entry is

    {check, operation: "METHOD /path", status, answer}

where `answer`, which may be absent, is a part of the body that tells one behaviour from another that fails the
same check.
"""

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from sandbox import PROVIDERS, ROOT, Sandbox

HERE = Path(__file__).resolve().parent
# What a deletion has to do with. Others follow links or compare accounts, which the documents do not describe.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
]
# The answer that each operation's documents promise for a deletion.
DONE = {"woodpecker": 202}
LONGEST_RUN = 600
# How many of the failures of one kind are printed.
EXAMPLES = 5


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", choices=["ours", "vendors"])
    parser.add_argument("--document", action="append", default=[], metavar="PROVIDER=FILE")
    parser.add_argument("--seed", type=int, default=1, help="of the random requests")
    parser.add_argument("--examples", type=int, default=100, help="how many random requests of a kind")
    arguments = parser.parse_args()

    if arguments.documents == "ours":
        documents = [(p, ROOT / "specs" / p / "openapi.yaml") for p in PROVIDERS]
        listed = ours_listed()
    else:
        documents = vendors_documents(arguments.document)
        listed = vendors_listed()
    faults, judged = [], set()
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        for number, (provider, document) in enumerate(documents):
            run = Run(provider, document, Path(folder) / str(number))
            run.carry_out(sandbox, arguments.seed, arguments.examples)
            faults += run.faults(listed)
            judged |= {(provider, operation) for operation in run.operations}
    if not arguments.document:
        # With single pages, the list is longer than what they describe.
        faults += [
            f"listed for an operation that no document has: {json.dumps(entry)}"
            for entry in listed
            if (entry["provider"], entry["operation"]) not in judged
        ]
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit("The sandbox and the documents differ where no list says so.")


def ours_listed():
    return yaml.safe_load((HERE / "exceptions.yaml").read_text())


def vendors_listed():
    rows = yaml.safe_load((ROOT / "crates" / "sandbox" / "fidelity.yaml").read_text())
    return [
        {"id": row["id"], "provider": row["provider"], **departure}
        for row in rows
        for departure in row.get("departs", [])
    ]


def vendors_documents(options):
    """The files that were given, and for a provider without one the facts of its document."""
    given = []
    for option in options:
        provider, _, file = option.partition("=")
        if provider not in PROVIDERS or not Path(file).is_file():
            sys.exit(f"--document {option}: give it as PROVIDER=FILE, with a file that exists")
        given.append((provider, Path(file)))
    for provider in PROVIDERS:
        facts = ROOT / "specs" / provider / "facts.yaml"
        if facts.is_file() and provider not in [p for p, _ in given]:
            given.append((provider, facts))
    return given


def document_within(file):
    """The YAML text of a document, bare or fenced in a Markdown page."""
    lines = file.read_text().splitlines()
    for start, line in enumerate(lines):
        fence = line[: len(line) - len(line.lstrip("`"))]
        if len(fence) >= 3 and "yaml" in line:
            return "\n".join(lines[start + 1 : lines.index(fence, start + 1)])
    return "\n".join(lines)


class Run:
    """One document held against the sandbox."""

    def __init__(self, provider, document, folder):
        self.provider = provider
        self.name = document.relative_to(ROOT) if document.is_relative_to(ROOT) else document
        self.folder = folder
        folder.mkdir()
        self.document = folder / "document.yaml"
        self.document.write_text(document_within(document))
        paths = yaml.safe_load(self.document.read_text()).get("paths", {})
        self.operations = {
            f"{method.upper()} {path}" for path, methods in paths.items() for method in methods
        }
        if not self.operations:
            sys.exit(f"{document}: no OpenAPI document with operations in it")

    def carry_out(self, sandbox, seed, examples):
        report = self.folder / "events.ndjson"
        header = ": ".join(sandbox.key_header(self.provider))
        command = [
            Path(sys.executable).with_name("schemathesis"), "run", self.document,
            "--url", sandbox.base_url, "--header", header,
            "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--mode", "all",
            "--max-examples", str(examples), "--continue-on-failure", "--no-shrink",
            "--seed", str(seed), "--generation-database", "none",
            "--report", "ndjson", "--report-ndjson-path", report, "--no-color",
        ]  # fmt: skip
        # In a folder of its own: Schemathesis takes settings from where it is started.
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "schemathesis_hooks"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_RUN,
        )
        # 1 means failures, which are judged one by one. Anything else, it did not get that far.
        events = [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []
        errors = [event for event in events if "FatalError" in event or "NonFatalError" in event]
        if done.returncode > 1 or errors or not events:
            sys.exit(f"{self.name}: Schemathesis did not come to the end\n{done.stdout}")
        self.verdicts = list(verdicts(events))

    def faults(self, listed):
        listed = [
            entry
            for entry in listed
            if entry["provider"] == self.provider and entry["operation"] in self.operations
        ]
        failed = [verdict for verdict in self.verdicts if verdict["why"]]
        seen, unlisted = [], {}
        for verdict in failed:
            entries = [entry for entry in listed if covers(entry, verdict)]
            seen += entries
            if not entries:
                kind = (verdict["check"], verdict["operation"], verdict["status"])
                unlisted.setdefault(kind, {}).setdefault(verdict["answer"], verdict)
        for kind, answers in unlisted.items():
            yield f"{self.name}: not listed: {kind}, with {len(answers)} different answers, such as"
            for verdict in list(answers.values())[:EXAMPLES]:
                yield "    {request}\n        {answer}\n        {why}".format(**verdict)
        for entry in listed:
            if entry not in seen:
                yield f"{self.name}: listed, but does not happen: {json.dumps(entry)}"
        # A run in which nothing was ever deleted would prove little, the checks of the key least of all.
        done = DONE.get(self.provider, 200)
        for operation in sorted(self.operations):
            deleted = [
                verdict
                for verdict in self.verdicts
                if (verdict["operation"], verdict["status"]) == (operation, done)
                and verdict["check"] == "ignored_auth"
            ]
            if not deleted:
                yield f"{self.name}: no request of {operation} was answered {done}"
        print(
            f"{self.name}: {len(self.verdicts)} verdicts, {len(failed)} failures, "
            f"of {len(listed)} listed kinds"
        )


def covers(entry, verdict):
    return (
        entry["check"] == verdict["check"]
        and entry["operation"] == verdict["operation"]
        and entry["status"] == verdict["status"]
        and entry.get("answer", "") in verdict["answer"]
    )


def verdicts(events):
    """What every check said of every answer. Schemathesis itself prints one failure of a kind."""
    for event in events:
        scenario = event.get("ScenarioFinished")
        recorder = scenario["recorder"] if scenario else {}
        for case, checks in recorder.get("checks", {}).items():
            interaction = recorder["interactions"].get(case) or {}
            request, answer = interaction.get("request") or {}, interaction.get("response") or {}
            for check in checks:
                failure = (check.get("failure_info") or {}).get("failure") or {}
                yield {
                    "check": check["name"],
                    "operation": recorder["label"],
                    "status": answer.get("status_code"),
                    "why": " ".join(failure.get("message", "").split())
                    or ("failed" if check["status"] == "failure" else ""),
                    "request": f"{request.get('method')} {request.get('uri')} {text(request.get('body'))}",
                    "answer": text(answer.get("content")),
                }


def text(content):
    return base64.b64decode((content or {}).get("$base64", "")).decode(errors="replace")


if __name__ == "__main__":
    main()
