"""What keeps a project from running on a Python that somebody asks about."""

from collections.abc import Iterator, Mapping

import msgspec

from oneroof.errors import Problem
from oneroof.locks.closure import pins_for
from oneroof.locks.limits import limit_of
from oneroof.locks.model import Lock, LockedPackage, Pin
from oneroof.locks.pythons import RELEASED, admits, with_wheels
from oneroof.locks.target import Target
from oneroof.rules.pythons import key_of
from oneroof.rules.ways import Way, way_to_pin, ways_from
from oneroof.workspace.development import SHARED, work_kinds
from oneroof.workspace.graph import WORK, Graph
from oneroof.workspace.model import BUILD, MAIN, Kind, Project, ProjectName


class Question(msgspec.Struct, frozen=True):
    """A Python, and the platform it would be on."""

    python: str
    """As it was asked for: `3.12`, or `3.12.1`."""
    target: Target

    @property
    def platform(self) -> str:
        """The interpreter and its platform in a few words."""
        known = dict(self.target.environment)
        return f"cpython {self.python} on {known['sys_platform']} {known['platform_machine']}"

    def is_before(self, specifier: str) -> bool:
        """Whether all the Pythons that a specifier admits come later."""
        minor = int(self.python.split(".")[1])
        return not any(admits(specifier, f"3.{each}") for each in range(minor + 1)) and any(
            admits(specifier, each) for each in RELEASED
        )


def find_blocks(
    graph: Graph, project: Project, lock: Lock | None, question: Question
) -> Iterator[Problem]:
    """What a project declares, needs and pins that excludes a Python; development counts.

    Of a project that is for later Pythons only this is said.
    """
    own = project.metadata.requires_python
    excludes = not admits(own, question.python)
    if excludes:
        message = f"{project.name} itself requires Python `{own}`, which excludes {question.python}"
        yield Problem(project.metadata.manifests[0], message, key_of(project))
        if question.is_before(own):
            return
    ways = ways_from(graph, project.name, (WORK,))
    narrower = list(_narrower(graph, project, ways, question))
    yield from narrower
    if lock is None:
        yield from _declared(graph, project, ways, question)
        return
    if not (excludes or narrower or admits(lock.requires_python, question.python)):
        message = f"is made for Python `{lock.requires_python}`, which excludes {question.python}"
        yield Problem(lock.path, message, hint=f"run `oneroof lock {project.name}`")
    yield from _pinned(graph, project, lock, ways, question)


def _narrower(
    graph: Graph, project: Project, ways: Mapping[ProjectName, Way], question: Question
) -> Iterator[Problem]:
    """The first projects on each way that exclude the Python."""
    for name, way in sorted(ways.items()):
        between = (graph.projects[each].metadata.requires_python for each in way.projects[1:-1])
        needed = graph.projects[name]
        if (
            name != project.name
            and not admits(needed.metadata.requires_python, question.python)
            and all(admits(each, question.python) for each in between)
            and all(map(question.target.holds, way.markers))
        ):
            message = (
                f"{name} requires Python `{needed.metadata.requires_python}`, which excludes "
                f"{question.python}: {way}"
            )
            yield Problem(needed.metadata.manifests[0], message, key_of(needed))


def _pinned(
    graph: Graph,
    project: Project,
    lock: Lock,
    ways: Mapping[ProjectName, Way],
    question: Question,
) -> Iterator[Problem]:
    told: set[str] = set()
    for kinds in _together(graph, project):
        pins = pins_for(graph, project.name, kinds, lock, question.target).pins
        for pin in pins:
            reason, hint = _why_not(pin, _package(lock, pin), question)
            if reason and pin.requirement not in told:
                told.add(pin.requirement)
                way = " -> ".join(way_to_pin(pins, pin.name, ways))
                message = f"`{pin.name}` {pin.version} {reason}: {way}"
                yield Problem(lock.path, message, f"package.{pin.name}", hint)


def _together(graph: Graph, project: Project) -> list[tuple[Kind, ...]]:
    """What a project declares, in sets that can be installed together."""
    members = (project.name, *graph.closure(project.name, (WORK,)).internal)
    if not any(graph.projects[name].metadata.conflicts for name in members):
        return [(WORK,)]
    work = tuple(k for k in work_kinds(graph.workspace, project) if not k.startswith(SHARED))
    kinds = {each.kind for each in project.metadata.requirements} - {*work, BUILD}
    return [work, *((MAIN, kind) for kind in sorted(kinds))]


def _package(lock: Lock, pin: Pin) -> LockedPackage:
    """The package of a lock that a pin was made from."""
    return next(
        each
        for each in lock.by_name[pin.name]
        if (each.version, each.source) == (pin.version, pin.source)
    )


def _why_not(pin: Pin, package: LockedPackage, question: Question) -> tuple[str, str]:
    """Why a pin cannot be had, or does not work, and what mends it; empty where all is well."""
    python = question.python
    lock_another = f"lock a release of {pin.name} for Python {python}"
    if not admits(package.requires_python, python):
        return f"requires Python `{package.requires_python}`, which excludes {python}", lock_another
    accepts = question.target.accepts_wheel
    if with_wheels(package) is not None and not any(map(accepts, _names(package))):
        return f"has no wheel for {question.platform} and no source distribution", lock_another
    limit = limit_of(pin.name, f"=={pin.version}", python) if pin.version else None
    if limit is not None:
        return f"breaks on Python {limit.python} and later", f"lock {limit.release} or later"
    return "", ""


def _names(package: LockedPackage) -> Iterator[str]:
    return (each.filename for each in package.files)


def _declared(
    graph: Graph, project: Project, ways: Mapping[ProjectName, Way], question: Question
) -> Iterator[Problem]:
    """Requirements that no lock pins, of which every release is known to break."""
    for owner, each in graph.closure(project.name, (WORK,)).requirements:
        limit = limit_of(each.name, each.specifier, question.python)
        if limit is not None and question.target.holds(each.marker):
            message = (
                f"`{each.name}{each.specifier}` breaks on Python {limit.python} and later: "
                f"{ways[owner]} -> {each.name}"
            )
            yield Problem(each.declared_in, message, each.key, f"ask for {limit.release} or later")
