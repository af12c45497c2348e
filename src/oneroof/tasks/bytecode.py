"""Compiled modules of the workspace, kept between runs and taken away where they may be stale.

Python takes a compiled module for that of a source file by the second of its date and its size.
Whoever edits twice within a second, or keeps dates (`cp -p`, `rsync -t`, an archive), would be
told how the old code behaves, and that would be kept as what the new code does. So what was
compiled goes when git says that the content is another than at the last run.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from oneroof import paths
from oneroof.changes.difference import difference
from oneroof.disk import keep, recall
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob, WorkTree

FOLDER = "bytecode"
_FORMAT = 1


class Compiled(msgspec.Struct, frozen=True, array_like=True):
    """The state of the work tree at the last run."""

    format: int
    listing: bytes
    dirty: tuple[tuple[RelPath, Blob | None], ...]


def forget_stale(folder: Path, work_tree: WorkTree, links: Iterable[RelPath]) -> None:
    """Take away what was compiled from other content than the work tree has now.

    `folder` is that of the workspace in the cache. Below links everything goes: what they lead
    to may have changed, or be another file altogether.
    """
    place = Path(f"{folder / FOLDER}{work_tree.root}")
    state = folder / f"{FOLDER}-state"
    kept = recall(state, Compiled)
    now = Compiled(_FORMAT, work_tree.listing, work_tree.dirty)
    if kept is None or kept.format != _FORMAT:
        shutil.rmtree(place, ignore_errors=True)
    else:
        old, new = ((each.listing, dict(each.dirty)) for each in (kept, now))
        for path in (*difference(old, new), *links):
            _remove(place, path)
    if kept != now and not keep(state, now):
        state.unlink(missing_ok=True)


def _remove(place: Path, path: RelPath) -> None:
    if path.endswith(".py"):
        for compiled in _compiled(place / paths.parent(path), paths.name(path)):
            compiled.unlink(missing_ok=True)
    else:
        shutil.rmtree(place / path, ignore_errors=True)


def _compiled(folder: Path, name: str) -> Iterator[Path]:
    """What was compiled from a module: `one.cpython-311.pyc`, and what pytest rewrote."""
    stem = name.removesuffix(".py")
    try:
        yield from [each for each in folder.iterdir() if each.name.startswith(f"{stem}.")]
    except OSError:
        return
