"""What each file of a project may import: the kinds of requirements that are there when it runs."""

from collections.abc import Iterator, Mapping
from enum import Enum

import msgspec

from oneroof import paths
from oneroof.changes.inputs import is_test
from oneroof.paths import RelPath
from oneroof.workspace.development import (
    SHARED_TEST,
    shared_test_requirements,
    work_kinds,
)
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import MAIN, Kind, Project, ProjectName, extra

BESIDES = frozenset(
    {
        *("bench", "benchmark", "benchmarks", "demo", "demos", "doc", "docs", "example"),
        *("examples", "notebook", "notebooks", "sample", "samples", "script", "scripts", "tools"),
    }
)
"""Folders whose files are no part of what a project ships."""
BUILD_FILES = frozenset({"setup.py", "hatch_build.py", "pdm_build.py"})
"""Files that run where the project is built, not where it is used."""
TOOL_FILES = frozenset({"noxfile.py", "fabfile.py", "dodo.py"})
"""Files for a tool that is installed apart."""


class Scope(Enum):
    """When a file runs."""

    RUN_TIME = "run time"
    """With what the project needs at run time."""
    TEST = "tests"
    """With what the project's own work needs besides."""
    BESIDE = "beside"
    """By hand: a script, an example, a notebook; with anything the project declares."""
    BUILD = "build"
    """Where the project is built."""


def scope_of(project: Project, path: RelPath) -> Scope:
    """When a file of a project runs."""
    if not paths.is_within(path, project.path):
        return Scope.RUN_TIME
    inside = RelPath(paths.relative_to(path, project.path))
    if inside in BUILD_FILES:
        return Scope.BUILD
    if is_test(inside):
        return Scope.TEST
    if project.metadata.name is None and not BESIDES.isdisjoint(project.path.split("/")):
        return Scope.BESIDE
    return Scope.BESIDE if _is_beside(project, path, inside) else Scope.RUN_TIME


def _is_beside(project: Project, path: RelPath, inside: RelPath) -> bool:
    packages = project.metadata.import_packages
    top = inside.partition("/")[0]
    if inside in TOOL_FILES or path.endswith(".ipynb"):
        return True
    is_built = project.metadata.build_backend is not None
    if top in BESIDES and not (is_built and {each.name for each in packages} == {top}):
        return True
    return bool(packages) and not any(paths.is_within(path, each.path) for each in packages)


class Declared(msgspec.Struct, frozen=True):
    """What one project declares itself, and of which kinds."""

    internal: Mapping[ProjectName, frozenset[Kind]]
    names: Mapping[str, frozenset[Kind]]
    """All requirements by normalised name: those that internal projects meet included, and what
    the extras hold that are asked of these, and what those of them need that have no code."""
    work: frozenset[Kind]
    """The kinds its own work needs."""

    def kinds_of(self, project: Project) -> frozenset[Kind]:
        """The kinds of which another project is declared, by the edge or by its name."""
        own = self.internal.get(project.name, frozenset())
        return own | self.names.get(project.name.partition("@")[0], frozenset())


def find_declared(graph: Graph, project: Project) -> Declared:
    """What a project declares, with the root's test requirements that it shares."""
    internal: dict[ProjectName, frozenset[Kind]] = {
        edge.dependency: frozenset(edge.kinds) for edge in graph.dependencies(project.name)
    }
    names: dict[str, set[Kind]] = {}
    for requirement in project.metadata.requirements:
        names.setdefault(requirement.name, set()).add(requirement.kind)
    for name, kind in _brought(graph, project):
        names.setdefault(name, set()).add(kind)
    work = work_kinds(graph.workspace, project)
    for requirement in shared_test_requirements(graph.workspace, project):
        names.setdefault(requirement.name, set()).add(SHARED_TEST)
    included = dict(_included(project))
    return Declared(
        {name: _spread(kinds, included) for name, kinds in internal.items()},
        {name: _spread(frozenset(kinds), included) for name, kinds in names.items()},
        frozenset(work),
    )


def _brought(graph: Graph, project: Project) -> Iterator[tuple[str, Kind]]:
    """What comes with the extras that are asked of other projects, and with those of no code.

    A project without code is a name for what it needs: to declare it is to declare that.
    """
    waiting = [
        (edge.dependency, requirement, requirement.kind)
        for edge in graph.dependencies(project.name)
        for requirement in edge.requirements
    ]
    known = set()
    while waiting:
        name, asking, kind = waiting.pop()
        if (name, asking.extras, kind) in known:
            continue
        known.add((name, asking.extras, kind))
        needed = graph.projects[name].metadata
        asked = {extra(each) for each in asking.extras}
        if not needed.import_packages:
            asked.add(MAIN)
        for each in needed.requirements:
            if each.kind in asked:
                yield each.name, kind
        waiting += [
            (edge.dependency, each, kind)
            for edge in graph.dependencies(name)
            for each in edge.requirements
            if each.kind in asked
        ]


def _included(project: Project) -> Iterator[tuple[Kind, frozenset[Kind]]]:
    """For each extra that the project asks of itself: the kinds that do."""
    found: dict[Kind, set[Kind]] = {}
    for requirement in project.metadata.requirements:
        if requirement.name == project.name.partition("@")[0]:
            for asked in requirement.extras:
                found.setdefault(extra(asked), set()).add(requirement.kind)
    for kind, kinds in found.items():
        yield kind, frozenset(kinds)


def _spread(kinds: frozenset[Kind], included: Mapping[Kind, frozenset[Kind]]) -> frozenset[Kind]:
    """The kinds, and those that bring them along."""
    found = set(kinds)
    waiting = list(kinds)
    while waiting:
        for more in included.get(waiting.pop(), frozenset()):
            if more not in found:
                found.add(more)
                waiting.append(more)
    return frozenset(found)
