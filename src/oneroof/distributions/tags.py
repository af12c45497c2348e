"""The tags of one wheel that holds the files of several: what all of them run on (PEP 425)."""

import re
from collections.abc import Iterable

from packaging.tags import Tag

_VERSION = re.compile(r"([a-z]+)(\d)(\d*)")
_LEGACY = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_LINUX = re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(.+)")


def unite_tags(wheels: Iterable[frozenset[Tag]]) -> frozenset[Tag]:
    """The tags of what several wheels all run on; empty where there is nothing."""
    united: frozenset[Tag] | None = None
    for tags in wheels:
        if united is None:
            united = tags
        else:
            pairs = ((one, other) for one in united for other in tags)
            united = frozenset(tag for pair in pairs if (tag := _both(*pair)) is not None)
    return united or frozenset()


def compress(tags: frozenset[Tag]) -> str:
    """Tags as the name of a wheel has them: a part for each of the three places.

    Where they are not all combinations of these, those of the first interpreter only.
    """
    parts = [{each.interpreter for each in tags}, {each.abi for each in tags}]
    parts.append({each.platform for each in tags})
    if len(parts[0]) * len(parts[1]) * len(parts[2]) != len(tags):
        first = min(tags, key=str)
        parts = [{first.interpreter}, {first.abi}, {first.platform}]
    return "-".join(".".join(sorted(part)) for part in parts)


def _both(one: Tag, other: Tag) -> Tag | None:
    """A tag for what runs on both; None where nothing does."""
    platform = _platform(one.platform, other.platform)
    if platform is None:
        return None
    if one.abi == other.abi and one.abi == "none" and one.interpreter == other.interpreter:
        return Tag(one.interpreter, "none", platform)
    for exact, loose in ((one, other), (other, one)):
        if _admits(loose, exact):
            return Tag(exact.interpreter, exact.abi, platform)
    return None


def _admits(loose: Tag, exact: Tag) -> bool:
    """Whether an interpreter for which `exact` was made runs what `loose` is for."""
    here, there = _VERSION.fullmatch(exact.interpreter), _VERSION.fullmatch(loose.interpreter)
    if here is None or there is None:
        return loose.interpreter == exact.interpreter and loose.abi in {exact.abi, "none"}
    if here[2] != there[2] or there[1] not in {here[1], "py"}:
        return False
    later = int(here[3] or 0) >= int(there[3] or 0)
    if loose.abi == "none":
        return later if there[1] == "py" else here[3] == there[3]
    if loose.abi == "abi3":
        return later and exact.abi != "none"
    return (loose.interpreter, loose.abi) == (exact.interpreter, exact.abi)


def _platform(one: str, other: str) -> str | None:
    if other in {one, "any"}:
        return one
    if one == "any":
        return other
    first, second = _linux(one), _linux(other)
    if first is None or second is None or (first[0], first[3]) != (second[0], second[3]):
        return None
    return one if first[1:3] >= second[1:3] else other


def _linux(platform: str) -> tuple[str, int, int, str] | None:
    """Family, version and machine; a plain `linux` is newer than any version of manylinux."""
    if match := _LINUX.fullmatch(platform):
        return match[1], int(match[2]), int(match[3]), match[4]
    name, _, machine = platform.partition("_")
    if name in _LEGACY:
        return ("manylinux", *_LEGACY[name], machine)
    return ("manylinux", 1_000, 0, machine) if name == "linux" else None
