"""Methods and attributes of plain values whose results are known statically."""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from oneroof.workspace.dialects.static.functions import Call, absolute, open_file
from oneroof.workspace.dialects.static.values import OpenFile, is_plain
from oneroof.workspace.layout.links import real_folder

_TEXT = frozenset(
    {
        "capitalize",
        "casefold",
        "count",
        "encode",
        "endswith",
        "find",
        "format",
        "index",
        "isalnum",
        "isalpha",
        "isdecimal",
        "isdigit",
        "isidentifier",
        "islower",
        "isnumeric",
        "isspace",
        "isupper",
        "join",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "replace",
        "rfind",
        "rindex",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "swapcase",
        "title",
        "upper",
    }
)
_BYTES = frozenset(
    {
        "decode",
        "endswith",
        "replace",
        "split",
        "splitlines",
        "startswith",
        "strip",
    }
)
_LIST = frozenset(
    {
        "append",
        "clear",
        "copy",
        "count",
        "extend",
        "index",
        "insert",
        "pop",
        "remove",
        "reverse",
        "sort",
    }
)
_DICT = frozenset(
    {
        "clear",
        "copy",
        "get",
        "items",
        "keys",
        "pop",
        "setdefault",
        "update",
        "values",
    }
)
_SET = frozenset(
    {
        "add",
        "clear",
        "copy",
        "difference",
        "discard",
        "intersection",
        "issubset",
        "issuperset",
        "remove",
        "union",
        "update",
    }
)
_MATCH = frozenset(
    {
        "end",
        "group",
        "groupdict",
        "groups",
        "start",
    }
)
_PATTERN = frozenset(
    {
        "findall",
        "fullmatch",
        "match",
        "search",
        "split",
        "sub",
    }
)
_PATH = frozenset(
    {
        "as_posix",
        "is_absolute",
        "joinpath",
        "match",
        "relative_to",
        "with_name",
        "with_suffix",
    }
)
_PATH_ATTRIBUTES = frozenset(
    {
        "name",
        "parent",
        "parts",
        "stem",
        "suffix",
    }
)
_METHODS: tuple[tuple[type, frozenset[str]], ...] = (
    (str, _TEXT),
    (bytes, _BYTES),
    (list, _LIST),
    (tuple, frozenset({"count", "index"})),
    (dict, _DICT),
    (set, _SET),
    (frozenset, _SET),
    (re.Match, _MATCH),
    (re.Pattern, _PATTERN),
    (PurePosixPath, _PATH),
)
# Methods that store what they are given: it need not be plain, later readers look.
_STORING = frozenset(
    {
        "add",
        "append",
        "clear",
        "copy",
        "extend",
        "get",
        "insert",
        "items",
        "keys",
        "pop",
        "reverse",
        "setdefault",
        "update",
        "values",
    }
)
# A width such as `{:999999999}` would make a text of that size.
_HUGE_WIDTH = re.compile(r"\d{5}")


def attribute(value: object, name: str, call: Call) -> object:
    """A data attribute of a plain value."""
    if isinstance(value, PurePosixPath):
        if name in _PATH_ATTRIBUTES:
            found: object = getattr(value, name)
            return found
        if name == "parents":
            return list(value.parents)
    if isinstance(value, OpenFile) and name == "name":
        return ""
    raise call.refuse()


def has_method(value: object, name: str) -> bool:
    """Whether the method is one whose result is known."""
    if isinstance(value, OpenFile):
        return name in {"read", "readlines", "readline", "close"}
    if isinstance(value, PurePosixPath) and name in _PATH_READS:
        return True
    return any(isinstance(value, kind) and name in known for kind, known in _METHODS)


def call_method(value: object, name: str, call: Call) -> object:
    """The result of a method of a plain value.

    Raises:
        NotStatic: it is not known.
    """
    if isinstance(value, OpenFile):
        return _file_method(value, name)
    if isinstance(value, PurePosixPath) and name in _PATH_READS:
        return _PATH_READS[name](value, call)
    if not has_method(value, name):
        raise call.refuse()
    if name not in _STORING and not all(map(is_plain, (*call.arguments, *call.keywords.values()))):
        raise call.refuse()
    if isinstance(value, str) and name == "format" and _HUGE_WIDTH.search(value):
        raise call.refuse()
    arguments = [item.lines() if isinstance(item, OpenFile) else item for item in call.arguments]
    method: Callable[..., object] = getattr(value, name)
    if isinstance(value, dict) and name in _VIEWS:
        return list(_VIEWS[name](value))
    return method(*arguments, **call.keywords)


_VIEWS: Mapping[str, Callable[[dict[object, object]], Iterable[object]]] = {
    "items": lambda held: held.items(),
    "keys": lambda held: held.keys(),
    "values": lambda held: held.values(),
}


def _file_method(file: OpenFile, name: str) -> object:
    if name == "read":
        return file.read()
    lines = file.lines()
    if name == "readline":
        return lines[0] if lines else ""
    return lines if name == "readlines" else None


def _read_text(path: PurePosixPath, call: Call) -> object:
    return open_file(call, str(path)).read()


def _read_bytes(path: PurePosixPath, call: Call) -> object:
    return open_file(call, str(path), binary=True).read()


def _open(path: PurePosixPath, call: Call) -> object:
    mode = call.get(0, "mode", "r")
    if not isinstance(mode, str) or set(mode) & set("wax+"):
        raise call.refuse()
    return open_file(call, str(path), binary="b" in mode)


def _resolve(path: PurePosixPath, call: Call) -> object:
    return PurePosixPath(absolute(call, str(path)))


def _exists(path: PurePosixPath, call: Call) -> object:
    found = call.workspace_path(str(path))
    return found in call.tree or real_folder(call.tree, found) is not None


def _is_file(path: PurePosixPath, call: Call) -> object:
    return call.workspace_path(str(path)) in call.tree


def _is_dir(path: PurePosixPath, call: Call) -> object:
    return real_folder(call.tree, call.workspace_path(str(path))) is not None


def _as_uri(path: PurePosixPath, call: Call) -> object:
    if not path.is_absolute():
        raise call.refuse()
    return f"file://{posixpath.normpath(str(path))}"


_PATH_READS: Mapping[str, Callable[[PurePosixPath, Call], object]] = {
    "read_text": _read_text,
    "read_bytes": _read_bytes,
    "open": _open,
    "resolve": _resolve,
    "absolute": _resolve,
    "expanduser": lambda path, _: path,
    "exists": _exists,
    "is_file": _is_file,
    "is_dir": _is_dir,
    "as_uri": _as_uri,
}
