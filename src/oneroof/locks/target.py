"""What pins are for: a marker environment (PEP 508) and the wheel tags it supports."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import msgspec

from oneroof.locks.versions import satisfies

if TYPE_CHECKING:
    from packaging.markers import Marker

_EXTRA = re.compile(r"""\bextra\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)")""")
_ALWAYS = "python_version >= '0'"
_NEVER = "python_version < '0'"


class Target(msgspec.Struct, frozen=True):
    """An interpreter on a platform, as markers and wheel tags describe it."""

    environment: tuple[tuple[str, str], ...]
    """The PEP 508 variables, sorted by name, without `extra`."""
    tags: frozenset[str] | None = None
    """The supported wheel tags, `cp311-cp311-manylinux_2_28_x86_64`; None where unknown."""

    @classmethod
    def of(cls, environment: Mapping[str, str], tags: Iterable[str] | None = None) -> "Target":
        """A target from a mapping, such as an interpreter reports it."""
        known = sorted((name, value) for name, value in environment.items() if name != "extra")
        return cls(tuple(known), None if tags is None else frozenset(tags))

    @property
    def python_full_version(self) -> str:
        """`3.11.7`."""
        return dict(self.environment)["python_full_version"]

    def describe(self) -> str:
        """The target in a few words, for messages."""
        known = dict(self.environment)
        name = known.get("implementation_name", "python")
        platform = f"{known.get('sys_platform', '')} {known.get('platform_machine', '')}".strip()
        return f"{name} {known['python_full_version']} on {platform}" if platform else name

    def holds(
        self,
        marker: str,
        extras: Collection[str] = (),
        groups: Collection[str] = (),
    ) -> bool:
        """Whether a marker is true here; several extras may be active at once."""
        if not marker:
            return True
        if "extras" in marker or "dependency_groups" in marker:
            return _holds(marker, self.environment, frozenset(extras), frozenset(groups))
        # Only what a marker names can change its answer, so that most have one for everyone.
        named = _extras_named(marker)
        return _holds(marker, self.environment, named.intersection(extras), frozenset())

    def is_python(self, specifier: str) -> bool:
        """Whether the interpreter satisfies a `requires-python`; a malformed one is ignored."""
        return not specifier or satisfies(self.python_full_version, specifier)

    def accepts_wheel(self, filename: str) -> bool:
        """Whether a wheel can be installed here; true where the tags are unknown."""
        if self.tags is None:
            return True
        return any(tag in self.tags for tag in _wheel_tags(filename))


@lru_cache(maxsize=4096)
def is_possible(marker: str, requires_python: str) -> bool:
    """Whether a marker can be true at all on a Python that a lock is made for."""
    if not marker:
        return True
    return any(
        target.is_python(requires_python) and target.holds(marker, _extras_named(marker))
        for target in _common_targets()
    )


@lru_cache(maxsize=16384)
def _extras_named(marker: str) -> frozenset[str]:
    if "extra" not in marker:
        return frozenset()
    return frozenset(match[2] or match[3] or "" for match in _EXTRA.finditer(marker))


@lru_cache(maxsize=1)
def _common_targets() -> tuple[Target, ...]:
    """Every Python on the usual platforms; the last patch stands for its minor version."""
    platforms = [
        ("linux", "Linux", "posix", "x86_64"),
        ("linux", "Linux", "posix", "aarch64"),
        ("darwin", "Darwin", "posix", "arm64"),
        ("darwin", "Darwin", "posix", "x86_64"),
        ("win32", "Windows", "nt", "AMD64"),
        ("emscripten", "Emscripten", "posix", "wasm32"),
    ]
    implementations = [("cpython", "CPython"), ("pypy", "PyPy")]
    return tuple(
        Target.of(
            {
                "python_version": f"{major}.{minor}",
                "python_full_version": f"{major}.{minor}.{patch}",
                "sys_platform": sys_platform,
                "platform_system": system,
                "os_name": os_name,
                "platform_machine": machine,
                "implementation_name": name,
                "platform_python_implementation": label,
            }
        )
        for major, minors in ((2, (7,)), (3, range(4, 20)))
        for minor in minors
        for patch in (0, 20)
        for sys_platform, system, os_name, machine in platforms
        for name, label in implementations
    )


@lru_cache(maxsize=65536)
def _holds(
    text: str,
    environment: tuple[tuple[str, str], ...],
    extras: frozenset[str],
    groups: frozenset[str],
) -> bool:
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    marker = _parse(with_extras(text, extras))
    if marker is None:
        return True
    known: dict[str, str | frozenset[str]] = dict(environment)
    known |= {"extras": extras, "dependency_groups": groups}
    try:
        return marker.evaluate(known, context="lock_file")
    except (UndefinedComparison, UndefinedEnvironmentName):
        return True


def with_extras(text: str, extras: Collection[str]) -> str:
    """Put truth in the place of each comparison with `extra`.

    PEP 508 knows one `extra` at a time; locks compare it as if it were a set (uv's conflicts,
    Poetry's extras of the root).
    """

    def replace(match: re.Match[str]) -> str:
        name = match[2] if match[2] is not None else match[3]
        return _ALWAYS if (name in extras) == (match[1] == "==") else _NEVER

    return _EXTRA.sub(replace, text) if "extra" in text else text


@lru_cache(maxsize=16384)
def _parse(text: str) -> "Marker | None":
    from packaging.markers import InvalidMarker, Marker

    try:
        return Marker(text)
    except InvalidMarker:
        return None


def _wheel_tags(filename: str) -> Iterable[str]:
    """The tags of a wheel's file name, expanded; thousands are asked, so taken apart by hand."""
    parts = filename.removesuffix(".whl").rsplit("-", 3)[1:]
    expanded = product(*(part.split(".") for part in parts))
    return ("-".join(tag) for tag in expanded)
