"""`oneroof test --shadow`: what would have been skipped, why it fails, what is kept of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

import pytest

from oneroof.changes.edges import KeptEdge
from oneroof.cli.main import run
from oneroof.paths import RelPath
from oneroof.tasks.shadow import (
    Judged,
    Skipped,
    edges_of,
    find_culprits,
    find_finding,
    find_suspects,
)
from oneroof.tasks.uncovered import Uncovered
from oneroof.workspace.model import ProjectName

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git, MakeWorkspace

HUB = ProjectName("hub")
TEST = RelPath("hub/tests/test_a.py")


def paths_of(*names: str) -> list[RelPath]:
    return [RelPath(name) for name in names]


@pytest.mark.parametrize(
    ("with_change", "without", "expected"),
    [
        ({"a"}, set(), ("missed", ("a",))),
        ({"a", "b"}, {"b"}, ("missed", ("a",))),
        ({"b"}, {"b"}, ("failed-before", ())),
        ({"b"}, {"a", "b"}, ("failed-before", ())),
        (set(), set(), ("unsteady", ())),
        (set(), None, ("unsteady", ())),
        ({"a"}, None, ("unclear", ())),
    ],
)
def test_a_failure_is_a_miss_only_where_it_is_of_the_change(
    with_change: set[str], without: set[str] | None, expected: tuple[str, tuple[str, ...]]
) -> None:
    assert find_finding(with_change, without) == expected


def test_culprits_are_the_changed_files_that_were_asked_for() -> None:
    there = set(paths_of("data/a", "data/b", "lists/c", "other"))
    asked = [
        Uncovered("read", "data/a"),
        Uncovered("list", "lists"),
        Uncovered("env", "other"),
        Uncovered("read", "data/gone"),
    ]
    assert find_culprits(paths_of("data/a", "data/b", "lists/c", "other"), asked, there) == (
        "data/a",
        "lists/c",
    )
    assert find_culprits(paths_of("data/gone"), asked, there) == ("data/**",)
    assert find_culprits(paths_of("data/gone"), asked, set()) == ("data/gone",)


def test_without_a_trace_all_that_changed_is_suspect_or_the_projects_of_many() -> None:
    few = paths_of("hub/a", "b")
    assert find_suspects(few, {}, set(few)) == ("b", "hub/a")
    many = [RelPath(f"hub/{number}") for number in range(10)]
    homes = dict.fromkeys(many, RelPath("hub"))
    assert find_suspects([*many, *paths_of("b")], homes, {*many, *few}) == ("b", "hub/**")


def test_only_misses_are_kept() -> None:
    judged = [
        Judged(Skipped(HUB, TEST), "missed", ("t::one", "t::two"), ("data/a",)),
        Judged(Skipped(HUB, None), "missed", ("u::one",), ("data/a",)),
        Judged(Skipped(HUB, TEST), "unsteady"),
        Judged(Skipped(HUB, TEST), "missed", ("t::one",)),
    ]
    reason = "failed, and was not selected, since main"
    assert edges_of(judged, {HUB: RelPath("libs/hub")}, "2026-01-31", "main") == (
        KeptEdge(TEST, ("data/a",), "2026-01-31", f"t::one and 1 more {reason}"),
        KeptEdge(RelPath("libs/hub"), ("data/a",), "2026-01-31", f"u::one {reason}"),
    )


READ = "open(os.path.join(*[os.path.dirname(__file__), *[2 * '.'] * {up}, 'data', 'rates.json']))"
FILES = {
    ".gitignore": "marker\n",
    "data/rates.json": "{}",
    "hub/pyproject.toml": '[project]\nname = "hub"\nversion = "1"\n',
    "hub/src/hub/__init__.py": "",
    "hub/tests/test_rates.py": (
        f"import os\ndef test_it():\n    assert {READ.format(up=2)}.read() == '{{}}'\n"
    ),
    "hub/tests/test_fine.py": "def test_it():\n    pass\n",
}


class Shadow(Protocol):
    def __call__(self, root: Path, *arguments: str) -> tuple[int, dict[str, object]]: ...


@pytest.fixture
def shadow(
    wheelhouse: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shadow:
    del wheelhouse

    def call(root: Path, *arguments: str) -> tuple[int, dict[str, object]]:
        monkeypatch.chdir(root)
        capsys.readouterr()
        exit_code = run(["test", "--shadow", "--json", *arguments])
        return exit_code, json.loads(capsys.readouterr().out)

    return call


def findings(document: dict[str, object]) -> list[tuple[object, ...]]:
    judged = document["judged"]
    assert isinstance(judged, list)
    return [(each["test"], each["finding"], each["files"], each["seen"]) for each in judged]


def selected(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert run(["affected", "--task", "test", "--json"]) == 0
    return [each["path"] for each in json.loads(capsys.readouterr().out)["tests"]]


def test_a_miss_is_kept_and_selected_from_then_on(
    workspace: MakeWorkspace, shadow: Shadow, capsys: pytest.CaptureFixture[str], git: Git
) -> None:
    root = workspace(FILES)
    (root / "data/rates.json").write_text('{"a": 1}')
    exit_code, document = shadow(root, "--since", "HEAD")
    assert exit_code == 1
    assert findings(document) == [("hub/tests/test_rates.py", "missed", ["data/rates.json"], True)]
    assert document["skipped"] == [
        {"project": "hub", "test": "hub/tests/test_fine.py", "failed": False},
        {"project": "hub", "test": "hub/tests/test_rates.py", "failed": True},
    ]
    kept = json.loads((root / ".oneroof-edges.json").read_text())
    assert kept["edges"] == document["edges"]
    assert document["kept"] is True
    assert selected(capsys) == ["hub/tests/test_rates.py"]
    assert git("status", "--porcelain") == " M data/rates.json\n?? .oneroof-edges.json\n"
    assert git("worktree", "list").count("\n") == 1
    run(["edges", "--remove", "hub/tests/test_rates.py"])
    assert selected(capsys) == []


def test_no_keep_shows_what_would_be_kept(
    workspace: MakeWorkspace,
    wheelhouse: object,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del wheelhouse
    root = workspace(FILES)
    monkeypatch.chdir(root)
    (root / "data/rates.json").unlink()
    (root / "data/other.json").write_text("")
    assert run(["test", "--shadow", "--since", "HEAD", "--no-keep"]) == 1
    base, missed, not_kept, edge = capsys.readouterr().out.splitlines()
    assert base.endswith("0 of 2 test files would have run, 2 would have been skipped")
    assert missed == (
        "missed: hub/tests/test_rates.py (tests.test_rates::test_it) depends on data/**, "
        "which it was seen to read"
    )
    assert not_kept == "not kept; .oneroof-edges.json would hold"
    assert edge.startswith("  hub/tests/test_rates.py -> data/**  (")
    assert not (root / ".oneroof-edges.json").exists()


def test_what_fails_without_the_change_or_not_again_is_no_miss(
    workspace: MakeWorkspace, shadow: Shadow
) -> None:
    root = workspace(
        {
            **FILES,
            "hub/tests/test_broken.py": "def test_it():\n    assert 0\n",
            "hub/tests/test_moody.py": (
                "import os\ndef test_it():\n"
                "    known = os.path.exists('marker')\n"
                "    open('marker', 'w').close()\n    assert known\n"
            ),
        }
    )
    (root / "data/new.json").write_text("")
    exit_code, document = shadow(root, "--since", "HEAD")
    assert exit_code == 1
    assert findings(document) == [
        ("hub/tests/test_broken.py", "failed-before", [], False),
        ("hub/tests/test_moody.py", "unsteady", [], False),
    ]
    assert (document["edges"], document["kept"]) == ([], False)
    assert not (root / ".oneroof-edges.json").exists()


def test_tests_that_cannot_be_told_apart_are_kept_as_a_project(
    workspace: MakeWorkspace, shadow: Shadow, capsys: pytest.CaptureFixture[str]
) -> None:
    root = workspace(
        {
            "data/rates.json": "{}",
            "hub/setup.cfg": "[metadata]\nname = hub\nversion = 1\n",
            "hub/test_it.py": (
                "import os, unittest\nclass TestIt(unittest.TestCase):\n    def test_it(self):\n"
                f"        self.assertEqual({READ.format(up=1)}.read(), '{{}}')\n"
            ),
        }
    )
    (root / "data/rates.json").write_text("[]")
    _, document = shadow(root, "--since", "HEAD")
    assert findings(document) == [(None, "missed", ["data/rates.json"], True)]
    kept = json.loads((root / ".oneroof-edges.json").read_text())
    assert [(each["test"], each["files"]) for each in kept["edges"]] == [
        ("hub", ["data/rates.json"])
    ]
    capsys.readouterr()
    run(["affected", "--json"])
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["projects"]] == ["hub"]


def test_where_nothing_is_missed_it_passes(workspace: MakeWorkspace, shadow: Shadow) -> None:
    root = workspace(FILES)
    (root / "hub/tests/test_fine.py").write_text("def test_it():\n    assert True\n")
    exit_code, document = shadow(root)
    assert exit_code == 0
    assert (document["selected"], findings(document)) == (1, [])
    assert document["skipped"] == [
        {"project": "hub", "test": "hub/tests/test_rates.py", "failed": False}
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shadow", "--verify"), "`--verify` and `--shadow` are two kinds of runs"),
        (("--shadow", "--dry-run"), "`--shadow` runs tests, and `--dry-run` does not"),
        (("--no-keep",), "`--no-keep` says what to do with what `--shadow` finds"),
        (("--shadow", "--", "-k", "x"), "`--shadow` is about all tests, and words after `--`"),
    ],
)
def test_what_does_not_go_together_is_refused(
    workspace: MakeWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(workspace(FILES))
    assert run(["test", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_without_git_there_is_nothing_to_compare_with(
    isolated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, text in FILES.items():
        (isolated / "plain" / path).parent.mkdir(parents=True, exist_ok=True)
        (isolated / "plain" / path).write_text(text)
    monkeypatch.chdir(isolated / "plain")
    assert run(["test", "--shadow"]) == 2
    assert "`--shadow` compares with a commit" in capsys.readouterr().err
