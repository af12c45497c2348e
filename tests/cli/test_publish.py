from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from tests.distributions.conftest import BACKEND, built_here, manifest
from tests.pypi import PASSWORD, USER, Pypi
from tests.wheelhouse import Wheelhouse

from oneroof import transport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace

SHOP = {**built_here("app", "lib"), **built_here("lib", "low"), **built_here("low")}
PRIVATE = BACKEND.replace(
    'f"Version: {version}", *lines]', 'f"Version: {version}", "Classifier: Private :: X", *lines]'
)


@pytest.fixture(autouse=True)
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the index in variables, and nothing else of this machine."""
    for name in ("UV_PUBLISH_INDEX", "UV_PUBLISH_URL", "UV_PUBLISH_CHECK_URL", "UV_PUBLISH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_PUBLISH_USERNAME", USER)
    monkeypatch.setenv("UV_PUBLISH_PASSWORD", PASSWORD)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(transport, "ATTEMPTS", 1)


@pytest.fixture
def pypi(tmp_path: Path) -> Iterator[Pypi]:
    index = Pypi(tmp_path / "pypi")
    index.start()
    yield index
    index.stop()


def wheels(*names: str) -> list[str]:
    return [f"{name}-1.0-py3-none-any.whl" for name in names]


def with_index(url: str, publish_url: str, name: str = "corp") -> str:
    publish = f'publish-url = "{publish_url}"\n' if publish_url else ""
    return f'[[tool.uv.index]]\nname = "{name}"\nurl = "{url}"\n{publish}'


def test_dependencies_go_first(workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi) -> None:
    root = workspace({**SHOP, **built_here("other")})
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    assert (said.exit_code, said.stdout, said.stderr) == (
        0,
        "published  low 1.0\npublished  lib 1.0\npublished  app 1.0\n",
        "3 wheels: 3 published\n",
    )
    assert pypi.files == wheels("app", "lib", "low")
    assert pypi.asked == [
        *("GET /simple/low/", "GET /simple/lib/", "GET /simple/app/"),
        *["POST /"] * 3,
    ]


def test_a_dry_run_shows_the_plan_and_uploads_nothing(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace(SHOP)
    oneroof(root, "publish", "low", "--index", pypi.url)
    said = oneroof(root, "publish", "app", "--index", pypi.url, "--dry-run")
    assert said.exit_code == 0, said.stderr
    assert said.stdout.replace(str(pypi.port), "PORT") == (
        "index    http://127.0.0.1:PORT/simple/\n"
        "uploads  http://127.0.0.1:PORT/\n"
        "1  low 1.0  already there  low-1.0-py3-none-any.whl  Metadata-Version 2.1\n"
        "2  lib 1.0  new            lib-1.0-py3-none-any.whl  Metadata-Version 2.1\n"
        "   Requires-Dist: low>=1.0,<2\n"
        "3  app 1.0  new            app-1.0-py3-none-any.whl  Metadata-Version 2.1\n"
        "   Requires-Dist: lib>=1.0,<2\n"
    )
    assert said.stderr == "3 wheels: 1 already there, 2 new; nothing was uploaded\n"
    assert pypi.files == wheels("low")


def test_the_same_command_again_does_nothing(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace(SHOP)
    oneroof(root, "publish", "app", "--index", pypi.url)
    uploads = pypi.asked.count("POST /")
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    assert (said.exit_code, said.stderr) == (0, "3 wheels: 3 already there\n")
    assert said.stdout == "already there  low 1.0\nalready there  lib 1.0\nalready there  app 1.0\n"
    assert pypi.asked.count("POST /") == uploads


@pytest.mark.parametrize(
    ("when", "stored", "again"),
    [
        (
            "before",
            wheels("low"),
            "already there  low 1.0\npublished  lib 1.0\npublished  app 1.0\n",
        ),
        (
            "after",
            wheels("lib", "low"),
            "already there  low 1.0\nalready there  lib 1.0\npublished  app 1.0\n",
        ),
    ],
)
def test_after_a_failure_in_the_middle_the_same_command_goes_on(  # noqa: PLR0917  fixtures
    workspace: MakeWorkspace,
    oneroof: Oneroof,
    pypi: Pypi,
    when: str,
    stored: list[str],
    again: str,
) -> None:
    pypi.stop()
    pypi.start(dies_at=2, when=when)
    root = workspace(SHOP)
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    assert (said.exit_code, said.stdout) == (1, "published  low 1.0\n")
    lines = said.stderr.splitlines()
    # When exactly it goes decides what uv sees of it.
    assert lines[0].startswith(
        (
            "error: lib 1.0: it could not be uploaded: Failed to send",
            "error: lib 1.0: the index hung up while the file was sent",
        )
    )
    assert lines[-3:] == [
        "3 wheels: 1 published, 2 not published",
        "not published: lib 1.0, app 1.0",
        "hint: the same command goes on from there",
    ]
    assert pypi.files == stored
    pypi.stop()
    pypi.start()
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    assert (said.exit_code, said.stdout) == (0, again)
    assert pypi.files == wheels("app", "lib", "low")


def test_another_content_under_the_same_version_forbids_all(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace(SHOP)
    oneroof(root, "publish", "lib", "--index", pypi.url)
    (root / "low/low/__init__.py").write_text("NAME = 'new'\n")
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    assert said.exit_code == 1
    assert said.stderr == (
        "error: low 1.0: the index has version 1.0 with another content of "
        "`low-1.0-py3-none-any.whl`: raise the version\n"
        "3 wheels: 1 refused, 1 already there, 1 new; nothing was uploaded\n"
    )
    assert pypi.files == wheels("lib", "low")
    (root / "low/pyproject.toml").write_text(manifest("low", version="1.1"))
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    assert said.exit_code == 1  # What lib asks for follows the version of low.
    assert "error: lib 1.0: the index has version 1.0 with another content" in said.stderr


def test_a_version_that_is_there_as_another_file_is_refused(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    (pypi.folder / "packages/low-1.0.0.tar.gz").write_bytes(b"x")
    said = oneroof(workspace(SHOP), "publish", "low", "--index", pypi.url)
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        1,
        (
            "error: low 1.0: the index has version 1.0 already, as `low-1.0.0.tar.gz`: raise the "
            "version"
        ),
    )


def test_wheels_for_other_machines_are_no_obstacle(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    compiled = BACKEND.replace("py3-none-any.whl", "cp311-cp311-linux_x86_64.whl")
    Wheelhouse(pypi.folder / "packages").add("low", tag="cp312-cp312-win_amd64")
    root = workspace({**built_here("low"), "low/backend.py": compiled})
    said = oneroof(root, "publish", "low", "--index", pypi.url)
    assert said.exit_code == 0, said.stderr
    assert pypi.files == [
        "low-1.0-cp311-cp311-linux_x86_64.whl",
        "low-1.0-cp312-cp312-win_amd64.whl",
    ]


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("0", "version 0 says that nobody gave it one: give it one"),
        ("0.0.0", "version 0.0.0 says that nobody gave it one: give it one"),
        ("one", "`one` is no version (PEP 440): give it one"),
    ],
)
def test_what_is_no_version_is_refused(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi, version: str, reason: str
) -> None:
    root = workspace(built_here("low", version=version))
    said = oneroof(root, "publish", "--index", pypi.url)
    assert (said.exit_code, said.stderr.splitlines()[0]) == (1, f"error: low {version}: {reason}")
    assert pypi.files == []


def test_a_version_between_releases_is_refused(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    from_git = BACKEND.replace('project["version"]', '"1.1.dev3+g0123"')
    text = manifest("low").replace('version = "1.0"', 'dynamic = ["version"]')
    root = workspace({**built_here("low"), "low/pyproject.toml": text, "low/backend.py": from_git})
    said = oneroof(root, "publish", "--index", pypi.url)
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        1,
        (
            "error: low 1.1.dev3+g0123: version 1.1.dev3+g0123 is that of a state between "
            "releases: set the tag of a release"
        ),
    )


def test_private_projects_are_left_out_and_said(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace({**built_here("app", "lib"), "app/backend.py": PRIVATE, **built_here("low")})
    said = oneroof(root, "publish", "--index", pypi.url)
    assert (said.exit_code, said.stdout) == (0, "published  low 1.0\n")
    assert said.stderr == (
        "warning: app: its classifiers say that it is private: it is not published\n"
        "1 wheel: 1 published\n"
    )
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    assert (said.exit_code, said.stderr.splitlines()[1]) == (
        3,
        "error: no selected project may be published",
    )


def test_what_needs_a_private_project_is_refused(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace({**SHOP, "low/backend.py": PRIVATE})
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    assert said.exit_code == 1
    assert said.stderr == (
        "error: lib 1.0: it asks for `low>=1.0,<2`, which is private: take the dependency or its "
        "mark out\n"
        "2 wheels: 1 refused, 1 new; nothing was uploaded\n"
    )
    assert pypi.files == []


def test_what_asks_for_a_version_that_nobody_has_is_refused(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace({**built_here("lib", "low<1"), **built_here("low")})
    said = oneroof(root, "publish", "lib", "--index", pypi.url)
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        1,
        (
            "error: lib 1.0: it asks for `low<1`, of which there would be 1.0: change its "
            "requirement, or publish such a version first"
        ),
    )
    Wheelhouse(pypi.folder / "packages").add("low", "0.9")
    assert oneroof(root, "publish", "lib", "--index", pypi.url).exit_code == 0
    assert pypi.files == [*wheels("lib"), "low-0.9-py3-none-any.whl", *wheels("low")]


def test_projects_that_need_each_other_have_no_order(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace({**built_here("a", "b"), **built_here("b", "a")})
    said = oneroof(root, "publish", "--index", pypi.url)
    assert (said.exit_code, said.stderr) == (
        2,
        (
            "error: no order to publish in: a needs b needs a\n"
            "hint: take one of these dependencies out, or make it an extra\n"
        ),
    )


def test_two_projects_of_one_name_are_refused(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    files = built_here("low")
    root = workspace({f"{folder}/{path}": text for folder in "xy" for path, text in files.items()})
    said = oneroof(root, "publish", "--index", pypi.url)
    assert (said.exit_code, said.stderr.splitlines()[1:3]) == (
        1,
        [
            "error: low@x/low 1.0: low@y/low has the same name: rename one of them",
            "error: low@y/low 1.0: low@x/low has the same name: rename one of them",
        ],
    )


def test_a_need_through_an_extra_gives_way(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    optional = '[project.optional-dependencies]\nx = ["a"]\n[build-system]'
    text = manifest("b").replace("[build-system]", optional)
    root = workspace({**built_here("a", "b"), **built_here("b"), "b/pyproject.toml": text})
    said = oneroof(root, "publish", "b", "--index", pypi.url)
    assert (said.exit_code, said.stdout) == (0, "published  b 1.0\npublished  a 1.0\n")


def test_the_index_is_found_by_name(workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi) -> None:
    declared = manifest("low") + with_index(pypi.url, pypi.publish_url)
    root = workspace({**built_here("low"), "low/pyproject.toml": declared})
    assert oneroof(root, "publish", "--index", "corp").exit_code == 0
    assert pypi.files == wheels("low")


def test_the_index_of_the_root_holds_for_all(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace(
        {**built_here("low"), "pyproject.toml": with_index(pypi.url, pypi.publish_url)}
    )
    assert oneroof(root, "publish", "--index", "corp").exit_code == 0


def test_variables_of_uv_name_the_index(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PUBLISH_URL", pypi.publish_url)
    root = workspace(built_here("low"))
    said = oneroof(root, "publish")
    assert (said.exit_code, said.stderr.splitlines()[1]) == (
        2,
        "hint: give the URL of its simple API with `--index`",
    )
    monkeypatch.setenv("UV_PUBLISH_CHECK_URL", pypi.url)
    assert oneroof(root, "publish").exit_code == 0
    assert pypi.files == wheels("low")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--index", "crop"), "no manifest declares an index `crop`"),
        (("--index", "read"), "the index `read` has no `publish-url`"),
        (
            ("--index", "http://index.example/simple"),
            "`http://index.example/`: credentials are not sent over plain HTTP",
        ),
        (
            ("--index", "https://u:pw@index.example/simple"),
            (
                "`https://***@index.example/simple` holds credentials, which a command line would "
                "show to others"
            ),
        ),
        (
            ("--index", "https://index.example/x"),
            "`https://index.example/x`: nothing says where this index takes uploads",
        ),
        (
            ("--index", "ftp://i.example/simple"),
            "`ftp://i.example/simple` is no address of an index",
        ),
    ],
)
def test_an_index_that_will_not_do_is_told_before_anything_is_built(
    workspace: MakeWorkspace, oneroof: Oneroof, arguments: tuple[str, ...], message: str
) -> None:
    declared = with_index("https://read.example/simple", "", "read")
    root = workspace({**built_here("low"), "pyproject.toml": declared})
    said = oneroof(root, "publish", *arguments)
    assert (said.exit_code, said.stderr.splitlines()[0]) == (2, f"error: {message}")


def test_a_wrong_password_is_one_line(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PUBLISH_PASSWORD", "guessed-word")
    monkeypatch.setenv("COLUMNS", "20")  # uv breaks its lines there.
    said = oneroof(workspace(built_here("low")), "publish", "--index", pypi.url)
    assert said.exit_code == 1
    first, *lines = said.stderr.splitlines()
    # pypiserver closes the connection at once, so uv may see that before it sees the answer.
    assert first in {
        "error: low 1.0: the index answered: 403 Forbidden",
        "error: low 1.0: the index hung up while the file was sent",
    }
    assert lines == [
        (
            "hint: set `UV_PUBLISH_TOKEN`, or `UV_PUBLISH_USERNAME` and `UV_PUBLISH_PASSWORD`, or "
            "use a netrc file or a keyring"
        ),
        "1 wheel: 1 not published",
        "not published: low 1.0",
        "hint: the same command goes on from there",
    ]
    assert "guessed-word" not in said.stdout + said.stderr


def test_credentials_may_stand_in_a_netrc_file(
    workspace: MakeWorkspace,
    oneroof: Oneroof,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pypi = Pypi(tmp_path / "pypi", closed=("update", "list", "download"))
    pypi.start()
    monkeypatch.delenv("UV_PUBLISH_USERNAME")
    monkeypatch.delenv("UV_PUBLISH_PASSWORD")
    root = workspace(SHOP)
    said = oneroof(root, "publish", "low", "--index", pypi.url)
    assert (said.exit_code, said.stderr.splitlines()[0].replace(str(pypi.port), "PORT")) == (
        5,
        "error: http://127.0.0.1:PORT/simple/: the index does not let itself be read (status 401)",
    )
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n")
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    pypi.stop()
    assert said.exit_code == 0, said.stderr
    assert pypi.files == wheels("app", "lib", "low")


def test_an_index_that_cannot_be_reached(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    pypi.stop()
    said = oneroof(workspace(built_here("low")), "publish", "--index", pypi.url)
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        5,
        f"error: 127.0.0.1:{pypi.port} cannot be reached: Connection refused",
    )


@contextmanager
def answering(kind: str, body: str) -> Iterator[str]:
    """The URL of an index that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


JSON = "application/vnd.pypi.simple.v1+json"


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        (
            "text/html",
            "<form><input name=user></form>",
            "it answered with a page that lists no distributions",
        ),
        (JSON, "<html></html>", "its JSON is not that of PEP 691"),
        (JSON, '{"meta": {"api-version": "2.0"}}', "its API has version 2.0"),
        ("text/plain", "hello", "it answered with `text/plain`"),
    ],
)
def test_an_answer_that_is_not_an_index_s_is_told(
    workspace: MakeWorkspace, oneroof: Oneroof, kind: str, body: str, why: str
) -> None:
    root = workspace(built_here("low"))
    with answering(kind, body) as url:
        said = oneroof(root, "publish", "--index", url)
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        5,
        f"error: {url}low/: this is not the simple API of a package index: {why}",
    )


def test_an_index_may_answer_in_json(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace(built_here("low"))
    oneroof(root, "wheel", "-o", "out")
    sha = hashlib.sha256((root / "out" / wheels("low")[0]).read_bytes()).hexdigest()
    file = f'{{"filename": "{wheels("low")[0]}", "url": "x", "hashes": {{"sha256": "{sha}"}}}}'
    body = f'{{"meta": {{"api-version": "1.1"}}, "name": "low", "files": [{file}]}}'
    with answering(JSON, body) as url:
        said = oneroof(root, "publish", "--index", url)
    assert (said.exit_code, said.stdout) == (0, "already there  low 1.0\n")


def test_json_tells_the_plan_and_what_was_done(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace({**built_here("app", "lib"), **built_here("lib")})
    oneroof(root, "publish", "lib", "--index", pypi.url)
    told = oneroof(root, "publish", "app", "--index", pypi.url, "--json").json
    assert isinstance(told, dict)
    assert {key: told[key] for key in ("ok", "dry_run", "index", "private", "error")} == {
        "ok": True,
        "dry_run": False,
        "index": {"name": None, "url": pypi.url, "publish_url": pypi.publish_url},
        "private": [],
        "error": None,
    }
    lib, app = told["distributions"]
    assert (lib["state"], lib["result"]) == ("already there", "already there")
    assert {key: app[key] for key in app if key not in {"sha256", "size_bytes"}} == {
        "project": "app",
        "path": "app",
        "name": "app",
        "version": "1.0",
        "filename": "app-1.0-py3-none-any.whl",
        "metadata_version": "2.1",
        "internal_requirements": ["lib>=1.0,<2"],
        "state": "new",
        "refusals": [],
        "result": "published",
    }


def test_a_project_that_cannot_be_built_stops_it_all(
    workspace: MakeWorkspace, oneroof: Oneroof, pypi: Pypi
) -> None:
    root = workspace({**SHOP, "lib/backend.py": "def build_wheel(*_):\n    raise OSError('no')\n"})
    said = oneroof(root, "publish", "app", "--index", pypi.url)
    assert said.exit_code == 4
    assert "error: lib: `build_wheel` of backend: OSError: no" in said.stderr
    assert pypi.files == []
