"""Changed files that only the code tells to matter: documents it names, helpers of no project."""

from collections.abc import Iterator, Mapping

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
from oneroof.changes.snapshot import Opened
from oneroof.paths import RelPath
from oneroof.workspace.development import work_members
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.tree import Tree

TEST = ("test",)


def find_mentioned(opened: Opened, changes: Mapping[RelPath, Change]) -> Iterator[Cause]:
    """The causes that lie in files which belong to no project or count for nothing else."""
    documents, helpers = _candidates(opened, changes)
    if not documents and not helpers:
        return
    graph = opened.imports
    named_by = {path: _mentioning(opened, paths.name(path)) for path in documents}
    for project in opened.workspace.projects:
        members = work_members(opened.graph, project)
        loaded = graph.reach(_loaded_first(opened, project), members) if helpers else {}
        for path in helpers:
            if path in loaded and is_overlooked(opened, project.name, path):
                yield _cause(project, path, changes[path], "; imported here")
        for path, owners in documents.items():
            if members.isdisjoint(owners):
                continue
            if not members.isdisjoint(named_by[path]) or reads_documents(opened.tree, project):
                yield _cause(project, path, changes[path], "; named in the code")


def is_overlooked(opened: Opened, project: ProjectName, path: RelPath) -> bool:
    """Whether a file counts for a project only because its code loads it."""
    owners = opened.imports.modules.owners(path)
    return project not in owners and all(
        reach(opened.graph.projects[owner], path) is not Reach.DEPENDENTS for owner in owners
    )


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
        if not path.endswith(".py"):
            pass
        elif not found or (
            not has_test_name(paths.name(path))
            and all(reach(each, path) is Reach.OWNER for each in found)
        ):
            helpers.append(path)
        if found and all(
            reach(each, path) is Reach.NOBODY and not is_taken_away(each, path) for each in found
        ):
            documents[path] = tuple(each.name for each in found)
    return documents, helpers


def _loaded_first(opened: Opened, project: Project) -> tuple[RelPath, ...]:
    """A project's own Python files, and the conftest.py files above."""
    above = (paths.join(each, "conftest.py") for each in paths.ancestors(project.path))
    own = (path for path in opened.tree.below(project.path) if path.endswith(".py"))
    return (*own, *(path for path in above if path in opened.tree))


def _mentioning(opened: Opened, name: str) -> frozenset[ProjectName]:
    """The projects whose code names a document."""
    graph = opened.imports
    return frozenset(
        owner for path in graph.scans.mentioning(name) for owner in graph.modules.owners(path)
    )


def _cause(project: Project, path: RelPath, change: Change, why: str) -> Cause:
    reason = Reason("file", status_word(change) + why, path, tasks=TEST)
    return Cause(project.name, reason, Reach.OWNER)
