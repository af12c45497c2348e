"""Reading JUnit XML, the report pytest and most other test runners write."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

import msgspec

from oneroof.actions.result import TestCounts

Outcome = Literal["errors", "failed", "skipped", "passed"]
"""How a test ended, the gravest first."""
_SIGNS: tuple[tuple[str, Outcome], ...] = (
    ("error", "errors"),
    ("failure", "failed"),
    ("skipped", "skipped"),
)
"""The elements that tell an outcome."""


class Case(msgspec.Struct, frozen=True):
    """One test, or a file that could not be collected, as the report names it."""

    classname: str
    name: str
    outcome: Outcome
    seconds: float = 0.0

    @property
    def full_name(self) -> str:
        """`classname::name`."""
        return "::".join(name for name in (self.classname, self.name) if name)

    @property
    def has_failed(self) -> bool:
        """Whether it failed or could not be run."""
        return self.outcome in {"errors", "failed"}


class JunitReport(msgspec.Struct, frozen=True):
    """What a report says."""

    cases: tuple[Case, ...]
    """In the order of the report; a test whose tear-down failed too is there twice."""

    @property
    def counts(self) -> TestCounts:
        """How many ended how."""
        return count(self.cases)

    @property
    def failing(self) -> tuple[str, ...]:
        """The full names of the tests that failed or could not be run, each once, in order."""
        return tuple(dict.fromkeys(each.full_name for each in self.cases if each.has_failed))


def count(cases: Iterable[Case]) -> TestCounts:
    """How many cases ended how."""
    counted: dict[Outcome, int] = dict.fromkeys(get_args(Outcome), 0)
    for each in cases:
        counted[each.outcome] += 1
    return TestCounts(**counted)


def parse_junit(path: Path) -> JunitReport | None:
    """Read a report case by case; None where it is missing, cut off or no report.

    The totals a report carries are not used: runners disagree on what they include.
    """
    # Not needed while everything comes from the cache. Expat itself refuses entity bombs.
    from xml.parsers import expat

    cases = _Cases()
    parser = expat.ParserCreate()
    parser.StartElementHandler = cases.start
    parser.EndElementHandler = cases.end
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except (OSError, expat.ExpatError):
        return None
    return cases.report() if cases.root in {"testsuites", "testsuite"} else None


class _Cases:
    """Collects test cases as their tags go by; captured output is never held."""

    def __init__(self) -> None:
        self.root = ""
        self._found: list[Case] = []
        self._attributes: dict[str, str] | None = None
        self._inside: set[str] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        if tag == "testcase":
            self._attributes = attributes
            self._inside.clear()
        else:
            self._inside.add(tag)

    def end(self, tag: str) -> None:
        if tag != "testcase" or self._attributes is None:
            return
        outcome: Outcome = next((kind for sign, kind in _SIGNS if sign in self._inside), "passed")
        classname, name = (self._attributes.get(each, "") for each in ("classname", "name"))
        seconds = _seconds(self._attributes.get("time", ""))
        file = self._attributes.get("file", "")
        if file and not file.endswith(".py"):
            classname = file  # tests of `data.yaml` look like those of a class in `data.py`
        self._found.append(Case(classname, name, outcome, seconds))
        self._attributes = None

    def report(self) -> JunitReport:
        return JunitReport(tuple(self._found))


def _seconds(text: str) -> float:
    """A duration; some runners group the digits of thousands."""
    try:
        found = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return found if 0 < found < math.inf else 0.0
