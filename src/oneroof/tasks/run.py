"""Running planned targets: what is known to pass is not run, the rest is, and results are kept."""

import os
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import msgspec

from oneroof import paths
from oneroof.actions.action import Action
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
from oneroof.paths import RelPath
from oneroof.tasks import bytecode
from oneroof.tasks.fingerprint import Fingerprinter
from oneroof.tasks.model import (
    PROJECT_PYTHON,
    Planned,
    Target,
    ToolCommand,
)
from oneroof.tasks.outcome import (
    CommandReport,
    Done,
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
from oneroof.tasks.places import make_places, placed
from oneroof.tasks.plan import TargetPlanner
from oneroof.tasks.testfiles import Seen, TestFiles, read_seen, united, write_seen
from oneroof.workspace.witness import find_disturbed, find_new, folders_around

_CUT_SHORT = (
    b"stopping after",
    b"!! Interrupted",
    b"!! KeyboardInterrupt",
    b"!! _pytest.outcomes.Exit",
)
"""What pytest says where it did not run all tests that it collected."""
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
        if any(self._goes_by_file(each.target) for each in planned):
            _ = self.fingerprinter.starts  # before there are threads
        folder = workspace_folder(self.opened.root)
        bytecode.forget_stale(folder, self.opened.work_tree, self.opened.tree.links)
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
            done = self._execute_by_file(planned.target, planned.action)
        except OneroofError as error:
            duration = time.monotonic() - began
            done = Done(ActionResult("error", duration, reason=error.message))
        self._keep(planned.target, planned.action, done.result)
        log = self._log_path(planned.target)
        return TargetResult(
            name,
            done.result,
            "ran" if done.ran else "local-cache",
            planned.action.digest.hash,
            str(log) if done.result.stdout_digest else "",
            done.failing,
            done.cached_tests,
        )

    def _execute_by_file(self, target: Target, action: Action) -> Done:
        """Run a target, of tests only the files that are not known to pass."""
        if not self._goes_by_file(target):
            return self._execute(target)
        tests = TestFiles(self.fingerprinter, self.fingerprinter.starts, target, action)
        if not tests.are_separable:
            return self._execute(target)
        folder, place = workspace_folder(self.opened.root), file_name(target.name)
        known = {
            path: result
            for path, each in (tests.actions.items() if self.options.by_file else ())
            if (result := self.cache.actions.get_action_result(each.digest)) is not None
        }
        choice = tests.choose(known, read_seen(folder, place))
        counts = united([each.tests for each in choice.known.values() if each.tests is not None])
        if choice.run == ():
            result = ActionResult("passed", 0.0, 0, tests=counts)
            return Done(result, (), counts.total, ran=False)
        done = self._execute(target, choice.run)
        whole = choice.run is None
        if not whole and done.result.status != "passed" and not done.failing:
            # Not a test, but what is made of all of them failed: a floor for coverage, say.
            done, whole = self._execute(target), True
        self._keep_by_file(tests, target, done, whole=whole)
        if whole:
            return done
        result = done.result
        total = united([counts, *([result.tests] if result.tests is not None else [])])
        return msgspec.structs.replace(
            done,
            result=msgspec.structs.replace(result, tests=total),
            cached_tests=counts.total,
        )

    def _goes_by_file(self, target: Target) -> bool:
        return (
            target.task == "test"
            and target.cache
            and not self.options.arguments
            and not target.outputs
            and len(target.commands) == 1
            and bool(target.commands[0].test_files)
        )

    def _keep_by_file(self, tests: TestFiles, target: Target, done: Done, *, whole: bool) -> None:
        """Keep what each test file came to, as far as that can be told for sure."""
        found = tests.attribute(done.classes)
        status = done.result.status
        if found is None or status not in {"passed", "failed"} or done.cut_short:
            return
        folder, place = workspace_folder(self.opened.root), file_name(target.name)
        if whole:
            write_seen(folder, place, Seen(tests.base, {p: c.total for p, c in found.items()}))
        if target.name in self._changed or self._has_new_files(tests.actions.values()):
            return
        if whole and status == "passed":
            found = {**dict.fromkeys(tests.files, TestCounts()), **found}
        disturbed: dict[str, bool] = {}
        for path, counts in found.items():
            if counts.failed or counts.errors:
                continue
            action = tests.actions[path]
            listings = [
                each.value for each in action.inputs if each.value in self.fingerprinter.blobs
            ]
            for value in listings:
                if value not in disturbed:
                    disturbed[value] = self._disturbed(self.fingerprinter.blobs[value])
            if not any(disturbed[value] for value in listings):
                result = ActionResult("passed", 0.0, 0, tests=counts)
                self.cache.actions.update_action_result(action.digest, result)

    def _execute(self, target: Target, files: tuple[RelPath, ...] | None = None) -> Done:
        """Run all commands of a target, one after the other, into one log."""
        outcomes = []
        log = self._log_path(target)
        log.parent.mkdir(parents=True, exist_ok=True)
        for index, command in enumerate(target.commands):
            outcomes.append(self._execute_command(target, command, index, files))
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
            tests=united(counts)
            if (counts := [each.counts for each in reports if each.counts is not None])
            else None,
            stdout_digest=self.cache.storage.write(content),
            output_files=outputs or (),
            junit_digest=next((r.junit for r in reports if r.junit is not None), None),
        )
        return Done(
            result,
            tuple(name for report in reports for name in report.failing),
            classes=reports[0].classes if len(reports) == 1 else {},
            cut_short=any(sign in content for sign in _CUT_SHORT),
        )

    def _execute_command(
        self,
        target: Target,
        command: ToolCommand,
        index: int,
        files: tuple[RelPath, ...] | None,
    ) -> tuple[Verdict, CommandReport | None, Path]:
        environment = self._environment(command.environment)
        own = (
            self._environment(self.planner.work_request(target))
            if PROJECT_PYTHON in command.arguments
            else environment
        )
        places = make_places(self.opened.root, target, anew=not self.options.arguments)
        words = places.words(environment, own)
        log = self._log_path(target).with_suffix(f".{os.getpid()}.{index}.part")
        looked_at = (
            command.paths
            if files is None
            else tuple(paths.relative_to(each, command.working_directory) for each in files)
        )
        process = Process(
            arguments=(
                *placed(command.arguments, words),
                *looked_at,
                *self.options.arguments,
            ),
            cwd=self.opened.root / command.working_directory,
            environment=self._variables(target, command, environment, words),
            log=log,
            timeout_seconds=target.timeout_seconds,
        )
        execution = self._executor.execute(process)
        if not all(self.provider.is_intact(each) for each in (environment, own)):
            self._changed.add(target.name)
        report = parse_junit(places.junit) if command.runner != "command" else None
        stored = self.cache.storage.write(places.junit.read_bytes()) if report else None
        places.settle()
        verdict = judge(
            execution,
            command.runner,
            reported=report is not None or command.runner == "command",
            broken_tests=(report is not None and report.counts.errors > 0)
            or (log.exists() and _BROKEN_CONFTEST in log.read_bytes()),
        )
        return (
            verdict,
            CommandReport(
                exit_code=execution.exit_code,
                duration_seconds=execution.duration_seconds,
                counts=report.counts if report else None,
                failing=report.failing if report else (),
                classes=report.classes if report else {},
                junit=stored,
            ),
            log,
        )

    def _environment(self, request: Request) -> Environment:
        return self.provider.realise(self.planner.environment(request))

    def _variables(
        self, target: Target, command: ToolCommand, environment: Environment, words: dict[str, str]
    ) -> dict[str, str]:
        variables = command_environment(environment, base_environment(os.environ))
        for name, value in command.variables:
            (variables[name],) = placed([value], words)
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
        if target.name in self._changed or self._has_new_files([action]):
            return
        if not any(self._disturbed(content) for content in listings.values()):
            self.cache.actions.update_action_result(action.digest, result)

    def _has_new_files(self, actions: Iterable[Action]) -> bool:
        """Whether files came to where those lie that results depend on."""
        values = {fact.value for action in actions for fact in action.inputs}
        listings = [
            self.fingerprinter.blobs[each] for each in values & self.fingerprinter.blobs.keys()
        ]
        folders = folders_around(path for each in listings for path in parse_listing(each))
        return bool(find_new(self.opened.work_tree, folders, self.read_at_ns))

    def _disturbed(self, listing: bytes) -> bool:
        return bool(find_disturbed(self.opened.root, parse_listing(listing), self.read_at_ns))

    def _log_path(self, target: Target) -> Path:
        return log_path(self.opened.root, target.name)


def _node(target: Target, waiting: Collection[str], last_runs: dict[str, LastRun]) -> Node:
    last = last_runs.get(target.name)
    needs = tuple(need for need in target.needs if need in waiting)
    return Node(target.name, needs, None if last is None else last.duration_seconds)


def _skipped(skipped: Skipped) -> TargetResult:
    return TargetResult(skipped.name, ActionResult("skipped", 0.0, reason=skipped.reason))
