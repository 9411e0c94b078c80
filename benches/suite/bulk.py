"""Whole runs: `apply` beside a bare reqwest loop, wrk, curl and two Python clients."""

import json
import shutil

import measure
import servers
import tools
from measure import ROOT, number, ratios, spread, table

TITLE = "Bulk: whole runs"
NEEDS = ["curl", "nginx", "time", "wrk"]

CONCURRENCY = 64

# Latency in milliseconds, batch, and how many targets each way deletes: what is slow deletes fewer, since it
# is the rate that is compared.
FULL = [
    (0, 1, {"apply": 50_000, "bare": 50_000, "wrk": 5, "asynchronous": 10_000, "curl": 10_000, "vendor": 1_000}),
    (0, 100, {"apply": 1_000_000, "bare": 1_000_000, "wrk": 5, "asynchronous": 500_000, "curl": 500_000, "vendor": 100_000}),
    (50, 1, {"apply": 10_000, "bare": 10_000, "wrk": 5, "asynchronous": 10_000, "curl": 10_000, "vendor": 100}),
    (50, 100, {"apply": 500_000, "bare": 500_000, "wrk": 5, "asynchronous": 500_000, "curl": 500_000, "vendor": 10_000}),
    (200, 1, {"apply": 3_000, "bare": 3_000, "wrk": 5, "asynchronous": 3_000, "curl": 3_000, "vendor": 25}),
    (200, 100, {"apply": 200_000, "bare": 200_000, "wrk": 5, "asynchronous": 200_000, "curl": 200_000, "vendor": 2_500}),
]
QUICK = [
    (0, 1, {"apply": 500, "bare": 500, "wrk": 1, "asynchronous": 200, "curl": 200, "vendor": 50}),
    (50, 100, {"apply": 5_000, "bare": 5_000, "wrk": 1, "asynchronous": 2_000, "curl": 2_000, "vendor": 500}),
]

# How apply and the bare loop grow: batch, targets, rounds.
GROWTH = [(1, 1_000, 3), (1, 10_000, 3), (1, 100_000, 3), (1, 1_000_000, 1)]
GROWTH += [(100, 10_000, 3), (100, 100_000, 3), (100, 1_000_000, 3), (100, 10_000_000, 1)]
QUICK_GROWTH = [(1, 100, 1), (100, 10_000, 1)]

WAYS = {
    "apply": "`prospect-delete apply`",
    "bare": "bare reqwest loop, stores nothing",
    "wrk": "wrk, one request for ever",
    "curl": "curl --parallel",
    "asynchronous": "Python, aiohttp",
    "vendor": "Python, requests, one by one",
}

WRK = """
wrk.method = "DELETE"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer bench-account:bench-secret"
wrk.body = '{body}'
done = function(summary)
    local errors = summary.errors
    local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format('{{"requests": %d, "seconds": %f, "bad": %d}}\\n', summary.requests, summary.duration / 1e6, bad))
end
"""


def run(results, quick, rounds):
    folder = measure.scratch("bulk")
    python = tools.python()
    results.describe(concurrency=CONCURRENCY)
    for latency, batch, targets in QUICK if quick else FULL:
        with server(latency) as to:
            lists = Lists(folder, to)
            for at, way in measure.rounds(rounds, list(targets)):
                key = {"part": "compare", "latency": latency, "batch": batch, "way": way, "round": at}
                if not results.has(**key):
                    results.add(**key, **one(way, to, lists, targets[way], batch, python))
    for batch, targets, most in QUICK_GROWTH if quick else GROWTH:
        with server(0) as to:
            lists = Lists(folder, to)
            for at, way in measure.rounds(min(most, rounds), ["apply", "bare"]):
                key = {"part": "growth", "batch": batch, "targets": targets, "way": way, "round": at}
                if not results.has(**key):
                    more = one(way, to, lists, targets, batch, python)
                    results.add(**{**more, **key})
        shutil.rmtree(folder)
        folder.mkdir()


def server(latency):
    return servers.stand_in("--delay", latency) if latency else servers.nginx()


class Lists:
    """Run files and the like for one server, each made once."""

    def __init__(self, folder, to):
        self.folder, self.to, self.made = folder, to, {}

    def run(self, targets, batch):
        """A fresh copy of a planned run, and its digest."""
        if (targets, batch) not in self.made:
            rows = tools.write_leads(self.folder / "leads.csv", targets)
            plan = self.folder / f"{self.to.port}-{targets}-{batch}.plan"
            digest = tools.plan(rows, plan, f"--batch=nlpearl={batch}", nlpearl=self.to.port)
            rows.unlink()
            self.made[targets, batch] = plan, digest
        plan, digest = self.made[targets, batch]
        copy = self.folder / "run.db"
        shutil.copy(plan, copy)
        with copy.open() as file:
            # What is written back later would be counted as the run's.
            measure.os.fsync(file.fileno())
        return copy, digest

    def body(self, first, batch):
        return json.dumps({"leadIds": [tools.lead(index) for index in range(first, first + batch)]})

    def curl(self, targets, batch):
        config = self.folder / "curl.config"
        with config.open("w") as file:
            for first in range(0, targets, batch):
                body = self.body(first, batch).replace('"', '\\"')
                if first:
                    file.write("next\n")
                file.write(
                    f'url = "http://127.0.0.1:{self.to.port}/v2/Outbound/{tools.PEARL}/Leads"\nrequest = "DELETE"\n'
                    f'header = "Content-Type: application/json"\nheader = "Authorization: Bearer {tools.KEYS["NLPEARL_API_KEY"]}"\n'
                    f'data = "{body}"\noutput = "/dev/null"\nwrite-out = "%{{http_code}}\\n"\n'
                )
        return config


def one(way, to, lists, targets, batch, python):
    """Runs one way once, and sees that it did what the others do."""
    address = f"http://127.0.0.1:{to.port}"
    requests = -(-targets // batch)
    clients = ROOT / "benches/clients"
    before = to.served() if to.name == "nginx" else None
    if way == "apply":
        file, digest = lists.run(targets, batch)
        command = [tools.PROGRAM, "apply", file, "--confirm", digest, "--quiet", "--output=json"]
        command += ["--rate=nlpearl=unlimited", f"--concurrency=nlpearl={CONCURRENCY}"]
        before = to.served() if to.name == "nginx" else None
        cost = measure.run(command, tools.KEYS)
        assert json.loads(cost["output"])["deleted"] == targets, cost["output"]
    elif way == "bare":
        cost = measure.run([tools.EXAMPLES / "bare_loop", address, targets, batch, CONCURRENCY])
    elif way == "vendor":
        cost = measure.run([python, clients / "vendor.py", address, targets, batch])
    elif way == "asynchronous":
        cost = measure.run([python, clients / "asynchronous.py", address, targets, batch, CONCURRENCY])
    elif way == "curl":
        config = lists.curl(targets, batch)
        cost = measure.run(["curl", "--silent", "--no-progress-meter", "--parallel", "--parallel-max", CONCURRENCY, "--config", config])
        assert cost["output"].split() == ["200"] * requests, f"curl had {cost['output'].count('200')} answers for {requests} requests"
    else:
        script = lists.folder / "wrk.lua"
        script.write_text(WRK.format(body=lists.body(0, batch)))
        seconds = targets
        url = f"{address}/v2/Outbound/{tools.PEARL}/Leads"
        cost = measure.run(["wrk", "-t1", f"-c{CONCURRENCY}", f"-d{seconds}s", "-s", script, url])
        counted = json.loads(cost["output"].splitlines()[-1])
        assert counted["bad"] == 0, cost["output"]
        requests, targets, cost["wall"] = counted["requests"], counted["requests"] * batch, counted["seconds"]
    if before is not None and way != "wrk":
        # One is the question itself.
        assert to.served() - before == requests + 1, f"{way}: nginx counted otherwise"
    return {
        "targets": targets,
        "requests": requests,
        "wall": cost["wall"],
        "rate": targets / cost["wall"],
        "cpu_us": cost["cpu"] / requests * 1e6,
        "peak_mib": cost["peak_mib"],
    }


def goals(results):
    latencies = sorted({one["latency"] for one in results.of(part="compare")})

    def against(way):
        case = {"part": "compare", "batch": 1}
        return {
            f"{latency} ms": ratios(results, {**case, "latency": latency, "way": "apply"}, {**case, "latency": latency, "way": way}, "rate")
            for latency in latencies
        }

    peaks = {
        f"{number(one['targets'])} by {one['batch']}": [one["peak_mib"]]
        for one in results.of(part="growth", way="apply") if one["targets"] >= 10_000
    }
    return [
        measure.goal("batch 1: at least 0.8 × the bare loop, which stores nothing", against("bare"), lambda ratio: ratio >= 0.8),
        measure.goal("batch 1: at least 5 × the asynchronous Python client", against("asynchronous"), lambda ratio: ratio >= 5),
        measure.goal("batch 1: at least 25 × the vendor's way", against("vendor"), lambda ratio: ratio >= 25),
        measure.goal("from 10 000 to 10 000 000 targets at most 64 MiB", peaks, lambda peak: peak <= 64),
    ]


def render(results):
    text = (
        f"{CONCURRENCY} requests at a time, except one by one. At 0 ms nginx answers, with one worker; with latency "
        "our own server (`benches/examples/stand_in.rs`), since nginx cannot wait. Times are of whole processes, "
        "from start to end; `apply` checks its plan before and makes every attempt and every answer durable. "
        "The last column is how many times as many targets a second `apply` deletes, in the same round. "
        "CPU is the client's, of all its threads.\n\n"
    )
    cases = sorted({(one["latency"], one["batch"]) for one in results.of(part="compare")})
    for latency, batch in cases:
        case = {"part": "compare", "latency": latency, "batch": batch}
        rows = []
        for way, name in WAYS.items():
            of = results.of(**case, way=way)
            if not of:
                continue
            figures = [spread([one[figure] for one in of]) for figure in ["rate", "cpu_us", "peak_mib"]]
            compared = spread(ratios(results, {**case, "way": "apply"}, {**case, "way": way}, "rate"))
            rows.append([name, number(of[0]["targets"]), *figures, "1" if way == "apply" else compared])
        text += f"Latency {latency} ms, {batch} target{'s' if batch > 1 else ''} a request:\n\n"
        text += table(["way", "targets", "targets/s", "CPU µs/request", "peak MiB", "apply ÷ this"], rows) + "\n"
    rows = []
    for batch, targets in dict.fromkeys((one["batch"], one["targets"]) for one in results.of(part="growth")):
        case = {"part": "growth", "batch": batch, "targets": targets}
        ours, bare = results.of(**case, way="apply"), results.of(**case, way="bare")
        if ours and bare:
            row = [f"{number(targets)} by {batch}"]
            row += [spread([one[figure] for one in ours]) for figure in ["rate", "cpu_us", "peak_mib"]]
            row += [spread([one["peak_mib"] for one in bare]), spread(ratios(results, {**case, "way": "apply"}, {**case, "way": "bare"}, "rate"))]
            rows.append(row)
    text += "How it grows with the number of targets, at 0 ms:\n\n"
    return text + table(["targets by batch", "apply: targets/s", "CPU µs/request", "peak MiB", "bare: peak MiB", "apply ÷ bare"], rows)
