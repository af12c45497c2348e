"""What changed between two states of a lock, and whose closure it reaches.

Markers are ignored, so that the answer holds for every platform: a change may be named that
one platform never sees, none is missed.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

import msgspec

from oneroof.locks.model import Lock, LockedDependency, LockedPackage, PinChange
from oneroof.workspace.graph import WORK, Facet, Graph
from oneroof.workspace.model import BUILD, MAIN, Kind, ProjectName, extra

_Node = tuple[str, Kind]
"""A package, as such (`main`) or for one of its extras; or one facet of a member."""


class LockDiff(msgspec.Struct, frozen=True, dict=True):
    """Two states of one lock, compared once and asked for many projects."""

    old: Lock | None
    new: Lock | None

    @cached_property
    def changes(self) -> Mapping[str, PinChange]:
        """All packages that are not the same on both sides, by name; projects are no packages."""
        found: dict[str, PinChange] = {}
        before, after = _by_name(self.old), _by_name(self.new)
        for name in sorted(before.keys() | after.keys()):
            old, new = before.get(name, ()), after.get(name, ())
            if not _same(old, new):
                found[name] = PinChange(name, _versions(old), _versions(new))
        return found

    @cached_property
    def _reached(self) -> Mapping[_Node, int]:
        """For each node the changes it reaches, as a set of bits in the order of `changes`."""
        following: dict[_Node, list[_Node]] = {}
        for lock in (self.old, self.new):
            for package in lock.packages if lock else ():
                for kind, edge in _edges(package):
                    for reached in (MAIN, *map(extra, edge.extras)):
                        following.setdefault((edge.name, reached), []).append((package.name, kind))
        masks: dict[_Node, int] = {}
        queue: deque[_Node] = deque()
        for place, name in enumerate(self.changes):
            masks[name, MAIN] = 1 << place
            queue.append((name, MAIN))
        while queue:
            node = queue.popleft()
            mask = masks[node]
            for dependent in following.get(node, ()):
                known = masks.get(dependent, 0)
                if mask & ~known:
                    masks[dependent] = known | mask
                    queue.append(dependent)
        return masks

    @cached_property
    def _changed_members(self) -> Mapping[_Node, PinChange]:
        """Facets of members whose own edges changed, although no package they lead to did."""
        before, after = _member_edges(self.old), _member_edges(self.new)
        return {
            node: PinChange(node[0], None, None)
            for node in before.keys() | after.keys()
            if before.get(node) != after.get(node)
        }

    def of(
        self, graph: Graph, project: ProjectName, kinds: Collection[Kind] = (MAIN,)
    ) -> tuple[PinChange, ...]:
        """The changes within the closure of some kinds of a project, sorted by name.

        Where only the lock's own entry of a project changed (a marker, an extra), that project
        is named, with no versions.
        """
        if not self.changes and not self._changed_members:
            return ()
        if any(lock is not None and not lock.has_edges for lock in (self.old, self.new)):
            return tuple(self.changes.values())
        names = tuple(self.changes)
        nodes = set(self._nodes(graph, project, kinds))
        mask = 0
        for node in nodes:
            mask |= self._reached.get(node, 0)
        found = {name: self.changes[name] for place, name in enumerate(names) if mask >> place & 1}
        for node in nodes:
            if change := self._changed_members.get(node):
                found.setdefault(change.name, change)
        return tuple(found[name] for name in sorted(found))

    def _nodes(
        self, graph: Graph, project: ProjectName, kinds: Collection[Kind]
    ) -> Iterable[_Node]:
        closure = graph.closure(project, kinds)
        for facet in closure.facets:
            for kind in _spelled_out(graph, facet):
                yield facet[0].partition("@")[0], kind
        for _, requirement in closure.requirements:
            if requirement.kind != BUILD:
                yield requirement.name, MAIN
                for name in requirement.extras:
                    yield requirement.name, extra(name)


def diff(old: Lock | None, new: Lock | None) -> LockDiff:
    """Compare two states of a lock; None is one that was not there."""
    return LockDiff(old, new)


def _spelled_out(graph: Graph, facet: Facet) -> Iterable[Kind]:
    project, kind = facet
    if kind != WORK:
        return (kind,)
    return {MAIN, *(each.kind for each in graph.projects[project].metadata.requirements)}


def _edges(package: LockedPackage) -> Iterable[tuple[Kind, LockedDependency]]:
    for edge in package.dependencies:
        yield edge.kind, edge
    # An extra brings the package itself along.
    for kind in {edge.kind for edge in package.dependencies} - {MAIN}:
        if kind.startswith("extra:"):
            yield kind, LockedDependency(package.name)


def _by_name(lock: Lock | None) -> Mapping[str, list[LockedPackage]]:
    found: dict[str, list[LockedPackage]] = {}
    for package in lock.packages if lock else ():
        if not package.source.is_local_folder:
            found.setdefault(package.name, []).append(package)
    return found


def _same(old: Collection[LockedPackage], new: Collection[LockedPackage]) -> bool:
    return {_essence(package) for package in old} == {_essence(package) for package in new}


def _essence(package: LockedPackage) -> tuple[object, ...]:
    """What of a package decides what is installed."""
    return (
        package.version,
        package.source,
        frozenset((each.filename, each.hash) for each in package.files),
        frozenset(package.dependencies),
        package.marker,
        package.requires_python,
    )


def _versions(packages: Collection[LockedPackage]) -> str | None:
    if not packages:
        return None
    return ", ".join(sorted(each.version or "unknown" for each in packages))


def _member_edges(lock: Lock | None) -> Mapping[_Node, set[LockedDependency]]:
    found: dict[_Node, set[LockedDependency]] = {}
    for package in lock.packages if lock else ():
        if package.source.is_local_folder:
            for edge in package.dependencies:
                found.setdefault((package.name, edge.kind), set()).add(edge)
    return found
