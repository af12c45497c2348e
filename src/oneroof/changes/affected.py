"""What a change touches: every affected project with all its reasons. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from oneroof import paths
from oneroof.changes.difference import Change
from oneroof.changes.inputs import Owners, Reach, find_owners, reach
from oneroof.paths import RelPath
from oneroof.workspace.development import declares_test_runner, shared_root
from oneroof.workspace.globs import matches
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Project, ProjectName


class Reason(msgspec.Struct, frozen=True):
    """Why a project is affected."""

    kind: str
    """`file`, `manifest`, `configuration`, `lock`, `python`, `everything`, `dependency`."""
    detail: str
    """In words: `modified`, `project.dependencies`, `requests 2.31.0 -> 2.32.0`."""
    path: RelPath | None = None
    """The file that changed."""
    via: tuple[ProjectName, ...] = ()
    """For `dependency`: the projects from this one to the changed one, both included."""
    tasks: tuple[str, ...] = ()
    """The tasks it concerns; empty: all."""


class AffectedProject(msgspec.Struct, frozen=True):
    """A project with all its reasons, direct ones first."""

    name: ProjectName
    path: RelPath
    reasons: tuple[Reason, ...]

    @property
    def direct(self) -> bool:
        """Whether anything of its own changed, rather than of what it depends on."""
        return any(reason.kind != "dependency" for reason in self.reasons)


class Affected(msgspec.Struct, frozen=True):
    """The answer to "what does this change touch?"."""

    base: str
    projects: tuple[AffectedProject, ...]
    """Sorted by path."""
    unowned: tuple[RelPath, ...] = ()
    """Changed files that belong to no project and configure nothing known."""


class Cause(msgspec.Struct, frozen=True):
    """A reason of one project and how far it is felt."""

    project: ProjectName
    reason: Reason
    reach: Reach = Reach.DEPENDENTS


class Findings(msgspec.Struct):
    """Causes found so far, and files nobody claimed."""

    causes: list[Cause] = msgspec.field(default_factory=list)
    unowned: list[RelPath] = msgspec.field(default_factory=list)


def status_word(change: Change) -> str:
    """`added`, `deleted` or `modified`."""
    old, new = change
    return "added" if old is None else "deleted" if new is None else "modified"


def find_file_causes(
    graph: Graph, changes: Mapping[RelPath, Change], judged: frozenset[RelPath]
) -> Findings:
    """The causes that lie in the files projects own; `judged` files are left to others."""
    findings = Findings()
    declaring = [each for each in graph.workspace.projects if _declares_inputs(each)]
    owners = find_owners(graph.workspace.projects)
    for path, change in changes.items():
        glob = next((g for g in graph.workspace.settings.everything if matches(path, g)), None)
        if glob is not None:
            reason = Reason("everything", f"{status_word(change)}; matches `{glob}`", path)
            findings.causes += [Cause(project.name, reason) for project in graph.workspace.projects]
        elif path not in judged:
            _claim(findings, owners, path, change)
        findings.causes += _declared_inputs(declaring, path, change)
        findings.causes += _conftest_causes(graph, path, change)
    findings.causes += _shared_requirement_causes(graph, changes)
    claimed = {cause.reason.path for cause in findings.causes}
    findings.unowned = [path for path in findings.unowned if path not in claimed]
    return findings


def conclude(graph: Graph, base: str, findings: Findings) -> Affected:
    """Carry each cause to the projects that depend on where it lies."""
    reasons: dict[ProjectName, list[Reason]] = {}
    far: dict[ProjectName, list[Reason]] = {}
    for cause in findings.causes:
        own = reasons.setdefault(cause.project, [])
        if cause.reason not in own:
            own.append(cause.reason)
        if cause.reach is Reach.DEPENDENTS:
            far.setdefault(cause.project, []).append(cause.reason)
    inherited: dict[ProjectName, list[Reason]] = {}
    for name in sorted(far):
        detail = _summary(name, far[name])
        tasks = _tasks(far[name])
        for dependent, via in sorted(graph.reached_by(name).items()):
            if dependent != name:
                reason = Reason("dependency", detail, far[name][0].path, via, tasks)
                inherited.setdefault(dependent, []).append(reason)
    projects = [
        AffectedProject(
            project.name,
            project.path,
            (*reasons.get(project.name, ()), *inherited.get(project.name, ())),
        )
        for project in graph.workspace.projects
        if project.name in reasons or project.name in inherited
    ]
    return Affected(base, tuple(projects), tuple(findings.unowned))


def everything(graph: Graph, base: str, detail: str) -> Affected:
    """All projects, where there is nothing to compare with."""
    reason = Reason("everything", detail)
    return Affected(
        base,
        tuple(
            AffectedProject(project.name, project.path, (reason,))
            for project in graph.workspace.projects
        ),
    )


def for_task(affected: Affected, task: str) -> Affected:
    """Only what concerns one task."""
    kept = []
    for project in affected.projects:
        reasons = tuple(
            reason for reason in project.reasons if not reason.tasks or task in reason.tasks
        )
        if reasons:
            kept.append(AffectedProject(project.name, project.path, reasons))
    return Affected(affected.base, tuple(kept), affected.unowned)


def _claim(findings: Findings, owners: Owners, path: RelPath, change: Change) -> None:
    projects = owners.of(path)
    if not projects:
        findings.unowned.append(path)
    for project in projects:
        far = reach(project, path)
        if far is not Reach.NOBODY:
            reason = Reason("file", status_word(change), path)
            findings.causes.append(Cause(project.name, reason, far))


def _conftest_causes(graph: Graph, path: RelPath, change: Change) -> Iterable[Cause]:
    """A conftest.py is read by the tests of all projects below it."""
    if paths.name(path) != "conftest.py":
        return
    folder = paths.parent(path)
    for project in graph.workspace.projects:
        if project.path != folder and paths.is_within(project.path, folder):
            yield _of_tests(project, path, change)


def _shared_requirement_causes(graph: Graph, changes: Mapping[RelPath, Change]) -> Iterable[Cause]:
    """What the tests of projects take from the requirement files and setup.cfg of their root."""
    if all(path.endswith(".py") and paths.name(path) != "setup.py" for path in changes):
        return
    for project in graph.workspace.projects:
        root = shared_root(graph.workspace, project)
        if root is None or root.path == project.path or declares_test_runner(project):
            continue
        for path in root.metadata.manifests:
            if path in changes and not path.endswith("pyproject.toml"):
                yield _of_tests(project, path, changes[path])


def _of_tests(project: Project, path: RelPath, change: Change) -> Cause:
    reason = Reason("file", status_word(change), path, tasks=("test",))
    return Cause(project.name, reason, Reach.OWNER)


def _declares_inputs(project: Project) -> bool:
    return bool(project.settings.inputs or project.settings.tasks)


def _declared_inputs(projects: Iterable[Project], path: RelPath, change: Change) -> Iterable[Cause]:
    """Projects and tasks whose settings name the file as an input."""
    for project in projects:
        settings = project.settings
        if any(_matches(project, path, glob) for glob in settings.inputs):
            detail = f"{status_word(change)}; one of its `inputs`"
            yield Cause(project.name, Reason("file", detail, path))
        for task, table in settings.tasks.items():
            if any(_matches(project, path, glob) for glob in table.inputs):
                detail = f"{status_word(change)}; one of the `inputs` of `{task}`"
                reason = Reason("file", detail, path, tasks=(task,))
                yield Cause(project.name, reason, Reach.OWNER)


def is_input(project: Project, path: RelPath, task: str, *, own: bool) -> bool:
    """Whether the settings of a project name a file as an input, of its `own` task as well."""
    table = project.settings.tasks.get(task) if own else None
    globs = (*project.settings.inputs, *(table.inputs if table is not None else ()))
    return any(_matches(project, path, glob) for glob in globs)


def _matches(project: Project, path: RelPath, glob: str) -> bool:
    if glob.startswith("/"):
        return matches(path, glob[1:])
    anchored = paths.normalise(project.path, glob)
    return anchored is not None and matches(path, anchored)


def _summary(name: ProjectName, reasons: list[Reason]) -> str:
    first = reasons[0]
    more = f" and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    place = first.path or ""
    return f"{name} changed: {place} {first.detail}{more}".replace("  ", " ")


def _tasks(reasons: list[Reason]) -> tuple[str, ...]:
    if any(not reason.tasks for reason in reasons):
        return ()
    return tuple(sorted({task for reason in reasons for task in reason.tasks}))
