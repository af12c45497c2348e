"""Dividing targets among machines: the same on each that has the same files and durations. Pure.

Work is handed out longest first, each piece to the shard that has least with it (LPT). To begin
a target costs something in every shard that has a part of it, so its files stay together where
that costs little balance.
"""

import hashlib
import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from oneroof.paths import RelPath

SLACK = 20
"""A coarser division is taken where its longest shard is longer by no more than a twentieth."""


class Unit(msgspec.Struct, frozen=True):
    """A target with what it takes, in milliseconds."""

    target: str
    start: int
    """What it takes beside its files: all of it where it has none."""
    files: tuple[tuple[RelPath, int], ...] = ()
    """The test files that can be run apart, with what each takes."""


class Shard(msgspec.Struct, frozen=True):
    """What one machine is to do."""

    parts: Mapping[str, tuple[RelPath, ...]]
    """By target, sorted; the files are empty for a target that is not divided."""
    weight: int
    """What it takes, in milliseconds."""


class Division(msgspec.Struct, frozen=True):
    """All shards of some targets."""

    shards: tuple[Shard, ...]

    @property
    def weight(self) -> int:
        """What all shards take together."""
        return sum(each.weight for each in self.shards)

    @property
    def digest(self) -> str:
        """A short name: two machines that come to another one divide differently."""
        parts = [list(each.parts.items()) for each in self.shards]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]


class _Piece(msgspec.Struct, frozen=True):
    """Files of one target that stay together."""

    target: str
    start: int
    weight: int
    files: tuple[RelPath, ...]


def divide(units: Iterable[Unit], count: int) -> Division:
    """Divide units into `count` shards, some of them empty where there is not enough."""
    ordered = sorted(units, key=lambda unit: unit.target)
    total = sum(unit.start + _weight(unit.files) for unit in ordered)
    ideal = -(-total // count)
    divisions = [
        _hand_out([piece for unit in ordered for piece in _pieces(unit, limit)], count)
        for limit in (total, ideal, ideal // 2, ideal // 4, ideal // 8, ideal // 16, 0)
    ]
    best = min(map(_longest, divisions))
    return next(each for each in divisions if _longest(each) * SLACK <= best * (SLACK + 1))


def _longest(division: Division) -> int:
    return max(each.weight for each in division.shards)


def _weight(files: Iterable[tuple[RelPath, int]]) -> int:
    return sum(weight for _, weight in files)


def _pieces(unit: Unit, limit: int) -> Iterator[_Piece]:
    """A unit in as few pieces as keep within the limit, of about the same weight."""
    weight = _weight(unit.files)
    room = limit - unit.start
    number = 1
    if unit.files and weight > room:
        number = min(len(unit.files), -(-weight // room)) if room > 0 else len(unit.files)
    loads = [(0, index) for index in range(number)]
    files: list[list[RelPath]] = [[] for _ in loads]
    for path, each in sorted(unit.files, key=lambda file: (-file[1], file[0])):
        load, index = heapq.heappop(loads)
        files[index].append(path)
        heapq.heappush(loads, (load + each, index))
    for load, index in loads:
        if files[index] or not unit.files:
            yield _Piece(unit.target, unit.start, load, tuple(sorted(files[index])))


def _longest_first(piece: _Piece) -> tuple[int, str, tuple[RelPath, ...]]:
    return -piece.weight - piece.start, piece.target, piece.files


def _hand_out(pieces: Sequence[_Piece], count: int) -> Division:
    loads = [0] * count
    parts: list[dict[str, list[RelPath]]] = [{} for _ in loads]
    for piece in sorted(pieces, key=_longest_first):
        after = [
            load + piece.weight + (0 if piece.target in there else piece.start)
            for load, there in zip(loads, parts, strict=True)
        ]
        index = after.index(min(after))
        loads[index] = after[index]
        parts[index].setdefault(piece.target, []).extend(piece.files)
    return Division(
        tuple(
            Shard({target: tuple(sorted(there[target])) for target in sorted(there)}, load)
            for there, load in zip(parts, loads, strict=True)
        )
    )
