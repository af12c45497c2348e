from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.conftest import write_files

from oneroof.changes.configuration import (
    BY_NAME,
    find_configuration,
    read_tool_sections,
    read_tool_tables,
    shared_files,
)
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Mapping[str, str]], Tree]:
    def make(files: Mapping[str, str]) -> Tree:
        write_files(tmp_path, files)
        return Tree(tmp_path, [RelPath(path) for path in files])

    return make


@pytest.mark.parametrize(
    ("tool", "files", "expected"),
    [
        ("ruff", {"ruff.toml": "x"}, "ruff.toml"),
        ("ruff", {"ruff.toml": "x", "a/b/ruff.toml": "y"}, "a/b/ruff.toml"),
        ("ruff", {"ruff.toml": "x", "a/pyproject.toml": "[project]\n"}, "ruff.toml"),
        ("ruff", {"ruff.toml": "x", "a/pyproject.toml": "[tool.ruff]\n"}, "a/pyproject.toml"),
        ("ruff", {"a/ruff.toml": "x", "a/pyproject.toml": "[tool.ruff]\n"}, "a/ruff.toml"),
        ("pytest", {"tox.ini": "[tox]\n", "setup.cfg": "[tool:pytest]\nx = 1\n"}, "setup.cfg"),
        ("mypy", {"setup.cfg": "[mypy-x.*]\nignore = 1\n"}, "setup.cfg"),
        ("mypy", {"pyproject.toml": "[tool.mypyc]\n"}, None),
        ("flake8", {"pyproject.toml": "[project\n"}, None),
    ],
)
def test_the_nearest_file_that_says_something_governs(
    tree: Callable[[Mapping[str, str]], Tree],
    tool: str,
    files: Mapping[str, str],
    expected: str | None,
) -> None:
    found = find_configuration(tree(files), RelPath("a/b"), BY_NAME[tool])
    assert (found.path if found else None) == expected


def test_equal_settings_are_equal_text_whatever_their_order_and_comments() -> None:
    one = read_tool_tables("[tool.ruff]\na = 1\nb = 2\n")
    other = read_tool_tables("# note\n[tool.ruff]\nb = 2\na = 1\n")
    assert one == other == {"ruff": '{"tool.ruff": {"a": 1, "b": 2}}'}
    assert read_tool_sections("[pytest]\na=1\n", "tox.ini") == read_tool_sections(
        "[tox]\n[pytest]\n# note\na = 1\n", "tox.ini"
    )


def test_broken_files_are_read_as_far_as_they_go() -> None:
    assert read_tool_tables("[tool.ruff\n") == {}
    assert read_tool_sections("no section\n", "tox.ini")["pytest"] == "no section\n"


def test_files_that_may_hold_settings_are_known_by_name() -> None:
    assert {"pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "ruff.toml"} <= shared_files()
