"""The files that tasks make: kept with results, put back on hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import Run

pytestmark = pytest.mark.usefixtures("wheelhouse")

MAKE = """\
from pathlib import Path
folder = Path("made/deep")
folder.mkdir(parents=True, exist_ok=True)
(folder / "one.txt").write_text(Path("source.txt").read_text().upper())
(folder / "run.sh").write_text("#!/bin/sh\\n")
(folder / "run.sh").chmod(0o755)
"""


def gen(outputs: str, *, command: str = "python make.py") -> str:
    table = f"[tool.oneroof.tasks.gen]\ncommand = '{command}'\noutputs = {outputs}\n"
    return f'[project]\nname = "a"\nversion = "1"\n{table}'


@pytest.fixture
def root(workspace: MakeWorkspace) -> Path:
    return workspace(
        {
            ".gitignore": "made\n",
            "a/pyproject.toml": gen('["made"]'),
            "a/make.py": MAKE,
            "a/source.txt": "text",
        }
    )


def test_what_was_made_is_put_back_when_the_result_is_known(root: Path, run_json: Run) -> None:
    run_json(root, "run", "gen")
    made = root / "a/made/deep"
    (made / "one.txt").write_text("changed")
    (made / "run.sh").unlink()
    again = run_json(root, "run", "gen")
    assert again.sources() == {"a:gen": "local-cache"}
    assert (made / "one.txt").read_text() == "TEXT"
    assert (made / "run.sh").stat().st_mode & 0o777 == 0o755


def test_what_an_older_state_made_comes_back_with_it(root: Path, run_json: Run) -> None:
    run_json(root, "run", "gen")
    (root / "a/source.txt").write_text("other")
    run_json(root, "run", "gen")
    assert (root / "a/made/deep/one.txt").read_text() == "OTHER"
    (root / "a/source.txt").write_text("text")
    assert run_json(root, "run", "gen").sources() == {"a:gen": "local-cache"}
    assert (root / "a/made/deep/one.txt").read_text() == "TEXT"


def test_a_dry_run_puts_nothing_back(root: Path, run_json: Run) -> None:
    run_json(root, "run", "gen")
    (root / "a/made/deep/one.txt").unlink()
    run_json(root, "run", "gen", "--dry-run")
    assert not (root / "a/made/deep/one.txt").exists()


def test_where_what_was_made_is_not_kept_any_more_the_task_runs(
    root: Path, run_json: Run, isolated: Path
) -> None:
    run_json(root, "run", "gen")
    (root / "a/made/deep/one.txt").unlink()
    for blob in isolated.rglob("*"):
        if blob.is_file() and blob.read_bytes() == b"TEXT":
            blob.unlink()
    assert run_json(root, "run", "gen").sources() == {"a:gen": "ran"}
    assert (root / "a/made/deep/one.txt").read_text() == "TEXT"


def test_a_task_that_makes_no_such_file_has_failed(root: Path, run_json: Run) -> None:
    (root / "a/pyproject.toml").write_text(gen('["made", "other/*.whl"]'))
    failed = run_json(root, "run", "gen")
    assert failed.statuses() == {"a:gen": "failed"}
    assert failed.targets["a:gen"]["reason"] == (
        "one of its outputs is not there: `a/made`, `a/other/*.whl`"
    )


def test_outputs_that_git_sees_are_no_inputs_of_their_own_task(root: Path, run_json: Run) -> None:
    (root / "a/make.py").write_text("open('seen.txt', 'w')")
    (root / "a/pyproject.toml").write_text(gen('["seen.txt"]'))
    run_json(root, "run", "gen")
    assert run_json(root, "run", "gen").sources() == {"a:gen": "local-cache"}


@pytest.mark.parametrize("output", ["../b", ".", "/etc"])
def test_outputs_outside_the_project_are_refused(root: Path, run_json: Run, output: str) -> None:
    (root / "a/pyproject.toml").write_text(gen(f'["{output}"]'))
    told = run_json(root, "run", "gen")
    assert told.exit_code == 2
    assert f"the output `{output}` is not inside the project" in told.stderr
