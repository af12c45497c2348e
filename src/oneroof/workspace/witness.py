"""Whether files stayed as they were since the state of the work tree was read.

What is worked out from files may be kept only for the content it was made from. Whoever edits a
file meanwhile must not find a result of the old content under the name of the new, or the other
way round.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.git import (
    Blob,
    WorkTree,
    find_repository,
    ignored_free_listing,
    read_blob,
    read_work_tree,
)

GRANULARITY_NS = 20_000_000
"""File systems stamp times no finer than the kernel's tick."""


def find_disturbed(root: Path, listing: Mapping[str, str], since_ns: int) -> list[RelPath]:
    """The files of a listing (`mode identity` by path) that may have been something else.

    Those are all that were touched after `since_ns`, in nanoseconds since the epoch: whether one
    that is as it was has been so all the time, nobody knows. What was touched shortly before is
    read again, for times are not exact.
    """
    return [
        RelPath(path)
        for path, content in listing.items()
        if _is_disturbed(root, RelPath(path), content, since_ns)
    ]


def are_steady(
    root: Path, files: Iterable[RelPath], blobs: Mapping[RelPath, Blob], since_ns: int
) -> bool:
    """Whether files that were read are what the state says, from then on until now."""
    listing = {str(path): _state(blobs.get(path)) for path in files}
    return not find_disturbed(root, listing, since_ns)


def folders_around(files: Iterable[str]) -> frozenset[RelPath]:
    """The folders that hold files, and all above."""
    found: set[RelPath] = {paths.ROOT}
    for path in files:
        folder = paths.parent(RelPath(path))
        while folder not in found:
            found.add(folder)
            folder = paths.parent(folder)
    return frozenset(found)


def find_new(work_tree: WorkTree, folders: Iterable[RelPath], since_ns: int) -> list[RelPath]:
    """The files that came into one of some folders since the work tree was read."""
    root = work_tree.root
    times = (_changed_at(f"{root}/{each}", mtime=True) for each in folders)
    if all(each < since_ns - GRANULARITY_NS for each in times):
        return []
    has_git = find_repository(root) is not None
    names = read_work_tree(root).files if has_git else ignored_free_listing(root)
    return sorted(set(names) - work_tree.blobs.keys())


def _is_disturbed(root: Path, path: RelPath, content: str, since_ns: int) -> bool:
    touched = _changed_at(f"{root}/{path}")
    if touched == _GONE:
        return bool(content)
    if touched > since_ns:
        return True
    if touched < since_ns - GRANULARITY_NS:
        return False
    return _state(read_blob(root, path)) != content


_GONE = 1 << 63


def _changed_at(path: str, *, mtime: bool = False) -> int:
    try:
        status = os.lstat(path)
    except OSError:
        return _GONE
    return status.st_mtime_ns if mtime else status.st_ctime_ns


def _state(blob: Blob | None) -> str:
    return blob.state if blob is not None else ""
