import subprocess
import sys
from pathlib import Path

import pytest

from oneroof.actions.result import TestCounts
from oneroof.execution.junit import Case, JunitReport, parse_junit

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="9" failures="9" skipped="9" tests="99">
<properties><property name="skipped" value="1"/></properties>
<testcase classname="tests.test_a" name="test_one" time="0.001"/>
<testcase classname="tests.test_a" name="test_two[a::b]"><failure message="no">text</failure>
<system-out>out</system-out></testcase>
<testcase classname="tests.test_a.TestX" name="test_two"><error message="setup"/></testcase>
<testcase classname="tests.test_a.TestX" name="test_two"><failure/><error/></testcase>
<testcase classname="tests.test_a" name="test_three"><skipped type="pytest.skip"/></testcase>
<testcase name="test_four"/>
</testsuite></testsuites>
"""


def test_cases_are_counted_and_failing_ones_named(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(REPORT)
    report = parse_junit(path)
    assert report == JunitReport(
        (
            Case("tests.test_a", "test_one", "passed", 0.001),
            Case("tests.test_a", "test_two[a::b]", "failed"),
            Case("tests.test_a.TestX", "test_two", "errors"),
            Case("tests.test_a.TestX", "test_two", "errors"),
            Case("tests.test_a", "test_three", "skipped"),
            Case("", "test_four", "passed"),
        )
    )
    assert report.counts == TestCounts(passed=2, failed=1, skipped=1, errors=2)
    assert report.failing == ("tests.test_a::test_two[a::b]", "tests.test_a.TestX::test_two")


@pytest.mark.parametrize(
    ("text", "seconds"), [("1.5", 1.5), ("1,234.5", 1234.5), ("", 0.0), ("x", 0.0), ("nan", 0.0)]
)
def test_durations_are_numbers_or_nothing(tmp_path: Path, text: str, seconds: float) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(f'<testsuite><testcase name="x" time="{text}"/></testsuite>')
    assert parse_junit(path) == JunitReport((Case("", "x", "passed", seconds),))


@pytest.mark.parametrize(
    "content",
    ["", "<testsuites>", REPORT[:300], "<html></html>", "nonsense", "<testsuite>\x00</testsuite>"],
)
def test_what_is_no_whole_report_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(content)
    assert parse_junit(path) is None


def test_missing_report_is_none(tmp_path: Path) -> None:
    assert parse_junit(tmp_path / "missing.xml") is None


def test_report_written_by_pytest_is_read(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_passes(): print('<failure>')\n"
        "def test_fails(): assert False\n"
        "def test_skips(): pytest.skip('no')\n"
        "@pytest.mark.xfail\n"
        "def test_expected(): assert False\n"
        "@pytest.fixture\n"
        "def broken(): raise OSError\n"
        "def test_errs(broken): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=j.xml"]
    command += ["-o", "junit_family=xunit1"]
    subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)
    report = parse_junit(tmp_path / "j.xml")
    assert report is not None
    assert report.counts == TestCounts(passed=1, failed=1, skipped=2, errors=1)
    assert report.failing == ("test_it::test_fails", "test_it::test_errs")
    assert {each.classname for each in report.cases} == {"test_it"}


def test_cases_of_no_python_file_are_told_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    case = '<testcase classname="tests.test_a.yaml" name="one" file="tests/test_a.yaml"/>'
    path.write_text(f"<testsuite>{case}</testsuite>")
    report = parse_junit(path)
    assert report is not None
    assert report.cases == (Case("tests/test_a.yaml", "one", "passed"),)
