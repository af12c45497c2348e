"""`oneroof run TASK...` and its short forms: `test`, `lint`, `fmt`, `types`."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click
import msgspec

from oneroof.cli.context import Session
from oneroof.cli.output import columns, plural, write, write_json
from oneroof.cli.run_options import Wish, refuse, run_options, test_options, trust_options
from oneroof.cli.sharding import Sharding, write_measured
from oneroof.errors import FAILED, INTERRUPTED, OK, SelectionError
from oneroof.paths import RelPath

if TYPE_CHECKING:
    from oneroof.cli.work import Work
    from oneroof.tasks.agenda import Row
    from oneroof.tasks.outcome import Attempt, FlakyTest, RunSummary, TargetResult
    from oneroof.workspace.model import Project


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


def _short_form(
    task: str, text: str, options: Callable[[Callable[..., int]], Callable[..., int]]
) -> click.Command:
    @click.command(
        task,
        cls=_WithArguments,
        help=f"{text}\n\nWords after -- go to the tools; such runs are not kept.",
    )
    @click.argument("select", nargs=-1)
    @options
    @click.pass_context
    def form(ctx: click.Context, /, select: tuple[str, ...], **options: object) -> int:
        return perform(ctx.obj, _wish((task,), select, ctx, options))

    return form


test_command = _short_form(
    "test",
    "Run the tests of projects that are not known to pass.",
    lambda function: trust_options(run_options(test_options(function))),
)
lint_command = _short_form("lint", "Run the linters that the projects use.", run_options)
types_command = _short_form("types", "Run the type checkers that the projects use.", run_options)


@click.command("fmt", cls=_WithArguments)
@click.argument("select", nargs=-1)
@click.option("--check", "check_format", is_flag=True, help="Change nothing; fail if it would.")
@run_options
@click.pass_context
def fmt_command(ctx: click.Context, /, select: tuple[str, ...], **options: object) -> int:
    """Format the code with the formatters that the projects use."""
    return perform(ctx.obj, _wish(("fmt",), select, ctx, options))


@click.command("run", cls=_WithArguments)
@click.argument("task")
@click.argument("select", nargs=-1)
@run_options
@test_options
@click.pass_context
def run_command(
    ctx: click.Context, /, task: str, select: tuple[str, ...], **options: object
) -> int:
    """Run TASK, or several joined by commas, for the selected projects."""
    return perform(ctx.obj, _wish(tuple(task.split(",")), select, ctx, options))


def _wish(
    tasks: tuple[str, ...], select: tuple[str, ...], ctx: click.Context, options: dict[str, object]
) -> Wish:

    given = {name: value for name, value in options.items() if value is not None}
    return msgspec.convert(
        {"tasks": tasks, "select": select, "arguments": ctx.meta["arguments"], **given}, Wish
    )


def perform(session: Session, wish: Wish) -> int:
    """Find out what there is to do, do what is not known to pass, and return the exit code."""
    began = time.monotonic()
    from oneroof.cli.work import Work

    refuse(wish)
    projects = _chosen(session, wish)
    if projects is not None and not projects:
        return _nothing(wish, "nothing is affected")
    work = Work(session, check_format=wish.check_format)
    sharding = None if wish.shard is None else work.sharding(wish.shard, projects, wish)
    rows = _rows(work, wish, projects, sharding)
    if sharding is not None and sharding.has_targets:
        sys.stderr.write(f"{sharding.line()}\n")
        if not rows and not wish.as_json:
            return OK
    elif not rows:
        named = " or ".join(f"`{task}`" for task in wish.tasks)
        return _nothing(wish, f"no selected project has anything to do for {named}")
    if wish.verify or wish.shadow:
        return _show_trust(session, work, rows, wish)
    known = {} if wish.no_cache or wish.arguments else work.known(rows)
    if wish.dry_run:
        _show_plan(work, rows, known, wish, sharding)
        return OK
    summary = work.run(rows, known, wish, sharding.parts if sharding is not None else {})
    if wish.write_durations is not None:
        write_measured(wish.write_durations, summary.results, session.opened)
    return _conclude(session, summary, wish, time.monotonic() - began, sharding)


def _show_trust(session: Session, work: "Work", rows: "list[Row]", wish: Wish) -> int:
    """Run everything, to see whether what is selected and kept can be trusted."""
    if wish.verify:
        from oneroof.cli.verify import verify

        return verify(session, work, rows, wish)
    from oneroof.cli.shadow import shadow

    return shadow(session, work, rows, wish)


def _rows(
    work: "Work",
    wish: Wish,
    projects: "Sequence[Project] | None",
    sharding: Sharding | None,
) -> "list[Row]":
    """The targets with their actions; of a shard, nothing is planned that is not in it."""
    if sharding is not None:
        projects = sharding.projects
    if projects is not None and not projects:
        return []
    with work.showing(quiet=wish.as_json):
        rows = work.agenda(wish.tasks).rows(projects)
    return rows if sharding is None else sharding.rows(rows)


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


def _show_plan(
    work: "Work",
    rows: "Sequence[Row]",
    known: "dict[str, TargetResult]",
    wish: Wish,
    sharding: Sharding | None,
) -> None:
    words = {row.name: _word(row, known) for row in rows}
    parts = sharding.parts if sharding is not None else {}
    files = _files_to_run(work, [row for row in rows if words[row.name] == "run"], wish, parts)
    if wish.as_json:
        targets: list[dict[str, object]] = [
            {
                "target": row.name,
                "would": words[row.name],
                "fingerprint": row.action_digest.hash if row.action_digest else None,
                "error": row.planned.error or None if row.planned else None,
                "test_files": list(files[row.name].run) if row.name in files else None,
            }
            for row in rows
        ]
        more: dict[str, object] = {}
        if sharding is not None:
            for each, row in zip(targets, rows, strict=True):
                each["files"] = list(parts[row.name]) if row.name in parts else None
            more["shard"] = sharding.document()
        write_json({"targets": targets, **more})
    else:
        write(columns((words[row.name], row.name, _more(row, files)) for row in rows))


class _Files(NamedTuple):
    run: Sequence[RelPath]
    """Those that would run."""
    wanted: Sequence[RelPath]


def _files_to_run(
    work: "Work", rows: "Sequence[Row]", wish: Wish, parts: Mapping[str, Sequence[RelPath]]
) -> dict[str, _Files]:
    """The test files of each target that goes by file, and of each that runs in part."""
    found = {name: _Files(part, part) for name, part in parts.items()}
    for planned in work.agenda(wish.tasks).with_plans(rows) if not wish.arguments else ():
        results = work.test_files(planned)
        if results is not None:
            wanted = parts.get(planned.target.name, results.tests.files)
            chosen = results.to_run(wanted, look=not wish.no_cache)
            found[planned.target.name] = _Files(chosen, wanted)
    return found


def _more(row: "Row", files: Mapping[str, _Files]) -> str:
    """How much of a target is meant, and why it cannot be planned."""
    told = ""
    if row.name in files:
        run, wanted = files[row.name]
        told = plural(len(wanted), "test file")
        if len(run) < len(wanted):
            told = f"{len(run)} of {told}"
    error = row.planned.error if row.planned else ""
    return ": ".join(filter(None, (told, error)))


def _word(row: "Row", known: "dict[str, TargetResult]") -> str:
    if row.action_digest is None:
        return "error"
    return "cached" if row.name in known else "run"


def _conclude(
    session: Session,
    summary: "RunSummary",
    wish: Wish,
    seconds: float,
    sharding: Sharding | None,
) -> int:
    if wish.as_json:
        more = {"shard": sharding.document()} if sharding is not None else {}
        write_json({**document(session, summary), **more})
    else:
        from oneroof.cli.progress import show_failures, show_flaky

        show_failures(summary.results)
        show_flaky(summary.results)
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
        "flaky": [_flaky(test) for test in result.flaky],
        "quarantined": [_flaky(test) for test in result.quarantined],
        "attempts": [_attempt(attempt) for attempt in result.attempts],
        "log": str(log) if log.exists() else None,
    }


def _flaky(test: "FlakyTest") -> dict[str, object]:
    return {
        "test": test.test,
        "failed": test.failed,
        "ran": test.ran,
        "owner": test.owner or None,
        "until": test.until or None,
        "reason": test.reason or None,
    }


def _attempt(attempt: "Attempt") -> dict[str, object]:
    return {
        "status": attempt.result.status,
        "reason": attempt.result.reason or None,
        "duration_seconds": round(attempt.result.duration_seconds, 3),
        "files": None if attempt.scope.files is None else list(attempt.scope.files),
        "failing": list(attempt.failing),
        "junit": attempt.junit or None,
    }


def conclusion(results: "Sequence[TargetResult]", seconds: float) -> str:
    """The last line: what happened."""
    counts: dict[str, int] = {}
    for result in results:
        word = "cached" if result.source != "ran" else result.result.status
        counts[word] = counts.get(word, 0) + 1
    order = ("failed", "error", "skipped", "quarantined", "flaky", "passed", "cached")
    told = ", ".join(f"{counts[word]} {word}" for word in order if word in counts)
    tests = sum(result.result.tests.total for result in results if result.result.tests)
    more = f" ({plural(tests, 'test')})" if tests else ""
    return f"{plural(len(results), 'target')}: {told}{more} in {seconds:.1f} s"
