"""Files that git ignores count where `inputs` name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import Run

pytestmark = pytest.mark.usefixtures("wheelhouse")


@pytest.fixture
def root(workspace: MakeWorkspace) -> Path:
    return workspace(
        {
            ".gitignore": ".env\nbuild/\n",
            "p/pyproject.toml": (
                '[project]\nname = "p"\nversion = "1"\n'
                '[tool.oneroof.tasks.test]\ninputs = [".env", "build/**/*.json", "/made"]\n'
            ),
            "p/test_p.py": "def test_p():\n    pass\n",
        }
    )


@pytest.mark.parametrize("path", ["p/.env", "p/build/deep/x.json", "made"])
def test_a_change_of_one_runs_again(root: Path, run_json: Run, path: str) -> None:
    def source() -> object:
        return run_json(root, "test").sources()["p:test"]

    assert [source(), source()] == ["ran", "local-cache"]
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("1")
    assert [source(), source()] == ["ran", "local-cache"]
    (root / path).write_text("2")
    assert [source(), source()] == ["ran", "local-cache"]
    (root / path).unlink()
    assert source() == "local-cache"


def test_what_no_glob_means_does_not_count(root: Path, run_json: Run) -> None:
    run_json(root, "test")
    (root / "p/build").mkdir()
    (root / "p/build/x.txt").write_text("1")
    assert run_json(root, "test").sources()["p:test"] == "local-cache"
