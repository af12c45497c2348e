"""Whole runs of shards: together they are everything, each is what all machines say it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from oneroof.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Git, MakeWorkspace
    from tests.tasks.conftest import Run

    Ask = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("wheelhouse")

PASSING = "def test_it():\n    assert True\n"
FAILING = "def test_it():\n    assert 0\n"
MANIFEST = '[project]\nname = "{}"\nversion = "1"\n'


@pytest.fixture
def root(workspace: MakeWorkspace) -> Path:
    """A project with four files, of which pytest passes over one, and one with a single file."""
    return workspace(
        {
            "hub/pyproject.toml": MANIFEST.format("hub"),
            "hub/tests/conftest.py": "collect_ignore = ['test_off.py']\n",
            "hub/tests/test_one.py": PASSING + "#" * 60_000,
            "hub/tests/test_two.py": PASSING + "#" * 60_000,
            "hub/tests/test_three.py": PASSING + "#" * 60_000,
            "hub/tests/test_off.py": FAILING + "#" * 60_000,
            "user/pyproject.toml": MANIFEST.format("user"),
            "user/test_user.py": PASSING,
        }
    )


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """`ask(root, "test", ...)`: the document that `--json` prints."""

    def call(root: Path, *arguments: str, exit_code: int = 0) -> Any:
        monkeypatch.chdir(root)
        capsys.readouterr()
        assert run([*arguments, "--json"]) == exit_code
        return json.loads(capsys.readouterr().out)

    return call


def ran(told: Any) -> dict[str, int]:
    return {each["target"]: each["tests"]["passed"] for each in told["targets"]}


def test_shards_together_run_every_test_once(root: Path, ask: Ask) -> None:
    told = [ask(root, "test", "--shard", f"{number}/3") for number in (1, 2, 3)]
    assert {each["shard"]["division"] for each in told} == {told[0]["shard"]["division"]}
    files = [path for each in told for of in each["shard"]["targets"].values() for path in of]
    assert sorted(files) == [
        "hub/tests/test_off.py",
        "hub/tests/test_one.py",
        "hub/tests/test_three.py",
        "hub/tests/test_two.py",
        "user/test_user.py",
    ]
    assert sum(count for each in told for count in ran(each).values()) == 4
    assert all(each["status"] == "passed" for part in told for each in part["targets"])


def test_a_file_that_testpaths_names_is_in_one_shard_only(root: Path, ask: Ask) -> None:
    paths = "[tool.pytest.ini_options]\ntestpaths = ['tests/test_one.py', 'tests/test_two.py']\n"
    (root / "hub/pyproject.toml").write_text(MANIFEST.format("hub") + paths)
    parts = [ask(root, "test", "hub", "--shard", f"{n}/2") for n in (1, 2)]
    assert [ran(each) for each in parts] == [{"hub:test": 1}] * 2


def test_a_part_that_passed_says_nothing_of_the_rest(root: Path, ask: Ask) -> None:
    (root / "hub/tests/test_two.py").write_text(FAILING + "#" * 60_000)
    parts = [ask(root, "test", "hub", "--shard", f"{n}/2", "--dry-run") for n in (1, 2)]
    failing = next(
        n
        for n, part in enumerate(parts, start=1)
        if "hub/tests/test_two.py" in part["targets"][0]["files"]
    )
    ask(root, "test", "hub", "--shard", f"{3 - failing}/2")
    ask(root, "test", "hub", "--shard", f"{failing}/2", exit_code=1)
    again = ask(root, "test", "hub", "--shard", f"{3 - failing}/2")
    assert again["targets"][0]["source"] == "local-cache"
    everything = ask(root, "test", "hub", exit_code=1)
    assert everything["targets"][0]["status"] == "failed"


def test_what_this_machine_knows_changes_no_division(root: Path, ask: Ask) -> None:
    before = ask(root, "test", "--shard", "1/3", "--dry-run")["shard"]
    ask(root, "test", "hub")
    (root / "README.md").write_text("new\n")
    assert ask(root, "test", "--shard", "1/3", "--dry-run")["shard"] == before
    assert ask(root, "test", "--shard", "1/3", "--no-cache", "--dry-run")["shard"] == before


def test_known_durations_divide_and_are_written_for_next_time(root: Path, ask: Ask) -> None:
    arguments = ("test", "--write-durations", "durations.json")
    ask(root, *arguments)
    written = json.loads((root / "durations.json").read_text())
    assert list(written["targets"]["hub:test"]["files"]) == [
        "hub/tests/test_off.py",
        "hub/tests/test_one.py",
        "hub/tests/test_three.py",
        "hub/tests/test_two.py",
    ]
    (root / "durations.json").unlink()
    assert {each["source"] for each in ask(root, *arguments)["targets"]} == {"local-cache"}
    known = json.loads((root / "durations.json").read_text())
    assert known["targets"]["hub:test"]["files"] == written["targets"]["hub:test"]["files"]

    taken: Any = {"seconds": 0, "files": {"hub/tests/test_one.py": 100, "hub/tests/test_two.py": 9}}
    taken["files"] |= {"hub/tests/test_three.py": 9, "hub/tests/test_off.py": 9}
    user = {"seconds": 0, "files": {"user/test_user.py": 1}}
    (root / "durations.json").write_text(
        json.dumps({"targets": {"hub:test": taken, "user:test": user}})
    )
    shards = [
        ask(root, "test", "--shard", f"{n}/2", "--durations", "durations.json", "--dry-run")
        for n in (1, 2)
    ]
    assert shards[0]["shard"]["targets"] == {"hub:test": ["hub/tests/test_one.py"]}
    assert len(shards[1]["shard"]["targets"]) == 2
    (root / "pyproject.toml").write_text('[tool.oneroof]\ndurations = "durations.json"\n')
    assert ask(root, "test", "--shard", "1/2", "--dry-run")["shard"] == shards[0]["shard"]


def test_a_part_writes_the_durations_of_its_files_only(root: Path, ask: Ask) -> None:
    told = ask(root, "test", "hub", "--shard", "1/2", "--write-durations", "d/1.json")
    written = json.loads((root / "d/1.json").read_text())["targets"]["hub:test"]["files"]
    assert set(written) == set(told["shard"]["targets"]["hub:test"])


def test_a_floor_for_coverage_that_settings_do_not_show_runs_the_whole_target(
    root: Path, ask: Ask
) -> None:
    floor = (
        "collect_ignore = ['test_off.py']\ndef pytest_sessionfinish(session):\n"
        "    if session.testscollected < 3:\n        session.exitstatus = 1\n"
    )
    (root / "hub/tests/conftest.py").write_text(floor)
    for number in (1, 2):
        assert ran(ask(root, "test", "hub", "--shard", f"{number}/2")) == {"hub:test": 3}


def test_only_what_a_change_touches_is_divided(root: Path, ask: Ask, git: Git) -> None:
    git("switch", "--quiet", "--create", "change")
    (root / "user/test_user.py").write_text(PASSING + "# edited\n")
    parts = [ask(root, "test", "--since", "main", "--shard", f"{n}/2") for n in (1, 2)]
    assert sorted(map(ran, parts), key=len) == [{}, {"user:test": 1}]


def test_what_a_target_needs_runs_whole_with_it(workspace: MakeWorkspace, ask: Ask) -> None:
    needs = '[tool.oneroof.tasks.after]\ncommand = "true"\nneeds = ["test"]\n'
    root = workspace(
        {
            "a/pyproject.toml": MANIFEST.format("a") + needs,
            "a/test_a.py": PASSING + "#" * 60_000,
            "a/test_b.py": PASSING + "#" * 60_000,
        }
    )
    parts = [
        ask(root, "run", "test,after", "--shard", f"{n}/2", "--dry-run")["targets"] for n in (1, 2)
    ]
    with_after = next(part for part in parts if any(e["target"] == "a:after" for e in part))
    assert {each["target"]: each["files"] for each in with_after} == {
        "a:test": None,
        "a:after": None,
    }


def test_a_flaky_test_of_a_part_runs_again_alone_with_its_file(
    root: Path, ask: Ask, tmp_path: Path
) -> None:
    place = tmp_path / "count"
    text = (
        f"from pathlib import Path\ndef test_it():\n    p = Path({str(place)!r})\n"
        "    n = p.exists()\n    p.write_text('x')\n    assert n\n"
    )
    (root / "hub/tests/test_two.py").write_text(text + "#" * 60_000)
    parts = [ask(root, "test", "--shard", f"{n}/2", "--retries", "1") for n in (1, 2)]
    (found,) = (each for part in parts for each in part["targets"] if each["flaky"])
    assert [each["files"] for each in found["attempts"]] == [None, ["hub/tests/test_two.py"]]
    assert ask(root, "test", "hub")["targets"][0]["source"] == "ran"


def test_words_for_the_tool_reach_each_part(root: Path, run_json: Run) -> None:
    told = [run_json(root, "test", "hub", "--shard", f"{n}/2", "--", "-q") for n in (1, 2)]
    assert [each.exit_code for each in told] == [0, 0]
    tests = [each.targets["hub:test"]["tests"] for each in told]
    assert sum(each["passed"] for each in tests if isinstance(each, dict)) == 3
