from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from oneroof.errors import Problem
from oneroof.locks.content_hash import pdm_hashes, poetry_hashes
from oneroof.locks.staleness import LockFinding, check_locks
from oneroof.paths import RelPath
from oneroof.workspace.model import Kind, ProjectName, Source

if TYPE_CHECKING:
    from pathlib import Path

    from tests.locks.conftest import (
        Locked,
        LockedWorkspace,
        MakeGraph,
        MakeProject,
        MakeRequirement,
        MakeTree,
        Parsed,
    )


def changed(there: LockedWorkspace, tmp_path: Path, edits: dict[str, tuple[str, str]]) -> list[str]:
    """The findings, other than missing locks, once some files were edited."""
    from tests.locks.conftest import LockedWorkspace as Reread

    for path in there.tree.files:
        text = there.tree.read_text(path)
        old, new = edits.get(path, ("", ""))
        assert old in text
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text.replace(old, new) if old else text)
    again = Reread(tmp_path)
    found = check_locks(again.graph, again.tree, again.locks)
    return [f"{each.kind}: {each.problem}" for each in found if each.kind != "missing"]


@pytest.mark.parametrize(
    "workspace", ["uv", "poetry-1.1", "poetry-1.8", "poetry-2", "poetry-pep621", "pdm"]
)
def test_a_lock_its_tool_just_made_is_fresh(locked: Locked, workspace: str) -> None:
    there = locked(workspace)
    found = check_locks(there.graph, there.tree, there.locks)
    assert [each for each in found if each.kind != "missing"] == []


@pytest.mark.parametrize(
    "folder", ["poetry-1.1/app", "poetry-1.8/app", "poetry-2/app", "poetry-pep621"]
)
def test_poetry_content_hash_is_computed_as_poetry_does(data: Path, folder: str) -> None:
    lock = tomllib.loads((data / folder / "poetry.lock").read_text())
    manifest = tomllib.loads((data / folder / "pyproject.toml").read_text())
    assert lock["metadata"]["content-hash"] in poetry_hashes(manifest)


def test_pdm_content_hash_is_computed_as_pdm_does(data: Path) -> None:
    lock = tomllib.loads((data / "pdm/app/pdm.lock").read_text())
    manifest = tomllib.loads((data / "pdm/app/pyproject.toml").read_text())
    assert lock["metadata"]["content_hash"] in pdm_hashes(manifest)


def test_a_pdm_workspace_root_has_no_hash_of_its_own() -> None:
    assert pdm_hashes({"tool": {"pdm": {"workspace": {"members": ["a"]}}}}) == frozenset()


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (
            ('"core[http]"', '"core[http]", "rich>=13"'),
            "`rich>=13` is not in it",
        ),
        (('"click==8.1.7"', '"click>=8.1"'), "`click>=8.1` was `==8.1.7`"),
        (('"core[http]"', '"core"'), "the extras of `core` changed"),
        ((', "click==8.1.7"', ""), "`click` is still in it"),
        (('["toml==0.10.2", ', '["toml==0.10.2", "six", '), "`six` of `group:dev` is not in it"),
    ],
)
def test_a_uv_lock_is_compared_with_what_it_noted_of_the_manifest(
    locked: Locked, tmp_path: Path, edit: tuple[str, str], told: str
) -> None:
    found = changed(locked("uv"), tmp_path, {"apps/api/pyproject.toml": edit})
    assert found == [f"stale: uv.lock: is older than `apps/api/pyproject.toml`: {told}"]


def test_a_change_of_one_member_is_told_once_in_a_shared_lock(
    locked: Locked, tmp_path: Path
) -> None:
    edit = ('["six==1.16.0", ', '["six==1.16.0", "rich", ')
    found = changed(locked("uv"), tmp_path, {"libs/core/pyproject.toml": edit})
    assert found == [
        "stale: uv.lock: is older than `libs/core/pyproject.toml`: `rich` is not in it"
    ]


@pytest.mark.parametrize("workspace", ["poetry-1.1", "poetry-1.8", "poetry-2"])
def test_a_dependents_lock_is_stale_when_its_internal_dependency_gained_a_requirement(
    locked: Locked, tmp_path: Path, workspace: str
) -> None:
    edit = ('six = "^1.16"', 'six = "^1.16"\nrich = "^13"')
    found = changed(locked(workspace), tmp_path, {"lib/pyproject.toml": edit})
    assert found == [
        (
            "stale: app/poetry.lock: does not hold `rich<14,>=13`, as `lib-a` requires in "
            "`lib/pyproject.toml`"
        )
    ]


def test_a_poetry_lock_is_stale_when_a_requirement_changed(locked: Locked, tmp_path: Path) -> None:
    edit = ('click = "8.1.7"', 'click = "^8.2"')
    found = changed(locked("poetry-2"), tmp_path, {"app/pyproject.toml": edit})
    assert found == [
        (
            "stale: app/poetry.lock: is older than `app/pyproject.toml`: `click<9.0,>=8.2` is "
            "contradicted by 8.1.7"
        )
    ]


def test_a_pdm_lock_is_stale_when_only_its_hash_tells(locked: Locked, tmp_path: Path) -> None:
    edit = ('requires-python = ">=3.9"', 'requires-python = ">=3.10"')
    found = changed(locked("pdm"), tmp_path, {"app/pyproject.toml": edit})
    assert found == [
        (
            "stale: app/pdm.lock: metadata.content_hash: is older than `app/pyproject.toml`: a "
            "requirement, group or source changed"
        )
    ]


POETRY = """
[[package]]
name = "six"
version = "1.16.0"
optional = false
python-versions = "*"
[metadata]
lock-version = "2.0"
python-versions = ">=3.9"
content-hash = "{hash}"
"""


def test_a_lock_that_holds_nothing_of_the_manifest_is_foreign(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    tree: MakeTree,
) -> None:
    manifest = '[tool.poetry]\nname = "app"\n[tool.poetry.dependencies]\nrich = "13.0"\n'
    app = project("app", requirement("rich", "==13.0"), lock="app/poetry.lock")
    lock = parsed("app/poetry.lock", POETRY.format(hash="0"))
    found = check_locks(
        graph(app), tree({"app/pyproject.toml": manifest}), {RelPath("app/poetry.lock"): lock}
    )
    assert found == (
        LockFinding(
            "foreign",
            ProjectName("app"),
            RelPath("app/poetry.lock"),
            Problem(
                "app/poetry.lock",
                "was not made for `app`: it holds none of `rich`",
                key="metadata.content-hash",
                hint="run `oneroof lock app`",
            ),
        ),
    )


def test_a_lock_with_the_content_hash_of_another_manifest_is_foreign(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    tree: MakeTree,
) -> None:
    text = '[tool.poetry]\nname = "{}"\n[tool.poetry.dependencies]\nsix = "{}"\n'
    files = {"a/pyproject.toml": text.format("a", "1"), "b/pyproject.toml": text.format("b", "*")}
    there = graph(
        *(
            project(name, requirement("six"), lock=f"{name}/poetry.lock", dialects=("poetry",))
            for name in ("a", "b")
        )
    )
    [digest, *_] = poetry_hashes(tomllib.loads(files["a/pyproject.toml"]))
    lock = parsed("a/poetry.lock", POETRY.format(hash=digest))
    locks = {
        RelPath(f"{name}/poetry.lock"): replace(lock, path=RelPath(f"{name}/poetry.lock"))
        for name in ("a", "b")
    }
    [found] = check_locks(there, tree(files), locks)
    assert (found.kind, found.project) == ("foreign", "b")
    assert found.problem.message == (
        "was not made for `b`: its content hash is that of `a/pyproject.toml`"
    )


def test_a_project_with_requirements_and_no_lock_is_named(
    graph: MakeGraph, project: MakeProject, requirement: MakeRequirement, tree: MakeTree
) -> None:
    there = graph(
        project("app", requirement("six"), requirement("lib")),
        project("lib", requirement("hatchling", kind="build")),
    )
    found = check_locks(there, tree({}), {})
    assert [(each.kind, str(each.problem), each.problem.hint) for each in found] == [
        (
            "missing",
            "app/pyproject.toml: needs `six`, but has no lock",
            "run `oneroof lock app`",
        )
    ]


def test_requirements_files_beside_a_manifest_are_no_business_of_its_lock(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    tree: MakeTree,
) -> None:
    extra_file = requirement("tox", kind="group:dev", declared_in="dev-requirements.txt")
    app = project(".", extra_file, name="app", lock="uv.lock")
    text = 'version = 1\n[[package]]\nname = "app"\nsource = { virtual = "." }\n'
    lock = parsed("uv.lock", text)
    assert check_locks(graph(app), tree({}), {RelPath("uv.lock"): lock}) == ()


def test_a_git_requirement_at_another_revision_is_stale(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    tree: MakeTree,
) -> None:
    source = Source("git", "https://h/x", reference="v2")
    app = project(".", requirement("x", sources=(source,)), name="app", lock="uv.lock")
    text = """
version = 1
[[package]]
name = "app"
source = { virtual = "." }
dependencies = [{ name = "x" }]
[package.metadata]
requires-dist = [{ name = "x", git = "https://h/x?rev=v1" }]
[[package]]
name = "x"
version = "1"
source = { git = "https://h/x?rev=v1#abc" }
"""
    manifest = tree({"pyproject.toml": '[project]\nname = "app"\n'})
    [found] = check_locks(graph(app), manifest, {RelPath("uv.lock"): parsed("uv.lock", text)})
    assert found.problem.message == "is older than `pyproject.toml`: `x` is at `v1`, not at `v2`"


def test_kinds_are_compared_each_for_itself(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    tree: MakeTree,
) -> None:
    app = project(".", requirement("six", kind=Kind("extra:a")), name="app", lock="uv.lock")
    text = """
version = 1
[[package]]
name = "app"
source = { virtual = "." }
[package.metadata]
requires-dist = [{ name = "six", marker = "extra == 'b'" }]
"""
    manifest = tree({"pyproject.toml": '[project]\nname = "app"\n'})
    [found] = check_locks(graph(app), manifest, {RelPath("uv.lock"): parsed("uv.lock", text)})
    assert found.problem.message == (
        "is older than `pyproject.toml`: `six` of `extra:a` is not in it, "
        "`six` of `extra:b` is still in it"
    )
