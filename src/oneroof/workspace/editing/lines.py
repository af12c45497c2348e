"""The line of a manifest on which the value of a dotted key stands."""

import ast
import bisect
import re
import tomllib
from functools import lru_cache

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.editing import cfg
from oneroof.workspace.editing.keys import Path, split_key
from oneroof.workspace.editing.spans import positions

_NUMBERED = re.compile(r"line (\d+)")


def find_line(path: RelPath, text: str, key: str) -> int | None:
    """The line, from 1, of a key, or of what is there of it; None where nothing is.

    Of a key that is missing, that is the line of the table it is missing in.
    """
    if match := _NUMBERED.match(key):
        return int(match[1])
    parts = split_key(key)
    if not parts:
        return None
    if path.endswith(".toml"):
        return _nearest(_toml_lines(text), parts)
    if paths.name(path) == "setup.cfg":
        return _nearest(cfg.lines_of(text), parts)
    return _nearest(_setup_lines(text), parts) if path.endswith(".py") else None


def _nearest(lines: dict[Path, int], parts: Path) -> int | None:
    for length in range(len(parts), 0, -1):
        if parts[:length] in lines:
            return lines[parts[:length]]
    return None


@lru_cache(maxsize=64)
def _toml_lines(text: str) -> dict[Path, int]:
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return {path: bisect.bisect(starts, offset) for path, offset in positions(text).items()}


@lru_cache(maxsize=64)
def _setup_lines(text: str) -> dict[Path, int]:
    """The lines of the keyword arguments that `setup` is called with, and of their items."""
    found: dict[Path, int] = {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for node in ast.walk(tree):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg is not None:
                _note(found, (keyword.arg,), keyword.value, keyword.value.lineno)
    return found


def _note(found: dict[Path, int], path: Path, value: ast.expr, line: int) -> None:
    found.setdefault(path, line)
    if isinstance(value, ast.List):
        for index, item in enumerate(value.elts):
            found.setdefault((*path, index), item.lineno)
    elif isinstance(value, ast.Dict):
        for name, item in zip(value.keys, value.values, strict=True):
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                _note(found, (*path, name.value), item, name.lineno)
