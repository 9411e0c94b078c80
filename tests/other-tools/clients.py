"""Our clients, through the program, against Prism with each of our specs.

    clients.py FOLDER-OF-PRISM

As a mock, Prism answers from the spec alone. As a proxy, it stands before the sandbox and judges requests and
answers. Either way it must find nothing wrong with what our clients send, and its answers must be understood.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import requests

from sandbox import PROGRAM, ROOT, Sandbox

USER = "2f6c1a9e-0d5b-4c7e-8f31-6a9b0c2d4e01"
CAMPAIGN = "8d256aa6-9b12-49a7-93ee-bf41634b5b60"
LIST = "5b1e6f92-8d35-4c17-9e20-af1b3c5d7e02"
PEARL = "66b2f0c4a1d3e5f708192a3b"


@dataclass
class Provider:
    """What is tried of one provider."""

    # The environment variable that holds its key.
    variable: str
    # Every operation, with every way to say what goes.
    deletions: list
    # A request that is right and one that is wrong, to see that Prism tells them apart: method, path, body.
    right: tuple
    wrong: tuple
    # What the sandbox's answer comes to.
    outcome: str = "deleted"
    # What an answer comes to that Prism makes up from the spec, where that is something else.
    outcome_of_mock: str | None = None


PROVIDERS = {
    "extrovert": Provider(
        variable="EXTROVERT_API_KEY",
        deletions=[
            f"delete-selected --user-id {USER} --profile-id ACoAAB0JohnDoe",
            f"delete-selected --user-id {USER} --profile-id ACoAAB0JohnDoe ACoAAB0JaneRoe --reject-posts",
            f"remove-prospect --profile-url https://www.linkedin.com/in/john-doe --campaign-id {CAMPAIGN}",
            f"remove-prospect --profile-url https://www.linkedin.com/in/j%C3%BCrgen-%E5%B1%B1 --campaign-id {CAMPAIGN} --reject-posts",
            f"delete-selected --scope list --list-id {LIST} --confirm extrovert.list:{LIST}",
            "delete-selected --scope campaign --confirm extrovert.campaign",
            "delete-selected --scope all --confirm extrovert.all",
            "delete-selected --scope all --reject-posts --confirm extrovert.all",
        ],
        right=(
            "DELETE",
            "/api/client/v1/prospects",
            {"campaignId": CAMPAIGN, "prospectProfileUrl": "https://example.com", "rejectPosts": True},
        ),
        wrong=(
            "DELETE",
            "/api/client/v1/prospects",
            {"campaignId": "Sales", "prospectProfileUrl": "https://example.com", "rejectPosts": True},
        ),
    ),
    "nlpearl": Provider(
        variable="NLPEARL_API_KEY",
        deletions=[
            f"delete-leads --pearl-id {PEARL} 66b2f1a00000000000000001",
            f"delete-leads --pearl-id {PEARL} 66b2f1a00000000000000002 66b2f1a00000000000000003",
        ],
        right=("DELETE", f"/v2/Outbound/{PEARL}/Leads", {"leadIds": ["1"]}),
        wrong=("DELETE", f"/v2/Outbound/{PEARL}/Leads", {"leadIds": []}),
    ),
    "woodpecker": Provider(
        variable="WOODPECKER_API_KEY",
        deletions=["delete-prospects --company-id 123 --confirm woodpecker.company:123"],
        right=("POST", "/rest/v2/agency/companies/123/prospects/delete", {"type": "ALL"}),
        wrong=("POST", "/rest/v2/agency/companies/123/prospects/delete", {"type": "SOME"}),
        outcome="accepted",
    ),
    "unleashx": Provider(
        variable="UNLEASHX_TOKEN",
        deletions=[
            "delete-audience --campaign-id 42 101",
            "delete-audience --campaign-id 42 102 103",
            "delete-audience --campaign-id 42 --all --confirm unleashx.campaign:42",
        ],
        right=("POST", "/api/v1/global/delete-audience", {"campaign_id": 42, "audience": [101]}),
        wrong=("POST", "/api/v1/global/delete-audience", {"audience": [101]}),
        # The spec says that there is a message, not which: a mock's "string" is none of the vendor's sentences, and
        # so no proof that anything was deleted.
        outcome_of_mock="unknown",
    ),
}
# How Prism's log tells that a request was right, as a mock and as a proxy, or wrong.
RIGHT_MARKS = ["The request passed the validation rules", "has returned"]
WRONG_MARKS = ["Request did not pass the validation rules", "Request terminated with error"]
PATIENCE = 60


class Prism:
    """One Prism, from `with` to the end of its block, on a port that it chooses itself."""

    def __init__(self, program, *arguments):
        self.command = [program, *arguments, "--errors", "--host", "127.0.0.1", "--port", "0"]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines, self.log = queue.Queue(), []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.base_url = self._next("Prism is listening on ").split()[-1]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()

    def _read(self):
        for line in self.process.stdout:
            self.log.append(line)
            self.lines.put(line)
        self.lines.put(None)

    def _next(self, *marks):
        """The next line with one of these marks."""
        while True:
            line = self.lines.get(timeout=PATIENCE)
            if line is None:
                sys.exit("Prism ended:\n" + "".join(self.log))
            if any(mark in line for mark in marks):
                return line

    def finds_right(self):
        """Prism's verdict on the next request, as its log tells it. Waits until it is there."""
        line = self._next(*RIGHT_MARKS, *WRONG_MARKS)
        return any(mark in line for mark in RIGHT_MARKS)

    def violations(self):
        return [line for line in self.log if "Violation" in line]


def main():
    prism = Path(sys.argv[1]) / "node_modules" / ".bin" / "prism"
    faults = []
    with Sandbox() as sandbox:
        missing = set(sandbox.credentials) - set(PROVIDERS)
        faults += [f"{provider}: nothing is tried; add it to PROVIDERS in clients.py" for provider in sorted(missing)]
        for provider, tried in PROVIDERS.items():
            spec = ROOT / "specs" / provider / "openapi.yaml"
            modes = [
                ("mock", ["mock", spec], tried.outcome_of_mock or tried.outcome),
                ("proxy", ["proxy", spec, sandbox.base_url], tried.outcome),
            ]
            for mode, arguments, outcome in modes:
                with Prism(prism, *arguments) as server:
                    for deletion in tried.deletions:
                        fault = fault_of(server, provider, deletion, sandbox, outcome)
                        if fault:
                            faults.append(f"{provider}, Prism as a {mode}: {deletion}: {fault}")
                violations = server.violations()
                faults += [f"{provider}, Prism as a {mode}: {line.strip()}" for line in violations]
                print(f"{provider}, Prism as a {mode}: {len(tried.deletions)} deletions, {len(violations)} violations")
            faults += misjudgements(prism, spec, provider, sandbox)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit("Prism and our clients do not agree.")


def fault_of(server, provider, deletion, sandbox, outcome):
    """Has the program delete through Prism, and says what was wrong with it, if anything."""
    command, *rest = deletion.split()
    confirmed = [] if "--confirm" in rest else ["--yes"]
    done = subprocess.run(
        [PROGRAM, provider, command, *rest, *confirmed, "--max-attempts", "1", "--output", "json",
         "--base-url", f"{provider}={server.base_url}"],
        env={**os.environ, PROVIDERS[provider].variable: sandbox.credentials[provider]},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )  # fmt: skip
    answer = json.loads(done.stdout or "{}")
    if answer.get("attempts") != 1:
        return f"it was not sent: {done.stdout} {done.stderr}"
    if not server.finds_right():
        return f"Prism refuses the request: {done.stdout}"
    if answer["outcome"] != outcome:
        return f"{outcome} was expected, not {done.stdout}"
    return None


def misjudgements(prism, spec, provider, sandbox):
    """What is wrong with a Prism that does not tell right from wrong."""
    key = dict([sandbox.key_header(provider)])
    tried = PROVIDERS[provider]
    requests_and_verdicts = [
        ("a right request", *tried.right, key, True),
        ("a request with a wrong body", *tried.wrong, key, False),
        ("a request without a key", *tried.right, {}, False),
    ]
    with Prism(prism, "mock", spec) as server:
        for what, method, path, body, headers, right in requests_and_verdicts:
            address = server.base_url + path
            answer = requests.request(method, address, json=body, headers=headers, timeout=PATIENCE)
            if [answer.ok, server.finds_right()] != [right, right]:
                yield f"{provider}: Prism misjudges {what}: {answer.status_code} {answer.text}"


if __name__ == "__main__":
    main()
