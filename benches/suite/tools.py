"""What the suite compares with and measures by, installed where it is missing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from measure import BENCH, ROOT, output

# Program, and the Debian package that has it.
PACKAGES = {
    "curl": "curl",
    "nginx": "nginx-light",
    "sqlite3": "sqlite3",
    "strace": "strace",
    "time": "time",
    "valgrind": "valgrind",
    "wrk": "wrk",
}

VENV = BENCH / "venv"

# The program, and the folder of the examples; `build` says where.
PROGRAM = EXAMPLES = None

os.environ["PATH"] += ":/usr/sbin"


def need(*programs):
    """Installs programs from Debian. Ends the suite with one line where that is not possible."""
    missing = [program for program in programs if not shutil.which(program)]
    if not missing:
        return
    packages = [PACKAGES[program] for program in missing]
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    # In runlevel 1 no service is started: the suite alone starts what it needs, on ports of its own.
    as_root += ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"]
    try:
        for command in [["apt-get", "update", "-qq"], ["apt-get", "install", "-qqy", "--no-install-recommends", *packages]]:
            subprocess.run(as_root + command, check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"{', '.join(missing)} cannot be installed ({error}); install {' '.join(packages)}, or choose sections that need none of them")


def python():
    """A Python with the clients' libraries, in the versions of clients/requirements.txt."""
    wanted = (ROOT / "benches/clients/requirements.txt").read_text()
    stamp = VENV / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True, stdout=subprocess.DEVNULL)
            install = [VENV / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", ROOT / "benches/clients/requirements.txt"]
            subprocess.run(install, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"the Python clients cannot be installed ({error}); install python3-venv, or choose sections other than bulk")
        stamp.write_text(wanted)
    return VENV / "bin/python"


def build(quick):
    """Builds the program and what measures it, as they are released; for the quick form as tests have them."""
    global PROGRAM, EXAMPLES
    # The whole workspace for the quick form, since that is what tests have built already.
    what = ["--workspace"] if quick else ["--release", "-p", "prospect-delete-cli", "-p", "prospect-delete-benches"]
    built = ROOT / "target" / ("debug" if quick else "release")
    PROGRAM, EXAMPLES = built / "prospect-delete", built / "examples"
    subprocess.run(["cargo", "build", "--quiet", "--locked", *what, "--bins", "--examples"], cwd=ROOT, check=True)


def versions():
    """Of everything that is compared with."""
    def first(*command):
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout.splitlines()[0]

    found = {"Python": sys.version.split()[0]}
    if shutil.which("nginx"):
        found["nginx"] = first("nginx", "-v").split("/")[1]
    if shutil.which("wrk"):
        found["wrk"] = first("wrk", "-v").split()[1]
    if shutil.which("curl"):
        found["curl"] = first("curl", "--version").split()[1]
    if shutil.which("sqlite3"):
        found["SQLite's shell"] = first("sqlite3", "--version").split()[0]
    if shutil.which("sort"):
        found["sort"] = first("sort", "--version").split()[-1]
    for line in (ROOT / "benches/clients/requirements.txt").read_text().splitlines():
        name, _, version = line.partition("==")
        if name in ("requests", "aiohttp"):
            found[name] = version
    return found


def plan(rows, out, *more, **addresses):
    """Plans a list for servers on this machine, and returns the digest."""
    urls = [f"--base-url={provider}=http://127.0.0.1:{port}" for provider, port in addresses.items()]
    return json.loads(output(PROGRAM, "plan", rows, "--out", out, "--output=json", *urls, *more, env={**os.environ, **KEYS}))["digest"]


# Nobody's.
KEYS = {
    "EXTROVERT_API_KEY": "bench-key",
    "NLPEARL_API_KEY": "bench-account:bench-secret",
    "UNLEASHX_TOKEN": "bench-token",
    "WOODPECKER_API_KEY": "bench-key",
}


def lead(index):
    """An id like NLPearl's. In no order, and each once."""
    return f"{index * 0x9E3779B97F4A7C15F39CC061 % 2**96:024x}"


PEARL = "64f0c0ffee64f0c0ffee64f0"


def write_leads(path: Path, count, again=0):
    """A list of leads. Of each ten rows `again` name a lead that was named before."""
    with path.open("w") as file:
        file.write("target,pearl_id,lead_id\n")
        fresh = 0
        for row in range(count):
            if row % 10 < again and fresh:
                index = row * 7919 % fresh
            else:
                index, fresh = fresh, fresh + 1
            file.write(f"nlpearl.lead,{PEARL},{lead(index)}\n")
    return path
