"""Changed files that only the code tells to matter.

Those are documents that it names, helpers of no project, and what it looks at by path outside of
its own project.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

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
from oneroof.changes.pytest_words import pytest_words
from oneroof.changes.shown import shown_in
from oneroof.changes.snapshot import Opened
from oneroof.changes.starts import SharedStarts
from oneroof.imports.scan import ANY_DOCUMENT, NOTHING
from oneroof.paths import RelPath
from oneroof.workspace.development import work_members
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.tree import Tree

TEST = ("test",)


def find_mentioned(opened: Opened, changes: Mapping[RelPath, Change]) -> Iterator[Cause]:
    """The causes that lie in files which belong to no project or count for nothing else.

    Only those projects are gone through that load a file which has to do with a change: few do.
    """
    if not changes:
        return
    documents, helpers = _candidates(opened, changes)
    concerned = _find_concerned(opened, documents, helpers, changes)
    if not concerned:
        return
    graph, projects, starts = opened.imports, opened.graph.projects, SharedStarts(opened)
    for project in (each for each in opened.workspace.projects if each.name in concerned):
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


def _find_concerned(
    opened: Opened,
    documents: Mapping[RelPath, tuple[ProjectName, ...]],
    helpers: Collection[RelPath],
    changes: Mapping[RelPath, Change],
) -> frozenset[ProjectName]:
    """The projects that changed files may concern so, and perhaps some more."""
    if opened.work_tree.has_links:
        return frozenset(opened.graph.projects)
    told = _told_by_pytest(opened, changes, is_prose=bool(documents))
    if not (told or helpers or documents):
        outlook = opened.outlook
        if outlook is not None and not outlook.sees_any(changes, opened.workspace.projects):
            return frozenset()
    graph = opened.imports
    asking = {path for path in helpers if path in graph.scans}
    owners = [
        (path, opened.graph.projects[each]) for path, all_ in documents.items() for each in all_
    ]
    for path, prose in graph.speakers() if owners else ():
        if any(is_mentioned(each, owner, frozenset(prose)) for each, owner in owners):
            asking.add(path)
    for path, look in graph.onlookers():
        if path not in asking and any(graph.sees(look, each) for each in changes):
            asking.add(path)
    if not (asking or told):
        return frozenset()
    users = graph.users(asking)
    homes = {owner for path in users for owner in graph.modules.owners(path)}
    above = [paths.parent(path) for path in users if not graph.modules.owners(path)]
    return frozenset(
        project.name
        for project in opened.workspace.projects
        if not homes.isdisjoint(work_members(opened.graph, project))
        or any(paths.is_within(project.path, each) for each in told)
        or (above and _may_start_with(opened, project, users, above))
    )


def _may_start_with(
    opened: Opened, project: Project, users: Iterable[RelPath], above: Iterable[RelPath]
) -> bool:
    """Whether files of nobody may be loaded for a project's tests, though none of its own asks."""
    if any(paths.is_within(project.path, each) for each in above):
        return True
    configuration = find_configuration(opened.tree, project.path, BY_NAME["pytest"])
    return configuration is not None and any(
        paths.name(path).removesuffix(".py") in configuration.content for path in users
    )


def _told_by_pytest(
    opened: Opened, changes: Mapping[RelPath, Change], *, is_prose: bool
) -> list[RelPath]:
    """The folders of configurations by which changed files count, whoever loads them.

    Those are folders on `pythonpath`, and documents that are tests.
    """
    found = []
    for path, words in pytest_words(opened).items():
        seen = (paths.is_within(each, folder) for each in changes for folder in words.folders)
        if (words.has_doctests and is_prose) or any(seen):
            found.append(paths.parent(path))
    return found


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
    shown: set[RelPath] = set()
    if opened.work_tree.has_links:
        shown.update(*(shown_in(opened.tree, projects[each].path) for each in members))
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
