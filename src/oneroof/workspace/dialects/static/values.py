"""The values a static reading knows beside Python's own constants and containers."""

import ast
import posixpath
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TypeGuard

import msgspec

from oneroof import paths
from oneroof.paths import RelPath

MACHINE_ROOT = "/oneroof-workspace"
"""Stands for the folder of the workspace on a machine, where code asks for absolute paths."""

_LONGEST_TEXT = 70


class Unknown(msgspec.Struct, frozen=True):
    """What is not static: the expression that could not be read, and its line."""

    text: str
    line: int

    def __str__(self) -> str:
        place = f" (line {self.line})" if self.line else ""
        return f"`{self.text}`{place}"


class NotStatic(Exception):  # noqa: N818 - a fact about the code read, no error
    """An expression has no value that can be known without running it."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(str(unknown))
        self.unknown = unknown


class MissingFile(NotStatic):
    """Code reads a file that is not in the workspace."""


class Raised(NotStatic):
    """Code raises an exception of its own."""


class Reference(msgspec.Struct, frozen=True):
    """Something imported or built in, by its full name: `os.path.join`, `builtins.open`."""

    name: str


class Frame(msgspec.Struct, eq=False):
    """Names with their values; those of a function's body look further in `parent`."""

    names: dict[str, object] = msgspec.field(default_factory=dict)
    parent: "Frame | None" = None
    folder: RelPath = paths.ROOT
    """The folder of the module, for relative imports."""
    global_names: set[str] = msgspec.field(default_factory=set)

    @property
    def module(self) -> "Frame":
        """The frame of the module all of this stands in."""
        frame = self
        while frame.parent is not None:
            frame = frame.parent
        return frame

    def assign(self, name: str, value: object) -> None:
        """Bind a name here, or in the module where it is declared global."""
        frame = self.module if name in self.global_names else self
        frame.names[name] = value

    def find(self, name: str) -> "Frame | None":
        """The frame that binds the name."""
        frame: Frame | None = self
        while frame is not None and name not in frame.names:
            frame = frame.parent
        return frame


class Function(msgspec.Struct, frozen=True, eq=False):
    """A function or lambda of the file itself."""

    node: ast.FunctionDef | ast.Lambda
    frame: Frame


class Namespace(msgspec.Struct, frozen=True, eq=False):
    """An imported module of the workspace."""

    names: Mapping[str, object]
    path: RelPath


class OpenFile(msgspec.Struct, frozen=True, eq=False):
    """A file opened for reading."""

    content: bytes
    binary: bool

    def read(self) -> str | bytes:
        """All of it."""
        if self.binary:
            return self.content
        return self.content.decode("utf-8-sig", "replace").replace("\r\n", "\n")

    def lines(self) -> list[str] | list[bytes]:
        """Its lines with their ends."""
        content = self.read()
        if isinstance(content, bytes):
            return content.splitlines(keepends=True)
        return content.splitlines(keepends=True)


def unknown(node: ast.AST, text: str = "") -> Unknown:
    """What stands at `node`, as it is shown to the user."""
    shown = " ".join((text or ast.unparse(node)).split())
    if len(shown) > _LONGEST_TEXT:
        shown = shown[:_LONGEST_TEXT] + "…"
    return Unknown(shown, getattr(node, "lineno", 0))


def is_plain(value: object) -> bool:
    """Whether a value, with all it holds, is Python's own data."""
    if value is None or isinstance(value, str | int | float | bytes | PurePosixPath | range):
        return True
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(is_plain(key) and is_plain(held) for key, held in value.items())
    return False


def is_path(value: object) -> TypeGuard[str | PurePosixPath]:
    """Whether a value can name a file."""
    return isinstance(value, str | PurePosixPath)


def machine_path(path: RelPath) -> str:
    """Where code would see a path of the workspace."""
    return MACHINE_ROOT if path == paths.ROOT else f"{MACHINE_ROOT}/{path}"


def workspace_path(folder: RelPath, text: str) -> RelPath | None:
    """The path of the workspace that code running in `folder` means; None: it leaves it."""
    full = posixpath.normpath(posixpath.join(machine_path(folder), text))
    if full == MACHINE_ROOT:
        return paths.ROOT
    if full.startswith(f"{MACHINE_ROOT}/"):
        return RelPath(full[len(MACHINE_ROOT) + 1 :])
    return None
