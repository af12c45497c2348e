"""Running tests to learn what they read, each test file in a process of its own.

In one process a module, a fixture or a cache that an earlier file has loaded hides that a later
one needs it. Nothing is looked up in the cache and nothing is kept.
"""

import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof.actions.action import Action
from oneroof.actions.result import ActionResult
from oneroof.changes.snapshot import Opened
from oneroof.environments.model import Environment
from oneroof.errors import OneroofError
from oneroof.execution.pool import Event, Finished, Started, Work, run_all
from oneroof.execution.schedule import Node, Skipped
from oneroof.execution.verdict import Verdict
from oneroof.paths import RelPath
from oneroof.tasks.command import CommandDone, CommandRunner, Places
from oneroof.tasks.fingerprint import Fingerprinter
from oneroof.tasks.model import Planned, Target
from oneroof.tasks.outcome import (
    WHOLE,
    Options,
    RunEvent,
    Scope,
    TargetFinished,
    TargetResult,
    TargetStarted,
    log_path,
)
from oneroof.tasks.recording import (
    COLLECTOR,
    Recording,
    read_collected,
    read_recording,
    recorded,
)
from oneroof.tasks.run import WORST_FIRST
from oneroof.tasks.separable import are_separable
from oneroof.tasks.testfiles import TestFiles, goes_by_file, united
from oneroof.tasks.tracing import Tracer
from oneroof.tasks.uncovered import Uncovered, find_uncovered, held_by
from oneroof.workspace.development import work_members

_COLLECTED = frozenset({0, 1, 5})
"""The exit codes of pytest after it looked at all there is; 1 where a plugin wants more."""


class Unit(msgspec.Struct, frozen=True):
    """What is run and judged by itself: a test file, or all tests of a project."""

    target: Target
    action: Action
    """Everything that its result is taken to depend on."""
    test: RelPath | None = None
    """The test file; None where they cannot be told apart."""

    @property
    def name(self) -> str:
        """`shop:test shop/tests/test_tax.py`."""
        return " ".join(filter(None, (self.target.name, self.test)))


class Verified(msgspec.Struct, frozen=True):
    """What became of a unit, and what it asked for that its action does not hold."""

    unit: Unit
    result: TargetResult
    uncovered: tuple[Uncovered, ...] = ()
    programs: tuple[str, ...] = ()
    """Programs it started whose reads nobody saw."""
    recorded: bool = False
    """Whether any process of it took notes."""


class Verification(msgspec.Struct, frozen=True):
    """What became of all units, in their order."""

    units: tuple[Verified, ...]
    interrupted: bool = False


class Verifier(msgspec.Struct):
    """Runs units of one workspace and judges what they read."""

    commands: CommandRunner
    fingerprinter: Fingerprinter
    options: Options
    tracer: Tracer | None
    on_event: Callable[[RunEvent], None]

    def units(self, planned: Sequence[Planned]) -> list[Unit] | None:
        """The units of targets; None where Ctrl-C came while pytest was asked for its files."""
        actions = {each.target.name: each.action for each in planned if each.action is not None}
        targets = {each.target.name: each.target for each in planned}
        outcome = run_all(
            [Node(name) for name in actions if goes_by_file(targets[name])],
            Work(
                do=lambda name: self._collect(targets[name], actions[name]),
                succeeded=lambda _: True,
                cancel=self.commands.executor.cancel,
            ),
            jobs=self.options.jobs,
            on_event=lambda _: None,
        )
        if outcome.interrupted:
            return None
        return [
            Unit(targets[name], action, test)
            for name, action in actions.items()
            for test in outcome.results.get(name, (None,))
        ]

    def run(self, units: Sequence[Unit]) -> Verification:
        """Run units and judge their reads."""
        named = {unit.name: unit for unit in units}
        judge = _Judge(self.fingerprinter, self.commands.opened)
        outcome = run_all(
            [Node(name) for name in named],
            Work(
                do=lambda name: self._verify(named[name], judge),
                succeeded=lambda verified: verified.result.ok,
                cancel=self.commands.executor.cancel,
            ),
            jobs=self.options.jobs,
            fail_fast=self.options.fail_fast,
            on_event=self._relay,
        )
        found = (outcome.results[name] for name in named if name in outcome.results)
        return Verification(tuple(found), outcome.interrupted)

    def _relay(self, event: Event[Verified]) -> None:
        match event:
            case Started(name):
                self.on_event(TargetStarted(name))
            case Finished(_, verified):
                self.on_event(TargetFinished(verified.result))
            case Skipped():
                pass

    def _collect(self, target: Target, action: Action) -> tuple[RelPath | None, ...]:
        """The test files that pytest collects tests from; all, where it cannot tell.

        What it passes over may not be run by naming it. Where tests lie in other files as well,
        they cannot be told apart.
        """
        opened, files = self.commands.opened, target.commands[0].test_files
        project = opened.graph.projects[target.project]
        members = work_members(opened.graph, project)
        if not are_separable(opened, self.fingerprinter.starts, project, members, files):
            return (None,)
        words = ("--collect-only", "-q", "-p", COLLECTOR)
        with tempfile.TemporaryDirectory(prefix="oneroof-") as folder:
            try:
                log = Path(folder, "log")
                done = self._execute(Unit(target, action), Path(folder), log, None, words)
            except OneroofError:
                return (None,)
            root = str(opened.root)
            found = {each.removeprefix(f"{root}/") for each in read_collected(Path(folder))}
        if done[0].report.exit_code not in _COLLECTED:
            return files
        if not found.issubset(files):
            return (None,)
        return tuple(each for each in files if each in found)

    def _verify(self, unit: Unit, judge: "_Judge") -> Verified:
        log = log_path(self.commands.opened.root, unit.name)
        with tempfile.TemporaryDirectory(prefix="oneroof-") as name:
            folder = Path(name)
            try:
                done = self._execute(unit, folder, log, self.tracer)
            except OneroofError as error:
                result = ActionResult("error", 0.0, reason=error.message)
                return Verified(unit, TargetResult(unit.name, result))
            root = str(self.commands.opened.root)
            recording = read_recording(folder, root, self.tracer)
        return Verified(
            unit,
            _result(unit, done, log),
            tuple(judge.uncovered(unit, recording)),
            recording.programs,
            recorded=recording.python_processes > 0 or self.tracer is not None,
        )

    def _execute(
        self,
        unit: Unit,
        folder: Path,
        log: Path,
        tracer: Tracer | None,
        words: tuple[str, ...] = (),
    ) -> list[CommandDone]:
        """Run the commands of a unit with the recorder; their logs become one."""
        opened, target = self.commands.opened, unit.target
        found = []
        content = b""
        for command in target.commands:
            environment = self.commands.environment(command.environment)
            further = recorded(folder, str(opened.root), _links(environment), tracer)
            places = Places(log, folder / "report.xml", folder / "scratch")
            scope = WHOLE if unit.test is None else Scope((unit.test,))
            alone = ("-n0",) if _has_xdist(unit.action) and command.runner == "pytest" else ()
            arguments = (*words, *alone, *self.options.arguments)
            further = msgspec.structs.replace(further, arguments=arguments)
            found.append(self.commands.run(target, command, places, scope, further))
            content += log.read_bytes() if log.exists() else b""
        log.write_bytes(content)
        return found


class _Judge:
    """Holds recordings against actions; what the files of one target share is found once."""

    def __init__(self, fingerprinter: Fingerprinter, opened: Opened) -> None:
        self._fingerprinter = fingerprinter
        self._opened = opened
        self._actions: dict[str, Mapping[RelPath, Action]] = {}
        self._guard = threading.Lock()

    def uncovered(self, unit: Unit, recording: Recording) -> list[Uncovered]:
        """What a unit asked for that its action does not hold."""
        with self._guard:
            action = self._action(unit)
        held = held_by(action, unit.target, self._fingerprinter.blobs)
        return find_uncovered(self._opened.tree, recording.reads, held)

    def _action(self, unit: Unit) -> Action:
        if unit.test is None:
            return unit.action
        target = unit.target
        if target.name not in self._actions:
            tests = TestFiles(self._fingerprinter, target, unit.action)
            self._actions[target.name] = tests.actions
        return self._actions[target.name][unit.test]


def _result(unit: Unit, done: Sequence[CommandDone], log: Path) -> TargetResult:
    worst = min((each.verdict for each in done), key=lambda each: WORST_FIRST.index(each.status))
    reports = [each.report for each in done]
    counts = [each.counts for each in reports if each.counts is not None]
    tests = united(counts) if counts else None
    passed = tests is not None and tests.total > 0 and tests.failed + tests.errors == 0
    if unit.test is not None and worst.status == "failed" and passed:
        # A floor for coverage, say, which only all tests together can reach.
        worst = Verdict("passed")
    result = ActionResult(
        worst.status,
        sum(each.duration_seconds for each in reports),
        exit_code=next((each.exit_code for each in reports if each.exit_code), 0),
        reason=worst.reason,
        tests=tests,
    )
    failing = tuple(name for each in reports for name in each.failing)
    return TargetResult(unit.name, result, log=str(log), failing=failing)


def _links(environment: Environment) -> dict[str, str]:
    """The import packages that are linked into an environment, with what they lead to."""
    plan = environment.plan
    return {
        f"{environment.site_packages}/{link.name}": f"{plan.root}/{link.target}"
        for each in plan.internal
        for link in each.links
    }


def _has_xdist(action: Action) -> bool:
    return any(fact.name == "pin:pytest-xdist" for fact in action.inputs)
