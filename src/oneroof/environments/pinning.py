"""Which pins a project gets: those of its lock, completed or replaced by a resolution of uv.

A project without lock is resolved once and the pins are kept. A lock that lacks something a
manifest asks for is completed, everything it does hold staying as it is where that can be.
"""

import platform
import sys
import threading
from collections.abc import Iterable, Sequence

import msgspec

from oneroof.environments.model import Event, EventKind, Report, ignore
from oneroof.errors import ConfigError
from oneroof.locks.closure import pins_for
from oneroof.locks.model import Lock, Pin, Pins
from oneroof.locks.read import read_lock
from oneroof.locks.request import Request
from oneroof.locks.resolve import resolve
from oneroof.locks.target import Target
from oneroof.paths import ROOT, RelPath
from oneroof.workspace.development import (
    SHARED,
    SHARED_TEST,
    shared_root,
    shared_test_requirements,
    work_kinds,
)
from oneroof.workspace.dialects.requirements import compiled_beside
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import BUILD, Index, Kind, Project, ProjectName, Requirement
from oneroof.workspace.tree import Tree


class WorkspacePins:
    """The pins of the projects of one workspace; safe for parallel callers."""

    def __init__(self, graph: Graph, tree: Tree, report: Report = ignore) -> None:
        self._graph = graph
        self._tree = tree
        self._report = report
        self._locks: dict[RelPath, Lock] = {}
        self._guard = threading.Lock()
        self._internal_names = frozenset(
            name.partition("@")[0]
            for name, project in graph.projects.items()
            if project.metadata.name is not None
        )

    def pins(self, project: ProjectName, kinds: Sequence[Kind], target: Target) -> Pins:
        """The pins of some kinds of a project on a target.

        Raises:
            ConfigError: its lock cannot be read.
            ResolutionError: what no lock holds cannot be had.
        """
        found = self._graph.projects[project]
        declared = tuple(kind for kind in kinds if not kind.startswith(SHARED))
        locked = self._locked(found, declared, target)
        shared = self._shared(found, kinds)
        if locked is None:
            wanted = (*self._requirements(project, declared), *shared)
            return self._resolve(found, wanted, (), target)
        pins, shared = self._shared_from_lock(found, locked, shared, target)
        missing = {each.requirement.name for each in locked.missing}
        wanted = (*(each.requirement for each in locked.missing), *shared)
        if not wanted:
            return msgspec.structs.replace(locked, pins=pins)
        from oneroof.locks.uv import ResolutionError

        kept = tuple(pin for pin in pins if pin.name not in missing)
        try:
            completion = self._resolve(found, wanted, kept, target)
        except ResolutionError as error:
            if error.reason != "conflict":
                raise
            # What the lock lacks does not go with the rest of it: as a stale lock is brought up
            # to date, so is this, with as few changes as can be.
            wanted = (*self._requirements(project, declared), *shared)
            completion = self._resolve(found, wanted, (), target, preferences=kept)
            return msgspec.structs.replace(locked, pins=completion.pins)
        known = {pin.name for pin in kept}
        further = (pin for pin in completion.pins if pin.name not in known)
        return msgspec.structs.replace(locked, pins=_sorted((*kept, *further)))

    def together(self, projects: Sequence[ProjectName], target: Target) -> Pins:
        """The pins one environment for the work of several projects would have.

        As many as can be stay as their locks have them.

        Raises:
            ResolutionError: there are none that suit all.
        """
        wanted: list[Requirement] = []
        kept: dict[str, Pin] = {}
        for name in projects:
            project = self._graph.projects[name]
            kinds = work_kinds(self._graph.workspace, project)
            declared = tuple(kind for kind in kinds if not kind.startswith(SHARED))
            wanted += (*self._requirements(name, declared), *self._shared(project, kinds))
            for pin in self.pins(name, kinds, target).pins:
                kept.setdefault(pin.name, pin)
        requirements = tuple(dict.fromkeys(wanted))
        first = self._graph.projects[projects[0]]
        return self._resolve(first, requirements, (), target, preferences=tuple(kept.values()))

    def to_compile(self, pins: Pins, target: Target) -> Sequence[str]:
        """The names of pins that have wheels in their lock, but none for the target."""
        if pins.lock is None:
            return ()
        by_name = self.lock(pins.lock).by_name
        return [
            pin.name
            for pin in pins.pins
            for package in by_name.get(pin.name, ())
            if (package.version, package.source) == (pin.version, pin.source)
            and (wheels := [each.filename for each in package.files if each.is_wheel])
            and not any(target.accepts_wheel(wheel) for wheel in wheels)
        ]

    def lock(self, path: RelPath) -> Lock:
        """A lock of the workspace, read once.

        Raises:
            ConfigError: it cannot be read.
        """
        with self._guard:
            if path not in self._locks:
                lock, problems = read_lock(self._tree, path)
                if lock is None:
                    message = "; ".join(map(str, problems))
                    raise ConfigError(message, hint=problems[0].hint if problems else "")
                self._locks[path] = lock
            return self._locks[path]

    def _locked(self, project: Project, kinds: Sequence[Kind], target: Target) -> Pins | None:
        if project.lock is None:
            return None
        return pins_for(self._graph, project.name, kinds, self.lock(project.lock), target)

    def _shared(self, project: Project, kinds: Sequence[Kind]) -> tuple[Requirement, ...]:
        found: list[Requirement] = []
        for kind in kinds:
            if kind == SHARED_TEST:
                found += shared_test_requirements(self._graph.workspace, project)
            elif kind.startswith(SHARED):
                found.append(Requirement(kind.removeprefix(SHARED), kind, ROOT, kind))
        return tuple(found)

    def _shared_from_lock(
        self,
        project: Project,
        locked: Pins,
        shared: tuple[Requirement, ...],
        target: Target,
    ) -> tuple[tuple[Pin, ...], tuple[Requirement, ...]]:
        """Take what the root declares from the lock that the root shares with the project."""
        root = shared_root(self._graph.workspace, project)
        if root is None or root.lock is None or root.lock != project.lock:
            return locked.pins, shared
        own = set(root.metadata.requirements)
        kinds = tuple(sorted({each.kind for each in shared if each in own}))
        if not kinds:
            return locked.pins, shared
        found = pins_for(self._graph, root.name, kinds, self.lock(root.lock), target)
        if found.missing:
            return locked.pins, shared
        known = {pin.name for pin in locked.pins}
        pins = _sorted((*locked.pins, *(pin for pin in found.pins if pin.name not in known)))
        return pins, tuple(each for each in shared if each not in own)

    def _requirements(self, project: ProjectName, kinds: Sequence[Kind]) -> tuple[Requirement, ...]:
        closure = self._graph.closure(project, kinds)
        # A project that comes along as such is not taken from an index as well, though the lock
        # of another that comes along says so.
        reached = {name.partition("@")[0] for name in (project, *closure.internal)}
        return tuple(
            dict.fromkeys(
                requirement
                for _, requirement in closure.requirements
                if requirement.kind != BUILD and requirement.name not in reached
            )
        )

    def _resolve(
        self,
        project: Project,
        wanted: Iterable[Requirement],
        constraints: tuple[Pin, ...],
        target: Target,
        preferences: tuple[Pin, ...] = (),
    ) -> Pins:
        requirements = tuple(wanted)
        names = {each.name for each in requirements}
        request = Request(
            requirements=requirements,
            python_version=".".join(target.python_full_version.split(".")[:2]),
            constraints=constraints,
            preferences=preferences or self._compiled(requirements),
            exclude_names=self._internal_names - names,
            indexes=self._indexes(project),
            python_platform=_foreign(target),
        )
        kind: EventKind = "completing" if constraints or project.lock else "resolving"
        return resolve(
            request,
            self._tree.root,
            lambda: self._report(Event(kind, project.name, len(requirements))),
        )

    def _compiled(self, requirements: Iterable[Requirement]) -> tuple[Pin, ...]:
        """What files compiled from the `.in` files that declare something pin."""
        found: dict[str, Pin] = {}
        for declared_in in dict.fromkeys(each.declared_in for each in requirements):
            path = compiled_beside(self._tree, declared_in)
            for package in self.lock(path).packages if path is not None else ():
                if package.version is not None:
                    found.setdefault(package.name, Pin(package.name, package.version))
        return tuple(found.values())

    def _indexes(self, project: Project) -> tuple[Index, ...]:
        closure = self._graph.closure(project.name)
        return tuple(
            dict.fromkeys(
                index
                for name in (project.name, *closure.internal)
                for index in self._graph.projects[name].metadata.indexes
            )
        )


def _foreign(target: Target) -> str:
    """How uv names the platform of a target; empty where it is that of this machine."""
    known = dict(target.environment)
    machine = known.get("platform_machine", "")
    if known.get("sys_platform") != "linux" or (
        (sys.platform, platform.machine()) == ("linux", machine)
    ):
        return ""
    return f"{machine}-manylinux_2_36"


def _sorted(pins: Iterable[Pin]) -> tuple[Pin, ...]:
    return tuple(sorted(pins, key=lambda pin: pin.name))
