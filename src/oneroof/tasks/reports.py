"""What the attempts of a target leave behind: reports, and the signs in their logs."""

import re
from glob import escape
from pathlib import Path

from oneroof.changes.snapshot import workspace_folder
from oneroof.tasks.outcome import Scope, file_name

_CUT_SHORT = re.compile(
    rb"stopping after|!! Interrupted|!! KeyboardInterrupt|!! _pytest\.outcomes\.Exit"
    rb"|Required test coverage of .* not reached|Coverage failure: "
)


def is_cut_short(log: bytes) -> bool:
    """Whether pytest says that it did not run all it collected, or failed for more than tests."""
    return _CUT_SHORT.search(log) is not None


def report_path(root: Path, target: str, attempt: int = 1) -> Path:
    """Where the JUnit report of an attempt of a target's last run lies."""
    more = "" if attempt == 1 else f".attempt-{attempt}"
    return workspace_folder(root) / "reports" / f"{file_name(target)}{more}.xml"


def forget_reports(path: Path, attempt: int) -> None:
    """Remove the report of an attempt; with the first one those that an earlier run left."""
    path.unlink(missing_ok=True)
    if attempt == 1:
        for each in path.parent.glob(f"{escape(path.stem)}.attempt-*.xml"):
            each.unlink(missing_ok=True)


def heading(attempt: int, scope: Scope) -> bytes:
    """What stands in the log above an attempt that is not the first."""
    files = ": " + ", ".join(scope.files) if scope.files is not None else ""
    return f"\n── attempt {attempt}{files} ──\n".encode()
