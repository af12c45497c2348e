"""Which Pythons a `requires-python`, or the files of a locked package, admit. Pure."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from oneroof.locks.model import LockedPackage
from oneroof.locks.target import Target
from oneroof.locks.versions import satisfies

RELEASED = tuple(f"3.{minor}" for minor in range(6, 15))
"""The minor versions of CPython there are, oldest first: what is to come is not judged."""
_PATCHES = range(31)
_LATE_PATCH = 20
_CPYTHON = re.compile(r"cp3(\d+)")
_ANY = re.compile(r"py3(\d*)")


@lru_cache(maxsize=4096)
def admitted(specifier: str) -> frozenset[str]:
    """The released minor versions that a specifier admits."""
    return frozenset(minor for minor in RELEASED if admits(specifier, minor))


@lru_cache(maxsize=16384)
def admits(specifier: str, python: str) -> bool:
    """Whether a specifier admits a Python: of a minor version any of its patch releases will do.

    So does one that is empty or malformed.
    """
    minor = python.count(".") == 1
    versions = [f"{python}.{patch}" for patch in _PATCHES] if minor else [python]
    return not specifier or any(satisfies(version, specifier) for version in versions)


def is_open_ended(specifier: str) -> bool:
    """Whether a specifier sets no upper bound below the next major version."""
    return satisfies("3.999", specifier)


def late_patch(minor: str) -> str:
    """A patch release to stand for a minor version."""
    return f"{minor}.{_LATE_PATCH}"


@lru_cache(maxsize=64)
def linux(minor: str) -> Target:
    """A late patch release of a minor version on Linux, with no regard to wheel tags.

    The same on every machine, for answers that must not depend on where they are asked.
    """
    full = late_patch(minor)
    return Target.of(
        {
            "implementation_name": "cpython",
            "implementation_version": full,
            "os_name": "posix",
            "platform_machine": "x86_64",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": full,
            "python_version": minor,
            "sys_platform": "linux",
        }
    )


def in_order(minors: Iterable[str]) -> tuple[str, ...]:
    """Minor versions, oldest first."""
    return tuple(sorted(minors, key=lambda minor: int(minor.partition(".")[2])))


def in_words(minors: Collection[str]) -> str:
    """`3.9`, `3.9 and 3.10`, `3.9 to 3.12`."""
    ordered = in_order(minors)
    places = [RELEASED.index(each) for each in ordered]
    if len(ordered) > 2 and places == list(range(places[0], places[-1] + 1)):  # noqa: PLR2004
        return f"{ordered[0]} to {ordered[-1]}"
    return " and ".join(filter(None, (", ".join(ordered[:-1]), ordered[-1])))


def with_wheels(package: LockedPackage) -> frozenset[str] | None:
    """The minor versions a package has wheels for, on any platform; None: it can be built too."""
    names = [each.filename for each in package.files]
    if not names or not all(each.is_wheel for each in package.files):
        return None
    return frozenset(minor for name in names for minor in _of_wheel(name))


@lru_cache(maxsize=16384)
def _of_wheel(filename: str) -> frozenset[str]:
    """The minor versions that the tags in a wheel's name admit; all where it has none."""
    match filename.removesuffix(".whl").rsplit("-", 3):
        case [_, pythons, abis, _]:
            pass
        case _:
            return frozenset(RELEASED)
    found: set[int] = set()
    newest = int(RELEASED[-1].partition(".")[2])
    for tag in pythons.split("."):
        if (exact := _CPYTHON.fullmatch(tag)) is not None:
            first = int(exact[1])
            found.update(range(first, newest + 1) if "abi3" in abis.split(".") else (first,))
        elif (least := _ANY.fullmatch(tag)) is not None:
            found.update(range(int(least[1] or 0), newest + 1))
    return frozenset(f"3.{minor}" for minor in found) & frozenset(RELEASED)
