"""The built program's sandbox, as its own process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("PROSPECT_DELETE", ROOT / "target" / "debug" / "prospect-delete"))
# Those that have a document.
PROVIDERS = sorted(file.parent.name for file in (ROOT / "specs").glob("*/openapi.yaml"))


class Sandbox:
    """Runs from `with` to the end of its block. Holds the example data."""

    def __enter__(self):
        self.process = subprocess.Popen([PROGRAM, "sandbox"], stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.base_url = ready["base_url"]
        self.credentials = ready["credentials"]
        self.example = self.state()
        return self

    def __exit__(self, *_):
        ended = self.process.poll()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        if ended is not None:
            sys.exit(f"The sandbox ended by itself, with status {ended}.")

    def key_header(self, provider):
        """The header that carries the provider's key, as name and value."""
        key = self.credentials[provider]
        schemes = self._control(f"specs/{provider}")["components"]["securitySchemes"]
        [scheme] = schemes.values()
        return (scheme["name"], key) if scheme["type"] == "apiKey" else ("Authorization", f"Bearer {key}")

    def state(self):
        return self._control("state")

    def requests(self):
        return self._control("requests")

    def _control(self, route):
        answer = requests.get(f"{self.base_url}/__sandbox/{route}", timeout=30)
        answer.raise_for_status()
        return answer.json()
