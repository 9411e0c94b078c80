"""The servers that requests go to."""

import contextlib
import json
import socket
import subprocess
import time
import urllib.request

import tools
from measure import scratch

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_max_body_size 8m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type application/json;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ return 200 "true"; }}
        location = /served {{ stub_status; }}
    }}
}}
"""


class Nginx:
    """nginx with one worker, which answers `true` and reads nothing from the disk."""

    name = "nginx"

    def __init__(self, port):
        self.port = port

    def served(self):
        """How many requests it has answered."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/served") as answer:
            return int(answer.read().decode().splitlines()[2].split()[2])


@contextlib.contextmanager
def nginx():
    folder = scratch("nginx")
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    process = subprocess.Popen(["nginx", "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"])
    try:
        until_open(port, process)
        yield Nginx(port)
    finally:
        process.terminate()
        process.wait()


class StandIn:
    """Our own server (examples/stand_in.rs), for what nginx cannot do: wait, limit and stall."""

    name = "stand_in"

    def __init__(self, process):
        self.process = process
        self.port = json.loads(process.stdout.readline())["port"]
        self.counts = None

    def end(self):
        """Ends it, and says what it saw."""
        if self.counts is None:
            self.process.stdin.close()
            self.counts = json.loads(self.process.stdout.readline())
            self.process.wait()
        return self.counts


@contextlib.contextmanager
def stand_in(*arguments):
    process = subprocess.Popen(
        [tools.EXAMPLES / "stand_in", *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    server = StandIn(process)
    try:
        yield server
    finally:
        server.end()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until_open(port, process):
    while True:
        if process.poll() is not None:
            raise SystemExit(f"nginx ended with {process.returncode} before it listened")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
