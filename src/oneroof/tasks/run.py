"""Running planned targets: what is known to pass is not run, the rest is, and results are kept."""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from oneroof.actions.action import Action
from oneroof.actions.digest import Digest
from oneroof.actions.listing import parse_listing
from oneroof.actions.result import ActionResult, OutputFile, Status, TestCounts
from oneroof.cache.disk import DiskCache
from oneroof.cache.history import History, LastRun
from oneroof.changes.snapshot import Opened, workspace_folder
from oneroof.environments.model import Environment, Request, command_environment
from oneroof.environments.provide import Provider
from oneroof.errors import OneroofError
from oneroof.execution.environment import base_environment
from oneroof.execution.junit import parse_junit
from oneroof.execution.local import LocalExecutor, Process
from oneroof.execution.pool import Event, Finished, Started, Work, run_all
from oneroof.execution.schedule import Node, Skipped
from oneroof.execution.verdict import Verdict, judge
from oneroof.tasks.fingerprint import Fingerprinter
from oneroof.tasks.model import (
    BIN,
    BYTECODE,
    JUNIT,
    PROJECT_PYTHON,
    PYTHON,
    RUNNERS,
    SCRATCH,
    Planned,
    Target,
    ToolCommand,
)
from oneroof.tasks.outcome import (
    Options,
    RunEvent,
    RunSummary,
    TargetFinished,
    TargetResult,
    TargetStarted,
    file_name,
    log_path,
)
from oneroof.tasks.outputs import collect
from oneroof.tasks.plan import TargetPlanner
from oneroof.tasks.witness import find_disturbed

RUNNERS_FOLDER = Path(__file__).parent / "runners"
_BROKEN_CONFTEST = b"ImportError while loading conftest"
WORST_FIRST: tuple[Status, ...] = ("error", "failed", "skipped", "passed")


class TargetRunner(msgspec.Struct):
    """Runs targets of one workspace on this machine."""

    opened: Opened
    provider: Provider
    planner: TargetPlanner
    fingerprinter: Fingerprinter
    cache: DiskCache
    history: History
    options: Options
    on_event: Callable[[RunEvent], None]
    read_at_ns: int
    """When the state of the work tree was read, in nanoseconds since the epoch."""
    _executor: LocalExecutor = msgspec.field(default_factory=LocalExecutor)
    _planned: dict[str, Planned] = msgspec.field(default_factory=dict)
    _changed: set[str] = msgspec.field(default_factory=set)
    """The targets that ran in an environment that something changed meanwhile."""

    def run(self, planned: Sequence[Planned]) -> RunSummary:
        """Run all of them, longest known first; results are in the order of the targets."""
        self._planned = {each.target.name: each for each in planned}
        last_runs = self.history.load()
        nodes = [_node(each.target, self._planned.keys(), last_runs) for each in planned]
        work = Work(do=self._do, succeeded=lambda result: result.ok, cancel=self._executor.cancel)
        with self._executor:
            outcome = run_all(
                nodes,
                work,
                jobs=self.options.jobs,
                fail_fast=self.options.fail_fast,
                on_event=self._relay,
            )
        found = dict(outcome.results)
        for skipped in outcome.skipped:
            found[skipped.name] = _skipped(skipped)
        ordered = (found[each.target.name] for each in planned if each.target.name in found)
        return RunSummary(tuple(ordered), outcome.interrupted)

    def _relay(self, event: Event[TargetResult]) -> None:
        match event:
            case Started(name):
                self.on_event(TargetStarted(name))
            case Finished(_, result):
                self.on_event(TargetFinished(result))
            case Skipped():
                self.on_event(TargetFinished(_skipped(event)))

    def _do(self, name: str) -> TargetResult:
        planned = self._planned[name]
        began = time.monotonic()
        if planned.action is None:
            result = ActionResult("error", 0.0, reason=planned.error)
            return TargetResult(name, result)
        try:
            result, failing = self._execute(planned.target)
        except OneroofError as error:
            duration = time.monotonic() - began
            result, failing = ActionResult("error", duration, reason=error.message), ()
        self._keep(planned.target, planned.action, result)
        log = self._log_path(planned.target)
        return TargetResult(
            name,
            result,
            "ran",
            planned.action.digest.hash,
            str(log) if result.stdout_digest else "",
            failing,
        )

    def _execute(self, target: Target) -> tuple[ActionResult, tuple[str, ...]]:
        """Run all commands of a target, one after the other, into one log."""
        outcomes = []
        log = self._log_path(target)
        log.parent.mkdir(parents=True, exist_ok=True)
        for index, command in enumerate(target.commands):
            outcomes.append(self._execute_command(target, command, index))
        content = b"".join(part.read_bytes() for _, _, part in outcomes if part.exists())
        for _, _, part in outcomes:
            part.unlink(missing_ok=True)
        log.write_bytes(content)
        verdicts = [verdict for verdict, _, _ in outcomes]
        worst = min(verdicts, key=lambda each: WORST_FIRST.index(each.status))
        if worst.status == "passed" and target.name in self._changed:
            worst = Verdict("passed", "not kept: something was installed into its environment")
        reports = [report for _, report, _ in outcomes if report is not None]
        outputs: tuple[OutputFile, ...] | None = ()
        if target.outputs and worst.status == "passed":
            outputs = collect(self.opened.root, target.outputs, self.cache.storage)
            if outputs is None:
                told = ", ".join(f"`{each}`" for each in target.outputs)
                worst = Verdict("failed", f"one of its outputs is not there: {told}")
        result = ActionResult(
            status=worst.status,
            duration_seconds=sum(report.duration_seconds for report in reports),
            exit_code=next((r.exit_code for r in reports if r.exit_code), 0),
            reason=worst.reason,
            tests=_united([report.counts for report in reports if report.counts is not None]),
            stdout_digest=self.cache.storage.write(content),
            output_files=outputs or (),
            junit_digest=next((r.junit for r in reports if r.junit is not None), None),
        )
        return result, tuple(name for report in reports for name in report.failing)

    def _execute_command(
        self, target: Target, command: ToolCommand, index: int
    ) -> "tuple[Verdict, _Report | None, Path]":
        environment = self._environment(command.environment)
        own = (
            self._environment(self.planner.work_request(target))
            if PROJECT_PYTHON in command.arguments
            else environment
        )
        folder = workspace_folder(self.opened.root)
        junit = folder / "reports" / f"{file_name(target.name)}.xml"
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.unlink(missing_ok=True)
        scratch = folder / "scratch" / file_name(target.project)
        scratch.mkdir(parents=True, exist_ok=True)
        places = {
            PYTHON: str(environment.python),
            PROJECT_PYTHON: str(own.python),
            BIN: str(environment.python.parent),
            JUNIT: str(junit),
            RUNNERS: str(RUNNERS_FOLDER),
            BYTECODE: str(folder / "bytecode"),
            SCRATCH: str(scratch),
        }
        log = self._log_path(target).with_suffix(f".{index}.part")
        process = Process(
            arguments=(*_placed(command.arguments, places), *self.options.arguments),
            cwd=self.opened.root / command.working_directory,
            environment=self._variables(target, command, environment, places),
            log=log,
            timeout_seconds=target.timeout_seconds,
        )
        execution = self._executor.execute(process)
        if not all(self.provider.is_intact(each) for each in (environment, own)):
            self._changed.add(target.name)
        report = parse_junit(junit) if command.runner != "command" else None
        verdict = judge(
            execution,
            command.runner,
            reported=report is not None or command.runner == "command",
            broken_tests=(report is not None and report.counts.errors > 0)
            or (log.exists() and _BROKEN_CONFTEST in log.read_bytes()),
        )
        return (
            verdict,
            _Report(
                exit_code=execution.exit_code,
                duration_seconds=execution.duration_seconds,
                counts=report.counts if report else None,
                failing=report.failing if report else (),
                junit=self.cache.storage.write(junit.read_bytes()) if report else None,
            ),
            log,
        )

    def _environment(self, request: Request) -> Environment:
        return self.provider.realise(self.planner.environment(request))

    def _variables(
        self, target: Target, command: ToolCommand, environment: Environment, places: dict[str, str]
    ) -> dict[str, str]:
        variables = command_environment(environment, base_environment(os.environ))
        for name, value in command.variables:
            variables[name] = _placed([value], places)[0]
        for name in target.env:
            if name in os.environ:
                variables[name] = os.environ[name]
        return variables

    def _keep(self, target: Target, action: Action, result: ActionResult) -> None:
        """Record a run; a result that passed on undisturbed files enters the action cache."""
        blob = action.blob
        listings = {
            fact.value: content
            for fact in action.inputs
            if (content := self.fingerprinter.blobs.get(fact.value)) is not None
        }
        self.cache.storage.write(blob)
        for content in listings.values():
            self.cache.storage.write(content)
        if not self.options.arguments:
            self.history.record(
                [
                    LastRun(
                        target=target.name,
                        action_digest=action.digest,
                        status=result.status,
                        duration_seconds=result.duration_seconds,
                        finished_at=time.time(),
                        stdout_digest=result.stdout_digest,
                    )
                ]
            )
        if result.status != "passed" or not target.cache or self.options.arguments:
            return
        if target.name in self._changed:
            return
        if not any(self._disturbed(content) for content in listings.values()):
            self.cache.actions.update_action_result(action.digest, result)

    def _disturbed(self, listing: bytes) -> bool:
        return bool(find_disturbed(self.opened.root, parse_listing(listing), self.read_at_ns))

    def _log_path(self, target: Target) -> Path:
        return log_path(self.opened.root, target.name)


class _Report(msgspec.Struct, frozen=True):
    """What one command left behind."""

    exit_code: int | None
    duration_seconds: float
    counts: TestCounts | None
    failing: tuple[str, ...]
    junit: Digest | None


def _node(target: Target, waiting: Collection[str], last_runs: dict[str, LastRun]) -> Node:
    last = last_runs.get(target.name)
    needs = tuple(need for need in target.needs if need in waiting)
    return Node(target.name, needs, None if last is None else last.duration_seconds)


def _skipped(skipped: Skipped) -> TargetResult:
    return TargetResult(skipped.name, ActionResult("skipped", 0.0, reason=skipped.reason))


def _placed(words: Iterable[str], places: dict[str, str]) -> tuple[str, ...]:
    """Put this machine's paths in the place of their names."""

    def placed(word: str) -> Iterator[str]:
        for name, value in places.items():
            word = word.replace(name, value)
        yield word

    return tuple(each for word in words for each in placed(word))


def _united(counts: Sequence[TestCounts]) -> TestCounts | None:
    if not counts:
        return None
    return TestCounts(
        passed=sum(each.passed for each in counts),
        failed=sum(each.failed for each in counts),
        skipped=sum(each.skipped for each in counts),
        errors=sum(each.errors for each in counts),
    )
