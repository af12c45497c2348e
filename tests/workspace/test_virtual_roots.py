"""A root that only declares groups is no project, unless it has tests nobody else would run."""

from collections.abc import Callable, Mapping

from tests.projects import places

from oneroof.workspace.discovery import discover
from oneroof.workspace.tree import Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]

ROOT = '[tool.uv.workspace]\nmembers = ["libs/*"]\n[dependency-groups]\ndev = ["pytest"]\n'
MEMBER = '[project]\nname = "a"\nversion = "1"\n'


def test_a_root_with_groups_and_no_tests_of_its_own_is_virtual(tree: MakeTree) -> None:
    files = {
        "pyproject.toml": ROOT,
        "libs/a/pyproject.toml": MEMBER,
        "libs/a/tests/test_a.py": "",
        "tests/notes.txt": "",
    }
    found = discover(tree(files))
    assert places(found) == [("a", "libs/a")]
    assert [root.path for root in found.virtual_roots] == ["."]


def test_a_root_with_tests_of_its_own_is_a_project(tree: MakeTree) -> None:
    files = {
        "pyproject.toml": ROOT,
        "libs/a/pyproject.toml": MEMBER,
        "tests/smoke/test_all.py": "",
    }
    found = discover(tree(files))
    assert places(found) == [(".", "."), ("a", "libs/a")]
    assert found.virtual_roots == ()
