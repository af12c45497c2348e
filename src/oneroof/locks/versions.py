"""Versions compared with specifiers (PEP 440), each pair once."""

from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=65536)
def satisfies(version: str, specifier: str) -> bool:
    """Whether a version lies within a specifier; where either is malformed, that counts as yes."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    if not specifier:
        return True
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


@lru_cache(maxsize=65536)
def same_specifier(one: str, other: str) -> bool:
    """Whether two specifiers say the same, however they are written."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return one == other or SpecifierSet(one) == SpecifierSet(other)
    except InvalidSpecifier:
        return False


@lru_cache(maxsize=65536)
def are_disjoint(one: str, other: str) -> bool:
    """Whether no version lies within both specifiers; where it cannot be told, that is a no."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(one).is_disjoint(SpecifierSet(other))
    except (InvalidSpecifier, ValueError):
        return False


def newest(versions: Iterable[str]) -> str:
    """The highest of some versions; malformed ones stand below all others."""
    from packaging.version import InvalidVersion, Version

    def order(text: str) -> tuple[bool, Version, str]:
        try:
            return True, Version(text), text
        except InvalidVersion:
            return False, Version("0"), text

    return max(versions, key=order)
