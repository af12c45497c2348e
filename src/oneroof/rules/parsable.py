"""Which files Python can parse: each content is tried once, and what passed is remembered."""

import ast
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof import __version__
from oneroof.disk import keep, recall
from oneroof.imports.scan import is_read
from oneroof.imports.sharing import shared
from oneroof.paths import RelPath
from oneroof.rules.parsed import code_of
from oneroof.workspace.git import Blob, blob_identity

_FORMAT = f"1 {__version__} {sys.version}"
_PART = 50
_PASSED, _PASSED_NOW, _FAILED = b"+", b"~", b"-"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    format: str
    passed: frozenset[str]


def find_suspects(
    root: Path, files: Mapping[RelPath, Blob], memory: Path | None
) -> frozenset[RelPath]:
    """The Python files and notebooks that cannot be parsed, or not be read.

    `memory` is a file of the cache: contents of which it knows that they pass are not tried again.
    """
    keys = {
        path: _key(path, blob) for path, blob in files.items() if is_read(path) and not blob.is_link
    }
    kept = recall(memory, _Kept) if memory is not None else None
    known = kept.passed if kept is not None and kept.format == _FORMAT else frozenset()
    asked = [path for path, key in keys.items() if key not in known]
    parts = [asked[start : start + _PART] for start in range(0, len(asked), _PART)]
    results = shared(len(parts), lambda number: _try_all(root, parts[number], files))
    told = dict(zip(asked, (bytes((each,)) for each in b"".join(results)), strict=True))
    failed = frozenset(path for path, result in told.items() if result == _FAILED)
    passed = frozenset(
        key for path, key in keys.items() if key in known or told.get(path) == _PASSED
    )
    if memory is not None and passed != known:
        keep(memory, _Kept(_FORMAT, passed))
    return failed


def _key(path: RelPath, blob: Blob) -> str:
    return f"{blob.identity}{'n' if path.endswith('.ipynb') else ''}"


def _try_all(root: Path, part: Sequence[RelPath], files: Mapping[RelPath, Blob]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return b"".join(_try(root, path, files[path].identity) for path in part)


def _try(root: Path, path: RelPath, identity: str) -> bytes:
    try:
        content = (root / path).read_bytes()
        ast.parse(code_of(path, content))
    except (OSError, SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return _FAILED
    # What git would store as something else may change while git tells of the same.
    return _PASSED if blob_identity(content) == identity else _PASSED_NOW
