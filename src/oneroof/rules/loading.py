"""Which files of a project are loaded as soon as it is imported, before anything is called."""

from collections.abc import Iterator

from oneroof import paths
from oneroof.imports.graph import ImportGraph
from oneroof.imports.modules import INIT
from oneroof.paths import RelPath
from oneroof.rules.parsed import Seen, Unparsable, parse
from oneroof.workspace.model import Project
from oneroof.workspace.tree import Tree

COMMANDS = frozenset({"console_scripts", "gui_scripts"})
"""The entry points that are started by hand; others are for a host to load."""
_INIT = f"{INIT}.py"


def loaded_at_import(imports: ImportGraph, tree: Tree, project: Project) -> frozenset[RelPath]:
    """The files that importing a project's packages, or starting its commands, runs.

    What only a function imports, or an import that may fail, is not among them.
    """
    own = frozenset(path for path in imports.scans if project.name in imports.modules.owners(path))
    found = set(_starts(imports, project, own))
    waiting = list(found)
    while waiting:
        path = waiting.pop()
        lines = _lines(path, tree)
        for use in imports.uses(path):
            is_around = paths.name(use.path) == _INIT and paths.is_within(
                path, paths.parent(use.path)
            )
            if (use.line in lines or is_around) and use.path in own and use.path not in found:
                found.add(use.path)
                waiting.append(use.path)
    return frozenset(found)


def _starts(imports: ImportGraph, project: Project, own: frozenset[RelPath]) -> Iterator[RelPath]:
    packages = project.metadata.import_packages
    for package in packages:
        inside = [path for path in own if paths.is_within(path, package.path)]
        inits = [path for path in inside if paths.name(path) == _INIT]
        # Of a namespace, the outermost packages in it; of one with none, every module.
        outer = [path for path in inits if not any(_encloses(each, path) for each in inits)]
        yield from outer or inside
    if not packages:
        yield from own
    for point in project.metadata.entry_points:
        if point.group not in COMMANDS:
            continue  # Whoever loads a plugin is there when it is loaded.
        module = point.value.partition(":")[0].strip()
        yield from (path for path in imports.modules.find(module) if path in own)


def _encloses(init: RelPath, other: RelPath) -> bool:
    return init != other and paths.is_within(other, paths.parent(init))


def _lines(path: RelPath, tree: Tree) -> frozenset[int]:
    """The lines of the imports that always run."""
    found = parse(path, tree.read_bytes(path))
    if isinstance(found, Unparsable):
        return frozenset()
    return frozenset(each.line for each in found if _always(each))


def _always(seen: Seen) -> bool:
    return not seen.deferred and not seen.is_guarded
