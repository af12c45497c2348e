"""What of the cache can go: plan it as values, then remove it. Source files are never touched."""

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from oneroof.environments.exclusive import exclusively
from oneroof.environments.layers import forget_layer
from oneroof.environments.overlay import PATH_FILE
from oneroof.environments.sync import living_roots, read_synced

RemovableKind = Literal["environment", "site", "built", "metadata", "temporary", "venv"]

DEFAULT_AGE_SECONDS = 30 * 24 * 3600.0


class Removable(msgspec.Struct, frozen=True):
    """A folder that nothing needs any more."""

    kind: RemovableKind
    folder: Path
    size_bytes: int
    """On disk; what other removable folders share is counted once. Files that uv's cache holds
    too are counted although they stay there."""
    unused_seconds: float


def plan_clean(
    cache: Path,
    *,
    older_than_seconds: float = DEFAULT_AGE_SECONDS,
    virtual_environments: Iterable[Path] = (),
) -> tuple[Removable, ...]:
    """What was not used for some time and nothing that stays needs; reads only.

    Of `virtual_environments` only those that oneroof made are taken.
    """
    limit = time.time() - older_than_seconds
    goners = [each for each in virtual_environments if read_synced(each) is not None]
    roots = [root for root in living_roots(cache) if Path(root.folder) not in goners]
    environments = list(_folders(cache / "environments"))
    kept = [each for each in environments if _used(each) > limit]
    needed = {layer for root in roots for layer in root.layers}
    needed.update(layer for each in kept for layer in _layers_of(each, cache))
    needed.update(str(cache / "metadata" / name) for each in kept for name in _metadata_of(each))
    candidates: list[tuple[RemovableKind, Path]] = [
        *(("venv", each) for each in sorted(goners)),
        *(("environment", each) for each in environments if each not in kept),
        *(("site", each) for each in _folders(cache / "sites")),
        *(("built", each) for each in _folders(cache / "built")),
        *(("metadata", each) for each in _folders(cache / "metadata")),
        *(("temporary", each) for each in _leftovers(cache)),
    ]
    seen: set[tuple[int, int]] = set()
    return tuple(
        Removable(kind, folder, _size(folder, seen), max(0.0, time.time() - _used(folder)))
        for kind, folder in candidates
        if kind == "venv" or (str(folder) not in needed and _used(folder) <= limit)
    )


def remove(plan: Iterable[Removable]) -> int:
    """Remove what was planned, environments before what they lie over; returns the bytes."""
    total = 0
    for each in plan:
        if each.kind in {"site", "built"}:
            with exclusively(each.folder):
                forget_layer(each.folder)
                shutil.rmtree(each.folder, ignore_errors=True)
        else:
            shutil.rmtree(each.folder, ignore_errors=True)
        total += each.size_bytes
    return total


def _folders(parent: Path) -> Iterator[Path]:
    if parent.is_dir():
        for folder in sorted(parent.iterdir()):
            if folder.is_dir() and not folder.name.startswith("."):
                yield folder


def _leftovers(cache: Path) -> Iterator[Path]:
    for name in ("environments", "metadata", "built"):
        yield from sorted((cache / name).glob(".*-*"))


def _used(folder: Path) -> float:
    """When a folder was last used: whoever uses one sets its time."""
    return folder.lstat().st_mtime


def _layers_of(environment: Path, cache: Path) -> Iterator[str]:
    for path_file in environment.glob(f"lib/*/site-packages/{PATH_FILE}"):
        for line in path_file.read_text(encoding="utf-8").splitlines():
            for name in ("sites", "built"):
                parent = f"{cache}/{name}/"
                if line.startswith(parent):
                    yield parent + line.removeprefix(parent).split("/")[0]


def _metadata_of(environment: Path) -> Iterator[str]:
    for link in environment.glob("lib/*/site-packages/*.dist-info"):
        if link.is_symlink():
            yield link.readlink().name


def _size(folder: Path, seen: set[tuple[int, int]]) -> int:
    total = 0
    for path in (folder, *folder.rglob("*")):
        status = path.lstat()
        identity = (status.st_dev, status.st_ino)
        if identity not in seen:
            seen.add(identity)
            total += status.st_blocks * 512
    return total
