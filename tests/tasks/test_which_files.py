"""`explain` and `--dry-run` name the test files that would run, and what each can see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.tasks.test_by_file import edit, imports, manifest, root

from oneroof.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Say = Callable[..., str]

__all__ = ["root"]

pytestmark = pytest.mark.usefixtures("wheelhouse")


@pytest.fixture
def say(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """`say("explain", "hub")`: what it prints in the workspace, without fingerprints."""
    monkeypatch.chdir(root)

    def call(*arguments: str) -> str:
        capsys.readouterr()
        run(list(arguments))
        lines = capsys.readouterr().out.splitlines()
        if "--json" in arguments:
            return "\n".join(lines)
        return "\n".join(each for each in lines if "fingerprint" not in each)

    return call


def test_explain_names_the_files_that_see_the_change(root: Path, say: Say) -> None:
    edit(root, "hub/src/hub/two.py")
    assert say("explain", "hub") == (
        "hub:test would run\n"
        "  differs from the last run in:\n"
        "    hub/src/hub/two.py  modified\n"
        "  1 of 3 test files would run, the others are known to pass\n"
        "    hub/tests/test_two.py  hub/src/hub/two.py"
    )
    assert say("explain", "user:test").endswith(
        "  1 of 2 test files would run, the others are known to pass\n"
        "    user/tests/test_more.py  hub/src/hub/two.py"
    )


def test_explain_names_each_of_several_changes_where_it_is_seen(root: Path, say: Say) -> None:
    edit(root, "hub/src/hub/two.py")
    edit(root, "hub/tests/test_one.py")
    assert say("explain", "hub").endswith(
        "    hub/tests/test_one.py  hub/tests/test_one.py\n"
        "    hub/tests/test_two.py  hub/src/hub/two.py"
    )


def test_explain_says_when_all_would_run(root: Path, say: Say) -> None:
    edit(root, "hub/src/hub/data.json")
    assert say("explain", "hub").endswith(
        "    hub/src/hub/data.json  modified\n  all 3 test files would run"
    )
    (root / "hub/pyproject.toml").write_text(
        manifest("hub", more='[tool.pytest]\naddopts = ["-q"]')
    )
    assert "  all 3 test files would run" in say("explain", "hub")


def test_explain_lists_no_files_of_what_is_known(say: Say) -> None:
    assert say("explain", "hub") == "hub:test is known to pass"


def test_explain_gives_the_files_as_json(root: Path, say: Say) -> None:
    edit(root, "hub/src/hub/two.py")
    document = json.loads(say("explain", "hub", "--json"))
    because = [{"what": "hub/src/hub/two.py", "how": "modified"}]
    assert document["test_files"] == [
        {"path": "hub/tests/test_none.py", "would_run": False, "because": []},
        {"path": "hub/tests/test_one.py", "would_run": False, "because": []},
        {"path": "hub/tests/test_two.py", "would_run": True, "because": because},
    ]


def test_a_dry_run_counts_the_files_that_would_run(root: Path, say: Say) -> None:
    assert say("test", "--dry-run") == "cached  hub:test\ncached  user:test"
    edit(root, "hub/src/hub/two.py")
    assert say("test", "--dry-run") == (
        "run  hub:test   1 of 3 test files\nrun  user:test  1 of 2 test files"
    )
    assert say("test", "--dry-run", "--no-cache") == (
        "run  hub:test   3 test files\nrun  user:test  2 test files"
    )


def test_a_dry_run_runs_what_it_says(root: Path, say: Say) -> None:
    edit(root, "hub/tests/test_new.py", imports("hub.two"))
    edit(root, "hub/src/hub/one.py")
    would = {each["target"]: each["test_files"] for each in _targets(say)}
    edit(root, "hub/tests/test_new.py", "")
    document = json.loads(say("test", "--json"))
    ran = {
        each["target"]: each["tests"]["passed"] - each["tests"]["cached"]
        for each in document["targets"]
    }
    assert {name: len(files) for name, files in would.items()} == ran


def _targets(say: Say) -> list[dict[str, list[str]]]:
    found = json.loads(say("test", "--dry-run", "--json"))["targets"]
    assert isinstance(found, list)
    return found
