"""`oneroof test --verify`: what tests read that their fingerprints do not hold."""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import TYPE_CHECKING

from oneroof.cli.context import Session, warn
from oneroof.cli.output import plural, style, write, write_json
from oneroof.cli.progress import make_progress, show_failures
from oneroof.cli.work import Work, options_of
from oneroof.errors import FAILED, INTERRUPTED, OK
from oneroof.execution.environment import is_base

if TYPE_CHECKING:
    from oneroof.cli.run_options import Wish
    from oneroof.tasks.agenda import Row
    from oneroof.tasks.model import Planned
    from oneroof.tasks.outcome import TargetResult
    from oneroof.tasks.uncovered import Uncovered
    from oneroof.tasks.verify import Unit, Verification, Verified, Verifier
    from oneroof.workspace.model import ProjectName

VERBS = {"read": "reads", "load": "loads", "list": "lists", "look": "looks for", "env": "reads"}
MOST_LINES = 8
"""How many files that one line asked for are shown one by one."""


def verify(session: Session, work: Work, rows: "Sequence[Row]", wish: "Wish") -> int:
    """Run tests with the recorder, tell what is not covered, and return the exit code."""
    began = time.monotonic()
    with work.showing(quiet=wish.as_json):
        planned = work.agenda(wish.tasks).with_plans(rows)
    before = [row for row in rows if row.task != "test"]
    if before and not work.run(before, work.known(before), wish).ok:
        sys.stderr.write("what the tests need did not pass\n")
        return FAILED
    tests = [each for each in planned if each.target.task == "test"]
    found = _run(session, work, tests, wish)
    unplanned = [each for each in tests if each.action is None]
    ok = not unplanned and all(_is_fine(each) for each in found.units)
    if wish.as_json:
        write_json(_document(session, found, unplanned, ok=ok))
    else:
        for each in unplanned:
            warn(f"{each.target.name} cannot run: {each.error}")
        show_failures(tuple(each.result for each in found.units))
        write(_text(session, found.units))
        seconds = time.monotonic() - began
        sys.stderr.write(f"{_conclusion(found.units)} in {seconds:.1f} s\n")
    if found.interrupted:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    return OK if ok else FAILED


def _run(
    session: Session, work: Work, planned: "Sequence[Planned]", wish: "Wish"
) -> "Verification":
    from oneroof.tasks.verify import Verification

    with recording(session, work, wish) as verifier:
        if not wish.as_json:
            unseen = "; without strace, reads of programs that are no Python are not seen"
            sys.stderr.write(f"each test file runs by itself{'' if verifier.tracer else unseen}\n")
        with work.showing(quiet=wish.as_json):
            units = verifier.units(planned)
        if units is None:
            return Verification((), interrupted=True)
        return run_units(verifier, units, wish)


@contextmanager
def recording(session: Session, work: Work, wish: "Wish") -> "Iterator[Verifier]":
    """What runs tests and records what they read."""
    from oneroof.execution.local import LocalExecutor
    from oneroof.tasks.command import CommandRunner
    from oneroof.tasks.tracing import find_tracer
    from oneroof.tasks.verify import Verifier

    with LocalExecutor() as executor:
        commands = CommandRunner(session.opened, work.provider, work.planner, executor)
        options = options_of(wish)
        yield Verifier(commands, work.fingerprinter, options, find_tracer(), lambda _event: None)


def run_units(verifier: "Verifier", units: "Sequence[Unit]", wish: "Wish") -> "Verification":
    """Run units and show how it goes."""
    with make_progress(total=len(units), verbose=wish.verbose, quiet=wish.as_json) as progress:
        verifier.on_event = progress.on_run
        return verifier.run(units)


def _is_fine(verified: "Verified") -> bool:
    return verified.result.ok and verified.recorded and not any(map(_counts, verified.uncovered))


def _counts(found: "Uncovered") -> bool:
    """Whether it speaks against the fingerprint, or against what tests are shown.

    Tests see no variable that is not declared, but for a few. What is set for nobody, and what
    libraries ask for, is only told.
    """
    if found.kind != "env":
        return True
    return not found.reader and (found.name in os.environ or is_base(found.name))


def _text(session: Session, units: "Iterable[Verified]") -> str:
    lines: list[str] = []
    told = list(units)
    for verified in told:
        shown = [each for each in verified.uncovered if _counts(each)]
        notes = list(_notes(verified))
        if shown or notes:
            lines.append(style(_title(verified.unit), bold=True))
            lines += [f"  {line}" for line in _lines(shown)]
            lines += [f"  {note}" for note in notes]
    lines += _remedies(session, told)
    only_told = [each for verified in told for each in verified.uncovered if not _counts(each)]
    unset = {each.name for each in only_told if not each.reader}
    lines += _named("asked for, and set nowhere", unset)
    lines += _named("asked for by libraries only", {each.name for each in only_told} - unset)
    return "\n".join(lines)


def _named(what: str, names: "AbstractSet[str]") -> Iterator[str]:
    if names:
        shown = sorted(names)[:MOST_LINES]
        more = len(names) - len(shown)
        rest = f" and {more} more (`--json` names them)" if more else ""
        yield f"variables {what}: {', '.join(shown)}{rest}"


def _title(unit: "Unit") -> str:
    return unit.test or unit.target.name


def _notes(verified: "Verified") -> Iterator[str]:
    if not verified.recorded and verified.result.result.status != "error":
        yield "nothing was recorded: its Python is older than 3.8, or takes no start-up module"
    if verified.programs:
        named = ", ".join(f"`{each}`" for each in verified.programs)
        yield f"starts {named}, whose reads are not seen"


def _lines(found: "Sequence[Uncovered]") -> Iterator[str]:
    """A line for each; where one line of code asked for many files, the first and how many."""
    groups: dict[tuple[object, ...], list[Uncovered]] = {}
    for each in found:
        groups.setdefault((each.kind, each.file, each.line, each.reader), []).append(each)
    for group in groups.values():
        shown = group if len(group) <= MOST_LINES else group[: MOST_LINES // 2]
        for each in shown:
            yield f"{VERBS[each.kind]} {_what(each)}{_place(each)}"
        if len(shown) < len(group):
            more = plural(len(group) - len(shown), "more file")
            yield f"{VERBS[group[0].kind]} {more}{_place(group[0])}"


def _what(found: "Uncovered") -> str:
    if found.kind == "env":
        hidden = "" if is_base(found.name) else ", which is set but not shown to tests"
        return f"the variable {found.name}{hidden}"
    if found.kind == "list":
        count = plural(found.inside, "file")
        return f"{found.name}/, of which {count} {'is' if found.inside == 1 else 'are'} not covered"
    return found.name


def _place(found: "Uncovered") -> str:
    line = f"{found.file}:{found.line}" if found.file else ""
    by = f"by {found.reader}" if found.reader else ""
    told = ", ".join(filter(None, (line, by)))
    return f"  ({told})" if told else ""


def _remedies(session: Session, units: "Iterable[Verified]") -> Iterator[str]:
    from oneroof.tasks.remedies import find_remedies

    remedies = find_remedies(session.opened.graph.projects, _failing(units))
    if remedies:
        yield "to have all this in the fingerprints, write"
    path = ""
    for remedy in remedies:
        if remedy.path != path:
            path = remedy.path
            yield f"  {path}:"
        yield from (f"    {line}" for line in remedy.lines)


def _failing(units: "Iterable[Verified]") -> "Iterator[tuple[ProjectName, Uncovered]]":
    for verified in units:
        for each in verified.uncovered:
            if _counts(each):
                yield verified.unit.target.project, each


def _conclusion(units: "Sequence[Verified]") -> str:
    counts: dict[str, int] = {}
    for verified in units:
        status = verified.result.result.status
        counts[status] = counts.get(status, 0) + 1
    order = ("failed", "error", "skipped", "passed")
    told = ", ".join(f"{counts[word]} {word}" for word in order if word in counts) or "none"
    reads = sum(1 for _ in _failing(units))
    verdict = "all that they read is in their fingerprints"
    if not all(each.recorded for each in units):
        verdict = "not all that they read was recorded"
    if reads:
        verdict = f"{plural(reads, 'read')} {'is' if reads == 1 else 'are'} in no fingerprint"
    return f"{plural(len(units), 'test file')}: {told}; {verdict}"


def _document(
    session: Session, found: "Verification", unplanned: "Sequence[Planned]", *, ok: bool
) -> dict[str, object]:
    from oneroof.tasks.remedies import find_remedies

    remedies = find_remedies(session.opened.graph.projects, _failing(found.units))
    return {
        "ok": ok,
        "targets": [
            *(_described(verified) for verified in found.units),
            *(
                {"target": each.target.name, "test": None, "status": "error", "reason": each.error}
                for each in unplanned
            ),
        ],
        "remedies": [
            {
                "project": each.project,
                "path": each.path,
                "table": each.table,
                "inputs": list(each.inputs),
                "env": list(each.env),
            }
            for each in remedies
        ],
    }


def _described(verified: "Verified") -> dict[str, object]:
    result: TargetResult = verified.result
    tests = result.result.tests
    return {
        "target": verified.unit.target.name,
        "test": verified.unit.test,
        "status": result.result.status,
        "reason": result.result.reason or None,
        "duration_seconds": round(result.result.duration_seconds, 3),
        "tests": None
        if tests is None
        else {
            "passed": tests.passed,
            "failed": tests.failed + tests.errors,
            "skipped": tests.skipped,
        },
        "failing": list(result.failing),
        "log": result.log or None,
        "recorded": verified.recorded,
        "unseen_programs": list(verified.programs),
        "uncovered": [
            {
                "kind": each.kind,
                "name": each.name,
                "file": each.file,
                "line": each.line,
                "reader": each.reader or None,
                "counts": _counts(each),
            }
            for each in verified.uncovered
        ],
    }
