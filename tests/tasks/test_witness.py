"""Files that are edited while a result comes about: it is not kept under either content."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import Run
    from tests.wheelhouse import Wheelhouse

MANIFEST = '[project]\nname = "p"\nversion = "1"\n'


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


def test_a_result_that_a_new_file_made_possible_is_not_kept(
    workspace: MakeWorkspace, wheelhouse: Wheelhouse, run_json: Run
) -> None:
    del wheelhouse
    root = workspace(
        {
            "p/pyproject.toml": MANIFEST,
            "p/test_p.py": (
                "import pathlib\n\ndef test_p():\n"
                "    path = pathlib.Path('data.txt')\n    path.write_text('')\n"
            ),
        }
    )
    assert run_json(root, "test").sources() == {"p:test": "ran"}
    (root / "p/data.txt").unlink()
    assert run_json(root, "test").sources() == {"p:test": "ran"}


def test_a_result_of_files_changed_and_changed_back_is_not_kept(
    workspace: MakeWorkspace, wheelhouse: Wheelhouse, run_json: Run
) -> None:
    del wheelhouse
    root = workspace(
        {
            "p/pyproject.toml": MANIFEST,
            "p/data.txt": "1",
            "p/test_p.py": (
                "import pathlib\n\ndef test_p():\n"
                "    path = pathlib.Path('data.txt')\n    path.write_text('1')\n"
            ),
        }
    )
    assert run_json(root, "test").sources() == {"p:test": "ran"}
    assert run_json(root, "test").sources() == {"p:test": "ran"}
