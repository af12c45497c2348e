"""Reading JUnit XML, the report pytest and most other test runners write."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from oneroof.actions.result import TestCounts

# The element that tells an outcome, the gravest first.
_SIGNS = (("error", "errors"), ("failure", "failed"), ("skipped", "skipped"))


class JunitReport(msgspec.Struct, frozen=True):
    """What a report says."""

    counts: TestCounts
    failing: tuple[str, ...]
    """`classname::name` of the tests that failed or could not be run, each once, in order."""
    classes: Mapping[str, TestCounts] = MappingProxyType({})
    """The counts of each class name; of the path where that is no Python file."""


def parse_junit(path: Path) -> JunitReport | None:
    """Read a report, counting its test cases; None where it is missing, cut off or no report.

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


def _class_of(file: str, class_name: str, name: str) -> str:
    """What a case belongs to: tests of `data.yaml` look like those of a class in `data.py`."""
    return file if file and not file.endswith(".py") else class_name or name


class _Cases:
    """Counts test cases as their tags go by; captured output is never held."""

    def __init__(self) -> None:
        self.root = ""
        self._counted = dict.fromkeys(("passed", "failed", "skipped", "errors"), 0)
        self._failing: dict[str, None] = {}
        self._case: str | None = None
        self._class = ""
        self._classes: dict[str, dict[str, int]] = {}
        self._inside: set[str] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        if tag == "testcase":
            names = (attributes.get("classname", ""), attributes.get("name", ""))
            self._case = "::".join(name for name in names if name)
            self._class = _class_of(attributes.get("file", ""), *names)
            self._inside.clear()
        else:
            self._inside.add(tag)

    def end(self, tag: str) -> None:
        if tag != "testcase" or self._case is None:
            return
        outcome = next((kind for sign, kind in _SIGNS if sign in self._inside), "passed")
        self._counted[outcome] += 1
        counted = self._classes.setdefault(self._class, dict.fromkeys(self._counted, 0))
        counted[outcome] += 1
        if outcome in {"failed", "errors"}:
            self._failing[self._case] = None
        self._case = None

    def report(self) -> JunitReport:
        classes = {name: TestCounts(**counted) for name, counted in self._classes.items()}
        return JunitReport(TestCounts(**self._counted), tuple(self._failing), classes)
