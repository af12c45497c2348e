"""The workspace as last discovered, kept beside the state of the work tree it was read from.

Discovery depends on which files there are and on the content of those it read. As long as
neither changed, the last answer is this one; anything else is discovered anew.
"""

import hashlib
import os
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from oneroof.disk import cache_root
from oneroof.workspace.git import (
    WorkTree,
    find_repository,
    finish_reading,
    ignored_free_listing,
    read_blob,
    read_work_tree,
)
from oneroof.workspace.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oneroof.changes.difference import Change
    from oneroof.changes.edges import KeptEdge
    from oneroof.changes.remembered import Snapshot
    from oneroof.imports.graph import ImportGraph
    from oneroof.imports.kept import Kept
    from oneroof.imports.outlook import Outlook
    from oneroof.paths import RelPath
    from oneroof.workspace.graph import Graph
    from oneroof.workspace.model import ProjectName, Workspace
    from oneroof.workspace.tree import Tree


class Opened(msgspec.Struct, frozen=True, dict=True):
    """A workspace and the state of the files it was read from."""

    work_tree: WorkTree
    has_git: bool
    read_at_ns: int
    """When the state was read, in nanoseconds since the epoch."""
    given: "Workspace | None" = None
    """A workspace to use in place of the one these files make up."""
    fresh: bool = False
    """Whether to discover anew whatever is remembered."""
    kept: "Snapshot | None" = None
    """What is remembered, where it was read already."""
    kept_imports: "Kept | None" = None
    """What is remembered of the import graph, where it was read already."""

    @property
    def root(self) -> Path:
        """The workspace root on this machine."""
        return self.work_tree.root

    @cached_property
    def workspace(self) -> "Workspace":
        """What the files make up: remembered where that still holds, else discovered."""
        return self.given if self.given is not None else self._known[0]

    @property
    def reads(self) -> "frozenset[RelPath]":
        """The files whose content discovery asked for."""
        return self._known[1]

    @cached_property
    def _known(self) -> "tuple[Workspace, frozenset[RelPath]]":
        from oneroof.changes import remembered

        folder = workspace_folder(self.root)
        kept = None if self.fresh else self.kept or remembered.read_snapshot(folder / "snapshot")
        if kept is not None and remembered.still_holds(kept, self.work_tree, folder):
            return kept.workspace, kept.reads
        workspace = remembered.discover_workspace(self.tree)
        reads = frozenset(self.tree.reads)
        if self.are_steady(reads):
            remembered.write_snapshot(folder, self.work_tree, reads, workspace)
        return workspace, reads

    def are_steady(self, files: "Iterable[RelPath]") -> bool:
        """Whether files that were read are what the state of the work tree says they are.

        What was worked out from others must not be remembered for that state.
        """
        from oneroof.workspace.witness import are_steady

        steady = are_steady(self.root, files, self.work_tree.blobs, self.read_at_ns)
        if not steady:
            self.__dict__["was_edited"] = True
        return steady

    @cached_property
    def was_edited(self) -> bool:
        """Whether `are_steady` ever said no."""
        return False

    @cached_property
    def tree(self) -> "Tree":
        """The files, by folder."""
        return make_tree(self.work_tree)

    @cached_property
    def imports(self) -> "ImportGraph":
        """What the files import from each other; contents seen before are not read again."""
        from oneroof.changes.difference import difference, find_listing
        from oneroof.imports.kept import (
            Source,
            keep_outlook,
            listing_path,
            make_graph,
            read_kept,
        )

        projects = self.workspace.projects
        memory = workspace_folder(self.root) / "imports"
        kept = self.kept_imports or read_kept(memory)
        changes: dict[RelPath, Change] = {}
        if kept is not None:
            now = self.work_tree
            listing = find_listing(kept.listing_digest, now, listing_path(memory))
            if listing is None:
                kept = None
            else:
                old = (listing, dict(kept.dirty))
                changes = difference(old, (now.listing, dict(now.dirty)))
        source = Source(self.work_tree, self.read_at_ns, projects)
        graph = make_graph(source, kept, changes, memory)
        if graph.unsure:
            self.are_steady(graph.unsure)
        graph.modules.find_tree = lambda: self.tree
        if self.__dict__.get("outlook", graph) is None:  # it was asked for, and had to be this
            keep_outlook(memory, source, graph)
        return graph

    @cached_property
    def outlook(self) -> "Outlook | None":
        """Which files look at others by path, where that can be told without `imports`."""
        from oneroof.imports.kept import find_outlook

        memory = workspace_folder(self.root) / "imports"
        return find_outlook(memory, self.work_tree, self.workspace.projects)

    @cached_property
    def edges(self) -> "tuple[KeptEdge, ...]":
        """What tests depend on beside what they say, as it was found and kept."""
        from oneroof.changes.edges import FILE, read_edges

        # Most keep none, and to sort all files into folders takes longer than the rest.
        return read_edges(self.tree) if os.path.lexists(self.root / FILE) else ()

    @cached_property
    def edges_by_project(self) -> "dict[ProjectName, tuple[KeptEdge, ...]]":
        """The kept edges of the tests of each project that has any."""
        from oneroof.changes.edges import by_project

        return by_project(self.workspace.projects, self.edges) if self.edges else {}

    @cached_property
    def graph(self) -> "Graph":
        """The project graph, indexed."""
        from oneroof.workspace.graph import Graph

        return Graph(self.workspace)


def open_workspace(
    start: Path,
    *,
    fresh: bool = False,
    reading: Reading | None = None,
    kept: "Snapshot | None" = None,
    kept_imports: "Kept | None" = None,
) -> Opened:
    """Read the state of the files around `start` and the workspace they make up.

    The root is the git work tree's top; without git it is `start` itself. `fresh` discovers
    anew whatever is remembered. `reading` may have been started already for the same root, and
    `kept` and `kept_imports` read.

    Raises:
        ToolError: git refuses to answer.
    """
    if reading is not None:
        work_tree = finish_reading(reading)
        began_at_ns = reading.began_at_ns
        return Opened(
            work_tree, True, began_at_ns, fresh=fresh, kept=kept, kept_imports=kept_imports
        )
    start = start.resolve()
    root = find_repository(start)
    return open_root(root or start, fresh=fresh)


def open_root(root: Path, *, fresh: bool = False) -> Opened:
    """As `open_workspace`, with the root given: it may lie inside a repository, or in none."""
    root = root.resolve()
    has_git = find_repository(root) is not None
    read_at_ns = time.time_ns()
    work_tree = read_work_tree(root) if has_git else _read_plain_folder(root)
    return Opened(work_tree, has_git, read_at_ns, fresh=fresh)


def workspace_folder(root: Path) -> Path:
    """Where this machine keeps what it knows of the workspace at `root`."""
    return cache_root() / "workspaces" / hashlib.sha256(str(root).encode()).hexdigest()[:16]


def make_tree(work_tree: WorkTree) -> "Tree":
    """The files of a work tree, by folder."""
    from oneroof.workspace.tree import Tree

    blobs = work_tree.blobs
    links = frozenset(path for path, blob in blobs.items() if blob.is_link)
    return Tree(work_tree.root, blobs, links)


def _read_plain_folder(root: Path) -> WorkTree:
    found = {path: read_blob(root, path) for path in ignored_free_listing(root)}
    dirty = tuple((path, blob) for path, blob in sorted(found.items()) if blob is not None)
    return WorkTree(root, "", b"", dirty)
