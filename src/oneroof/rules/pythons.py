"""Pythons that a project's `requires-python` admits, and something that comes along does not."""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from oneroof.errors import Problem
from oneroof.locks.closure import pins_for
from oneroof.locks.model import Lock, LockedPackage
from oneroof.locks.pythons import (
    RELEASED,
    admitted,
    in_order,
    in_words,
    is_open_ended,
    linux,
    with_wheels,
)
from oneroof.rules.violation import Violation
from oneroof.rules.ways import Way, way_to_pin, ways_from
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import MAIN, Project

RULE = "requires-python"


class Suspects(msgspec.Struct, frozen=True):
    """The packages of a lock that a minor version cannot have."""

    packages: frozenset[LockedPackage]
    leading: frozenset[str]
    """The names from which one of them can be reached, on whatever platform."""


_KEYS = {
    "project": "project.requires-python",
    "poetry": "tool.poetry.dependencies.python",
    "flit": "tool.flit.metadata.requires-python",
    "setup.cfg": "options.python_requires",
    "setup.py": "python_requires",
}


def key_of(project: Project) -> str:
    """Where a project says which Pythons it is for; empty where it may stand in several places."""
    keys = [key for dialect, key in _KEYS.items() if dialect in project.metadata.dialects]
    return keys[0] if len(keys) == 1 else ""


def find_narrower(graph: Graph) -> Iterator[Violation]:
    """Projects that come along at run time and are for fewer Pythons than their dependents.

    What a project in between does not admit either is told of that one.
    """
    projects = graph.workspace.projects
    by_all = frozenset(RELEASED).intersection(
        *(admitted(each.metadata.requires_python) for each in projects)
    )
    for project in projects:
        own = admitted(project.metadata.requires_python)
        # Mostly all are for the same Pythons; then no way need be looked for.
        if not project.metadata.requires_python or own <= by_all:
            continue
        internal = graph.closure(project.name).internal
        if all(own <= admitted(graph.projects[n].metadata.requires_python) for n in internal):
            continue
        for name, way in sorted(ways_from(graph, project.name).items()):
            needed = graph.projects[name]
            missing = {
                minor
                for minor in own - admitted(needed.metadata.requires_python)
                if _leads_there(graph, way, minor)
            }
            if missing:
                yield _narrower(project, needed, missing, way)


def _leads_there(graph: Graph, way: Way, minor: str) -> bool:
    """Whether a way is there on a Python, and all on it but the last admit it."""
    target = linux(minor)
    return all(
        minor in admitted(graph.projects[each].metadata.requires_python)
        for each in way.projects[:-1]
    ) and all(map(target.holds, way.markers))


def _narrower(project: Project, needed: Project, missing: Collection[str], way: Way) -> Violation:
    metadata = needed.metadata
    along = f" ({way})" if len(way.projects) > 2 else ""  # noqa: PLR2004  more than the two
    message = (
        f"admits Python {in_words(missing)}, and {needed.name}, which it needs{along}, is for "
        f"`{metadata.requires_python}` ({metadata.manifests[0]})"
    )
    hint = f"leave them out of `requires-python` of {project.name}, or let {needed.name} admit them"
    problem = Problem(project.metadata.manifests[0], message, key_of(project), hint)
    return Violation(RULE, project.name, problem, fails=True)


def find_suspects(lock: Lock) -> Mapping[str, Suspects]:
    """The packages of a lock that released Pythons cannot have, by minor version."""
    found: dict[str, set[LockedPackage]] = {}
    for package in lock.packages:
        for minor in frozenset(RELEASED) - _pythons_of(package):
            found.setdefault(minor, set()).add(package)
    asking: dict[str, set[str]] = {}
    for package in lock.packages:
        for edge in package.dependencies:
            asking.setdefault(edge.name, set()).add(package.name)
    return {
        minor: Suspects(frozenset(packages), _leading_to(lock, packages, asking))
        for minor, packages in found.items()
    }


def _leading_to(
    lock: Lock, packages: Collection[LockedPackage], asking: Mapping[str, Collection[str]]
) -> frozenset[str]:
    if not lock.has_edges:
        return frozenset(lock.by_name)
    seen = {package.name for package in packages}
    waiting = list(seen)
    while waiting:
        for name in asking.get(waiting.pop(), ()):
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return frozenset(seen)


def _pythons_of(package: LockedPackage) -> frozenset[str]:
    wheels = with_wheels(package)
    demanded = admitted(package.requires_python)
    return demanded if wheels is None else demanded & wheels


def find_unsupported(
    graph: Graph, project: Project, lock: Lock, suspects: Mapping[str, Suspects]
) -> Iterator[Violation]:
    """The pins a project needs at run time that some Python it admits cannot have.

    They are only told where all that a project says of such a Python is that it sets no bound.
    """
    specifier = project.metadata.requires_python
    if not specifier:
        return
    missing: dict[LockedPackage, set[str]] = {}
    reached: dict[LockedPackage, tuple[str, ...]] = {}
    asked = _asked(graph, project)
    for minor in in_order(admitted(specifier) & admitted(lock.requires_python)):
        if minor not in suspects or asked.isdisjoint(suspects[minor].leading):
            continue
        pins = pins_for(graph, project.name, (MAIN,), lock, linux(minor)).pins
        held = {(pin.name, pin.version, pin.source) for pin in pins}
        for package in suspects[minor].packages:
            if (package.name, package.version, package.source) in held:
                missing.setdefault(package, set()).add(minor)
                if package not in reached:
                    ways = ways_from(graph, project.name)
                    reached[package] = way_to_pin(pins, package.name, ways)
    for package, minors in sorted(missing.items(), key=lambda each: each[0].name):
        newest = max(map(RELEASED.index, _pythons_of(package)), default=-1)
        is_future = all(RELEASED.index(minor) > newest for minor in minors)
        fails = not (is_future and newest >= 0 and is_open_ended(specifier))
        problem = _unsupported(project, lock, package, minors, reached[package])
        yield Violation(RULE, project.name, problem, fails)


def _asked(graph: Graph, project: Project) -> frozenset[str]:
    """The names that a project asks a lock for at run time, and those of all that ask."""
    closure = graph.closure(project.name)
    names = {name.partition("@")[0] for name in (project.name, *closure.internal)}
    return frozenset(names).union(each.name for _, each in closure.requirements)


def _unsupported(
    project: Project,
    lock: Lock,
    package: LockedPackage,
    minors: Collection[str],
    way: tuple[str, ...],
) -> Problem:
    message = (
        f"{project.name} admits Python {in_words(minors)}, and {package.name} {package.version} "
        f"{_why_not(package)}: {' -> '.join(way)}"
    )
    hint = f"leave them out of `requires-python` of {project.name}, or lock another {package.name}"
    return Problem(lock.path, message, f"package.{package.name}", hint)


def _why_not(package: LockedPackage) -> str:
    """What a package says of the Pythons that can have it, where not all can."""
    wheels = with_wheels(package)
    if wheels is None or admitted(package.requires_python) < wheels:
        return f"requires Python `{package.requires_python}`"
    pythons = f"for Python {in_words(wheels)} only" if wheels else "for no CPython"
    return f"has wheels {pythons}, and no source distribution"
