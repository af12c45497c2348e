"""Cases of reports and the tests of the workspace that they stand for."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oneroof.execution.junit import Case, parse_junit
from oneroof.paths import RelPath
from oneroof.tasks.testids import identify

if TYPE_CHECKING:
    from pathlib import Path

FILES = tuple(
    map(RelPath, ("hub/tests/test_a.py", "hub/tests/deep/test_a.py", "hub/tests/v1.2/test_b.py"))
)
ROOTS = (RelPath("hub"), RelPath("."))


def told(*names: tuple[str, str]) -> list[str] | None:
    found = identify([Case(*each, "passed") for each in names], FILES, ROOTS)
    return None if found is None else [str(each) for each in found.values()]


@pytest.mark.parametrize(
    ("classname", "name", "test"),
    [
        ("tests.test_a", "test_x", "hub/tests/test_a.py::test_x"),
        (
            "tests.test_a.TestA.TestB",
            "test_x[1.5]",
            "hub/tests/test_a.py::TestA::TestB::test_x[1.5]",
        ),
        ("tests.deep.test_a", "test_x", "hub/tests/deep/test_a.py::test_x"),
        ("tests.v1.2.test_b", "test_x", "hub/tests/v1.2/test_b.py::test_x"),
        ("", "tests.test_a", "hub/tests/test_a.py"),
        ("hub.tests.test_a.TestA", "test_x", "hub/tests/test_a.py::TestA::test_x"),
    ],
)
def test_a_case_is_found_by_the_dotted_path_of_its_file(
    classname: str, name: str, test: str
) -> None:
    assert told((classname, name)) == [test]


def test_a_case_of_no_known_file_makes_the_report_unknown() -> None:
    assert told(("tests.test_a", "test_x"), ("tests.spec", "line 1")) is None
    assert told(("", "")) is None


def test_one_root_holds_for_all_cases() -> None:
    assert told(("tests.test_a", "test_x"), ("hub.tests.test_a", "test_y")) is None


def test_files_of_the_same_dotted_path_are_told_apart_by_nobody() -> None:
    files = (RelPath("a.b/test_x.py"), RelPath("a/b/test_x.py"))
    assert identify([Case("a.b.test_x", "test", "passed")], files, [RelPath(".")]) is None


def test_pytest_itself_names_tests_so(tmp_path: Path) -> None:
    files = {
        "tests/test_base.py": "class TestBase:\n    def test_it(self):\n        pass\n",
        "tests/test_heir.py": (
            "import pytest\nfrom test_base import TestBase\n"
            "class TestOuter:\n    class TestInner(TestBase):\n        pass\n"
            "@pytest.mark.parametrize('x', ['a.b', 'c::d', 'e[f]'])\ndef test_x(x):\n    pass\n"
        ),
        "tests/test_broken.py": "import nowhere\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    command = [sys.executable, "-m", "pytest", "--rootdir=.", "--junitxml=j.xml", "-c", "/dev/null"]
    command += ["--continue-on-collection-errors"]
    subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)
    report = parse_junit(tmp_path / "j.xml")
    assert report is not None
    found = identify(report.cases, tuple(map(RelPath, files)), [RelPath(".")])
    assert found is not None
    assert sorted(map(str, found.values())) == [
        "tests/test_base.py::TestBase::test_it",
        "tests/test_broken.py",
        "tests/test_heir.py::TestBase::test_it",
        "tests/test_heir.py::TestOuter::TestInner::test_it",
        "tests/test_heir.py::test_x[a.b]",
        "tests/test_heir.py::test_x[c::d]",
        "tests/test_heir.py::test_x[e[f]]",
    ]
