"""Where everything stands in a TOML text: the offsets of tables, keys, values and items.

Only for texts that `tomllib` has read: what is no TOML is not noticed here.
"""

import re
import tomllib
from collections.abc import Iterator

import msgspec

from oneroof.workspace.editing.keys import Path

_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_BLANK = re.compile(r"[ \t]*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PLAIN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]*"
    r"|[^\s,\]}#]+",
    re.DOTALL,
)


class Value(msgspec.Struct, frozen=True):
    """A value, from its first character to behind its last."""

    start: int
    end: int
    items: "tuple[Value, ...] | None" = None
    """Of an array."""
    pairs: "tuple[Pair, ...] | None" = None
    """Of an inline table."""


class Pair(msgspec.Struct, frozen=True):
    """`key = value`."""

    keys: tuple[str, ...]
    """The parts of the key as it stands there."""
    start: int
    key_end: int
    value: Value


class Section(msgspec.Struct, frozen=True):
    """A header with what stands below it; the first one has none."""

    path: Path
    """With the index of each array of tables."""
    start: int
    """Where the header's line begins."""
    body: int
    """Where the line after the header begins."""
    end: int
    """Where the next header's line begins."""
    pairs: tuple[Pair, ...]


def read_sections(text: str) -> tuple[Section, ...]:
    """All sections of a TOML text, in its order."""
    return tuple(_Reader(text).sections())


def value_at(text: str, path: Path) -> Value | None:
    """The value at a path of names and indexes; None where there is none, or it is a table."""
    for section in read_sections(text):
        depth = len(section.path)
        if section.path == path[:depth] and (found := _among(section.pairs, path[depth:])):
            return found
    return None


def _among(pairs: tuple[Pair, ...], path: Path) -> Value | None:
    for pair in pairs:
        length = len(pair.keys)
        if pair.keys == path[:length] and (found := _within(pair.value, path[length:])):
            return found
    return None


def _within(value: Value, path: Path) -> Value | None:
    if not path:
        return value
    if isinstance(index := path[0], int):
        items = value.items or ()
        return _within(items[index], path[1:]) if index < len(items) else None
    return _among(value.pairs or (), path)


def positions(text: str) -> dict[Path, int]:
    """The offset of every table, key and item, by its path; of what is there twice, the first."""
    found: dict[Path, int] = {}
    for section in read_sections(text):
        for length in range(1, len(section.path) + 1):
            found.setdefault(section.path[:length], section.start)
        for pair in section.pairs:
            _add(found, section.path, pair)
    return found


def _add(found: dict[Path, int], above: Path, pair: Pair) -> None:
    for length in range(1, len(pair.keys) + 1):
        found.setdefault((*above, *pair.keys[:length]), pair.start)
    path = (*above, *pair.keys)
    for index, item in enumerate(pair.value.items or ()):
        found.setdefault((*path, index), item.start)
        for inside in item.pairs or ():
            _add(found, (*path, index), inside)
    for inside in pair.value.pairs or ():
        _add(found, path, inside)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._counts: dict[Path, int] = {}
        """How many tables each array of tables has so far."""

    def sections(self) -> Iterator[Section]:
        path: Path = ()
        start = body = 0
        while True:
            pairs = []
            while self._skip(_SPACE) < len(self._text) and self._text[self._place] != "[":
                pairs.append(self._pair())
            end = self._text.rfind("\n", 0, self._place) + 1
            if self._place >= len(self._text):
                yield Section(path, start, body, len(self._text), tuple(pairs))
                return
            yield Section(path, start, body, end, tuple(pairs))
            start = end
            path = self._header()
            line_end = self._text.find("\n", self._place)
            body = len(self._text) if line_end < 0 else line_end + 1

    def _header(self) -> Path:
        is_array = self._text.startswith("[[", self._place)
        self._place += 2 if is_array else 1
        names = self._keys()
        self._place += 2 if is_array else 1
        path: Path = ()
        for place, name in enumerate(names):
            path = (*path, name)
            is_last = place == len(names) - 1
            if is_array and is_last:
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _keys(self) -> tuple[str, ...]:
        names = []
        while True:
            self._skip(_BLANK)
            match = _KEY.match(self._text, self._place)
            if match is None:
                break
            names.append(_name(match[0]))
            self._place = match.end()
            self._skip(_BLANK)
            if not self._text.startswith(".", self._place):
                break
            self._place += 1
        return tuple(names)

    def _pair(self) -> Pair:
        start = self._place
        keys = self._keys()
        key_end = self._place
        while self._text[key_end - 1] in " \t":
            key_end -= 1
        self._place = self._text.index("=", self._place) + 1
        self._skip(_BLANK)
        return Pair(keys, start, key_end, self._value())

    def _value(self) -> Value:
        start = self._place
        opening = self._text[start]
        if opening == "[":
            items = []
            self._place += 1
            while self._text[self._skip(_SPACE)] != "]":
                items.append(self._value())
                if self._text[self._skip(_SPACE)] == ",":
                    self._place += 1
            self._place += 1
            return Value(start, self._place, items=tuple(items))
        if opening == "{":
            pairs = []
            self._place += 1
            while self._text[self._skip(_SPACE)] != "}":
                pairs.append(self._pair())
                if self._text[self._skip(_SPACE)] == ",":
                    self._place += 1
            self._place += 1
            return Value(start, self._place, pairs=tuple(pairs))
        match = _PLAIN.match(self._text, start)
        self._place = start + 1 if match is None else match.end()
        return Value(start, self._place)

    def _skip(self, what: re.Pattern[str]) -> int:
        match = what.match(self._text, self._place)
        if match is not None:
            self._place = match.end()
        return self._place


def _name(written: str) -> str:
    """A part of a key as it is meant."""
    if written[0] not in "\"'":
        return written
    return next(iter(tomllib.loads(f"{written} = 0")))
