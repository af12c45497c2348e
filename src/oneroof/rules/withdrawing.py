"""What takes a requirement of a project back, with all that was only there for it."""

from collections.abc import Iterator

from oneroof import paths
from oneroof.paths import RelPath, join
from oneroof.rules.places import Place, place_of
from oneroof.rules.violation import Fix
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.toml import read_document
from oneroof.workspace.editing.edits import Edit, RemoveItems, RemoveKey, RemoveLine
from oneroof.workspace.editing.keys import names_of
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import MAIN, Project, Requirement
from oneroof.workspace.tree import Tree

_SOURCES = ("tool", "uv", "sources")
_POETRY = ("tool", "poetry", "dependencies")
_EXTRAS = ("tool", "poetry", "extras")


def withdraw(graph: Graph, tree: Tree, project: Project, name: str) -> Fix:
    """What removes all run-time requirements of a normalised name from a project's manifests."""
    named = [each for each in project.metadata.requirements if each.name == name]
    main = [each for each in named if each.kind == MAIN]
    for each in main:
        if refused := _refusal(graph, tree, project, each):
            return Fix(refused=refused)
    edits: list[tuple[RelPath, Edit]] = []
    for each in main:
        place = place_of(each)
        edits.append((place.file, _removal(place, each)))
    if len(main) == len(named):
        edits += _sources(graph, tree, project, name, {edit for _, edit in edits})
    return Fix(tuple(dict.fromkeys(edits)))


def _removal(place: Place, requirement: Requirement) -> Edit:
    if not place.path:
        return RemoveLine(int(requirement.key.removeprefix("line ")))
    if place.is_table:
        return RemoveKey(names_of(requirement.key)[: len(place.path) + 1])
    return RemoveItems(place.path, requirement.name)


def _refusal(graph: Graph, tree: Tree, project: Project, requirement: Requirement) -> str:
    file = requirement.declared_in
    if file.endswith(".py"):
        return "it is code"
    if file in tree.links:
        return f"{file} is a symbolic link"
    if not paths.is_within(file, project.path):
        return f"{file} is not its own"
    for other in graph.workspace.projects:
        if other.name != project.name and any(
            (each.declared_in, each.key) == (file, requirement.key)
            for each in other.metadata.requirements
        ):
            return f"{other.name} has it from there, too"
    extras = _table(tree, file, _EXTRAS).values()
    listed = {
        normalise_name(str(text).partition("[")[0])
        for names in extras
        for text in (names if isinstance(names, list) else ())
    }
    return "an extra of `[tool.poetry.extras]` names it" if requirement.name in listed else ""


def _sources(
    graph: Graph, tree: Tree, project: Project, name: str, known: set[Edit]
) -> Iterator[tuple[RelPath, Edit]]:
    """Entries that say where it is to be had, where nothing else in reach of them asks for it."""
    file = join(project.path, "pyproject.toml")
    if file in tree.links:
        return
    members = (
        each
        for each in graph.workspace.projects
        if each.workspace_root == project.path != each.path
    )
    if any(each.name == name for other in members for each in other.metadata.requirements):
        return
    for table in (_SOURCES, _POETRY):
        for written in _table(tree, file, table):
            edit = RemoveKey((*table, written), prune=table == _SOURCES)
            if normalise_name(written) == name and RemoveKey((*table, written)) not in known:
                yield file, edit


def _table(tree: Tree, file: RelPath, key: tuple[str, ...]) -> dict[str, object]:
    found: object = read_document(tree, file)[0] if file.endswith(".toml") else None
    for name in key:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
