"""What differs between two states of a work tree, without reading what is equal."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from oneroof.paths import RelPath
from oneroof.workspace.git import Blob, WorkTree, parse_listing

State = tuple[bytes, Mapping[RelPath, Blob | None]]
"""A listing of the index, and the paths whose work tree content is another."""

Change = tuple[Blob | None, Blob | None]
"""What a path held and what it holds; None where it was or is not there."""


def difference(old: State, new: State) -> dict[RelPath, Change]:
    """Every path whose content is not the same in both states, sorted."""
    old_listing, old_dirty = old
    new_listing, new_dirty = new
    old_lines, new_lines = _differing_lines(old_listing, new_listing)
    found = {}
    for path in sorted({*old_lines, *new_lines, *old_dirty, *new_dirty}):
        change = (
            old_dirty[path]
            if path in old_dirty
            else old_lines.get(path) or look_up(old_listing, path),
            new_dirty[path]
            if path in new_dirty
            else new_lines.get(path) or look_up(new_listing, path),
        )
        if change[0] != change[1]:
            found[path] = change
    return found


def find_listing(digest: str, now: WorkTree, kept: Path) -> bytes | None:
    """The listing with a digest: that of now, or the one in a file; None where it is neither."""
    if digest == now.listing_digest:
        return now.listing
    try:
        listing = kept.read_bytes()
    except OSError:
        return None
    return listing if hashlib.sha256(listing).hexdigest() == digest else None


def look_up(listing: bytes, path: RelPath) -> Blob | None:
    """One path's blob in a listing, without parsing the rest."""
    end = listing.find(b"\t" + path.encode("utf-8", "surrogateescape") + b"\0")
    if end == -1:
        return None
    start = listing.rfind(b"\0", 0, end) + 1
    return dict(parse_listing(listing[start : listing.index(b"\0", end)])).get(path)


def _differing_lines(
    old: bytes, new: bytes
) -> tuple[Mapping[RelPath, Blob], Mapping[RelPath, Blob]]:
    if old == new:
        return {}, {}
    old_lines, new_lines = set(old.split(b"\0")), set(new.split(b"\0"))
    return _parse(old_lines - new_lines), _parse(new_lines - old_lines)


def _parse(lines: Iterable[bytes]) -> dict[RelPath, Blob]:
    return dict(parse_listing(b"\0".join(lines)))
