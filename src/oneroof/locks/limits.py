"""Releases known to break on Pythons that their metadata still admits.

Only facts about test runners belong here: every test of a project hangs on them, and their
`requires-python` has no upper bound.
"""

from collections.abc import Iterable

import msgspec

from oneroof.locks.model import Pin
from oneroof.locks.versions import are_disjoint, satisfies


class Limit(msgspec.Struct, frozen=True):
    """A package of which only late releases work on late Pythons."""

    package: str
    release: str
    """The first one that works."""
    python: str
    """The first Python on which those before it break."""


# https://docs.pytest.org/en/stable/changelog.html
LIMITS = (
    # Rewritten asserts of older releases lack positions that Python 3.10 demands (pytest #8539).
    Limit("pytest", "6.2.5", "3.10"),
    # Older releases look for `find_module`, which Python 3.12 removed (pytest #10875).
    Limit("pytest", "7.3.2", "3.12"),
)


def limit_of(package: str, specifier: str, python: str) -> Limit | None:
    """What keeps every version within a specifier from working on a Python; None: nothing known."""
    found = (
        each
        for each in LIMITS
        if each.package == package
        and satisfies(python, f">={each.python}")
        and are_disjoint(specifier, f">={each.release}")
    )
    # The one to tell is the last: it asks for the newest release.
    return max(found, key=LIMITS.index, default=None)


def find_broken(pins: Iterable[Pin], python: str) -> list[str]:
    """The pins known to break on a Python, in words."""
    return [
        f"{pin.name} {pin.version} breaks on Python {limit.python} and later"
        for pin in pins
        if pin.version is not None
        and (limit := limit_of(pin.name, f"=={pin.version}", python)) is not None
    ]
