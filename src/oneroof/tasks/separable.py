"""Whether the test files of a target can run apart from each other.

pytest puts the folder of each test file on `sys.path`, for all that come after. Where a name may
be found in a folder that only another test file brings along, it matters which files run together.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from oneroof import paths
from oneroof.changes.configuration import BY_NAME, find_configuration, python_path
from oneroof.changes.snapshot import Opened
from oneroof.changes.starts import CONFTEST, SharedStarts, test_root
from oneroof.imports.scan import NOTHING
from oneroof.paths import RelPath
from oneroof.workspace.model import Project, ProjectName


def are_separable(
    opened: Opened,
    starts: SharedStarts,
    project: Project,
    members: AbstractSet[ProjectName],
    files: Sequence[RelPath],
) -> bool:
    """Whether each of some test files finds alone what it finds in the company of the others."""
    modules = opened.imports.modules
    roots = {path: test_root(paths.parent(path), modules.files) for path in files}
    shown: dict[str, set[RelPath]] = {}
    for root in set(roots.values()):
        for name, _ in modules.names_in(root):
            shown.setdefault(name, set()).add(root)
    configuration = find_configuration(opened.tree, project.path, BY_NAME["pytest"])
    always = {project.path, *python_path(configuration)}
    for path, root in roots.items():
        alone = {*always, root, *_of_conftests(modules.files, path)}
        strange = {name for name, places in shown.items() if not places <= alone}
        if strange and (
            not strange.isdisjoint(starts.names_of_others)
            or not strange.isdisjoint(_imported(opened, path, members))
        ):
            return False
    return True


def find_namesakes(
    modules: AbstractSet[RelPath], files: Iterable[RelPath]
) -> dict[RelPath, tuple[RelPath, ...]]:
    """Those test files that are one module to Python, each with all of that name.

    pytest refuses all but the first, unless it imports by path.
    """
    named: dict[str, list[RelPath]] = {}
    for path in files:
        name = paths.relative_to(path, test_root(paths.parent(path), modules))
        named.setdefault(name, []).append(path)
    return {path: tuple(found) for found in named.values() if len(found) > 1 for path in found}


def _of_conftests(files: AbstractSet[RelPath], path: RelPath) -> Iterator[RelPath]:
    """The folders that the conftest.py files around a test file bring along."""
    for above in paths.ancestors(path):
        if paths.join(above, CONFTEST) in files:
            yield test_root(above, files)


def _imported(opened: Opened, path: RelPath, members: AbstractSet[ProjectName]) -> Iterator[str]:
    """The first words of the names that a test file, and what it loads, import."""
    graph = opened.imports
    for each in graph.reach((path,), members):
        scan = graph.scans.get(each, NOTHING)
        yield from (found.module.partition(".")[0] for found in scan.imports)
        yield from (found.text.partition(".")[0] for found in scan.references)
