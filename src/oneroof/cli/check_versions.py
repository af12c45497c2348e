"""What `oneroof check` finds about versions: of third-party packages, and of Python."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping

from oneroof.cli.context import Session
from oneroof.locks.closure import pins_for
from oneroof.locks.model import Lock, Pins
from oneroof.locks.pythons import RELEASED, admitted, in_order, linux
from oneroof.rules.contradictions import find_contradictions
from oneroof.rules.forced import find_forced
from oneroof.rules.one_version import find_drift, find_drifting, judge_exceptions
from oneroof.rules.pythons import find_narrower, find_suspects, find_unsupported
from oneroof.rules.selectors import Selected
from oneroof.rules.version_exceptions import VersionExceptions
from oneroof.rules.violation import Violation
from oneroof.workspace.development import SHARED, work_kinds
from oneroof.workspace.model import Project, ProjectName


def find_version_violations(
    session: Session, names: Collection[ProjectName]
) -> Iterator[Violation]:
    """What breaks the rules about versions, as far as it concerns some projects."""
    yield from _one_version(session, names)
    for violation in find_contradictions(session.opened.graph, lambda each: _forced(session, each)):
        if violation.project in names:
            yield violation
    for violation in _pythons_without(session):
        if violation.project in names:
            yield violation


def _pythons_without(session: Session) -> Iterator[Violation]:
    """Pythons that projects admit, and what they need does not."""
    graph = session.opened.graph
    yield from find_narrower(graph)
    locks, _ = session.locks
    suspects = {path: find_suspects(lock) for path, lock in locks.items()}
    for project in session.opened.workspace.projects:
        if project.lock is not None and project.lock in locks:
            lock = locks[project.lock]
            yield from find_unsupported(graph, project, lock, suspects[project.lock])


def _forced(session: Session, project: Project) -> frozenset[str]:
    """The packages of which a project gets one version, whatever requirements say."""
    opened = session.opened
    locks, _ = session.locks
    lock = locks.get(project.lock) if project.lock is not None else None
    settings = find_forced(opened.tree, project)
    return settings if lock is None else settings | lock.overrides


def recorded_exceptions(session: Session, selected: Selected) -> VersionExceptions:
    """The recorded exceptions, as of today."""
    entries = session.opened.workspace.settings.rules.version_exceptions
    return VersionExceptions(entries, selected, dt.datetime.now(dt.UTC).date())


def _one_version(session: Session, names: Collection[ProjectName]) -> Iterator[Violation]:
    opened = session.opened
    rules = opened.workspace.settings.rules
    if not (rules.one_version or rules.version_exceptions):
        return
    selected = Selected(opened.graph)
    exceptions = recorded_exceptions(session, selected)
    pins: Mapping[ProjectName, Pins] = {}
    if rules.one_version:
        chosen = None
        if not isinstance(rules.one_version, bool):
            chosen = selected.by_all(rules.one_version, "one-version")
        projects = [
            project
            for project in opened.workspace.projects
            if chosen is None or project.name in chosen
        ]
        pins = _locked_alike(session, projects)
    for problem in selected.problems:
        yield Violation("manifest", None, problem, fails=True)
    yield from find_drift(pins, exceptions, names)
    yield from judge_exceptions(pins, exceptions, is_on=bool(rules.one_version))


def _locked_alike(session: Session, projects: Iterable[Project]) -> Mapping[ProjectName, Pins]:
    """What locks hold for the work of projects, on one Python where all of them admit one.

    Locks in which nothing can differ are not walked.
    """
    read, _ = session.locks
    governed = [(each, read[each.lock]) for each in projects if each.lock and each.lock in read]
    drifting = find_drifting({lock.path: lock for _, lock in governed}.values())
    if not drifting:
        return {}
    pythons = {project.name: _pythons(session, project, lock) for project, lock in governed}
    common = frozenset(RELEASED).intersection(*pythons.values())
    found = {}
    for project, lock in governed:
        if drifting.isdisjoint(lock.by_name):
            continue
        minor = in_order(common or pythons[project.name] or RELEASED)[-1]
        kinds = work_kinds(session.opened.workspace, project)
        declared = tuple(kind for kind in kinds if not kind.startswith(SHARED))
        target = linux(minor)
        found[project.name] = pins_for(session.opened.graph, project.name, declared, lock, target)
    return found


def _pythons(session: Session, project: Project, lock: Lock) -> frozenset[str]:
    """The minor versions on which a project, all it depends on and its lock can be."""
    graph = session.opened.graph
    demands = {lock.requires_python, project.metadata.requires_python}
    for name in graph.closure(project.name).internal:
        demands.add(graph.projects[name].metadata.requires_python)
    return frozenset(RELEASED).intersection(*(admitted(each) for each in demands))
