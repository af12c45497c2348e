"""The import graph of the last run, beside the state of the work tree that it was read from.

As long as the same files are there and the projects are the same, only the rows of changed files
are made anew. Where files came or went, every name is looked up again, and what is known of the
contents is used.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof import __version__
from oneroof.disk import keep, recall, write_atomically
from oneroof.imports.graph import ImportGraph
from oneroof.imports.modules import Modules, may_be_in_package
from oneroof.imports.outlook import Outlook, State, read_outlook, write_outlook
from oneroof.imports.reading import Reader, read_table
from oneroof.imports.scan import FORMAT as SCAN_FORMAT
from oneroof.imports.scan import is_read
from oneroof.imports.table import BYTES, UNREAD, Columns, Row, Table
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob, WorkTree
from oneroof.workspace.model import Project

FORMAT = f"3 {SCAN_FORMAT} {BYTES} {__version__}"
_FEW = 32
"""So many changed files are read again each time rather than kept."""
_MOST = 400
"""More changed files are read by several processes, which makes all rows anew."""

Changes = Mapping[RelPath, tuple[Blob | None, Blob | None]]
"""What a path held and what it holds; None where it was or is not there."""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is kept between runs."""

    format: str
    projects: str
    """A digest of all that decides where names are looked up, but for the files."""
    listing_digest: str
    dirty: tuple[tuple[RelPath, Blob | None], ...]
    columns: Columns
    changed: dict[int, Row]


class Source(msgspec.Struct, frozen=True):
    """What a graph is made of."""

    work_tree: WorkTree
    read_at_ns: int
    """When the state of the work tree was read, in nanoseconds since the epoch."""
    projects: Sequence[Project]


def read_kept(path: Path) -> Kept | None:
    """What the last run kept; None when there is none that this version can read."""
    kept = recall(path, Kept)
    return kept if kept is not None and kept.format == FORMAT else None


def find_outlook(memory: Path, work_tree: WorkTree, projects: Sequence[Project]) -> Outlook | None:
    """Which files look at others, where that can be told without the graph."""
    return read_outlook(_outlook_path(memory), work_tree, (FORMAT, _digest(projects)))


def keep_outlook(memory: Path, source: Source, graph: ImportGraph) -> None:
    """Keep what the graph knows of files that look at others."""
    tree = source.work_tree
    state = State(FORMAT, _digest(source.projects), tree.listing_digest, tree.dirty)
    write_outlook(_outlook_path(memory), state, graph)


def _write_kept(path: Path, tree: WorkTree, projects: str, table: Table) -> None:
    kept = Kept(FORMAT, projects, tree.listing_digest, tree.dirty, table.columns, table.changed)
    if keep(path, kept):
        write_atomically(listing_path(path), tree.listing)


def _outlook_path(path: Path) -> Path:
    return path.with_name(f"{path.name}-outlook")


def listing_path(path: Path) -> Path:
    """Where the listing is that what is kept in a file was made from."""
    return path.with_name(f"{path.name}-listing")


def make_graph(
    source: Source, kept: Kept | None, changes: Changes, memory: Path | None
) -> ImportGraph:
    """The graph of a work tree, by way of that which was kept and what changed since.

    What it took to make it is kept in the file `memory`.
    """
    projects = _digest(source.projects)
    changed = {path: change for path, change in changes.items() if _concerns(path, *change)}
    table = None if kept is None else Table(kept.columns, kept.changed)
    if kept is None or table is None or kept.projects != projects or not _is_little(changed):
        table, modules = _read_anew(source, table, changed)
        worth_it = True
    else:
        paths, places = table.paths, table.places
        modules = Modules(source.projects, lambda: paths)
        reader = Reader(source.work_tree.root, source.read_at_ns, modules)
        again = {*(places[path] for path in changed), *table.unsure()}
        table.changed.update(
            {place: reader.row(paths[place], places, table.row(place)) for place in again}
        )
        worth_it = len(again) > _FEW or kept.listing_digest != source.work_tree.listing_digest
    if memory is not None and worth_it:
        _write_kept(memory, source.work_tree, projects, table)
    return ImportGraph(modules, table)


def _concerns(path: RelPath, old: Blob | None, new: Blob | None) -> bool:
    """Whether a change may change the graph; of data it counts only that they are there."""
    if is_read(path):
        return True
    came_or_went = old is None or new is None or old.is_link != new.is_link
    return came_or_went and may_be_in_package(path)


def _is_little(changed: Changes) -> bool:
    """Whether changes are few and of contents only."""
    return len(changed) <= _MOST and not any(
        old is None or new is None or old.is_link or new.is_link for old, new in changed.values()
    )


def _read_anew(source: Source, old: Table | None, changed: Changes) -> tuple[Table, Modules]:
    files = {
        path: blob
        for path, blob in source.work_tree.blobs.items()
        if is_read(path) or may_be_in_package(path)
    }
    modules = Modules(source.projects, files.keys)
    reader = Reader(source.work_tree.root, source.read_at_ns, modules)
    if old is None:
        return read_table(reader, files, lambda _: None), modules
    unsure = {old.paths[place] for place in old.unsure()}
    moved = {
        (blob.identity, _kind(path)): path
        for path, (blob, _) in changed.items()
        if blob is not None
    }

    def known(path: RelPath) -> bytes | None:
        before: RelPath | None = path
        if path in changed:
            before = moved.get((files[path].identity, _kind(path)))
        place = old.places.get(before) if before is not None and before not in unsure else None
        return None if place is None or old.flags(place) & UNREAD else old.scan_bytes(place)

    return read_table(reader, files, known), modules


def _kind(path: RelPath) -> str:
    """How a file is read."""
    return path.rpartition(".")[2]


def _digest(projects: Sequence[Project]) -> str:
    facts: list[str] = []
    for each in projects:
        packages = (f"{one.name} {one.path}" for one in each.metadata.import_packages)
        facts += (each.path, each.name, *each.owned_paths, "", *packages, "")
    text = "\0".join(facts)  # msgspec takes no names that are not UTF-8
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
