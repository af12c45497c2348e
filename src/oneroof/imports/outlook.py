"""Which files look at others by path, kept apart from the graph: most changes ask no more of it.

The graph of a large workspace takes longer to read than what changed in it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from oneroof.disk import keep, recall
from oneroof.imports.graph import ImportGraph, Look
from oneroof.imports.modules import Modules
from oneroof.imports.scan import is_read, scan_file
from oneroof.imports.table import BROKEN, CLIMBS, DYNAMIC, make_row
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob, WorkTree
from oneroof.workspace.model import Project

_MOST = 32
"""Where more files changed since, the graph is read."""


class State(msgspec.Struct, frozen=True):
    """What a graph was made from."""

    format: str
    projects: str
    listing_digest: str
    dirty: tuple[tuple[RelPath, Blob | None], ...]


class Outlook(msgspec.Struct, frozen=True):
    """The files that may look at others, with all they may look at; in a state."""

    state: State
    looks: tuple[tuple[RelPath, Look], ...]

    def sees_any(self, files: Iterable[RelPath], projects: Sequence[Project]) -> bool:
        """Whether one of some files may be looked at."""
        modules = Modules(projects, tuple)
        homes = {path: modules.home(path) for path in files}
        return any(look.sees(path, home) for _, look in self.looks for path, home in homes.items())


def write_outlook(path: Path, state: State, graph: ImportGraph) -> None:
    """Keep what a graph knows of files that look at others; nothing where it is not sure."""
    path.unlink(missing_ok=True)
    if not graph.unsure:
        keep(path, Outlook(state, tuple(dict(graph.onlookers()).items())))


def read_outlook(path: Path, work_tree: WorkTree, wanted: tuple[str, str]) -> Outlook | None:
    """What was kept, where it holds still; None where only the graph can tell.

    `wanted` are the format and the digest of the projects.
    """
    kept = recall(path, Outlook)
    if kept is None or (kept.state.format, kept.state.projects) != wanted:
        return None
    if kept.state.listing_digest != work_tree.listing_digest:
        return None
    changed = set(kept.state.dirty) ^ set(work_tree.dirty)
    if len(changed) > _MOST or any(blob is None or blob.is_link for _, blob in changed):
        return None
    return None if any(_looks(work_tree.root, path) for path, _ in changed) else kept


def _looks(root: Path, path: RelPath) -> bool:
    """Whether a file may look at others, or cannot be read."""
    if not is_read(path):
        return False
    try:
        content = (root / path).read_bytes()
    except OSError:
        return True
    return bool(make_row(scan_file(path, content), {}).flags & (CLIMBS | DYNAMIC | BROKEN))
