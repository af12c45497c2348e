"""The machines that some markers tell apart, and the marker that holds on just some of them.

A marker speaks of a few properties of machines. Along each of these axes the values that no
marker tells apart are one class, so that all machines there are come down to a small grid.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product

import msgspec

from oneroof.locks.target import Target
from oneroof.workspace.dialects.pep508 import parse_marker

Cell = tuple[int, ...]
"""The index of a class on each axis."""
Environment = Mapping[str, str]

PLATFORM, MACHINE, IMPLEMENTATION, PYTHON = range(4)
_OTHER = "another"
"""Stands for every value that no marker names."""
_SYSTEMS = {
    "linux": ("Linux", "posix"),
    "darwin": ("Darwin", "posix"),
    "win32": ("Windows", "nt"),
    "cygwin": ("CYGWIN", "posix"),
    "emscripten": ("Emscripten", "posix"),
    "java": ("Java", "java"),
}
_USUAL = ("linux", "darwin", "win32")
_USUAL_MACHINES = ("x86_64", "aarch64", "arm64", "AMD64", "armv7l", "i686")
_AXES = {
    "sys_platform": PLATFORM,
    "platform_system": PLATFORM,
    "os_name": PLATFORM,
    "platform_machine": MACHINE,
    "implementation_name": IMPLEMENTATION,
    "platform_python_implementation": IMPLEMENTATION,
    "python_version": PYTHON,
    "python_full_version": PYTHON,
    "implementation_version": PYTHON,
}
_OPERATOR = r"(?:===|==|~=|!=|<=|>=|<|>|not in|in)"
_ATOM = re.compile(
    rf'(?P<variable>[a-z_]+) {_OPERATOR} "(?P<value>[^"]*)"'
    rf'|"(?P<first>[^"]*)" {_OPERATOR} (?P<second>[a-z_]+)'
)
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_OLDEST = (3, 0, 0)

Version = tuple[int, int, int]


class Atom(msgspec.Struct, frozen=True):
    """One comparison of a marker."""

    text: str
    variable: str
    value: str
    is_reversed: bool = False
    """Whether the value stands first: `"arm" in platform_machine`."""


class Limits(msgspec.Struct, frozen=True):
    """Which machines count at all."""

    pythons: tuple[str, ...] = ()
    """Specifiers that all hold."""
    platform: str = ""
    """The one `sys_platform`, on CPython; empty: any."""
    machine: str = ""
    """The one `platform_machine`; empty: any."""


class Machines:
    """All machines that markers and specifiers tell apart."""

    def __init__(
        self,
        markers: Iterable[str],
        pythons: Iterable[str],
        limits: Limits = Limits(),  # noqa: B008  it is frozen
        tags: Callable[[str], Collection[str] | None] = lambda _: None,
    ) -> None:
        self._limits = limits
        self._tags = tags
        self._markers = tuple(dict.fromkeys(markers))
        atoms = dict.fromkeys(atom for each in self._markers for atom in find_atoms(each))
        self._atoms = [each for each in atoms if each.variable in _AXES]
        self._axes: dict[str, tuple[int, ...]] = {}
        self._held: dict[tuple[object, ...], bool] = {}
        self._specifiers = tuple(dict.fromkeys((*pythons, *limits.pythons)))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The grid; empty where no Python is left."""
        return tuple(product(*(range(len(axis)) for axis in self._classes)))

    def target(self, cell: Cell) -> Target:
        """A machine that stands for all of a cell."""
        environment: dict[str, str] = {}
        for axis, index in enumerate(cell):
            environment |= self._environment(axis, self._classes[axis][index][0])
        return Target.of(environment, self._tags(environment["python_full_version"]))

    def holds(self, cell: Cell, marker: str) -> bool:
        """Whether a marker is true on a cell; asked once for all that differ in other ways."""
        if marker not in self._axes:
            named = {_AXES.get(each.variable) for each in find_atoms(marker)}
            self._axes[marker] = tuple(sorted(axis for axis in named if axis is not None))
        key = (marker, *(cell[axis] for axis in self._axes[marker]))
        if key not in self._held:
            self._held[key] = self._targets[cell].holds(marker)
        return self._held[key]

    @cached_property
    def _targets(self) -> Mapping[Cell, Target]:
        return {cell: self.target(cell) for cell in self.cells}

    def marker(self, cells: Collection[Cell]) -> str:
        """The marker that holds on these cells and on no others; empty: on all."""
        wanted = frozenset(cells)
        if len(wanted) == len(self.cells):
            return ""
        made = parse_marker(self._render(wanted, PLATFORM)) or ""
        written = self._written.get(wanted, made)
        return made if len(made) <= len(written) else written

    @cached_property
    def _written(self) -> Mapping[frozenset[Cell], str]:
        """The shortest of the given markers for each set of cells."""
        texts = {parse_marker(each) or "" for each in self._markers if "extra" not in each}
        found: dict[frozenset[Cell], str] = {}
        for text in sorted(texts - {""}, key=lambda each: (len(each), each)):
            if all(each.variable in _AXES for each in find_atoms(text)):
                cells = frozenset(cell for cell in self.cells if self.holds(cell, text))
                found.setdefault(cells, text)
        return found

    def _render(self, cells: frozenset[Cell], axis: int) -> str:
        """Group the classes of an axis by what holds beyond it; empty: always."""
        if axis > PYTHON:
            return ""
        slices: dict[frozenset[Cell], list[int]] = {}
        for index in range(len(self._classes[axis])):
            beyond = frozenset(cell[1:] for cell in cells if cell[0] == index)
            if beyond:
                slices.setdefault(beyond, []).append(index)
        found = []
        for beyond, indexes in slices.items():
            here = self._condition(axis, indexes)
            rest = self._render(beyond, axis + 1)
            rest = f"({rest})" if here and " or " in rest else rest
            here = f"({here})" if rest and " or " in here else here
            found.append(" and ".join(filter(None, (here, rest))))
        return " or ".join(found)

    def _condition(self, axis: int, indexes: Sequence[int]) -> str:
        classes = self._classes[axis]
        if len(indexes) == len(classes):
            return ""
        if axis == PYTHON:
            return " or ".join(_interval(run, self._bounds) for run in _runs(indexes))
        name = ("sys_platform", "platform_machine", "implementation_name")[axis]
        inside = [value for index in indexes for value in classes[index]]
        if _OTHER not in inside:
            return " or ".join(f"{name} == '{value}'" for value in sorted(inside))
        outside = (v for i, values in enumerate(classes) if i not in indexes for v in values)
        return " and ".join(f"{name} != '{value}'" for value in sorted(outside))

    @cached_property
    def _classes(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """By axis, the values that nothing tells apart; of versions, neighbours only."""
        categories = (self._classify(axis) for axis in (PLATFORM, MACHINE, IMPLEMENTATION))
        return (*categories, tuple((each,) for each, _ in self._bounds_and_truth))

    def _classify(self, axis: int) -> tuple[tuple[str, ...], ...]:
        found: dict[tuple[bool, ...], list[str]] = {}
        for value in self._values(axis):
            found.setdefault(self._truth(axis, value), []).append(value)
        return tuple(map(tuple, found.values()))

    def _truth(self, axis: int, value: str) -> tuple[bool, ...]:
        target = Target.of(self._environment(axis, value))
        atoms = (each for each in self._atoms if _AXES[each.variable] == axis)
        return tuple(target.holds(each.text) for each in atoms)

    def _values(self, axis: int) -> Sequence[str]:
        named = [each for each in self._atoms if _AXES[each.variable] == axis]
        if axis == PLATFORM:
            if self._limits.platform:
                return (self._limits.platform,)
            by_name = {v: k for k, pair in _SYSTEMS.items() for v in pair if v != "posix"}
            values = [by_name.get(value, value) for each in named for value in _listed(each)]
            values = [each for each in values if each != "posix"]
            return tuple(dict.fromkeys((*_USUAL, *sorted(values), _OTHER)))
        values = sorted({value for each in named for value in _listed(each)})
        if axis == MACHINE:
            if self._limits.machine:
                return (self._limits.machine,)
            values = [*values, *(_USUAL_MACHINES if any(e.is_reversed for e in named) else ())]
        elif self._limits.platform:
            return ("cpython",)
        else:
            values = ["cpython", *({"PyPy": "pypy"}.get(v, v.lower()) for v in values)]
        return tuple(dict.fromkeys((*values, _OTHER)))

    @staticmethod
    def _environment(axis: int, value: str) -> dict[str, str]:
        if axis == PLATFORM:
            system, name = _SYSTEMS.get(value, (value, "posix"))
            return {"sys_platform": value, "platform_system": system, "os_name": name}
        if axis == MACHINE:
            return {"platform_machine": value}
        if axis == IMPLEMENTATION:
            label = {"cpython": "CPython", "pypy": "PyPy"}.get(value, value)
            return {"implementation_name": value, "platform_python_implementation": label}
        minor = ".".join(value.split(".")[:2])
        return {
            "python_version": minor,
            "python_full_version": value,
            "implementation_version": value,
        }

    @cached_property
    def _bounds_and_truth(self) -> list[tuple[str, Version]]:
        """The first version of each interval in which everything holds alike."""
        texts = [each.value for each in self._atoms if _AXES[each.variable] == PYTHON]
        bounds = {_OLDEST}
        for text in (*texts, *self._specifiers):
            for match in _VERSION.finditer(text):
                bounds |= set(_around(match[0]))
        found: list[tuple[str, Version]] = []
        last: tuple[bool, ...] | None = None
        for bound in sorted(each for each in bounds if each >= _OLDEST):
            value = ".".join(map(str, bound))
            target = Target.of(self._environment(PYTHON, value))
            truth = tuple(target.is_python(each) for each in self._specifiers)
            counts = all(target.is_python(each) for each in self._limits.pythons)
            truth = (counts, *truth, *self._truth(PYTHON, value))
            if counts and truth != last:
                found.append((value, bound))
            last = truth
        return found

    @property
    def _bounds(self) -> list[Version]:
        return [bound for _, bound in self._bounds_and_truth]


def find_atoms(marker: str) -> Iterator[Atom]:
    """The comparisons of a marker."""
    for match in _ATOM.finditer(parse_marker(marker) or ""):
        if match["variable"]:
            yield Atom(match[0], match["variable"], match["value"])
        else:
            yield Atom(match[0], match["second"], match["first"], is_reversed=True)


def _listed(atom: Atom) -> Sequence[str]:
    """The values an atom names; `platform_machine in "x86_64 aarch64"` names two."""
    return re.split(r"[\s,|]+", atom.value.strip()) if " in " in atom.text else (atom.value,)


def _around(text: str) -> Iterator[Version]:
    """The versions at which a comparison with this one may change its answer."""
    major, minor, micro = ([int(part) for part in text.split(".")[:3]] + [0, 0])[:3]
    yield major, minor, micro
    yield major, minor, micro + 1
    yield major, minor + 1, 0
    yield major + 1, 0, 0


def _runs(indexes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring indexes as first and last."""
    first = last = indexes[0]
    for each in indexes[1:]:
        if each != last + 1:
            yield first, last
            first = each
        last = each
    yield first, last


def _interval(run: tuple[int, int], bounds: Sequence[Version]) -> str:
    first, last = run
    found = [_compared(">=", bounds[first])] if first else []
    if last + 1 < len(bounds):
        found.append(_compared("<", bounds[last + 1]))
    return " and ".join(found)


def _compared(operator: str, bound: Version) -> str:
    major, minor, micro = bound
    if micro:
        return f"python_full_version {operator} '{major}.{minor}.{micro}'"
    return f"python_version {operator} '{major}.{minor}'"
