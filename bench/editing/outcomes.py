"""What tests came to, read from JUnit reports: the outcome and all that each test recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
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
        report.files.setdefault(_file_of(case), {})[key] = (end, seen)
    return report


def _file_of(case: ET.Element) -> str:
    """The file that a test ran for: pytest names the one that it is written in.

    Where a test file takes tests of one beside it, only the name of the class tells.
    """
    file = PurePosixPath(case.get("file", ""))
    modules = [each for each in case.get("classname", "").split(".") if each.startswith("test_")]
    if file.name and modules and file.stem not in modules:
        return str(file.with_name(f"{modules[-1]}.py"))
    return case.get("file", "")


def is_good(end: Outcome) -> bool:
    return end[0] in {"passed", "skipped"}
