"""Modules that two projects own: where both are installed, one hides or overwrites the other."""

from collections.abc import Iterator

import msgspec

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

    @property
    def are_tests(self) -> bool:
        """Whether they lie in packages of tests, which no wheel should hold."""
        return all(each.partition(".")[0] in {"test", "tests"} for each in self.modules)


def find_two_owners(graph: Graph, tree: Tree) -> Iterator[TwoOwners]:
    """Every pair of projects, by name, that own a module of one name and may be installed together.

    They may where some project's closure holds both, and where both are libraries. Services that
    are never installed together may call their modules alike.
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
            modules.setdefault(project.name, dict(find_modules(project, tree)))
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
        if found and (roles == {Role.LIB} or meet(graph, first, {second})):
            names = tuple(sorted(found))
            other_file, file = found[names[0]]
            yield TwoOwners(first, second, names, file, other_file)


def find_modules(project: Project, tree: Tree) -> Iterator[tuple[str, RelPath]]:
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
