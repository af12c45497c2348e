"""Bare `oneroof`, and how whatever is wrong is said: no traceback, everything in one run."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oneroof import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace

GOOD = '[project]\nname = "good"\nversion = "1"\n'


def test_version_is_one_line(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "--version")
    assert (said.exit_code, said.stdout) == (0, f"oneroof {__version__}\n")


def test_help_shows_the_groups(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "--help")
    titles = [line for line in said.stdout.splitlines() if line.endswith(":") and line[0] != " "]
    assert titles == ["Usage:", "Options:", "look:", "work:", "run:", "ship:", "keep:"][1:]
    assert said.exit_code == 0


def test_bare_oneroof_is_one_screen_about_here(oneroof: Oneroof, shop: Path) -> None:
    (shop / "libs/ml/ml/__init__.py").write_text("x = 1\n")
    said = oneroof(shop)
    assert said.stdout == (
        "workspace  <root>\n"
        "projects   3 (2 lib, 1 service), 2 edges between them\n"
        "locks      0; 3 projects without one\n"
        "changed    2 projects affected since HEAD (<commit>)\n"
        "             ml  libs/ml/ml/__init__.py: modified\n"
        "             shop-api  ml changed: libs/ml/ml/__init__.py modified\n"
        "next       `oneroof test` runs what is not known to pass; 2 to look at\n"
    )
    assert said.exit_code == 0


def test_bare_oneroof_without_git_and_projects(oneroof: Oneroof, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    said = oneroof(folder)
    assert said.stdout.splitlines()[:2] == ["workspace  <root>", "projects   none found"]
    assert (said.exit_code, said.stderr) == (0, "")


def test_broken_toml_is_named_and_the_others_are_shown(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace({"bad/pyproject.toml": "[project\nname = 1\n", "good/pyproject.toml": GOOD})
    said = oneroof(root, "ls")
    assert "good" in said.stdout
    assert said.stderr.startswith("error: bad/pyproject.toml: ")
    assert "Traceback" not in said.stderr
    assert oneroof(root, "check").exit_code == 1


def test_an_empty_poetry_constraint_is_named_with_file_key_and_cure(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    # D3
    root = workspace(
        {
            "svc/pyproject.toml": (
                '[tool.poetry]\nname = "svc"\nversion = "1"\n'
                '[tool.poetry.dependencies]\npython = "^3.8"\nlibmq = ""\n'
            ),
            "libmq/pyproject.toml": '[tool.poetry]\nname = "libmq"\nversion = "1"\n',
        }
    )
    said = oneroof(root, "check", "--json")
    document = said.json
    assert isinstance(document, dict)
    (violation,) = [each for each in document["violations"] if each["severity"] == "error"]
    assert (violation["project"], violation["path"]) == ("svc", "svc/pyproject.toml")
    assert violation["key"] == "tool.poetry.dependencies.libmq"
    assert '"*"' in violation["hint"] or "`*`" in violation["hint"]
    assert (said.exit_code, document["ok"]) == (1, False)


def test_check_of_a_healthy_workspace(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace({"good/pyproject.toml": GOOD})
    assert oneroof(root, "check").stdout == "0 violations, 0 warnings\n"
    said = oneroof(root, "check", "--json")
    assert said.json == {"ok": True, "violations": []}
    assert said.exit_code == 0


def test_check_json_tells_a_warning_from_a_violation(oneroof: Oneroof, shop: Path) -> None:
    assert oneroof(shop, "check", "--json").json == {
        "ok": True,
        "violations": [
            {
                "rule": "missing-lock",
                "project": "shop-api",
                "path": "services/api/pyproject.toml",
                "line": None,
                "key": None,
                "message": "needs `six`, but has no lock",
                "hint": "run `oneroof lock shop-api`",
                "severity": "warning",
                "baseline": False,
            }
        ],
    }


@pytest.mark.parametrize("version", ["three", "3", "3.x"])
def test_check_wants_a_version_for_python(oneroof: Oneroof, shop: Path, version: str) -> None:
    said = oneroof(shop, "check", "--python", version)
    assert said.stderr == (
        f"error: `--python {version}`: expected a version like `3.12`\n"
        "hint: give major and minor version\n"
    )
    assert said.exit_code == 2


def test_settings_that_are_none_are_named(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace({"good/pyproject.toml": GOOD + '[tool.oneroof]\nrol = "lib"\n'})
    said = oneroof(root, "check")
    assert "good/pyproject.toml:5: tool.oneroof.rol: is not a setting" in said.stdout
    assert "did you mean `role`?" in said.stdout
    assert said.exit_code == 1


def test_the_same_workspace_from_a_folder_inside(oneroof: Oneroof, shop: Path) -> None:
    assert oneroof(shop / "libs/ml/ml", "ls").stdout == oneroof(shop, "ls").stdout


def test_root_may_be_given(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop.parent, "--root", str(shop / "libs"), "ls")
    assert [line.split()[0] for line in said.stdout.splitlines()[1:]] == ["ml", "mq"]


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_output_that_is_no_terminal_is_plain(shop: Path, variables: dict[str, str]) -> None:
    said = _spawn(shop, variables, "ls")
    assert "\x1b" not in said


def test_a_reader_that_goes_away_is_no_error(shop: Path) -> None:
    command = f"{sys.executable} -m oneroof ls --json | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=shop, capture_output=True, text=True, check=True
    )
    assert done.stdout == "{0\n"
    assert done.stderr == ""


def _spawn(folder: Path, variables: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "oneroof", *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


def test_a_cache_that_is_no_folder_is_no_bug(
    oneroof: Oneroof, shop: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ONEROOF_CACHE_DIR", str(tmp_path / "file"))
    said = oneroof(shop, "ls")
    assert said.exit_code == 4
    assert "error: tried to use the cache `" in said.stderr
    assert "hint: make room, or name another folder in `ONEROOF_CACHE_DIR`" in said.stderr
