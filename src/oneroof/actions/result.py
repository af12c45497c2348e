"""What came of an action (REAPI v2, message `ActionResult`)."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import msgspec

from oneroof.actions.digest import Digest
from oneroof.paths import RelPath

Status = Literal["passed", "failed", "skipped", "error", "flaky", "quarantined"]
"""`flaky`: passed when what had failed was run again; `quarantined`: only tests that may fail did.
Neither is ever kept."""


class TestCounts(msgspec.Struct, frozen=True):
    """How many tests ended how."""

    # Not a class of tests, whatever a collector makes of the name.
    __test__: ClassVar[bool] = False

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    errors: int = 0

    @property
    def total(self) -> int:
        """All tests that were reported."""
        return self.passed + self.failed + self.skipped + self.errors


class OutputFile(msgspec.Struct, frozen=True):
    """A file the command made, relative to the workspace root."""

    path: RelPath
    digest: Digest
    is_executable: bool = False


class ActionResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The verdict on one execution and where its outputs are kept."""

    status: Status
    duration_seconds: float
    exit_code: int | None = None
    """None where no exit code came: it never started, or a signal ended it."""
    reason: str = ""
    """Why it has this status, where the exit code alone does not say."""
    tests: TestCounts | None = None
    stdout_digest: Digest | None = None
    """The log: standard output and standard error as they came."""
    junit_digest: Digest | None = None
    output_files: tuple[OutputFile, ...] = ()

    def digests(self) -> Iterator[Digest]:
        """All blobs this result refers to."""
        if self.stdout_digest is not None:
            yield self.stdout_digest
        if self.junit_digest is not None:
            yield self.junit_digest
        for file in self.output_files:
            yield file.digest
