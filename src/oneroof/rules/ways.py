"""How a project reaches the projects and packages that come along with it."""

import heapq
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

import msgspec

from oneroof.locks.model import Pin
from oneroof.workspace.graph import WORK, Facet, Graph
from oneroof.workspace.model import MAIN, Kind, ProjectName, Requirement, extra

_CONDITION = 1000
"""How many steps more a way may have, to have one condition less."""


class Way(msgspec.Struct, frozen=True):
    """A declared way from one project to another."""

    projects: tuple[ProjectName, ...]
    """From the first to the last."""
    requirements: tuple[Requirement, ...] = ()
    """What each but the last declares to reach the next."""

    @property
    def markers(self) -> tuple[str, ...]:
        """The conditions under which it is there."""
        return tuple(each.marker for each in self.requirements if each.marker)

    def __str__(self) -> str:
        return " -> ".join(self.projects)


def ways_from(
    graph: Graph, project: ProjectName, kinds: Iterable[Kind] = (MAIN,)
) -> dict[ProjectName, Way]:
    """The way to each project that some kinds of one bring along, itself included.

    Of several ways, the one with the fewest conditions; of these a shortest.
    """
    found: dict[ProjectName, Way] = {}
    seen: set[Facet] = set()
    waiting: list[tuple[int, tuple[ProjectName, ...], int, Kind, Way]] = []
    order = count()

    def visit(way: Way, kind: Kind) -> None:
        cost = len(way.markers) * _CONDITION + len(way.projects)
        heapq.heappush(waiting, (cost, way.projects, next(order), kind, way))

    for kind in sorted(kinds):
        visit(Way((project,)), kind)
    while waiting:
        *_, kind, way = heapq.heappop(waiting)
        name = way.projects[-1]
        if (name, kind) in seen:
            continue
        seen.add(Facet((name, kind)))
        found.setdefault(name, way)
        for edge in graph.dependencies(name):
            for requirement in edge.requirements:
                if kind in {requirement.kind, WORK}:
                    names = (*way.projects, edge.dependency)
                    longer = Way(names, (*way.requirements, requirement))
                    for reached in (MAIN, *map(extra, requirement.extras)):
                        visit(longer, reached)
        for asked in _own_extras(graph, Facet((name, kind))):
            visit(way, asked)
    return found


def way_to_pin(pins: Sequence[Pin], name: str, ways: Mapping[ProjectName, Way]) -> tuple[str, ...]:
    """A shortest way to a pin: projects, then the packages that ask for each other.

    Only the pin itself where nobody is known to ask for it.
    """
    asking = {pin.name: pin.reasons for pin in pins}
    queue: deque[tuple[str, ...]] = deque([(name,)])
    seen = {name}
    while queue:
        tail = queue.popleft()
        for reason in asking.get(tail[0], ()):
            if (way := ways.get(ProjectName(reason))) is not None:
                return (*way.projects, *tail)
        for reason in asking.get(tail[0], ()):
            if reason in asking and reason not in seen:
                seen.add(reason)
                queue.append((reason, *tail))
    return (name,)


def _own_extras(graph: Graph, facet: Facet) -> Iterable[Kind]:
    """The extras that a facet of a project asks of the project itself."""
    name, kind = facet
    return [
        extra(asked)
        for each in graph.projects[name].metadata.requirements
        if each.name == name.partition("@")[0] and kind in {each.kind, WORK}
        for asked in each.extras
    ]
