"""Runs programs and says what they cost; keeps and summarises what was measured."""

import json
import os
import platform
import shutil
import statistics
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BENCH = ROOT / "target" / "bench"


def run(command, environment=None, status=0, patience=None):
    """Runs a program to its end: its output, wall time, CPU time and peak memory. None where it is not done
    after `patience` seconds.

    GNU time tells the memory. The kernel counts a program's peak from before it replaced its parent's image,
    and Python's is larger than that of a small program.
    """
    peak = BENCH / f"peak-{threading.get_ident()}"
    bound = ["timeout", str(patience)] if patience else []
    began = time.monotonic()
    process = subprocess.Popen(
        ["time", "--quiet", "--format", "%M", "--output", peak, *bound, *map(str, command)],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # Standard error of what is measured is short: errors, and progress every five seconds.
    output = process.stdout.read()
    _, code, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(code)
    errors = process.stderr.read().decode(errors="replace")
    process.stdout.close()
    process.stderr.close()
    memory = peak.read_text().split()[-1:]
    peak.unlink()
    if patience and process.returncode == 124:
        return None
    if process.returncode != status:
        raise SystemExit(f"{' '.join(map(str, command))}\nended with {process.returncode}: {errors or output[-2000:].decode()}")
    return {
        "output": output.decode(),
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mib": int(memory[0]) / 1024,
    }


def output(*command, **more):
    """What a program prints."""
    return subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True, **more).stdout


class Results:
    """Every single measurement of a section, in a file that grows by one at a time."""

    def __init__(self, name, quick, resume):
        self.path = BENCH / ("quick" if quick else "full") / f"{name}.json"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.about, self.runs = {}, []
        if resume and self.path.exists():
            self.load()

    def load(self):
        kept = json.loads(self.path.read_text())
        self.about, self.runs = kept["about"], kept["runs"]

    def describe(self, **about):
        self.about.update(about)
        self._write()

    def has(self, **key):
        return any(all(one.get(name) == value for name, value in key.items()) for one in self.runs)

    def add(self, **one):
        self.runs.append(one)
        self._write()

    def of(self, **key):
        return [one for one in self.runs if all(one.get(name) == value for name, value in key.items())]

    def _write(self):
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"about": self.about, "runs": self.runs}, indent=1))
        new.replace(self.path)


def rounds(number, ways):
    """So many rounds over the ways, each with another one first."""
    for at in range(number):
        turn = at % len(ways)
        for way in ways[turn:] + ways[:turn]:
            yield at, way


def number(value):
    """With three digits that count; whole numbers as they are."""
    if value == int(value):
        return f"{int(value):,}".replace(",", " ")
    digits = max(0, 2 - (len(str(int(abs(value)))) - 1)) if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}".replace(",", " ")


def spread(values):
    """Median, and from least to most where there are several."""
    values = [value for value in values if value is not None]
    if not values:
        return ""
    median = number(statistics.median(values))
    return median if len(values) == 1 else f"{median} ({number(min(values))} to {number(max(values))})"


def ratios(results, ours, theirs, figure):
    """Ours to theirs, of runs in the same round, which saw the same machine."""
    bare = {one["round"]: one[figure] for one in results.of(**theirs)}
    return [one[figure] / bare[one["round"]] for one in results.of(**ours) if one[figure] and bare.get(one["round"])]


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def goal(text, values, holds):
    """A line of a section's goals: what was aimed at, and the median of what was measured in each case."""
    medians = {case: statistics.median(of) for case, of in values.items() if of}
    said = ", ".join(f"{case}: {number(median)}" if case else number(median) for case, median in medians.items())
    return [text, said, "yes" if all(holds(median) for median in medians.values()) else "no"] if medians else None


def locked(crate):
    """The version of a crate in the lock file; the newest, where there are several."""
    lines = (ROOT / "Cargo.lock").read_text().splitlines()
    at = [index for index, line in enumerate(lines) if line == f'name = "{crate}"']
    return lines[at[-1] + 1].split('"')[1] if at else "none"


def machine():
    """Where and when it was measured."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    disk = output("stat", "--file-system", "--format", "%T", BENCH).strip()
    commit = output("git", "describe", "--always", cwd=ROOT).strip()
    # The tables themselves are written meanwhile.
    if output("git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!BENCHMARKS.md", cwd=ROOT):
        commit += ", changed"
    return {
        "machine": f"{os.cpu_count()} cores of {cpu}, {memory:.0f} GiB, {disk}, Linux {platform.release()}",
        "load": f"{os.getloadavg()[0]:.1f}",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": commit,
        "rust": output("rustc", "--version").split()[1],
        "reqwest": locked("reqwest"),
        "tokio": locked("tokio"),
    }


def scratch(name):
    """An empty folder on the disk that the checkout is on."""
    folder = BENCH / "scratch" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
