"""Imports held against manifests: portions of a namespace, and distributions of an index.

example-pkg-b imports a portion of example-pkg-a and what only comes along with `shallow`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Index, Repository

CODE = "import deeply\nimport shallow\n\nfrom example_pkg.a import NAME\n"
MANIFEST_B = "pkg_b/pyproject.toml"


def manifest(name: str, *needs: str) -> str:
    listed = ", ".join(f'"{each}"' for each in needs)
    return (
        f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f"dependencies = [{listed}]\n"
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["example_pkg"]\n'
    )


@pytest.fixture
def portions(repository: Repository, index: Index) -> Repository:
    index.wheels.add("deep", "1.5", {"deeply/__init__.py": ""})
    index.wheels.add("shallow", "1.0", {"shallow.py": "import deeply\n"}, requires=["deep>=1.5"])
    repository.write(
        {
            "pkg_a/pyproject.toml": manifest("example-pkg-a"),
            "pkg_a/example_pkg/a/__init__.py": "NAME = 'a'\n",
            MANIFEST_B: manifest("example-pkg-b", "shallow"),
            "pkg_b/example_pkg/b/__init__.py": CODE,
        }
    )
    repository.commit()
    return repository


def violations(repository: Repository, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = repository.oneroof("check", "--json", *arguments).json[
        "violations"
    ]
    return [each for each in found if each["rule"] != "missing-lock"]


def test_every_undeclared_import_has_its_line_and_its_cure(portions: Repository) -> None:
    found = violations(portions)
    assert [(each["rule"], each["path"], each["line"], each["hint"]) for each in found] == [
        (
            "undeclared",
            "pkg_b/example_pkg/b/__init__.py",
            1,
            f'write `"deep>=1.5"` in `[project] dependencies` of {MANIFEST_B}',
        ),
        (
            "undeclared",
            "pkg_b/example_pkg/b/__init__.py",
            4,
            f'write `"example-pkg-a"` in `[project] dependencies` of {MANIFEST_B}',
        ),
    ]
    assert portions.oneroof("check").exit_code == 1


def test_writing_the_lines_mends_it(portions: Repository) -> None:
    portions.replace(MANIFEST_B, '"shallow"', '"shallow", "deep>=1.5", "example-pkg-a"')
    assert violations(portions) == []
    said = portions.python("example-pkg-b", "import example_pkg.b; print(example_pkg.b.NAME)")
    assert said.stdout == "a\n", said.stderr


def test_fix_writes_the_lines_and_takes_out_what_is_not_used_any_more(
    portions: Repository,
) -> None:
    said = portions.oneroof("check", "--fix")
    assert (said.exit_code, said.stderr.splitlines()[-2:]) == (
        0,
        [f"wrote {MANIFEST_B}", "fixed 2 findings in 1 file"],
    )
    text = (portions.root / MANIFEST_B).read_text()
    assert 'dependencies = ["deep>=1.5", "example-pkg-a", "shallow"]\n' in text
    assert violations(portions) == []
    said = portions.python("example-pkg-b", "import example_pkg.b; print(example_pkg.b.NAME)")
    assert said.stdout == "a\n", said.stderr
    portions.write({"pkg_b/example_pkg/b/__init__.py": "import shallow\n"})
    assert portions.oneroof("check", "--fix").exit_code == 0
    assert 'dependencies = ["shallow"]\n' in (portions.root / MANIFEST_B).read_text()


def test_what_is_not_used_any_more_is_told(portions: Repository) -> None:
    portions.replace(MANIFEST_B, '"shallow"', '"shallow", "deep>=1.5", "example-pkg-a"')
    portions.write({"pkg_b/example_pkg/b/__init__.py": "import shallow\n"})
    found = violations(portions)
    assert [(each["rule"], each["path"], each["key"]) for each in found] == [
        ("unused", MANIFEST_B, "project.dependencies[1]"),
        ("unused", MANIFEST_B, "project.dependencies[2]"),
    ]
    assert portions.oneroof("check").exit_code == 0


def test_without_environments_no_index_is_asked(portions: Repository, index: Index) -> None:
    found = violations(portions, "--no-environments")
    assert [each["line"] for each in found] == [4]
    assert index.names_asked == set()
