"""Which test files a change touches, and why: `affected` one level below projects."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from oneroof.changes.affected import Affected, AffectedProject, for_task
from oneroof.changes.inputs import Reach, inputs_of, reach
from oneroof.changes.snapshot import Opened
from oneroof.imports.graph import ImportGraph
from oneroof.paths import RelPath
from oneroof.tasks.catalogue import Catalogue
from oneroof.tasks.testfiles import SharedStarts
from oneroof.workspace.development import work_members
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.settings import TaskSettings

TEST = "test"


class AffectedTest(msgspec.Struct, frozen=True):
    """A test file that a change may touch."""

    project: ProjectName
    path: RelPath
    reason: str
    """The chain of files from the test to what changed, or what else makes it run."""


def find_affected_tests(
    opened: Opened, catalogue: Catalogue, affected: Affected
) -> tuple[AffectedTest, ...]:
    """The test files that a change may touch, by project and path, each with its first reason."""
    changed = {
        reason.path: reason.detail
        for project in affected.projects
        for reason in project.reasons
        if reason.kind == "file" and reason.path is not None
    }
    found: list[AffectedTest] = []
    starts = SharedStarts(opened)
    for each in for_task(affected, TEST).projects:
        project = opened.graph.projects[each.name]
        target = catalogue.target(project, TEST)
        files = target.commands[0].test_files if target is not None else ()
        general = _general_reason(each)
        if general:
            found += (AffectedTest(project.name, path, general) for path in files)
        elif files:
            by_edge = _by_edges(opened, each, files)
            rest = [path for path in files if path not in by_edge]
            tests = (*by_edge.values(), *_by_files(opened, starts, project, rest, changed))
            found += sorted(tests, key=lambda test: files.index(test.path))
    return tuple(found)


def _by_edges(
    opened: Opened, affected: AffectedProject, files: Sequence[RelPath]
) -> dict[RelPath, AffectedTest]:
    """The test files for which an edge was kept to a file that changed."""
    found: dict[RelPath, AffectedTest] = {}
    for reason in affected.reasons:
        if reason.kind != "edge" or reason.path is None:
            continue
        edges = [each for each in opened.edges if each.names(reason.path)]
        for path in files:
            edge = next((each for each in edges if each.holds_for(path)), None)
            if edge is not None:
                told = f"{reason.path} {reason.detail}, found {edge.found}: {edge.reason}"
                found.setdefault(path, AffectedTest(affected.name, path, told))
    return found


def _general_reason(affected: AffectedProject) -> str:
    """Why all tests of a project run, whatever they import; empty where only files changed."""
    for reason in affected.reasons:
        if reason.whole:
            return f"{reason.path}: {reason.detail}" if reason.path else reason.detail
    return ""


def _by_files(
    opened: Opened,
    starts: SharedStarts,
    project: Project,
    files: Sequence[RelPath],
    changed: Mapping[RelPath, str],
) -> Iterator[AffectedTest]:
    graph = opened.imports
    members = work_members(opened.graph, project)
    inputs = inputs_of(project, *project.settings.tasks.get(TEST, TaskSettings()).inputs)
    seen = {
        path: detail
        for path, detail in changed.items()
        if inputs.says(path) is not False and _concerns(opened, project, path, members)
    }
    shared = starts.of(project, members)
    for path in files:
        reached = graph.reach((path, *shared), members)
        reason = _reason(graph, reached, seen)
        if reason:
            yield AffectedTest(project.name, path, reason)


def _concerns(
    opened: Opened, project: Project, path: RelPath, members: frozenset[ProjectName]
) -> bool:
    """Whether a changed file is one that the project's environment, or its tests, can hold."""
    modules = opened.imports.modules
    owners = modules.owners(path)
    if not owners:
        return True
    return any(
        owner == project.name or reach(opened.graph.projects[owner], path) is Reach.DEPENDENTS
        for owner in owners
        if owner in members
    )


def _reason(
    graph: ImportGraph, reached: Mapping[RelPath, RelPath | None], changed: Mapping[RelPath, str]
) -> str:
    for file, detail in changed.items():
        if file in reached:
            return f"{' -> '.join(_chain(reached, file))} {detail}"
    projects = {owner for each in reached for owner in graph.modules.owners(each)}
    for file, detail in changed.items():
        gone = file.endswith(".py") and file not in graph.modules.files
        data = not file.endswith(".py")
        if gone or (data and projects.intersection(graph.modules.owners(file))):
            return f"{file} {detail}"
    wide = next((each for each in reached if graph.dynamic(each)), None)
    if wide is not None and changed:
        file, detail = next(iter(changed.items()))
        return f"{_told(graph, wide)}, which may reach any file: {file} {detail}"
    return ""


def _told(graph: ImportGraph, path: RelPath) -> str:
    scan = graph.scans[path]
    if scan.broken:
        return f"{path} {scan.broken}"
    first = scan.dynamic[0]
    return f"{path}:{first.line} has `{first.text}`"


def _chain(reached: Mapping[RelPath, RelPath | None], path: RelPath) -> Iterable[RelPath]:
    """The way from a start to a file."""
    found = [path]
    while (above := reached[found[-1]]) is not None:
        found.append(above)
    return reversed(found)
