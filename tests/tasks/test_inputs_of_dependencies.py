"""What a dependency declares as its input counts for all that depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import GetAction
    from tests.wheelhouse import Wheelhouse

FILES = {
    "lib/pyproject.toml": (
        '[project]\nname = "lib"\nversion = "1"\n[tool.oneroof]\ninputs = ["/shared/*.csv"]\n'
    ),
    "lib/lib/__init__.py": "",
    "app/pyproject.toml": (
        '[project]\nname = "app"\nversion = "1"\ndependencies = ["lib"]\n'
        '[tool.uv.sources]\nlib = { path = "../lib" }\n'
    ),
    "app/app/__init__.py": "",
    "app/tests/test_app.py": "def test_app():\n    pass\n",
    "shared/rates.csv": "1\n",
    "shared/rates.txt": "1\n",
}


def test_a_declared_input_of_a_dependency_changes_the_action_of_its_dependent(
    workspace: MakeWorkspace, wheelhouse: Wheelhouse, action: GetAction
) -> None:
    del wheelhouse
    root = workspace(FILES)
    before = action(root, "app:test").digest
    (root / "shared/rates.txt").write_text("2\n")
    assert action(root, "app:test").digest == before
    (root / "shared/rates.csv").write_text("2\n")
    assert action(root, "app:test").digest != before


def narrowed(task: str, *globs: str) -> str:
    listed = ", ".join(f'"{each}"' for each in globs)
    return FILES["app/pyproject.toml"] + f"[tool.oneroof{task}]\ninputs = [{listed}]\n"


NOTES = {
    **FILES,
    "app/tests/notes.txt": "1\n",
    "app/assets/big.bin": "1\n",
    "lib/lib/table.csv": "1\n",
}


def test_files_that_inputs_take_away_count_no_more(
    workspace: MakeWorkspace, wheelhouse: Wheelhouse, action: GetAction
) -> None:
    del wheelhouse
    manifest = narrowed("", "!assets/**", "!/lib/lib/*.csv")
    root = workspace({**NOTES, "app/pyproject.toml": manifest})
    before = action(root, "app:test").digest
    (root / "app/assets/big.bin").write_text("2\n")
    (root / "lib/lib/table.csv").write_text("2\n")
    assert action(root, "app:test").digest == before
    (root / "app/tests/notes.txt").write_text("2\n")
    assert action(root, "app:test").digest != before


def test_inputs_of_a_task_take_away_from_that_task_alone(
    workspace: MakeWorkspace, wheelhouse: Wheelhouse, action: GetAction
) -> None:
    del wheelhouse
    manifest = narrowed(".tasks.test", "!assets/**") + '[tool.oneroof.tasks.own]\ncommand = "x"\n'
    root = workspace({**NOTES, "app/pyproject.toml": manifest})
    test, own = action(root, "app:test").digest, action(root, "app:own").digest
    (root / "app/assets/big.bin").write_text("2\n")
    assert action(root, "app:test").digest == test
    assert action(root, "app:own").digest != own


def test_what_a_dependency_takes_away_counts_for_no_dependent(
    workspace: MakeWorkspace, wheelhouse: Wheelhouse, action: GetAction
) -> None:
    del wheelhouse
    manifest = FILES["lib/pyproject.toml"].replace('"/shared/*.csv"', '"!lib/*.csv"')
    root = workspace({**NOTES, "lib/pyproject.toml": manifest})
    before = action(root, "app:test").digest
    (root / "lib/lib/table.csv").write_text("2\n")
    assert action(root, "app:test").digest == before
