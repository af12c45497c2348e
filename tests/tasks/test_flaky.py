"""The flaky list: which tests an entry names, until when, and which entries are wrong."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from oneroof.changes.snapshot import open_root
from oneroof.paths import RelPath
from oneroof.tasks.flaky import FlakyList, find_wrong_entries, names
from oneroof.tasks.testids import TestId
from oneroof.workspace.settings import FlakySettings

if TYPE_CHECKING:
    from tests.conftest import MakeWorkspace

PATH = RelPath("libs/ml/tests/test_a.py")
TODAY = dt.date(2026, 6, 15)


def entry(test: str, until: dt.date = dt.date(2026, 12, 31)) -> FlakySettings:
    return FlakySettings(test, "@team", until, "the clock")


@pytest.mark.parametrize(
    ("pattern", "inner", "is_named"),
    [
        ("libs/ml/tests/test_a.py", "test_x", True),
        ("libs/ml", "test_x", True),
        ("libs/**/test_*.py", "TestA::test_x", True),
        ("tests/test_a.py", "test_x", False),
        ("libs/ml/tests/test_a.py::test_x", "test_x", True),
        ("libs/ml/tests/test_a.py::test_x", "test_x[1]", True),
        ("libs/ml/tests/test_a.py::test_x", "test_xy", False),
        ("libs/ml/tests/test_a.py::test_x[1]", "test_x[1]", True),
        ("libs/ml/tests/test_a.py::test_x[1]", "test_x[12]", False),
        ("libs/ml/tests/test_a.py::test_x[1]", "test_x1", False),
        ("libs/ml/tests/test_a.py::TestA", "TestA::test_x", True),
        ("libs/ml/tests/test_a.py::TestA", "TestAB::test_x", False),
        ("libs/ml/tests/test_a.py::TestA::test_?", "TestA::test_x", True),
        ("libs/ml/tests/test_a.py::*slow*", "TestA::test_slow_one", True),
        ("libs/ml/tests/test_a.py", "", True),
        ("libs/ml/tests/test_a.py::*", "", False),
    ],
)
def test_an_entry_names_tests(pattern: str, inner: str, is_named: bool) -> None:  # noqa: FBT001  a parameter of the test
    assert names(pattern, TestId(PATH, inner)) is is_named


@pytest.mark.parametrize(("day", "holds"), [(14, False), (15, True), (16, True)])
def test_the_last_day_counts(day: int, holds: bool) -> None:  # noqa: FBT001  a parameter of the test
    one = entry(PATH, dt.date(2026, 6, day))
    assert FlakyList((one,), TODAY).holds(one) is holds


def test_of_several_entries_the_one_that_holds_longest_counts() -> None:
    old, new = entry(PATH, dt.date(2026, 1, 1)), entry(f"{PATH}::test_x")
    assert FlakyList((old, new, old), TODAY).entry(TestId(PATH, "test_x")) == new
    assert FlakyList((old, new), TODAY).entry(TestId(PATH, "test_y")) == old
    assert FlakyList((new,), TODAY).entry(TestId(PATH, "test_y")) is None


def test_entries_that_name_no_test_and_expired_ones_are_wrong(workspace: MakeWorkspace) -> None:
    root = workspace(
        {
            "a/test_a.py": "class TestA:\n    def test_x(self):\n        pass\ndef test_y(): ...\n",
            "a/test_b.py": "from base import *\n",
        }
    )
    tests = [
        "a/test_a.py::test_y[1]",
        "a/test_a.py::TestA::test_inherited",
        "a/test_*.py",
        "a/test_b.py::test_unseen",
        "a/test_a.py::test_",
        "a/test_c.py",
        "a/test_a.py::test_*",
    ]
    flaky = FlakyList((*map(entry, tests), entry("a/test_c.py", dt.date(2026, 6, 14))), TODAY)
    files = [RelPath("a/test_a.py"), RelPath("a/test_b.py")]
    found = find_wrong_entries(flaky, open_root(root).tree, files)
    assert [(problem.key, problem.message, breaks) for problem, breaks in found] == [
        ("tool.oneroof.flaky[4].test", "`a/test_a.py::test_` names no test; owner: @team", False),
        ("tool.oneroof.flaky[5].test", "`a/test_c.py` names no test; owner: @team", False),
        (
            "tool.oneroof.flaky[7].until",
            "`a/test_c.py` was to be flaky until 2026-06-14; owner: @team",
            True,
        ),
    ]
