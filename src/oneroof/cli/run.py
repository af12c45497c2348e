"""`oneroof run TASK...` and its short forms: `test`, `lint`, `fmt`, `types`."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from oneroof.cli.context import Session
from oneroof.cli.output import columns, plural, write, write_json
from oneroof.errors import FAILED, INTERRUPTED, OK, ConfigError, SelectionError

if TYPE_CHECKING:
    from oneroof.tasks.agenda import Row
    from oneroof.tasks.outcome import RunSummary, TargetResult
    from oneroof.workspace.model import Project

_F = TypeVar("_F", bound=Callable[..., object])


class Wish(msgspec.Struct, frozen=True):
    """What the command line asks for."""

    tasks: tuple[str, ...]
    select: tuple[str, ...]
    since: str | None = None
    jobs: int | None = None
    fail_fast: bool = False
    no_cache: bool = False
    dry_run: bool = False
    verbose: bool = False
    as_json: bool = False
    check_format: bool = False
    verify: bool = False
    shadow: bool = False
    keep: bool = True
    arguments: tuple[str, ...] = ()


def _run_options(function: _F) -> _F:
    """The options all forms share."""
    options = (
        click.option("--since", metavar="REF", help="Only what a change since REF touches."),
        click.option("-j", "--jobs", type=click.IntRange(1), help="How many at a time."),
        click.option(
            "--fail-fast/--keep-going",
            default=False,
            help="Stop at the first failure, or run everything (the default).",
        ),
        click.option("--no-cache", is_flag=True, help="Run even what is known to pass."),
        click.option("--dry-run", is_flag=True, help="Only say what would run."),
        click.option("-v", "--verbose", is_flag=True, help="Show the output of what passes too."),
        click.option("--json", "as_json", is_flag=True, help="Print a summary as JSON."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _split(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands before and after `--`."""
    found = tuple(words)
    if "--" in found:
        place = found.index("--")
        return found[:place], found[place + 1 :]
    return found, ()


class _WithArguments(click.Command):
    """A command that hands what follows `--` to the tools."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Set the words after `--` aside."""
        own, further = _split(args)
        ctx.meta["arguments"] = further
        return super().parse_args(ctx, list(own))


def _short_form(task: str, text: str) -> click.Command:
    @click.command(
        task,
        cls=_WithArguments,
        help=f"{text}\n\nWords after -- go to the tools; such runs are not kept.",
    )
    @click.argument("select", nargs=-1)
    @_run_options
    @click.pass_context
    def form(ctx: click.Context, /, select: tuple[str, ...], **options: object) -> int:
        return perform(ctx.obj, _wish((task,), select, ctx, options))

    return form


@click.command("test", cls=_WithArguments)
@click.argument("select", nargs=-1)
@click.option(
    "--verify",
    is_flag=True,
    help="Run each test file by itself, record what it reads, and report every read that its "
    "fingerprint does not hold.",
)
@click.option(
    "--shadow",
    is_flag=True,
    help="Run everything, and report which tests --since would have skipped though they fail.",
)
@click.option(
    "--keep/--no-keep",
    default=True,
    help="With --shadow: write what was missed to .oneroof-edges.json (the default), or show it.",
)
@_run_options
@click.pass_context
def test_command(ctx: click.Context, /, select: tuple[str, ...], **options: object) -> int:
    """Run the tests of projects that are not known to pass.

    Words after -- go to the tools; such runs are not kept.
    """
    return perform(ctx.obj, _wish(("test",), select, ctx, options))


lint_command = _short_form("lint", "Run the linters that the projects use.")
types_command = _short_form("types", "Run the type checkers that the projects use.")


@click.command("fmt", cls=_WithArguments)
@click.argument("select", nargs=-1)
@click.option("--check", "check_format", is_flag=True, help="Change nothing; fail if it would.")
@_run_options
@click.pass_context
def fmt_command(ctx: click.Context, /, select: tuple[str, ...], **options: object) -> int:
    """Format the code with the formatters that the projects use."""
    return perform(ctx.obj, _wish(("fmt",), select, ctx, options))


@click.command("run", cls=_WithArguments)
@click.argument("task")
@click.argument("select", nargs=-1)
@_run_options
@click.pass_context
def run_command(
    ctx: click.Context, /, task: str, select: tuple[str, ...], **options: object
) -> int:
    """Run TASK, or several joined by commas, for the selected projects."""
    return perform(ctx.obj, _wish(tuple(task.split(",")), select, ctx, options))


def _wish(
    tasks: tuple[str, ...], select: tuple[str, ...], ctx: click.Context, options: dict[str, object]
) -> Wish:
    import msgspec

    given = {name: value for name, value in options.items() if value is not None}
    return msgspec.convert(
        {"tasks": tasks, "select": select, "arguments": ctx.meta["arguments"], **given}, Wish
    )


def perform(session: Session, wish: Wish) -> int:
    """Find out what there is to do, do what is not known to pass, and return the exit code."""
    began = time.monotonic()
    from oneroof.cli.work import Work

    _refuse(wish)
    projects = _chosen(session, wish)
    if projects is not None and not projects:
        return _nothing(wish, "nothing is affected")
    work = Work(session, check_format=wish.check_format)
    with work.showing(quiet=wish.as_json):
        rows = work.agenda(wish.tasks).rows(projects)
    if not rows:
        named = " or ".join(f"`{task}`" for task in wish.tasks)
        return _nothing(wish, f"no selected project has anything to do for {named}")
    if wish.verify:
        from oneroof.cli.verify import verify

        return verify(session, work, rows, wish)
    if wish.shadow:
        from oneroof.cli.shadow import shadow

        return shadow(session, work, rows, wish)
    known = {} if wish.no_cache or wish.arguments else work.known(rows)
    if wish.dry_run:
        _show_plan(rows, known, wish)
        return OK
    summary = work.run(rows, known, wish)
    return _conclude(session, summary, wish, time.monotonic() - began)


def _refuse(wish: Wish) -> None:
    """Refuse what does not go together."""
    for name, asked in (("--verify", wish.verify), ("--shadow", wish.shadow)):
        if asked and wish.dry_run:
            message = f"`{name}` runs tests, and `--dry-run` does not"
            raise ConfigError(message, hint="leave one of them out")
    if wish.verify and wish.shadow:
        message = "`--verify` and `--shadow` are two kinds of runs"
        raise ConfigError(message, hint="ask for one after the other")
    if wish.shadow and wish.arguments:
        message = "`--shadow` is about all tests, and words after `--` change which run"
        raise ConfigError(message, hint="leave them out")
    if not wish.keep and not wish.shadow:
        message = "`--no-keep` says what to do with what `--shadow` finds"
        raise ConfigError(message, hint="add `--shadow`, or leave it out")


def _chosen(session: Session, wish: Wish) -> "tuple[Project, ...] | None":
    """The projects that are selected; None for all of them."""
    if wish.since is None or wish.shadow:
        return session.select(wish.select) if wish.select else None
    projects = session.select(wish.select)
    from oneroof.changes.affected import for_task
    from oneroof.changes.since import affected_since

    affected = affected_since(session.opened, wish.since)
    names = {project.name for task in wish.tasks for project in for_task(affected, task).projects}
    return tuple(project for project in projects if project.name in names)


def _nothing(wish: Wish, message: str) -> int:
    if wish.as_json:
        write_json({"ok": True, "targets": []})
    if wish.since is not None:
        sys.stderr.write(f"{message}\n")
        return OK
    raise SelectionError(message, hint="`oneroof ls --json` shows the tasks of each project")


def _show_plan(rows: "Sequence[Row]", known: "dict[str, TargetResult]", wish: Wish) -> None:
    words = {row.name: _word(row, known) for row in rows}
    if wish.as_json:
        write_json(
            {
                "targets": [
                    {
                        "target": row.name,
                        "would": words[row.name],
                        "fingerprint": row.action_digest.hash if row.action_digest else None,
                        "error": row.planned.error or None if row.planned else None,
                    }
                    for row in rows
                ]
            }
        )
    else:
        write(
            columns(
                (words[row.name], row.name, row.planned.error if row.planned else "")
                for row in rows
            )
        )


def _word(row: "Row", known: "dict[str, TargetResult]") -> str:
    if row.action_digest is None:
        return "error"
    return "cached" if row.name in known else "run"


def _conclude(session: Session, summary: "RunSummary", wish: Wish, seconds: float) -> int:
    if wish.as_json:
        write_json(document(session, summary))
    else:
        from oneroof.cli.progress import show_failures

        show_failures(summary.results)
        sys.stderr.write(conclusion(summary.results, seconds) + "\n")
    if summary.interrupted:
        sys.stderr.write("interrupted: what had finished is kept\n")
        return INTERRUPTED
    return OK if summary.ok else FAILED


def document(session: Session, summary: "RunSummary") -> dict[str, object]:
    """What `run --json` prints."""
    return {
        "ok": summary.ok,
        "targets": [_described(session, result) for result in summary.results],
    }


def _described(session: Session, result: "TargetResult") -> dict[str, object]:
    from oneroof.tasks.outcome import log_path

    log = log_path(session.opened.root, result.name)
    tests = result.result.tests
    return {
        "target": result.name,
        "status": result.result.status,
        "source": result.source,
        "fingerprint": result.fingerprint or None,
        "duration_seconds": round(result.result.duration_seconds, 3),
        "tests": None
        if tests is None
        else {
            "passed": tests.passed,
            "failed": tests.failed + tests.errors,
            "skipped": tests.skipped,
            "cached": tests.total if result.source != "ran" else result.cached_tests,
        },
        "reason": result.result.reason or None,
        "failing": list(result.failing),
        "log": str(log) if log.exists() else None,
    }


def conclusion(results: "Sequence[TargetResult]", seconds: float) -> str:
    """The last line: what happened."""
    counts: dict[str, int] = {}
    for result in results:
        word = "cached" if result.source != "ran" else result.result.status
        counts[word] = counts.get(word, 0) + 1
    order = ("failed", "error", "skipped", "passed", "cached")
    told = ", ".join(f"{counts[word]} {word}" for word in order if word in counts)
    tests = sum(result.result.tests.total for result in results if result.result.tests)
    more = f" ({plural(tests, 'test')})" if tests else ""
    return f"{plural(len(results), 'target')}: {told}{more} in {seconds:.1f} s"
