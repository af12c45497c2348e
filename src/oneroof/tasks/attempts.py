"""Running what failed again: what each attempt is about, and what all of them come to.

The unit that is run again is a test file, as it is for results that are kept: a test alone
may pass where its file always fails.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Self

import msgspec

from oneroof.actions.result import ActionResult, Status
from oneroof.execution.junit import Case, Outcome, count
from oneroof.tasks.flaky import FlakyList
from oneroof.tasks.outcome import WHOLE, Attempt, FlakyTest, Scope
from oneroof.tasks.testids import TestId
from oneroof.workspace.settings import FlakySettings

Identify = Callable[[Sequence[Case]], Mapping[str, TestId] | None]
_GRAVEST: tuple[Outcome, ...] = ("errors", "failed", "skipped", "passed")


class Policy(msgspec.Struct, frozen=True):
    """How failures are taken."""

    retries: int = 0
    """How often what failed is run again."""
    flaky: FlakyList = FlakyList()
    strict: bool = False
    """Whether a test that passed only when run again fails the run, unless it is on the list."""
    tests_only: bool = False
    """Whether nothing but tests is run again."""

    def of(self, task: str) -> Self:
        """The policy for one task."""
        if self.tests_only and task != "test":
            return msgspec.structs.replace(self, retries=0)
        return self


class Settled(msgspec.Struct, frozen=True):
    """What the attempts of a target come to."""

    result: ActionResult
    failing: tuple[str, ...] = ()
    """Full names of the tests that never passed."""
    flaky: tuple[FlakyTest, ...] = ()
    """Tests that failed and passed."""
    quarantined: tuple[FlakyTest, ...] = ()
    """Tests that failed and may, by the flaky list."""


class Referee:
    """Says what is run again of one target, and how the target stands in the end."""

    def __init__(self, target: str, policy: Policy, identify: Identify, *, by_file: bool) -> None:
        self._target = target
        self._policy = policy
        self._identify = identify
        self._by_file = by_file

    def again(self, attempts: Sequence[Attempt]) -> Scope | None:
        """What to run after these attempts; None: nothing more."""
        if attempts[-1].result.status != "failed":
            return None
        record = self._record(attempts)
        done = len(attempts) - 1
        if not record.complete:
            return attempts[0].scope if done < self._policy.retries else None
        wanted = [name for name in record.unresolved if self._retries(record, name) > done]
        if not wanted:
            return None
        if not self._by_file or record.ids is None:
            return attempts[0].scope
        return Scope(files=tuple(dict.fromkeys(record.ids[name].path for name in wanted)))

    def asks_for_all(self, attempt: Attempt) -> bool:
        """Whether a part of a target does not tell how the target stands.

        So it is where no test that must pass failed, but what is made of all tests: a floor for
        coverage, say.
        """
        status = attempt.result.status
        if attempt.failing:
            record = self._record([attempt])
            return attempt.cut_short and all(
                self._told(record, name).allowed for name in attempt.failing
            )
        has_crashed = status == "failed" and not attempt.result.exit_code
        return status != "passed" and not has_crashed

    def settle(self, attempts: Sequence[Attempt]) -> Settled:
        """How the target stands after these attempts."""
        first, last = attempts[0].result, attempts[-1].result
        if last.status == "error" or (len(attempts) == 1 and first.status == "passed"):
            return Settled(_together(attempts, last.status, last.reason), attempts[-1].failing)
        record = self._record(attempts)
        flaky = self._flaky(record)
        quarantined = tuple(self._told(record, name) for name in record.unresolved)
        expired = [each for each in quarantined if each.until and not each.allowed]
        excused = bool(quarantined) and all(each.allowed for each in quarantined)
        status, reason = self._status(record, flaky, excused=excused)
        if status == "failed":
            reason = "; ".join(filter(None, (reason, *map(_expiry, expired))))
        result = _together(attempts, status, reason)
        if len(attempts) > 1:
            result = msgspec.structs.replace(result, tests=count(record.final_cases()))
        allowed = tuple(each for each in quarantined if each.allowed)
        return Settled(result, tuple(record.unresolved), flaky, allowed)

    def _status(
        self, record: "_Record", flaky: tuple[FlakyTest, ...], *, excused: bool
    ) -> tuple[Status, str]:
        last = record.attempts[-1].result
        if not record.complete:
            return "failed", _MORE if excused else last.reason or "not all tests ran"
        if record.unresolved and not excused:
            return "failed", last.reason or record.attempts[0].result.reason
        unlisted = [each.test for each in flaky if not each.allowed]
        if self._policy.strict and unlisted:
            named = ", ".join(f"`{each}`" for each in unlisted)
            return "failed", f"passed only when run again: {named}"
        if record.unresolved:
            return "quarantined", ""
        return "flaky", f"passed at attempt {len(record.attempts)}"

    def _flaky(self, record: "_Record") -> tuple[FlakyTest, ...]:
        if record.passed_whole and not record.failing:
            # It crashed, or ran out of time: which test did is not known.
            failed = sum(each.result.status != "passed" for each in record.attempts)
            return (FlakyTest(self._target, failed, len(record.attempts)),)
        return tuple(
            self._told(record, name) for name in record.failing if name not in record.unresolved
        )

    def _told(self, record: "_Record", name: str) -> FlakyTest:
        entry = self._entry(record, name)
        ids = record.ids or {}
        found = record.outcomes_of(name)
        failed = sum(each in {"errors", "failed"} for each in found)
        # A file that could not be collected is in no report once it can be.
        ran = len(found) if "passed" in found or name in record.unresolved else failed + 1
        test = str(ids[name]) if name in ids else name
        if entry is None:
            return FlakyTest(test, failed, ran)
        allowed = self._policy.flaky.holds(entry)
        until = entry.until.isoformat()
        return FlakyTest(test, failed, ran, allowed, entry.owner, until, entry.reason)

    def _retries(self, record: "_Record", name: str) -> int:
        entry = self._entry(record, name)
        own = None if entry is None else entry.retries
        return self._policy.retries if own is None else own

    def _entry(self, record: "_Record", name: str) -> FlakySettings | None:
        return None if record.ids is None else self._policy.flaky.entry(record.ids[name])

    def _record(self, attempts: Sequence[Attempt]) -> "_Record":
        return _Record(attempts, self._identify([case for each in attempts for case in each.cases]))


_MORE = (
    "all failing tests are on the flaky list, but not all tests ran, or more than tests failed"
    " (a floor for coverage, say)"
)


def run_attempts(
    referee: Referee,
    scope: Scope,
    execute: Callable[[Scope, int], Attempt],
    on_again: Callable[[Scope, int], None],
) -> tuple[Attempt, ...]:
    """Run a target, and what fails of it again while the referee says so."""
    attempts: list[Attempt] = []
    following: Scope | None = scope
    while following is not None:
        number = len(attempts) + 1
        if attempts:
            on_again(following, number)
        attempt = execute(following, number)
        if following != WHOLE and referee.asks_for_all(attempt):
            attempt = execute(WHOLE, number)
        attempts.append(attempt)
        following = referee.again(attempts)
    return tuple(attempts)


class _Record:
    """What the attempts of one target say of each test."""

    def __init__(self, attempts: Sequence[Attempt], ids: Mapping[str, TestId] | None) -> None:
        self.attempts = attempts
        self.ids = ids
        self._outcomes = [_outcomes(each.cases) for each in attempts]
        wide = [each for each in attempts if each.scope in (attempts[0].scope, WHOLE)]
        self.passed_whole = any(each.result.status == "passed" for each in wide)
        self.complete = any(each.is_complete for each in wide)
        """Whether in one attempt all tests ran, and they alone say whether it failed."""
        self.failing = list(dict.fromkeys(name for each in attempts for name in each.failing))
        self.unresolved = [name for name in self.failing if not self._is_resolved(name)]

    def outcomes_of(self, name: str) -> list[Outcome]:
        return [each[name] for each in self._outcomes if name in each]

    def final_cases(self) -> Iterator[Case]:
        """Each test once, as it stands in the end."""
        for name in dict.fromkeys(name for each in self._outcomes for name in each):
            found = self.outcomes_of(name)
            if "passed" in found:
                yield Case("", name, "passed")
            elif name in self.unresolved or name not in self.failing:
                yield Case("", name, found[-1])

    def _is_resolved(self, name: str) -> bool:
        if self.passed_whole or "passed" in self.outcomes_of(name):
            return True
        test = None if self.ids is None else self.ids[name]
        if self.ids is None or test is None or test.inner:
            return False
        # A file that could not be collected, and was in another attempt.
        return any(
            name not in each and any(self.ids[other].path == test.path for other in each)
            for each in self._outcomes
        )


def _outcomes(cases: Iterable[Case]) -> dict[str, Outcome]:
    """How each test ended; a test that is there twice, as it ended worse."""
    found: dict[str, Outcome] = {}
    for each in cases:
        known = found.get(each.full_name, each.outcome)
        found[each.full_name] = min(known, each.outcome, key=_GRAVEST.index)
    return found


def _together(attempts: Sequence[Attempt], status: Status, reason: str) -> ActionResult:
    return msgspec.structs.replace(
        attempts[-1].result,
        status=status,
        reason=reason,
        duration_seconds=sum(each.result.duration_seconds for each in attempts),
    )


def _expiry(test: FlakyTest) -> str:
    return f"`{test.test}` was to be flaky until {test.until} only; owner: {test.owner}"
