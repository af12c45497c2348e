"""A package index with passwords on this machine: pypiserver, in a process that can be killed."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

USER, PASSWORD = "alice", "s3cret-word"

_PROGRAM = """
import os, socketserver, sys, time, wsgiref.simple_server as simple
import pypiserver
folder, passwords, closed, dies_at, when, port = sys.argv[1:]
serve = pypiserver.app(
    roots=[folder], password_file=passwords, authenticate=closed.split(), disable_fallback=True,
    hash_algo="sha256", backend_arg="simple-dir",
)
uploads = 0

def answer(environ, start_response):
    global uploads
    print(environ["REQUEST_METHOD"], environ["PATH_INFO"], file=sys.stderr, flush=True)
    is_upload = environ["REQUEST_METHOD"] == "POST"
    uploads += is_upload
    dies = is_upload and uploads == int(dies_at)
    if dies and when == "before":
        os._exit(1)
    if dies and when == "hangs":
        time.sleep(60)
    told = serve(environ, start_response)
    if dies:
        os._exit(1)
    return told

class Server(socketserver.ThreadingMixIn, simple.WSGIServer):
    daemon_threads = True

class Handler(simple.WSGIRequestHandler):
    def log_message(self, *arguments):
        pass

server = simple.make_server("127.0.0.1", int(port), answer, Server, Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@dataclass
class Pypi:
    """An index that everybody may read and `USER` may upload to."""

    folder: Path
    closed: Sequence[str] = ("update",)
    """What a password is wanted for: `update`, `list`, `download`."""
    port: int = 0
    _process: subprocess.Popen[str] | None = None

    def start(self, dies_at: int = 0, when: str = "before") -> None:
        """Serve; the process ends at an upload, by its number, before or after it is stored.

        With `hangs` it lives on and does not answer.
        """
        packages = self.folder / "packages"
        packages.mkdir(parents=True, exist_ok=True)
        passwords = self.folder / "htpasswd"
        digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()  # noqa: S324  as Apache writes it
        passwords.write_text(f"{USER}:{{SHA}}{digest}\n")
        arguments = (packages, passwords, " ".join(self.closed), dies_at, when, self.port)
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", _PROGRAM, *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """Kill it, if it still lives."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    @property
    def asked(self) -> list[str]:
        """The requests, as `GET /simple/lib/`."""
        return self._log.read_text().splitlines()

    @property
    def url(self) -> str:
        """Of the simple API."""
        return f"http://127.0.0.1:{self.port}/simple/"

    @property
    def publish_url(self) -> str:
        """Of uploads."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def files(self) -> list[str]:
        """The names of all distributions it has."""
        return sorted(each.name for each in (self.folder / "packages").glob("*.*"))
