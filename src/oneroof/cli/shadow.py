"""`oneroof test --shadow`: everything runs, and what a selection would have missed is told."""

import datetime as dt
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from oneroof.changes.edges import FILE, KeptEdge, together
from oneroof.cli.context import Session
from oneroof.cli.edges import described, keep, line
from oneroof.cli.output import plural, write, write_json
from oneroof.cli.run import conclusion, document
from oneroof.cli.verify import recording, run_units
from oneroof.cli.work import Work
from oneroof.errors import FAILED, INTERRUPTED, OK, ConfigError, OneroofError
from oneroof.tasks.shadow import (
    Judged,
    Skipped,
    edges_of,
    find_culprits,
    find_finding,
    find_suspects,
)

if TYPE_CHECKING:
    from oneroof.changes.git import Comparison
    from oneroof.cli.run_options import Wish
    from oneroof.paths import RelPath
    from oneroof.tasks.agenda import Row
    from oneroof.tasks.model import Planned
    from oneroof.tasks.outcome import RunSummary, TargetResult
    from oneroof.tasks.verify import Verified
    from oneroof.workspace.model import ProjectName

TOLD = {
    "failed-before": "fails without the change, too",
    "unsteady": "failed, and passes when it runs once more by itself",
    "unclear": "fails, and cannot be run without the change",
}


def shadow(session: Session, work: Work, rows: "Sequence[Row]", wish: "Wish") -> int:
    """Run everything, judge what would have been skipped, and return the exit code."""
    from oneroof.changes.git import compare_index

    began = time.monotonic()
    if not session.opened.has_git:
        message = f"`--shadow` compares with a commit, and `{session.opened.root}` is in no git"
        raise ConfigError(message, hint="run it in a git repository")
    comparison = compare_index(session.opened.root, wish.since)
    planned = work.agenda(wish.tasks).with_plans(rows)
    wish = msgspec.structs.replace(wish, no_cache=True)
    summary = work.run(rows, {}, wish)
    selected, skipped = _split(session, work, planned, summary, comparison)
    judged: list[Judged] = []
    if not summary.interrupted:
        judged = _Trial(session, work, planned, comparison, wish).judge(skipped)
    edges = _edges(session, judged, comparison)
    if edges and wish.keep:
        keep(session, together(session.opened.edges, edges))
    if wish.as_json:
        found = _document(comparison, selected, skipped, judged, edges, kept=wish.keep)
        write_json({**document(session, summary), **found})
    else:
        from oneroof.cli.progress import show_failures

        show_failures(summary.results)
        sys.stderr.write(conclusion(summary.results, time.monotonic() - began) + "\n")
        write("\n".join(_text(comparison, selected, skipped, judged, edges, kept=wish.keep)))
    if summary.interrupted:
        return INTERRUPTED
    return OK if summary.ok else FAILED


def _split(
    session: Session,
    work: Work,
    planned: "Sequence[Planned]",
    summary: "RunSummary",
    comparison: "Comparison",
) -> tuple[int, list[Skipped]]:
    """How many test files, or targets in their place, are selected, and which are not."""
    from oneroof.changes.affected import for_task
    from oneroof.changes.since import affected_since
    from oneroof.tasks.affected_tests import find_affected_tests
    from oneroof.tasks.testfiles import goes_by_file

    affected = affected_since(session.opened, None, comparison)
    chosen = {each.path for each in find_affected_tests(session.opened, work.catalogue, affected)}
    projects = {each.name for each in for_task(affected, "test").projects}
    results = {each.name: each for each in summary.results}
    skipped: list[Skipped] = []
    selected = 0
    for each in planned:
        target, result = each.target, results.get(each.target.name)
        if target.task != "test" or result is None:
            continue
        if goes_by_file(target):
            files = target.commands[0].test_files
            rest = [path for path in files if path not in chosen]
            selected += len(files) - len(rest)
            failed = _failed(session, each, result)
            skipped += (Skipped(target.project, path, path in failed) for path in rest)
        elif target.project in projects:
            selected += 1
        else:
            skipped.append(Skipped(target.project, None, not result.ok))
    return selected, skipped


def _failed(session: Session, planned: "Planned", result: "TargetResult") -> "frozenset[RelPath]":
    """The test files of a target that failed, or may have: all, where that cannot be told."""
    from oneroof.tasks.testids import files_of, identify, roots_of

    if result.ok:
        return frozenset()
    target = planned.target
    failing = set(result.failing)
    cases = [case for each in result.attempts for case in each.cases if case.full_name in failing]
    files = files_of(target, session.opened.tree)
    found = identify(cases, files, roots_of(target)) if cases else None
    if not found or failing - found.keys():
        return frozenset(files)
    return frozenset(each.path for each in found.values())


class _Trial:
    """Runs tests that would have been skipped and failed: again, and without the change."""

    def __init__(
        self,
        session: Session,
        work: Work,
        planned: "Sequence[Planned]",
        comparison: "Comparison",
        wish: "Wish",
    ) -> None:
        self._session = session
        self._work = work
        self._planned = {
            each.target.project: each for each in planned if each.target.task == "test"
        }
        self._comparison = comparison
        self._wish = wish

    def judge(self, skipped: "Iterable[Skipped]") -> list[Judged]:
        """What is behind each failure."""
        suspects = [each for each in skipped if each.failed]
        if not suspects:
            return []
        sys.stderr.write(f"{_count(suspects)} would have been skipped and failed: once more\n")
        after = _run(self._session, self._work, self._planned, suspects, self._wish)
        failing = [each for each in suspects if each not in after or _names(after[each])]
        before = self._without(failing)
        return [self._judged(each, after.get(each), before.get(each)) for each in suspects]

    def _without(self, suspects: "Sequence[Skipped]") -> "dict[Skipped, Verified]":
        """What becomes of tests where nothing has changed; without those that cannot be run."""
        from oneroof.changes.base import checked_out
        from oneroof.changes.snapshot import open_root

        commit = self._comparison.base.commit
        if not suspects or commit is None:
            return {}
        sys.stderr.write(f"{_count(suspects)} runs without the change: {commit[:12]}\n")
        try:
            with checked_out(self._session.opened.work_tree, commit) as root:
                session = Session.of(open_root(root))
                work = Work(session)
                names = {each.project for each in suspects}
                projects = [
                    each for each in session.opened.workspace.projects if each.name in names
                ]
                agenda = work.agenda(("test",))
                rows = agenda.rows(projects)
                planned = agenda.with_plans(rows)
                needed = [row for row in rows if row.task != "test"]
                if needed:
                    work.run(needed, work.known(needed), self._wish)
                tests = {
                    each.target.project: each for each in planned if each.target.task == "test"
                }
                return _run(session, work, tests, suspects, self._wish)
        except OneroofError as error:
            sys.stderr.write(f"warning: {error.message}\n")
            return {}

    def _judged(
        self, skipped: Skipped, after: "Verified | None", before: "Verified | None"
    ) -> Judged:
        if after is None:
            return Judged(skipped, "unclear")
        known = before is not None and before.result.result.status != "error"
        finding, tests = find_finding(_names(after), _names(before) if known and before else None)
        if finding != "missed" or before is None:
            return Judged(skipped, finding)
        changed = self._changed()
        there = set(self._session.opened.tree.files)
        files = find_culprits(changed, (*after.uncovered, *before.uncovered), there)
        if files:
            return Judged(skipped, finding, tests, files, seen=True)
        from oneroof.changes.inputs import find_owners

        owners = find_owners(self._session.opened.workspace.projects)
        homes = {path: owned[-1].path for path in changed if (owned := owners.of(path))}
        return Judged(skipped, finding, tests, find_suspects(changed, homes, there))

    def _changed(self) -> "list[RelPath]":
        from oneroof.changes.git import changes_since

        return list(changes_since(self._session.opened.work_tree, self._comparison.staged))


def _run(
    session: Session,
    work: Work,
    planned: "Mapping[ProjectName, Planned]",
    skipped: "Sequence[Skipped]",
    wish: "Wish",
) -> "dict[Skipped, Verified]":
    """Run tests by themselves, as far as they are there and can be planned."""
    from oneroof.tasks.verify import Unit

    units: dict[str, tuple[Skipped, Unit]] = {}
    for each in skipped:
        found = planned.get(each.project)
        if found is None or found.action is None:
            continue
        if each.test is None or each.test in found.target.commands[0].test_files:
            unit = Unit(found.target, found.action, each.test)
            units[unit.name] = (each, unit)
    with recording(session, work, wish) as verifier:
        done = run_units(verifier, [unit for _, unit in units.values()], wish)
    return {units[each.unit.name][0]: each for each in done.units}


def _names(verified: "Verified") -> frozenset[str]:
    """The names of tests that failed; where it failed as a whole, its own."""
    if verified.result.ok:
        return frozenset()
    return frozenset(verified.result.failing or (verified.unit.test or verified.unit.name,))


def _edges(
    session: Session, judged: "Sequence[Judged]", comparison: "Comparison"
) -> tuple[KeptEdge, ...]:
    folders = {each.name: each.path for each in session.opened.workspace.projects}
    day = dt.datetime.now(dt.UTC).date().isoformat()
    return edges_of(judged, folders, day, comparison.base.description)


def _count(skipped: "Sequence[Skipped]") -> str:
    return plural(len(skipped), "test file")


def _text(
    comparison: "Comparison",
    selected: int,
    skipped: "Sequence[Skipped]",
    judged: "Sequence[Judged]",
    edges: "Sequence[KeptEdge]",
    *,
    kept: bool,
) -> Iterator[str]:
    total = plural(selected + len(skipped), "test file")
    yield (
        f"since {comparison.base.description}: {selected} of {total} would have run, "
        f"{len(skipped)} would have been skipped"
    )
    if not judged:
        yield "none of those failed"
    for each in judged:
        name = each.skipped.test or f"{each.skipped.project}:test"
        if each.finding != "missed":
            yield f"{name} {TOLD[each.finding]}"
            continue
        how = "which it was seen to read" if each.seen else "which is all that changed"
        yield f"missed: {name} ({', '.join(each.tests)}) depends on {', '.join(each.files)}, {how}"
    if edges and kept:
        yield f"kept in {FILE}: commit it; `oneroof edges` shows and removes what is kept"
    elif edges:
        yield f"not kept; {FILE} would hold"
        yield from (f"  {line(each)}" for each in edges)


def _document(
    comparison: "Comparison",
    selected: int,
    skipped: "Sequence[Skipped]",
    judged: "Sequence[Judged]",
    edges: "Sequence[KeptEdge]",
    *,
    kept: bool,
) -> dict[str, object]:
    return {
        "base": comparison.base.description,
        "selected": selected,
        "skipped": [
            {"project": each.project, "test": each.test, "failed": each.failed} for each in skipped
        ],
        "judged": [
            {
                "project": each.skipped.project,
                "test": each.skipped.test,
                "finding": each.finding,
                "tests": list(each.tests),
                "files": list(each.files),
                "seen": each.seen,
            }
            for each in judged
        ],
        "edges": [described(each) for each in edges],
        "kept": kept and bool(edges),
    }
