"""What becomes of targets: results, events, the sum of a run.

Light to import: it is all that a run needs which finds everything in the cache.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult, TestCounts
from oneroof.changes.snapshot import workspace_folder

Source = Literal["ran", "local-cache", "remote-cache"]


class TargetResult(msgspec.Struct, frozen=True):
    """What became of a target in this run."""

    name: str
    result: ActionResult
    source: Source = "ran"
    fingerprint: str = ""
    log: str = ""
    """The absolute path of the log; empty where nothing was ever run."""
    failing: tuple[str, ...] = ()
    """Names of the tests that failed."""
    cached_tests: int = 0
    """How many of its tests were known to pass and not run, though the target was."""

    @property
    def ok(self) -> bool:
        """Whether it passed, now or before."""
        return self.result.status == "passed"


class CommandReport(msgspec.Struct, frozen=True):
    """What one command left behind."""

    exit_code: int | None
    duration_seconds: float
    counts: TestCounts | None
    failing: tuple[str, ...]
    classes: Mapping[str, TestCounts]
    junit: Digest | None


class Done(msgspec.Struct, frozen=True):
    """How the execution of a target ended."""

    result: ActionResult
    failing: tuple[str, ...] = ()
    cached_tests: int = 0
    classes: Mapping[str, TestCounts] = {}
    """The counts of each class, as the report of the tests names it."""
    cut_short: bool = False
    """Whether it stopped before all tests had run."""
    ran: bool = True


class TargetStarted(msgspec.Struct, frozen=True):
    """A target begins to run."""

    name: str


class TargetFinished(msgspec.Struct, frozen=True):
    """A target has its result, from the cache or from a run."""

    result: TargetResult


RunEvent = TargetStarted | TargetFinished


class Options(msgspec.Struct, frozen=True):
    """How to run."""

    jobs: int = 1
    fail_fast: bool = False
    arguments: tuple[str, ...] = ()
    """Further words for the tools; results of such runs are not kept."""
    by_file: bool = True
    """Whether test files that are known to pass may be left out."""


class RunSummary(msgspec.Struct, frozen=True):
    """What became of all targets."""

    results: tuple[TargetResult, ...]
    """In the order of the targets."""
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """Whether every target passed and none was left out."""
        return not self.interrupted and all(result.ok for result in self.results)


def log_path(root: Path, target: str) -> Path:
    """Where the log of a target's last run lies."""
    return workspace_folder(root) / "logs" / f"{file_name(target)}.log"


def file_name(name: str) -> str:
    """A target's name as a file name: readable, and different for different names."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")[:80]
    if readable == name:
        return name
    return f"{readable}-{Digest.of(name.encode()).hash[:8]}"
