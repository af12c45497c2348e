"""What is run again after attempts, and what attempts come to."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from oneroof.actions.result import ActionResult, Status, TestCounts
from oneroof.execution.junit import Case, count
from oneroof.paths import RelPath
from oneroof.tasks.attempts import Policy, Referee, Settled, run_attempts
from oneroof.tasks.flaky import FlakyList
from oneroof.tasks.outcome import WHOLE, Attempt, FlakyTest, Scope
from oneroof.tasks.testids import identify
from oneroof.workspace.settings import FlakySettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oneroof.execution.junit import Outcome

FILES = tuple(map(RelPath, ("p/test_a.py", "p/test_b.py")))
A, B = (Scope(files=(each,)) for each in FILES)
TODAY = dt.date(2026, 6, 15)


def entry(test: str, until: str = "2026-12-31", retries: int | None = None) -> FlakySettings:
    return FlakySettings(test, "@team", dt.date.fromisoformat(until), "the clock", retries)


def referee(policy: Policy, *, by_file: bool = True) -> Referee:
    return Referee(
        "p:test", policy, lambda cases: identify(cases, FILES, [RelPath("p")]), by_file=by_file
    )


def policy(retries: int = 2, *entries: FlakySettings, strict: bool = False) -> Policy:
    return Policy(retries, FlakyList(entries, TODAY), strict=strict)


def attempt(
    scope: Scope = WHOLE,
    *,
    status: Status | None = None,
    exit_code: int = 1,
    cut_short: bool = False,
    **tests: Outcome,
) -> Attempt:
    """`a_one="failed"` is `test_one` of `test_a.py`; `a=...` is the file itself."""
    cases = tuple(
        Case(f"test_{name[0]}", f"test_{name[2:]}", outcome)
        if name[2:]
        else Case("", f"test_{name}", outcome)
        for name, outcome in tests.items()
    )
    failing = tuple(each.full_name for each in cases if each.has_failed)
    status = status or ("failed" if failing else "passed")
    reason = "" if status == "passed" else f"exited with {exit_code}"
    counts = count(cases) if cases else None
    result = ActionResult(status, 1.0, 0 if status == "passed" else exit_code, reason, counts)
    return Attempt(result, scope, cases, failing, cut_short)


def settle(policy: Policy, *attempts: Attempt) -> Settled:
    return referee(policy).settle(attempts)


def verdict(policy: Policy, *attempts: Attempt) -> tuple[str, str]:
    result = settle(policy, *attempts).result
    return result.status, result.reason


def again(policy: Policy, *attempts: Attempt) -> Scope | None:
    return referee(policy).again(attempts)


def test_what_passes_is_not_run_again() -> None:
    one = attempt(a_one="passed")
    assert again(policy(), one) is None
    assert settle(policy(), one) == Settled(one.result)


def test_the_files_with_failures_run_again_as_often_as_allowed() -> None:
    first = attempt(a_one="failed", b_one="passed")
    more = attempt(A, a_one="failed")
    assert again(policy(0), first) is None
    assert again(policy(2), first) == A
    assert again(policy(2), first, more) == A
    assert again(policy(2), first, more, more) is None
    assert settle(policy(2), first, more, more) == Settled(
        ActionResult("failed", 3.0, 1, "exited with 1", TestCounts(passed=1, failed=1)),
        ("test_a::test_one",),
    )


def test_a_test_that_passes_when_run_again_is_flaky() -> None:
    first = attempt(a_one="failed", a_two="passed", b_one="passed")
    more = attempt(A, a_one="passed", a_two="passed")
    assert again(policy(), first, more) is None
    assert settle(policy(), first, more) == Settled(
        ActionResult("flaky", 2.0, 0, "passed at attempt 2", TestCounts(passed=3)),
        (),
        (FlakyTest("p/test_a.py::test_one", 1, 2),),
    )


def test_tests_that_take_turns_to_fail_are_both_flaky() -> None:
    first = attempt(a_one="failed", a_two="passed")
    more = attempt(A, a_one="passed", a_two="errors")
    assert again(policy(), first, more) is None
    found = settle(policy(), first, more)
    assert (found.result.status, [each.test for each in found.flaky]) == (
        "flaky",
        ["p/test_a.py::test_one", "p/test_a.py::test_two"],
    )


def test_a_test_that_is_skipped_when_run_again_did_not_pass() -> None:
    attempts = attempt(a_one="failed"), attempt(A, a_one="skipped")
    assert verdict(policy(1), *attempts)[0] == "failed"


def test_a_test_whose_tear_down_fails_has_failed() -> None:
    cases = (Case("test_a", "test_one", "passed"), Case("test_a", "test_one", "errors"))
    result = ActionResult("failed", 1.0, 1, "exited with 1", count(cases))
    first = Attempt(result, WHOLE, cases, ("test_a::test_one",))
    assert again(policy(), first) == A
    assert verdict(policy(), first, attempt(A, a_one="passed"))[0] == "flaky"


def test_a_crash_runs_all_again_and_names_the_target() -> None:
    crash = attempt(status="failed", exit_code=0)
    assert again(policy(1), crash) == WHOLE
    assert again(policy(0), crash) is None
    passed = attempt(a_one="passed")
    found = settle(policy(1), crash, passed)
    assert (found.result.status, found.flaky) == ("flaky", (FlakyTest("p:test", 1, 2),))
    assert verdict(policy(1), crash, crash)[0] == "failed"


def test_after_a_crash_only_a_whole_attempt_tells() -> None:
    crash, failed = attempt(status="failed", exit_code=0), attempt(a_one="failed", b_one="passed")
    assert again(policy(2), crash, failed) == A
    assert verdict(policy(2), crash, failed, attempt(A, a_one="passed"))[0] == "flaky"


def test_a_run_that_stopped_early_is_run_again_as_it_was() -> None:
    first = attempt(a_one="failed", cut_short=True)
    assert again(policy(), first) == WHOLE
    assert verdict(policy(), first, attempt(a_one="passed", b_one="passed"))[0] == "flaky"
    last = attempt(a_one="passed", b_one="failed", cut_short=True)
    assert verdict(policy(1), first, last)[0] == "failed"


def test_a_fault_of_the_machine_is_not_run_again() -> None:
    fault = attempt(status="error")
    assert again(policy(), fault) is None
    assert verdict(policy(), fault) == ("error", "exited with 1")
    first = attempt(a_one="failed")
    assert again(policy(), first, fault) is None
    assert verdict(policy(), first, fault)[0] == "error"


def test_a_file_that_could_not_be_collected_is_flaky_once_it_is() -> None:
    first = attempt(a="errors", b_one="passed")
    more = attempt(A, a_one="passed")
    assert again(policy(), first) == A
    found = settle(policy(), first, more)
    assert (found.result.status, found.result.tests) == ("flaky", TestCounts(passed=2))
    assert found.flaky == (FlakyTest("p/test_a.py", 1, 2),)
    assert verdict(policy(1), first, attempt(A, a="errors"))[0] == "failed"


def test_without_files_to_tell_apart_all_runs_again() -> None:
    first = attempt(a_one="failed")
    assert referee(policy(), by_file=False).again([first]) == WHOLE
    unknown = Attempt(first.result, WHOLE, (Case("x.y", "z", "failed"),), ("x.y::z",))
    assert again(policy(), unknown) == WHOLE
    found = settle(policy(), unknown, attempt(a_one="passed"))
    assert found.flaky == (FlakyTest("x.y::z", 1, 2),)


def test_a_failure_on_the_list_is_quarantined_and_told_with_owner_and_end() -> None:
    listed = policy(0, entry("p/test_a.py::test_one"))
    found = settle(listed, attempt(a_one="failed", b_one="passed"))
    assert found == Settled(
        ActionResult("quarantined", 1.0, 1, "", TestCounts(passed=1, failed=1)),
        ("test_a::test_one",),
        (),
        (FlakyTest("p/test_a.py::test_one", 1, 1, True, "@team", "2026-12-31", "the clock"),),
    )


def test_one_failure_that_is_not_on_the_list_fails_the_run() -> None:
    listed = policy(0, entry("p/test_a.py"))
    found = settle(listed, attempt(a_one="failed", b_one="failed"))
    assert (found.result.status, len(found.quarantined)) == ("failed", 1)


def test_an_expired_entry_fails_and_names_the_owner() -> None:
    listed = policy(0, entry("p/test_a.py", "2026-06-14"))
    assert verdict(listed, attempt(a_one="failed")) == (
        "failed",
        (
            "exited with 1; `p/test_a.py::test_one` was to be flaky until 2026-06-14 only; "
            "owner: @team"
        ),
    )


def test_a_listed_failure_that_stops_the_run_does_not_pass() -> None:
    listed = policy(0, entry("p/test_a.py"))
    status, reason = verdict(listed, attempt(a_one="failed", cut_short=True))
    assert (status, reason.split(",")[0]) == (
        "failed",
        "all failing tests are on the flaky list",
    )


def test_a_listed_file_that_crashes_the_run_does_not_pass() -> None:
    listed = policy(0, entry("p/test_a.py"))
    assert verdict(listed, attempt(status="failed", exit_code=0))[0] == "failed"


def test_an_entry_says_how_often_its_tests_run_again() -> None:
    first = attempt(a_one="failed", b_one="failed")
    listed = policy(1, entry("p/test_a.py", retries=3), entry("p/test_b.py", retries=0))
    assert again(listed, first) == A
    more = attempt(A, a_one="failed")
    assert again(listed, first, more, more) == A
    assert again(listed, first, more, more, more) is None


def test_where_flaky_fails_only_the_list_helps() -> None:
    attempts = attempt(a_one="failed"), attempt(A, a_one="passed")
    assert verdict(policy(1, strict=True), *attempts) == (
        "failed",
        "passed only when run again: `p/test_a.py::test_one`",
    )
    listed = entry("p/test_a.py::test_one")
    assert verdict(policy(1, listed, strict=True), *attempts)[0] == "flaky"
    expired = entry("p/test_a.py::test_one", "2026-01-01")
    assert verdict(policy(1, expired, strict=True), *attempts)[0] == "failed"


def run(
    script: Sequence[Attempt], first: Scope, rules: Policy | None = None
) -> tuple[list[Scope], tuple[Attempt, ...]]:
    """Run attempts that end as the script says, whatever their scope; and the scopes."""
    waiting, scopes = list(script), []

    def execute(scope: Scope, number: int) -> Attempt:
        del number
        scopes.append(scope)
        return waiting.pop(0)

    return scopes, run_attempts(referee(rules or policy()), first, execute, lambda *_: None)


def test_a_failure_of_named_files_that_is_no_tests_runs_the_whole_target() -> None:
    floor = attempt(A, status="failed")
    scopes, attempts = run([floor, attempt(a_one="passed")], A)
    assert (scopes, len(attempts)) == ([A, WHOLE], 1)


def test_a_floor_that_named_files_miss_beside_a_listed_failure_runs_the_whole_target() -> None:
    part, everything = attempt(A, a_one="failed", cut_short=True), attempt(a_one="failed")
    listed = policy(0, entry("p/test_a.py"))
    scopes, attempts = run([part, everything], A, listed)
    assert (scopes, verdict(listed, *attempts)) == ([A, WHOLE], ("quarantined", ""))
    scopes, attempts = run([part], A, policy(0))
    assert (scopes, verdict(policy(0), *attempts)[0]) == ([A], "failed")


def test_a_crash_of_named_files_runs_them_again_only() -> None:
    crash = attempt(A, status="failed", exit_code=0)
    scopes, attempts = run([crash, attempt(A, a_one="passed")], A)
    assert (scopes, len(attempts)) == ([A, A], 2)


def test_each_attempt_after_a_failure_is_narrower() -> None:
    script = [
        attempt(a_one="failed", b_one="failed"),
        attempt(Scope(files=FILES), a_one="failed", b_one="passed"),
        attempt(A, a_one="passed"),
    ]
    scopes, attempts = run(script, WHOLE)
    assert scopes == [WHOLE, Scope(files=FILES), A]
    assert verdict(policy(), *attempts) == ("flaky", "passed at attempt 3")
