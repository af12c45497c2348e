"""What becomes of targets: results, events, the sum of a run.

Light to import: it is all that a run needs which finds everything in the cache.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import msgspec

from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult, Status, TestCounts
from oneroof.changes.snapshot import workspace_folder
from oneroof.paths import RelPath

if TYPE_CHECKING:
    from oneroof.execution.junit import Case

Source = Literal["ran", "local-cache", "remote-cache"]
GREEN: frozenset[Status] = frozenset({"passed", "flaky", "quarantined"})
"""The statuses that let a run pass."""


class Scope(msgspec.Struct, frozen=True):
    """How much of a target is run."""

    files: tuple[RelPath, ...] | None = None
    """The test files that are named to the tool; None: it looks for them itself."""
    left_out: tuple[RelPath, ...] = ()
    """The test files that it is told to pass over."""


WHOLE = Scope()


class FlakyTest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A test that failed, and passed when run again or may fail by the flaky list."""

    test: str
    """`libs/ml/tests/test_x.py::test_y`; the target where it is not known which test it was."""
    failed: int
    """In how many attempts."""
    ran: int
    """Of how many."""
    allowed: bool = False
    """Whether an entry of the flaky list that has not expired names it."""
    owner: str = ""
    until: str = ""
    """The last day of its entry; empty where it has none."""
    reason: str = ""


class Attempt(msgspec.Struct, frozen=True):
    """One execution of a target."""

    result: ActionResult
    scope: Scope = WHOLE
    cases: "tuple[Case, ...]" = ()
    """Its tests, as the report names them."""
    failing: tuple[str, ...] = ()
    """Full names of the tests that failed."""
    cut_short: bool = False
    """Whether it stopped before all tests had run, or failed for more than its tests."""
    junit: str = ""
    """The absolute path of the report."""

    @property
    def is_complete(self) -> bool:
        """Whether all tests ran, and they alone say how it ended."""
        if self.cut_short:
            return False
        status = self.result.status
        return status == "passed" or (status == "failed" and bool(self.failing))


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
    attempts: tuple[Attempt, ...] = ()
    flaky: tuple[FlakyTest, ...] = ()
    """Tests that failed and passed."""
    quarantined: tuple[FlakyTest, ...] = ()
    """Tests that failed and may, by the flaky list."""
    start_seconds: float | None = None
    """What it took beside its test files; None where that is not known."""
    file_seconds: Mapping[RelPath, float] = MappingProxyType({})
    """What its test files took, now or when they passed."""

    @property
    def ok(self) -> bool:
        """Whether it lets a run pass, now or before."""
        return self.result.status in GREEN


class CommandReport(msgspec.Struct, frozen=True):
    """What one command left behind."""

    exit_code: int | None
    duration_seconds: float
    counts: TestCounts | None
    failing: tuple[str, ...]
    cases: "tuple[Case, ...]"
    junit: Digest | None = None
    """The report of the tests, where it is kept."""
    junit_path: str = ""


class Done(msgspec.Struct, frozen=True):
    """How the execution of a target ended."""

    result: ActionResult
    failing: tuple[str, ...] = ()
    cached_tests: int = 0
    attempts: tuple[Attempt, ...] = ()
    flaky: tuple[FlakyTest, ...] = ()
    quarantined: tuple[FlakyTest, ...] = ()
    start_seconds: float | None = None
    file_seconds: Mapping[RelPath, float] = MappingProxyType({})
    whole: bool = True
    """Whether it says all of the target, not of a part."""

    @property
    def ran(self) -> bool:
        """Whether anything had to be run."""
        return bool(self.attempts) or self.result.status != "passed"


class TargetStarted(msgspec.Struct, frozen=True):
    """A target begins to run."""

    name: str


class TargetAgain(msgspec.Struct, frozen=True):
    """What failed of a target is run again."""

    name: str
    attempt: int
    """From 2 on."""
    files: tuple[RelPath, ...] | None
    """The test files that are; None for all that ran."""


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
    parts: Mapping[str, tuple[RelPath, ...]] = MappingProxyType({})
    """The test files to run of targets that are not run as a whole."""


class RunSummary(msgspec.Struct, frozen=True):
    """What became of all targets."""

    results: tuple[TargetResult, ...]
    """In the order of the targets."""
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """Whether every target passed and none was left out."""
        return not self.interrupted and all(result.ok for result in self.results)


def target_result(name: str, fingerprint: str, log: str, done: Done) -> TargetResult:
    """What an execution makes of a target."""
    return TargetResult(
        name,
        done.result,
        "ran" if done.ran else "local-cache",
        fingerprint,
        log,
        done.failing,
        done.cached_tests,
        done.attempts,
        done.flaky,
        done.quarantined,
        done.start_seconds,
        done.file_seconds,
    )


def log_path(root: Path, target: str) -> Path:
    """Where the log of a target's last run lies."""
    return workspace_folder(root) / "logs" / f"{file_name(target)}.log"


def file_name(name: str) -> str:
    """A target's name as a file name: readable, and different for different names."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")[:80]
    if readable == name:
        return name
    return f"{readable}-{Digest.of(name.encode()).hash[:8]}"
