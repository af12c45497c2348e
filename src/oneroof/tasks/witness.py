"""Whether the files a result depends on stayed as they were while it came about.

A result may be kept only for the content it was made from. The state of the work tree is read
before tasks start; whoever edits a file meanwhile must not find a result of the old content
under the name of the new, or the other way round.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from oneroof.paths import RelPath
from oneroof.workspace.git import read_blob

GRANULARITY_NS = 20_000_000
"""File systems stamp times no finer than the kernel's tick."""


def find_disturbed(root: Path, listing: Mapping[str, str], since_ns: int) -> list[RelPath]:
    """The files of a listing (`mode identity` by path) that are not what it says, any more.

    Only those touched after `since_ns`, in nanoseconds since the epoch, are read again.
    """
    return [
        RelPath(path)
        for path, content in listing.items()
        if _was_touched(f"{root}/{path}", since_ns) and _content(root, RelPath(path)) != content
    ]


def _was_touched(path: str, since_ns: int) -> bool:
    try:
        return os.lstat(path).st_ctime_ns >= since_ns - GRANULARITY_NS
    except OSError:
        return True


def _content(root: Path, path: RelPath) -> str:
    blob = read_blob(root, path)
    return blob.state if blob is not None else ""
