"""What `check` finds beyond manifests and locks: inputs that are not there, closed namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace


def _violations(oneroof: Oneroof, root: Path) -> list[dict[str, Any]]:
    document = oneroof(root, "check", "--json").json
    assert isinstance(document, dict)
    found: list[dict[str, Any]] = document["violations"]
    return found


def manifest(name: str, more: str = "") -> str:
    return (
        f'[project]\nname = "{name}"\nversion = "1"\n{more}'
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    )


@pytest.mark.parametrize(
    ("settings", "key", "hint"),
    [
        (
            '[tool.oneroof]\ninputs = ["/shared/*.sql", "/shred/*.sql"]\n',
            "tool.oneroof.inputs[1]",
            "did you mean `shared`?",
        ),
        (
            '[tool.oneroof.tasks.load]\ncommand = "true"\ninputs = ["/shared/scheme.sql"]\n',
            "tool.oneroof.tasks.load.inputs[0]",
            "did you mean `shared/schema.sql`?",
        ),
        (
            '[tool.oneroof]\ninputs = ["nothing-like-it/**"]\n',
            "tool.oneroof.inputs[0]",
            "correct the glob, or take it out",
        ),
    ],
)
def test_an_input_that_matches_no_file(
    oneroof: Oneroof, workspace: MakeWorkspace, settings: str, key: str, hint: str
) -> None:
    root = workspace({"a/pyproject.toml": manifest("a", settings), "shared/schema.sql": "x"})
    (found,) = _violations(oneroof, root)
    assert (found["rule"], found["project"], found["path"]) == (
        "missing-input",
        "a",
        "a/pyproject.toml",
    )
    assert (found["key"], found["hint"]) == (key, hint)
    assert oneroof(root, "check").exit_code == 1


def test_a_glob_for_everything_that_matches_no_file(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace({"pyproject.toml": '[tool.oneroof]\neverything = ["tools/*.sh"]\n'})
    (found,) = _violations(oneroof, root)
    assert (found["project"], found["key"]) == (None, "tool.oneroof.everything[0]")


FIND = '[tool.setuptools.packages.find]\nwhere = ["src"]\nnamespaces = true\n'
NEEDS_A = 'dependencies = ["a"]\n[tool.uv.sources]\na = { path = "../a" }\n'


def _portions(needs: str = "", init: str | None = "") -> dict[str, str]:
    files = {
        "a/pyproject.toml": manifest("a", FIND),
        "a/src/corp/a/__init__.py": "",
        "b/pyproject.toml": manifest("b", needs + FIND),
        "b/src/corp/b/__init__.py": "",
    }
    return files if init is None else {**files, "a/src/corp/__init__.py": init}


def test_a_namespace_that_stays_open(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    assert _violations(oneroof, workspace(_portions(NEEDS_A, init=None))) == []


def test_a_file_that_closes_a_namespace_for_an_environment(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    said = oneroof(workspace(_portions(NEEDS_A)), "check")
    assert said.stdout == (
        "error: a/src/corp/__init__.py: makes `corp` an ordinary package, which hides its "
        "portions in `b` [closed-namespace]\n"
        "  hint: remove the file: a namespace has none\n"
        "1 violation, 0 warnings\n"
    )
    assert said.exit_code == 1


def test_projects_that_never_meet_are_only_warned(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    said = oneroof(workspace(_portions()), "check")
    assert said.stdout.startswith("warning: a/src/corp/__init__.py: ")
    assert said.exit_code == 0


def test_a_file_that_opens_its_namespace_again_is_well(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    text = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    assert _violations(oneroof, workspace(_portions(NEEDS_A, init=text))) == []
