"""Files that git filters, as they are and as git stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.workspace.git import read_work_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git, MakeWorkspace


@pytest.fixture
def root(workspace: MakeWorkspace, git: Git) -> Path:
    """A repository with a filter that stores everything in capitals."""
    root = workspace({"a.txt": "plain\n", ".gitattributes": "*.big filter=capitals\n"})
    git("config", "filter.capitals.clean", "tr a-z A-Z")
    git("config", "filter.capitals.smudge", "tr A-Z a-z")
    (root / "x.big").write_text("content\n")
    git("add", "--all")
    git("commit", "--quiet", "--message=second")
    return root


def test_a_filtered_file_is_as_it_should_be(root: Path) -> None:
    assert read_work_tree(root).unfiltered == ()


def test_one_that_is_there_as_git_stores_it_is_another(root: Path, git: Git) -> None:
    before = read_work_tree(root)
    (root / "x.big").write_text("CONTENT\n")
    assert git("status", "--porcelain") == ""
    after = read_work_tree(root)
    assert after.unfiltered == ("x.big",)
    assert after.dirty == before.dirty == ()
    assert after.key != before.key


def test_without_filters_nothing_is_looked_at(workspace: MakeWorkspace) -> None:
    root = workspace({"a.txt": "x", ".gitattributes": "* text=auto\n"})
    assert read_work_tree(root).unfiltered == ()
