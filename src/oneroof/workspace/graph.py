"""The project graph: who depends on whom, of which kind, and what that brings along.

A dependent inherits what its dependency needs at run time and the extras it asked for, never
another project's groups or unasked extras. To keep that true on every path, the graph walks
*facets*: the `main` facet of a project, each of its extras, and its `work` facet, which is all
it declares for whoever works on the project itself.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NewType, TypeVar

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.model import (
    MAIN,
    Edge,
    Kind,
    Project,
    ProjectName,
    Requirement,
    Workspace,
    extra,
)

WORK = Kind("work")
"""All that a project declares: what its own tests, checks and developers may use."""

Facet = NewType("Facet", tuple[ProjectName, Kind])
"""One side of a project: (`name`, `main` | `extra:x` | `group:x` | `build` | `work`)."""


class Step(msgspec.Struct, frozen=True):
    """One edge on a path from a dependent to what it reaches."""

    dependent: ProjectName
    requirement: Requirement
    dependency: ProjectName | None
    """None where the requirement is third-party."""


class Closure(msgspec.Struct, frozen=True):
    """All that some facets of one project bring along."""

    project: ProjectName
    kinds: tuple[Kind, ...]
    internal: tuple[ProjectName, ...]
    """Other projects reached, sorted."""
    facets: frozenset[Facet]
    requirements: tuple[tuple[ProjectName, Requirement], ...]
    """Third-party requirements reached and who declares them, in walking order."""


def link(
    projects: Sequence[Project], from_index: frozenset[tuple[ProjectName, str]] = frozenset()
) -> tuple[Edge, ...]:
    """Find the edges between projects.

    A requirement is internal when its source is a path to a project or the uv workspace, or when
    it has no source and a project bears its name, unless (dependent, requirement name) is in
    `from_index`: then its lock takes it from an index.
    """
    by_path = {project.path: project.name for project in projects}
    by_distribution: dict[str, list[Project]] = {}
    for project in projects:
        if project.metadata.name is not None:
            by_distribution.setdefault(_normalised(project), []).append(project)
    found: dict[tuple[ProjectName, ProjectName], list[Requirement]] = {}
    for project in projects:
        for requirement in project.metadata.requirements:
            if (project.name, requirement.name) in from_index:
                continue
            for dependency in _targets(project, requirement, by_path, by_distribution):
                if dependency != project.name:
                    found.setdefault((project.name, dependency), []).append(requirement)
    return tuple(
        Edge(
            dependent,
            dependency,
            tuple(sorted({requirement.kind for requirement in requirements})),
            tuple(requirements),
        )
        for (dependent, dependency), requirements in sorted(found.items())
    )


def _normalised(project: Project) -> str:
    return project.name.partition("@")[0]


def _targets(
    project: Project,
    requirement: Requirement,
    by_path: Mapping[RelPath, ProjectName],
    by_distribution: Mapping[str, Sequence[Project]],
) -> Iterable[ProjectName]:
    located = []
    for source in requirement.sources:
        if source.kind == "path":
            path = paths.normalise(paths.parent(requirement.declared_in), source.location)
            if path is not None and path in by_path:
                located.append(by_path[path])
    if located:
        return located
    if requirement.sources and all(each.kind != "workspace" for each in requirement.sources):
        return ()
    return nearest(project.path, by_distribution.get(requirement.name, ()))


def nearest(path: RelPath, candidates: Sequence[Project]) -> list[ProjectName]:
    """Of several projects with one name, those that share the longest path with `path`."""
    if len(candidates) <= 1:
        return [candidate.name for candidate in candidates]
    shared = [_shared_segments(path, candidate.path) for candidate in candidates]
    longest = max(shared)
    return [
        candidate.name
        for candidate, count in zip(candidates, shared, strict=True)
        if count == longest
    ]


def _shared_segments(one: RelPath, other: RelPath) -> int:
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count


class Graph:
    """The workspace's projects and edges, indexed for walking both ways."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.projects: dict[ProjectName, Project] = {
            project.name: project for project in (*workspace.projects, *workspace.virtual_roots)
        }
        self._internal: dict[ProjectName, dict[str, list[ProjectName]]] = {}
        self._edges: dict[ProjectName, list[Edge]] = {}
        self._dependents: dict[ProjectName, list[Edge]] = {}
        self._own_extras = {
            project.name: own
            for project in self.projects.values()
            if (own := [r for r in project.metadata.requirements if _is_self(project.name, r)])
        }
        for edge in workspace.edges:
            self._edges.setdefault(edge.dependent, []).append(edge)
            self._dependents.setdefault(edge.dependency, []).append(edge)
            names = self._internal.setdefault(edge.dependent, {})
            for requirement in edge.requirements:
                targets = names.setdefault(requirement.name, [])
                if edge.dependency not in targets:
                    targets.append(edge.dependency)

    def dependencies(self, name: ProjectName) -> Sequence[Edge]:
        """The edges to what a project declares, sorted by dependency."""
        return self._edges.get(name, ())

    def dependents(self, name: ProjectName) -> Sequence[Edge]:
        """The edges from those that declare a project, sorted by dependent."""
        return self._dependents.get(name, ())

    def is_internal(self, name: ProjectName, requirement: Requirement) -> bool:
        """Whether a requirement of project `name` is met by the workspace."""
        return requirement.name in self._internal.get(name, ()) or _is_self(name, requirement)

    def closure(self, name: ProjectName, kinds: Iterable[Kind] = (MAIN,)) -> Closure:
        """All projects and third-party requirements that some kinds of a project reach."""
        wanted = tuple(kinds)
        start = [Facet((name, kind)) for kind in wanted]
        seen = set(start)
        queue = deque(start)
        requirements: list[tuple[ProjectName, Requirement]] = []
        while queue:
            facet = queue.popleft()
            for requirement, targets in self._requirements(facet, wanted=WORK in wanted):
                if targets is None:
                    requirements.append((facet[0], requirement))
                    continue
                for target in targets:
                    if target not in seen:
                        seen.add(target)
                        queue.append(target)
        internal = sorted({facet[0] for facet in seen} - {name})
        return Closure(name, wanted, tuple(internal), frozenset(seen), tuple(requirements))

    def reached_by(self, name: ProjectName) -> dict[ProjectName, tuple[ProjectName, ...]]:
        """Every project whose work a change of `name` can touch, with a shortest way to it.

        A way starts with the dependent and ends with `name`; that of `name` itself is only it.
        Ties are decided by name.
        """
        start = Facet((name, MAIN))
        ways: dict[ProjectName, tuple[ProjectName, ...]] = {name: (name,)}
        seen = {start}
        queue: deque[tuple[Facet, tuple[ProjectName, ...]]] = deque([(start, (name,))])
        while queue:
            facet, way = queue.popleft()
            for dependent in self._facets_needing(facet):
                if dependent in seen:
                    continue
                seen.add(dependent)
                longer = way if dependent[0] == facet[0] else (dependent[0], *way)
                ways.setdefault(dependent[0], longer)
                if dependent[1] != WORK:
                    queue.append((dependent, longer))
        return ways

    def path(self, start: ProjectName, goal: str) -> list[Step]:
        """A shortest declared path from a project to another or to a third-party name.

        Empty when there is none. The first step may be of any kind, the others are what a
        dependent inherits.
        """
        first = Facet((start, WORK))
        seen = {first}
        queue: deque[tuple[Facet, tuple[Step, ...]]] = deque([(first, ())])
        while queue:
            facet, steps = queue.popleft()
            for requirement, targets in self._requirements(facet, wanted=True):
                if targets is None:
                    if requirement.name == goal:
                        return [*steps, Step(facet[0], requirement, None)]
                    continue
                for target in targets:
                    step = Step(facet[0], requirement, target[0])
                    longer = steps if target[0] == facet[0] else (*steps, step)
                    if target[0] == goal and longer:
                        return list(longer)
                    if target not in seen:
                        seen.add(target)
                        queue.append((target, longer))
        return []

    def _requirements(
        self, facet: Facet, *, wanted: bool
    ) -> Iterator[tuple[Requirement, list[Facet] | None]]:
        """The requirements of one facet with the facets they lead to; None for third-party."""
        name, kind = facet
        internal = self._internal.get(name, {})
        for requirement in self.projects[name].metadata.requirements:
            if requirement.kind != kind and not (kind == WORK and wanted):
                continue
            if _is_self(name, requirement):
                targets = [name]
            elif requirement.name in internal:
                targets = internal[requirement.name]
            else:
                yield requirement, None
                continue
            yield (
                requirement,
                [
                    Facet((target, reached))
                    for target in targets
                    for reached in (MAIN, *(extra(each) for each in requirement.extras))
                ],
            )

    def _facets_needing(self, facet: Facet) -> Iterator[Facet]:
        """The facets that directly need one."""
        name, kind = facet
        for edge in self._dependents.get(name, ()):
            for requirement in edge.requirements:
                if kind == MAIN or kind in map(extra, requirement.extras):
                    yield Facet((edge.dependent, requirement.kind))
                    yield Facet((edge.dependent, WORK))
        for requirement in self._own_extras.get(name, ()):
            if kind in map(extra, requirement.extras):
                yield Facet((name, requirement.kind))

    def cycles(self, *, run_time: bool) -> list[list[ProjectName]]:
        """The cycles between projects, each as a path whose last name is its first again.

        `run_time` counts only what comes along at run time, asked extras included; else any
        declaration counts. One path is given for each knot of projects, starting at its
        smallest name.
        """
        if run_time:
            return self._run_time_cycles()
        following = {
            name: sorted(edge.dependency for edge in self._edges.get(name, ()))
            for name in self.projects
        }
        return [
            _cycle_path(min(knot), knot, following) for knot in _knots(following) if len(knot) > 1
        ]

    def _run_time_cycles(self) -> list[list[ProjectName]]:
        following: dict[Facet, list[Facet]] = {}
        queue = deque(Facet((name, MAIN)) for name in self._edges)
        while queue:
            facet = queue.popleft()
            if facet not in following:
                targets = {
                    target
                    for _, reached in self._requirements(facet, wanted=False)
                    for target in reached or ()
                }
                following[facet] = sorted(targets)
                queue.extend(targets)
        found = []
        for knot in _knots(following):
            names = {name for name, _ in knot}
            between = {
                name: sorted(
                    {
                        target[0]
                        for facet in knot
                        if facet[0] == name
                        for target in following[facet]
                        if target in knot and target[0] != name
                    }
                )
                for name in names
            }
            if len(names) > 1:
                found.append(_cycle_path(min(names), names, between))
        return found


def _is_self(name: ProjectName, requirement: Requirement) -> bool:
    return requirement.name == name.partition("@")[0]


_Node = TypeVar("_Node", ProjectName, Facet)


def _knots(following: Mapping[_Node, Sequence[_Node]]) -> list[set[_Node]]:
    """The strongly connected components, sorted by their smallest name (Tarjan, no recursion)."""
    index: dict[_Node, int] = {}
    low: dict[_Node, int] = {}
    stack: list[_Node] = []
    on_stack: set[_Node] = set()
    knots: list[set[_Node]] = []
    for root in sorted(following):
        if root in index:
            continue
        work = [(root, iter(following[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for after in rest:
                if after not in index:
                    index[after] = low[after] = len(index)
                    stack.append(after)
                    on_stack.add(after)
                    work.append((after, iter(following[after])))
                    break
                if after in on_stack:
                    low[node] = min(low[node], index[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    knot: set[_Node] = set()
                    while node not in knot:
                        member = stack.pop()
                        on_stack.discard(member)
                        knot.add(member)
                    knots.append(knot)
    return sorted(knots, key=min)


def _cycle_path(
    start: ProjectName,
    knot: set[ProjectName],
    following: Mapping[ProjectName, Sequence[ProjectName]],
) -> list[ProjectName]:
    """A shortest way from `start` back to itself inside its knot."""
    came_from: dict[ProjectName, ProjectName] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for after in following[node]:
            if after == start:
                way = [start, node]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if after in knot and after not in came_from:
                came_from[after] = node
                queue.append(after)
    return [start]
