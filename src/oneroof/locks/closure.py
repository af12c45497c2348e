"""The exact pins of one project for one target, from the lock that governs it.

The project graph gives the requirements, those of internal projects included; the lock gives
the version of each and what it brings along. An internal project is never a pin, unless the
lock itself takes it from an index.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from oneroof.errors import Problem
from oneroof.locks.declared import is_locked
from oneroof.locks.members import Members, members_of
from oneroof.locks.model import (
    Lock,
    LockedDependency,
    LockedPackage,
    Missing,
    Pin,
    Pins,
)
from oneroof.locks.target import Target
from oneroof.locks.versions import newest, satisfies
from oneroof.workspace.graph import WORK, Facet, Graph
from oneroof.workspace.model import BUILD, MAIN, Kind, ProjectName, Requirement, extra


def pins_for(
    graph: Graph, project: ProjectName, kinds: Collection[Kind], lock: Lock, target: Target
) -> Pins:
    """What the lock installs for some kinds of a project on a target.

    Build requirements are no part of an environment: they count only where `kinds` holds
    `build`, and no lock has them.
    """
    walk = _Walk(graph, project, frozenset(kinds), lock, target)
    walk.add_facets(project, kinds)
    if not lock.has_edges:
        walk.add_everything()
    walk.run()
    return walk.pins()


@dataclass(slots=True)
class _Walk:
    graph: Graph
    project: ProjectName
    kinds: frozenset[Kind]
    lock: Lock
    target: Target
    members: Members = field(init=False)
    facets: set[Facet] = field(default_factory=set)
    internal: set[ProjectName] = field(default_factory=set)
    found: set[ProjectName] = field(default_factory=set)
    """Internal projects that only the lock knows to be needed."""
    from_index: set[str] = field(default_factory=set)
    roots: deque[tuple[ProjectName, Requirement]] = field(default_factory=deque)
    chosen: dict[LockedPackage, set[str]] = field(default_factory=dict)
    """The packages reached, and who asks for each."""
    walked: set[tuple[LockedPackage, str]] = field(default_factory=set)
    waiting: deque[tuple[LockedPackage, str]] = field(default_factory=deque)
    """Packages whose edges are still to be followed, base (empty) or for one extra."""
    missing: dict[tuple[str, str], Missing] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    extras: frozenset[str] = frozenset()
    """What markers may call an active `extra`: the root's own, and uv's names of conflicts."""
    groups: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.members = members_of(self.graph, self.lock)

    def add_facets(self, project: ProjectName, kinds: Iterable[Kind]) -> None:
        """Walk what the project graph knows about some kinds of a project."""
        closure = self.graph.closure(project, kinds)
        self.facets |= closure.facets
        self.internal |= {facet[0] for facet in closure.facets}
        for owner, requirement in closure.requirements:
            if requirement.kind != BUILD or BUILD in self.kinds:
                self.roots.append((owner, requirement))
        self._activate()

    def _activate(self) -> None:
        names: set[str] = set()
        for project, kind in self.facets:
            for each in self._spelled_out(project, kind):
                prefix, _, name = each.partition(":")
                own = project.partition("@")[0]
                if project == self.project and prefix == "extra":
                    names.add(name)
                prefix = "project" if each == MAIN else prefix
                tail = f"-{name}" if name else ""
                names.add(f"{prefix}-{len(own)}-{own}{tail}")
        self.extras = frozenset(names)
        own_kinds = [
            each
            for project, kind in self.facets
            if project == self.project
            for each in self._spelled_out(project, kind)
        ]
        self.groups = frozenset(
            each.removeprefix("group:") for each in own_kinds if each.startswith("group:")
        )

    def _spelled_out(self, project: ProjectName, kind: Kind) -> Collection[Kind]:
        if kind != WORK:
            return (kind,)
        requirements = self.graph.projects[project].metadata.requirements
        return {MAIN, *(each.kind for each in requirements)}

    def add_everything(self) -> None:
        """Take every package whose marker holds, as locks without edges want it."""
        for packages in self.lock.by_name.values():
            fitting = [each for each in packages if self._holds(each.marker)]
            if fitting:
                self._reach(self._best(fitting), (), str(self.lock.path))

    def run(self) -> None:
        """Follow requirements and edges until nothing new turns up."""
        while self.roots or self.waiting:
            if self.roots:
                self._follow_root(*self.roots.popleft())
                continue
            package, name = self.waiting.popleft()
            wanted = extra(name) if name else MAIN
            for edge in package.dependencies:
                if edge.kind == wanted and self._holds(edge.marker, name):
                    self._follow_edge(package, edge)

    def _holds(self, marker: str, *extras: str) -> bool:
        if "extra" not in marker:
            return self.target.holds(marker, (), self.groups)
        return self.target.holds(marker, self.extras.union(filter(None, extras)), self.groups)

    def _follow_root(self, owner: ProjectName, requirement: Requirement) -> None:
        if not self.target.holds(requirement.marker, (requirement.kind.removeprefix("extra:"),)):
            return
        edges, reason = self._root_edges(owner, requirement)
        for edge in edges:
            outcome = self._choose(edge, specifier=_specifier(requirement))
            if isinstance(outcome, LockedPackage):
                self._reach(outcome, requirement.extras, owner)
            else:
                reason = outcome
        if reason:
            self.missing[requirement.name, requirement.pep508] = Missing(owner, requirement, reason)

    def _root_edges(
        self, owner: ProjectName, requirement: Requirement
    ) -> tuple[Sequence[LockedDependency], str]:
        """The edges a requirement has in the lock, or why there is none."""
        entry = self.members.entry(owner)
        if entry is None or self.lock.format != "uv":
            return (LockedDependency(requirement.name, extras=requirement.extras),), ""
        edges = [
            edge
            for edge in entry.dependencies
            if edge.name == requirement.name and edge.kind == requirement.kind
        ]
        if not edges:
            if requirement.name in self.lock.overrides:
                return (), ""
            if not is_locked(requirement):
                return (LockedDependency(requirement.name, extras=requirement.extras),), ""
            return (), f"its entry of `{owner}` does not know it"
        here = [edge for edge in edges if self._holds(edge.marker)]
        return here, "" if here else "it holds it for other platforms or extras only"

    def _follow_edge(self, package: LockedPackage, edge: LockedDependency) -> None:
        outcome = self._choose(edge, specifier=edge.specifier)
        if isinstance(outcome, LockedPackage):
            self._reach(outcome, edge.extras, package.name)
            return
        requirement = Requirement(
            edge.name,
            MAIN,
            self.lock.path,
            f"package.{package.name}",
            edge.specifier,
            edge.extras,
        )
        if edge.name in self.members.internal_names:
            self._reach_internal(self.members.named(edge.name), edge.extras)
            return
        key = (requirement.name, requirement.pep508)
        self.missing.setdefault(key, Missing(self.project, requirement, outcome))

    def _choose(self, edge: LockedDependency, *, specifier: str) -> LockedPackage | str:
        """The package an edge leads to, or why there is none."""
        candidates = self.lock.by_name.get(edge.name, ())
        if not candidates:
            return "it does not hold it"
        if edge.version is not None:
            candidates = tuple(
                each
                for each in candidates
                if each.version == edge.version and edge.source in {None, each.source}
            )
            if not candidates:
                return f"it refers to {edge.version}, which it does not hold"
        if edge.name not in self.lock.overrides:
            fitting = [each for each in candidates if _fits(each, specifier)]
            if not fitting:
                held = ", ".join(sorted({each.version or "" for each in candidates}))
                return f"it holds {held}"
            candidates = tuple(fitting)
        return self._best(candidates)

    def _best(self, candidates: Sequence[LockedPackage]) -> LockedPackage:
        """Of several versions, the one meant for this target; a test that none passes is void."""
        if len(candidates) == 1:
            return candidates[0]
        by_marker = [each for each in candidates if self._holds(each.marker)]
        candidates = by_marker or candidates
        by_python = [each for each in candidates if self.target.is_python(each.requires_python)]
        candidates = by_python or candidates
        if len(candidates) == 1:
            return candidates[0]
        highest = newest(each.version or "" for each in candidates)
        return next(each for each in candidates if (each.version or "") == highest)

    def _reach(self, package: LockedPackage, extras: Iterable[str], by: str) -> None:
        project = self.members.project_of(package)
        if project is not None:
            self._reach_internal(project, extras)
            return
        if package.name in self.members.internal_names:
            project = self.members.named(package.name)
            if project in self.internal:
                self._note_shadowed(package, project)
                return
            self.from_index.add(package.name)
        self.chosen.setdefault(package, set()).add(by)
        for name in ("", *extras):
            if (package, name) not in self.walked:
                self.walked.add((package, name))
                self.waiting.append((package, name))

    def _reach_internal(self, project: ProjectName, extras: Iterable[str]) -> None:
        kinds = [MAIN, *map(extra, extras)]
        if project == self.project and kinds == [MAIN]:
            return
        if all(Facet((project, kind)) in self.facets for kind in kinds):
            return
        before = set(self.internal)
        self.add_facets(project, kinds)
        self.found |= self.internal - before - {self.project}

    def _note_shadowed(self, package: LockedPackage, project: ProjectName) -> None:
        message = (
            f"`{package.name}` {package.version} is taken from an index, although "
            f"`{self.project}` uses the project of that name; the project is used"
        )
        hint = f"run `oneroof lock {self.project}`"
        problem = Problem(self.lock.path, message, key=f"package.{project}", hint=hint)
        if problem not in self.problems:
            self.problems.append(problem)

    def pins(self) -> Pins:
        """What was found, once `run` is through."""
        by_name: dict[str, list[LockedPackage]] = {}
        for package in self.chosen:
            by_name.setdefault(package.name, []).append(package)
        kept = [self._one(name, packages) for name, packages in sorted(by_name.items())]
        self.problems += self._wrong_python()
        self.problems += self._unusable(kept)
        return Pins(
            tuple(self._pin(package) for package in kept),
            self.lock.path,
            tuple(self.missing.values()),
            tuple(sorted(self.found)),
            tuple(sorted(self.from_index)),
            tuple(self.problems),
        )

    def _one(self, name: str, packages: list[LockedPackage]) -> LockedPackage:
        if len(packages) == 1:
            return packages[0]
        versions = sorted({each.version or "?" for each in packages})
        best = self._best(packages)
        message = (
            f"`{self.project}` would need `{name}` as {' and '.join(versions)} at once, because "
            f"extras or groups of it conflict; {best.version} is used"
        )
        self.problems.append(Problem(self.lock.path, message, key=f"package.{name}"))
        return best

    def _pin(self, package: LockedPackage) -> Pin:
        hashes = sorted({each.hash for each in package.files if each.hash})
        reasons = tuple(sorted(self.chosen[package]))
        return Pin(package.name, package.version, package.source, tuple(hashes), reasons)

    def _wrong_python(self) -> Iterator[Problem]:
        if not self.target.is_python(self.lock.requires_python):
            version = self.target.python_full_version
            message = f"is made for Python `{self.lock.requires_python}`, not for {version}"
            yield Problem(self.lock.path, message)

    def _unusable(self, packages: Iterable[LockedPackage]) -> Iterator[Problem]:
        for package in packages:
            names = [each.filename for each in package.files]
            wheels = [name for name in names if name.endswith(".whl")]
            if not wheels or len(wheels) < len(names):
                continue
            if not any(self.target.accepts_wheel(name) for name in wheels):
                message = (
                    f"`{package.name}` {package.version} has no wheel for "
                    f"{self.target.describe()} and no source distribution"
                )
                yield Problem(self.lock.path, message, key=f"package.{package.name}", fatal=True)


def _specifier(requirement: Requirement) -> str:
    """What the locked version must satisfy; a direct source is its own version."""
    direct = any(source.kind != "index" for source in requirement.sources)
    return "" if direct else requirement.specifier


def _fits(package: LockedPackage, specifier: str) -> bool:
    if package.version is None or package.source.kind != "registry":
        return True
    return satisfies(package.version, specifier)
