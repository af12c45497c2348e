"""Results test file by test file: what runs after a change, what is kept, when all is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import Run

pytestmark = pytest.mark.usefixtures("wheelhouse")


def manifest(name: str, *needs: str, more: str = "") -> str:
    listed = ", ".join(f'"{each}"' for each in needs)
    return f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n{more}'


def imports(*modules: str) -> str:
    return "".join(f"import {each}\n" for each in modules) + "def test_it():\n    assert True\n"


@pytest.fixture
def root(workspace: MakeWorkspace, run_json: Run) -> Path:
    """A hub of two modules and a data file, and a user of it; everything has passed once."""
    made = workspace(
        {
            "hub/pyproject.toml": manifest("hub"),
            "hub/src/hub/__init__.py": "",
            "hub/src/hub/one.py": "ONE = 1\n",
            "hub/src/hub/two.py": "import hub.one\n",
            "hub/src/hub/data.json": "{}",
            "hub/tests/test_one.py": imports("hub.one"),
            "hub/tests/test_two.py": imports("hub.two"),
            "hub/tests/test_none.py": imports(),
            "user/pyproject.toml": manifest("user", "hub"),
            "user/src/user/__init__.py": "import hub.one\n",
            "user/src/user/more.py": "import hub.two\n",
            "user/tests/test_user.py": imports("user"),
            "user/tests/test_more.py": imports("user.more"),
        }
    )
    assert run_json(made, "test").exit_code == 0
    return made


def ran(root: Path, run_json: Run) -> dict[str, tuple[object, object, object]]:
    """For each target: where its result is from, and how many of its tests were cached."""
    told = run_json(root, "test")
    assert set(told.statuses().values()) == {"passed"}
    found = {}
    for name, each in told.targets.items():
        tests = each["tests"]
        assert isinstance(tests, dict)
        found[name] = (each["source"], tests["cached"], tests["passed"])
    return found


def edit(root: Path, path: str, text: str = "# edited\n") -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(place.read_text() + text if place.exists() else text)


def test_only_files_that_can_see_a_change_run(root: Path, run_json: Run) -> None:
    edit(root, "hub/src/hub/two.py")
    assert ran(root, run_json) == {
        "hub:test": ("ran", 2, 3),
        "user:test": ("ran", 1, 2),
    }


def test_what_all_files_see_runs_all_of_them(root: Path, run_json: Run) -> None:
    edit(root, "hub/src/hub/one.py")
    assert ran(root, run_json) == {"hub:test": ("ran", 1, 3), "user:test": ("ran", 0, 2)}


def test_a_test_file_runs_alone_when_it_is_edited(root: Path, run_json: Run) -> None:
    edit(root, "user/tests/test_more.py")
    assert ran(root, run_json) == {"hub:test": ("local-cache", 3, 3), "user:test": ("ran", 1, 2)}


def test_a_module_that_no_test_sees_runs_nothing(root: Path, run_json: Run) -> None:
    edit(root, "hub/src/hub/unused.py")
    assert ran(root, run_json) == {
        "hub:test": ("local-cache", 3, 3),
        "user:test": ("local-cache", 2, 2),
    }


def test_a_data_file_counts_for_all_that_reach_its_project(root: Path, run_json: Run) -> None:
    edit(root, "hub/src/hub/data.json", " ")
    assert ran(root, run_json) == {"hub:test": ("ran", 0, 3), "user:test": ("ran", 0, 2)}


def test_going_back_to_an_older_state_finds_its_results(root: Path, run_json: Run) -> None:
    edit(root, "hub/src/hub/two.py")
    run_json(root, "test")
    (root / "hub/src/hub/two.py").write_text("import hub.one\n")
    edit(root, "user/tests/test_user.py")
    assert ran(root, run_json) == {"hub:test": ("local-cache", 3, 3), "user:test": ("ran", 1, 2)}


def test_a_failing_file_runs_again_and_the_others_do_not(root: Path, run_json: Run) -> None:
    edit(root, "hub/tests/test_two.py", "def test_bad():\n    assert 0\n")
    edit(root, "hub/src/hub/one.py")
    first = run_json(root, "test", "hub")
    assert first.statuses() == {"hub:test": "failed"}
    again = run_json(root, "test", "hub")
    tests = again.targets["hub:test"]["tests"]
    assert tests == {"passed": 3, "failed": 1, "skipped": 0, "cached": 2}


def test_a_new_test_file_makes_the_whole_target_run(root: Path, run_json: Run) -> None:
    edit(root, "hub/tests/test_new.py", imports())
    assert ran(root, run_json)["hub:test"] == ("ran", 0, 4)


def test_a_file_with_computed_imports_sees_everything(root: Path, run_json: Run) -> None:
    edit(
        root,
        "hub/tests/test_none.py",
        "import importlib\ndef test_all():\n"
        "    for name in ['one', 'two']:\n        importlib.import_module('hub.' + name)\n",
    )
    run_json(root, "test")
    edit(root, "hub/src/hub/two.py")
    assert ran(root, run_json)["hub:test"] == ("ran", 1, 4)


def test_a_conftest_counts_for_every_file_of_its_project(root: Path, run_json: Run) -> None:
    edit(root, "hub/tests/conftest.py", "import hub.two\n")
    assert ran(root, run_json)["hub:test"] == ("ran", 0, 3)
    edit(root, "hub/src/hub/two.py")
    assert ran(root, run_json)["hub:test"] == ("ran", 0, 3)


def test_configuration_of_pytest_counts_for_every_file(root: Path, run_json: Run) -> None:
    edit(root, "hub/pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-q"\n')
    assert ran(root, run_json)["hub:test"] == ("ran", 0, 3)


def test_files_that_a_conftest_keeps_from_being_collected_are_never_named(
    root: Path, run_json: Run
) -> None:
    edit(root, "hub/tests/conftest.py", "collect_ignore_glob = ['*_off*']\n")
    edit(root, "hub/tests/test_off.py", "def test_off():\n    assert 0\n")
    assert ran(root, run_json)["hub:test"] == ("ran", 0, 3)
    edit(root, "hub/tests/test_off.py")
    assert ran(root, run_json)["hub:test"] == ("ran", 0, 3)
    edit(root, "hub/src/hub/two.py")
    assert ran(root, run_json)["hub:test"] == ("ran", 2, 3)


def test_a_floor_that_only_all_tests_reach_runs_all_of_them(root: Path, run_json: Run) -> None:
    floor = (
        "def pytest_sessionfinish(session):\n"
        "    if session.testscollected < 3:\n        session.exitstatus = 1\n"
    )
    edit(root, "hub/tests/conftest.py", floor)
    run_json(root, "test")
    edit(root, "hub/src/hub/two.py")
    assert ran(root, run_json)["hub:test"] == ("ran", 0, 3)


def test_a_run_that_stops_at_the_first_failure_keeps_no_file(root: Path, run_json: Run) -> None:
    edit(root, "hub/pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-x"\n')
    edit(root, "hub/tests/test_one.py", "def test_bad():\n    assert 0\n")
    run_json(root, "test", "hub")
    (root / "hub/tests/test_one.py").write_text(imports("hub.one"))
    assert ran(root, run_json)["hub:test"] == ("ran", 0, 3)


def test_no_cache_runs_every_file(root: Path, run_json: Run) -> None:
    edit(root, "hub/src/hub/two.py")
    told = run_json(root, "test", "hub", "--no-cache")
    tests = told.targets["hub:test"]["tests"]
    assert tests == {"passed": 3, "failed": 0, "skipped": 0, "cached": 0}


def test_a_document_counts_where_a_file_mentions_it(root: Path, run_json: Run) -> None:
    edit(root, "hub/README.md", "one")
    assert ran(root, run_json)["hub:test"] == ("local-cache", 3, 3)
    edit(root, "hub/tests/test_one.py", "def test_doc():\n    open('README.md').read()\n")
    run_json(root, "test")
    edit(root, "hub/README.md", "two")
    assert ran(root, run_json)["hub:test"][0] == "ran"


def test_a_module_that_appears_where_an_import_was_guarded_is_seen(
    root: Path, run_json: Run
) -> None:
    edit(root, "hub/src/hub/one.py", "try:\n    import hub.fast\nexcept ImportError:\n    pass\n")
    run_json(root, "test")
    edit(root, "hub/src/hub/fast.py", "FAST = 1\n")
    assert ran(root, run_json)["hub:test"] == ("ran", 1, 3)


def test_a_helper_of_no_project_counts_for_those_who_load_it(root: Path, run_json: Run) -> None:
    edit(root, "conftest.py", "import helpers\n")
    edit(root, "helpers.py", "X = 1\n")
    run_json(root, "test")
    assert {source for source, *_ in ran(root, run_json).values()} == {"local-cache"}
    edit(root, "helpers.py", "X = 2\n")
    assert {source for source, *_ in ran(root, run_json).values()} == {"ran"}


def test_a_plugin_that_the_configuration_names_counts_for_every_file(
    root: Path, run_json: Run
) -> None:
    edit(root, "hub/src/hub/plugin.py", "import hub.two\n")
    edit(root, "hub/pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-p hub.plugin"\n')
    run_json(root, "test")
    edit(root, "hub/src/hub/two.py")
    assert ran(root, run_json)["hub:test"] == ("ran", 0, 3)


def test_an_edited_helper_of_no_project_is_not_overlooked_by_what_was_planned(
    root: Path, run_json: Run
) -> None:
    more = '[tool.pytest.ini_options]\npythonpath = [".."]\n'
    edit(root, "hub/pyproject.toml", more)
    edit(root, "shared.py", "X = 1\n")
    edit(root, "hub/tests/test_one.py", "import shared\ndef test_x():\n    assert shared.X == 1\n")
    run_json(root, "test")
    edit(root, "shared.py", "X = 2\n")
    assert run_json(root, "test").statuses()["hub:test"] == "failed"


def test_a_conftest_of_a_project_inside_counts_for_that_one_only(root: Path, run_json: Run) -> None:
    (root / "hub/plugins/in").mkdir(parents=True)
    edit(root, "hub/plugins/in/pyproject.toml", manifest("inside"))
    edit(root, "hub/plugins/in/test_in.py", imports())
    edit(root, "hub/plugins/in/conftest.py", "X = 1\n")
    run_json(root, "test")
    edit(root, "hub/plugins/in/conftest.py", "X = 2\n")
    assert ran(root, run_json) == {
        "hub:test": ("local-cache", 3, 3),
        "inside:test": ("ran", 0, 1),
        "user:test": ("local-cache", 2, 2),
    }


def test_a_helper_among_the_tests_of_another_project_counts(root: Path, run_json: Run) -> None:
    edit(root, "hub/pyproject.toml", "[tool.setuptools]\npackage-dir = {'' = 'src'}\n")
    edit(root, "hub/tests/helpers.py", "X = 1\n")
    edit(root, "user/pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["../hub/tests"]\n')
    edit(
        root,
        "user/tests/test_user.py",
        "import helpers\ndef test_x():\n    assert helpers.X == 1\n",
    )
    assert run_json(root, "test", "user").exit_code == 0
    edit(root, "hub/tests/helpers.py", "X = 2\n")
    assert run_json(root, "test", "user").statuses() == {"user:test": "failed"}


def test_documents_count_where_pytest_takes_tests_from_them(root: Path, run_json: Run) -> None:
    edit(root, "hub/README.md", ">>> 1 + 1\n2\n")
    options = '[tool.pytest.ini_options]\naddopts = "--doctest-glob=*.md"\n'
    edit(root, "hub/pyproject.toml", options)
    assert run_json(root, "test", "hub").exit_code == 0
    edit(root, "hub/README.md", "\n>>> 1 + 1\n3\n")
    assert run_json(root, "test", "hub").statuses() == {"hub:test": "failed"}


def test_a_test_that_looks_outside_its_project_sees_everything(root: Path, run_json: Run) -> None:
    look = "from pathlib import Path\ndef test_out():\n    assert Path(__file__).parents[2]\n"
    edit(root, "user/tests/test_out.py", look)
    run_json(root, "test")
    edit(root, "hub/src/hub/data.json", " ")
    assert ran(root, run_json)["user:test"] == ("ran", 0, 3)


def test_an_inherited_test_that_fails_is_the_failure_of_the_file_that_inherits_it(
    root: Path, run_json: Run
) -> None:
    base = "class TestBase:\n    bad = False\n    def test_it(self):\n        assert not self.bad\n"
    edit(root, "hub/tests/test_base.py", base)
    heir = (
        "from test_base import TestBase as Base\nclass TestHeir(Base):\n    bad = True\n"
        "def test_own():\n    pass\n"
    )
    edit(root, "hub/tests/test_heir.py", heir)
    for _ in range(2):
        assert run_json(root, "test", "hub").statuses() == {"hub:test": "failed"}
    told = run_json(root, "test", "hub").targets["hub:test"]
    assert told["failing"] == ["tests.test_heir.TestHeir::test_it"]


def kept(files: str) -> str:
    return (
        '{"format": 1, "edges": [{"test": "user/tests/test_more.py", '
        f'"files": ["{files}"], "found": "2026-01-31", "reason": "it failed"}}]}}'
    )


def test_a_kept_edge_counts_for_its_test_file_alone(root: Path, run_json: Run) -> None:
    (root / "data").mkdir()
    edit(root, "data/a.json", "1")
    (root / ".oneroof-edges.json").write_text(kept("data/b.json"))
    assert ran(root, run_json)["user:test"] == ("ran", 1, 2)
    edit(root, "data/a.json", "2")
    assert ran(root, run_json)["user:test"] == ("local-cache", 2, 2)
    (root / ".oneroof-edges.json").write_text(kept("data/*"))
    assert ran(root, run_json) == {"hub:test": ("local-cache", 3, 3), "user:test": ("ran", 1, 2)}
    edit(root, "data/a.json", "3")
    assert ran(root, run_json)["user:test"] == ("ran", 1, 2)


def test_files_that_inputs_take_away_run_nothing(root: Path, run_json: Run) -> None:
    edit(root, "hub/pyproject.toml", '[tool.oneroof.tasks.test]\ninputs = ["!src/**"]\n')
    run_json(root, "test")
    edit(root, "hub/src/hub/data.json", " ")
    assert ran(root, run_json) == {"hub:test": ("local-cache", 3, 3), "user:test": ("ran", 0, 2)}


def test_a_failing_test_counts_for_the_file_that_took_it_from_another(
    root: Path, run_json: Run
) -> None:
    edit(root, "hub/tests/test_one.py", "import os\ndef test_two():\n    assert LIMIT\nLIMIT = 1\n")
    edit(
        root,
        "hub/tests/test_none.py",
        "import types, test_one\n"
        "test_two = types.FunctionType(test_one.test_two.__code__, {'LIMIT': 0})\n",
    )
    assert run_json(root, "test", "hub").statuses() == {"hub:test": "failed"}
    assert run_json(root, "test", "hub").statuses() == {"hub:test": "failed"}


def test_files_of_one_name_that_pytest_refuses_stay_failed(root: Path, run_json: Run) -> None:
    edit(root, "hub/tests/b/test_same.py", imports("hub.one"))
    run_json(root, "test", "hub")
    edit(root, "hub/tests/a/test_same.py", imports("hub.one"))
    assert run_json(root, "test", "hub").statuses() == {"hub:test": "failed"}
    assert run_json(root, "test", "hub").statuses() == {"hub:test": "failed"}


def test_what_another_test_file_puts_on_the_path_is_found(root: Path, run_json: Run) -> None:
    edit(root, "hub/tests/a/helpers.py", "X = 1\n")
    edit(root, "hub/tests/a/test_a.py", imports("helpers"))
    edit(root, "hub/tests/b/test_b.py", imports("helpers"))
    assert run_json(root, "test", "hub").statuses() == {"hub:test": "passed"}
    edit(root, "hub/tests/b/test_b.py")
    assert run_json(root, "test", "hub").statuses() == {"hub:test": "passed"}


def test_last_failed_in_the_configuration_skips_nothing(root: Path, run_json: Run) -> None:
    edit(root, "hub/pyproject.toml", '[tool.pytest.ini_options]\naddopts = "--last-failed"\n')
    edit(root, "hub/tests/test_one.py", "def test_bad():\n    assert 0\n")
    assert run_json(root, "test", "hub").statuses() == {"hub:test": "failed"}
    (root / "hub/tests/test_one.py").write_text(imports("hub.one"))
    edit(root, "hub/tests/test_two.py", "def test_bad():\n    assert 0\n")
    assert run_json(root, "test", "hub").statuses() == {"hub:test": "failed"}


def test_words_for_pytest_find_what_failed_last(root: Path, run_json: Run) -> None:
    edit(root, "hub/tests/test_one.py", "def test_bad():\n    assert 0\n")
    assert run_json(root, "test", "hub").exit_code == 1
    told = run_json(root, "test", "hub", "--", "--last-failed")
    assert told.targets["hub:test"]["tests"] == {
        "passed": 0,
        "failed": 1,
        "skipped": 0,
        "cached": 0,
    }
