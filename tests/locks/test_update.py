from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from oneroof.errors import Problem, ToolError
from oneroof.locks.staleness import LockFinding
from oneroof.locks.update import (
    LockUpdate,
    UpdatePlan,
    command,
    plan_updates,
    run_updates,
)
from oneroof.paths import RelPath
from oneroof.workspace.model import ProjectName

if TYPE_CHECKING:
    from pathlib import Path

    from tests.locks.conftest import MakeGraph, MakeProject, MakeRequirement

    from oneroof.workspace.graph import Graph


def stale(name: str, lock: str | None) -> LockFinding:
    problem = Problem(lock or name, f"{name} changed")
    path = None if lock is None else RelPath(lock)
    return LockFinding("missing" if lock is None else "stale", ProjectName(name), path, problem)


@pytest.fixture
def there(graph: MakeGraph, project: MakeProject, requirement: MakeRequirement) -> Graph:
    return graph(
        project("app", requirement("lib"), requirement("util"), lock="app/poetry.lock"),
        project("lib", requirement("util"), lock="lib/pdm.lock"),
        project("util", lock="uv.lock"),
        project("other", lock="uv.lock"),
        project("fresh", dialects=("poetry",)),
        project("bare", dialects=("requirements",)),
        project("pinned", lock="pinned/requirements.txt"),
    )


def test_only_stale_locks_are_written_dependencies_first(there: Graph) -> None:
    findings = [
        stale("app", "app/poetry.lock"),
        stale("lib", "lib/pdm.lock"),
        stale("util", "uv.lock"),
        stale("other", "uv.lock"),
    ]
    plan = plan_updates(there, findings)
    assert [(each.lock, each.tool, each.projects) for each in plan.updates] == [
        ("uv.lock", "uv", ("other", "util")),
        ("lib/pdm.lock", "pdm", ("lib",)),
        ("app/poetry.lock", "poetry", ("app",)),
    ]
    assert plan.updates[0].reasons == ("uv.lock: util changed", "uv.lock: other changed")


def test_a_selection_limits_what_is_written(there: Graph) -> None:
    findings = [stale("app", "app/poetry.lock"), stale("lib", "lib/pdm.lock")]
    plan = plan_updates(there, findings, {ProjectName("lib"), ProjectName("util")})
    assert [each.lock for each in plan.updates] == ["lib/pdm.lock"]


def test_everything_is_written_when_asked(there: Graph) -> None:
    plan = plan_updates(there, [], {ProjectName("lib"), ProjectName("util")}, everything=True)
    assert [(each.lock, each.reasons) for each in plan.updates] == [
        ("uv.lock", ("asked for",)),
        ("lib/pdm.lock", ("asked for",)),
    ]


def test_a_missing_lock_is_made_by_the_tool_whose_dialect_the_manifest_speaks(
    there: Graph,
) -> None:
    plan = plan_updates(there, [stale("fresh", None)])
    assert [(each.lock, each.tool) for each in plan.updates] == [("fresh/poetry.lock", "poetry")]


def test_what_no_tool_can_write_is_named(there: Graph) -> None:
    findings = [stale("bare", None), stale("pinned", "pinned/requirements.txt")]
    plan = plan_updates(there, findings)
    assert plan.updates == ()
    assert [str(problem) for problem in plan.problems] == [
        "bare: `bare` has no manifest that a lock could be made from",
        (
            "pinned/requirements.txt: cannot be written by oneroof, as its format does not tell "
            "how it was made"
        ),
    ]


def test_cycles_do_not_keep_a_plan_from_being_made(
    graph: MakeGraph, project: MakeProject, requirement: MakeRequirement
) -> None:
    there = graph(
        project("a", requirement("b"), lock="a/uv.lock"),
        project("b", requirement("a"), lock="b/uv.lock"),
    )
    plan = plan_updates(there, [], everything=True)
    assert [each.lock for each in plan.updates] == ["b/uv.lock", "a/uv.lock"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("Poetry (version 2.1.0)", ("poetry", "lock")),
        ("Poetry (version 1.8.5)", ("poetry", "lock", "--no-update")),
        ("Poetry version 1.1.15", ("poetry", "lock", "--no-update")),
    ],
)
def test_poetry_keeps_versions_in_every_release(version: str, expected: tuple[str, ...]) -> None:
    assert command(update("poetry.lock"), version) == expected


def update(lock: str) -> LockUpdate:
    return LockUpdate(
        RelPath(lock),
        "poetry" if lock.endswith("poetry.lock") else "uv",
        (ProjectName("app"),),
        ("asked for",),
    )


def test_uv_writes_a_lock_where_its_project_lies(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\n'
    )
    plan = UpdatePlan((update("app/uv.lock"),))
    heard: list[LockUpdate] = []
    assert run_updates(plan, tmp_path, heard.append) == ("app/uv.lock",)
    assert 'name = "app"' in (tmp_path / "app/uv.lock").read_text()
    assert heard == [update("app/uv.lock")]
    assert run_updates(plan, tmp_path) == ()


def install_poetry(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program named `poetry` that tells a version and then runs `script`."""
    program = folder / "bin/poetry"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "Poetry (version 2.0.0)" && exit 0\n{script}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def test_a_failing_run_leaves_the_old_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "echo half > poetry.lock; echo 'https://u:hunter2@h/x is gone' >&2; exit 3"
    install_poetry(tmp_path, monkeypatch, script)
    (tmp_path / "poetry.lock").write_text("old\n")
    with pytest.raises(ToolError) as caught:
        run_updates(UpdatePlan((update("poetry.lock"),)), tmp_path)
    assert (tmp_path / "poetry.lock").read_text() == "old\n"
    assert (tmp_path / "poetry.lock").stat().st_mode & 0o777 == 0o644
    assert caught.value.message == (
        "tried to write `poetry.lock` but `poetry lock` exited with 3:\nhttps://***@h/x is gone"
    )
    assert caught.value.hint == "run `poetry lock` in `.`"


def test_a_failing_first_lock_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_poetry(tmp_path, monkeypatch, "echo half > poetry.lock; exit 3")
    with pytest.raises(ToolError):
        run_updates(UpdatePlan((update("poetry.lock"),)), tmp_path)
    assert not (tmp_path / "poetry.lock").exists()


def test_a_missing_tool_is_named_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    plan = UpdatePlan((update("app/uv.lock"), update("poetry.lock")))
    with pytest.raises(ToolError) as caught:
        run_updates(plan, tmp_path)
    assert caught.value.message == "tried to lock with `poetry` but it was not found"
    assert caught.value.hint == "run `uv tool install poetry`"
    assert not (tmp_path / "app").exists()
