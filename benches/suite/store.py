"""What durability costs: attempts a second beside the disk's own rate, and how many share a write."""

import json
import os
import re
import shutil
import subprocess
import time

import bulk
import measure
import servers
import tools
from measure import number, spread, table

TITLE = "Store: what durability costs"
NEEDS = ["nginx", "strace", "time"]

CONCURRENCIES = [1, 4, 16, 64, 256]

# Each attempt is made durable before it leaves, and again with its answer.
WRITES = 2


def run(results, quick, rounds):
    folder = measure.scratch("store")
    seconds = 0.2 if quick else 2
    with servers.nginx() as to:
        lists = bulk.Lists(folder, to)
        for at, concurrency in measure.rounds(rounds, CONCURRENCIES[:2] if quick else CONCURRENCIES):
            requests = 200 if quick else min(20_000, 500 * concurrency)
            key = {"concurrency": concurrency, "round": at}
            if results.has(**key):
                continue
            # Before and after each, since it is a disk that others may use too.
            disk = [rate(folder, seconds)]
            cost = measure.run(*apply(lists, requests, concurrency))
            disk.append(rate(folder, seconds))
            assert json.loads(cost["output"])["deleted"] == requests, cost["output"]
            syncs = count_syncs(folder, lists, requests, concurrency)
            results.add(**key, requests=requests, rate=requests / cost["wall"], disk=sum(disk) / 2, syncs=syncs / requests)
    shutil.rmtree(folder)


def apply(lists, requests, concurrency):
    file, digest = lists.run(requests, 1)
    command = [tools.PROGRAM, "apply", file, "--confirm", digest, "--quiet", "--output=json"]
    command += ["--rate=nlpearl=unlimited", f"--concurrency=nlpearl={concurrency}"]
    return command, tools.KEYS


def rate(folder, seconds):
    """How often a second this disk makes one page durable, as a log in a file of a fixed size does."""
    file = os.open(folder / "disk", os.O_RDWR | os.O_CREAT)
    try:
        size = 4 << 20
        os.pwrite(file, bytes(size), 0)
        os.fsync(file)
        count, began = 0, time.monotonic()
        while time.monotonic() - began < seconds:
            os.pwrite(file, os.urandom(4096), count * 4096 % size)
            os.fsync(file)
            count += 1
        return count / (time.monotonic() - began)
    finally:
        os.close(file)


def count_syncs(folder, lists, requests, concurrency):
    """In a run of its own, since counting takes time."""
    command, environment = apply(lists, requests, concurrency)
    log = folder / "syncs"
    subprocess.run(
        ["strace", "--follow-forks", "--seccomp-bpf", "--summary-only", "--trace=fsync,fdatasync", "--output", log, *map(str, command)],
        env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL,
    )
    return sum(int(calls) for calls in re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s.*(?:fsync|fdatasync)$", log.read_text(), re.MULTILINE))


def goals(_):
    return []


def render(results):
    rows = []
    for concurrency in CONCURRENCIES:
        of = results.of(concurrency=concurrency)
        if of:
            rows.append([
                concurrency,
                number(of[0]["requests"]),
                spread([one["rate"] for one in of]),
                spread([one["disk"] for one in of]),
                spread([one["rate"] / one["disk"] for one in of]),
                spread([WRITES / one["syncs"] for one in of]),
            ])
    text = (
        "`apply` at batch 1 against nginx. Every attempt is written twice, before it leaves and with its answer, "
        "and goes on only when that is durable; writes that wait at the same time share one sync. The disk's own "
        "rate is of one page at a time, overwritten and synced (`fsync`), just before and after. Syncs are "
        "counted in runs of their own, under strace, and those of opening and closing the run are among them.\n\n"
    )
    return text + table(["concurrency", "requests", "attempts/s", "disk: syncs/s", "attempts per disk sync", "writes that share a sync"], rows)
