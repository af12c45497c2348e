"""Reading the Python files of a workspace: each content once, and only what changed since."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof.imports.modules import Modules
from oneroof.imports.resolve import Resolver
from oneroof.imports.scan import Scan, is_read, scan_file
from oneroof.imports.sharing import shared
from oneroof.imports.table import (
    DATA_ROW,
    UNREAD_ROW,
    UNSURE,
    Columns,
    Row,
    Table,
    join_columns,
    make_columns,
    make_row,
)
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob

_MANY = 400
"""From this many files on, reading them is shared by several processes."""
_PART = 100
_MUCH = 1 << 20
_CLOCK_TICK_NS = 20_000_000
"""Times of files are this coarse at most."""


class Reader:
    """Makes rows: reads files, or takes what is known of them, and looks up what they name."""

    def __init__(self, root: Path, read_at_ns: int, modules: Modules) -> None:
        self._root = root
        self._sure_before_ns = read_at_ns - _CLOCK_TICK_NS
        self._resolver = Resolver(modules)
        self._decode = msgspec.msgpack.Decoder(Scan).decode

    def row(self, path: RelPath, places: Mapping[RelPath, int], old: Row | None = None) -> Row:
        """The row of a file that is read; `places` are those of all files, `old` its former row.

        Where it names what it named before, it needs what it needed.
        """
        scan, flags = self._read(path)
        if old is not None and _names(scan) == _names(self._decode(old.scan)):
            made = make_row(scan, {}, flags)
            return Row(made.scan, old.targets, old.statements, made.flags)
        return self._make(path, scan, places, flags)

    def known_row(self, path: RelPath, known: bytes, places: Mapping[RelPath, int]) -> Row:
        """The row of a file of which it is known what it says."""
        return self._make(path, self._decode(known), places, 0)

    def _make(self, path: RelPath, scan: Scan, places: Mapping[RelPath, int], flags: int) -> Row:
        needed = self._resolver.resolve(path, scan)
        return make_row(scan, {places[target]: each for target, each in needed.items()}, flags)

    def _read(self, path: RelPath) -> tuple[Scan, int]:
        try:
            content, changed_at_ns = _content(f"{self._root}/{path}")
        except OSError as error:
            return Scan(broken=f"cannot be read: {error.strerror}"), UNSURE
        # What was written since git looked may be another content than git told of.
        late = changed_at_ns >= self._sure_before_ns
        return scan_file(path, content), UNSURE if late else 0


def _content(path: str) -> tuple[bytes, int]:
    """What a file holds, and when it changed last; with as few calls as there can be."""
    handle = os.open(path, os.O_RDONLY)
    try:
        status = os.fstat(handle)
        content = os.read(handle, status.st_size + 1)
        while len(content) != status.st_size and (more := os.read(handle, _MUCH)):
            content += more
    finally:
        os.close(handle)
    return content, status.st_ctime_ns


def _names(scan: Scan) -> list[object]:
    """What decides which files another needs."""
    imports = ((each.module, each.names) for each in scan.imports)
    return [*imports, *(each.text for each in scan.references)]


def read_table(
    reader: Reader, files: Mapping[RelPath, Blob], known: Callable[[RelPath], bytes | None]
) -> Table:
    """The rows of all files; those of which is `known` what they say are not read."""
    paths = list(files)
    places = {path: place for place, path in enumerate(paths)}

    def row(path: RelPath) -> Row:
        if files[path].is_link:
            return UNREAD_ROW
        if not is_read(path):
            return DATA_ROW
        said = known(path)
        return reader.row(path, places) if said is None else reader.known_row(path, said, places)

    def columns(part: Sequence[RelPath]) -> Columns:
        return make_columns(part, map(row, part))

    parts = [paths[start : start + _PART] for start in range(0, len(paths), _PART)]
    if len(paths) < _MANY:
        return Table(join_columns([columns(part) for part in parts]))
    encode, decode = msgspec.msgpack.encode, msgspec.msgpack.Decoder(Columns).decode
    encoded = shared(len(parts), lambda number: encode(columns(parts[number])))
    return Table(join_columns([decode(each) for each in encoded]))
