"""The functions of the standard library and setuptools whose results are known statically."""

import ast
import json
import posixpath
import re
import textwrap
import tomllib
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from pathlib import PurePosixPath

import msgspec

from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.dialects.static.values import (
    MissingFile,
    NotStatic,
    OpenFile,
    Unknown,
    is_path,
    is_plain,
    machine_path,
    unknown,
    workspace_path,
)
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.layout.setuptools_find import Filter, find_packages
from oneroof.workspace.tree import Tree

LARGEST = 10_000
"""The largest number of items, or repetitions, that is worked out."""


class Call(msgspec.Struct, frozen=True):
    """One call of a known function, with its evaluated arguments."""

    tree: Tree
    folder: RelPath
    """The folder the code runs in."""
    node: ast.AST
    """Where the call stands."""
    arguments: tuple[object, ...]
    keywords: Mapping[str, object]

    def refuse(self) -> NotStatic:
        """The exception for a call whose result is not known."""
        return NotStatic(unknown(self.node))

    def get(self, position: int, keyword: str = "", default: object = None) -> object:
        """An argument given by position or keyword."""
        if position < len(self.arguments):
            return self.arguments[position]
        return self.keywords.get(keyword, default) if keyword else default

    def path(self, position: int = 0, keyword: str = "") -> str:
        """An argument that names a file."""
        value = self.get(position, keyword)
        if not is_path(value):
            raise self.refuse()
        return str(value)

    def names(self, position: int, keyword: str) -> tuple[str, ...] | None:
        """An argument that is a name or several; None where it is left out."""
        value = self.get(position, keyword)
        if value is None:
            return None
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(str(item) for item in value)
        raise self.refuse()

    def workspace_path(self, text: str) -> RelPath:
        """The path of the workspace code means."""
        path = workspace_path(self.folder, text)
        if path is None:
            raise self.refuse()
        return path


def open_file(call: Call, text: str, *, binary: bool = False) -> OpenFile:
    """Read a file of the workspace as code would."""
    path = call.workspace_path(text)
    if path not in call.tree:
        missing = Unknown(f"{path} does not exist", getattr(call.node, "lineno", 0))
        raise MissingFile(missing)
    try:
        return OpenFile(call.tree.read_bytes(path), binary)
    except ConfigError:
        raise call.refuse() from None


def absolute(call: Call, text: str) -> str:
    """`os.path.abspath`, as seen from the folder the code runs in."""
    return posixpath.normpath(posixpath.join(machine_path(call.folder), text))


def _open(call: Call) -> object:
    mode = call.get(1, "mode", "r")
    if not isinstance(mode, str) or set(mode) & set("wax+"):
        raise call.refuse()
    return open_file(call, call.path(0, "file"), binary="b" in mode)


def _codecs_open(call: Call) -> object:
    mode = call.get(1, "mode", "r")
    if not isinstance(mode, str) or set(mode) & set("wax+"):
        raise call.refuse()
    encoding = call.get(2, "encoding")
    return open_file(call, call.path(0), binary="b" in mode and encoding is None)


def _exists(call: Call) -> object:
    path = call.workspace_path(call.path())
    return path in call.tree or real_folder(call.tree, path) is not None


def _is_file(call: Call) -> object:
    return call.workspace_path(call.path()) in call.tree


def _is_dir(call: Call) -> object:
    return real_folder(call.tree, call.workspace_path(call.path())) is not None


def _join(call: Call) -> object:
    return posixpath.join(*(call.path(index) for index in range(len(call.arguments))))


def _getenv(call: Call) -> object:
    """A variable that no task declares is not set."""
    return call.get(1, "default")


def _find_packages(call: Call, *, namespaces: bool) -> object:
    where = call.get(0, "where", ".")
    if not is_path(where):
        raise call.refuse()
    chosen = Filter(
        include=call.names(2, "include") or ("*",),
        exclude=call.names(1, "exclude") or (),
        namespaces=namespaces,
    )
    return find_packages(call.tree, call.workspace_path(str(where)), chosen)


def _literal(call: Call) -> object:
    text = call.get(0)
    if not isinstance(text, str):
        raise call.refuse()
    value: object = ast.literal_eval(text.strip())
    return value


def _load(parse: Callable[[str], object]) -> Callable[[Call], object]:
    def load(call: Call) -> object:
        source = call.get(0)
        if isinstance(source, OpenFile):
            source = source.read()
        if isinstance(source, bytes):
            source = source.decode()
        if not isinstance(source, str):
            raise call.refuse()
        return parse(source)

    return load


def _path(call: Call) -> object:
    return PurePosixPath(*(call.path(index) for index in range(len(call.arguments))))


def _requirement_lines(call: Call) -> object:
    source = call.get(0)
    lines = source.splitlines() if isinstance(source, str) else source
    if isinstance(source, OpenFile):
        lines = source.lines()
    if not isinstance(lines, list):
        raise call.refuse()
    stripped = (str(line).partition(" #")[0].strip() for line in lines)
    return [line for line in stripped if line and not line.startswith("#")]


def _sum(call: Call) -> object:
    items, start = call.get(0), call.get(1, "start", 0)
    if isinstance(items, list | tuple) and isinstance(start, list):
        return list(chain(start, *items))
    if isinstance(items, list | tuple) and isinstance(start, int):
        return sum(item for item in items if isinstance(item, int)) + start
    raise call.refuse()


def _range(call: Call) -> object:
    numbers = [number for number in call.arguments if isinstance(number, int)]
    made = range(*numbers)
    if len(made) > LARGEST:
        raise call.refuse()
    return list(made)


def _pure(function: Callable[..., object]) -> Callable[[Call], object]:
    """A function of data alone, applied to data alone."""

    def apply(call: Call) -> object:
        arguments = [
            value.lines() if isinstance(value, OpenFile) else value for value in call.arguments
        ]
        if not all(map(is_plain, arguments)) or not all(map(is_plain, call.keywords.values())):
            raise call.refuse()
        return function(*arguments, **call.keywords)

    return apply


def _listed(function: Callable[..., Iterable[object]]) -> Callable[[Call], object]:
    """A pure function whose result is an iterator."""

    def collect(*arguments: object, **keywords: object) -> object:
        return list(function(*arguments, **keywords))

    return _pure(collect)


def _unchanged(call: Call) -> object:
    return call.get(0)


_PURE_BUILTINS: Mapping[str, Callable[..., object]] = {
    "len": len,
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "min": min,
    "max": max,
    "any": any,
    "all": all,
    "repr": repr,
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
    "sorted": sorted,
}

CONSTANTS: Mapping[str, object] = {
    "os.curdir": ".",
    "os.linesep": "\n",
    "os.pardir": "..",
    "os.path.sep": "/",
    "os.sep": "/",
    # A wheel is what the file is read for.
    "sys.argv": ["setup.py", "bdist_wheel"],
    **{
        f"re.{name}": int(getattr(re, name))
        for name in (
            "A",
            "ASCII",
            "DOTALL",
            "I",
            "IGNORECASE",
            "M",
            "MULTILINE",
            "S",
            "VERBOSE",
            "X",
        )
    },
}

KNOWN: Mapping[str, Callable[[Call], object]] = {
    **{f"builtins.{name}": _pure(function) for name, function in _PURE_BUILTINS.items()},
    "builtins.enumerate": _listed(enumerate),
    "builtins.zip": _listed(zip),
    "builtins.reversed": _listed(lambda items: reversed(list(items))),
    "builtins.range": _range,
    "builtins.sum": _sum,
    "builtins.open": _open,
    "builtins.print": lambda _: None,
    "builtins.compile": _unchanged,
    "io.open": _open,
    "codecs.open": _codecs_open,
    "itertools.chain": _listed(chain),
    "itertools.chain.from_iterable": _listed(chain.from_iterable),
    "ast.literal_eval": _literal,
    "json.load": _load(json.loads),
    "json.loads": _load(json.loads),
    "tomllib.load": _load(tomllib.loads),
    "tomllib.loads": _load(tomllib.loads),
    "tomli.load": _load(tomllib.loads),
    "tomli.loads": _load(tomllib.loads),
    "os.getenv": _getenv,
    "os.environ.get": _getenv,
    "os.getcwd": lambda call: machine_path(call.folder),
    "os.chdir": lambda _: None,
    "os.fspath": lambda call: call.path(),
    "os.path.join": _join,
    "os.path.dirname": lambda call: posixpath.dirname(call.path()),
    "os.path.basename": lambda call: posixpath.basename(call.path()),
    "os.path.splitext": lambda call: posixpath.splitext(call.path()),
    "os.path.split": lambda call: posixpath.split(call.path()),
    "os.path.normpath": lambda call: posixpath.normpath(call.path()),
    "os.path.abspath": lambda call: absolute(call, call.path()),
    "os.path.realpath": lambda call: absolute(call, call.path()),
    "os.path.relpath": lambda call: posixpath.relpath(
        absolute(call, call.path()), absolute(call, str(call.get(1, "start", ".")))
    ),
    "os.path.exists": _exists,
    "os.path.isfile": _is_file,
    "os.path.isdir": _is_dir,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "pathlib.Path.cwd": lambda call: PurePosixPath(machine_path(call.folder)),
    "pkg_resources.parse_requirements": _requirement_lines,
    "setuptools.find_packages": lambda call: _find_packages(call, namespaces=False),
    "setuptools.find_namespace_packages": lambda call: _find_packages(call, namespaces=True),
    "setuptools.PEP420PackageFinder.find": lambda call: _find_packages(call, namespaces=True),
    "textwrap.dedent": _pure(textwrap.dedent),
    **{
        f"re.{name}": _pure(getattr(re, name))
        for name in ("search", "match", "fullmatch", "findall", "sub", "split", "escape")
    },
    "re.compile": _pure(re.compile),
    "collections.OrderedDict": _pure(dict),
    "warnings.warn": lambda _: None,
}
