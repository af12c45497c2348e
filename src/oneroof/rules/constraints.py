"""Whether a requirement is there to hold a version that something else asks for."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_EXACT = frozenset({"==", "===", "!="})
_LOWER = frozenset({">=", ">", "~="})


def constrains(specifier: str, others: Sequence[str]) -> bool:
    """Whether a bound is tighter than those with which others ask for the same distribution.

    An upper bound beside a lower one is habit, and alone a constraint.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if not others or not specifier:
        return False
    try:
        own = SpecifierSet(specifier)
        asked = [SpecifierSet(each) for each in others]
    except InvalidSpecifier:
        return True
    if any(each.operator in _EXACT for each in own):
        return True
    lowest = _lower([own])
    if lowest is None:
        return True
    known = _lower(asked)
    return known is None or lowest > known


def _lower(sets: "Iterable[SpecifierSet]") -> "Version | None":
    from packaging.version import Version

    found = [Version(each.version) for one in sets for each in one if each.operator in _LOWER]
    return max(found, default=None)
