"""The shortest way over imports from some files to others, with the line of every step."""

from collections import deque
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from oneroof.imports.graph import ImportGraph, Use
from oneroof.imports.links import Link, link, meant
from oneroof.paths import RelPath
from oneroof.workspace.model import ProjectName


def shortest_chain(
    graph: ImportGraph,
    starts: Iterable[RelPath],
    goals: AbstractSet[RelPath],
    members: AbstractSet[ProjectName],
) -> tuple[Link, ...]:
    """A shortest chain of uses from one of `starts` to one of `goals`; empty where none is.

    There is one exactly where `ImportGraph.reach` would find a goal. Modules that another of the
    same name hides count only where no chain goes without them. Starts that are goals are left
    out; ties go to the start that sorts first, then to the line that comes first.
    """
    sources = sorted(set(starts) - goals)
    return _search(graph, sources, goals, lambda path: meant(graph, path, members)) or _search(
        graph, sources, goals, lambda path: _possible(graph, path, members)
    )


def _search(
    graph: ImportGraph,
    sources: Iterable[RelPath],
    goals: AbstractSet[RelPath],
    uses: Callable[[RelPath], Iterable[Use]],
) -> tuple[Link, ...]:
    came_by: dict[RelPath, tuple[RelPath, Use] | None] = dict.fromkeys(sources)
    waiting = deque(came_by)
    while waiting:
        path = waiting.popleft()
        for use in uses(path):
            if use.path in came_by:
                continue
            came_by[use.path] = (path, use)
            if use.path in goals:
                return _way(graph, came_by, use.path)
            waiting.append(use.path)
    return ()


def _way(
    graph: ImportGraph, came_by: dict[RelPath, tuple[RelPath, Use] | None], goal: RelPath
) -> tuple[Link, ...]:
    steps = []
    step = came_by[goal]
    while step is not None:
        path, use = step
        steps.append(link(graph, path, use))
        step = came_by[path]
    return tuple(reversed(steps))


def _possible(
    graph: ImportGraph, path: RelPath, members: AbstractSet[ProjectName]
) -> Iterable[Use]:
    owners = graph.modules.owners
    for use in graph.uses(path):
        theirs = owners(use.path)
        if not theirs or not members.isdisjoint(theirs):
            yield use
