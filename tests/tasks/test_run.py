"""Whole runs of small workspaces: what runs, what is kept, what becomes of each target."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Git, MakeWorkspace
    from tests.tasks.conftest import Run
    from tests.wheelhouse import Wheelhouse

pytestmark = pytest.mark.usefixtures("wheelhouse")

PASSING = "def test_it():\n    assert True\n"
FAILING = "def test_it():\n    assert 1 == 2, 'one is not two'\n"


def manifest(name: str, more: str = "") -> str:
    return f'[project]\nname = "{name}"\nversion = "1"\n{more}'


def task(name: str, command: str, more: str = "") -> str:
    return f"[tool.oneroof.tasks.{name}]\ncommand = '''{command}'''\n{more}\n"


def python(code: str) -> str:
    return f'python -c "{code}"'


def test_the_second_run_runs_nothing(workspace: MakeWorkspace, run_json: Run) -> None:
    root = workspace(
        {
            "a/pyproject.toml": manifest("a"),
            "a/test_a.py": PASSING,
            "b/pyproject.toml": manifest("b"),
            "b/test_b.py": PASSING + PASSING.replace("test_it", "test_more"),
        }
    )
    first = run_json(root, "test")
    assert first.statuses() == {"a:test": "passed", "b:test": "passed"}
    assert first.targets["b:test"]["tests"] == {
        "passed": 2,
        "failed": 0,
        "skipped": 0,
        "cached": 0,
    }
    second = run_json(root, "test")
    assert second.sources() == {"a:test": "local-cache", "b:test": "local-cache"}
    assert second.targets["b:test"]["tests"] == {
        "passed": 2,
        "failed": 0,
        "skipped": 0,
        "cached": 2,
    }
    assert (first.exit_code, second.exit_code) == (0, 0)


def test_only_what_an_edit_touches_runs_again(workspace: MakeWorkspace, run_json: Run) -> None:
    root = workspace(
        {
            "lib/pyproject.toml": manifest("lib"),
            "lib/lib.py": "x = 1\n",
            "lib/test_lib.py": "import lib\n" + PASSING,
            "app/pyproject.toml": manifest(
                "app",
                'dependencies = ["lib"]\n[tool.uv.sources]\nlib = { path = "../lib" }\n',
            ),
            "app/test_app.py": "def test_x():\n    import lib\n    assert lib.x\n",
            "other/pyproject.toml": manifest("other"),
            "other/test_other.py": PASSING,
        }
    )
    run_json(root, "test")
    (root / "lib/lib.py").write_text("x = 2\n")
    assert run_json(root, "test").sources() == {
        "app:test": "ran",
        "lib:test": "ran",
        "other:test": "local-cache",
    }
    (root / "lib/lib.py").write_text("x = 1\n")
    assert set(run_json(root, "test").sources().values()) == {"local-cache"}


def test_no_tests_at_all_is_no_failure(workspace: MakeWorkspace, run_json: Run) -> None:
    root = workspace({"a/pyproject.toml": manifest("a"), "a/test_a.py": "x = 1\n"})
    told = run_json(root, "test")
    assert told.statuses() == {"a:test": "passed"}
    assert told.exit_code == 0


def test_a_failure_is_shown_whole_and_never_replayed(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    root = workspace(
        {
            "a/pyproject.toml": manifest("a"),
            "a/test_a.py": FAILING,
            "b/pyproject.toml": manifest("b"),
            "b/test_b.py": PASSING,
        }
    )
    for _ in range(2):
        told = run_json(root, "test")
        assert told.statuses() == {"a:test": "failed", "b:test": "passed"}
        assert told.targets["a:test"]["source"] == "ran"
        assert told.targets["a:test"]["failing"] == ["test_a::test_it"]
        assert told.exit_code == 1
        log = Path(str(told.targets["a:test"]["log"])).read_text()
        assert "one is not two" in log


def test_tests_that_cannot_be_collected_are_a_failure(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    root = workspace({"a/pyproject.toml": manifest("a"), "a/test_a.py": "import nowhere\n"})
    told = run_json(root, "test")
    assert told.statuses() == {"a:test": "failed"}
    assert told.targets["a:test"]["reason"] == "some tests could not be collected"
    assert told.exit_code == 1


@pytest.mark.parametrize("package", ["a/tests/__init__.py", "a/a/__init__.py"])
def test_unittest_is_run_and_counted(workspace: MakeWorkspace, run_json: Run, package: str) -> None:
    test = (
        "import unittest\n\nclass T(unittest.TestCase):\n"
        "    def test_good(self):\n        pass\n"
        "    @unittest.skip('later')\n    def test_later(self):\n        pass\n"
    )
    root = workspace(
        {
            "a/pyproject.toml": manifest("a"),
            package: "",
            "a/tests/test_a.py": test,
        }
    )
    told = run_json(root, "test")
    assert told.targets["a:test"]["tests"] == {
        "passed": 1,
        "failed": 0,
        "skipped": 1,
        "cached": 0,
    }


def test_projects_with_files_of_one_name_do_not_meet(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    # Row H9: one process and one environment for each project.
    def test_file(name: str) -> str:
        return (
            "import os\nimport sys\n\ndef test_it():\n"
            f"    assert os.path.basename(os.getcwd()) == {name!r}\n"
            "    assert not hasattr(sys, 'seen')\n    sys.seen = True\n"
        )

    files = {}
    for name in ("a", "b", "c"):
        files[f"{name}/pyproject.toml"] = manifest(name)
        files[f"{name}/tests/test_main.py"] = test_file(name)
    told = run_json(workspace(files), "test")
    assert told.statuses() == {"a:test": "passed", "b:test": "passed", "c:test": "passed"}


def test_no_interpreter_is_an_error_that_names_those_found(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    root = workspace(
        {
            "old/pyproject.toml": manifest("old", 'requires-python = "<3"\n'),
            "old/test_old.py": PASSING,
            "new/pyproject.toml": manifest("new"),
            "new/test_new.py": PASSING,
        }
    )
    told = run_json(root, "test")
    assert told.statuses() == {"new:test": "passed", "old:test": "error"}
    reason = str(told.targets["old:test"]["reason"])
    assert "`<3`" in reason
    assert re.search(r"3\.\d+\.\d+", reason)
    assert told.exit_code == 1


def test_requirements_that_cannot_be_had_stop_only_their_project(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    root = workspace(
        {
            "a/pyproject.toml": manifest("a", 'dependencies = ["no-such-thing"]\n'),
            "a/test_a.py": PASSING,
            "b/pyproject.toml": manifest("b"),
            "b/test_b.py": PASSING,
        }
    )
    told = run_json(root, "test")
    assert told.statuses() == {"a:test": "error", "b:test": "passed"}
    assert "`no-such-thing`" in str(told.targets["a:test"]["reason"])


def test_what_is_not_declared_cannot_be_imported(
    workspace: MakeWorkspace, run_json: Run, wheelhouse: Wheelhouse
) -> None:
    wheelhouse.add("tiny")
    uses = "def test_it():\n    import tiny\n    assert tiny.__version__\n"
    root = workspace(
        {
            "a/pyproject.toml": manifest("a", 'dependencies = ["tiny"]\n'),
            "a/test_a.py": uses,
            "b/pyproject.toml": manifest("b"),
            "b/test_b.py": uses,
        }
    )
    assert run_json(root, "test").statuses() == {"a:test": "passed", "b:test": "failed"}


def test_a_run_leaves_nothing_in_the_source_tree(
    workspace: MakeWorkspace, run_json: Run, git: Git
) -> None:
    root = workspace(
        {"a/pyproject.toml": manifest("a"), "a/a.py": "", "a/test_a.py": "import a\n" + PASSING}
    )
    run_json(root, "test")
    assert git("status", "--porcelain", "--ignored") == ""


def test_fail_fast_starts_nothing_more(workspace: MakeWorkspace, run_json: Run) -> None:
    files = {}
    for name in ("a", "b", "c"):
        files[f"{name}/pyproject.toml"] = manifest(name, task("go", "false"))
    told = run_json(workspace(files), "run", "go", "--fail-fast", "--jobs", "1")
    assert sorted(map(str, told.statuses().values())) == ["failed", "skipped", "skipped"]
    assert told.exit_code == 1


def test_keep_going_is_the_default(workspace: MakeWorkspace, run_json: Run) -> None:
    files = {}
    for name in ("a", "b", "c"):
        files[f"{name}/pyproject.toml"] = manifest(name, task("go", "false"))
    told = run_json(workspace(files), "run", "go", "--jobs", "1")
    assert list(told.statuses().values()) == ["failed"] * 3


def test_a_task_of_ones_own_sees_its_variables_and_no_others(
    workspace: MakeWorkspace, run_json: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "yes")
    monkeypatch.setenv("NOT_MINE", "no")
    code = "import os; assert os.environ['MINE'] == 'yes'; assert 'NOT_MINE' not in os.environ"
    root = workspace(
        {"a/pyproject.toml": manifest("a", task("look", python(code), 'env = ["MINE"]'))}
    )
    assert run_json(root, "run", "look").statuses() == {"a:look": "passed"}
    monkeypatch.setenv("MINE", "other")
    assert run_json(root, "run", "look").statuses() == {"a:look": "failed"}


def test_a_timeout_ends_a_task(workspace: MakeWorkspace, run_json: Run) -> None:
    code = "import time; time.sleep(600)"
    root = workspace(
        {"a/pyproject.toml": manifest("a", task("sleep", python(code), "timeout = 0.5"))}
    )
    told = run_json(root, "run", "sleep")
    assert told.statuses() == {"a:sleep": "failed"}
    assert str(told.targets["a:sleep"]["reason"]).startswith("timed out after 0.")
    assert told.exit_code == 1


def test_no_cache_runs_everything(workspace: MakeWorkspace, run_json: Run) -> None:
    root = workspace({"a/pyproject.toml": manifest("a", task("go", "true"))})
    run_json(root, "run", "go")
    assert run_json(root, "run", "go").sources() == {"a:go": "local-cache"}
    assert run_json(root, "run", "go", "--no-cache").sources() == {"a:go": "ran"}


def test_a_task_that_is_not_to_be_kept_runs_each_time(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    root = workspace({"a/pyproject.toml": manifest("a", task("go", "true", "cache = false"))})
    for _ in range(2):
        assert run_json(root, "run", "go").sources() == {"a:go": "ran"}


def test_words_for_the_tool_make_a_run_that_is_not_kept(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    root = workspace(
        {
            "a/pyproject.toml": manifest("a"),
            "a/test_a.py": PASSING + FAILING.replace("test_it", "test_bad"),
        }
    )
    told = run_json(root, "test", "a", "--", "-k", "test_it")
    assert told.statuses() == {"a:test": "passed"}
    assert run_json(root, "test").statuses() == {"a:test": "failed"}


def test_another_clone_of_the_same_content_runs_nothing(
    workspace: MakeWorkspace, run_json: Run, git: Git, tmp_path: Path
) -> None:
    root = workspace({"a/pyproject.toml": manifest("a"), "a/test_a.py": PASSING})
    run_json(root, "test")
    git("clone", "-q", str(root), str(tmp_path / "clone"))
    assert run_json(tmp_path / "clone", "test").sources() == {"a:test": "local-cache"}


def test_another_index_may_give_other_pins(
    workspace: MakeWorkspace,
    run_json: Run,
    wheelhouse: Wheelhouse,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    wheelhouse.add("tiny", "1.0")
    root = workspace(
        {
            "a/pyproject.toml": manifest("a", 'dependencies = ["tiny"]\n'),
            "a/test_a.py": "import tiny\n\ndef test_it():\n    assert tiny.__version__ == '1.0'\n",
        }
    )
    assert run_json(root, "test").statuses() == {"a:test": "passed"}
    further = type(wheelhouse)(tmp_path / "further")
    further.link_from(wheelhouse)
    further.add("tiny", "2.0")
    monkeypatch.setenv("UV_FIND_LINKS", str(further.folder))
    assert run_json(root, "test").statuses() == {"a:test": "failed"}


def test_outputs_are_never_taken_for_made(workspace: MakeWorkspace, run_json: Run) -> None:
    make = task("make", python("open('made','w')"), 'outputs = ["made"]')
    root = workspace({"a/pyproject.toml": manifest("a", make), ".gitignore": "made\n"})
    for _ in range(2):
        run_json(root, "run", "make")
        assert (root / "a/made").exists()
        (root / "a/made").unlink()


def test_a_task_that_installs_into_its_environment_is_not_kept_and_spoils_nothing(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    code = "import sysconfig; open(sysconfig.get_path('purelib') + '/ghost.py', 'w')"
    root = workspace(
        {
            "a/pyproject.toml": manifest("a", task("put", python(code)))
            + task("look", python("import ghost")),
        }
    )
    first = run_json(root, "run", "put")
    assert first.targets["a:put"]["reason"] == (
        "not kept: something was installed into its environment"
    )
    assert run_json(root, "run", "look").statuses() == {"a:look": "failed"}
    assert run_json(root, "run", "put").sources() == {"a:put": "ran"}


def test_a_conftest_that_cannot_be_imported_is_a_failure_of_the_tests(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    files = {
        "a/pyproject.toml": manifest("a"),
        "a/tests/conftest.py": "import nowhere\n",
        "a/tests/test_a.py": PASSING,
    }
    told = run_json(workspace(files), "test")
    assert told.statuses() == {"a:test": "failed"}
    assert told.targets["a:test"]["reason"] == "a conftest.py could not be imported"
