"""The import graph: for every file, the files that loading it may load, and which line says so.

Edges lead to all files a name may mean in any environment; walking the graph for one project
follows only those of projects that are in its environment. So one graph serves all projects, and
of several modules with one name each project gets its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache

import msgspec

from oneroof import paths
from oneroof.imports.climbing import AT_HOME, NOWHERE
from oneroof.imports.modules import Modules
from oneroof.imports.resolve import CONTENTS, PACKAGE
from oneroof.imports.scan import NOTHING, Scan
from oneroof.imports.table import BROKEN, CLIMBS, DATA, DYNAMIC, PROSE, UNREAD, Table
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


class Look(msgspec.Struct, frozen=True):
    """Files that a file may read by path, though it imports none of their projects."""

    folder: RelPath
    """All are below it."""
    names: frozenset[str] | None
    """Into projects below the folder it goes only by these names; None: into any."""
    home: RelPath | None
    """The folder of its own project, whose files count anyhow."""

    def sees(self, path: RelPath, home: RelPath) -> bool:
        """Whether a file is among those, given the folder of its project."""
        if not paths.is_within(path, self.folder) or home == self.home:
            return False
        if self.names is None or paths.is_within(self.folder, home):
            return True
        return paths.relative_to(home, self.folder).partition("/")[0] in self.names


class ImportGraph:
    """The graph over the files of a workspace."""

    def __init__(self, modules: Modules, table: Table) -> None:
        self.modules = modules
        self.scans = Scans(table)
        self._table = table
        self._owners: list[tuple[ProjectName, ...] | None] = [None] * len(table.columns.flags)

    def uses(self, path: RelPath) -> tuple[Use, ...]:
        """The files that a file needs, each with the first line that says so.

        What lies in folders that are packages without an `__init__.py` is not among them.
        """
        table = self._table
        place = table.places.get(path)
        if place is None:
            return ()
        scan = table.scan(place)
        return tuple(
            _use(table.paths[target], scan, number)
            for target, number in zip(table.targets(place), table.statements(place), strict=True)
            if number != CONTENTS
        )

    def reach(
        self, starts: Iterable[RelPath], members: AbstractSet[ProjectName]
    ) -> dict[RelPath, RelPath | None]:
        """All files that loading `starts` may load, each with the file that first asked for it.

        Files that belong only to projects outside `members` are not there to be loaded.
        """
        files, places, targets_of = self._table.paths, self._table.places, self._table.targets
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
                    found[files[target]] = files[place]
                    waiting.append(target)
        return found

    def dynamic(self, path: RelPath) -> bool:
        """Whether a file may reach others that no import names, or was not read: as a link is."""
        place = self._table.places.get(path)
        if place is None:
            return False
        flags = self._table.flags(place)
        return bool(flags & (DYNAMIC | BROKEN)) or flags & (UNREAD | DATA) == UNREAD

    def users(self, files: Iterable[RelPath]) -> set[RelPath]:
        """These files, and all that may load one of them in some environment or other."""
        paths, places, targets = self._table.paths, self._table.places, self._table.targets
        waiting = [places[path] for path in files if path in places]
        sources: dict[int, list[int]] = {}
        for place in range(len(paths)) if waiting else ():
            for target in targets(place):
                sources.setdefault(target, []).append(place)
        seen = set(waiting)
        while waiting:
            new = [each for each in sources.get(waiting.pop(), ()) if each not in seen]
            seen.update(new)
            waiting += new
        return {paths[place] for place in seen}

    def onlookers(self) -> Iterator[tuple[RelPath, Look]]:
        """The files that may read others by path, with all that they may look at for anybody."""
        for place in self._table.flagged(CLIMBS | DYNAMIC):
            path = self._table.paths[place]
            project = self.modules.project_at(self.modules.home(path))
            for members in (set(), {project}) if project is not None else (set(),):
                if (look := self.look(path, members)) is not None:
                    yield path, look

    def speakers(self) -> Iterator[tuple[RelPath, tuple[str, ...]]]:
        """The files that say something of documents, and what they say."""
        for place in self._table.flagged(PROSE):
            yield self._table.paths[place], self._table.scan(place).prose

    def look(self, path: RelPath, members: AbstractSet[ProjectName]) -> Look | None:
        """What a file may read by path of no project of `members`; None: nothing.

        That is where its paths lead up and out of its project, or down into one inside it.
        """
        place = self._table.places.get(path)
        if place is None or not self._table.flags(place) & (CLIMBS | DYNAMIC):
            return None
        scan, modules = self.scans.get(path, NOTHING), self.modules
        above = paths.ancestors(path)
        folder = above[min(max(scan.climbs, 0), len(above) - 1)]
        is_told = scan.climbs != NOWHERE and not scan.reaches_files
        names = frozenset(scan.names) if is_told else None
        home = modules.home(path)
        if modules.project_at(home) not in members:
            return Look(folder, names, None) if scan.climbs >= 0 else None
        if not paths.is_within(folder, home):
            if names is not None and names.isdisjoint(modules.names_below(folder)):
                names = None  # where it goes from there is not written in it
            return Look(folder, names, home)
        if scan.dynamic or scan.climbs == AT_HOME:
            folder = home
        return Look(folder, names, home) if modules.holds_others(folder, home) else None

    def sees(self, look: Look, path: RelPath) -> bool:
        """Whether a file is among those of a look."""
        return paths.is_within(path, look.folder) and look.sees(path, self.modules.home(path))

    def first_names(self) -> set[str]:
        """The first words of all names that any file imports or names."""
        return self._table.first_names()

    @property
    def unsure(self) -> list[RelPath]:
        """The files that could not be read, or were written while they were."""
        return [self._table.paths[place] for place in self._table.unsure()]

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
