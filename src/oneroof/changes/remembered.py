"""What discovery found last time, on disk, and whether it still holds."""

from pathlib import Path

import msgspec

from oneroof import __version__
from oneroof.changes.difference import difference, find_listing
from oneroof.disk import keep, recall, write_atomically
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob, WorkTree
from oneroof.workspace.model import Workspace
from oneroof.workspace.tree import Tree

FORMAT = f"5 {__version__}"


class Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """What is kept between runs."""

    format: str
    listing_digest: str
    dirty: tuple[tuple[RelPath, Blob | None], ...]
    reads: frozenset[RelPath]
    workspace: Workspace


def discover_workspace(tree: Tree) -> Workspace:
    """Find the projects of a tree and link them."""
    from oneroof.locks.taken_from_index import internal_from_index
    from oneroof.workspace.discovery import discover
    from oneroof.workspace.graph import link

    found = discover(tree)
    declaring = (*found.projects, *found.virtual_roots)
    edges = link(declaring, internal_from_index(tree, declaring))
    return Workspace(found.projects, edges, found.settings, found.virtual_roots, found.problems)


def still_holds(kept: Snapshot, work_tree: WorkTree, folder: Path) -> bool:
    """Whether no file came or went, and none that discovery read has changed."""
    listing = find_listing(kept.listing_digest, work_tree, folder / "listing")
    if listing is None:
        return False
    changes = difference((listing, dict(kept.dirty)), (work_tree.listing, dict(work_tree.dirty)))
    return not any(
        old is None or new is None or path in kept.reads or old.is_link or new.is_link
        for path, (old, new) in changes.items()
    )


def read_snapshot(path: Path) -> Snapshot | None:
    """The last snapshot; None when there is none that this version can read."""
    kept = recall(path, Snapshot)
    return kept if kept is not None and kept.format == FORMAT else None


def write_snapshot(
    folder: Path, work_tree: WorkTree, reads: frozenset[RelPath], workspace: Workspace
) -> None:
    """Keep what was discovered beside the state of the files it was read from."""
    snapshot = Snapshot(
        FORMAT,
        work_tree.listing_digest,
        work_tree.dirty,
        reads,
        workspace,
    )
    if keep(folder / "snapshot", snapshot):
        write_atomically(folder / "listing", work_tree.listing)
