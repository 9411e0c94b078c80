"""What the sandbox's state, judgement and record cost, beside a server of the same framework that does nothing."""

import contextlib
import json
import re
import shutil
import subprocess
import urllib.request

import measure
import tools
from measure import goal, number, ratios, spread, table

TITLE = "Sandbox: requests a second beside a bare server"
NEEDS = ["wrk"]

WAYS = ["bare", "sandbox"]


def run(results, quick, rounds):
    folder = measure.scratch("sandbox")
    leads = 10_000 if quick else 1_000_000
    for at, way in measure.rounds(rounds, WAYS):
        if results.has(way=way, round=at):
            continue
        # Anew for each round, so that every round has all leads to delete.
        with serving(way, folder, leads) as (address, process, path, names):
            before = resident(process)
            rate = load(address, path, names, 1 if quick else 5)
            results.add(way=way, round=at, leads=leads, rate=rate, before_mib=before, after_mib=resident(process))
    shutil.rmtree(folder)


@contextlib.contextmanager
def serving(way, folder, leads):
    names = folder / "leads"
    if way == "bare":
        command = [tools.EXAMPLES / "bare_hyper"]
        names.write_text("\n".join(map(tools.lead, range(1000))))
    else:
        seed = {"generate": {"random_seed": 1, "nlpearl": {"pearls": 1, "leads_per_pearl": leads}}}
        (folder / "seed.json").write_text(json.dumps(seed))
        command = [tools.PROGRAM, "sandbox", "--seed", folder / "seed.json"]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    try:
        first = process.stdout.readline().strip()
        if way == "bare":
            yield first, process, f"/v2/Outbound/{tools.PEARL}/Leads", names
            return
        address = json.loads(first)["base_url"]
        with urllib.request.urlopen(f"{address}/__sandbox/state") as answer:
            [[pearl, has]] = json.load(answer)["nlpearl"]["pearls"].items()
        names.write_text("\n".join(has["leads"]))
        yield address, process, f"/v2/Outbound/{pearl}/Leads", names
        with urllib.request.urlopen(f"{address}/__sandbox/deleted") as answer:
            assert json.load(answer), "nothing was deleted"
    finally:
        process.terminate()
        process.wait()


def load(address, path, names, seconds):
    script = measure.ROOT / "benches/clients/delete.lua"
    said = measure.output("wrk", "-t1", "-c16", f"-d{seconds}s", "-s", script, address, "--", path, names)
    assert "Non-2xx" not in said and "Socket errors" not in said, said
    return float(re.search(r"Requests/sec:\s*([\d.]+)", said)[1])


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s*(\d+)", status.read())[1]) / 1024


def goals(results):
    shares = ratios(results, {"way": "sandbox"}, {"way": "bare"}, "rate")
    return [goal("at least 0.6 of the bare server's requests a second", {"": shares}, lambda share: share >= 0.6)]


def render(results):
    ours = results.of(way="sandbox")
    text = (
        "wrk, 16 connections, deletes one lead a request. The bare server (`benches/examples/bare_hyper.rs`) has the "
        "same HTTP library, reads the body and answers `true`. The sandbox checks key and body, deletes the lead, notes "
        "that and the request. Memory is what the process holds after seeding, and after the load.\n\n"
    )
    rows = [[way, spread([one["rate"] for one in results.of(way=way)])] for way in WAYS]
    rows[1][0] = f"sandbox with {number(ours[0]['leads'])} leads" if ours else "sandbox"
    rows[0] += ["1", spread([one["before_mib"] for one in results.of(way="bare")]), spread([one["after_mib"] for one in results.of(way="bare")])]
    rows[1] += [
        spread(ratios(results, {"way": "sandbox"}, {"way": "bare"}, "rate")),
        spread([one["before_mib"] for one in ours]),
        spread([one["after_mib"] for one in ours]),
    ]
    return text + table(["server", "requests/s", "of bare", "MiB seeded", "MiB after"], rows)
