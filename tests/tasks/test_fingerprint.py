"""The laws of fingerprints: equal content gives equal actions, and what counts changes them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git, MakeWorkspace
    from tests.tasks.conftest import GetAction
    from tests.wheelhouse import Wheelhouse

FILES = {
    "pyproject.toml": (
        '[project]\nname = "root"\nversion = "1"\n[dependency-groups]\nlint = ["ruff"]\n'
        "[tool.ruff]\nline-length = 80\n[tool.pytest.ini_options]\naddopts = []\n"
    ),
    "README.md": "# all\n",
    ".github/workflows/ci.yml": "on: push\n",
    "lib/pyproject.toml": '[project]\nname = "lib"\nversion = "1"\ndescription = "old"\n',
    "lib/lib/__init__.py": "def one():\n    return 1\n",
    "lib/lib/data.json": "{}\n",
    "lib/tests/test_lib.py": "def test_one():\n    assert True\n",
    "lib/README.md": "# lib\n",
    "app/pyproject.toml": (
        '[project]\nname = "app"\nversion = "1"\ndependencies = ["lib"]\n'
        '[tool.uv.sources]\nlib = { path = "../lib" }\n'
        '[tool.oneroof.tasks.test]\nenv = ["MODE"]\ninputs = ["/shared/*.sql"]\n'
    ),
    "app/app/__init__.py": "import lib\n",
    "app/tests/test_app.py": "def test_app():\n    assert True\n",
    "app/docs/index.md": "text\n",
    "app/conftest.py": "",
    "shared/schema.sql": "create\n",
    "other/pyproject.toml": '[project]\nname = "other"\nversion = "1"\n',
    "other/other.py": "",
    "other/test_other.py": "def test_other():\n    pass\n",
}


@pytest.fixture
def root(workspace: MakeWorkspace, wheelhouse: Wheelhouse) -> Path:
    wheelhouse.add("ruff", "0.9.0")
    return workspace(FILES)


def _append(root: Path, path: str, text: str = "\n") -> None:
    with (root / path).open("a") as file:
        file.write(text)


def test_the_same_content_elsewhere_has_the_same_action(
    root: Path, action: GetAction, tmp_path: Path
) -> None:
    clone = tmp_path / "far" / "away"
    subprocess.run(["git", "clone", "-q", root, clone], check=True)
    for name in ("app:test", "lib:test", "app:lint", "other:test"):
        assert action(root, name) == action(clone, name)


def test_committed_or_not_is_the_same(root: Path, action: GetAction, git: Git) -> None:
    _append(root, "app/app/__init__.py", "x = 1\n")
    (root / "app/app/new.py").write_text("y = 1\n")
    before = action(root, "app:test")
    git("add", "--all")
    git("commit", "-qm", "second")
    assert action(root, "app:test") == before


def test_times_do_not_count(root: Path, action: GetAction) -> None:
    before = action(root, "app:test")
    for path in FILES:
        (root / path).touch()
    assert action(root, "app:test") == before


@pytest.mark.parametrize(
    "path",
    [
        "app/app/__init__.py",
        "app/tests/test_app.py",
        "app/conftest.py",
        "lib/lib/__init__.py",
        "lib/lib/data.json",
        "shared/schema.sql",
    ],
)
def test_any_byte_of_an_input_counts(root: Path, action: GetAction, path: str) -> None:
    before = action(root, "app:test")
    _append(root, path)
    assert action(root, "app:test").digest != before.digest


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        ".github/workflows/ci.yml",
        "lib/README.md",
        "app/docs/index.md",
        "lib/tests/test_lib.py",
        "other/other.py",
    ],
)
def test_prose_services_and_tests_of_others_do_not_count(
    root: Path, action: GetAction, path: str
) -> None:
    before = action(root, "app:test")
    _append(root, path)
    assert action(root, "app:test") == before


@pytest.mark.parametrize("path", ["app/app/more.py", "lib/lib/more.py", "app/tests/data.txt"])
def test_a_file_that_comes_or_goes_counts(root: Path, action: GetAction, path: str) -> None:
    before = action(root, "app:test")
    (root / path).write_text("")
    assert action(root, "app:test").digest != before.digest
    (root / path).unlink()
    assert action(root, "app:test") == before


def test_a_file_that_may_be_run_differs_from_one_that_may_not(
    root: Path, action: GetAction
) -> None:
    before = action(root, "app:test")
    (root / "app/app/__init__.py").chmod(0o755)
    assert action(root, "app:test").digest != before.digest


def test_what_git_ignores_does_not_count(root: Path, action: GetAction) -> None:
    before = action(root, "app:test")
    (root / ".git/info/exclude").write_text("*.tmp\n")
    (root / "app/app/a.tmp").write_text("x")
    assert action(root, "app:test") == before


def test_a_description_changes_nothing_for_those_who_depend_on_it(
    root: Path, action: GetAction
) -> None:
    before = action(root, "app:test")
    text = (root / "lib/pyproject.toml").read_text()
    (root / "lib/pyproject.toml").write_text(text.replace("old", "new") + "# a comment\n")
    assert action(root, "app:test") == before


def test_a_ruff_setting_concerns_lint_and_not_tests(root: Path, action: GetAction) -> None:
    tests, lint = action(root, "app:test"), action(root, "app:lint")
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.replace("80", "100"))
    assert action(root, "app:test") == tests
    assert action(root, "app:lint").digest != lint.digest


def test_a_pytest_setting_concerns_tests_and_not_lint(root: Path, action: GetAction) -> None:
    tests, lint = action(root, "app:test"), action(root, "app:lint")
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.replace("addopts = []", 'addopts = ["-x"]'))
    assert action(root, "app:lint") == lint
    assert action(root, "app:test").digest != tests.digest


def test_lint_looks_at_the_projects_own_python_only(root: Path, action: GetAction) -> None:
    before = action(root, "app:lint")
    _append(root, "lib/lib/__init__.py")
    _append(root, "shared/schema.sql")
    (root / "app/app/data.json").write_text("{}")
    assert action(root, "app:lint").command == before.command
    assert action(root, "app:lint").inputs == before.inputs
    _append(root, "app/app/__init__.py")
    assert action(root, "app:lint").digest != before.digest


def test_a_declared_variable_counts_and_others_do_not(
    root: Path, action: GetAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MODE", raising=False)
    unset = action(root, "app:test")
    monkeypatch.setenv("MODE", "")
    empty = action(root, "app:test")
    monkeypatch.setenv("MODE", "fast")
    assert len({unset.digest, empty.digest, action(root, "app:test").digest}) == 3
    before = action(root, "other:test")
    monkeypatch.setenv("MODE", "slow")
    monkeypatch.setenv("SOMETHING_ELSE", "1")
    assert action(root, "other:test") == before


def test_the_value_of_a_variable_is_not_written_down(
    root: Path, action: GetAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODE", "a-secret-value")
    assert b"a-secret-value" not in action(root, "app:test").blob


def test_another_pin_counts(root: Path, action: GetAction, wheelhouse: Wheelhouse) -> None:
    wheelhouse.add("tiny", "1.0")
    text = (root / "lib/pyproject.toml").read_text()
    (root / "lib/pyproject.toml").write_text(text + 'dependencies = ["tiny"]\n')
    before = action(root, "app:test")
    wheelhouse.add("tiny", "2.0")
    (root / "lib/pyproject.toml").write_text(text + 'dependencies = ["tiny>1"]\n')
    after = action(root, "app:test")
    pins = [
        {fact.name: fact.value.split()[0] for fact in each.inputs if fact.name == "pin:tiny"}
        for each in (before, after)
    ]
    assert pins == [{"pin:tiny": "1.0"}, {"pin:tiny": "2.0"}]
    assert before.digest != after.digest


def test_a_resolution_is_kept_until_its_requirements_change(
    root: Path, action: GetAction, wheelhouse: Wheelhouse
) -> None:
    wheelhouse.add("tiny", "1.0")
    text = (root / "lib/pyproject.toml").read_text()
    (root / "lib/pyproject.toml").write_text(text + 'dependencies = ["tiny"]\n')
    before = action(root, "app:test")
    wheelhouse.add("tiny", "2.0")
    assert action(root, "app:test") == before


def test_each_fact_has_a_name_of_its_own(root: Path, action: GetAction) -> None:
    names = [fact.name for fact in action(root, "app:test").inputs]
    assert len(names) == len(set(names))
    assert {"files:app", "files:lib", "manifest:app", "manifest:lib", "interpreter"} <= set(names)
    assert "files:other" not in names


def test_no_path_of_this_machine_is_inside(root: Path, action: GetAction, tmp_path: Path) -> None:
    for name in ("app:test", "app:lint"):
        assert str(tmp_path).encode() not in action(root, name).blob


@pytest.mark.parametrize("content", ["on: pull_request\n", "x: 1\n"])
def test_declared_for_everything_counts_everywhere(
    root: Path, action: GetAction, content: str
) -> None:
    text = (root / "pyproject.toml").read_text()
    setting = '[tool.oneroof]\neverything = [".github/workflows/*.yml"]\n'
    (root / "pyproject.toml").write_text(text + setting)
    before = action(root, "other:test")
    (root / ".github/workflows/ci.yml").write_text(content)
    assert action(root, "other:test").digest != before.digest


def test_files_behind_a_link_count(root: Path, action: GetAction) -> None:
    (root / "app/app/linked").symlink_to("../../shared")
    before = action(root, "app:test")
    _append(root, "shared/schema.sql")
    assert action(root, "app:test").digest != before.digest


def test_types_look_into_all_that_a_project_depends_on(
    root: Path, action: GetAction, wheelhouse: Wheelhouse
) -> None:
    wheelhouse.add("mypy", "1.0")
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.replace('["ruff"]', '["ruff", "mypy"]'))
    before = action(root, "app:types")
    _append(root, "lib/lib/__init__.py")
    assert action(root, "app:types").digest != before.digest


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/ruff.toml", "line-length = 99\n"),
        ("app/mypy.ini", "[mypy]\n"),
        ("app/tox.ini", "[testenv]\n"),
        ("ruff.toml", "line-length = 99\n"),
    ],
)
def test_a_task_of_ones_own_may_read_any_configuration(
    root: Path, action: GetAction, path: str, text: str
) -> None:
    manifest = (root / "app/pyproject.toml").read_text()
    task = '[tool.oneroof.tasks.own]\ncommand = "ruff check"\n'
    (root / "app/pyproject.toml").write_text(manifest + task)
    before = action(root, "app:own")
    (root / path).write_text(text)
    assert action(root, "app:own").digest != before.digest


def test_what_a_target_needs_counts_for_it(root: Path, action: GetAction) -> None:
    manifest = (root / "app/pyproject.toml").read_text()
    tasks = (
        '[tool.oneroof.tasks.second]\ncommand = "true"\nneeds = ["first"]\n'
        '[tool.oneroof.tasks.first]\ncommand = "true"\ninputs = ["/other/*.py"]\n'
    )
    (root / "app/pyproject.toml").write_text(manifest + tasks)
    before = action(root, "app:second")
    _append(root, "other/other.py")
    assert action(root, "app:second").digest != before.digest
