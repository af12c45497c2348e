"""What tests came to, read from JUnit reports: the outcome and all that each test recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

Case = tuple[str, str]
"""The class name and the name of a test."""
Outcome = tuple[str, tuple[tuple[str, str], ...]]
"""How it ended and what it recorded."""
Cases = Mapping[Case, Outcome]


@dataclass
class Report:
    """The cases of one report, by the file that pytest names (`` where it names none)."""

    files: dict[str, dict[Case, Outcome]] = field(default_factory=dict)

    @property
    def cases(self) -> dict[Case, Outcome]:
        return {case: end for cases in self.files.values() for case, end in cases.items()}


def read(path: Path) -> Report | None:
    """Read a report; None where there is none."""
    try:
        tree = ET.parse(path)
    except (OSError, ET.ParseError):
        return None
    report = Report()
    for case in tree.iter("testcase"):
        signs = {child.tag for child in case}
        end = next((sign for sign in ("error", "failure", "skipped") if sign in signs), "passed")
        seen = tuple(
            (each.get("name", ""), each.get("value", "")) for each in case.iter("property")
        )
        key = (case.get("classname", ""), case.get("name", ""))
        report.files.setdefault(case.get("file", ""), {})[key] = (end, seen)
    return report


def is_good(end: Outcome) -> bool:
    return end[0] in {"passed", "skipped"}
