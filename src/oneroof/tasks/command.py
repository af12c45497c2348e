"""Running one command of a target on this machine: its environment, its variables, its verdict."""

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from oneroof.changes.snapshot import Opened, workspace_folder
from oneroof.environments.model import Environment, Request, command_environment
from oneroof.environments.provide import Provider
from oneroof.execution.environment import base_environment
from oneroof.execution.junit import parse_junit
from oneroof.execution.local import LocalExecutor, Process
from oneroof.execution.verdict import Verdict, judge
from oneroof.tasks import bytecode
from oneroof.tasks.commandline import looked_at, placed
from oneroof.tasks.model import (
    BIN,
    BYTECODE,
    JUNIT,
    PROJECT_PYTHON,
    PYTEST_CACHE,
    PYTHON,
    RUNNERS,
    SCRATCH,
    Target,
    ToolCommand,
)
from oneroof.tasks.outcome import WHOLE, CommandReport, Scope, file_name
from oneroof.tasks.plan import TargetPlanner
from oneroof.tasks.reports import forget_reports

RUNNERS_FOLDER = Path(__file__).parent / "runners"
_LAST_PYTEST_CACHE = "pytest"
"""The folder where `--last-failed` finds what failed last."""
_BROKEN_CONFTEST = b"ImportError while loading conftest"


class Places(msgspec.Struct, frozen=True):
    """Where a command leaves what it makes."""

    log: Path
    junit: Path
    scratch: Path
    attempt: int = 1


class Further(msgspec.Struct, frozen=True):
    """What a command is given beside what its target says."""

    before: tuple[str, ...] = ()
    """A program that runs the command."""
    arguments: tuple[str, ...] = ()
    """Words for the tool, after all others."""
    variables: Mapping[str, str] = {}
    """Variables on top of its own."""


class CommandDone(msgspec.Struct, frozen=True):
    """How a command ended."""

    verdict: Verdict
    report: CommandReport
    intact: bool
    """Whether its environment is as it was."""
    junit: bytes = b""
    """The content of the report."""


class CommandRunner(msgspec.Struct, frozen=True):
    """Runs commands of targets."""

    opened: Opened
    provider: Provider
    planner: TargetPlanner
    executor: LocalExecutor

    def run(
        self,
        target: Target,
        command: ToolCommand,
        places: Places,
        scope: Scope = WHOLE,
        further: Further | None = None,
    ) -> CommandDone:
        """Run a command to its end, for all it looks at or some test files only.

        Raises:
            OneroofError: its environment cannot be made.
        """
        further = further or Further()
        environment = self.environment(command.environment)
        own = (
            self.environment(self.planner.work_request(target))
            if PROJECT_PYTHON in command.arguments
            else environment
        )
        places.junit.parent.mkdir(parents=True, exist_ok=True)
        forget_reports(places.junit, places.attempt)
        places.scratch.mkdir(parents=True, exist_ok=True)
        made = _own_places(target, places, anew=not further.arguments)
        named = {
            PYTHON: str(environment.python),
            PROJECT_PYTHON: str(own.python),
            BIN: str(environment.python.parent),
            JUNIT: str(made.junit),
            RUNNERS: str(RUNNERS_FOLDER),
            BYTECODE: str(workspace_folder(self.opened.root) / bytecode.FOLDER),
            PYTEST_CACHE: str(made.pytest_cache),
            SCRATCH: str(places.scratch),
        }
        variables = _variables(target, command, environment, named)
        execution = self.executor.execute(
            Process(
                arguments=(
                    *further.before,
                    *placed(command.arguments, named),
                    *looked_at(command, scope),
                    *further.arguments,
                ),
                cwd=self.opened.root / command.working_directory,
                environment=_joined(variables, further.variables),
                log=places.log,
                timeout_seconds=target.timeout_seconds,
            )
        )
        report = parse_junit(made.junit) if command.runner != "command" else None
        content = made.junit.read_bytes() if report is not None else b""
        _settle(made, places)
        verdict = judge(
            execution,
            command.runner,
            reported=report is not None or command.runner == "command",
            broken_tests=(report is not None and report.counts.errors > 0)
            or (places.log.exists() and _BROKEN_CONFTEST in places.log.read_bytes()),
        )
        return CommandDone(
            verdict,
            CommandReport(
                exit_code=execution.exit_code,
                duration_seconds=execution.duration_seconds,
                counts=report.counts if report else None,
                failing=report.failing if report else (),
                cases=report.cases if report else (),
                junit_path=str(places.junit) if report else "",
            ),
            all(self.provider.is_intact(each) for each in (environment, own)),
            content,
        )

    def environment(self, request: Request) -> Environment:
        """The environment of a request, made unless it is there.

        Raises:
            OneroofError: it cannot be made.
        """
        return self.provider.realise(self.planner.environment(request))


class _Made(msgspec.Struct, frozen=True):
    """What one run of a command makes; another process may run it at the same time."""

    junit: Path
    pytest_cache: Path


def _own_places(target: Target, places: Places, *, anew: bool) -> _Made:
    """The places of a run; `anew`: nothing that an earlier one left may count."""
    junit = places.junit.with_suffix(f".{os.getpid()}.xml")
    junit.unlink(missing_ok=True)
    last = places.scratch / _LAST_PYTEST_CACHE
    if not anew:
        return _Made(junit, last)
    own = places.scratch / f"{_LAST_PYTEST_CACHE}.{file_name(target.name)}.{os.getpid()}"
    shutil.rmtree(own, ignore_errors=True)
    return _Made(junit, own)


def _settle(made: _Made, places: Places) -> None:
    """Put what a run made where it is looked for; the later of two runs wins."""
    with contextlib.suppress(OSError):
        made.junit.replace(places.junit)
    last = places.scratch / _LAST_PYTEST_CACHE
    if made.pytest_cache == last or not made.pytest_cache.exists():
        return
    if places.attempt > 1:  # it knows less of what failed than the first
        shutil.rmtree(made.pytest_cache, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        shutil.rmtree(last, ignore_errors=True)
        made.pytest_cache.replace(last)


def _variables(
    target: Target, command: ToolCommand, environment: Environment, named: Mapping[str, str]
) -> dict[str, str]:
    variables = command_environment(environment, base_environment(os.environ))
    for name, value in command.variables:
        variables[name] = placed([value], named)[0]
    for name in target.env:
        if name in os.environ:
            variables[name] = os.environ[name]
    return variables


def _joined(own: Mapping[str, str], further: Mapping[str, str]) -> dict[str, str]:
    """Variables with others on top; a PYTHONPATH that is declared stays behind the other."""
    found = {**own, **further}
    both = [each["PYTHONPATH"] for each in (further, own) if each.get("PYTHONPATH")]
    if both:
        found["PYTHONPATH"] = ":".join(both)
    return found
