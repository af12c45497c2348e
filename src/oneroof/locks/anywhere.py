"""The pins of a project on any machine: each with the marker that says where it is needed."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from oneroof.errors import Problem
from oneroof.locks.closure import pins_for
from oneroof.locks.machines import Cell, Limits, Machines, find_atoms
from oneroof.locks.members import members_of
from oneroof.locks.model import Lock, LockedDependency, LockedFile, LockedPackage, Pin, Pins
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Kind, ProjectName

_ELSEWHERE = "it holds it for other platforms"


class Placed(msgspec.Struct, frozen=True):
    """A pin, where it is needed, and all that the lock knows of its files."""

    pin: Pin
    marker: str = ""
    """Empty: everywhere."""
    files: tuple[LockedFile, ...] = ()


class Spread(msgspec.Struct, frozen=True):
    """What a project gets on all the machines that count."""

    placed: tuple[Placed, ...]
    """Sorted by name and version."""
    internal: tuple[ProjectName, ...]
    """Projects of the workspace that come along, sorted."""
    problems: tuple[Problem, ...] = ()


class Wanted(msgspec.Struct, frozen=True):
    """Whose pins are asked for, of which kinds, from which lock."""

    graph: Graph
    project: ProjectName
    kinds: tuple[Kind, ...]
    lock: Lock


def pins_anywhere(
    wanted: Wanted,
    limits: Limits,
    tags: Callable[[str], Collection[str] | None] = lambda _: None,
) -> Spread:
    """What the lock installs for some kinds of a project, wherever that is.

    The closure is walked once for each kind of machine that the lock tells apart. `tags` are the
    wheel tags a Python accepts, where the machine is given.
    """
    markers, pythons = _tests(wanted)
    machines = Machines(markers, pythons, limits, tags)
    if not machines.cells:
        listed = " and ".join(f"`{each}`" for each in limits.pythons)
        problem = Problem(
            wanted.lock.path, f"there is no Python that satisfies {listed}", fatal=True
        )
        return Spread((), (), (problem,))
    found = _walk(wanted, machines, markers, pythons)
    served = {cell: pins for cell, pins in found.items() if not _is_elsewhere(pins)}
    return _spread(wanted, machines, served or found)


def _walk(
    wanted: Wanted, machines: Machines, markers: Sequence[str], pythons: Sequence[str]
) -> dict[Cell, Pins]:
    """The pins on each kind of machine; those for whom all markers hold alike get the same."""
    plain = [each for each in markers if "extra" not in each]
    atoms = sorted(
        {
            atom.text
            for each in markers
            if "extra" in each
            for atom in find_atoms(each)
            if not atom.variable.startswith(("extra", "dependency"))
        }
    )
    known: dict[tuple[object, ...], Pins] = {}
    found = {}
    for cell in machines.cells:
        target = machines.target(cell)
        truth = (
            *(machines.holds(cell, each) for each in (*plain, *atoms)),
            *(target.is_python(each) for each in pythons),
            target.tags,
        )
        if truth not in known:
            known[truth] = pins_for(wanted.graph, wanted.project, wanted.kinds, wanted.lock, target)
        found[cell] = known[truth]
    return found


def _is_elsewhere(pins: Pins) -> bool:
    """Whether the lock was made for other machines only."""
    return bool(pins.missing) and all(e.reason.startswith(_ELSEWHERE) for e in pins.missing)


def _spread(wanted: Wanted, machines: Machines, cells: dict[Cell, Pins]) -> Spread:
    where: dict[Pin, list[Cell]] = {}
    problems: dict[Problem, None] = {}
    internal = set(wanted.graph.closure(wanted.project, wanted.kinds).internal)
    is_partial = not all(pins.missing for pins in cells.values())
    for cell, pins in cells.items():
        internal |= set(pins.internal)
        problems |= dict.fromkeys(pins.problems)
        problems |= dict.fromkeys(_missing(wanted.lock, pins, is_partial=is_partial))
        for pin in pins.pins:
            # Who asks differs from machine to machine, what is installed does not.
            where.setdefault(msgspec.structs.replace(pin, reasons=()), []).append(cell)
    placed = [
        Placed(
            pin,
            "" if len(found) == len(cells) else machines.marker(found),
            _files(wanted.lock, pin),
        )
        for pin, found in where.items()
    ]
    placed.sort(key=lambda each: (each.pin.name, each.pin.version or "", each.pin.requirement))
    return Spread(tuple(placed), tuple(sorted(internal - {wanted.project})), tuple(problems))


def _missing(lock: Lock, pins: Pins, *, is_partial: bool) -> Iterator[Problem]:
    for each in pins.missing:
        message = f"`{each.requirement.pep508}` of `{each.project}` is not met: {each.reason}"
        hint = f"run `oneroof lock {each.project}`"
        hint += ", or say with `--python` or `--platform` what it is for" if is_partial else ""
        yield Problem(lock.path, message, hint=hint, fatal=True)


def _files(lock: Lock, pin: Pin) -> tuple[LockedFile, ...]:
    for package in lock.by_name.get(pin.name, ()):
        if (package.version, package.source) == (pin.version, pin.source):
            return package.files
    return ()


def _tests(wanted: Wanted) -> tuple[list[str], list[str]]:
    """All markers and Python specifiers that may decide what is reached; rather too many."""
    lock = wanted.lock
    closure = wanted.graph.closure(wanted.project, wanted.kinds)
    markers = [requirement.marker for _, requirement in closure.requirements]
    pythons = [lock.requires_python]
    waiting = deque(requirement.name for _, requirement in closure.requirements)
    members = members_of(wanted.graph, lock)
    for internal in (wanted.project, *closure.internal):
        entry = members.entry(internal)
        waiting += [] if entry is None else [entry.name]
    if not lock.has_edges:
        waiting += lock.by_name
    seen: set[str] = set()
    while waiting:
        name = waiting.popleft()
        if name in seen:
            continue
        seen.add(name)
        packages = lock.by_name.get(name, ())
        for package in packages:
            markers += [package.marker, *(edge.marker for edge in package.dependencies)]
            # Which of several versions is meant may depend on the Python.
            pythons += [package.requires_python] if len(packages) > 1 else []
            waiting += map(_name, package.dependencies)
    return _unique(markers), _unique(pythons)


def _name(edge: LockedDependency | LockedPackage) -> str:
    return edge.name


def _unique(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, texts)))
