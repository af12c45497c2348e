"""Running planned targets: what is known to pass is not run, the rest is, and results are kept."""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from oneroof.actions.action import Action
from oneroof.actions.listing import parse_listing
from oneroof.actions.result import ActionResult, OutputFile, Status
from oneroof.cache.disk import DiskCache
from oneroof.cache.history import History, LastRun
from oneroof.changes.snapshot import Opened, workspace_folder
from oneroof.environments.provide import Provider
from oneroof.errors import OneroofError
from oneroof.execution.local import LocalExecutor
from oneroof.execution.pool import Event, Finished, Started, Work, run_all
from oneroof.execution.schedule import Node, Skipped
from oneroof.execution.verdict import Verdict
from oneroof.paths import RelPath
from oneroof.tasks import bytecode
from oneroof.tasks.attempts import Policy, Referee, run_attempts
from oneroof.tasks.command import CommandRunner, Further, Places
from oneroof.tasks.fingerprint import Fingerprinter
from oneroof.tasks.model import Planned, Target, ToolCommand
from oneroof.tasks.outcome import (
    WHOLE,
    Attempt,
    CommandReport,
    Done,
    Options,
    RunEvent,
    RunSummary,
    Scope,
    TargetAgain,
    TargetFinished,
    TargetResult,
    TargetStarted,
    file_name,
    log_path,
    target_result,
)
from oneroof.tasks.outputs import collect
from oneroof.tasks.plan import TargetPlanner
from oneroof.tasks.reports import heading, is_cut_short, report_path
from oneroof.tasks.testfiles import file_results, goes_by_file, united
from oneroof.tasks.testids import files_of, identify, roots_of
from oneroof.workspace.globs import matches
from oneroof.workspace.witness import find_disturbed, find_new, folders_around

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
    on_again: Callable[[TargetAgain], None]
    """Called in any thread."""
    policy: Policy
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
        if not self.options.arguments and any(goes_by_file(each.target) for each in planned):
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
            done = self._run_target(planned.target, planned.action)
        except OneroofError as error:
            duration = time.monotonic() - began
            done = Done(ActionResult("error", duration, reason=error.message))
        self._keep(planned.target, planned.action, done)
        log = self._log_path(planned.target)
        told_in = str(log) if done.result.stdout_digest else ""
        return target_result(name, planned.action.digest.hash, told_in, done)

    def _run_target(self, target: Target, action: Action) -> Done:
        """Run a target, or the part that is asked for; of tests only files not known to pass."""
        part = self.options.parts.get(target.name)
        all_files = target.commands[0].test_files
        scope = WHOLE
        if part is not None:
            scope = Scope(left_out=tuple(path for path in all_files if path not in set(part)))
        if self.options.arguments or not goes_by_file(target):
            return self._run_attempts(target, scope)
        wanted = all_files if part is None else part
        results = file_results(self.fingerprinter, self.cache.actions, target, action)
        tests = results.tests
        if not tests.are_separable:
            return self._run_attempts(target, scope, by_file=False)
        choice = results.choose(wanted, look=self.options.by_file)
        counts = united([each.tests for each in choice.known.values() if each.tests is not None])
        if choice.run == ():
            result = ActionResult("passed", 0.0, 0, tests=counts)
            return Done(
                result,
                cached_tests=counts.total,
                file_seconds=choice.file_seconds,
                whole=part is None,
            )
        done = self._run_attempts(target, Scope(choice.run) if choice.run is not None else scope)
        actions = tests.actions.values()
        is_sound = target.name not in self._changed and not self._has_new_files(target, actions)
        disturbed = self._is_disturbed if is_sound else None
        seconds = results.keep(wanted, done.attempts, disturbed)
        began = done.attempts[0].result.duration_seconds - sum(seconds.values())
        done = msgspec.structs.replace(
            done,
            start_seconds=max(0.0, round(began, 3)) if seconds else None,
            file_seconds={**choice.file_seconds, **seconds},
        )
        if done.attempts[0].scope.files is None:
            return done
        result = done.result
        total = united([counts, *([result.tests] if result.tests is not None else [])])
        return msgspec.structs.replace(
            done,
            result=msgspec.structs.replace(result, tests=total),
            cached_tests=counts.total,
            whole=part is None,
        )

    def _run_attempts(self, target: Target, scope: Scope, *, by_file: bool = True) -> Done:
        """Run a target, and what fails of it again as often as the policy says."""
        command = target.commands[0]
        files, roots = files_of(target, self.opened.tree), roots_of(target)
        referee = Referee(
            target.name,
            self.policy.of(target.task),
            lambda cases: identify(cases, files, roots),
            by_file=by_file and bool(command.test_files) and not self.options.arguments,
        )
        attempts = run_attempts(
            referee,
            scope,
            lambda which, number: self._execute(target, which, number),
            lambda which, number: self.on_again(TargetAgain(target.name, number, which.files)),
        )
        settled = referee.settle(attempts)
        first = attempts[0].result
        has_ended = first.status in {"passed", "failed"} and scope == WHOLE
        return Done(
            settled.result,
            settled.failing,
            attempts=attempts,
            flaky=settled.flaky,
            quarantined=settled.quarantined,
            start_seconds=round(first.duration_seconds, 3) if has_ended else None,
            whole=attempts[0].scope == WHOLE,
        )

    def _execute(self, target: Target, scope: Scope, number: int) -> Attempt:
        """Run all commands of a target, one after the other, into one log."""
        outcomes = []
        log = self._log_path(target)
        log.parent.mkdir(parents=True, exist_ok=True)
        for index, command in enumerate(target.commands):
            outcomes.append(self._execute_command(target, command, index, (scope, number)))
        content = b"".join(part.read_bytes() for _, _, part in outcomes if part.exists())
        for _, _, part in outcomes:
            part.unlink(missing_ok=True)
        before = log.read_bytes() + heading(number, scope) if number > 1 else b""
        log.write_bytes(before + content)
        verdicts = [verdict for verdict, _, _ in outcomes]
        worst = min(verdicts, key=lambda each: WORST_FIRST.index(each.status))
        if worst.status == "passed" and target.name in self._changed:
            worst = Verdict("passed", "not kept: something was installed into its environment")
        reports = [report for _, report, _ in outcomes]
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
            stdout_digest=self.cache.storage.write(before + content),
            output_files=outputs or (),
            junit_digest=next((r.junit for r in reports if r.junit is not None), None),
        )
        return Attempt(
            result,
            scope,
            cases=tuple(case for report in reports for case in report.cases),
            failing=tuple(name for report in reports for name in report.failing),
            cut_short=is_cut_short(content),
            junit=next((report.junit_path for report in reports if report.junit_path), ""),
        )

    def _execute_command(
        self,
        target: Target,
        command: ToolCommand,
        index: int,
        attempt: tuple[Scope, int],
    ) -> tuple[Verdict, CommandReport, Path]:
        scope, number = attempt
        folder = workspace_folder(self.opened.root)
        places = Places(
            log=self._log_path(target).with_suffix(f".{os.getpid()}.{index}.part"),
            junit=report_path(self.opened.root, target.name, number),
            scratch=folder / "scratch" / file_name(target.project),
            attempt=number,
        )
        runner = CommandRunner(self.opened, self.provider, self.planner, self._executor)
        further = Further(arguments=self.options.arguments)
        done = runner.run(target, command, places, scope, further)
        if not done.intact:
            self._changed.add(target.name)
        report = done.report
        if report.counts is not None:
            junit = self.cache.storage.write(done.junit)
            report = msgspec.structs.replace(report, junit=junit)
        return done.verdict, report, places.log

    def _keep(self, target: Target, action: Action, done: Done) -> None:
        """Record a run; a result that passed on undisturbed files enters the action cache."""
        if not done.whole:
            return
        result = done.result
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
        if target.name in self._changed or self._has_new_files(target, [action]):
            return
        if not any(self._disturbed(content) for content in listings.values()):
            self.cache.actions.update_action_result(action.digest, result)

    def _has_new_files(self, target: Target, actions: Iterable[Action]) -> bool:
        """Whether files came to where those lie that results depend on, unless by these tasks."""
        values = {fact.value for action in actions for fact in action.inputs}
        blobs = self.fingerprinter.blobs
        listings = [blobs[each] for each in values & blobs.keys()]
        folders = folders_around(path for each in listings for path in parse_listing(each))
        made = tuple(self._outputs(target))
        return any(
            not any(matches(path, glob) for glob in made)
            for path in find_new(self.opened.work_tree, folders, self.read_at_ns)
        )

    def _outputs(self, target: Target) -> Iterator[RelPath]:
        """What the target makes, and what those make that ran before it for its sake."""
        yield from target.outputs
        for name in target.needs:
            if name in self._planned:
                yield from self._outputs(self._planned[name].target)

    def _is_disturbed(self, digest: str) -> bool:
        return self._disturbed(self.fingerprinter.blobs[digest])

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
