"""Planning: rows a second and memory, beside SQLite's shell and `sort -u`."""

import json
import os

import measure
import tools
from measure import number, ratios, spread, table

TITLE = "Plan: from rows to a run"
NEEDS = ["sqlite3", "time"]

# Rows, and rounds.
FULL = [(10_000, 5), (100_000, 5), (1_000_000, 3), (10_000_000, 1)]
QUICK = [(10_000, 1)]

# Seconds after which a way is given up.
PATIENCE = 1_200

WAYS = {
    "plan": "`prospect-delete plan`",
    "sqlite": "SQLite's shell, `.import` with a unique index",
    "sort": "`sort -u`",
}


def run(results, quick, rounds):
    folder = measure.scratch("plan")
    for rows, most in QUICK if quick else FULL:
        source = folder / "leads.csv"
        # One row of ten names a lead again.
        tools.write_leads(source, rows, again=1)
        for at, way in measure.rounds(min(most, rounds), list(WAYS)):
            key = {"rows": rows, "way": way, "round": at}
            if not results.has(**key):
                results.add(**key, **one(way, source, rows, folder / "out"))
        kept = {one["kept"] for one in results.of(rows=rows) if one["kept"] is not None}
        assert len(kept) == 1, f"the ways do not agree on how many of {rows} rows are different: {kept}"


def one(way, source, rows, out):
    """Runs one way once, and says how many different rows it found."""
    out.unlink(missing_ok=True)
    environment = {**tools.KEYS, "LC_ALL": "C"}
    if way == "plan":
        command = [tools.PROGRAM, "plan", source, "--out", out, "--output=json", "--base-url=nlpearl=http://127.0.0.1:9"]
    elif way == "sqlite":
        # Durable at its end, as a plan is, and with nothing to roll back, as a plan has nothing.
        script = [
            "PRAGMA journal_mode = OFF;",
            "CREATE TABLE lead (target, pearl_id, lead_id, UNIQUE (target, pearl_id, lead_id) ON CONFLICT IGNORE);",
            ".mode csv",
            f'.import --skip 1 "{source}" lead',
            "SELECT count(*) FROM lead;",
        ]
        command = ["sqlite3", "-batch", out, *(word for line in script for word in ("-cmd", line)), ".quit"]
    else:
        command = ["sort", "-u", "-o", out, source]
    cost = measure.run(command, environment, patience=PATIENCE)
    if cost is None:
        out.unlink()
        return {"rate": None, "cpu": None, "peak_mib": None, "kept": None}
    with out.open("rb") as file:
        if way == "plan":
            kept = json.loads(cost["output"])["targets"]
        elif way == "sqlite":
            kept = int(cost["output"].split()[-1])
        else:
            # The header is one of them.
            kept = sum(1 for _ in file) - 1
        # What one way leaves to be written must not slow the next.
        os.fsync(file.fileno())
    out.unlink()
    return {"rate": rows / cost["wall"], "cpu": cost["cpu"], "peak_mib": cost["peak_mib"], "kept": kept}


def goals(results):
    sizes = dict.fromkeys(one["rows"] for one in results.runs)
    compared = {number(rows): ratios(results, {"rows": rows, "way": "plan"}, {"rows": rows, "way": "sqlite"}, "rate") for rows in sizes}
    peaks = {number(rows): [one["peak_mib"] for one in results.of(rows=rows, way="plan")] for rows in sizes}
    return [
        measure.goal("at least 2 × SQLite's shell", compared, lambda ratio: ratio >= 2),
        measure.goal("at most 64 MiB", peaks, lambda peak: peak <= 64),
    ]


def render(results):
    lines = []
    for rows in dict.fromkeys(one["rows"] for one in results.runs):
        for way, name in WAYS.items():
            of = results.of(rows=rows, way=way)
            if of:
                figures = [spread([one[figure] for one in of]) for figure in ["rate", "cpu", "peak_mib"]]
                compared = spread(ratios(results, {"rows": rows, "way": "plan"}, {"rows": rows, "way": way}, "rate"))
                figures[0] = figures[0] or f"not done after {PATIENCE} s"
                lines.append([name, number(rows), *figures, "1" if way == "plan" else compared])
    text = (
        "Rows of NLPearl leads in no order, one of ten naming a lead again. `plan` also checks every row, groups "
        "leads into requests, computes the plan's digest and has everything on the disk before it ends; "
        "`sort -u` does not write through to the disk. The last column is how many times as many rows a second "
        "`plan` takes.\n\n"
    )
    return text + table(["way", "rows", "rows/s", "CPU s", "peak MiB", "plan ÷ this"], lines)
