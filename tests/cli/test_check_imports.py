"""What `check` says of imports, manifests and environments, as users see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace
    from tests.wheelhouse import Wheelhouse


def manifest(name: str, *needs: str) -> str:
    listed = ", ".join(f'"{each}"' for each in needs)
    return (
        f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    )


PAIR = {
    "lib/pyproject.toml": manifest("lib"),
    "lib/lib/__init__.py": "",
    "app/pyproject.toml": manifest("app"),
    "app/app/__init__.py": "import os\n\nimport lib\n",
}


def found_in(oneroof: Oneroof, root: Path, *arguments: str) -> list[dict[str, Any]]:
    document = oneroof(root, "check", "--json", *arguments).json
    assert isinstance(document, dict)
    found: list[dict[str, Any]] = document["violations"]
    return [each for each in found if each["rule"] != "missing-lock"]


def test_an_import_that_is_not_declared(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    said = oneroof(workspace(PAIR), "check")
    assert said.stdout == (
        "error: app/app/__init__.py:3: imports `lib` of `lib`, which app does not declare "
        "[undeclared]\n"
        '  hint: write `"lib"` in `[project] dependencies` of app/pyproject.toml\n'
        "1 violation, 0 warnings\n"
    )
    assert said.exit_code == 1


def test_json_has_the_line(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    assert found_in(oneroof, workspace(PAIR)) == [
        {
            "rule": "undeclared",
            "project": "app",
            "path": "app/app/__init__.py",
            "line": 3,
            "key": None,
            "message": "imports `lib` of `lib`, which app does not declare",
            "hint": 'write `"lib"` in `[project] dependencies` of app/pyproject.toml',
            "severity": "error",
            "baseline": False,
        }
    ]


def test_only_selected_projects_are_judged(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    assert found_in(oneroof, workspace(PAIR), "lib") == []


def test_a_requirement_that_is_not_used(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    files = {
        **PAIR,
        "app/pyproject.toml": manifest("app", "lib"),
        "app/app/__init__.py": "import os\n",
    }
    said = oneroof(workspace(files), "check")
    assert said.stdout == (
        "warning: app/pyproject.toml:4: project.dependencies[0]: declares `lib`, which no file of "
        "app imports [unused]\n"
        "  hint: take it out, or say in a comment beside it what it is for\n"
        "0 violations, 1 warning\n"
    )
    assert said.exit_code == 0


def test_a_file_that_is_no_python(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    said = oneroof(workspace({**PAIR, "app/app/__init__.py": "x = 'open\n"}), "check")
    assert said.stdout.startswith("error: app/app/__init__.py:1: does not parse: ")
    assert said.exit_code == 1


def third_parties(wheelhouse: Wheelhouse) -> dict[str, str]:
    wheelhouse.add("deep", "1.5", {"deeply/__init__.py": ""})
    wheelhouse.add("shallow", "1.0", {"shallow.py": "import deeply\n"}, requires=["deep"])
    return {
        "app/pyproject.toml": manifest("app", "shallow"),
        "app/app/__init__.py": "import shallow\nimport deeply\n",
    }


def test_a_distribution_that_only_comes_along(
    oneroof: Oneroof, workspace: MakeWorkspace, wheelhouse: Wheelhouse
) -> None:
    (found,) = found_in(oneroof, workspace(third_parties(wheelhouse)))
    assert (found["rule"], found["path"], found["line"], found["message"], found["hint"]) == (
        "undeclared",
        "app/app/__init__.py",
        2,
        (
            "imports `deeply` of `deep`, which app does not declare: it only comes along with "
            "something else"
        ),
        'write `"deep>=1.5"` in `[project] dependencies` of app/pyproject.toml',
    )


def test_a_distribution_that_nothing_imports(
    oneroof: Oneroof, workspace: MakeWorkspace, wheelhouse: Wheelhouse
) -> None:
    files = third_parties(wheelhouse) | {"app/app/__init__.py": "import os\n"}
    (found,) = found_in(oneroof, workspace(files))
    assert (found["rule"], found["severity"], found["message"]) == (
        "unused",
        "warning",
        "declares `shallow`, which no file of app imports",
    )


def test_the_line_that_is_hinted_mends_it(
    oneroof: Oneroof, workspace: MakeWorkspace, wheelhouse: Wheelhouse
) -> None:
    files = third_parties(wheelhouse) | {
        "app/pyproject.toml": manifest("app", "shallow", "deep>=1.5")
    }
    assert found_in(oneroof, workspace(files)) == []


def test_without_environments_nothing_is_installed(
    oneroof: Oneroof, workspace: MakeWorkspace, wheelhouse: Wheelhouse, tmp_path: Path
) -> None:
    assert found_in(oneroof, workspace(third_parties(wheelhouse)), "--no-environments") == []
    assert not (tmp_path / "cache/sites").exists()


def test_a_project_without_environment_is_told_and_the_others_are_judged(
    oneroof: Oneroof, workspace: MakeWorkspace, wheelhouse: Wheelhouse
) -> None:
    files = third_parties(wheelhouse) | {
        "bad/pyproject.toml": manifest("bad", "nowhere-to-be-had"),
        "bad/bad/__init__.py": "import nowhere\n",
    }
    first, second = found_in(oneroof, workspace(files))
    assert {first["rule"], second["rule"]} == {"undeclared", "no-environment"}
    told = first if first["rule"] == "no-environment" else second
    assert (told["project"], told["path"], told["severity"]) == (
        "bad",
        "bad/pyproject.toml",
        "warning",
    )
    assert told["message"].startswith("its third-party imports are not judged, as it has no ")


def test_environments_that_are_there_need_no_index(
    oneroof: Oneroof,
    workspace: MakeWorkspace,
    wheelhouse: Wheelhouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = workspace(third_parties(wheelhouse))
    before = found_in(oneroof, root)
    for wheel in wheelhouse.folder.iterdir():
        wheel.unlink()
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert found_in(oneroof, root) == before != []
