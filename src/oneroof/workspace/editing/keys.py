"""Dotted keys of problems and requirements, taken apart: `tool.poetry.group."my.one"[2]`."""

import re

Path = tuple[str | int, ...]
"""The names and indexes that lead to a value."""

_PART = re.compile(r'\.?(?:"((?:[^"\\]|\\.)*)"|([^.\[\]"]+))|\[(\d+)\]|\["([^"]*)"\]')


def split_key(key: str) -> Path:
    """The parts of a dotted key, as far as it is one."""
    parts: list[str | int] = []
    place = 0
    while place < len(key) and (match := _PART.match(key, place)):
        quoted, bare, index, named = match.groups()
        if index is not None:
            parts.append(int(index))
        else:
            parts.append(quoted.replace('\\"', '"') if quoted is not None else bare or named or "")
        place = match.end()
    return tuple(parts)


def names_of(key: str) -> tuple[str, ...]:
    """The parts of a dotted key without its indexes."""
    return tuple(part for part in split_key(key) if isinstance(part, str))
