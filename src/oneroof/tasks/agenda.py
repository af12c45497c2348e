"""Which targets there are and what action each has: remembered where that holds, else planned.

A run that finds everything as it was needs neither the project graph nor a plan: only the rows.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from oneroof.actions.digest import Digest
from oneroof.changes.snapshot import Opened, workspace_folder
from oneroof.tasks.memo import Entry, Memo, read_memo, write_memo

if TYPE_CHECKING:
    from oneroof.tasks.model import Planned, Target
    from oneroof.workspace.model import Project

ELSEWHERE = ("more:", "inputs:", "links:", "pythonpath:")
"""Inputs that hold files of no project of the closure."""


class Row(msgspec.Struct, frozen=True):
    """A target, with its plan where there was a need to make one."""

    name: str
    project: str
    task: str
    action_digest: Digest | None
    """None where it cannot be planned."""
    planned: "Planned | None" = None


class Agenda:
    """The rows of some tasks of one workspace."""

    def __init__(
        self,
        opened: Opened,
        tasks: Sequence[str],
        find_targets: "Callable[[Iterable[Project], Sequence[str]], list[Target]]",
        plan: "Callable[[Sequence[Target]], list[Planned]]",
        *,
        variant: str = "",
    ) -> None:
        self._opened = opened
        self._tasks = tuple(tasks)
        self._find_targets = find_targets
        self._plan = plan
        self._key = (*self._tasks, variant)
        self._folder = workspace_folder(opened.root)
        self._made: dict[str, Planned] = {}

    def rows(self, projects: "Sequence[Project] | None") -> list[Row]:
        """The rows of the given projects, or of all."""
        entries = self._remembered
        if entries is None:
            return self._planned_rows(projects)
        if projects is None:
            return [self._row(entry) for entry in entries]
        names = {project.name for project in projects}
        asked = [each for each in entries if each.project in names and each.task in self._tasks]
        wanted = _with_needs(entries, {each.target for each in asked})
        return [self._row(entry) for entry in entries if entry.target in wanted]

    def with_plans(self, rows: Sequence[Row]) -> "list[Planned]":
        """The plans of rows, made where they are not there yet."""
        missing = [row for row in rows if row.planned is None]
        made: dict[str, Planned] = {}
        if missing:
            wanted = {row.name for row in missing}
            targets = self._find_targets(
                self._projects(row.project for row in missing),
                tuple(dict.fromkeys(row.task for row in missing)),
            )
            # What they need counts in their actions, so it is planned too.
            plans = self._plan(targets)
            made = {each.target.name: each for each in plans if each.target.name in wanted}
        return [row.planned or made[row.name] for row in rows]

    def _planned_rows(self, projects: "Sequence[Project] | None") -> list[Row]:
        everything = projects is None
        chosen = self._opened.workspace.projects if projects is None else projects
        plans = self._plan(self._find_targets(chosen, self._tasks))
        if everything:
            self._remember(plans)
        return [_row_of(planned) for planned in plans]

    @cached_property
    def _remembered(self) -> tuple[Entry, ...] | None:
        """The entries that hold now; None where all must be planned."""
        if self._opened.given is not None or self._opened.fresh:
            return None
        memo = read_memo(self._folder, self._key)
        if memo is None or not memo.holds_elsewhere():
            return None
        if memo.key != self._opened.work_tree.key:
            touched = self._touched(memo)
            return None if touched is None else self._renewed(memo, touched)
        if any(entry.action_digest is None for entry in memo.entries):
            return self._renewed(memo, set())
        return memo.entries

    def _touched(self, memo: Memo) -> set[str] | None:
        """The projects whose targets may have other actions; None where that is not so simple."""
        from oneroof.changes.edges import FILE as EDGES
        from oneroof.changes.inputs import find_owners
        from oneroof.changes.judged import judged_of

        changes = memo.changes(self._opened.work_tree, self._folder)
        if changes is None:
            return None
        graph = self._opened.graph
        owners = find_owners(graph.workspace.projects)
        judged = judged_of(graph, changes)
        touched: set[str] = set()
        for path, (old, new) in changes.items():
            came_or_went = old is None or new is None
            read = path in self._opened.reads or path in judged or path == EDGES
            if came_or_went or read:
                return None
            for owner in owners.of(path):
                touched.update(graph.reached_by(owner.name))
        return touched

    def _renewed(self, memo: Memo, touched: set[str]) -> tuple[Entry, ...] | None:
        """The entries with those planned anew that may have changed; None where some are gone.

        What could not be planned last time is tried again each time.
        """
        stale = _with_dependents(
            memo.entries,
            [
                each
                for each in memo.entries
                if each.action_digest is None or each.sees_elsewhere or each.project in touched
            ],
        )
        renewed: dict[str, Entry] = {}
        if stale:
            targets = self._find_targets(
                self._projects(entry.project for entry in stale), self._tasks
            )
            for planned in self._plan(targets):
                entry = _entry(planned)
                renewed[entry.target] = entry
                self._made[entry.target] = planned
        if any(entry.target not in renewed for entry in stale):
            return None
        entries = tuple(renewed.get(entry.target, entry) for entry in memo.entries)
        changed = entries != memo.entries or memo.key != self._opened.work_tree.key
        if changed and self._is_steady():
            write_memo(self._folder, self._key, self._opened.work_tree, entries, like=memo)
        return entries

    def _row(self, entry: Entry) -> Row:
        planned = self._made.get(entry.target)
        return Row(entry.target, entry.project, entry.task, entry.action_digest, planned)

    def _projects(self, names: Iterable[str]) -> "list[Project]":
        wanted = set(names)
        return [each for each in self._opened.workspace.projects if each.name in wanted]

    def _is_steady(self) -> bool:
        """Whether all files that planning read are what the state says they are."""
        return self._opened.are_steady(self._opened.tree.reads) and not self._opened.was_edited

    def _remember(self, plans: "Sequence[Planned]") -> None:
        if not self._is_steady():
            return
        write_memo(
            self._folder,
            self._key,
            self._opened.work_tree,
            [_entry(planned) for planned in plans],
            variables=(name for planned in plans for name in planned.target.env),
            seen=(path for planned in plans for path in planned.elsewhere),
        )


def _row_of(planned: "Planned") -> Row:
    target = planned.target
    digest = planned.action.digest if planned.action is not None else None
    return Row(target.name, target.project, target.task, digest, planned)


def _entry(planned: "Planned") -> Entry:
    target, action = planned.target, planned.action
    facts = () if action is None else action.inputs
    elsewhere = any(fact.name.startswith(ELSEWHERE) for fact in facts)
    return Entry(
        target=target.name,
        project=target.project,
        task=target.task,
        action_digest=None if action is None else action.digest,
        sees_elsewhere=elsewhere,
        cache=target.cache,
        needs=target.needs,
    )


def _with_needs(entries: Sequence[Entry], targets: set[str]) -> set[str]:
    """The targets and all they need, however far away."""
    needs = {entry.target: entry.needs for entry in entries if entry.needs}
    found: set[str] = set()
    following = list(targets)
    while following:
        name = following.pop()
        if name not in found:
            found.add(name)
            following += needs.get(name, ())
    return found


def _with_dependents(entries: Sequence[Entry], changed: Sequence[Entry]) -> list[Entry]:
    """The changed entries and those that need them: an action holds those of its needs."""
    names = {entry.target for entry in changed}
    count = -1
    while count != len(names):
        count = len(names)
        names.update(each.target for each in entries if each.needs and names & {*each.needs})
    return [entry for entry in entries if entry.target in names]
