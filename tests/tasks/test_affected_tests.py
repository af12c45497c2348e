"""`affected --task test`: which test files can see a change, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oneroof.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git, MakeWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable

    Affected = Callable[[], dict[str, str]]

TEST = "def test_it():\n    pass\n"


def manifest(name: str, *needs: str) -> str:
    listed = ", ".join(f'"{each}"' for each in needs)
    return f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n'


@pytest.fixture
def root(workspace: MakeWorkspace, isolated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    del isolated
    made = workspace(
        {
            "hub/pyproject.toml": manifest("hub"),
            "hub/src/hub/__init__.py": "",
            "hub/src/hub/one.py": "",
            "hub/src/hub/two.py": "import hub.one\n",
            "hub/src/hub/data.json": "{}",
            "hub/tests/test_one.py": f"import hub.one\n{TEST}",
            "hub/tests/test_two.py": f"import hub.two\n{TEST}",
            "hub/tests/test_run.py": f"import subprocess\n{TEST}",
            "user/pyproject.toml": manifest("user", "hub"),
            "user/src/user/__init__.py": "import hub.two\n",
            "user/tests/test_user.py": f"import user\n{TEST}",
            "user/tests/test_none.py": TEST,
        }
    )
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def affected(capsys: pytest.CaptureFixture[str]) -> Affected:
    def call() -> dict[str, str]:
        capsys.readouterr()
        assert run(["affected", "--task", "test", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        return {each["path"]: each["reason"] for each in told["tests"]}

    return call


def edit(root: Path, path: str, text: str = "# edited\n") -> None:
    (root / path).write_text((root / path).read_text() + text)


WIDE = "hub/tests/test_run.py:1 has `subprocess`, which may reach any file: "


def test_a_test_is_told_with_the_way_to_what_changed(root: Path, affected: Affected) -> None:
    edit(root, "hub/src/hub/two.py")
    assert affected() == {
        "hub/tests/test_run.py": f"{WIDE}hub/src/hub/two.py modified",
        "hub/tests/test_two.py": "hub/tests/test_two.py -> hub/src/hub/two.py modified",
        "user/tests/test_user.py": (
            "user/tests/test_user.py -> user/src/user/__init__.py -> hub/src/hub/two.py modified"
        ),
    }


def test_a_data_file_is_told_to_all_that_reach_its_project(root: Path, affected: Affected) -> None:
    edit(root, "hub/src/hub/data.json", " ")
    assert set(affected()) == {
        "hub/tests/test_one.py",
        "hub/tests/test_two.py",
        "hub/tests/test_run.py",
        "user/tests/test_user.py",
    }


def test_a_test_of_another_project_concerns_nobody_else(root: Path, affected: Affected) -> None:
    edit(root, "hub/tests/test_one.py")
    assert set(affected()) == {"hub/tests/test_one.py", "hub/tests/test_run.py"}


def test_a_module_that_is_gone_concerns_all_who_may_have_had_it(
    root: Path, affected: Affected
) -> None:
    (root / "hub/src/hub/one.py").unlink()
    assert set(affected()) == {
        "hub/tests/test_one.py",
        "hub/tests/test_two.py",
        "hub/tests/test_run.py",
        "user/tests/test_user.py",
        "user/tests/test_none.py",
    }


def test_a_manifest_concerns_all_tests(root: Path, affected: Affected) -> None:
    edit(root, "user/pyproject.toml", '[project.scripts]\nx = "user:main"\n')
    assert set(affected()) == {"user/tests/test_user.py", "user/tests/test_none.py"}


def test_a_document_concerns_those_whose_code_names_it(root: Path, affected: Affected) -> None:
    (root / "hub/README.md").write_text("one")
    assert affected() == {}
    edit(root, "hub/tests/test_one.py", "def test_doc():\n    open('README.md')\n")
    found = affected()
    assert "hub/tests/test_one.py" in found
    assert "hub/tests/test_two.py" not in found


def test_a_helper_of_no_project_concerns_those_who_load_it(root: Path, affected: Affected) -> None:
    (root / "conftest.py").write_text("import helpers\n")
    (root / "helpers.py").write_text("")
    assert "user/tests/test_none.py" in affected()


def test_nothing_changed_is_an_empty_list(root: Path, affected: Affected) -> None:
    assert root.exists()
    assert affected() == {}


USERS = {"user/tests/test_user.py", "user/tests/test_none.py"}


def test_a_manifest_concerns_all_tests_of_dependents(root: Path, affected: Affected) -> None:
    edit(root, "hub/pyproject.toml", '[project.scripts]\nx = "hub:main"\n')
    assert set(affected()) >= USERS


def test_a_declared_input_concerns_all_tests(root: Path, affected: Affected, git: Git) -> None:
    more = '[tool.oneroof.tasks.test]\ninputs = ["/data/*", "tools/*.py"]\n'
    edit(root, "user/pyproject.toml", more)
    for path in ("data/rates.json", "user/tools/make.py"):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text("")
    git("add", "--all")
    git("commit", "--quiet", "--message=second")
    edit(root, "data/rates.json", "{}")
    assert set(affected()) == USERS
    git("checkout", "--quiet", ".")
    edit(root, "user/tools/make.py", "X = 1")
    assert set(affected()) == USERS


def test_an_input_of_a_dependency_concerns_all_tests(
    root: Path, affected: Affected, git: Git
) -> None:
    edit(root, "hub/pyproject.toml", '[tool.oneroof]\ninputs = ["/data/*"]\n')
    (root / "data").mkdir()
    (root / "data/rates.json").write_text("")
    git("add", "--all")
    git("commit", "--quiet", "--message=second")
    edit(root, "data/rates.json", "{}")
    assert set(affected()) >= USERS


KEPT = (
    '{"format": 1, "edges": [{"test": "user/tests/test_none.py", "files": ["data/*"], '
    '"found": "2026-01-31", "reason": "it failed"}]}'
)


def test_a_kept_edge_selects_its_test_alone(root: Path, affected: Affected, git: Git) -> None:
    (root / "data").mkdir()
    (root / "data/rates.json").write_text("")
    (root / ".oneroof-edges.json").write_text(KEPT)
    git("add", "--all")
    git("commit", "--quiet", "--message=second")
    edit(root, "data/rates.json", "{}")
    assert affected() == {
        "user/tests/test_none.py": (
            "data/rates.json modified; a kept edge of user/tests/test_none.py, "
            "found 2026-01-31: it failed"
        )
    }


def test_the_file_of_edges_concerns_nobody_by_itself(root: Path, affected: Affected) -> None:
    (root / ".oneroof-edges.json").write_text(KEPT)
    assert affected() == {}


def test_files_that_inputs_take_away_concern_no_test(
    root: Path, affected: Affected, git: Git
) -> None:
    edit(root, "hub/pyproject.toml", '[tool.oneroof.tasks.test]\ninputs = ["!src/hub/*.json"]\n')
    git("commit", "--quiet", "--all", "--message=second")
    edit(root, "hub/src/hub/data.json", " ")
    assert set(affected()) == {"user/tests/test_user.py"}
    git("checkout", "--quiet", ".")
    edit(root, "user/pyproject.toml", '[tool.oneroof]\ninputs = ["!/hub/src/hub/*.json"]\n')
    git("commit", "--quiet", "--all", "--message=third")
    edit(root, "hub/src/hub/data.json", " ")
    assert set(affected()) == set()
