"""Runs under a limit: the time they take beside the time that the limit permits, and what is refused."""

import concurrent.futures
import contextlib
import json

import measure
import servers
import tools
from measure import number, spread, table

TITLE = "Rate limits"
NEEDS = ["time"]

# What the server allows, and what apply is told. The first is one that apply knows.
CASES = [
    ("constant, and apply knows it", ["--limit", "1:100:5"], "100/s"),
    ("constant, and apply is told twice as much", ["--limit", "1:100:5"], "200/s"),
    ("constant, and apply is told of none", ["--limit", "1:100:5"], "unlimited"),
    ("bursts: 200 in each 2 s", ["--window", "2000:200"], "100/s"),
    ("changing: 100/s, after 5 s 25/s for 10 s, then 100/s", ["--limit", "5:100:5,10:25:5,1:100:5"], "100/s"),
]
# Requests: a limit has to be found once, and that weighs the less the longer a run is.
SIZES = [2_000, 20_000]
CONCURRENCY = 16
LATENCY = 20

# Several at once: provider, the rows' kind, rate, requests.
TOGETHER = {"extrovert": 50, "nlpearl": 100, "unleashx": 25}
SECONDS = 20


def run(results, quick, rounds):
    folder = measure.scratch("rate-limits")
    for at in range(rounds):
        wanted = [(case, 50) for case in CASES[:1]] if quick else [(case, size) for size in SIZES for case in CASES]
        wanted = [one for one in wanted if not results.has(**key(*one, at))]
        # All at the same time: they wait, and none is compared with another.
        with concurrent.futures.ThreadPoolExecutor(max(1, len(wanted))) as runs:
            for (case, requests), seen in zip(wanted, runs.map(lambda one: limited(folder, *one), wanted)):
                results.add(**key(case, requests, at), told=case[2], **seen)
        for stalled in [None] if quick else [None, "nlpearl"]:
            of = {"part": "together", "stalled": stalled, "round": at}
            if not results.has(**of):
                results.add(**of, providers=together(folder, stalled, 1 if quick else SECONDS))


def key(case, requests, at):
    return {"part": "one", "name": case[0], "requests": requests, "round": at}


def limited(folder, case, requests):
    """One run under one limit."""
    name, limit, told = case
    mine = folder / f"{CASES.index(case)}-{requests}"
    mine.mkdir(exist_ok=True)
    with servers.stand_in("--delay", LATENCY, *limit) as to:
        rows = tools.write_leads(mine / "rows.csv", requests)
        apply(mine, rows, {"nlpearl": to.port}, {"nlpearl": told})
        seen = to.end()
    permitted = least(limit, requests) + LATENCY / 1000
    return {"permitted": permitted, "seconds": seen["seconds"], "throttled": seen["throttled"] / seen["requests"]}


def apply(folder, rows, ports, rates, *more, status=0):
    out = folder / "run.db"
    out.unlink(missing_ok=True)
    digest = tools.plan(rows, out, *(f"--batch={provider}=1" for provider in ports), **ports)
    command = [tools.PROGRAM, "apply", out, "--confirm", digest, "--quiet", "--output=json", *more]
    command += [f"--rate={provider}={rate}" for provider, rate in rates.items()]
    command += [f"--concurrency={provider}={CONCURRENCY}" for provider in ports]
    cost = measure.run(command, tools.KEYS, status=status)
    summary = json.loads(cost["output"])
    assert status or summary["deleted"] == summary["targets"], cost["output"]
    return summary


def least(limit, requests):
    """The shortest time in which the limit lets so many requests through."""
    if limit[0] == "--window":
        length, most = map(int, limit[1].split(":"))
        return (-(-requests // most) - 1) * length / 1000
    phases = [tuple(map(float, phase.split(":"))) for phase in limit[1].split(",")]
    left, time = requests - phases[0][2], 0.0
    for seconds, rate, _ in phases[:-1]:
        if left <= seconds * rate:
            return time + max(0, left) / rate
        left -= seconds * rate
        time += seconds
    return time + max(0, left) / phases[-1][1]


def together(folder, stalled, seconds):
    """Three providers in one run, each with its own limit."""
    rows = folder / "together.csv"
    person = "8f1d1b1e-7c3a-4c55-9a3c-1c1f0a6d2b11"
    with rows.open("w") as file:
        file.write("target,user_id,profile_id,pearl_id,lead_id,campaign_id,audience_id\n")
        for provider, rate in TOGETHER.items():
            for index in range(rate * seconds):
                file.write({
                    "extrovert": f"extrovert.person,{person},profile-{index},,,,\n",
                    "nlpearl": f"nlpearl.lead,,,{tools.PEARL},{tools.lead(index)},,\n",
                    "unleashx": f"unleashx.audience,,,,,42,{index + 1}\n",
                }[provider])
    with contextlib.ExitStack() as stack:
        to = {}
        for provider, rate in TOGETHER.items():
            more = ["--stall", rate * seconds // 4] if provider == stalled else []
            to[provider] = stack.enter_context(servers.stand_in("--delay", LATENCY, "--limit", f"1:{rate}:5", *more))
        ports = {provider: server.port for provider, server in to.items()}
        rates = {provider: f"{rate}/s" for provider, rate in TOGETHER.items()}
        # What stalls is given up soon, so that the others' time can be told from its own.
        more = ["--timeout=2", "--max-attempts=1"] if stalled else []
        summary = apply(folder, rows, ports, rates, *more, status=4 if stalled else 0)
        found = {}
        for provider, server in to.items():
            seen = server.end()
            permitted = least(["--limit", f"1:{TOGETHER[provider]}:5"], TOGETHER[provider] * seconds) + LATENCY / 1000
            found[provider] = {
                "permitted": permitted,
                "seconds": seen["seconds"],
                "throttled": seen["throttled"] / seen["requests"],
                "deleted": summary["by_provider"][provider]["deleted"],
                "requests": seen["requests"],
            }
    return found


def goals(results):
    def of(cases):
        return {
            f"{name}, {number(size)}": [one["seconds"] / one["permitted"] for one in results.of(part="one", name=name, requests=size)]
            for name, *_ in cases
            for size in SIZES
        }

    taken, others = of(CASES[:1]), of(CASES[1:])
    for stalled in [None, "nlpearl"]:
        for provider in TOGETHER:
            if provider != stalled:
                mine = [one["providers"][provider] for one in results.of(part="together", stalled=stalled)]
                taken[f"{provider} of three, {stalled or 'none'} stalled"] = [one["seconds"] / one["permitted"] for one in mine]
    return [
        measure.goal("at most 1.02 × the permitted time, where apply is told the limit", taken, lambda ratio: ratio <= 1.02),
        measure.goal("the same, where the limit is another than it is told", others, lambda ratio: ratio <= 1.02),
    ]


def render(results):
    rows = []
    for name, size in [(name, size) for name, *_ in CASES for size in SIZES]:
        of = results.of(part="one", name=name, requests=size)
        if of:
            rows.append([
                name, of[0]["told"], number(size), number(of[0]["permitted"]),
                spread([one["seconds"] for one in of]),
                spread([one["seconds"] / one["permitted"] for one in of]),
                spread([one["throttled"] * 100 for one in of]) + " %",
            ])
    text = (
        f"Our own server ({LATENCY} ms latency) holds the limit, answers 429 with `Retry-After: 1` above it, and "
        f"takes the time from the first request to the last answer. Batch 1, at most {CONCURRENCY} at a time. "
        "Permitted is the shortest time in which anybody could get so many requests through, knowing the limit; "
        "a limit that admits bursts of 5 is passed at an even pace. All these runs go on at the same time.\n\n"
    )
    text += table(["limit", "told", "requests", "permitted s", "taken s", "taken ÷ permitted", "throttled"], rows)
    rows = []
    for stalled in [None, "nlpearl"]:
        of = results.of(part="together", stalled=stalled)
        for provider in TOGETHER if of else []:
            mine = [one["providers"][provider] for one in of]
            case = "none" if stalled is None else stalled
            if provider == stalled:
                rows.append([case, provider, number(mine[0]["requests"]), "", "stalls", "", ""])
                continue
            rows.append([
                case, provider, number(mine[0]["requests"]), number(mine[0]["permitted"]),
                spread([one["seconds"] for one in mine]),
                spread([one["seconds"] / one["permitted"] for one in mine]),
                spread([one["throttled"] * 100 for one in mine]) + " %",
            ])
    text += "\nThree providers in one run, each with its own limit, which `apply` knows:\n\n"
    return text + table(["stalls", "provider", "requests", "permitted s", "taken s", "taken ÷ permitted", "throttled"], rows)
