"""Keeping the cache below its bound: what was not used for longest goes first."""

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from oneroof.errors import ConfigError

DEFAULT_MAX_BYTES = 10 * 1024**3
BOUND_VARIABLE = "ONEROOF_CACHE_MAX_BYTES"

_PRUNED_FOLDERS = ("ac", "cas")
_STAMP = "pruned"
_MOST_DIGITS = 19
_HOUR_SECONDS = 60 * 60
_DAY_SECONDS = 24 * _HOUR_SECONDS


class StoredFile(msgspec.Struct, frozen=True, order=True):
    """A file of the cache; sorts by its last use."""

    used_at: float
    """Seconds since the epoch, exact to a day."""
    path: str
    size_bytes: int


class Pruned(msgspec.Struct, frozen=True):
    """What a pruning did."""

    removed: int
    removed_bytes: int
    kept_bytes: int


def max_bytes(environ: Mapping[str, str]) -> int:
    """The bound from `ONEROOF_CACHE_MAX_BYTES`, else 10 GiB.

    Raises:
        ConfigError: the variable holds no whole number.
    """
    text = environ.get(BOUND_VARIABLE, "").strip()
    if not text:
        return DEFAULT_MAX_BYTES
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        message = f"{BOUND_VARIABLE} is `{text}`, but a whole number of bytes was expected"
        hint = f"set {BOUND_VARIABLE}={DEFAULT_MAX_BYTES} for 10 GiB, or unset it"
        raise ConfigError(message, hint=hint)
    return int(text)


def plan_pruning(files: Iterable[StoredFile], bound_bytes: int) -> tuple[StoredFile, ...]:
    """The least recently used files whose removal brings the total to the bound or below."""
    ordered = sorted(files)
    excess = sum(file.size_bytes for file in ordered) - bound_bytes
    removals: list[StoredFile] = []
    for file in ordered:
        if excess <= 0:
            break
        removals.append(file)
        excess -= file.size_bytes
    return tuple(removals)


def prune(root: Path, bound_bytes: int) -> Pruned:
    """Remove what `plan_pruning` says, and what writers that were killed left behind.

    Safe beside other processes: whoever misses a removed file has a miss and writes it again.
    """
    now = time.time()
    files = []
    for folder in _PRUNED_FOLDERS:
        for file in _files(root / folder):
            # Writers name a file `.name.random` until it is whole.
            if not os.path.basename(file.path).startswith("."):  # noqa: PTH119 - a million files
                files.append(file)
            elif now - file.used_at > _DAY_SECONDS:
                _remove(file)
    removals = [file for file in plan_pruning(files, bound_bytes) if _remove(file)]
    _stamp(root)
    removed_bytes = sum(file.size_bytes for file in removals)
    return Pruned(
        removed=len(removals),
        removed_bytes=removed_bytes,
        kept_bytes=sum(file.size_bytes for file in files) - removed_bytes,
    )


def is_pruning_due(root: Path) -> bool:
    """Whether the last pruning is more than an hour ago: scanning a large cache takes a while."""
    try:
        return time.time() - (root / _STAMP).stat().st_mtime > _HOUR_SECONDS
    except OSError:
        return root.is_dir()


def _files(folder: Path) -> Iterable[StoredFile]:
    try:
        with os.scandir(folder) as fans:
            names = sorted(fan.path for fan in fans if fan.is_dir(follow_symlinks=False))
    except OSError:
        return
    for name in names:
        yield from _files_of_fan(name)


def _files_of_fan(folder: str) -> list[StoredFile]:
    files = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    found = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # another process was faster
                files.append(StoredFile(found.st_mtime, entry.path, found.st_size))
    except OSError:
        return files
    return files


def _remove(file: StoredFile) -> bool:
    try:
        Path(file.path).unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _stamp(root: Path) -> None:
    try:
        (root / _STAMP).touch()
    except OSError:
        return  # nothing can be pruned there, and pruning again does no harm
