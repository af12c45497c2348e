import tomllib
from typing import TYPE_CHECKING

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.dialects.hatch import (
    find_hatch_version,
    read_environments,
    read_hatch,
    read_hooks,
)
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import Group

if TYPE_CHECKING:
    from tests.workspace.conftest import MakeTree

    from oneroof.errors import Problem
    from oneroof.workspace.tree import Tree

PATH = RelPath("a/pyproject.toml")


def table(text: str) -> Table:
    return Table(PATH, tomllib.loads(text), [], "")


def hatch(text: str, made: "Tree") -> Table:
    return read_hatch(table(text), made)


def environments(text: str, made: "Tree") -> tuple[tuple[Group, ...], list[tuple[str, str]]]:
    groups, requirements = read_environments(hatch(text, made), "My.App")
    return groups, [(each.kind, f"{each.key} {each.pep508}") for each in requirements]


def test_environments_are_groups_that_inherit_from_default(tree: "MakeTree") -> None:
    text = """
        [tool.hatch.envs.default]
        dependencies = ["pytest"]
        features = ["fast"]
        [tool.hatch.envs.test]
        extra-dependencies = ["cov=={matrix:cov}"]
        [tool.hatch.envs.lint]
        detached = true
        dependencies = ["ruff"]
        """
    groups, requirements = environments(text, tree({}))
    assert groups == (Group("default", default=True), Group("test"), Group("lint"))
    assert requirements == [
        ("group:default", "tool.hatch.envs.default.dependencies[0] pytest"),
        ("group:default", "tool.hatch.envs.default.features[0] my-app[fast]"),
        ("group:test", "tool.hatch.envs.default.dependencies[0] pytest"),
        ("group:test", "tool.hatch.envs.test.extra-dependencies[0] cov"),
        ("group:test", "tool.hatch.envs.default.features[0] my-app[fast]"),
        ("group:lint", "tool.hatch.envs.lint.dependencies[0] ruff"),
    ]


def test_hatch_toml_takes_the_place_of_tables(tree: "MakeTree") -> None:
    made = tree({"a/hatch.toml": '[envs.test]\ndependencies = ["pytest"]'})
    groups, requirements = environments('[tool.hatch.envs.old]\ndependencies = ["x"]', made)
    assert groups == (Group("test"),)
    assert requirements == [("group:test", "envs.test.dependencies[0] pytest")]


@pytest.mark.parametrize(
    ("configuration", "version"),
    [
        ('path = "v.py"', "1.2"),
        ('path = "v.txt"\npattern = "is (?P<version>[0-9.]+)"', "3.4"),
        ('source = "code"\npath = "v.py"', "1.2"),
        ('source = "vcs"', None),
    ],
)
def test_versions(tree: "MakeTree", configuration: str, version: str | None) -> None:
    made = tree({"a/v.py": '__version__ = "1.2"', "a/v.txt": "it is 3.4"})
    assert (
        find_hatch_version(hatch(f"[tool.hatch.version]\n{configuration}", made), made) == version
    )


@pytest.mark.parametrize(
    ("configuration", "key"),
    [
        ('path = "gone.py"', "path"),
        ('path = "v.py"\npattern = "("', "pattern"),
        ('path = "v.py"\npattern = "__v"', "pattern"),
    ],
)
def test_what_cannot_give_a_version_is_told(tree: "MakeTree", configuration: str, key: str) -> None:
    made = tree({"a/v.py": '__version__ = "1.2"'})
    configured = hatch(f"[tool.hatch.version]\n{configuration}", made)
    assert find_hatch_version(configured, made) is None
    assert [each.key for each in configured.problems] == [f"tool.hatch.version.{key}"]


def test_the_version_hook_declares_dependencies(tree: "MakeTree") -> None:
    configured = hatch(
        """
        [tool.hatch.metadata.hooks.uv-dynamic-versioning]
        dependencies = ["slim[a]=={{ version }}", "rich>=13"]
        [tool.hatch.metadata.hooks.uv-dynamic-versioning.optional-dependencies]
        x = ["other=={{ version }}"]
        """,
        tree({}),
    )
    requirements, extras = read_hooks(configured)
    assert [(each.kind, each.pep508) for each in requirements] == [
        ("main", "slim[a]"),
        ("main", "rich>=13"),
        ("extra:x", "other"),
    ]
    assert extras == ["x"]


def test_a_broken_hatch_toml_is_told(tree: "MakeTree") -> None:
    problems: list[Problem] = []
    read_hatch(Table(PATH, {}, problems, ""), tree({"a/hatch.toml": "["}))
    assert [each.path for each in problems] == ["a/hatch.toml"]
