"""One deletion: the provider crate beside bare reqwest and the generated client."""

import re
import subprocess

import measure
import tools
from measure import spread, table

TITLE = "Per call: one deletion"
NEEDS = ["time", "valgrind"]

WAYS = {
    "bare": "bare reqwest, shared connection",
    "client": "provider crate, shared connection",
    "bare-own": "bare reqwest, a connection each",
    "client-own": "provider crate, a connection each",
    "raw-own": "generated client, a connection each",
}

# What each way is compared with: bare reqwest that treats its connections likewise.
BESIDE = {"bare": "bare", "client": "bare", "bare-own": "bare-own", "client-own": "bare-own", "raw-own": "bare-own"}

# Deletions in the shorter and the longer run of a way; their difference leaves out what starting costs.
SHORT, LONG = 100, 1_100


def run(results, quick, rounds):
    turns = 20 if quick else 1_000
    for at in range(rounds):
        if results.has(part="time", round=at):
            continue
        lines = measure.run([tools.EXAMPLES / "ratio", turns])["output"].splitlines()
        found = {line.split()[0]: float(line.split()[1]) for line in lines}
        results.add(part="time", round=at, **found)
    few, many = (1, 11) if quick else (SHORT, LONG)
    for way in ["client"] if quick else WAYS:
        if not results.has(part="counts", way=way):
            instructions = (counted("callgrind", way, many)[0] - counted("callgrind", way, few)[0]) / (many - few)
            less, more = counted("dhat", way, few), counted("dhat", way, many)
            size, blocks = ((much - little) / (many - few) for little, much in zip(less, more))
            results.add(part="counts", way=way, instructions=instructions, blocks=blocks, bytes=size)


def counted(tool, way, deletions):
    """What valgrind counts: instructions, or bytes and blocks allocated."""
    command = ["valgrind", f"--tool={tool}", f"--{tool}-out-file=/dev/null", tools.EXAMPLES / "one_deletion", way, str(deletions)]
    said = subprocess.run(command, check=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True).stderr
    pattern = r"Collected : (\d+)" if tool == "callgrind" else r"Total:\s+([\d,]+) bytes in ([\d,]+) blocks"
    return [int(figure.replace(",", "")) for figure in re.search(pattern, said).groups()]


def goals(results):
    pairs = [("shared", "client", "bare"), ("own", "client-own", "bare-own")]
    times = {name: [one[way] / one[bare] for one in results.of(part="time")] for name, way, bare in pairs}
    return [measure.goal("at most 1.05 × the time of bare reqwest", times, lambda ratio: ratio <= 1.05)]


def render(results):
    times = results.of(part="time")
    rows = []
    for way, name in WAYS.items():
        beside = BESIDE[way]
        bare = results.of(part="counts", way=beside)
        counts = results.of(part="counts", way=way)
        row = [name]
        row += [spread([one[way] for one in times]), spread([one[way] / one[beside] for one in times])]
        for figure in ["instructions", "blocks", "bytes"]:
            row += [f"{counts[0][figure]:,.0f}".replace(",", " ") + f" ({counts[0][figure] / bare[0][figure]:.2f} ×)" if counts and bare else ""]
        rows.append(row)
    text = (
        "One NLPearl lead, over a connection that is open already or over one of its own, to a server on a thread of "
        "its own. The ways take turns every 20 deletions; a round is 1000 turns, and its figure their median. Instructions (callgrind) and "
        "allocations (dhat) are per deletion and of the whole process, the server among them. Ratios are to bare reqwest "
        "that treats its connections likewise. `ratio ROUNDS tls` measures the same over TLS.\n\n"
    )
    return text + table(["way", "µs", "÷ bare", "instructions", "allocations", "bytes allocated"], rows)
