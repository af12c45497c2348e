"""Which test files a change touches, and why: `affected` one level below projects."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from oneroof import paths
from oneroof.changes.affected import Affected, AffectedProject, for_task
from oneroof.changes.inputs import Reach, inputs_of, reach
from oneroof.changes.mentioned import is_document, is_mentioned, mentioned_names
from oneroof.changes.shown import shown_in, shows_modules
from oneroof.changes.snapshot import Opened
from oneroof.changes.starts import SharedStarts
from oneroof.imports.graph import ImportGraph
from oneroof.paths import RelPath
from oneroof.tasks.catalogue import Catalogue
from oneroof.tasks.separable import are_separable, find_namesakes
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
    """The test files that a change may touch, by project and path, each with its first reason.

    `affected` holds all affected projects, for what one of them changed another one may see.
    """
    concerned = for_task(affected, TEST)
    changed = {
        reason.path: reason.detail
        for project in affected.projects
        for reason in project.reasons
        if reason.kind == "file" and reason.path is not None
    }
    found: list[AffectedTest] = []
    starts = SharedStarts(opened)
    for each in concerned.projects:
        project = opened.graph.projects[each.name]
        target = catalogue.target(project, TEST)
        files = target.commands[0].test_files if target is not None else ()
        general = _general_reason(each)
        if general:
            found += (AffectedTest(project.name, path, general) for path in files)
        elif files:
            view = _View(opened, starts, project, changed)
            found += view.of(files, _by_edges(opened, each, files))
    return tuple(found)


def _by_edges(
    opened: Opened, affected: AffectedProject, files: Sequence[RelPath]
) -> dict[RelPath, str]:
    """The test files for which an edge was kept to a file that changed, with what is told."""
    found: dict[RelPath, str] = {}
    for reason in affected.reasons:
        if reason.kind != "edge" or reason.path is None:
            continue
        edges = [each for each in opened.edges if each.names(reason.path)]
        for path in files:
            edge = next((each for each in edges if each.holds_for(path)), None)
            if edge is not None:
                told = f"{reason.path} {reason.detail}, found {edge.found}: {edge.reason}"
                found.setdefault(path, told)
    return found


def _general_reason(affected: AffectedProject) -> str:
    """Why all tests of a project run, whatever they import; empty where only files changed."""
    for reason in affected.reasons:
        if reason.whole:
            return f"{reason.path}: {reason.detail}" if reason.path else reason.detail
    return ""


class _View:
    """What the tests of one project see of the files that changed."""

    def __init__(
        self,
        opened: Opened,
        starts: SharedStarts,
        project: Project,
        changed: Mapping[RelPath, str],
    ) -> None:
        self._opened = opened
        self._graph = opened.imports
        self._starts = starts
        self._project = project
        self._changed = changed
        self._members = work_members(opened.graph, project)
        self._told = inputs_of(project, *project.settings.tasks.get(TEST, TaskSettings()).inputs)
        self._seen = {path: detail for path, detail in changed.items() if self._concerns(path)}

    def of(self, files: Sequence[RelPath], known: Mapping[RelPath, str]) -> Iterator[AffectedTest]:
        """Those of the project's test files that see a change, or have a `known` reason."""
        general = self._reason_for_all()
        shared = self._starts.of(self._project, self._members)
        reasons = {}
        namesakes = find_namesakes(self._graph.modules.files, files)
        for path in files:
            reasons[path] = known.get(path) or general
            if not reasons[path]:
                reached = self._graph.reach((path, *shared), self._members)
                reasons[path] = self._reason(reached)
            for other in namesakes.get(path, ()):
                if other in self._changed:
                    reasons[path] = reasons[path] or f"{other} {self._changed[other]}"
        if not all(reasons.values()) and any(reasons.values()):
            together = not are_separable(
                self._opened, self._starts, self._project, self._members, files
            )
            first = next(filter(None, reasons.values()))
            reasons = {path: each or (first if together else "") for path, each in reasons.items()}
        for path, reason in reasons.items():
            if reason:
                yield AffectedTest(self._project.name, path, reason)

    def _concerns(self, path: RelPath) -> bool:
        """Whether a file is one that the project's environment, or its tests, can hold."""
        if self._told.says(path) is False:
            return False
        owners = self._graph.modules.owners(path)
        projects = self._opened.graph.projects
        return not owners or any(
            owner == self._project.name or reach(projects[owner], path) is Reach.DEPENDENTS
            for owner in owners
            if owner in self._members
        )

    def _reason_for_all(self) -> str:
        """Why all tests of the project run, where a file counts whatever they import."""
        tree, projects = self._opened.tree, self._opened.graph.projects
        members = [projects[name] for name in sorted(self._members)]
        shown = {path for each in members for path in shown_in(tree, each.path)}
        hidden = any(shows_modules(tree, each.path) for each in members)
        folders = self._starts.outside_folders(self._project)
        repositories = {path for path, _ in self._opened.work_tree.nested}
        for path, detail in self._changed.items():
            if path in shown or any(paths.is_within(path, folder) for folder in folders):
                return f"{path} {detail}"
            if path in self._seen and (hidden or path in repositories or self._is_gone(path)):
                return f"{path} {detail}"
        return ""

    def _is_gone(self, path: RelPath) -> bool:
        return path.endswith(".py") and path not in self._graph.modules.files

    def _reason(self, reached: Mapping[RelPath, RelPath | None]) -> str:
        graph, projects = self._graph, self._opened.graph.projects
        for path, detail in self._changed.items():
            if path in reached:
                return f"{' -> '.join(_chain(reached, path))} {detail}"
        owners = {owner for each in reached for owner in graph.modules.owners(each)}
        documents = [path for path in self._changed if self._is_document(path)]
        for path, detail in self._seen.items():
            if path.endswith(".py") or path in documents:
                continue
            if owners.intersection(graph.modules.owners(path)):
                return f"{path} {detail}"
        names = mentioned_names(self._opened, self._project, reached) if documents else frozenset()
        for path in documents:
            named = self._members.intersection(graph.modules.owners(path))
            if any(is_mentioned(path, projects[each], names) for each in named):
                return f"{path} {self._changed[path]}"
        return self._reason_of_doubt(reached)

    def _is_document(self, path: RelPath) -> bool:
        projects = self._opened.graph.projects
        owners = self._graph.modules.owners(path)
        return bool(owners) and all(is_document(projects[each], path) for each in owners)

    def _reason_of_doubt(self, reached: Mapping[RelPath, RelPath | None]) -> str:
        for each in reached:
            look = self._graph.look(each, self._members)
            for path, detail in self._changed.items() if look is not None else ():
                if look is not None and self._graph.sees(look, path):
                    return f"{each} may look at files in `{look.folder}`: {path} {detail}"
        wide = next((each for each in reached if self._graph.dynamic(each)), None)
        if wide is not None and self._seen:
            path, detail = next(iter(self._seen.items()))
            return f"{_told(self._graph, wide)}, which may reach any file: {path} {detail}"
        return ""


def _told(graph: ImportGraph, path: RelPath) -> str:
    scan = graph.scans.get(path)
    if scan is None:
        return f"{path} is a symbolic link"
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
