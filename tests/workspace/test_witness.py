"""Whether files stayed as they were since they were read."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from oneroof.paths import RelPath
from oneroof.workspace.git import read_blob, read_work_tree
from oneroof.workspace.witness import (
    GRANULARITY_NS,
    are_steady,
    find_disturbed,
    find_new,
    folders_around,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWorkspace


def listing(root: Path, *names: str) -> dict[str, str]:
    found = {}
    for name in names:
        blob = read_blob(root, RelPath(name))
        assert blob is not None
        found[name] = f"{blob.mode} {blob.identity}"
    return found


def wait() -> int:
    """Let so much time go by that file systems tell before from after."""
    time.sleep(2 * GRANULARITY_NS / 1e9)
    return time.time_ns()


def test_a_file_with_other_content_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    told = listing(tmp_path, "a", "b")
    since = wait()
    assert find_disturbed(tmp_path, told, since) == []
    (tmp_path / "a").write_text("new")
    assert find_disturbed(tmp_path, told, since) == ["a"]


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    told = listing(tmp_path, "a")
    (tmp_path / "a").unlink()
    assert find_disturbed(tmp_path, told, 0) == ["a"]


def test_a_file_that_was_changed_and_changed_back_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    told = listing(tmp_path, "a")
    since = wait()
    wait()
    (tmp_path / "a").write_text("new")
    (tmp_path / "a").write_text("old")
    assert find_disturbed(tmp_path, told, since) == ["a"]


def test_dates_that_are_set_back_hide_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    told = listing(tmp_path, "a")
    since = wait()
    wait()
    (tmp_path / "a").write_text("new")
    os.utime(tmp_path / "a", ns=(0, 0))
    assert find_disturbed(tmp_path, told, since) == ["a"]


def test_what_was_written_shortly_before_is_judged_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    told = listing(tmp_path, "a")
    since = os.lstat(tmp_path / "a").st_ctime_ns + 1
    assert find_disturbed(tmp_path, told, since) == []
    assert find_disturbed(tmp_path, {"a": "100644 other"}, since) == ["a"]


def test_what_was_never_there_is_steady(tmp_path: Path) -> None:
    assert are_steady(tmp_path, [RelPath("a")], {}, 0)


def test_files_that_came_are_found(workspace: MakeWorkspace) -> None:
    root = workspace({"a/x.py": "", "b/y.py": ""})
    tree = read_work_tree(root)
    since = wait() + GRANULARITY_NS
    wait()
    folders = folders_around(["a/x.py"])
    assert find_new(tree, folders, since) == []
    (root / "a/conftest.py").write_text("")
    assert find_new(tree, folders, since) == ["a/conftest.py"]


def test_files_that_came_and_went_are_not(workspace: MakeWorkspace) -> None:
    root = workspace({"a/x.py": ""})
    tree = read_work_tree(root)
    since = wait()
    (root / "a/tmp").write_text("")
    (root / "a/tmp").unlink()
    assert find_new(tree, folders_around(["a/x.py"]), since) == []


def test_folders_around_files_are_all_above() -> None:
    assert folders_around(["a/b/c.py", "d.py"]) == {".", "a", "a/b"}
