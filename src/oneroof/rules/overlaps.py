"""Files that the wheels of two projects would install at one path: one is lost."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from oneroof.errors import Problem
from oneroof.paths import RelPath, join, name
from oneroof.rules.meeting import meet
from oneroof.rules.namespaces import OPENS_AGAIN
from oneroof.rules.owners import find_modules
from oneroof.rules.violation import Violation
from oneroof.workspace.graph import Graph
from oneroof.workspace.layout.wheel import COMMANDS, DATA, wheel_files
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.nesting import find_nested
from oneroof.workspace.tree import Tree

_TAKES_FILES = re.compile(r"force-include|shared-data|shared-scripts|data-files|\binclude\b")


RULE = "overlap"
Places = Mapping[str, tuple[RelPath, RelPath]]
"""What two projects install at one path: of the first, and of the second."""


def find_overlaps(graph: Graph, tree: Tree) -> Iterator[Violation]:
    """Every pair of projects, by name, that some project's closure holds both of.

    Where all files have the same content it is only told. Modules of one name are the matter of
    another rule.
    """
    projects = [each for each in graph.workspace.projects if each.metadata.build_backend]
    nested = find_nested(each.path for each in graph.workspace.projects)
    owners: dict[str, list[tuple[Project, RelPath]]] = {}
    for project in _suspected(tree, projects):
        found = wheel_files(tree, project, nested.get(project.path, frozenset()))
        for place, path in found.items():
            owners.setdefault(place, []).append((project, path))
    shared: dict[tuple[ProjectName, ProjectName], dict[str, tuple[RelPath, RelPath]]] = {}
    for place, having in owners.items():
        for one, other in combinations(sorted(having, key=lambda each: each[0].name), 2):
            if one[1] != other[1]:
                pair = (one[0].name, other[0].name)
                shared.setdefault(pair, {})[place] = (one[1], other[1])
    for (first, second), places in sorted(shared.items()):
        kept = _without_modules(graph, tree, (first, second), places)
        if kept and meet(graph, first, {second}):
            yield _overlap(graph, tree, (first, second), kept)


def _suspected(tree: Tree, projects: Sequence[Project]) -> Iterator[Project]:
    """Those that share the top of an import name or a command, or take files by settings."""
    tops: dict[str, int] = {}
    own = {each.name: _tops(each) for each in projects}
    for names in own.values():
        for top in names:
            tops[top] = tops.get(top, 0) + 1
    for project in projects:
        if any(tops[top] > 1 for top in own[project.name]):
            yield project
            continue
        manifest = join(project.path, "pyproject.toml")
        if manifest in tree and _TAKES_FILES.search(tree.read_text(manifest)):
            yield project


def _tops(project: Project) -> set[str]:
    metadata = project.metadata
    return {each.name.partition(".")[0] for each in metadata.import_packages} | {
        f"bin/{each.name}" for each in metadata.entry_points
    }


def _without_modules(
    graph: Graph,
    tree: Tree,
    pair: tuple[ProjectName, ProjectName],
    places: Places,
) -> dict[str, tuple[RelPath, RelPath]]:
    """Without what is told as modules of two owners, and files that open a namespace again."""
    modules = [set(dict(find_modules(graph.projects[each], tree)).values()) for each in pair]
    return {
        place: files
        for place, files in places.items()
        if not all(file in known for file, known in zip(files, modules, strict=True))
        and not (
            name(files[0]) == "__init__.py"
            and all(OPENS_AGAIN.search(tree.read_text(file)) for file in files)
        )
    }


def _overlap(
    graph: Graph, tree: Tree, pair: tuple[ProjectName, ProjectName], places: Places
) -> Violation:
    first, second = pair
    place, *others = sorted(places)
    other_file, file = places[place]
    if place.startswith(COMMANDS):
        command = place.removeprefix(COMMANDS)
        message = f"the command `{command}` of {second} is also one of {first} (`{other_file}`)"
        hint = "give one of the commands another name: installed together, one is lost"
    else:
        more = f" and {len(others)} more" if others else ""
        shown = place.removeprefix(f"{DATA}/")
        message = f"`{shown}`{more} in the wheel of {second} is also in that of {first}"
        message += f" (`{other_file}`)"
        hint = "leave it out of one wheel, or move it below a package that only one of them has"
    both = (graph.projects[first], graph.projects[second])
    is_lossless = all(_is_same(tree, both, each, files) for each, files in places.items())
    if is_lossless:
        message += ", and they are the same"
    return Violation(RULE, second, Problem(file, message, hint=hint), fails=not is_lossless)


def _is_same(
    tree: Tree, both: tuple[Project, Project], place: str, files: tuple[RelPath, RelPath]
) -> bool:
    """Whether it does not matter which one is installed."""
    if place.startswith(COMMANDS):
        command = place.removeprefix(COMMANDS)
        values = [
            {each.value for each in project.metadata.entry_points if each.name == command}
            for project in both
        ]
        return values[0] == values[1]
    return tree.read_bytes(files[0]) == tree.read_bytes(files[1])
