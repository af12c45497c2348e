"""`versions`: what projects get, and what one environment for all would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import write_files
from tests.distributions.conftest import BACKEND, built_here, manifest, metadata_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import Git, MakeWorkspace
    from tests.wheelhouse import Wheelhouse


@pytest.fixture
def root(workspace: MakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from tests.wheelhouse import Wheelhouse

    made: Wheelhouse = Wheelhouse(tmp_path / "wheelhouse")
    made.add("alpha", "1.0")
    made.add("alpha", "2.0")
    made.add("beta", "1.0", requires=["alpha"])
    monkeypatch.setenv("UV_FIND_LINKS", str(made.folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    return workspace(
        {
            "pyproject.toml": "[tool.oneroof]\ntest-requirements = []\n",
            "a/pyproject.toml": '[project]\nname = "a"\nversion = "1"\ndependencies = ["beta"]\n',
            "b/pyproject.toml": (
                '[project]\nname = "b"\nversion = "1"\ndependencies = ["alpha<2"]\n'
            ),
        }
    )


def test_only_what_differs_is_listed(root: Path, oneroof: Oneroof) -> None:
    told = oneroof(root, "versions")
    assert told.stdout == "package  version  projects\nalpha    2.0      a\n         1.0      b\n"
    assert told.stderr.endswith("2 packages, 1 in more than one version; `--all` shows the rest\n")


def test_who_asks_for_a_package_is_told(root: Path, oneroof: Oneroof) -> None:
    assert oneroof(root, "versions", "Alpha").stdout == (
        "alpha\n"
        "  2.0\n"
        "    a: required by beta\n"
        "  1.0\n"
        "    b: alpha<2  (b/pyproject.toml: project.dependencies[0])\n"
    )


def test_one_environment_for_all_is_said_to_downgrade(root: Path, oneroof: Oneroof) -> None:
    told = oneroof(root, "versions", "--shared")
    assert told.exit_code == 0
    assert told.stderr.endswith("warning: a: one environment downgrades `alpha` 2.0 -> 1.0\n")


def test_projects_that_cannot_share_an_environment_are_an_error(
    root: Path, oneroof: Oneroof
) -> None:
    manifest = (root / "a/pyproject.toml").read_text()
    (root / "a/pyproject.toml").write_text(manifest.replace("beta", "alpha>=2"))
    told = oneroof(root, "versions", "--shared")
    assert told.exit_code == 1
    assert "error: these projects cannot share one environment: " in told.stderr


def test_a_package_that_nobody_has_is_an_error(root: Path, oneroof: Oneroof) -> None:
    told = oneroof(root, "versions", "gamma")
    assert (told.exit_code, told.stdout) == (3, "")
    assert "error: no selected project has `gamma`\n" in told.stderr


EXCEPTION = (
    "[[tool.oneroof.rules.version-exceptions]]\n"
    'package = "alpha"\nowner = "team-b"\nreason = "beta is new"\n{more}'
)


def _record(root: Path, more: str) -> None:
    path = root / "pyproject.toml"
    path.write_text(path.read_text() + EXCEPTION.format(more=more))


def test_a_recorded_exception_is_told_with_owner_and_last_day(root: Path, oneroof: Oneroof) -> None:
    _record(root, 'until = 9999-12-31\nprojects = ["b"]\n')
    assert oneroof(root, "versions").stdout == (
        "package  version  projects  exception\n"
        "alpha    2.0      a\n"
        "         1.0      b         team-b, until 9999-12-31\n"
    )
    assert oneroof(root, "versions", "alpha").stdout.endswith(
        "    b: alpha<2  (b/pyproject.toml: project.dependencies[0])\n"
        "      exception of team-b, until 9999-12-31: beta is new\n"
    )


def test_an_exception_that_is_over_is_told_as_such(root: Path, oneroof: Oneroof) -> None:
    _record(root, "until = 2020-02-02\n")
    document = oneroof(root, "versions", "--json").json
    assert isinstance(document, dict)
    (alpha,) = document["packages"]
    assert [
        (project["name"], project["exception"])
        for version in alpha["versions"]
        for project in version["projects"]
    ] == [
        (name, {"owner": "team-b", "reason": "beta is new", "until": "2020-02-02", "over": True})
        for name in ("a", "b")
    ]


def test_of_a_project_its_own_version_is_told(root: Path, oneroof: Oneroof, git: Git) -> None:
    described = """subprocess.check_output(["git", "describe", "--tags"], text=True).strip()[1:]"""
    backend = BACKEND.replace("import hashlib,", "import subprocess, hashlib,")
    write_files(
        root,
        {
            **built_here("service"),
            "service/backend.py": backend.replace('project["version"]', described),
            "service/pyproject.toml": manifest("service").replace(
                'version = "1.0"', 'dynamic = ["version"]'
            ),
        },
    )
    git("add", "--all", cwd=root)
    git("commit", "--quiet", "-m", "more", cwd=root)
    git("tag", "v4.2", cwd=root)
    said = oneroof(root, "versions", "Service", "a")
    assert (said.exit_code, said.stdout, said.stderr) == (
        0,
        "a  1\nservice  4.2  read from git\n",
        "",
    )
    oneroof(root, "wheel", "service", "-o", "out")
    assert "\nVersion: 4.2\n" in metadata_in(root / "out/service-4.2-py3-none-any.whl")
    assert oneroof(root, "versions", "service", "--json").json == {
        "packages": [],
        "projects": [{"name": "service", "version": "4.2", "from_git": True}],
    }
    assert oneroof(root, "versions", "a", "beta").stdout.startswith("a  1\nbeta\n  1.0\n")
