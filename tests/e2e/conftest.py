"""The installed program: its wheel in an environment of its own, run as users run it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.wheelhouse import Wheelhouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = Path(__file__).parents[2]
KEPT = ("HOME", "LANG", "PATH", "SSL_CERT_FILE", "TMPDIR", "UV_CACHE_DIR")
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "somebody" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "somebody@example.org" for who in ("AUTHOR", "COMMITTER")},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command line said and how it ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document it is."""
        return json.loads(self.stdout)

    @property
    def statuses(self) -> dict[str, str]:
        """The targets of a run by name."""
        return {each["target"]: each["status"] for each in self.json["targets"]}

    @property
    def sources(self) -> dict[str, str]:
        """Where the results of a run are from."""
        return {each["target"]: each["source"] for each in self.json["targets"]}


class Index:
    """A package index on this machine that remembers what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.wheels = Wheelhouse(folder)
        self.asked: list[str] = []
        self.login = ""
        """`name:password` that it wants; empty: none."""
        self.with_hashes = False
        """Whether links tell the hash of the file, as those of real indexes do."""
        handler = partial(_Handler, self)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The PEP 503 index."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/simple"

    @property
    def names_asked(self) -> set[str]:
        """The packages that were looked up."""
        return {path.split("/")[2] for path in self.asked if path.startswith("/simple/")}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, index: Index, *arguments: Any) -> None:
        self._index = index
        super().__init__(*arguments, directory=str(index.wheels.folder))

    def do_GET(self) -> None:
        self._index.asked.append(self.path)
        right = "Basic " + base64.b64encode(self._index.login.encode()).decode()
        if self._index.login and self.headers.get("Authorization") != right:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="here"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if not self.path.startswith("/simple/"):
            # Clients that want a wheel's metadata alone hang up early.
            with contextlib.suppress(ConnectionError):
                super().do_GET()
            return
        name = self.path.split("/")[2]
        wheels = sorted(
            path
            for path in self._index.wheels.folder.glob("*.whl")
            if re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower() == name
        )
        if not wheels:
            self.send_error(404)
            return
        links = ((each.name, self._fragment(each)) for each in wheels)
        page = "".join(f'<a href="/{each}{tail}">{each}</a>\n' for each, tail in links)
        body = f"<!DOCTYPE html><html><body>{page}</body></html>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _fragment(self, wheel: Path) -> str:
        if not self._index.with_hashes:
            return ""
        return f"#sha256={hashlib.sha256(wheel.read_bytes()).hexdigest()}"

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  as above
        del format, arguments


@dataclass(slots=True)
class Repository:
    """A repository of somebody and the installed program in it."""

    root: Path
    program: Path
    variables: dict[str, str]

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files, without committing them."""
        for path, content in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())

    def replace(self, path: str, old: str, new: str) -> None:
        """Edit a file in place."""
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new))

    def git(self, *arguments: str) -> str:
        """Run git."""
        return self.run("git", *arguments)

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "more")

    def run(self, *command: str | Path, cwd: Path | None = None) -> str:
        """Run something that must succeed, and return what it printed."""
        done = subprocess.run(
            command,
            cwd=cwd or self.root,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def oneroof(self, *arguments: str, folder: str = ".", **variables: str) -> Said:
        """Run the installed program."""
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.root / folder,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr or arguments[0] == "exec", done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def python(self, project: str, code: str) -> Said:
        """Run code in the environment of a project."""
        return self.oneroof("exec", project, "--", "python", "-c", code)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The executable of oneroof, installed from its wheel into a fresh environment."""
    import uv

    folder = tmp_path_factory.mktemp("program")
    call = [uv.find_uv_bin(), "--quiet"]
    subprocess.run([*call, "build", "--wheel", "--out-dir", folder / "dist", PROJECT], check=True)
    subprocess.run([*call, "venv", "--python", sys.executable, folder / "venv"], check=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    python = folder / "venv/bin/python"
    subprocess.run([*call, "pip", "install", "--python", python, wheel], check=True)
    return folder / "venv/bin/oneroof"


@pytest.fixture(scope="session")
def poetry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real Poetry in an environment of its own."""
    import uv

    folder = tmp_path_factory.mktemp("poetry")
    call = [uv.find_uv_bin(), "--quiet"]
    subprocess.run([*call, "venv", "--python", sys.executable, folder], check=True)
    python = folder / "bin/python"
    subprocess.run([*call, "pip", "install", "--python", python, "poetry>=2,<3"], check=True)
    return folder / "bin/poetry"


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Wheelhouse:
    """The real tools of Python projects, as wheels."""
    wheelhouse = Wheelhouse(tmp_path_factory.mktemp("packed"))
    wheelhouse.add_installed("pytest", "ruff", "mypy")
    wheelhouse.add("colorama", "0.4.6")  # A lock is for Windows too.
    return wheelhouse


@pytest.fixture(scope="session")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real build backends, as wheels."""
    folder = tmp_path_factory.mktemp("backends")
    names = ("poetry-core", "setuptools", "hatchling")
    call = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download")
    subprocess.run([*call, "--dest", folder, *names], check=True)
    return folder


@pytest.fixture
def index(tmp_path: Path, packed: Wheelhouse) -> Iterator[Index]:
    """The default index: real tools, and whatever a test adds."""
    made = Index(tmp_path / "index")
    made.wheels.link_from(packed)
    yield made
    made.close()


@pytest.fixture
def second_index(tmp_path: Path) -> Iterator[Index]:
    """Another index, empty at first."""
    made = Index(tmp_path / "second-index")
    yield made
    made.close()


@pytest.fixture
def repository(tmp_path: Path, program: Path, index: Index) -> Repository:
    """An empty repository on `main`; everything outside it is this test's own."""
    root = tmp_path / "repository"
    root.mkdir()
    variables = {name: os.environ[name] for name in KEPT if name in os.environ} | GIT
    variables["ONEROOF_CACHE_DIR"] = str(tmp_path / "cache")
    variables["UV_DEFAULT_INDEX"] = index.url
    variables["POETRY_CACHE_DIR"] = str(tmp_path / "poetry-cache")
    variables["POETRY_VIRTUALENVS_PATH"] = str(tmp_path / "poetry-environments")
    variables["PATH"] = _path_without(Path(sys.executable).parent, variables["PATH"])
    made = Repository(root, program, variables)
    made.git("init", "--quiet", "--initial-branch=main")
    return made


def _path_without(folder: Path, path: str) -> str:
    """The programs of the tests' own environment are not the user's."""
    kept = [each for each in path.split(os.pathsep) if Path(each) != folder]
    assert shutil.which("git", path=os.pathsep.join(kept))
    return os.pathsep.join(kept)
