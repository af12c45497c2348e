"""What `check` says of rules about imports between projects, suppressions and the baseline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace

BASELINE = ".oneroof-baseline.json"
MESSAGE = "api imports `billing` of `billing`: a service may not import another service"


def manifest(name: str, *needs: str) -> str:
    listed = ", ".join(f'"{each}"' for each in needs)
    return (
        f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[tool.oneroof]\nrole = "service"\n'
    )


SERVICES = {
    "api/pyproject.toml": manifest("api", "billing"),
    "api/api/__init__.py": "import os\nimport billing\n",
    "billing/pyproject.toml": manifest("billing"),
    "billing/billing/__init__.py": "",
}


def rules(text: str) -> dict[str, str]:
    return {"pyproject.toml": f"[tool.oneroof.rules]\n{text}\n"}


def violations(oneroof: Oneroof, root: Path, *arguments: str) -> list[dict[str, Any]]:
    document = oneroof(root, "check", "--json", *arguments).json
    assert isinstance(document, dict)
    found: list[dict[str, Any]] = document["violations"]
    return found


def test_a_service_that_imports_another_one(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    said = oneroof(workspace(SERVICES), "check")
    assert said.stdout == (
        f"error: api/api/__init__.py:2: {MESSAGE} [services-import-services]\n"
        "  hint: move what both need into a library\n"
        "1 violation, 0 warnings\n"
    )
    assert said.exit_code == 1


def test_only_imports_of_selected_projects_are_judged(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    assert violations(oneroof, workspace(SERVICES), "billing") == []


def test_rules_of_the_root_are_read(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    files = SERVICES | rules('services-import-services = true\nlayers = [["billing"], ["api"]]')
    (found,) = violations(oneroof, workspace(files))
    assert (found["rule"], found["message"]) == (
        "layers",
        "api imports `billing` of `billing`: the layer `api` lies below `billing`",
    )


@pytest.mark.parametrize(
    ("text", "key", "message", "hint"),
    [
        (
            'independent = [["api", "biling"]]',
            "tool.oneroof.rules.independent[0][1]",
            "no project is selected by `biling`",
            "did you mean `billing`?",
        ),
        (
            'forbidden = [{ from = "api", to = "billing" }]',
            "tool.oneroof.rules.forbidden[0].reason",
            "is missing: an entry needs `from`, `to`, `reason`",
            None,
        ),
    ],
)
def test_a_mistake_in_the_rules_is_named_with_its_key(
    oneroof: Oneroof,
    workspace: MakeWorkspace,
    *,
    text: str,
    key: str,
    message: str,
    hint: str | None,
) -> None:
    root = workspace(SERVICES | rules(f"services-import-services = true\n{text}"))
    (found,) = violations(oneroof, root)
    assert (found["rule"], found["path"], found["key"], found["message"], found["hint"]) == (
        "manifest",
        "pyproject.toml",
        key,
        message,
        hint,
    )


def ignoring(further: str = "") -> dict[str, str]:
    return rules(
        'ignore = [{ rule = "services-import-services", path = "api/**", reason = "soon"'
        f"{further} }}]"
    )


def test_an_entry_of_ignore_lets_pass(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    said = oneroof(workspace(SERVICES | ignoring(", until = 2999-01-01")), "check")
    assert (said.stdout, said.exit_code) == ("0 violations, 0 warnings\n", 0)


def test_an_expired_entry_of_ignore_fails(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    found = violations(oneroof, workspace(SERVICES | ignoring(", until = 2020-01-01")))
    assert [(each["rule"], each["severity"]) for each in found] == [
        ("services-import-services", "error"),
        ("suppression", "error"),
    ]


def test_settings_with_a_date_are_remembered(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace(SERVICES | ignoring(", until = 2020-01-01"))
    assert violations(oneroof, root) == violations(oneroof, root) != []


def test_an_entry_that_matches_nothing_is_told_where_all_is_judged(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(SERVICES | {"api/api/__init__.py": "import os\n"} | ignoring())
    found = {each["rule"]: each["severity"] for each in violations(oneroof, root)}
    assert found == {"unused": "warning", "unused-suppression": "warning"}
    assert violations(oneroof, root, "billing") == []


def test_a_comment_lets_its_line_pass(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    line = "import billing  # oneroof: ignore[services-import-services] moves out in May\n"
    said = oneroof(workspace(SERVICES | {"api/api/__init__.py": line}), "check")
    assert (said.stdout, said.exit_code) == ("0 violations, 0 warnings\n", 0)


def test_a_baseline_is_written(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace(SERVICES)
    said = oneroof(root, "check", "--write-baseline")
    assert (said.exit_code, said.stdout, said.stderr) == (0, "", f"wrote {BASELINE}\n")
    assert json.loads((root / BASELINE).read_text()) == {
        "format": 1,
        "violations": [
            {
                "rule": "services-import-services",
                "project": "api",
                "path": "api/api/__init__.py",
                "subject": "billing of billing",
            }
        ],
    }


def test_what_the_baseline_knows_does_not_fail_wherever_its_line_is(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(SERVICES)
    oneroof(root, "check", "--write-baseline")
    (root / "api/api/__init__.py").write_text("import os\n\n\nimport billing\n")
    said = oneroof(root, "check")
    assert (said.stdout, said.stderr, said.exit_code) == ("0 violations, 0 warnings\n", "", 0)


def test_what_the_baseline_does_not_know_fails(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace(SERVICES)
    oneroof(root, "check", "--write-baseline")
    (root / "api/api/more.py").write_text("import billing\n")
    (found,) = violations(oneroof, root)
    assert (found["path"], found["baseline"]) == ("api/api/more.py", False)
    assert oneroof(root, "check").exit_code == 1


def test_all_shows_what_the_baseline_knows(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace(SERVICES)
    oneroof(root, "check", "--write-baseline")
    (found,) = violations(oneroof, root, "--all")
    assert (found["rule"], found["severity"], found["baseline"]) == (
        "services-import-services",
        "error",
        True,
    )
    said = oneroof(root, "check", "--all")
    assert said.stdout.splitlines()[-1] == "0 violations, 0 warnings, 1 in the baseline"
    assert said.exit_code == 0


def test_entries_of_the_baseline_that_match_nothing_are_told(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(SERVICES)
    oneroof(root, "check", "--write-baseline")
    (root / "api/api/__init__.py").write_text("import os\n")
    (found,) = (each for each in violations(oneroof, root) if each["rule"] == "baseline")
    assert (found["path"], found["severity"], found["message"]) == (
        BASELINE,
        "warning",
        ("1 entry matches nothing any more: `services-import-services` in `api/api/__init__.py`"),
    )
    assert violations(oneroof, root, "billing") == []
    oneroof(root, "check", "--write-baseline")
    assert json.loads((root / BASELINE).read_text())["violations"][0]["rule"] == "unused"


def test_a_baseline_is_of_all_projects(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    said = oneroof(workspace(SERVICES), "check", "api", "--write-baseline")
    assert (said.exit_code, said.stderr) == (
        2,
        (
            "error: a baseline holds all projects: `--write-baseline` takes no selection\n"
            "hint: leave the projects out\n"
        ),
    )


def test_a_damaged_baseline_is_an_error(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    said = oneroof(workspace(SERVICES | {BASELINE: "[]"}), "check")
    assert said.exit_code == 2
    assert said.stderr.startswith(f"error: {BASELINE}: cannot be read: ")
