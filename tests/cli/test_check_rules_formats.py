"""The formats of `check` for other tools."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from oneroof import __version__
from oneroof.cli.check_formats import FORMATS
from oneroof.errors import Problem
from oneroof.rules.violation import Violation
from oneroof.workspace.model import ProjectName

if TYPE_CHECKING:
    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace

ERROR = Violation(
    "layers",
    ProjectName("a"),
    Problem("a b/x,y.py", "imports 100% of `b`", hint="take it out"),
    fails=True,
    line=3,
)
WARNING = Violation(
    "unused",
    ProjectName("a"),
    Problem("a/pyproject.toml", "declares `c`", "project.dependencies[0]"),
    fails=False,
)
KNOWN = Violation("layers", None, Problem("", "is old"), fails=True, in_baseline=True)


def printed(name: str, capsys: pytest.CaptureFixture[str], *violations: Violation) -> str:
    FORMATS[name](violations)
    return capsys.readouterr().out


def test_annotations_for_github(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed("github", capsys, ERROR, WARNING, KNOWN) == (
        "::error file=a b/x%2Cy.py,line=3,title=layers::imports 100%25 of `b`%0Ahint: take it out\n"
        "::warning file=a/pyproject.toml,title=unused::project.dependencies[0]: declares `c`\n"
        "::warning title=layers::is old\n"
    )


def test_nothing_for_github_where_nothing_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed("github", capsys) == ""


def gitlab(capsys: pytest.CaptureFixture[str], *violations: Violation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed("gitlab", capsys, *violations))
    return found


def test_a_code_quality_report_for_gitlab(capsys: pytest.CaptureFixture[str]) -> None:
    found = gitlab(capsys, ERROR, WARNING)
    fingerprints = [each.pop("fingerprint") for each in found]
    assert found == [
        {
            "description": "imports 100% of `b`",
            "check_name": "layers",
            "severity": "major",
            "location": {"path": "a b/x,y.py", "lines": {"begin": 3}},
        },
        {
            "description": "project.dependencies[0]: declares `c`",
            "check_name": "unused",
            "severity": "minor",
            "location": {"path": "a/pyproject.toml", "lines": {"begin": 1}},
        },
    ]
    assert [len(each) for each in fingerprints] == [64, 64]


def test_fingerprints_stay_when_lines_move(capsys: pytest.CaptureFixture[str]) -> None:
    moved = Violation(ERROR.rule, ERROR.project, ERROR.problem, fails=True, line=30)
    before, after = gitlab(capsys, ERROR), gitlab(capsys, moved)
    assert before[0]["fingerprint"] == after[0]["fingerprint"]


def test_two_lines_of_one_file_have_two_fingerprints(capsys: pytest.CaptureFixture[str]) -> None:
    again = Violation(ERROR.rule, ERROR.project, ERROR.problem, fails=True, line=30)
    first, second = gitlab(capsys, ERROR, again)
    assert first["fingerprint"] != second["fingerprint"]


def test_a_sarif_log(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed("sarif", capsys, ERROR, WARNING, KNOWN))
    (run,) = document.pop("runs")
    assert document == {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
    }
    assert run["tool"] == {
        "driver": {
            "name": "oneroof",
            "version": __version__,
            "rules": [{"id": "layers"}, {"id": "unused"}],
        }
    }
    for each in run["results"]:
        assert len(each.pop("partialFingerprints")["oneroof/v1"]) == 64
    assert run["results"] == [
        {
            "ruleId": "layers",
            "ruleIndex": 0,
            "level": "error",
            "message": {"text": "imports 100% of `b`\nhint: take it out"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "a%20b/x%2Cy.py"},
                        "region": {"startLine": 3},
                    }
                }
            ],
        },
        {
            "ruleId": "unused",
            "ruleIndex": 1,
            "level": "warning",
            "message": {"text": "project.dependencies[0]: declares `c`"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a/pyproject.toml"}}}],
        },
        {
            "ruleId": "layers",
            "ruleIndex": 0,
            "level": "warning",
            "message": {"text": "is old"},
            "suppressions": [{"kind": "external", "justification": "in the baseline"}],
        },
    ]


CYCLE = {
    name: f'[project]\nname = "{name[0]}"\nversion = "1"\ndependencies = ["{other}"]\n'
    for name, other in (("a/pyproject.toml", "b"), ("b/pyproject.toml", "a"))
}


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("text", "error: a/pyproject.toml: is in a run-time cycle: "),
        ("json", '{\n  "ok": false,\n  "violations": [\n'),
        ("github", "::error file=a/pyproject.toml,title=cycle::is in a run-time cycle: "),
        ("gitlab", '[\n  {\n    "description": "is in a run-time cycle: '),
        ("sarif", '{\n  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",\n'),
    ],
)
def test_the_format_is_chosen_on_the_command_line(
    oneroof: Oneroof, workspace: MakeWorkspace, name: str, start: str
) -> None:
    said = oneroof(workspace(CYCLE), "check", "--format", name)
    assert said.stdout[: len(start)] == start
    assert said.exit_code == 1
