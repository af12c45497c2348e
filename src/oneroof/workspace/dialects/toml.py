"""TOML documents and typed access to their tables, wrong types noted with their dotted key."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from weakref import WeakKeyDictionary

from oneroof.errors import ConfigError, Problem
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree

Document = Mapping[str, object]
"""A parsed TOML document or one of its tables."""

_EMPTY: Document = MappingProxyType({})
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_read: WeakKeyDictionary[Tree, dict[RelPath, tuple[Document | None, tuple[Problem, ...]]]] = (
    WeakKeyDictionary()
)


def read_document(tree: Tree, path: RelPath) -> tuple[Document | None, tuple[Problem, ...]]:
    """A TOML file of the tree, parsed once per tree; None where it is absent or cannot be read."""
    known = _read.setdefault(tree, {})
    if path not in known:
        known[path] = _parse(tree, path) if path in tree else (None, ())
    return known[path]


@cache
def dotted(prefix: str, name: str) -> str:
    """A key below `prefix`, quoted where TOML wants it quoted."""
    quoted = name if _BARE_KEY.fullmatch(name) else '"' + name.replace('"', '\\"') + '"'
    return f"{prefix}.{quoted}" if prefix else quoted


class Table:
    """A TOML table at its place: what has the wrong type is noted as a problem and left out.

    The list of problems is shared by all tables of one reading.
    """

    __slots__ = ("key", "path", "problems", "values")

    def __init__(self, path: RelPath, values: Document, problems: list[Problem], key: str) -> None:
        self.path = path
        self.values = values
        self.problems = problems
        self.key = key

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __bool__(self) -> bool:
        return bool(self.values)

    def at(self, name: str) -> str:
        """The dotted key of the value under `name`."""
        return dotted(self.key, name)

    def note(self, name: str, message: str, *, hint: str = "", fatal: bool = False) -> None:
        """Note a problem with the value under `name`."""
        self.note_at(self.at(name), message, hint=hint, fatal=fatal)

    def note_at(self, key: str, message: str, *, hint: str = "", fatal: bool = False) -> None:
        """Note a problem with the value of a dotted key."""
        self.problems.append(Problem(self.path, message, key=key, hint=hint, fatal=fatal))

    def text(self, name: str) -> str | None:
        """A string, or None."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        self._expected(name, "a string", value)
        return None

    def flag(self, name: str) -> bool | None:
        """A boolean, or None."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return value
        self._expected(name, "a boolean", value)
        return None

    def table(self, *names: str) -> "Table":
        """A table below this one; empty where there is none."""
        key, values = self.key, self.values
        for name in names:
            key = dotted(key, name)
            value = values.get(name)
            if value is not None and not isinstance(value, dict):
                self.problems.append(wrong_type(self.path, key, "a table", value))
            values = value if isinstance(value, dict) else _EMPTY
        return Table(self.path, values, self.problems, key)

    def tables(self, name: str) -> list["Table"]:
        """An array of tables; one table alone counts as an array of one."""
        value = self.values.get(name)
        if isinstance(value, dict):
            return [self.table(name)]
        key = self.at(name)
        return [
            Table(self.path, item, self.problems, f"{key}[{place}]")
            for place, item in self._array(name, dict, "a table")
            if isinstance(item, dict)
        ]

    def texts(self, name: str) -> list[tuple[str, str]]:
        """An array of strings, each with its dotted key."""
        key = self.at(name)
        return [
            (f"{key}[{place}]", item)
            for place, item in self._array(name, str, "a string")
            if isinstance(item, str)
        ]

    def items(self) -> Iterator[tuple[str, str, object]]:
        """Each name, dotted key and value, in the order of the file."""
        for name, value in self.values.items():
            yield name, self.at(name), value

    def _array(self, name: str, wanted: type, expected: str) -> Iterator[tuple[int, object]]:
        value = self.values.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            self._expected(name, "an array", value)
            return
        for place, item in enumerate(value):
            if isinstance(item, wanted):
                yield place, item
            else:
                key = f"{self.at(name)}[{place}]"
                self.problems.append(wrong_type(self.path, key, expected, item))

    def _expected(self, name: str, expected: str, found: object) -> None:
        self.problems.append(wrong_type(self.path, self.at(name), expected, found))


def wrong_type(path: RelPath, key: str, expected: str, found: object) -> Problem:
    """The problem of a value that has another type than its place calls for."""
    return Problem(path, f"expected {expected}, found {_kind(found)}", key=key)


def unreadable(path: RelPath, error: ConfigError) -> Problem:
    """The problem of a file that could not be read at all."""
    message = error.message.removeprefix(f"{path}: ")
    return Problem(path, message, hint=error.hint, fatal=True)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"the number `{value}`"
    if isinstance(value, str):
        return f'the string `"{value}"`'
    if isinstance(value, list):
        return "an array"
    return "a table" if isinstance(value, dict) else f"`{value}`"


def _parse(tree: Tree, path: RelPath) -> tuple[Document | None, tuple[Problem, ...]]:
    import tomllib

    try:
        return tomllib.loads(tree.read_text(path)), ()
    except ConfigError as error:
        return None, (unreadable(path, error),)
    except RecursionError:
        return None, (Problem(path, "is nested too deeply to be read", fatal=True),)
    except ValueError as error:
        text = str(error)
        message = f"is not valid TOML: {text[:1].lower()}{text[1:]}"
        return None, (Problem(path, message, hint="mend the syntax there", fatal=True),)
