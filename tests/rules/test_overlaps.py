"""Files that two wheels would install at one path."""

from pathlib import Path

import pytest
from tests.rules.judging import opened

from oneroof.rules.overlaps import find_overlaps
from oneroof.rules.owners import find_two_owners

pytestmark = pytest.mark.usefixtures("isolated")

HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
CORP = '[tool.hatch.build.targets.wheel]\npackages = ["corp"]\n'
SHARED = "a/corp/py.typed", "b/corp/py.typed"


def manifest(name: str, *needs: str, more: str = CORP) -> str:
    listed = ", ".join(f'"{each}"' for each in needs)
    return f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n{HATCH}{more}'


def portions(needs: str = "a", **more: str) -> dict[str, str]:
    """a and b have portions of one namespace, and b needs a."""
    return {
        "a/pyproject.toml": manifest("a", more=more.get("a", CORP)),
        "a/corp/a/__init__.py": "",
        "b/pyproject.toml": manifest("b", *([needs] if needs else []), more=more.get("b", CORP)),
        "b/corp/b/__init__.py": "",
    }


def found(root: Path, files: dict[str, str]) -> list[tuple[bool, str, str]]:
    there, _ = opened(root, files, "b")
    return [
        (each.fails, each.problem.path, each.problem.message)
        for each in find_overlaps(there.graph, there.tree)
    ]


def test_portions_that_do_not_meet_in_a_file_are_well(tmp_path: Path) -> None:
    assert found(tmp_path, portions()) == []


def test_a_file_with_other_content_is_lost(tmp_path: Path) -> None:
    files = {**portions(), "a/corp/data/x.json": "1", "b/corp/data/x.json": "2"}
    assert found(tmp_path, files) == [
        (
            True,
            "b/corp/data/x.json",
            ("`corp/data/x.json` in the wheel of b is also in that of a (`a/corp/data/x.json`)"),
        )
    ]


def test_files_with_the_same_content_are_only_told(tmp_path: Path) -> None:
    files = {**portions(), **dict.fromkeys(SHARED, ""), "a/corp/x.txt": "", "b/corp/x.txt": ""}
    assert found(tmp_path, files) == [
        (
            False,
            "b/corp/py.typed",
            (
                "`corp/py.typed` and 1 more in the wheel of b is also in that of a "
                "(`a/corp/py.typed`), and they are the same"
            ),
        )
    ]


def test_wheels_that_are_never_installed_together_may_overlap(tmp_path: Path) -> None:
    files = {**portions(needs=""), "a/corp/x.txt": "1", "b/corp/x.txt": "2"}
    assert found(tmp_path, files) == []


def test_what_is_not_built_has_no_wheel(tmp_path: Path) -> None:
    files = {**portions(), "a/corp/x.txt": "1", "b/corp/x.txt": "2"}
    files["b/pyproject.toml"] = files["b/pyproject.toml"].replace(HATCH, "[tool.uv]\n")
    assert found(tmp_path, files) == []


def test_modules_are_told_once_as_those_of_two_owners(tmp_path: Path) -> None:
    files = {**portions(), "a/corp/x/__init__.py": "1", "b/corp/x/__init__.py": "2"}
    there, _ = opened(tmp_path, files, "b")
    assert list(find_overlaps(there.graph, there.tree)) == []
    assert [each.modules for each in find_two_owners(there.graph, there.tree)] == [("corp.x",)]


def test_tests_that_wheels_hold_are_told_as_such(tmp_path: Path) -> None:
    both = '[tool.hatch.build.targets.wheel]\npackages = ["corp", "tests"]\n'
    files = {
        **portions(a=both, b=both),
        "a/tests/__init__.py": "",
        "b/tests/__init__.py": "",
    }
    there, _ = opened(tmp_path, files, "b")
    assert [each.are_tests for each in find_two_owners(there.graph, there.tree)] == [True]


def test_files_that_open_a_namespace_again_are_well(tmp_path: Path) -> None:
    text = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)"
    files = {**portions(), "a/corp/__init__.py": text, "b/corp/__init__.py": text + "\n"}
    assert found(tmp_path, files) == []


def test_files_put_into_a_wheel_by_settings_count(tmp_path: Path) -> None:
    forced = '[tool.hatch.build.targets.wheel.force-include]\n"x.cfg" = "corp/settings.cfg"\n'
    files = {**portions(b=CORP + forced), "a/corp/settings.cfg": "1", "b/x.cfg": "2"}
    assert [(fails, path) for fails, path, _ in found(tmp_path, files)] == [(True, "b/x.cfg")]


def test_excluded_files_do_not_count(tmp_path: Path) -> None:
    files = {
        **portions(b=CORP + 'exclude = ["*.cfg"]\n'),
        "a/corp/settings.cfg": "1",
        "b/corp/settings.cfg": "2",
    }
    assert found(tmp_path, files) == []


@pytest.mark.parametrize(("value", "fails"), [("b:run", True), ("a:run", False)])
def test_two_commands_of_one_name(tmp_path: Path, *, value: str, fails: bool) -> None:
    files = portions(
        a=CORP + '[project.scripts]\nserve = "a:run"\n',
        b=CORP + f'[project.scripts]\nserve = "{value}"\n',
    )
    same = "" if fails else ", and they are the same"
    assert found(tmp_path, files) == [
        (
            fails,
            "b/pyproject.toml",
            f"the command `serve` of b is also one of a (`a/pyproject.toml`){same}",
        )
    ]
