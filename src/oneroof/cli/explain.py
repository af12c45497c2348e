"""`oneroof explain TARGET`: would it run, and what exactly differs from the last time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from oneroof.cli.context import Session
from oneroof.cli.output import columns, plural, write, write_json
from oneroof.errors import SelectionError
from oneroof.paths import RelPath

if TYPE_CHECKING:
    from oneroof.actions.action import Action, Difference
    from oneroof.cache.history import LastRun
    from oneroof.cli.work import Work
    from oneroof.tasks.model import Planned


@click.command("explain")
@click.argument("target")
@click.option("--inputs", is_flag=True, help="List every fact the result depends on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def explain_command(session: Session, target: str, *, inputs: bool, as_json: bool) -> int:
    """Say whether TARGET (`project:task`, or a project for its tests) is known to pass.

    Where it is not: which file, pin, key, variable or tool differs from its last run.
    """
    from oneroof.cli.work import Work

    project, _, task = target.rpartition(":") if ":" in target else (target, "", "test")
    found = session.select_one(project)
    work = Work(session, check_format=True)
    targets = work.catalogue.targets((found,), (task,))
    if not targets:
        names = ", ".join(f"`{name}`" for name in work.catalogue.task_names(found)) or "none"
        message = f"{found.name} has nothing to do for `{task}`"
        raise SelectionError(message, hint=f"its tasks: {names}")
    with work.showing(quiet=as_json):
        planned = work.planner.plan(targets)[0]
    last = work.history.load().get(planned.target.name)
    hit = planned.target.cache and planned.action is not None and work.is_known(planned.action)
    differences = _differences(work, planned, last)
    files = () if hit else _find_files(work, planned, differences or [])
    if as_json:
        write_json(_document(planned, last, differences, files, hit=hit))
    else:
        write(_text(planned, last, differences, hit=hit))
        if files:
            write(_text_of_files(files))
        if inputs and planned.action is not None:
            write(columns((f"  {fact.name}", fact.value) for fact in planned.action.inputs))
    return 0


Row = tuple[str, str]
"""What differs, and how."""


class File(NamedTuple):
    """A test file of a target that is not known to pass."""

    path: RelPath
    would_run: bool
    because: list[Row]
    """Those of the differences that it can see."""


def _find_files(work: "Work", planned: "Planned", differences: list[Row]) -> tuple[File, ...]:
    """The test files of a target whose results are kept file by file."""
    results = work.test_files(planned)
    if results is None:
        return ()
    files = results.tests.files
    chosen = frozenset(results.to_run(files, look=True))
    found = []
    for path in files:
        seen = results.tests.sees(path) if path in chosen else frozenset()
        because = [row for row in differences if path in chosen and _concerns(row, seen)]
        found.append(File(path, path in chosen, because))
    return tuple(found)


def _concerns(row: Row, seen: frozenset[str]) -> bool:
    """Whether a difference is of a file that is seen, or of no file at all."""
    what, how = row
    return what in seen or not how.startswith(("modified", "added", "removed")) or ":" in what


def _text_of_files(files: Sequence[File]) -> str:
    run = [each for each in files if each.would_run]
    if len(run) == len(files):
        return f"  all {len(files)} test files would run" if len(files) > 1 else ""
    rows = [(f"    {each.path}", ", ".join(what for what, _ in each.because)) for each in run]
    told = (
        f"  {len(run)} of {plural(len(files), 'test file')} would run, the others are known to pass"
    )
    return "\n".join(filter(None, (told, columns(rows) if rows else "")))


def _differences(work: "Work", planned: "Planned", last: "LastRun | None") -> list[Row] | None:
    """What differs from the last run; None where that is not known any more."""
    if planned.action is None or last is None:
        return None
    from oneroof.actions.action import Action, differences

    blob = work.cache.storage.read(last.action_digest)
    if blob is None:
        return None
    try:
        old = Action.parse(blob)
    except ValueError:
        return None
    found = differences(old, planned.action)
    specific = [each for each in found if not each.name.endswith("environment")]
    return [row for each in specific or found for row in _rows(work, each)]


def _rows(work: "Work", difference: "Difference") -> list[Row]:
    """A listing unfolds into its files; everything else is one row."""
    from oneroof.actions.digest import Digest
    from oneroof.actions.listing import diff_listings, parse_listing

    name, old, new = difference.name, difference.old, difference.new
    if name.startswith(("files:", "more:", "inputs:", "links:", "pythonpath:")) and old and new:
        try:
            before = work.cache.storage.read(Digest.parse(old))
        except ValueError:
            before = None
        after = work.fingerprinter.blobs.get(new)
        if before is not None and after is not None:
            change = diff_listings(parse_listing(before), parse_listing(after))
            why = "; a kept edge" if name == "more:edges" else ""
            return [
                *((path, f"modified{why}") for path in change.changed),
                *((path, f"added{why}") for path in change.added),
                *((path, f"removed{why}") for path in change.removed),
            ]
    if name.startswith(("config:", "manifest:", "env:")):
        word = "changed" if old and new else "added" if new else "removed"
        return [(name, word)]
    return [(name, f"{old or 'none'} -> {new or 'none'}")]


def _document(
    planned: "Planned",
    last: "LastRun | None",
    differences: list[Row] | None,
    files: Sequence[File],
    *,
    hit: bool,
) -> dict[str, object]:
    return {
        "target": planned.target.name,
        "known": hit,
        "fingerprint": planned.action.digest.hash if planned.action else None,
        "error": planned.error or None,
        "last_run": None
        if last is None
        else {
            "status": last.status,
            "fingerprint": last.action_digest.hash,
            "finished_at": last.finished_at,
            "duration_seconds": last.duration_seconds,
        },
        "differences": None
        if differences is None
        else [{"what": what, "how": how} for what, how in differences],
        "test_files": [
            {
                "path": each.path,
                "would_run": each.would_run,
                "because": [{"what": what, "how": how} for what, how in each.because],
            }
            for each in files
        ],
        "inputs": _inputs(planned.action),
    }


def _inputs(action: "Action | None") -> dict[str, str]:
    return {} if action is None else {fact.name: fact.value for fact in action.inputs}


def _text(
    planned: "Planned", last: "LastRun | None", differences: list[Row] | None, *, hit: bool
) -> str:
    name = planned.target.name
    if planned.action is None:
        return f"{name} cannot run: {planned.error}"
    lines = [f"{name} is known to pass" if hit else f"{name} would run"]
    lines.append(f"  fingerprint {planned.action.digest.hash[:16]}")
    if last is None:
        lines.append("  it was never run here")
    else:
        lines.append(f"  last run {last.status}, fingerprint {last.action_digest.hash[:16]}")
    if differences is None and last is not None:
        lines.append("  what that run depended on is not kept any more")
    elif differences:
        lines.append("  differs from the last run in:")
        lines.append(columns((f"    {what}", how) for what, how in differences))
    elif last is not None and not hit:
        reason = "it did not pass" if last.status != "passed" else "its result was not kept"
        lines.append(f"  nothing differs from the last run, but {reason}")
    return "\n".join(lines)
