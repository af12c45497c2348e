"""The import graph: for every file, the files that loading it may load, and which line says so.

Edges lead to all files a name may mean in any environment; walking the graph for one project
follows only those of projects that are in its environment. So one graph serves all projects, and
of several modules with one name each project gets its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

import msgspec

from oneroof import paths
from oneroof.imports.climbing import AT_HOME, NOWHERE
from oneroof.imports.modules import Modules
from oneroof.imports.scan import NOTHING, Scan
from oneroof.paths import RelPath
from oneroof.workspace.model import ProjectName


class Use(msgspec.Struct, frozen=True):
    """One line of a file that makes it need another file."""

    path: RelPath
    """The file that is needed."""
    line: int
    text: str
    """The module or the reference, as the line has it."""


class Look(msgspec.Struct, frozen=True):
    """Files that a file may read by path, though it imports none of their projects."""

    folder: RelPath
    """All are below it."""
    names: frozenset[str] | None
    """Into projects below the folder it goes only by these names; None: into any."""
    home: RelPath | None
    """The folder of its own project, whose files count anyhow."""


class ImportGraph:
    """The graph over the files of a workspace."""

    def __init__(self, modules: Modules, scans: Mapping[RelPath, Scan]) -> None:
        self.modules = modules
        self.scans = scans
        self._uses: dict[RelPath, tuple[Use, ...]] = {}
        self._needs: dict[RelPath, tuple[tuple[RelPath, tuple[ProjectName, ...]], ...]] = {}

    def uses(self, path: RelPath) -> tuple[Use, ...]:
        """The files that a file needs, each with the first line that says so."""
        if path not in self._uses:
            found: dict[RelPath, Use] = {}
            for use in self._find_uses(path):
                if use.path != path:
                    found.setdefault(use.path, use)
            self._uses[path] = tuple(found.values())
        return self._uses[path]

    def reach(
        self, starts: Iterable[RelPath], members: AbstractSet[ProjectName]
    ) -> dict[RelPath, RelPath | None]:
        """All files that loading `starts` may load, each with the file that first asked for it.

        Files that belong only to projects outside `members` are not there to be loaded.
        """
        found: dict[RelPath, RelPath | None] = dict.fromkeys(starts)
        waiting = list(found)
        while waiting:
            path = waiting.pop()
            for target, owners in self._needed(path):
                if target not in found and (not owners or not members.isdisjoint(owners)):
                    found[target] = path
                    waiting.append(target)
        return found

    def dynamic(self, path: RelPath) -> bool:
        """Whether a file may reach others that no import names, or was not read: as a link is."""
        scan = self.scans.get(path, NOTHING)
        return bool(scan.dynamic or scan.broken) or path in self.modules.links

    def may_look_out(self, path: RelPath) -> bool:
        """Whether `look` may find something for a file, whoever loads it."""
        scan = self.scans.get(path, NOTHING)
        if scan.climbs == NOWHERE and not scan.dynamic:
            return False
        home = self.modules.home(path)
        project = self.modules.project_at(home)
        return project is None or self.look(path, {project}) is not None

    def look(self, path: RelPath, members: AbstractSet[ProjectName]) -> Look | None:
        """What a file may read by path of no project of `members`; None: nothing.

        That is where its paths lead up and out of its project, or down into one inside it.
        """
        scan, modules = self.scans.get(path, NOTHING), self.modules
        if scan.climbs == NOWHERE and not scan.dynamic:
            return None
        above = paths.ancestors(path)
        folder = above[min(max(scan.climbs, 0), len(above) - 1)]
        names = None if scan.reaches_files else frozenset(scan.names)
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
        if not paths.is_within(path, look.folder):
            return False
        home = self.modules.home(path)
        if home == look.home:
            return False
        if look.names is None or paths.is_within(look.folder, home):
            return True
        return paths.relative_to(home, look.folder).partition("/")[0] in look.names

    def _needed(self, path: RelPath) -> tuple[tuple[RelPath, tuple[ProjectName, ...]], ...]:
        if path not in self._needs:
            owners = self.modules.owners
            self._needs[path] = tuple((use.path, owners(use.path)) for use in self.uses(path))
        return self._needs[path]

    def _find_uses(self, path: RelPath) -> Iterator[Use]:
        scan = self.scans.get(path, NOTHING)
        modules = self.modules
        for init in modules.packages_above(path):
            yield Use(init, 1, "the package it lies in")
        folders = modules.search_folders(path)
        for each in scan.imports:
            if each.module.startswith("."):
                found = self._relative(path, each.module, each.names)
            else:
                found = self._absolute(folders, each.module, each.names)
            for target in found:
                yield Use(target, each.line, each.module)
        for reference in scan.references:
            dotted = reference.text.replace(":", ".")
            for target in self._referenced(folders, dotted):
                yield Use(target, reference.line, reference.text)

    def _absolute(
        self, folders: list[RelPath], module: str, names: tuple[str, ...]
    ) -> Iterator[RelPath]:
        dotted = ""
        for part in module.split("."):
            dotted = f"{dotted}.{part}" if dotted else part
            yield from self._lookup(folders, dotted)
        if not names:
            yield from self.modules.in_namespace(folders, module)
        for name in names:
            if name != "*":
                yield from self._lookup(folders, f"{module}.{name}")
                yield from self.modules.in_namespace(folders, f"{module}.{name}")
                continue
            yield from self.modules.children(module)
            for folder in folders:
                beside = self.modules.beside(folder, module)
                if beside is not None and paths.name(beside) == "__init__.py":
                    yield from self.modules.in_folder(paths.parent(beside))

    def _lookup(self, folders: list[RelPath], dotted: str) -> Iterator[RelPath]:
        yield from self.modules.find(dotted)
        for folder in folders:
            beside = self.modules.beside(folder, dotted)
            if beside is not None:
                yield beside

    def _relative(self, path: RelPath, module: str, names: tuple[str, ...]) -> Iterator[RelPath]:
        rest = module.lstrip(".")
        folder = paths.parent(path)
        for _ in range(len(module) - len(rest) - 1):
            folder = paths.parent(folder)
        init = paths.join(folder, "__init__.py")
        if init in self.modules.files:
            yield init
        dotted = ""
        for part in rest.split(".") if rest else ():
            dotted = f"{dotted}.{part}" if dotted else part
            beside = self.modules.beside(folder, dotted)
            if beside is not None:
                yield beside
        for name in names:
            if name == "*":
                inside = paths.join(folder, *rest.split(".")) if rest else folder
                yield from self.modules.in_folder(inside)
                continue
            dotted = f"{rest}.{name}" if rest else name
            beside = self.modules.beside(folder, dotted)
            if beside is not None:
                yield beside
            yield from self.modules.in_namespace((folder,), dotted)

    def _referenced(self, folders: list[RelPath], dotted: str) -> Iterator[RelPath]:
        """What a string means: the longest of its beginnings that is a module, and above."""
        prefix = ""
        for part in dotted.split("."):
            prefix = f"{prefix}.{part}" if prefix else part
            yield from self._lookup(folders, prefix)
        yield from self.modules.in_namespace(folders, dotted)
