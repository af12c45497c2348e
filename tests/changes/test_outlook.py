"""What is kept of files that look at others: it never changes what is affected."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest
from tests.changes.conftest import ask, names
from tests.conftest import write_files

from oneroof.changes import mentioned
from oneroof.changes.snapshot import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git

    from oneroof.changes.affected import Affected

LOOKS = "from pathlib import Path\nTEXT = Path(__file__).parents[3] / 'apps' / 'other' / 'x.json'\n"


MODULE = "apps/other/other/__init__.py"


@pytest.fixture
def chain_of_edits(chain: Path, git: Git) -> Path:
    """The chain of projects, one of which has a data file."""
    write_files(chain, {"apps/other/x.json": "{}"})
    git("add", "--all")
    git("commit", "--quiet", "--message=data")
    return chain


@pytest.fixture
def kept(chain_of_edits: Path) -> Path:
    """The same with an edit, of which it was asked what it affects."""
    (chain_of_edits / MODULE).write_text("x = 1\n")
    time.sleep(0.05)  # what was written just now is never relied upon
    ask(chain_of_edits)
    assert open_workspace(chain_of_edits).outlook is not None
    return chain_of_edits


def afresh(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Affected:
    """What is affected, with nothing kept."""
    shutil.rmtree(tmp_path / "other-cache", ignore_errors=True)
    with monkeypatch.context() as patch:
        patch.setenv("ONEROOF_CACHE_DIR", str(tmp_path / "other-cache"))
        return ask(root)


def test_each_edit_affects_what_it_would_with_nothing_kept(
    chain_of_edits: Path, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = chain_of_edits
    base, data = root / "libs/base/base/__init__.py", root / "apps/other/x.json"

    def check(*expected: str) -> None:
        found = ask(root)
        assert found == afresh(root, monkeypatch, tmp_path)
        assert set(expected) == set(names(found))

    dependents = ("top", "base", "mid")
    base.write_text("x = 1\n")
    check(*dependents)
    base.write_text("x = 2\n")
    check(*dependents)
    base.write_text(LOOKS)
    check(*dependents)
    git("commit", "--all", "--quiet", "--message=looks")
    data.write_text("[]")
    check("other", *dependents)
    git("checkout", "--quiet", "--", ".")
    check()
    base.write_text("x = 3\n")
    data.write_text("[1]")
    check("other", *dependents)
    git("commit", "--all", "--quiet", "--message=no more")
    data.write_text("[2]")
    check("other")


def test_the_graph_is_not_read_for_an_edit_that_nobody_looks_at(kept: Path) -> None:
    (kept / MODULE).write_text("x = 2\n")
    opened = open_workspace(kept)
    changes = {path: (None, None) for path, _ in opened.work_tree.dirty}
    assert list(mentioned.find_mentioned(opened, changes)) == []
    assert "imports" not in vars(opened)


@pytest.mark.parametrize("text", [LOOKS, "eval(", "x = '''\n", "\0"])
def test_of_a_file_that_may_look_the_graph_is_asked(kept: Path, text: str) -> None:
    (kept / MODULE).write_text(text)
    assert open_workspace(kept).outlook is None


def test_where_a_file_is_gone_the_graph_is_asked(kept: Path) -> None:
    (kept / "apps/other/x.json").unlink()
    assert open_workspace(kept).outlook is None
