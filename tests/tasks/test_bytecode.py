"""Compiled modules that may be stale go before anything runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from oneroof.tasks.bytecode import FOLDER, forget_stale
from oneroof.workspace.git import read_work_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git, MakeWorkspace
    from tests.tasks.conftest import Run


def compiled(folder: Path, root: Path, *names: str) -> list[Path]:
    found = [folder / f"{FOLDER}{root}" / name for name in names]
    for each in found:
        each.parent.mkdir(parents=True, exist_ok=True)
        each.write_text("")
    return found


def forget(folder: Path, root: Path) -> None:
    forget_stale(folder, read_work_tree(root), ())


def test_only_that_of_other_content_goes(
    workspace: MakeWorkspace, isolated: Path, git: Git
) -> None:
    root = workspace({"a/one.py": "", "a/one_more.py": ""})
    folder = isolated / "own"
    forget(folder, root)
    names = (
        "a/one.cpython-311.pyc",
        "a/one.cpython-311-pytest-9.pyc",
        "a/one_more.cpython-311.pyc",
    )
    plain, rewritten, other = compiled(folder, root, *names)
    forget(folder, root)
    assert plain.exists()
    (root / "a/one.py").write_text("1")
    forget(folder, root)
    assert [each.exists() for each in (plain, rewritten, other)] == [False, False, True]
    compiled(folder, root, *names)
    git("commit", "--quiet", "--all", "--message=same")
    forget(folder, root)
    assert plain.exists()


def test_all_goes_where_the_last_state_is_not_known(
    workspace: MakeWorkspace, isolated: Path
) -> None:
    root = workspace({"a/one.py": ""})
    (place,) = compiled(isolated / "own", root, "a/one.cpython-311.pyc")
    forget(isolated / "own", root)
    assert not place.exists()


def test_what_was_compiled_through_links_always_goes(
    workspace: MakeWorkspace, isolated: Path
) -> None:
    root = workspace({"a/one.py": ""})
    (root / "link.py").symlink_to("a/one.py")
    (root / "deep").symlink_to("a")
    folder = isolated / "own"
    tree = read_work_tree(root)
    forget_stale(folder, tree, ())
    places = compiled(folder, root, "link.cpython-311.pyc", "deep/one.cpython-311.pyc")
    forget_stale(folder, tree, [path for path, blob in tree.blobs.items() if blob.is_link])
    assert [each.exists() for each in places] == [False, False]


@pytest.mark.usefixtures("wheelhouse")
def test_an_edit_of_the_same_size_and_date_is_run(workspace: MakeWorkspace, run_json: Run) -> None:
    root = workspace(
        {
            "p/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
            "p/mod.py": "X = 1\n",
            "p/test_p.py": "import mod\ndef test_p():\n    assert mod.X == 1\n",
        }
    )
    assert run_json(root, "test").statuses() == {"p:test": "passed"}
    before = (root / "p/mod.py").stat()
    (root / "p/mod.py").write_text("X = 2\n")
    os.utime(root / "p/mod.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert run_json(root, "test").statuses() == {"p:test": "failed"}
