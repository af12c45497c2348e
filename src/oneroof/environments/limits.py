"""Releases known to break on Pythons that their metadata still admits.

Only facts about test runners belong here: every test of a project hangs on them, and their
`requires-python` has no upper bound. Each names the release that first supports the Python.
"""

from collections.abc import Iterable

from oneroof.locks.model import Pin
from oneroof.locks.versions import satisfies

# https://docs.pytest.org/en/stable/changelog.html
FIRST_SUPPORTED = (
    # Rewritten asserts of older releases lack positions that Python 3.10 demands (pytest #8539).
    ("pytest", "6.2.5", "3.10"),
    # Older releases look for `find_module`, which Python 3.12 removed (pytest #10875).
    ("pytest", "7.3.2", "3.12"),
)


def find_broken(pins: Iterable[Pin], python: str) -> list[str]:
    """The pins known to break on a Python, each with what would mend it, in words."""
    found = []
    for pin in pins:
        for name, release, first_python in FIRST_SUPPORTED:
            if (
                pin.name == name
                and pin.version is not None
                and satisfies(pin.version, f"<{release}")
                and satisfies(python, f">={first_python}")
            ):
                found.append(f"{name} {pin.version} breaks on Python {first_python} and later")
                break
    return found
