from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.locks.diff import diff
from oneroof.locks.model import PinChange
from oneroof.workspace.graph import WORK
from oneroof.workspace.model import MAIN, Kind, ProjectName

if TYPE_CHECKING:
    from pathlib import Path

    from tests.locks.conftest import Locked, MakeGraph, MakeProject, MakeRequirement, Parsed

EVERYONE = ("api", "core", "plain", "root")


def affected(locked: Locked, parsed: Parsed, text: str, *kinds: str) -> dict[str, list[PinChange]]:
    """What a new text of the lock changes for the work on each project, those it does not
    change left out.
    """
    there = locked("uv")
    found = diff(there.lock_of("api"), parsed("uv.lock", text))
    wanted = [Kind(kind) for kind in kinds] or [WORK]
    return {
        name: list(changes)
        for name in EVERYONE
        if (changes := found.of(there.graph, ProjectName(name), wanted))
    }


@pytest.fixture
def text(data: Path) -> str:
    return (data / "uv/uv.lock").read_text()


def test_equal_locks_change_nothing(locked: Locked, parsed: Parsed, text: str) -> None:
    assert affected(locked, parsed, text) == {}


def test_a_new_version_reaches_all_whose_closure_holds_it(
    locked: Locked, parsed: Parsed, text: str
) -> None:
    new = text.replace('name = "pysocks"\nversion = "1.7.1"', 'name = "pysocks"\nversion = "1.8"')
    change = PinChange("pysocks", "1.7.1", "1.8")
    assert affected(locked, parsed, new) == {"api": [change], "core": [change]}
    assert affected(locked, parsed, new, "main") == {"api": [change]}


def test_a_change_for_another_platform_counts(locked: Locked, parsed: Parsed, text: str) -> None:
    new = text.replace(
        'name = "colorama"\nversion = "0.4.6"', 'name = "colorama"\nversion = "0.4.5"'
    )
    assert affected(locked, parsed, new) == {"api": [PinChange("colorama", "0.4.6", "0.4.5")]}


def test_a_hash_counts(locked: Locked, parsed: Parsed, text: str) -> None:
    new = text.replace(
        "sha256:806143ae5bfb6a3c6e736a764057db0e6a0e05e338b5630894a5f779cabb4f9b", "sha256:00"
    ).replace(
        "sha256:b3bda1d108d5dd99f4a20d24d9c348e91c4db7ab1b749200bded2f839ccbe68f", "sha256:00"
    )
    assert new != text
    assert affected(locked, parsed, new) == {"api": [PinChange("toml", "0.10.2", "0.10.2")]} | {
        name: [PinChange("toml", "0.10.2", "0.10.2")] for name in ("core", "root")
    }


def test_a_source_counts(locked: Locked, parsed: Parsed, text: str) -> None:
    new = text.replace(
        'name = "zipp"\nversion = "3.20.2"\nsource = { registry = "https://pypi.org/simple" }',
        'name = "zipp"\nversion = "3.20.2"\nsource = { registry = "https://h/simple" }',
    )
    assert affected(locked, parsed, new) == {"api": [PinChange("zipp", "3.20.2", "3.20.2")]}


def test_where_a_file_lies_and_when_it_was_made_does_not_count(
    locked: Locked, parsed: Parsed, text: str
) -> None:
    new = text.replace("https://files.pythonhosted.org/", "https://mirror.example/").replace(
        "2023-08-17T", "2024-08-17T"
    )
    assert [*affected(locked, parsed, new)] == ["plain"]
    assert affected(locked, parsed, new)["plain"] == [PinChange("iniconfig", "2.0.0", "2.0.0")]


def test_one_of_several_versions_counts(locked: Locked, parsed: Parsed, text: str) -> None:
    new = text.replace(
        'name = "typing-extensions"\nversion = "4.7.1"',
        'name = "typing-extensions"\nversion = "4.7.0"',
    )
    change = PinChange("typing-extensions", "4.12.2, 4.7.1", "4.12.2, 4.7.0")
    assert affected(locked, parsed, new) == {"plain": [change]}


def test_a_members_own_entry_reaches_it_and_its_dependents(
    locked: Locked, parsed: Parsed, text: str
) -> None:
    new = text.replace(
        '{ name = "tomli", marker = "python_full_version < \'3.11\'" }', '{ name = "tomli" }'
    )
    change = PinChange("core", None, None)
    assert affected(locked, parsed, new) == {"api": [change], "core": [change]}


def test_a_lock_that_comes_or_goes_changes_all_its_pins(locked: Locked) -> None:
    there = locked("poetry-2")
    lock = there.lock_of("app")
    app = ProjectName("app")
    came = diff(None, lock).of(there.graph, app, [MAIN])
    assert came[0] == PinChange("click", None, "8.1.7")
    assert [each.name for each in came] == [
        each.name for each in diff(lock, None).of(there.graph, app, [MAIN])
    ]
    assert diff(None, None).of(there.graph, app, [MAIN]) == ()


def test_any_change_of_a_lock_without_edges_counts(
    parsed: Parsed, graph: MakeGraph, project: MakeProject, requirement: MakeRequirement
) -> None:
    app = project("app", requirement("six"), lock="requirements.txt")
    old = parsed("requirements.txt", "six==1.0 --hash=sha256:aa\nrich==1 --hash=sha256:bb\n")
    new = parsed("requirements.txt", "six==1.0 --hash=sha256:aa\nrich==2 --hash=sha256:bb\n")
    assert diff(old, new).of(graph(app), app.name) == (PinChange("rich", "1", "2"),)


def test_a_cycle_between_packages_is_walked_once(
    parsed: Parsed, graph: MakeGraph, project: MakeProject, requirement: MakeRequirement
) -> None:
    text = """
[[package]]
name = "a"
version = "1"
[package.dependencies]
b = "*"
[[package]]
name = "b"
version = "{}"
[package.dependencies]
a = "*"
[metadata]
lock-version = "2.1"
"""
    app = project("app", requirement("a"), lock="poetry.lock")
    found = diff(parsed("poetry.lock", text.format("1")), parsed("poetry.lock", text.format("2")))
    assert found.of(graph(app), app.name) == (PinChange("b", "1", "2"),)
