"""Samples against the sandbox, with nothing replaced but host, key and company.

    samples.py FOLDER NODE_MODULES

FOLDER holds a file for each sample, `.sh`, `.py`, `.js` or `.java`, with the hosts and the places for the key as the
vendors' documents print them. Those documents' samples are not ours to keep; `samples/` has our own of the
same requests.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox import Sandbox

INTERPRETERS = {".sh": ["sh"], ".py": [sys.executable], ".js": ["node"], ".java": ["java"]}
HOSTS = {
    "https://api.woodpecker.co": "woodpecker",
    "https://www.tryunleashx.com": "unleashx",
    "https://api.nlpearl.ai": "nlpearl",
    "https://api.goextrovert.com": "extrovert",
}
KEY_PLACES = ["{YOUR_API_KEY}", "<api_key>", "<token>"]
PATIENCE = 60


def main():
    folder, node_modules = Path(sys.argv[1]), Path(sys.argv[2])
    samples = sorted(file for file in folder.iterdir() if file.suffix in INTERPRETERS)
    if not samples:
        sys.exit(f"{folder}: no sample in it, that is no file that ends in .sh, .py, .js or .java")
    failed = [sample for sample in samples if not works(sample, node_modules)]
    if failed:
        sys.exit("These samples delete nothing: " + ", ".join(sample.name for sample in failed))


def works(sample, node_modules):
    text = sample.read_text()
    providers = [provider for host, provider in HOSTS.items() if host in text]
    if len(providers) != 1:
        sys.exit(f"{sample}: it names the hosts of {providers or 'no provider'}; one is needed")
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        for host in HOSTS:
            text = text.replace(host, sandbox.base_url)
        for place in KEY_PLACES:
            text = text.replace(place, sandbox.credentials[providers[0]])
        if sample.suffix == ".sh":
            # In the other languages the same characters are the language's own.
            text = text.replace("{company_id}", "123")
        script = Path(folder) / sample.name
        script.write_text(text)
        done = subprocess.run(
            [*INTERPRETERS[sample.suffix], script],
            env={**os.environ, "NODE_PATH": str(node_modules)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        arrived = sandbox.requests()
        before, after = sandbox.example[providers[0]], sandbox.state()[providers[0]]
    print(f"{sample.name}: exit status {done.returncode}, {done.stdout.strip()}")
    for request in arrived:
        print("    {method} {path} was answered {status}".format(**request))
    works = done.returncode == 0 and len(arrived) == 1 and before != after
    if not works:
        print(done.stderr)
    return works


if __name__ == "__main__":
    main()
