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
