"""Files that git filters (Git LFS, git-crypt): git calls them clean whether or not it did.

Where the filter's program is not installed, or was told to wait, the work tree holds what git
stores: a pointer, or what is encrypted. Code sees another file than where it was filtered.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from oneroof.paths import RelPath
from oneroof.workspace.git import blob_identity
from oneroof.workspace.reading import Started

_FILTER = re.compile(r"\sfilter=([\w.-]+)")
_LARGEST_POINTER_BYTES = 1024
_ENCRYPTED = b"\0GITCRYPT\0"


def find_unfiltered(root: Path, attributes: Iterable[RelPath]) -> Iterator[RelPath]:
    """The files of which the work tree holds what git stores, given those with attributes."""
    names = {
        name
        for path in attributes
        for name in _FILTER.findall(_read(root / path).decode("utf-8", "replace"))
    }
    if not names:
        return
    wanted = [f":(attr:filter={name})" for name in sorted(names)]
    output = Started(str(root), ("ls-files", "--stage", "-z", "--", *wanted)).finish() or b""
    for line in output.decode("utf-8", "surrogateescape").split("\0"):
        facts, _, path = line.partition("\t")
        if path and _is_stored(root / path, facts.split(" ")[1]):
            yield RelPath(path)


def _is_stored(place: Path, identity: str) -> bool:
    head = _read(place, _LARGEST_POINTER_BYTES + 1)
    if len(head) > _LARGEST_POINTER_BYTES:
        return head.startswith(_ENCRYPTED)
    return blob_identity(head) == identity


def _read(place: Path, most: int = -1) -> bytes:
    try:
        with place.open("rb") as file:
            return file.read(most)
    except OSError:
        return b""
