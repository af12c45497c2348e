"""The pins of a project: what its lock says; what no lock says is resolved once and kept."""

import threading
from collections.abc import Iterable, Sequence

from oneroof.environments.model import Event, Report, ignore
from oneroof.errors import ConfigError
from oneroof.locks.closure import pins_for
from oneroof.locks.model import Lock, Pin, Pins
from oneroof.locks.read import read_lock
from oneroof.locks.resolve import Request, resolve
from oneroof.locks.target import Target
from oneroof.paths import RelPath
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import BUILD, Index, Kind, ProjectName, Requirement
from oneroof.workspace.tree import Tree


class LockedPins:
    """The pins of all projects of a workspace; each lock is read once."""

    def __init__(self, graph: Graph, tree: Tree, report: Report = ignore) -> None:
        self._graph = graph
        self._tree = tree
        self._report = report
        self._reading = threading.Lock()
        self._locks: dict[RelPath, Lock] = {}
        self._known: dict[tuple[ProjectName, tuple[Kind, ...], Target], Pins] = {}

    def pins(self, project: ProjectName, kinds: Sequence[Kind], target: Target) -> Pins:
        """The pins of some kinds of a project on a target.

        What its lock lacks is resolved so that it agrees with the rest, and stays in `missing`.

        Raises:
            ConfigError: its lock cannot be read.
            ResolutionError: a requirement that no lock holds cannot be resolved.
        """
        key = (project, tuple(kinds), target)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._find(project, kinds, target)
        return known

    def _find(self, project: ProjectName, kinds: Sequence[Kind], target: Target) -> Pins:
        path = self._graph.projects[project].lock
        if path is None:
            requirements = tuple(
                requirement
                for _, requirement in self._graph.closure(project, kinds).requirements
                if requirement.kind != BUILD or BUILD in kinds
            )
            return self._resolve(project, kinds, target, requirements)
        pins = pins_for(self._graph, project, kinds, self._lock(path), target)
        if not pins.missing:
            return pins
        requirements = tuple(each.requirement for each in pins.missing)
        lacking = {each.name for each in requirements}
        held = tuple(pin for pin in pins.pins if pin.name not in lacking)
        added = self._resolve(project, kinds, target, requirements, held).pins
        return Pins(
            _merge(held, added),
            pins.lock,
            pins.missing,
            pins.internal,
            pins.internal_from_index,
            pins.problems,
        )

    def _lock(self, path: RelPath) -> Lock:
        with self._reading:
            lock = self._locks.get(path)
            if lock is None:
                lock, problems = read_lock(self._tree, path)
                if lock is None:
                    raise ConfigError("; ".join(map(str, problems)), hint=problems[0].hint)
                self._locks[path] = lock
            return lock

    def _resolve(
        self,
        project: ProjectName,
        kinds: Sequence[Kind],
        target: Target,
        requirements: Sequence[Requirement],
        held: tuple[Pin, ...] = (),
    ) -> Pins:
        members = (project, *self._graph.closure(project, kinds).internal)
        wanted = frozenset(each.name for each in requirements)
        request = Request(
            requirements=tuple(requirements),
            python_version=target.python_full_version,
            constraints=held,
            exclude_names=self._internal_names() - wanted,
            indexes=tuple(self._indexes(members)),
        )
        self._report(Event("resolving", project, len(requirements)))
        return resolve(request, self._tree.root)

    def _internal_names(self) -> frozenset[str]:
        """The names that are never looked up on an index."""
        projects = self._graph.projects.values()
        return frozenset(
            each.name.partition("@")[0] for each in projects if each.metadata.name is not None
        )

    def _indexes(self, members: Iterable[ProjectName]) -> Iterable[Index]:
        indexes = (
            index for member in members for index in self._graph.projects[member].metadata.indexes
        )
        return dict.fromkeys(indexes)


def _merge(held: Iterable[Pin], added: Iterable[Pin]) -> tuple[Pin, ...]:
    by_name = {pin.name: pin for pin in (*added, *held)}
    return tuple(by_name[name] for name in sorted(by_name))
