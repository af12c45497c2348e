"""The verdict on an execution, taken in one fixed order.

What is no fault of the code must never be green, nor look like a failed test; so faults of the
machine are judged before anything the process itself said.
"""

import signal
from typing import Literal

import msgspec

from oneroof.actions.result import Status
from oneroof.execution.local import Execution

Runner = Literal["pytest", "unittest", "command"]
"""Whose exit codes these are."""

NO_TESTS = 5
"""How pytest, and unittest since Python 3.12, say that there were no tests."""

INTERRUPTED = 2
"""How pytest says that it stopped early, also for tests that cannot be imported."""

USAGE_ERROR = 4
"""How pytest says that it was used wrongly, also for a conftest.py that cannot be imported."""

_BROKEN_TESTS = {
    INTERRUPTED: "some tests could not be collected",
    USAGE_ERROR: "a conftest.py could not be imported",
}
_PYTEST_ERRORS = {
    INTERRUPTED: "pytest was interrupted before it ran all tests",
    3: "pytest met an internal error",
    USAGE_ERROR: "pytest was used wrongly: an option, plugin or path it does not know",
}

# What a process does to itself; all other signals come from outside (kill, out of memory, ...).
_CRASHES = frozenset(
    {
        signal.SIGSEGV,
        signal.SIGABRT,
        signal.SIGBUS,
        signal.SIGFPE,
        signal.SIGILL,
        signal.SIGTRAP,
        signal.SIGSYS,
    }
)


class Verdict(msgspec.Struct, frozen=True):
    """How a target stands after an execution."""

    status: Status
    reason: str = ""
    """One lower-case sentence; empty where the exit code says it all."""


def judge(
    execution: Execution, runner: Runner, *, reported: bool = True, broken_tests: bool = False
) -> Verdict:
    """Take the verdict.

    `reported` is False where the runner was to write a report of its tests and none can be read:
    then even exit code 0 is no success, for the runner did not come to its end. `broken_tests`
    is True where tests, or a conftest.py, could not even be imported: the code's own fault.
    """
    return (
        _machine(execution)
        or _process(execution)
        or _exit_code(execution, runner, reported=reported, broken_tests=broken_tests)
    )


def _machine(execution: Execution) -> Verdict | None:
    if execution.fault:
        return Verdict("error", execution.fault)
    if execution.cancelled:
        return Verdict("error", "interrupted")
    number = execution.signal
    if number is not None and number not in _CRASHES and not execution.timed_out:
        return Verdict("error", f"killed from outside by {_signal_name(number)}")
    return None


def _process(execution: Execution) -> Verdict | None:
    if execution.timed_out:
        return Verdict("failed", f"timed out after {round(execution.duration_seconds, 1):g} s")
    if execution.signal is not None:
        return Verdict("failed", f"crashed with {_signal_name(execution.signal)}")
    return None


def _exit_code(
    execution: Execution, runner: Runner, *, reported: bool, broken_tests: bool
) -> Verdict:
    code = execution.exit_code
    if runner == "pytest" and code in _BROKEN_TESTS and broken_tests:
        return Verdict("failed", _BROKEN_TESTS[code])
    if runner in {"pytest", "unittest"} and code == NO_TESTS:
        return Verdict("passed", "there are no tests")
    if code == 0:
        if not reported:
            return Verdict("error", f"{runner} exited with 0 but left no report of its tests")
        return Verdict("passed")
    if runner == "pytest" and code in _PYTEST_ERRORS:
        return Verdict("error", _PYTEST_ERRORS[code])
    return Verdict("failed", f"exited with {code}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
