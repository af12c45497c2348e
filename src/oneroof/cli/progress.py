"""Showing a run while it goes on: a live view on terminals, plain lines elsewhere."""

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import click

from oneroof.cli.context import is_terminal
from oneroof.cli.output import plural
from oneroof.tasks.outcome import (
    FlakyTest,
    RunEvent,
    TargetAgain,
    TargetFinished,
    TargetResult,
    TargetStarted,
)

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

    from oneroof.environments.model import Event as EnvironmentEvent

LOOKS = {
    "passed": "green",
    "failed": "red",
    "error": "magenta",
    "skipped": "yellow",
    "flaky": "yellow",
    "quarantined": "yellow",
}


class Progress(Protocol):
    """Takes events as they come."""

    def on_run(self, event: RunEvent) -> None:
        """Take an event of the run; always called in the main thread."""

    def on_again(self, event: TargetAgain) -> None:
        """Say that what failed is run again; called in any thread."""

    def on_environment(self, event: "EnvironmentEvent") -> None:
        """Take an event of an environment; called in any thread."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop showing, whatever happened."""


def make_progress(*, total: int, verbose: bool, quiet: bool) -> Progress:
    """The view that fits standard error; `quiet` shows nothing but what takes long."""
    if not quiet and is_terminal(sys.stderr):
        return LiveProgress(total, verbose=verbose)
    return PlainProgress(total, verbose=verbose, quiet=quiet)


class PlainProgress:
    """One line for each target that ran; what came from the cache is only counted."""

    def __init__(self, total: int, *, verbose: bool, quiet: bool) -> None:
        self._total = total
        self._verbose = verbose
        self._quiet = quiet
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return

    def on_run(self, event: RunEvent) -> None:
        """Write a line when a target has ended."""
        if not isinstance(event, TargetFinished):
            return
        self._done += 1
        result = event.result
        if self._quiet or (result.source != "ran" and not self._verbose):
            return
        sys.stderr.write(f"[{self._done}/{self._total}] {result_line(result)}\n")
        if self._verbose and result.ok and result.log:
            sys.stderr.write(_indented(result.log))

    def on_again(self, event: TargetAgain) -> None:
        """Write a line for what is run again."""
        if not self._quiet:
            sys.stderr.write(f"{again_line(event)}\n")

    def on_environment(self, event: "EnvironmentEvent") -> None:
        """Say what takes long."""
        if not self._quiet and (line := environment_line(event)):
            sys.stderr.write(f"{line}\n")


class LiveProgress:
    """A live block: what runs now and for how long, and the counts so far."""

    def __init__(self, total: int, *, verbose: bool) -> None:
        self._total = total
        self._verbose = verbose
        self._running: dict[str, float] = {}
        self._counts: dict[str, int] = {}
        self._note = ""
        self._live: Live | None = None

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(
            console=Console(stderr=True),
            refresh_per_second=8,
            transient=True,
            get_renderable=self._render,
        )
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def on_run(self, event: RunEvent) -> None:
        """Take a target into the view, or out of it and onto a line of its own."""
        if isinstance(event, TargetStarted):
            self._running[event.name] = time.monotonic()
            return
        result = event.result
        self._running.pop(result.name, None)
        key = "cached" if result.source != "ran" else result.result.status
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._live is not None and (result.source == "ran" or self._verbose):
            self._live.console.print(_rich_line(result), soft_wrap=True)

    def on_again(self, event: TargetAgain) -> None:
        """Put what is run again on a line of its own."""
        if self._live is not None:
            self._live.console.print(again_line(event), soft_wrap=True, markup=False)

    def on_environment(self, event: "EnvironmentEvent") -> None:
        """Show what an environment waits for."""
        self._note = environment_line(event)

    def _render(self) -> "Text":
        from rich.text import Text

        now = time.monotonic()
        text = Text()
        for name, began in list(self._running.items())[:8]:
            text.append(f"  {name}  {now - began:.0f} s\n", style="cyan")
        done = sum(self._counts.values())
        counts = ", ".join(f"{count} {key}" for key, count in sorted(self._counts.items()))
        text.append(f"{done}/{self._total}", style="bold")
        text.append(f"  {counts}" if counts else "")
        if self._note:
            text.append(f"  {self._note}", style="dim")
        return text


def again_line(event: TargetAgain) -> str:
    """`again  ml:test  attempt 2: libs/ml/tests/test_x.py`."""
    files = f": {', '.join(event.files)}" if event.files is not None else ""
    return f"again  {event.name}  attempt {event.attempt}{files}"


def result_line(result: TargetResult) -> str:
    """`passed  ml:test  12 tests  0.8 s`."""
    parts = [result.result.status, result.name]
    tests = result.result.tests
    if tests is not None:
        parts.append(_tests(result))
    if result.source == "ran":
        parts.append(f"{result.result.duration_seconds:.1f} s")
    else:
        parts.append("cached")
    if result.result.reason and (not result.ok or result.source == "ran"):
        parts.append(result.result.reason.splitlines()[0])
    return "  ".join(parts)


def _tests(result: TargetResult) -> str:
    tests = result.result.tests
    if tests is None:
        return ""
    counts = {
        "failed": tests.failed + tests.errors,
        "skipped": tests.skipped,
        "cached": result.cached_tests if result.source == "ran" else 0,
    }
    more = "".join(f", {count} {name}" for name, count in counts.items() if count)
    return f"{plural(tests.total, 'test')}{more}"


def _rich_line(result: TargetResult) -> "Text":
    from rich.text import Text

    line = result_line(result)
    status = result.result.status
    text = Text(line)
    text.stylize(LOOKS[status], 0, len(status))
    return text


def environment_line(event: "EnvironmentEvent") -> str:
    """What an environment is doing, in words; empty for what is not worth a line."""
    match event.kind:
        case "resolving":
            return f"resolving {event.subject}: it has no lock, so uv picks versions once"
        case "completing":
            count = plural(event.count, "requirement")
            return f"resolving {count} of {event.subject} that its lock does not hold"
        case "installing":
            return f"installing {plural(event.count, 'package')}"
        case "building":
            return f"building {event.subject}"
        case "waiting":
            return "waiting for another oneroof to install the same packages"
        case "ready":
            return ""


def show_failures(results: tuple[TargetResult, ...]) -> None:
    """The whole output of everything that did not pass."""
    for result in results:
        if result.ok or result.result.status == "skipped":
            continue
        title = f"── {result.name}: {result.result.status} "
        line = title.ljust(72, "─")
        sys.stderr.write((click.style(line, fg="red") if is_terminal(sys.stderr) else line) + "\n")
        if result.log and result.source == "ran":
            sys.stderr.write(Path(result.log).read_text("utf-8", "replace"))
        if result.result.reason:
            sys.stderr.write(f"{result.result.reason}\n")


def show_flaky(results: tuple[TargetResult, ...]) -> None:
    """Every test that failed and does not fail the run: never silently green."""
    for result in results:
        for word, tests in (("flaky", result.flaky), ("quarantined", result.quarantined)):
            for test in tests:
                line = f"{word}: {_flaky_line(test)}"
                shown = click.style(line, fg="yellow") if is_terminal(sys.stderr) else line
                sys.stderr.write(f"{shown}\n")


def _flaky_line(test: FlakyTest) -> str:
    line = f"{test.test} failed {test.failed} of {plural(test.ran, 'time')}"
    if not test.owner:
        return f"{line}; it is not on the flaky list"
    expired = "" if test.allowed else ", which is over"
    return f"{line}; owner: {test.owner}; until {test.until}{expired}; {test.reason}"


def _indented(log: str) -> str:
    text = Path(log).read_text("utf-8", "replace")
    return "".join(f"    {line}\n" for line in text.splitlines())
