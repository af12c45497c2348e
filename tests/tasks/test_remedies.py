"""What to write so that fingerprints hold what was read."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.paths import RelPath
from oneroof.tasks.remedies import Remedy, find_remedies
from oneroof.tasks.uncovered import Uncovered
from oneroof.workspace.model import Metadata, Project, ProjectName
from oneroof.workspace.settings import ProjectSettings, Role, TaskSettings


def project(
    path: str, *, manifest: str = "pyproject.toml", test: TaskSettings | None = None
) -> Project:
    return Project(
        ProjectName("hub"),
        RelPath(path),
        Role.LIB,
        "said so",
        Metadata((RelPath(manifest if path == "." else f"{path}/{manifest}"),)),
        settings=ProjectSettings(tasks={"test": test} if test else {}),
    )


def remedy(of: Project, *found: tuple[str, str]) -> Remedy:
    (only,) = find_remedies(
        {of.name: of}, [(of.name, Uncovered(kind, name)) for kind, name in found]
    )
    return only


def test_files_are_named_from_the_project_or_from_the_root() -> None:
    found = remedy(project("libs/hub"), ("read", "libs/hub/README.md"), ("look", "data/a.json"))
    assert found.lines == ("[tool.oneroof.tasks.test]", 'inputs = ["/data/a.json", "README.md"]')
    assert found.path == "libs/hub/pyproject.toml"


def test_a_project_at_the_root_names_files_from_there() -> None:
    found = remedy(project("."), ("read", "README.md"), ("list", "."))
    assert (found.path, found.inputs) == ("pyproject.toml", ("*",))


def test_a_project_without_pyproject_has_its_table_in_the_root() -> None:
    found = remedy(project("libs/hub", manifest="setup.cfg"), ("env", "TOKEN"))
    assert found.path == "pyproject.toml"
    assert found.lines == (
        '[tool.oneroof.projects."libs/hub".tasks.test]',
        'env = ["TOKEN"]',
    )


def test_what_the_settings_hold_already_stays() -> None:
    settings = TaskSettings(inputs=("/old",), env=("OLD",))
    found = remedy(project("hub", test=settings), ("read", "new"), ("env", "NEW"))
    assert (found.inputs, found.env) == (("/old", "/new"), ("OLD", "NEW"))
    assert remedy(project("hub", test=settings), ("env", "NEW")).inputs == ()


@pytest.mark.parametrize(
    ("found", "inputs"),
    [
        ([("list", "data")], ("/data/*",)),
        ([("list", "data"), ("read", "data/a")], ("/data/*",)),
        ([("list", "data"), ("read", "data/in/a")], ("/data/**",)),
        ([("list", "data"), ("list", "data/in"), ("read", "other")], ("/data/**", "/other")),
        ([("list", "."), ("read", "data/a")], ("/*", "/data/a")),
        ([("read", f"data/{number}") for number in range(5)], ("/data/*",)),
        ([("read", "data/a[1].json")], ("/data/a?1].json",)),
    ],
)
def test_many_files_of_one_folder_are_one_glob(
    found: list[tuple[str, str]], inputs: tuple[str, ...]
) -> None:
    assert remedy(project("hub"), *found).inputs == inputs


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1))
def test_a_table_is_toml(words: list[str]) -> None:
    made = Remedy(ProjectName("hub"), RelPath("pyproject.toml"), "t", tuple(words))
    assert tomllib.loads("\n".join(made.lines)) == {"t": {"inputs": words}}
