"""The workspace as last discovered, kept beside the state of the work tree it was read from.

Discovery depends on which files there are and on the content of those it read. As long as
neither changed, the last answer is this one; anything else is discovered anew.
"""

import hashlib
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from oneroof import __version__
from oneroof.changes.difference import difference
from oneroof.disk import cache_root, write_atomically
from oneroof.paths import RelPath
from oneroof.workspace.git import (
    Blob,
    WorkTree,
    find_repository,
    ignored_free_listing,
    read_blob,
    read_work_tree,
)
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Workspace
from oneroof.workspace.tree import Tree

FORMAT = f"1 {__version__}"


@dataclass(frozen=True)
class Opened:
    """A workspace and the state of the files it was read from."""

    work_tree: WorkTree
    workspace: Workspace
    has_git: bool
    read_at_ns: int
    """When the state was read, in nanoseconds since the epoch."""

    @property
    def root(self) -> Path:
        """The workspace root on this machine."""
        return self.work_tree.root

    @cached_property
    def tree(self) -> Tree:
        """The files, by folder."""
        return make_tree(self.work_tree)

    @cached_property
    def graph(self) -> Graph:
        """The project graph, indexed."""
        return Graph(self.workspace)


class Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """What is kept between runs."""

    format: str
    listing_digest: str
    dirty: tuple[tuple[RelPath, Blob | None], ...]
    reads: frozenset[RelPath]
    workspace: Workspace


def open_workspace(start: Path, *, fresh: bool = False) -> Opened:
    """Read the state of the files around `start` and the workspace they make up.

    The root is the git work tree's top; without git it is `start` itself. `fresh` discovers
    anew whatever is remembered.

    Raises:
        ToolError: git refuses to answer.
    """
    start = start.resolve()
    root = find_repository(start)
    return open_root(root or start, fresh=fresh)


def open_root(root: Path, *, fresh: bool = False) -> Opened:
    """As `open_workspace`, with the root given: it may lie inside a repository, or in none."""
    root = root.resolve()
    has_git = find_repository(root) is not None
    read_at_ns = time.time_ns()
    work_tree = read_work_tree(root) if has_git else _read_plain_folder(root)
    folder = workspace_folder(root)
    if not fresh:
        kept = _read(folder / "snapshot")
        if kept is not None and _still_holds(kept, work_tree, folder):
            return Opened(work_tree, kept.workspace, has_git, read_at_ns)
    tree = make_tree(work_tree)
    workspace = _discover(tree)
    _write(folder, work_tree, tree, workspace)
    return Opened(work_tree, workspace, has_git, read_at_ns)


def workspace_folder(root: Path) -> Path:
    """Where this machine keeps what it knows of the workspace at `root`."""
    return cache_root() / "workspaces" / hashlib.sha256(str(root).encode()).hexdigest()[:16]


def make_tree(work_tree: WorkTree) -> Tree:
    """The files of a work tree, by folder."""
    blobs = work_tree.blobs
    links = frozenset(path for path, blob in blobs.items() if blob.is_link)
    return Tree(work_tree.root, blobs, links)


def _discover(tree: Tree) -> Workspace:
    from oneroof.locks.taken_from_index import internal_from_index
    from oneroof.workspace.discovery import discover
    from oneroof.workspace.graph import link

    projects, settings, problems = discover(tree)
    edges = link(projects, internal_from_index(tree, projects))
    return Workspace(projects, edges, settings, problems=problems)


def _read_plain_folder(root: Path) -> WorkTree:
    found = {path: read_blob(root, path) for path in ignored_free_listing(root)}
    dirty = tuple((path, blob) for path, blob in sorted(found.items()) if blob is not None)
    return WorkTree(root, "", b"", dirty)


def _still_holds(kept: Snapshot, work_tree: WorkTree, folder: Path) -> bool:
    """Whether no file came or went, and none that discovery read has changed."""
    listing = work_tree.listing
    if kept.listing_digest != _digest(listing):
        try:
            listing = (folder / "listing").read_bytes()
        except OSError:
            return False
        if _digest(listing) != kept.listing_digest:
            return False
    changes = difference((listing, dict(kept.dirty)), (work_tree.listing, dict(work_tree.dirty)))
    return not any(
        old is None or new is None or path in kept.reads or old.is_link or new.is_link
        for path, (old, new) in changes.items()
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(path: Path) -> Snapshot | None:
    """The last snapshot; None when there is none that this version can read."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, payload = content[:64], content[64:]
    if _digest(payload).encode() != digest:
        return None
    try:
        kept = msgspec.msgpack.decode(payload, type=Snapshot)
    except (msgspec.MsgspecError, ValueError):
        return None
    return kept if kept.format == FORMAT else None


def _write(folder: Path, work_tree: WorkTree, tree: Tree, workspace: Workspace) -> None:
    snapshot = Snapshot(
        FORMAT,
        _digest(work_tree.listing),
        work_tree.dirty,
        frozenset(tree.reads),
        workspace,
    )
    payload = msgspec.msgpack.encode(snapshot)
    write_atomically(folder / "listing", work_tree.listing)
    write_atomically(folder / "snapshot", _digest(payload).encode() + payload)
