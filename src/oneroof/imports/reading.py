"""Reading all Python files of a workspace, each content once: scans are kept by blob id."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof import __version__
from oneroof.disk import keep, recall
from oneroof.imports.scan import FORMAT, Scan, is_read, scan_file
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob

_MANY = 400
"""From this many files on, reading them is shared by several processes."""


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    format: str
    scans: dict[str, Scan]


def read_imports(
    root: Path,
    blobs: Mapping[RelPath, Blob],
    memory: Path | None,
    are_steady: Callable[[Iterable[RelPath]], bool] = lambda _: True,
) -> dict[RelPath, Scan]:
    """The scan of every Python file and notebook, by path.

    `memory` is a file of the cache: contents that it knows are not read again. What was read is
    remembered only where `are_steady` says that the files still were what `blobs` say.
    """
    wanted = {path: blob for path, blob in blobs.items() if is_read(path) and not blob.is_link}
    known = _recall(memory)
    missing: dict[str, RelPath] = {}
    for path, blob in wanted.items():
        key = _key(path, blob)
        if key not in known and key not in missing:
            missing[key] = path
    fresh = dict(zip(missing, _scan_all(root, list(missing.values())), strict=True))
    scans = {
        path: known.get(key := _key(path, blob)) or fresh[key] for path, blob in wanted.items()
    }
    used = {_key(path, blob): scans[path] for path, blob in wanted.items()}
    if memory is not None and used.keys() != known.keys() and are_steady(missing.values()):
        keep(memory, _Kept(_format(), used))
    return scans


def _key(path: RelPath, blob: Blob) -> str:
    """What decides a scan: the content, and how it is read."""
    return f"{blob.identity}{'n' if path.endswith('.ipynb') else ''}"


def _format() -> str:
    return f"{FORMAT} {__version__}"


def _recall(memory: Path | None) -> dict[str, Scan]:
    kept = recall(memory, _Kept) if memory is not None else None
    return kept.scans if kept is not None and kept.format == _format() else {}


def _scan_all(root: Path, files: Sequence[RelPath]) -> Iterable[Scan]:
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(files) < _MANY or processors == 1:
        return [_scan_one(root, path) for path in files]
    import multiprocessing

    size = max(50, len(files) // (processors * 8))
    parts = [(root, files[start : start + size]) for start in range(0, len(files), size)]
    # Forking is what makes it worth it; no thread of ours runs yet when files are read.
    with multiprocessing.get_context("fork").Pool(processors) as pool:
        return [
            each
            for part in pool.imap(_scan_part, parts)
            for each in msgspec.msgpack.decode(part, type=list[Scan])
        ]


def _scan_part(part: tuple[Path, Sequence[RelPath]]) -> bytes:
    root, files = part
    return msgspec.msgpack.encode([_scan_one(root, path) for path in files])


def _scan_one(root: Path, path: RelPath) -> Scan:
    try:
        with open(f"{root}/{path}", "rb") as stream:  # noqa: PTH123  tens of thousands of files
            return scan_file(path, stream.read())
    except OSError as error:
        return Scan(broken=f"cannot be read: {error.strerror}")
