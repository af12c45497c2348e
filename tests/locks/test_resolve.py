from __future__ import annotations

import hashlib
import threading
import zipfile
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from oneroof.errors import ToolError
from oneroof.locks.model import LockSource, Pin
from oneroof.locks.redaction import redact, without_credentials
from oneroof.locks.request import Request
from oneroof.locks.resolve import digest_of, resolve
from oneroof.locks.uv import ResolutionError, read_requirers
from oneroof.workspace.model import Index, Requirement, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.locks.conftest import MakeRequirement


@dataclass(frozen=True)
class Indexes:
    """Two package indexes on this machine, and what was asked of them."""

    main: str
    private: str
    asked: list[str]
    hashes: dict[str, str]


WHEELS: dict[str, list[tuple[str, str, list[str]]]] = {
    "main": [
        ("alpha", "1.0", ["beta>=1"]),
        ("alpha", "2.0", ["beta>=2", "internal-lib>=1"]),
        ("beta", "1.0", []),
        ("beta", "2.0", []),
        ("torch", "9.9", []),
    ],
    "private": [("torch", "2.3", []), ("beta", "7.0", [])],
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexes]:
    folder = tmp_path_factory.mktemp("indexes")
    hashes = {
        f"{index}/{name}-{version}": write_wheel(folder / index / name, name, version, requires)
        for index, wheels in WHEELS.items()
        for name, version, requires in wheels
    }
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield Indexes(f"{url}/main", f"{url}/private", asked, hashes)
    server.shutdown()
    thread.join()
    server.server_close()


def write_wheel(folder: Path, name: str, version: str, requires: list[str]) -> str:
    """A wheel with nothing but metadata; its hash."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {each}" for each in requires]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", "\n".join([*lines, ""]))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONEROOF_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    return tmp_path / "cache"


def request_for(served: Indexes, *requirements: Requirement) -> Request:
    return Request(requirements, "3.11", indexes=(Index("main", served.main, default=True),))


def found(pins: tuple[Pin, ...]) -> dict[str, str | None]:
    return {pin.name: pin.version for pin in pins}


def test_requirements_become_pins_with_hashes(
    served: Indexes, requirement: MakeRequirement, tmp_path: Path
) -> None:
    pins = resolve(request_for(served, requirement("alpha", "<2")), tmp_path)
    source = LockSource("registry", served.main)
    assert pins.pins == (
        Pin("alpha", "1.0", source, (served.hashes["main/alpha-1.0"],)),
        Pin("beta", "2.0", source, (served.hashes["main/beta-2.0"],), ("alpha",)),
    )
    assert pins.lock is None


def test_constraints_stay_as_they_are(
    served: Indexes, requirement: MakeRequirement, tmp_path: Path
) -> None:
    request = request_for(served, requirement("alpha", "<2"))
    pins = resolve(replace(request, constraints=(Pin("beta", "1.0"),)), tmp_path)
    assert found(pins.pins) == {"alpha": "1.0", "beta": "1.0"}


def test_preferences_stay_as_they_are_where_they_can(
    served: Indexes, requirement: MakeRequirement, tmp_path: Path
) -> None:
    preferences = (Pin("alpha", "1.0"), Pin("beta", "1.0"))
    old = replace(request_for(served, requirement("alpha")), preferences=preferences)
    assert found(resolve(old, tmp_path).pins) == {"alpha": "1.0", "beta": "1.0"}
    newer = replace(old, requirements=(requirement("alpha"), requirement("beta", ">1")))
    assert found(resolve(newer, tmp_path).pins) == {"alpha": "1.0", "beta": "2.0"}


def test_internal_names_are_never_looked_up_nor_pinned(
    served: Indexes, requirement: MakeRequirement, tmp_path: Path
) -> None:
    request = request_for(served, requirement("alpha"), requirement("internal-lib"))
    served.asked.clear()
    pins = resolve(replace(request, exclude_names=frozenset({"internal-lib"})), tmp_path)
    assert found(pins.pins) == {"alpha": "2.0", "beta": "2.0"}
    assert not [path for path in served.asked if "internal" in path]


def test_an_explicit_index_serves_what_names_it_and_nothing_else(
    served: Indexes, requirement: MakeRequirement, tmp_path: Path
) -> None:
    source = Source("index", served.private, "private")
    torch = requirement("torch", sources=(source,))
    request = request_for(served, torch, requirement("beta"))
    served.asked.clear()
    pins = resolve(request, tmp_path).pins
    assert [(pin.name, pin.version, pin.source.location) for pin in pins] == [
        ("beta", "2.0", served.main),
        ("torch", "2.3", served.private),
    ]
    assert not [path for path in served.asked if path.startswith("/main/torch")]
    assert not [path for path in served.asked if path.startswith("/private/beta")]


def test_a_pin_of_an_explicit_index_is_looked_up_nowhere_else(
    served: Indexes, requirement: MakeRequirement, tmp_path: Path
) -> None:
    pinned = Pin("torch", "2.3", LockSource("registry", served.private, "private"))
    request = replace(request_for(served, requirement("beta")), constraints=(pinned,))
    served.asked.clear()
    assert found(resolve(request, tmp_path).pins) == {"beta": "2.0", "torch": "2.3"}
    assert not [path for path in served.asked if path.startswith("/main/torch")]


def test_direct_urls_and_paths_are_pinned_as_such(
    served: Indexes, requirement: MakeRequirement, tmp_path: Path
) -> None:
    write_wheel(tmp_path / "wheels", "gamma", "1.0", [])
    url = f"{served.main}/beta/beta-1.0-py3-none-any.whl"
    by_url = requirement("beta", sources=(Source("url", url),))
    by_path = requirement(
        "gamma",
        sources=(Source("path", "../wheels/gamma-1.0-py3-none-any.whl"),),
        declared_in="app/pyproject.toml",
    )
    pins = resolve(request_for(served, by_url, by_path), tmp_path).pins
    assert [(pin.name, pin.source.kind) for pin in pins] == [("beta", "url"), ("gamma", "path")]
    assert pins[0].source.location == url
    assert Path(pins[1].source.location) == tmp_path / "wheels/gamma-1.0-py3-none-any.whl"


def test_the_same_request_is_resolved_once(
    served: Indexes, requirement: MakeRequirement, tmp_path: Path
) -> None:
    request = request_for(served, requirement("alpha", "<2"))
    first = resolve(request, tmp_path)
    served.asked.clear()
    assert resolve(request, tmp_path) == first
    assert served.asked == []


@pytest.mark.parametrize("damage", [b"", b"garbage", b"0\n[]"])
def test_damaged_pins_are_resolved_again(
    served: Indexes, requirement: MakeRequirement, tmp_path: Path, cache: Path, damage: bytes
) -> None:
    request = request_for(served, requirement("beta"))
    first = resolve(request, tmp_path)
    [stored] = (cache / "pins").iterdir()
    stored.write_bytes(damage)
    assert resolve(request, tmp_path) == first
    assert stored.read_bytes() != damage


def test_nothing_wanted_asks_nobody(tmp_path: Path) -> None:
    assert resolve(Request((), "3.11"), tmp_path).pins == ()


@pytest.mark.parametrize(
    ("name", "specifier", "reason"),
    [("alpha", "==1.5", "conflict"), ("nowhere", "", "not found")],
)
def test_no_solution_says_why(
    *,
    served: Indexes,
    requirement: MakeRequirement,
    tmp_path: Path,
    cache: Path,
    name: str,
    specifier: str,
    reason: str,
) -> None:
    with pytest.raises(ResolutionError) as caught:
        resolve(request_for(served, requirement(name, specifier)), tmp_path)
    assert caught.value.reason == reason
    assert f"no pins for `{name}`: " in caught.value.message
    assert f"the workspace requires {name}" in caught.value.message
    assert not (cache / "pins").exists()


def test_an_unreachable_index_is_named_without_its_password(
    requirement: MakeRequirement, tmp_path: Path
) -> None:
    index = Index("main", "http://user:hunter2@127.0.0.1:9/simple", default=True)
    with pytest.raises(ResolutionError) as caught:
        resolve(Request((requirement("alpha"),), "3.11", indexes=(index,)), tmp_path)
    assert caught.value.reason == "network"
    assert "http://127.0.0.1:9/simple/alpha/" in redact(caught.value.message).replace("***@", "")
    assert "hunter2" not in caught.value.message


def test_an_index_without_url_is_an_error(requirement: MakeRequirement, tmp_path: Path) -> None:
    lost = requirement("alpha", sources=(Source("index", "nameless", "nameless"),))
    with pytest.raises(ToolError, match="index `nameless` is declared nowhere"):
        resolve(Request((lost,), "3.11"), tmp_path)


def test_the_digest_depends_on_content_not_on_order_or_credentials(
    requirement: MakeRequirement,
) -> None:
    requirements = (requirement("a"), requirement("b", ">=1"), requirement("c"))
    index = Index("main", "https://user:secret@h/simple")
    digests = {
        digest_of(Request(tuple(order), "3.11", indexes=(replace(index, url=url),)))
        for order in permutations(requirements)
        for url in (index.url, "https://other:word@h/simple", "https://h/simple")
    }
    assert len(digests) == 1


def test_the_digest_changes_with_every_input(requirement: MakeRequirement) -> None:
    base = Request((requirement("a"),), "3.11")
    others = [
        base,
        replace(base, requirements=(requirement("a", ">1"),)),
        replace(base, requirements=(requirement("a", extras=("x",)),)),
        replace(base, requirements=(requirement("a", sources=(Source("git", "https://h/a"),)),)),
        replace(base, requirements=(requirement("a", marker="os_name == 'nt'"),)),
        replace(base, python_version="3.12"),
        replace(base, constraints=(Pin("b", "1"),)),
        replace(base, preferences=(Pin("b", "1"),)),
        replace(base, exclude_names=frozenset({"b"})),
        replace(base, indexes=(Index("main", "https://h/simple"),)),
        replace(base, python_platform="windows"),
    ]
    assert len({digest_of(each) for each in others}) == len(others)


@pytest.mark.parametrize(
    ("text", "shown", "stored"),
    [
        ("https://u:p@h/simple", "https://***@h/simple", "https://h/simple"),
        ("git+ssh://git@h/r", "git+ssh://***@h/r", "git+ssh://git@h/r"),
        ("https://h/s?token=abc&x=1", "https://h/s?token=***&x=1", "https://h/s?token=&x=1"),
        ("https://h/a@b", "https://h/a@b", "https://h/a@b"),
    ],
)
def test_secrets_leave_urls(text: str, shown: str, stored: str) -> None:
    assert (redact(text), without_credentials(text)) == (shown, stored)


def test_who_asks_for_a_package_is_read_from_what_uv_notes() -> None:
    text = (
        "Alpha-One==1.0 \\\n"
        "    --hash=sha256:00\n"
        "    # via beta, oneroof-resolution (pyproject.toml), gamma\n"
        "    # from https://one.example/simple\n"
        "beta==1.0 --hash=sha256:00    \n"
        "    # via oneroof-resolution (pyproject.toml)\n"
    )
    assert read_requirers(text) == {"alpha-one": ("beta", "gamma"), "beta": ()}
