"""Which reads a fingerprint does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.paths import RelPath
from oneroof.tasks.recording import Read
from oneroof.tasks.uncovered import Held, Uncovered, find_uncovered
from oneroof.workspace.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("a.txt", "data/b.txt", "data/c.txt", "tests/test_a.py")
TEST = RelPath("tests/test_a.py")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path, [RelPath(each) for each in FILES])


def uncovered(tree: Tree, *reads: Read, held: tuple[str, ...] = ()) -> list[Uncovered]:
    placed = [
        Read(
            each.kind,
            each.name if each.kind == "env" else f"{tree.root}/{each.name}",
            f"{tree.root}/{each.file}" if each.file else "",
            each.line,
            each.reader,
        )
        for each in reads
    ]
    return find_uncovered(tree, placed, Held(frozenset(held), frozenset(held)))


def test_a_file_that_is_not_held_is_told_with_the_line(tree: Tree) -> None:
    found = uncovered(tree, Read("read", "a.txt", TEST, 3))
    assert found == [Uncovered("read", "a.txt", TEST, 3)]


def test_a_file_that_is_held_is_not_told(tree: Tree) -> None:
    assert uncovered(tree, Read("read", "a.txt", TEST, 3), held=("a.txt",)) == []


@pytest.mark.parametrize("name", ["new.txt", ".venv/x.py", "__pycache__/a.pyc", "data", "../x"])
def test_what_is_no_file_of_the_workspace_is_not_told(tree: Tree, name: str) -> None:
    assert uncovered(tree, Read("read", name, TEST, 3)) == []


def test_of_several_ways_to_ask_for_a_file_the_strongest_is_told(tree: Tree) -> None:
    reads = [Read("look", "a.txt", TEST, 1), Read("read", "a.txt", TEST, 2)]
    assert uncovered(tree, *reads) == [Uncovered("read", "a.txt", TEST, 2)]
    assert uncovered(tree, *reversed(reads)) == [Uncovered("read", "a.txt", TEST, 2)]


def test_a_listing_is_covered_when_all_files_of_the_folder_are(tree: Tree) -> None:
    read = Read("list", "data", TEST, 4)
    assert uncovered(tree, read, held=("data/b.txt", "data/c.txt")) == []
    assert uncovered(tree, read, held=("data/b.txt",)) == [
        Uncovered("list", "data", TEST, 4, inside=1)
    ]


def test_pytest_and_coverage_may_look_around(tree: Tree) -> None:
    reads = [
        Read("read", "a.txt", reader="_pytest.config"),
        Read("read", "data/b.txt", reader="coverage.python"),
        Read("list", "data", reader="_pytest.pathlib"),
        Read("list", "data"),
    ]
    assert uncovered(tree, *reads) == []


def test_a_plugin_that_reads_is_told(tree: Tree) -> None:
    found = uncovered(tree, Read("read", "a.txt", reader="pytest_data.plugin"))
    assert found == [Uncovered("read", "a.txt", reader="pytest_data.plugin")]


def test_a_module_is_told_whoever_loaded_it(tree: Tree) -> None:
    found = uncovered(tree, Read("load", "tests/test_a.py", reader="_pytest.python"))
    assert [each.name for each in found] == [TEST]


def test_a_link_needs_both_itself_and_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("")
    (tmp_path / "link.txt").symlink_to("real.txt")
    tree = Tree(tmp_path, [RelPath("link.txt"), RelPath("real.txt")])
    read = Read("read", "link.txt", TEST, 1)
    assert [each.name for each in uncovered(tree, read)] == ["link.txt", "real.txt"]
    assert [each.name for each in uncovered(tree, read, held=("link.txt",))] == ["real.txt"]


def test_variables_are_told_apart_by_who_asked(tree: Tree) -> None:
    reads = [
        Read("env", "FOO", TEST, 1),
        Read("env", "FOO", TEST, 2, reader="settings"),
        Read("env", "HELD", TEST, 3),
        Read("env", "VIRTUAL_ENV", TEST, 3),
        Read("env", "_ONEROOF_RECORD_ROOT", TEST, 3),
    ]
    assert uncovered(tree, *reads, held=("HELD", "VIRTUAL_ENV")) == [
        Uncovered("env", "FOO", TEST, 1),
        Uncovered("env", "FOO", TEST, 2, reader="settings"),
    ]
