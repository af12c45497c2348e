"""Files that are edited while a result comes about: it is not kept under either content."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from oneroof.paths import RelPath
from oneroof.tasks.witness import find_disturbed
from oneroof.workspace.git import read_blob

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import Run
    from tests.wheelhouse import Wheelhouse

MANIFEST = '[project]\nname = "p"\nversion = "1"\n'


def _listing(root: Path, *names: str) -> dict[str, str]:
    found = {}
    for name in names:
        blob = read_blob(root, RelPath(name))
        assert blob is not None
        found[name] = f"{blob.mode} {blob.identity}"
    return found


def test_a_file_with_other_content_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    listing = _listing(tmp_path, "a", "b")
    since = time.time_ns()
    assert find_disturbed(tmp_path, listing, since) == []
    (tmp_path / "a").write_text("new")
    assert find_disturbed(tmp_path, listing, since) == ["a"]


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    listing = _listing(tmp_path, "a")
    (tmp_path / "a").unlink()
    assert find_disturbed(tmp_path, listing, 0) == ["a"]


def test_a_file_touched_but_equal_is_not_disturbed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    listing = _listing(tmp_path, "a")
    (tmp_path / "a").write_text("old")
    assert find_disturbed(tmp_path, listing, 0) == []


def test_a_result_of_files_edited_meanwhile_is_not_kept(
    workspace: MakeWorkspace, wheelhouse: Wheelhouse, run_json: Run
) -> None:
    del wheelhouse
    root = workspace(
        {
            "p/pyproject.toml": MANIFEST,
            "p/p.py": "x = 1\n",
            "p/test_p.py": (
                "import pathlib\n\ndef test_p():\n"
                "    path = pathlib.Path(__file__).with_name('p.py')\n"
                "    if path.read_text() == 'x = 1\\n':\n"
                "        path.write_text('x = 2\\n')\n"
            ),
        }
    )
    assert run_json(root, "test").sources() == {"p:test": "ran"}
    assert run_json(root, "test").sources() == {"p:test": "ran"}
    assert run_json(root, "test").sources() == {"p:test": "local-cache"}
    (root / "p/p.py").write_text("x = 1\n")
    assert run_json(root, "test").sources() == {"p:test": "ran"}
