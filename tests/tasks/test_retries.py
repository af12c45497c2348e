"""Whole runs with tests that fail now and then: what runs again, what is kept, what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import Run, Told

pytestmark = pytest.mark.usefixtures("wheelhouse")

PASSING = "def test_it():\n    assert True\n"
MANIFEST = '[project]\nname = "a"\nversion = "1"\n'
FLAKY = (
    "from pathlib import Path\n"
    "def test_flaky():\n"
    "    count = Path({place!r})\n"
    "    runs = len(count.read_text()) if count.exists() else 0\n"
    "    count.write_text('x' * (runs + 1))\n"
    "    assert runs + 1 in {passing}\n"
)
"""A test that passes in some of its runs only, counted in a file outside of the workspace."""


@pytest.fixture
def count(tmp_path: Path) -> Path:
    """The file that counts the runs of the flaky test."""
    return tmp_path / "count"


@pytest.fixture
def root(workspace: MakeWorkspace, count: Path) -> Path:
    """A project with a test that fails at first and then passes, and one that passes."""
    return workspace(
        {
            "pyproject.toml": "",
            "a/pyproject.toml": MANIFEST,
            "a/test_flaky.py": FLAKY.format(place=str(count), passing={2, 3, 4}),
            "a/test_other.py": PASSING,
        }
    )


def runs(count: Path) -> int:
    return len(count.read_text())


def target(told: Told, name: str = "a:test") -> Any:
    return told.targets[name]


def listed(until: str = "2999-01-01", test: str = "a/test_flaky.py::test_flaky") -> str:
    return (
        f'[[tool.oneroof.flaky]]\ntest = "{test}"\nowner = "@team"\n'
        f'until = {until}\nreason = "the clock"\n'
    )


def test_a_flaky_pass_is_named_and_only_what_passed_undisturbed_is_kept(
    root: Path, run_json: Run, count: Path
) -> None:
    first = run_json(root, "test", "--retries", "2")
    assert (first.exit_code, first.statuses()) == (0, {"a:test": "flaky"})
    found = target(first)
    assert found["flaky"] == [
        {
            "test": "a/test_flaky.py::test_flaky",
            "failed": 1,
            "ran": 2,
            "owner": None,
            "until": None,
            "reason": None,
        }
    ]
    assert found["tests"] == {"passed": 2, "failed": 0, "skipped": 0, "cached": 0}
    assert [(each["status"], each["files"]) for each in found["attempts"]] == [
        ("failed", None),
        ("passed", ["a/test_flaky.py"]),
    ]
    reports = [Path(each["junit"]).read_text() for each in found["attempts"]]
    assert ["<failure" in each for each in reports] == [True, False]
    log = Path(found["log"]).read_text()
    assert "1 failed, 1 passed" in log
    assert "── attempt 2: a/test_flaky.py ──" in log

    second = run_json(root, "test")
    assert (target(second)["source"], second.statuses()) == ("ran", {"a:test": "passed"})
    assert target(second)["tests"]["cached"] == 1
    assert runs(count) == 3
    assert target(run_json(root, "test"))["source"] == "local-cache"


def test_reports_of_more_attempts_do_not_outlive_the_next_run(root: Path, run_json: Run) -> None:
    reports = [
        Path(each["junit"]) for each in target(run_json(root, "test", "--retries=1"))["attempts"]
    ]
    assert [each.exists() for each in reports] == [True, True]
    run_json(root, "test")
    assert [each.exists() for each in reports] == [True, False]


def test_without_retries_a_failure_fails(root: Path, run_json: Run, count: Path) -> None:
    told = run_json(root, "test")
    assert (told.exit_code, told.statuses(), runs(count)) == (1, {"a:test": "failed"}, 1)


def test_retries_of_the_settings_hold_where_the_command_line_says_nothing(
    root: Path, run_json: Run, count: Path
) -> None:
    (root / "pyproject.toml").write_text("[tool.oneroof]\nretries = 1\n")
    assert run_json(root, "test", "--retries", "0").statuses() == {"a:test": "failed"}
    count.unlink()
    assert run_json(root, "test").statuses() == {"a:test": "flaky"}


def test_where_asked_a_flaky_pass_fails_unless_it_is_listed(
    root: Path, run_json: Run, count: Path
) -> None:
    arguments = ("test", "--retries", "1", "--fail-on-flaky")
    told = run_json(root, *arguments)
    assert (told.exit_code, target(told)["reason"]) == (
        1,
        "passed only when run again: `a/test_flaky.py::test_flaky`",
    )
    count.unlink()
    (root / "pyproject.toml").write_text(listed())
    told = run_json(root, *arguments)
    assert (told.exit_code, told.statuses()) == (0, {"a:test": "flaky"})


def test_a_quarantined_failure_is_told_and_never_kept(
    root: Path, run_json: Run, count: Path
) -> None:
    (root / "a/test_flaky.py").write_text(FLAKY.format(place=str(count), passing=set()))
    (root / "pyproject.toml").write_text(listed())
    for _ in range(2):
        told = run_json(root, "test")
        assert (told.exit_code, told.statuses()) == (0, {"a:test": "quarantined"})
        assert target(told)["source"] == "ran"
        assert target(told)["quarantined"] == [
            {
                "test": "a/test_flaky.py::test_flaky",
                "failed": 1,
                "ran": 1,
                "owner": "@team",
                "until": "2999-01-01",
                "reason": "the clock",
            }
        ]
    (root / "pyproject.toml").write_text("")
    assert run_json(root, "test").exit_code == 1


def test_a_failure_after_the_last_day_fails_and_names_the_owner(root: Path, run_json: Run) -> None:
    (root / "pyproject.toml").write_text(listed("2020-01-01"))
    told = run_json(root, "test")
    assert (told.exit_code, target(told)["reason"]) == (
        1,
        (
            "exited with 1; `a/test_flaky.py::test_flaky` was to be flaky until 2020-01-01 only; "
            "owner: @team"
        ),
    )


def test_a_quarantined_failure_that_stops_pytest_hides_nothing(root: Path, run_json: Run) -> None:
    (root / "pyproject.toml").write_text(listed())
    options = '[tool.pytest.ini_options]\naddopts = "-x"\n'
    (root / "a/pyproject.toml").write_text(MANIFEST + options)
    (root / "a/test_other.py").write_text("def test_it():\n    assert 0\n")
    assert run_json(root, "test").exit_code == 1


def test_an_entry_without_owner_or_end_stops_the_run_with_file_and_key(
    root: Path, run_json: Run
) -> None:
    entry = '[[tool.oneroof.flaky]]\ntest = "a/test_flaky.py"\nreason = "x"\n'
    (root / "pyproject.toml").write_text(entry)
    told = run_json(root, "test")
    assert told.exit_code == 2
    needed = "is missing: an entry needs `test`, `owner`, `until`, `reason`"
    assert told.stderr == (
        f"error: pyproject.toml: tool.oneroof.flaky[0].owner: {needed}\n"
        f"error: pyproject.toml: tool.oneroof.flaky[0].until: {needed}\n"
    )


def test_the_list_is_no_input_of_any_result(root: Path, run_json: Run) -> None:
    (root / "pyproject.toml").write_text('[project]\nname = "root"\nversion = "1"\n')
    (root / "test_root.py").write_text(PASSING)
    run_json(root, "test", "--retries", "1")
    run_json(root, "test")
    more = "[tool.oneroof]\nretries = 3\ndurations = 'x.json'\n"
    with (root / "pyproject.toml").open("a") as stream:
        stream.write(more + listed())
    assert set(run_json(root, "test").sources().values()) == {"local-cache"}


def test_a_crash_is_run_again_as_a_whole(root: Path, run_json: Run, count: Path) -> None:
    (root / "a/test_other.py").write_text(
        "import os\nfrom pathlib import Path\ndef test_it():\n"
        f"    if len(Path({str(count)!r}).read_text()) == 1:\n        os.abort()\n"
    )
    told = run_json(root, "test", "--retries", "1")
    assert told.statuses() == {"a:test": "flaky"}
    assert [each["test"] for each in target(told)["flaky"]] == ["a:test"]
    assert target(run_json(root, "test"))["tests"]["cached"] == 0


def test_unittest_runs_again_as_a_whole_and_its_tests_can_be_listed(
    workspace: MakeWorkspace, run_json: Run, count: Path
) -> None:
    flaky = FLAKY.format(place=str(count), passing={2}).replace("\n", "\n    ")
    text = f"import unittest\nclass TestX(unittest.TestCase):\n    {flaky}"
    text = text.replace("test_flaky()", "test_flaky(self)").replace(
        "    from pathlib import Path\n", ""
    )
    root = workspace(
        {
            "a/pyproject.toml": MANIFEST,
            "a/tests/__init__.py": "",
            "a/tests/test_x.py": f"from pathlib import Path\n{text}\n",
        }
    )
    told = run_json(root, "test", "--retries", "1")
    assert [each["test"] for each in target(told)["flaky"]] == [
        "a/tests/test_x.py::TestX::test_flaky"
    ]


def test_a_task_of_ones_own_runs_again_where_the_command_line_says_so(
    workspace: MakeWorkspace, run_json: Run, count: Path
) -> None:
    code = (
        f"import pathlib, sys; p = pathlib.Path('{count}'); "
        "n = p.exists(); p.write_text('x'); sys.exit(not n)"
    )
    task = f"[tool.oneroof.tasks.slow]\ncommand = ['python', '-c', {json.dumps(code)}]\n"
    root = workspace(
        {"pyproject.toml": "[tool.oneroof]\nretries = 1\n", "a/pyproject.toml": MANIFEST + task}
    )
    assert run_json(root, "run", "slow").statuses() == {"a:slow": "failed"}
    count.unlink()
    told = run_json(root, "run", "slow", "--retries", "1")
    assert (told.exit_code, told.statuses()) == (0, {"a:slow": "flaky"})
    assert [each["test"] for each in target(told, "a:slow")["flaky"]] == ["a:slow"]


def test_output_names_what_is_run_again_and_what_is_flaky(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from oneroof.cli.main import run

    (root / "pyproject.toml").write_text(listed())
    monkeypatch.chdir(root)
    assert run(["test", "--retries", "1"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[-4] == "again  a:test  attempt 2: a/test_flaky.py"
    assert lines[-3].startswith("[1/1] flaky  a:test  2 tests  ")
    assert lines[-2] == (
        "flaky: a/test_flaky.py::test_flaky failed 1 of 2 times; owner: @team; "
        "until 2999-01-01; the clock"
    )
    assert lines[-1].startswith("1 target: 1 flaky (2 tests) in ")
