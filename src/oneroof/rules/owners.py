"""Modules that two projects own: where both are installed, one hides or overwrites the other."""

from collections.abc import Iterator

import msgspec
from packaging.utils import canonicalize_name

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.rules.meeting import meet
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.settings import Role
from oneroof.workspace.tree import Tree


class TwoOwners(msgspec.Struct, frozen=True):
    """Modules of one name in two projects."""

    first: ProjectName
    second: ProjectName
    modules: tuple[str, ...]
    """Dotted names, sorted."""
    file: RelPath
    """Where the second project has the first of them."""
    other_file: RelPath
    """Where the first project has it."""


def find_two_owners(graph: Graph, tree: Tree) -> Iterator[TwoOwners]:
    """Every pair of projects, by name, that own a module of one name and may be installed together.

    They may where some project's closure holds both, and where both are libraries. Services that
    are never installed together may call their modules alike, and so may two projects of one
    distribution name, of which an environment holds one at most.
    """
    by_top: dict[str, list[Project]] = {}
    for project in graph.workspace.projects:
        tops = {each.name.partition(".")[0] for each in project.metadata.import_packages}
        for top in sorted(tops):
            by_top.setdefault(top, []).append(project)
    pairs: dict[tuple[ProjectName, ProjectName], dict[str, tuple[RelPath, RelPath]]] = {}
    modules: dict[ProjectName, dict[str, RelPath]] = {}
    for sharing in by_top.values():
        for project in sharing if len(sharing) > 1 else ():
            modules.setdefault(project.name, dict(_modules(project, tree)))
        for place, one in enumerate(sharing):
            for other in sharing[place + 1 :]:
                first, second = sorted((one.name, other.name))
                both = modules[first].keys() & modules[second].keys()
                found = pairs.setdefault((first, second), {})
                found.update(
                    {
                        each: (modules[first][each], modules[second][each])
                        for each in both
                        if modules[first][each] != modules[second][each]
                    }
                )
    for (first, second), found in sorted(pairs.items()):
        roles = {graph.projects[first].role, graph.projects[second].role}
        names = [graph.projects[each].metadata.name for each in (first, second)]
        libraries = roles == {Role.LIB} and not _are_one_distribution(*names)
        if found and (libraries or meet(graph, first, {second})):
            both_own = tuple(sorted(found))
            other_file, file = found[both_own[0]]
            yield TwoOwners(first, second, both_own, file, other_file)


def _are_one_distribution(first: str | None, second: str | None) -> bool:
    return (
        first is not None
        and second is not None
        and canonicalize_name(first) == canonicalize_name(second)
    )


def _modules(project: Project, tree: Tree) -> Iterator[tuple[str, RelPath]]:
    """The dotted name and file of every module of a project's import packages."""
    for package in project.metadata.import_packages:
        if package.path.endswith(".py"):
            yield package.name, package.path
            continue
        for path in tree.below(package.path):
            if path.endswith(".py"):
                inside = paths.relative_to(path, package.path).removesuffix(".py")
                parts = [package.name, *inside.split("/")]
                yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path
