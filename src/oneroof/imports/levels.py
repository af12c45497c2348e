"""The import graph at the level of files and of import packages: nodes, and edges with lines."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from oneroof import paths
from oneroof.imports.graph import ImportGraph
from oneroof.imports.links import Link, Members, links
from oneroof.paths import RelPath
from oneroof.workspace.model import Project


class Node(msgspec.Struct, frozen=True, order=True):
    """A file, or an import package: a folder, or a single module that lies in none."""

    path: RelPath
    name: str


class ImportEdge(msgspec.Struct, frozen=True):
    """One node imports another; all lines between the two are one edge."""

    dependent: Node
    dependency: Node
    links: tuple[Link, ...]
    """Sorted by file and line."""


class Level(msgspec.Struct, frozen=True):
    """The graph at one level; nodes are sorted by path, edges by the paths of their ends."""

    nodes: tuple[Node, ...]
    edges: tuple[ImportEdge, ...]


def file_level(graph: ImportGraph, files: Iterable[RelPath], members: Members) -> Level:
    """Some files, what they import directly, and the edges from the former."""
    chosen = sorted(files)
    found = list(_statements(graph, chosen, members))
    nodes = {path: Node(path, path) for path in (*chosen, *(each.target for each in found))}
    return _level(nodes, found)


def package_level(
    graph: ImportGraph,
    files: Iterable[RelPath],
    members: Members,
    projects: Sequence[Project],
) -> Level:
    """The import packages of some files, those they import directly, and the edges between.

    A package is named as it is imported, `name@path` where several have that name.
    """
    chosen = sorted(files)
    found = list(_statements(graph, chosen, members))
    places = _places(projects)
    known = dict.fromkeys((*chosen, *(each.target for each in found)))
    nodes = {path: _package(path, places) for path in known}
    named: dict[str, set[RelPath]] = {}
    for node in nodes.values():
        named.setdefault(node.name, set()).add(node.path)
    unique = {
        path: node if len(named[node.name]) == 1 else Node(node.path, f"{node.name}@{node.path}")
        for path, node in nodes.items()
    }
    return _level(unique, found)


def _statements(graph: ImportGraph, files: Iterable[RelPath], members: Members) -> Iterable[Link]:
    for path in files:
        for each in links(graph, path, members.of(path)):
            if each.kind == "import":
                yield each


def _level(nodes: Mapping[RelPath, Node], found: Iterable[Link]) -> Level:
    between: dict[tuple[Node, Node], list[Link]] = {}
    for each in found:
        ends = nodes[each.path], nodes[each.target]
        if ends[0] != ends[1]:
            between.setdefault(ends, []).append(each)
    edges = tuple(
        ImportEdge(dependent, dependency, tuple(between[dependent, dependency]))
        for dependent, dependency in sorted(between)
    )
    return Level(tuple(sorted(set(nodes.values()))), edges)


def _places(projects: Iterable[Project]) -> dict[RelPath, str]:
    """The folders (or single modules) that names start from, each with its dotted name."""
    found: dict[RelPath, str] = {paths.ROOT: ""}
    for project in projects:
        found[project.path] = ""
    for project in projects:
        for package in project.metadata.import_packages:
            if package.root is None:
                found[package.path] = package.name
            else:
                found[package.root] = ""
    return found


def _package(path: RelPath, places: Mapping[RelPath, str]) -> Node:
    """The import package a file belongs to: its folder, or itself where that is no package."""
    folder = path if path in places else paths.parent(path)
    if folder in places and not places[folder]:
        return Node(path, paths.name(path).rpartition(".")[0])
    base = next(each for each in (folder, *paths.ancestors(folder)) if each in places)
    inside = "" if folder == base else paths.relative_to(folder, base).replace("/", ".")
    return Node(folder, ".".join(part for part in (places[base], inside) if part))
