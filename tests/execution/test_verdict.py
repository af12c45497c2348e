import signal
from pathlib import Path

import pytest

from oneroof.execution.local import Execution
from oneroof.execution.verdict import Runner, Verdict, judge

LOG = Path("log")
NO_TESTS = Verdict("passed", "there are no tests")


@pytest.mark.parametrize(
    ("runner", "exit_code", "expected"),
    [
        ("pytest", 0, Verdict("passed")),
        ("pytest", 1, Verdict("failed", "exited with 1")),
        (
            "pytest",
            2,
            Verdict("error", "pytest was interrupted before it ran all tests"),
        ),
        ("pytest", 3, Verdict("error", "pytest met an internal error")),
        (
            "pytest",
            4,
            Verdict("error", "pytest was used wrongly: an option, plugin or path it does not know"),
        ),
        ("pytest", 5, NO_TESTS),
        ("pytest", 6, Verdict("failed", "exited with 6")),
        ("unittest", 0, Verdict("passed")),
        ("unittest", 1, Verdict("failed", "exited with 1")),
        ("unittest", 5, NO_TESTS),
        ("command", 0, Verdict("passed")),
        ("command", 2, Verdict("failed", "exited with 2")),
        ("command", 5, Verdict("failed", "exited with 5")),
    ],
)
def test_exit_codes(runner: Runner, exit_code: int, expected: Verdict) -> None:
    assert judge(Execution(LOG, exit_code=exit_code), runner) == expected


@pytest.mark.parametrize(
    ("execution", "expected"),
    [
        (
            Execution(LOG, 3.2, exit_code=0, fault="the log cannot be written", timed_out=True),
            Verdict("error", "the log cannot be written"),
        ),
        (Execution(LOG, exit_code=0, cancelled=True), Verdict("error", "interrupted")),
        (
            Execution(LOG, signal=signal.SIGKILL),
            Verdict("error", "killed from outside by SIGKILL"),
        ),
        (Execution(LOG, signal=40), Verdict("error", "killed from outside by signal 40")),
        (
            Execution(LOG, 3.2, signal=signal.SIGTERM, timed_out=True),
            Verdict("failed", "timed out after 3.2 s"),
        ),
        (
            Execution(LOG, 3.2, exit_code=0, timed_out=True),
            Verdict("failed", "timed out after 3.2 s"),
        ),
        (Execution(LOG, signal=signal.SIGSEGV), Verdict("failed", "crashed with SIGSEGV")),
    ],
    ids=["fault", "cancelled", "outside", "unnamed", "timeout", "ended-late", "crash"],
)
@pytest.mark.parametrize("runner", ["pytest", "command"])
def test_machine_then_process_are_judged_before_the_exit_code(
    execution: Execution, runner: Runner, expected: Verdict
) -> None:
    assert judge(execution, runner, reported=False) == expected


def test_success_without_the_report_it_was_to_write_is_an_error() -> None:
    assert judge(Execution(LOG, exit_code=0), "pytest", reported=False) == Verdict(
        "error", "pytest exited with 0 but left no report of its tests"
    )
    assert judge(Execution(LOG, exit_code=1), "pytest", reported=False).status == "failed"


def test_tests_that_cannot_be_collected_are_a_failure_of_the_code() -> None:
    execution = Execution(LOG, exit_code=2)
    verdict = judge(execution, "pytest", broken_tests=True)
    assert verdict == Verdict("failed", "some tests could not be collected")
