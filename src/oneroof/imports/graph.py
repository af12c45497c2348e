"""The import graph: for every file, the files that loading it may load, and which line says so.

Edges lead to all files a name may mean in any environment; walking the graph for one project
follows only those of projects that are in its environment. So one graph serves all projects, and
of several modules with one name each project gets its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache

import msgspec

from oneroof.imports.modules import Modules
from oneroof.imports.resolve import PACKAGE
from oneroof.imports.scan import Scan
from oneroof.imports.table import BROKEN, DYNAMIC, UNREAD, Table
from oneroof.paths import RelPath
from oneroof.workspace.model import ProjectName

_DECODED = 4096
"""How many scans are at hand at once: all those of a large workspace would fill the memory."""


class Use(msgspec.Struct, frozen=True):
    """One line of a file that makes it need another file."""

    path: RelPath
    """The file that is needed."""
    line: int
    text: str
    """The module or the reference, as the line has it."""


class Scans(Mapping[RelPath, Scan]):
    """What each file says, by path."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._scan = lru_cache(_DECODED)(table.scan)

    def __getitem__(self, path: RelPath) -> Scan:
        place = self._table.places[path]
        if self._table.flags(place) & UNREAD:
            raise KeyError(path)
        return self._scan(place)

    def __contains__(self, path: object) -> bool:
        place = self._table.places.get(path)  # type: ignore[call-overload]  # any object may be asked for
        return place is not None and not self._table.flags(place) & UNREAD

    def __iter__(self) -> Iterator[RelPath]:
        flags = self._table.flags
        return (path for place, path in enumerate(self._table.paths) if not flags(place) & UNREAD)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def mentioning(self, name: str) -> Iterator[RelPath]:
        """The files whose strings name a document."""
        wanted = name.encode("utf-8", "surrogateescape")
        for path in self:
            place = self._table.places[path]
            if wanted in self._table.scan_bytes(place) and name in self._table.scan(place).prose:
                yield path


class ImportGraph:
    """The graph over the files of a workspace."""

    def __init__(self, modules: Modules, table: Table) -> None:
        self.modules = modules
        self.scans = Scans(table)
        self._table = table
        self._owners: list[tuple[ProjectName, ...] | None] = [None] * len(table.columns.flags)

    def uses(self, path: RelPath) -> tuple[Use, ...]:
        """The files that a file needs, each with the first line that says so."""
        table = self._table
        place = table.places.get(path)
        if place is None:
            return ()
        scan = table.scan(place)
        return tuple(
            _use(table.paths[target], scan, number)
            for target, number in zip(table.targets(place), table.statements(place), strict=True)
        )

    def reach(
        self, starts: Iterable[RelPath], members: AbstractSet[ProjectName]
    ) -> dict[RelPath, RelPath | None]:
        """All files that loading `starts` may load, each with the file that first asked for it.

        Files that belong only to projects outside `members` are not there to be loaded.
        """
        paths, places, targets_of = self._table.paths, self._table.places, self._table.targets
        owners_of = self._owners_of
        found: dict[RelPath, RelPath | None] = dict.fromkeys(starts)
        seen = {places[path] for path in found if path in places}
        waiting = [places[path] for path in found if path in places]
        while waiting:
            place = waiting.pop()
            for target in targets_of(place):
                if target in seen:
                    continue
                owners = owners_of(target)
                if not owners or not members.isdisjoint(owners):
                    seen.add(target)
                    found[paths[target]] = paths[place]
                    waiting.append(target)
        return found

    def dynamic(self, path: RelPath) -> bool:
        """Whether a file may reach others that no import names, or could not be read."""
        place = self._table.places.get(path)
        return place is not None and bool(self._table.flags(place) & (DYNAMIC | BROKEN))

    def count_uses(self) -> int:
        """How many edges there are."""
        return self._table.count_targets()

    def _owners_of(self, place: int) -> tuple[ProjectName, ...]:
        owners = self._owners[place]
        if owners is None:
            owners = self._owners[place] = self.modules.owners(self._table.paths[place])
        return owners


def _use(path: RelPath, scan: Scan, number: int) -> Use:
    if number == PACKAGE:
        return Use(path, 1, "the package it lies in")
    imports = len(scan.imports)
    if number <= imports:
        statement = scan.imports[number - 1]
        return Use(path, statement.line, statement.module)
    reference = scan.references[number - 1 - imports]
    return Use(path, reference.line, reference.text)
