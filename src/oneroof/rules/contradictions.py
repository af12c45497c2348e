"""Run-time requirements of projects that come together, which no version can meet at once."""

from collections.abc import Callable, Collection, Iterator
from itertools import combinations

import msgspec

from oneroof.errors import Problem
from oneroof.locks.target import is_possible
from oneroof.locks.versions import are_disjoint, satisfies
from oneroof.rules.violation import Violation
from oneroof.rules.ways import Way, ways_from
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import MAIN, Project, ProjectName, Requirement

RULE = "contradiction"

Overrides = Callable[[Project], Collection[str]]
"""The packages whose version something forces on a project, whatever requirements say."""


class Asked(msgspec.Struct, frozen=True):
    """A requirement and the project that declares it."""

    owner: ProjectName
    requirement: Requirement


Pair = tuple[Asked, Asked]


def find_contradictions(graph: Graph, overrides: Overrides) -> Iterator[Violation]:
    """Every pair, for each project that brings both together first."""
    having: dict[Pair, list[ProjectName]] = {}
    suspects = _suspects(graph)
    for project in graph.workspace.projects if suspects else ():
        for pair in _pairs(graph, project, suspects):
            having.setdefault(pair, []).append(project.name)
    for pair, names in having.items():
        for name in names:
            project = graph.projects[name]
            if _is_first(graph, name, names) and (
                pair[0].requirement.name not in overrides(project)
            ):
                yield _contradiction(graph, project, pair)
    yield from _unmet_by_projects(graph)


def _suspects(graph: Graph) -> frozenset[str]:
    """The packages of which requirements anywhere exclude each other: all others are well."""
    specifiers: dict[str, set[str]] = {}
    for project in graph.workspace.projects:
        for each in project.metadata.requirements:
            if each.specifier:
                specifiers.setdefault(each.name, set()).add(each.specifier)
    return frozenset(
        name
        for name, asked in specifiers.items()
        if any(are_disjoint(one, other) for one, other in combinations(sorted(asked), 2))
    )


def _pairs(graph: Graph, project: Project, suspects: Collection[str]) -> Iterator[Pair]:
    by_name: dict[str, list[Asked]] = {}
    for owner, requirement in graph.closure(project.name, (MAIN,)).requirements:
        direct = any(source.kind != "index" for source in requirement.sources)
        if requirement.name in suspects and requirement.specifier and not direct:
            by_name.setdefault(requirement.name, []).append(Asked(owner, requirement))
    ways: dict[ProjectName, Way] = {}
    for asked in by_name.values():
        for one, other in combinations(dict.fromkeys(asked), 2):
            if are_disjoint(one.requirement.specifier, other.requirement.specifier):
                ways = ways or ways_from(graph, project.name)
                if _may_meet(project, one, other, ways):
                    yield one, other


def _may_meet(project: Project, one: Asked, other: Asked, ways: dict[ProjectName, Way]) -> bool:
    """Whether some platform and Python of the project has both requirements."""
    markers = [
        marker
        for each in (one, other)
        for marker in (*ways[each.owner].markers, each.requirement.marker)
        if marker
    ]
    together = " and ".join(f"({each})" for each in dict.fromkeys(markers))
    return is_possible(together, project.metadata.requires_python)


def _is_first(graph: Graph, name: ProjectName, names: list[ProjectName]) -> bool:
    """Whether none of the others comes along with a project, but by way of a cycle."""
    internal = graph.closure(name, (MAIN,)).internal
    return not any(
        other in internal and name not in graph.closure(other, (MAIN,)).internal
        for other in names
        if other != name
    )


def _contradiction(graph: Graph, project: Project, pair: Pair) -> Violation:
    ways = ways_from(graph, project.name)
    # The nearer one is where the reader stands.
    one, other = sorted(pair, key=lambda each: len(ways[each.owner].projects))
    here, there = one.requirement, other.requirement
    along = ways[other.owner]
    reached = f", which comes along: {along}" if len(along.projects) > 1 else ""
    before = ways[one.owner]
    start = f"{one.owner}, which comes along ({before}), " if len(before.projects) > 1 else ""
    message = (
        f"{start}asks for `{_shown(here)}`, and {other.owner} for `{_shown(there)}` "
        f"({there.declared_in}: {there.key}){reached}"
    )
    hint = f"ask for versions of {here.name} that both can have: no environment can hold these two"
    problem = Problem(here.declared_in, message, here.key, hint)
    return Violation(RULE, project.name, problem, fails=True)


def _shown(requirement: Requirement) -> str:
    return f"{requirement.name}{requirement.specifier}"


def _unmet_by_projects(graph: Graph) -> Iterator[Violation]:
    """Run-time requirements that ask for other versions of a project than the one it has."""
    for edge in graph.workspace.edges:
        needed = graph.projects[edge.dependency]
        version = needed.metadata.version
        if version is None or not version.strip("0."):
            continue  # Not known, or put in its place when it is published.
        for each in edge.requirements:
            if each.kind == MAIN and not satisfies(version, each.specifier):
                message = (
                    f"asks for `{_shown(each)}`, and {needed.name} has version {version} "
                    f"({needed.metadata.manifests[0]})"
                )
                hint = f"ask for a version that {needed.name} has, or raise that"
                problem = Problem(each.declared_in, message, each.key, hint)
                yield Violation(RULE, edge.dependent, problem, fails=True)
