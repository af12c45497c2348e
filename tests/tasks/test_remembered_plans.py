"""What is remembered of the last plan never differs from what planning anew would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Git, MakeWorkspace
    from tests.tasks.conftest import GetAction, Run

pytestmark = pytest.mark.usefixtures("wheelhouse")

SOURCES = '[tool.uv.sources]\nlib = { path = "../lib" }\n'
FILES = {
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = []\n",
    "conftest.py": "",
    "shared/schema.sql": "x\n",
    "lib/pyproject.toml": '[project]\nname = "lib"\nversion = "1"\n'
    '[tool.oneroof.tasks.make]\ncommand = "true"\ninputs = ["/shared/*"]\n',
    "lib/lib/__init__.py": "",
    "lib/test_lib.py": "def test_lib():\n    pass\n",
    "app/pyproject.toml": '[project]\nname = "app"\nversion = "1"\ndependencies = ["lib"]\n'
    f"{SOURCES}"
    '[tool.oneroof.tasks.make]\ncommand = "true"\nneeds = ["^make"]\nenv = ["MODE"]\n'
    '[tool.oneroof.tasks.test]\ninputs = ["/shared/*.sql"]\n',
    "app/app/__init__.py": "",
    "app/test_app.py": "def test_app():\n    pass\n",
    "other/pyproject.toml": '[project]\nname = "other"\nversion = "1"\n',
    "other/test_other.py": "def test_other():\n    pass\n",
}


def _append(path: str, text: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        with (root / path).open("a") as file:
            file.write(text)

    return edit


def _remove(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


def _new(path: str, text: str = "") -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    return edit


EDITS = {
    "source of a dependency": _append("lib/lib/__init__.py", "x = 1\n"),
    "test": _append("app/test_app.py", "\n"),
    "declared input": _append("shared/schema.sql", "y\n"),
    "conftest above": _append("conftest.py", "\n"),
    "shared configuration": _append("pyproject.toml", "minversion = '7'\n"),
    "manifest": _append("lib/pyproject.toml", "[project.scripts]\nx = 'lib:x'\n"),
    "new file": _new("lib/lib/more.py"),
    "new input": _new("shared/more.sql"),
    "file gone": _remove("lib/test_lib.py"),
    "new project": _new("new/pyproject.toml", '[project]\nname = "new"\nversion = "1"\n'),
    "prose": _append("app/pyproject.toml", "# nothing\n"),
    "python version": _new(".python-version", "3.11\n"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("committed", [False, True], ids=["uncommitted", "committed"])
def test_after_an_edit_it_is_as_planned_anew(
    workspace: MakeWorkspace,
    run_json: Run,
    action: GetAction,
    git: Git,
    edit: Callable[[Path], None],
    *,
    committed: bool,
) -> None:
    root = workspace(FILES)
    for tasks in ("test", "make"):
        run_json(root, "run", tasks, "--dry-run")
    edit(root)
    if committed:
        git("add", "--all")
        git("commit", "-qm", "edit")
    for task in ("test", "make"):
        told = run_json(root, "run", task, "--dry-run")
        assert told.targets
        for name, each in told.targets.items():
            assert each["fingerprint"] == action(root, name).digest.hash, name


def test_a_variable_that_counts_is_looked_at_again(
    workspace: MakeWorkspace, run_json: Run, action: GetAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = workspace(FILES)
    for value in ("one", "two"):
        monkeypatch.setenv("MODE", value)
        told = run_json(root, "run", "make", "--dry-run")
        assert told.targets["app:make"]["fingerprint"] == action(root, "app:make").digest.hash


def test_a_target_that_cannot_be_planned_does_not_keep_others_from_being_remembered(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    files = {
        "a/pyproject.toml": '[project]\nname = "a"\nversion = "1"\n',
        "a/test_a.py": "def test_a():\n    pass\n",
        "b/pyproject.toml": '[project]\nname = "b"\nversion = "1"\nrequires-python = ">=3.99"\n',
        "b/test_b.py": "def test_b():\n    pass\n",
    }
    root = workspace(files)
    first = run_json(root, "test")
    second = run_json(root, "test")
    assert first.statuses() == second.statuses() == {"a:test": "passed", "b:test": "error"}
    assert first.sources()["a:test"] == "ran"
    assert second.sources()["a:test"] == "local-cache"
    assert first.targets["b:test"]["reason"] == second.targets["b:test"]["reason"]


def test_an_uncommitted_file_whose_name_is_no_text_is_no_obstacle(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    files = {"a/pyproject.toml": '[project]\nname = "a"\nversion = "1"\n'}
    root = workspace({**files, "a/test_a.py": "def test_a():\n    pass\n"})
    with open(bytes(root / "a") + b"/\xff.txt", "wb") as file:  # noqa: PTH123  a name in bytes
        file.write(b"1")
    assert run_json(root, "test").statuses() == {"a:test": "passed"}
    assert run_json(root, "test").sources() == {"a:test": "local-cache"}
