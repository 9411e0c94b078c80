"""Measures everything that BENCHMARKS.md says, and writes it there.

    python3 benches/suite [SECTION...] [--quick] [--rounds N] [--resume] [--render]

Sections are independent: each keeps its single measurements in target/bench/full/SECTION.json as they come, and
replaces its own part of BENCHMARKS.md when it ends. With --resume, what is in that file is not measured again.
"""

import argparse
import os
import re
import shutil
import sys
import time

# Nothing is left beside the sources, by the clients either.
sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

import build
import bulk
import measure
import per_call
import plan
import rate_limits
import sandbox
import store
import tools
from measure import BENCH, ROOT

SECTIONS = {"per-call": per_call, "bulk": bulk, "plan": plan, "store": store, "rate-limits": rate_limits, "sandbox": sandbox, "build": build}


def main():
    parser = argparse.ArgumentParser(prog="benches/suite", description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all unless given")
    parser.add_argument("--quick", action="store_true", help="only see that everything runs; BENCHMARKS.md stays as it is")
    parser.add_argument("--rounds", type=int, default=None, help="how often each way is measured (5; 1 with --quick)")
    parser.add_argument("--resume", action="store_true", help="keep what was measured before, and measure what is missing")
    parser.add_argument("--render", action="store_true", help="measure nothing, and write what was measured before")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"there is no section {unknown[0]}; there are {', '.join(SECTIONS)}")
    rounds = arguments.rounds or (1 if arguments.quick else 5)
    names = arguments.sections or list(SECTIONS)

    document = ROOT / "BENCHMARKS.md"
    if arguments.quick:
        BENCH.mkdir(parents=True, exist_ok=True)
        document = shutil.copy(document, BENCH / "quick.md")
    if not arguments.render:
        BENCH.mkdir(parents=True, exist_ok=True)
        tools.need(*sorted({tool for name in names for tool in SECTIONS[name].NEEDS}))
        say("building the program and what measures it")
        tools.build(arguments.quick)
    for name in names:
        section = SECTIONS[name]
        results = measure.Results(name, arguments.quick, arguments.resume or arguments.render)
        if not arguments.render:
            say(f"{name}: {section.TITLE}")
            results.describe(**measure.machine(), versions=tools.versions())
            section.run(results, arguments.quick, rounds)
        if results.about:
            write(document, name, section, results)
    say(f"written to {document}" if not arguments.quick else f"all of it runs; the figures in {document} are of a debug build and mean nothing")


def say(line):
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {line}", file=sys.stderr, flush=True)


def write(document, name, section, results):
    """Replaces a section's part of the document, and leaves what people wrote around it."""
    about, text = results.about, section.render(results)
    versions = ", ".join(f"{tool} {version}" for tool, version in about["versions"].items())
    goals = [line for line in section.goals(results) if line]
    if goals:
        text += "\n" + measure.table(["goal", "measured, median", "met"], goals)
    rounds = len({one["round"] for one in results.runs if "round" in one})
    generated = (
        f"<!-- begin {name}: written by benches/suite -->\n### {section.TITLE}\n\n{text}\n"
        f"{about['date']}, commit {about['commit']}, {about['machine']}, load {about['load']} before. Rust {about['rust']}, "
        f"reqwest {about['reqwest']}, tokio {about['tokio']}, {versions}. Rounds: {rounds}; median (least to most).\n"
        f"<!-- end {name} -->"
    )
    before = document.read_text()
    pattern = re.compile(rf"<!-- begin {name}[: ].*?<!-- end {name} -->", re.DOTALL)
    if not pattern.search(before):
        sys.exit(f"{document}: has no place for {name}; put <!-- begin {name}: --><!-- end {name} --> where it belongs")
    document.write_text(pattern.sub(lambda _: generated, before, count=1))


if __name__ == "__main__":
    BEGAN = time.monotonic()
    main()
