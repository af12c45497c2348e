"""The import graph as columns of numbers: a row for each file, and what stands in it.

The columns are what is kept between runs. Rows of files that changed since are laid over them.
"""

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from oneroof.imports.climbing import NOWHERE
from oneroof.imports.scan import NOTHING, Scan
from oneroof.paths import RelPath

DYNAMIC = 1
BROKEN = 2
UNREAD = 4
"""A symbolic link, which others may import: what it leads to is read under its own name."""
UNSURE = 8
"""It could not be read, or was written while it was: next time it may say something else."""
DATA = 16
"""No Python at all: it may lie in a folder that is imported as a package."""
CLIMBS = 32
"""It may read files by paths (see `Scan.climbs`)."""
PROSE = 64
"""It says something of documents (see `Scan.prose`)."""
_NUMBER = "I"
_SIZE = array(_NUMBER).itemsize
_UNSURE_FLAGS = [flags for flags in range(128) if flags & UNSURE]


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of one file."""

    scan: bytes
    """Encoded."""
    targets: bytes
    """The places of the files it needs."""
    statements: bytes
    """For each of them, the number of the statement that asks for it first."""
    flags: int


class _First(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The beginning of an import or of a reference: the name."""

    name: str


class _Naming(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The beginning of a scan. Reading no more of it takes a third of the time."""

    imports: tuple[_First, ...] = ()
    references: tuple[_First, ...] = ()


class Columns(msgspec.Struct, frozen=True, array_like=True):
    """All rows, one column after the other."""

    paths: bytes
    """In UTF-8, each ending with a null byte."""
    scan_ends: bytes
    scans: bytes
    target_ends: bytes
    targets: bytes
    statements: bytes
    flags: bytes


class Table:
    """The rows of all files, by the files' places in the order of the paths."""

    def __init__(self, columns: Columns, changed: Mapping[int, Row] | None = None) -> None:
        self.columns = columns
        self.changed = dict(changed or {})
        """Rows that take the place of those in the columns."""
        self._scan_ends = _numbers(columns.scan_ends)
        self._target_ends = _numbers(columns.target_ends)
        self._targets = _numbers(columns.targets)
        self._decode = msgspec.msgpack.Decoder(Scan).decode

    @cached_property
    def paths(self) -> list[RelPath]:
        """The files, by place."""
        text = self.columns.paths.decode("utf-8", "surrogateescape")
        return [RelPath(each) for each in text.split("\0")[:-1]]

    @cached_property
    def places(self) -> dict[RelPath, int]:
        """The place of each file."""
        return {path: place for place, path in enumerate(self.paths)}

    def row(self, place: int) -> Row:
        """All that is known of a file."""
        if place in self.changed:
            return self.changed[place]
        start, end = (each * _SIZE for each in _span(self._target_ends, place))
        return Row(
            self.scan_bytes(place),
            self.columns.targets[start:end],
            self.columns.statements[start:end],
            self.columns.flags[place],
        )

    def targets(self, place: int) -> Sequence[int]:
        """The places of the files that a file needs."""
        if place in self.changed:
            return _numbers(self.changed[place].targets)
        start, end = _span(self._target_ends, place)
        return self._targets[start:end]

    def statements(self, place: int) -> Sequence[int]:
        """For each of them, the number of the statement that asks for it first."""
        return _numbers(self.row(place).statements)

    def flags(self, place: int) -> int:
        """Whether a file is dynamic, broken, was not read."""
        if place in self.changed:
            return self.changed[place].flags
        return self.columns.flags[place]

    def flagged(self, mask: int) -> list[int]:
        """The places of all files with one of some flags, in order."""
        kept = (place for place, flags in enumerate(self.columns.flags) if flags & mask)
        found = [place for place in kept if place not in self.changed]
        found += [place for place, row in self.changed.items() if row.flags & mask]
        return sorted(found)

    def scan_bytes(self, place: int) -> bytes:
        """What a file says, encoded."""
        if place in self.changed:
            return self.changed[place].scan
        start, end = _span(self._scan_ends, place)
        return self.columns.scans[start:end]

    def scan(self, place: int) -> Scan:
        """What a file says."""
        return self._decode(self.scan_bytes(place))

    def first_names(self) -> set[str]:
        """The first words of all names that any file imports or names."""
        decode = msgspec.msgpack.Decoder(_Naming).decode
        found: set[str] = set()
        for place in range(len(self.columns.flags)):
            scan = decode(self.scan_bytes(place))
            found.update([each.name for each in scan.imports])
            found.update([each.name.replace(":", ".") for each in scan.references])
        return {name.partition(".")[0] for name in found}

    def unsure(self) -> list[int]:
        """The places of the files that are to be read again next time."""
        flags = self.columns.flags
        found = [place for place, row in self.changed.items() if row.flags & UNSURE]
        if any(each in flags for each in _UNSURE_FLAGS):
            kept = (place for place in range(len(flags)) if flags[place] & UNSURE)
            found += [place for place in kept if place not in self.changed]
        return sorted(found)

    def count_targets(self) -> int:
        """How many edges there are."""
        spans = [_span(self._target_ends, place) for place in self.changed]
        before = sum(end - start for start, end in spans)
        now = sum(len(row.targets) // _SIZE for row in self.changed.values())
        return len(self._targets) - before + now


def make_columns(paths: Sequence[RelPath], rows: Iterable[Row]) -> Columns:
    """The columns of rows, which are in the order of the paths."""
    scan_ends, target_ends = array(_NUMBER), array(_NUMBER)
    scans, targets, statements, flags = bytearray(), bytearray(), bytearray(), bytearray()
    for row in rows:
        scans += row.scan
        scan_ends.append(len(scans))
        targets += row.targets
        target_ends.append(len(targets) // _SIZE)
        statements += row.statements
        flags.append(row.flags)
    return Columns(
        paths="".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape"),
        scan_ends=scan_ends.tobytes(),
        scans=bytes(scans),
        target_ends=target_ends.tobytes(),
        targets=bytes(targets),
        statements=bytes(statements),
        flags=bytes(flags),
    )


def join_columns(parts: Sequence[Columns]) -> Columns:
    """The columns of all parts, one after the other; places in them are those of the whole."""
    return Columns(
        paths=b"".join(part.paths for part in parts),
        scan_ends=_joined_ends([part.scan_ends for part in parts]),
        scans=b"".join(part.scans for part in parts),
        target_ends=_joined_ends([part.target_ends for part in parts]),
        targets=b"".join(part.targets for part in parts),
        statements=b"".join(part.statements for part in parts),
        flags=b"".join(part.flags for part in parts),
    )


def _joined_ends(parts: Iterable[bytes]) -> bytes:
    found = array(_NUMBER)
    for part in parts:
        before = found[-1] if found else 0
        found.extend(before + end for end in _numbers(part))
    return found.tobytes()


def make_row(scan: Scan, needed: Mapping[int, int], flags: int = 0) -> Row:
    """The row of a file, from what it says and the places of what it needs."""
    flags |= (DYNAMIC if scan.dynamic else 0) | (BROKEN if scan.broken else 0)
    flags |= (CLIMBS if scan.climbs != NOWHERE else 0) | (PROSE if scan.prose else 0)
    return Row(
        msgspec.msgpack.encode(scan),
        array(_NUMBER, needed.keys()).tobytes(),
        array(_NUMBER, needed.values()).tobytes(),
        flags,
    )


BYTES = f"{sys.byteorder} {_SIZE}"
"""How numbers stand in columns on this machine."""
UNREAD_ROW = make_row(NOTHING, {}, UNREAD)
DATA_ROW = make_row(NOTHING, {}, UNREAD | DATA)


def _numbers(content: bytes) -> "array[int]":
    found = array(_NUMBER)
    found.frombytes(content)
    return found


def _span(ends: "array[int]", place: int) -> tuple[int, int]:
    return ends[place - 1] if place else 0, ends[place]
