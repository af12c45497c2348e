"""`oneroof test --verify`: reads that the fingerprints of tests do not hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from oneroof.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git, MakeWorkspace
    from tests.tasks.conftest import Run

pytestmark = pytest.mark.usefixtures("wheelhouse")

PROJECT = '[project]\nname = "hub"\nversion = "1"\n'
READS = (
    "import os\nfrom hub.rates import rates\n"
    "def test_other_project():\n    assert rates() == '{}'\n"
    "def test_variable():\n    assert os.environ.get('SHOP_TOKEN') is None\n"
    "def test_listing():\n    assert os.listdir(2 * '.' + '/schemas')\n"
)
FILES = {
    "hub/pyproject.toml": PROJECT,
    "hub/src/hub/__init__.py": "",
    "hub/src/hub/rates.py": (
        "import os\n"
        "def rates():\n"
        "    up = (os.path.dirname(__file__), *[2 * '.'] * 3)\n"
        "    return open(os.path.join(*up, 'data', 'rates.json')).read()\n"
    ),
    "hub/src/hub/own.json": "{}",
    "hub/tests/test_own.py": (
        "import hub.rates\nfrom pathlib import Path\n"
        "def test_own():\n"
        "    assert (Path(hub.rates.__file__).parent / 'own.json').read_text()\n"
        "def test_made(tmp_path):\n"
        "    Path('made.txt').write_text('x')\n    assert Path('made.txt').read_text()\n"
        "    Path('made.txt').unlink()\n"
    ),
    "data/rates.json": "{}",
    "schemas/a.json": "{}",
    "schemas/b.json": "{}",
}


class Verified(NamedTuple):
    exit_code: int
    document: dict[str, object]
    targets: dict[str, dict[str, object]]

    def uncovered(self, test: str) -> list[tuple[object, ...]]:
        found = self.targets[test]["uncovered"]
        assert isinstance(found, list)
        return [(each["kind"], each["name"], each["file"], each["line"]) for each in found]


class Verify(Protocol):
    def __call__(self, root: Path, *arguments: str) -> Verified: ...


@pytest.fixture
def verify(
    isolated: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Verify:
    """`verify(root)`: what each test file, by path, was found to read."""
    del isolated

    def call(root: Path, *arguments: str) -> Verified:
        monkeypatch.chdir(root)
        capsys.readouterr()
        exit_code = run(["test", "--verify", "--json", *arguments])
        document = json.loads(capsys.readouterr().out)
        targets = {each["test"] or each["target"]: each for each in document["targets"]}
        return Verified(exit_code, document, targets)

    return call


def test_reads_that_the_fingerprint_does_not_hold_are_told(
    workspace: MakeWorkspace, verify: Verify, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "secret")
    root = workspace({**FILES, "hub/tests/test_reads.py": READS})
    found = verify(root)
    assert found.exit_code == 1
    assert found.document["ok"] is False
    assert found.uncovered("hub/tests/test_own.py") == []
    assert found.uncovered("hub/tests/test_reads.py") == [
        ("read", "data/rates.json", "hub/src/hub/rates.py", 4),
        ("list", "schemas", "hub/tests/test_reads.py", 8),
        ("env", "SHOP_TOKEN", "hub/tests/test_reads.py", 6),
    ]
    assert found.document["remedies"] == [
        {
            "project": "hub",
            "path": "hub/pyproject.toml",
            "table": "tool.oneroof.tasks.test",
            "inputs": ["/data/rates.json", "/schemas/*"],
            "env": ["SHOP_TOKEN"],
        }
    ]
    assert git("status", "--porcelain") == ""


def test_variables_that_are_set_nowhere_are_only_told(
    workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "import os\ndef test_it():\n    assert os.environ.get('SHOP_TOKEN') is None\n"
    monkeypatch.chdir(workspace({**FILES, "hub/tests/test_reads.py": code}))
    assert run(["test", "--verify"]) == 0
    told = capsys.readouterr()
    assert told.out == "variables asked for, and set nowhere: SHOP_TOKEN\n"
    assert "2 test files: 2 passed; all that they read is in their fingerprints" in told.err


def test_variables_that_every_test_sees_count(workspace: MakeWorkspace, verify: Verify) -> None:
    code = "import os\ndef test_it():\n    assert os.environ['HOME']\n"
    found = verify(workspace({**FILES, "hub/tests/test_reads.py": code}))
    assert found.exit_code == 1
    assert found.uncovered("hub/tests/test_reads.py") == [
        ("env", "HOME", "hub/tests/test_reads.py", 3)
    ]


def test_what_is_written_as_told_covers_all(workspace: MakeWorkspace, verify: Verify) -> None:
    table = (
        '[tool.oneroof.tasks.test]\ninputs = ["/data/rates.json", "/schemas/*"]\n'
        'env = ["SHOP_TOKEN"]\n'
    )
    files = {**FILES, "hub/tests/test_reads.py": READS, "hub/pyproject.toml": PROJECT + table}
    found = verify(workspace(files))
    assert (found.exit_code, found.document["ok"], found.document["remedies"]) == (0, True, [])


def test_what_children_read_is_told_for_the_line_that_started_them(
    workspace: MakeWorkspace, verify: Verify
) -> None:
    code = (
        "import subprocess, sys\n"
        "def test_child():\n"
        '    code = \'open(2 * "." + "/data/rates.json")\'\n'
        "    subprocess.run([sys.executable, '-c', code], check=True, env={})\n"
    )
    found = verify(workspace({**FILES, "hub/tests/test_child.py": code}))
    assert found.uncovered("hub/tests/test_child.py") == [
        ("read", "data/rates.json", "hub/tests/test_child.py", 4)
    ]


def test_what_one_file_has_loaded_does_not_hide_it_from_the_next(
    workspace: MakeWorkspace, verify: Verify
) -> None:
    code = "import hub.cached\ndef test_it():\n    assert hub.cached.RATES\n"
    found = verify(
        workspace(
            {
                **FILES,
                "hub/src/hub/cached.py": "from hub.rates import rates\nRATES = rates()\n",
                "hub/tests/test_first.py": code,
                "hub/tests/test_second.py": code,
            }
        )
    )
    expected = [("read", "data/rates.json", "hub/src/hub/rates.py", 4)]
    assert found.uncovered("hub/tests/test_first.py") == expected
    assert found.uncovered("hub/tests/test_second.py") == expected


def test_tests_that_cannot_be_told_apart_are_judged_together(
    workspace: MakeWorkspace, verify: Verify
) -> None:
    code = (
        "import unittest\n"
        "class TestIt(unittest.TestCase):\n"
        "    def test_it(self):\n        open(2 * '.' + '/data/rates.json').close()\n"
    )
    root = workspace(
        {
            "pyproject.toml": "[tool.oneroof]\n",
            "hub/setup.cfg": "[metadata]\nname = hub\nversion = 1\n",
            "hub/test_it.py": code,
            "data/rates.json": "{}",
        }
    )
    found = verify(root)
    assert found.uncovered("hub:test") == [("read", "data/rates.json", "hub/test_it.py", 4)]
    assert found.document["remedies"] == [
        {
            "project": "hub",
            "path": "pyproject.toml",
            "table": 'tool.oneroof.projects."hub".tasks.test',
            "inputs": ["/data/rates.json"],
            "env": [],
        }
    ]


def test_files_that_pytest_passes_over_are_not_run(
    workspace: MakeWorkspace, verify: Verify
) -> None:
    found = verify(
        workspace(
            {
                **FILES,
                "hub/tests/conftest.py": "collect_ignore = ['test_off.py']\n",
                "hub/tests/test_off.py": "def test_off():\n    assert 0\n",
            }
        )
    )
    assert (found.exit_code, list(found.targets)) == (0, ["hub/tests/test_own.py"])


def test_a_file_that_only_passes_after_others_fails(
    workspace: MakeWorkspace, verify: Verify
) -> None:
    found = verify(
        workspace(
            {
                "hub/pyproject.toml": PROJECT,
                "hub/src/hub/__init__.py": "",
                "hub/tests/test_a.py": "import hub\nhub.X = 1\ndef test_a():\n    pass\n",
                "hub/tests/test_b.py": "import hub\ndef test_b():\n    assert hub.X\n",
            }
        )
    )
    assert {name: each["status"] for name, each in found.targets.items()} == {
        "hub/tests/test_a.py": "passed",
        "hub/tests/test_b.py": "failed",
    }


def test_nothing_is_kept(workspace: MakeWorkspace, verify: Verify, run_json: Run) -> None:
    root = workspace(FILES)
    assert verify(root).exit_code == 0
    told = run_json(root, "test")
    assert told.sources() == {"hub:test": "ran"}


def test_the_text_says_what_to_write(
    workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "secret")
    monkeypatch.chdir(workspace({**FILES, "hub/tests/test_reads.py": READS}))
    assert run(["test", "--verify"]) == 1
    assert capsys.readouterr().out == (
        "hub/tests/test_reads.py\n"
        "  reads data/rates.json  (hub/src/hub/rates.py:4)\n"
        "  lists schemas/, of which 2 files are not covered  (hub/tests/test_reads.py:8)\n"
        "  reads the variable SHOP_TOKEN, which is set but not shown to tests  "
        "(hub/tests/test_reads.py:6)\n"
        "to have all this in the fingerprints, write\n"
        "  hub/pyproject.toml:\n"
        "    [tool.oneroof.tasks.test]\n"
        '    inputs = ["/data/rates.json", "/schemas/*"]\n'
        '    env = ["SHOP_TOKEN"]\n'
    )


def test_verify_and_dry_run_exclude_each_other(
    workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workspace(FILES))
    assert run(["test", "--verify", "--dry-run"]) == 2
    assert "`--verify` runs tests, and `--dry-run` does not" in capsys.readouterr().err


def test_a_read_of_a_file_that_inputs_take_away_is_told(
    workspace: MakeWorkspace, verify: Verify
) -> None:
    table = '[tool.oneroof]\ninputs = ["!src/hub/*.json"]\n'
    found = verify(workspace({**FILES, "hub/pyproject.toml": PROJECT + table}))
    assert found.uncovered("hub/tests/test_own.py") == [
        ("read", "hub/src/hub/own.json", "hub/tests/test_own.py", 4)
    ]
    assert found.document["remedies"] == [
        {
            "project": "hub",
            "path": "hub/pyproject.toml",
            "table": "tool.oneroof.tasks.test",
            "inputs": ["src/hub/own.json"],
            "env": [],
        }
    ]


def test_a_declared_pythonpath_stays(
    workspace: MakeWorkspace, verify: Verify, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/extra.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "more"))
    table = '[tool.oneroof.tasks.test]\nenv = ["PYTHONPATH"]\n'
    code = "import extra\ndef test_it():\n    open(2 * '.' + '/data/rates.json').close()\n"
    files = {**FILES, "hub/pyproject.toml": PROJECT + table, "hub/tests/test_extra.py": code}
    assert verify(workspace(files)).uncovered("hub/tests/test_extra.py") == [
        ("read", "data/rates.json", "hub/tests/test_extra.py", 3)
    ]


def test_a_command_of_ones_own_is_recorded(workspace: MakeWorkspace, verify: Verify) -> None:
    table = (
        "[tool.oneroof.tasks.test]\ncommand = \"python -c 'import hub.rates as r; r.rates()'\"\n"
    )
    found = verify(workspace({**FILES, "hub/pyproject.toml": PROJECT + table}))
    assert found.uncovered("hub:test") == [("read", "data/rates.json", "hub/src/hub/rates.py", 4)]
