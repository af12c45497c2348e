"""Changed files that only the code tells to matter.

Those are documents that it names, helpers of no project, and what it looks at by path outside of
its own project.
"""

from collections.abc import Iterable, Iterator, Mapping

from oneroof import paths
from oneroof.changes.affected import Cause, Reason, status_word
from oneroof.changes.configuration import BY_NAME, find_configuration
from oneroof.changes.difference import Change
from oneroof.changes.inputs import (
    Reach,
    find_owners,
    has_test_name,
    is_taken_away,
    reach,
)
from oneroof.changes.judged import counts_by_meaning
from oneroof.changes.shown import shown_in
from oneroof.changes.snapshot import Opened
from oneroof.changes.starts import SharedStarts
from oneroof.imports.graph import ImportGraph
from oneroof.imports.scan import ANY_DOCUMENT, NOTHING
from oneroof.paths import RelPath
from oneroof.workspace.development import work_members
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.tree import Tree

TEST = ("test",)


def find_mentioned(opened: Opened, changes: Mapping[RelPath, Change]) -> Iterator[Cause]:
    """The causes that lie in files which belong to no project or count for nothing else."""
    if not changes:
        return
    documents, helpers = _candidates(opened, changes)
    graph = opened.imports
    projects = opened.graph.projects
    starts = SharedStarts(opened)
    modules = any(path.endswith(".py") for path in helpers)
    if not (documents or modules or opened.tree.links) and not _any_looks_out(graph):
        yield from _on_python_paths(opened, starts, helpers, changes)
        return
    for project in opened.workspace.projects:
        members = work_members(opened.graph, project)
        loaded = graph.reach(_loaded_first(opened, starts, project), members)
        for path in helpers:
            if path in loaded and is_overlooked(opened, project.name, path):
                yield _cause(project, path, changes[path], "; imported here")
        names = mentioned_names(opened, project, loaded) if documents else frozenset()
        for path, owners in documents.items():
            if any(is_mentioned(path, projects[e], names) for e in owners if e in members):
                yield _cause(project, path, changes[path], "; named in the code")
        yield from _at_other_places(opened, starts, project, loaded, changes)


def _any_looks_out(graph: ImportGraph) -> bool:
    return any(map(graph.may_look_out, graph.scans))


def _on_python_paths(
    opened: Opened,
    starts: SharedStarts,
    helpers: Iterable[RelPath],
    changes: Mapping[RelPath, Change],
) -> Iterator[Cause]:
    """The causes in files of folders that `pythonpath` names."""
    for project in opened.workspace.projects if helpers else ():
        folders = starts.outside_folders(project)
        for path in helpers:
            if any(paths.is_within(path, each) for each in folders):
                yield _cause(project, path, changes[path], "; in a folder of `pythonpath`")


def _at_other_places(
    opened: Opened,
    starts: SharedStarts,
    project: Project,
    loaded: Iterable[RelPath],
    changes: Mapping[RelPath, Change],
) -> Iterator[Cause]:
    """The causes in files that a project's code finds by a path or a link that leads out of it."""
    graph, projects = opened.imports, opened.graph.projects
    members = work_members(opened.graph, project)
    folders = starts.outside_folders(project)
    looks = {look for each in loaded if (look := graph.look(each, members)) is not None}
    shown = {path for each in members for path in shown_in(opened.tree, projects[each].path)}
    for path, change in changes.items():
        if any(paths.is_within(path, each) for each in folders) or any(
            graph.sees(each, path) for each in looks
        ):
            yield _cause(project, path, change, "; looked at from here")
        if path in shown:
            yield _cause(project, path, change, "; a link leads to it")


def is_overlooked(opened: Opened, project: ProjectName, path: RelPath) -> bool:
    """Whether a file counts for a project only because its code loads it."""
    owners = opened.imports.modules.owners(path)
    return project not in owners and all(
        reach(opened.graph.projects[owner], path) is not Reach.DEPENDENTS for owner in owners
    )


def mentioned_names(opened: Opened, project: Project, loaded: Iterable[RelPath]) -> frozenset[str]:
    """What loaded files, or the configuration of pytest, say of documents (see `Scan.prose`)."""
    if reads_documents(opened.tree, project):
        return frozenset({ANY_DOCUMENT})
    scans = opened.imports.scans
    return frozenset(name for path in loaded for name in scans.get(path, NOTHING).prose)


def is_document(project: Project, path: RelPath) -> bool:
    """Whether a file's bytes count only for whoever reads it by name: prose, and manifests.

    What a project's settings take away is none.
    """
    if is_taken_away(project, path):
        return False
    inside = paths.parent(path) == project.path
    return reach(project, path) is Reach.NOBODY or (inside and counts_by_meaning(paths.name(path)))


def is_mentioned(path: RelPath, owner: Project, names: frozenset[str]) -> bool:
    """Whether names mean a document of a project."""
    if ANY_DOCUMENT in names or paths.name(path) in names:
        return True
    inside = paths.relative_to(path, owner.path) if paths.is_within(path, owner.path) else path
    return f"{inside.partition('/')[0]}/" in names


def reads_documents(tree: Tree, project: Project) -> bool:
    """Whether the configuration of pytest makes documents tests (`--doctest-glob`)."""
    configuration = find_configuration(tree, project.path, BY_NAME["pytest"])
    return configuration is not None and "doctest" in configuration.content


def _candidates(
    opened: Opened, changes: Mapping[RelPath, Change]
) -> tuple[dict[RelPath, tuple[ProjectName, ...]], list[RelPath]]:
    owners = find_owners(opened.workspace.projects)
    documents: dict[RelPath, tuple[ProjectName, ...]] = {}
    helpers = []
    for path in changes:
        found = owners.of(path)
        if not found or (
            not has_test_name(paths.name(path))
            and all(reach(each, path) is Reach.OWNER for each in found)
        ):
            helpers.append(path)
        if found and all(is_document(each, path) for each in found):
            documents[path] = tuple(each.name for each in found)
    return documents, helpers


def _loaded_first(opened: Opened, starts: SharedStarts, project: Project) -> tuple[RelPath, ...]:
    """A project's own Python files, and what is loaded for all its tests."""
    members = work_members(opened.graph, project)
    own = (path for path in opened.tree.below(project.path) if path.endswith(".py"))
    return (*own, *starts.of(project, members))


def _cause(project: Project, path: RelPath, change: Change, why: str) -> Cause:
    reason = Reason("file", status_word(change) + why, path, tasks=TEST, whole=False)
    return Cause(project.name, reason, Reach.OWNER)
