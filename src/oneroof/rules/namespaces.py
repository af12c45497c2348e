"""Namespaces that one project closes for all others: a stray `__init__.py` (PEP 420)."""

import re
from collections.abc import Iterator

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.rules.meeting import meet
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.tree import Tree

# Namespaces from before PEP 420 have an `__init__.py` that opens them again.
OPENS_AGAIN = re.compile(r"extend_path|declare_namespace")


class ClosedNamespace(msgspec.Struct, frozen=True):
    """A file that makes a namespace an ordinary package, so that other portions are hidden."""

    project: ProjectName
    file: RelPath
    namespace: str
    hidden: tuple[ProjectName, ...]
    """The projects with portions of it, sorted."""
    together: bool
    """Whether some environment holds the project and one of the hidden."""


def find_closed_namespaces(graph: Graph, tree: Tree) -> Iterator[ClosedNamespace]:
    """Every such file; of several in one folder's way down, each."""
    projects = graph.workspace.projects
    portions: dict[str, set[ProjectName]] = {}
    for project in projects:
        for namespace, _ in _namespaces(project):
            portions.setdefault(namespace, set()).add(project.name)
    for project in projects:
        closed = dict.fromkeys((*_namespaces(project), *_packages(project)))
        for namespace, folder in closed:
            hidden = portions.get(namespace, set()) - {project.name}
            file = paths.join(folder, "__init__.py")
            if not hidden or file not in tree or OPENS_AGAIN.search(tree.read_text(file)):
                continue
            yield ClosedNamespace(
                project.name,
                file,
                namespace,
                tuple(sorted(hidden)),
                meet(graph, project.name, hidden),
            )


def _namespaces(project: Project) -> Iterator[tuple[str, RelPath]]:
    """The packages above those a project owns: `example_pkg` of `example_pkg.a`."""
    for package in project.metadata.import_packages:
        name, folder = package.name, package.path
        while "." in name:
            name, _, last = name.rpartition(".")
            if paths.name(folder).removesuffix(".py") != last:
                break
            folder = paths.parent(folder)
            yield name, folder


def _packages(project: Project) -> Iterator[tuple[str, RelPath]]:
    for package in project.metadata.import_packages:
        if not package.path.endswith(".py"):
            yield package.name, package.path
