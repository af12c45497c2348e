"""Where modules lie: from dotted names to files of the workspace, for all projects at once.

A name may lead to several files, one in each project that has such a module; whoever asks knows
which projects are in the environment at hand. Names are looked up as Python would find them in
some environment: from the source roots of projects, from the folders that a build backend maps
to a package, and from the folders that pytest and `python FILE` put on `sys.path`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.nesting import find_nested

if TYPE_CHECKING:
    from oneroof.workspace.tree import Tree

INIT = "__init__"


def may_be_in_package(path: RelPath) -> bool:
    """Whether a file lies in a folder that can be imported by its name."""
    return paths.name(paths.parent(path)).isidentifier()


class Mount(msgspec.Struct, frozen=True):
    """A folder, or a single module, and the dotted name it is imported by; `` for a root."""

    root: RelPath
    name: str
    nested: frozenset[RelPath]
    """The folders of other projects below it."""


class Modules:
    """The modules of a workspace; nothing is looked at before it is asked for."""

    def __init__(
        self,
        projects: Sequence[Project],
        find_files: Callable[[], Iterable[RelPath]],
    ) -> None:
        self._projects = projects
        self._find_files = find_files
        self.find_tree: Callable[[], Tree] | None = None
        """Gives all files, where they are at hand."""
        self._homes = {project.path: project.name for project in projects}
        self._elsewhere: dict[RelPath, tuple[ProjectName, ...]] = {}
        for project in projects:
            for owned in project.owned_paths:
                others = self._elsewhere.get(owned, ())
                self._elsewhere[owned] = (*others, project.name)
        self._owners: dict[RelPath, tuple[ProjectName, ...]] = {}
        self._search_folders: dict[RelPath, list[RelPath]] = {}
        self._found: dict[str, tuple[RelPath, ...]] = {}

    @cached_property
    def files(self) -> frozenset[RelPath]:
        """All Python modules."""
        return frozenset(path for path in self._find_files() if path.endswith(".py"))

    @cached_property
    def _folders(self) -> frozenset[RelPath]:
        """All folders that hold Python modules or what may be data of such, however deep."""
        found = {RelPath(path.rpartition("/")[0] or ".") for path in self.files}
        found |= self._contents.keys()
        for folder in tuple(found):
            above = paths.parent(folder)
            while above not in found:
                found.add(above)
                above = paths.parent(above)
        return frozenset(found)

    @cached_property
    def _contents(self) -> dict[RelPath, tuple[RelPath, ...]]:
        """By folder, the files that lie directly in one that is no package by an `__init__.py`."""
        found: dict[RelPath, list[RelPath]] = {}
        for path in self._find_files():
            found.setdefault(paths.parent(path), []).append(path)
        return {
            folder: tuple(files)
            for folder, files in found.items()
            if paths.join(folder, f"{INIT}.py") not in self.files
        }

    @cached_property
    def _nested(self) -> dict[RelPath, frozenset[RelPath]]:
        return find_nested(project.path for project in self._projects)

    @cached_property
    def _children(self) -> dict[RelPath, dict[str, tuple[RelPath, ...]]]:
        """By folder, the modules and packages that lie directly in it, by name."""
        found: dict[RelPath, dict[str, tuple[RelPath, ...]]] = {}
        for path in sorted(self.files):
            above, _, file = path.rpartition("/")
            folder, name = RelPath(above or "."), file[:-3]
            if name == INIT and above:
                folder, name = paths.parent(folder), paths.name(folder)
            inside = found.setdefault(folder, {})
            inside[name] = (*inside.get(name, ()), path)
        return found

    @cached_property
    def _mounts(self) -> dict[str, tuple[Mount, ...]]:
        """By first name, where modules with such names may lie; in the order of projects."""
        mounts = [
            Mount(root, name, self._nested[project.path])
            for project in self._projects
            for root, name in _mounts(project)
        ]
        names: dict[str, set[str]] = {mount.root: set() for mount in mounts}
        for path in (*self.files, *self._folders):
            above, _, name = path.rpartition("/")
            if (above or ".") in names:
                names[above or "."].add(name.removesuffix(".py"))
        found: dict[str, list[Mount]] = {}
        for mount in mounts:
            firsts = {mount.name.partition(".")[0]} if mount.name else names[mount.root]
            for first in firsts:
                found.setdefault(first, []).append(mount)
        return {first: tuple(each) for first, each in found.items()}

    def owners(self, path: RelPath) -> tuple[ProjectName, ...]:
        """The projects a file belongs to: those that include it, and the innermost around it."""
        around = self._owners_around(paths.parent(path))
        if path not in self._elsewhere:
            return around
        return tuple(dict.fromkeys((*self._elsewhere[path], *around)))

    def _owners_around(self, folder: RelPath) -> tuple[ProjectName, ...]:
        if folder not in self._owners:
            above = (folder, *paths.ancestors(folder))
            found = [name for each in above for name in self._elsewhere.get(each, ())]
            home = next((self._homes[each] for each in above if each in self._homes), None)
            self._owners[folder] = tuple(dict.fromkeys(found if home is None else (*found, home)))
        return self._owners[folder]

    @cached_property
    def _wrapping(self) -> frozenset[RelPath]:
        """The folders around packages that are distributed without them."""
        packages = [each for one in self._projects for each in one.metadata.import_packages]
        around = {
            above
            for package in packages
            if package.root is not None
            for above in paths.ancestors(package.path)[: package.name.count(".")]
        }
        return frozenset(around - {package.path for package in packages})

    def is_wrapping(self, path: RelPath) -> bool:
        """Whether a file makes a package of a folder of which only parts are distributed.

        It does not hide what other projects have by that name.
        """
        return paths.name(path) == f"{INIT}.py" and paths.parent(path) in self._wrapping

    def home(self, path: RelPath) -> RelPath:
        """The folder of the innermost project around a file; the root where there is none."""
        return next((each for each in paths.ancestors(path) if each in self._homes), paths.ROOT)

    def project_at(self, folder: RelPath) -> ProjectName | None:
        """The project whose folder that is."""
        return self._homes.get(folder)

    def holds_others(self, folder: RelPath, home: RelPath) -> bool:
        """Whether projects lie inside that of `home`, at or below a folder of it."""
        return any(paths.is_within(each, folder) for each in self._nested.get(home, ()))

    def names_below(self, folder: RelPath) -> frozenset[str]:
        """The names of what lies directly in a folder, as far as they are known."""
        if self.find_tree is None:
            return frozenset()
        here = self.find_tree().folder(folder)
        return frozenset((*here.files, *here.folders))

    def search_folders(self, path: RelPath) -> list[RelPath]:
        """The folders around a file that may be on `sys.path`.

        Those are all up to that of its project, and above those of a conftest.py: pytest imports
        it from there, or from further up where that is a package.
        """
        folder = paths.parent(path)
        if folder not in self._search_folders:
            self._search_folders[folder] = list(self._find_search_folders(path))
        return self._search_folders[folder]

    def _find_search_folders(self, path: RelPath) -> Iterator[RelPath]:
        home = self.home(path)
        below: RelPath | None = None
        for above in paths.ancestors(path):
            if (
                paths.is_within(above, home)
                or paths.join(above, "conftest.py") in self.files
                or (below is not None and paths.join(below, f"{INIT}.py") in self.files)
            ):
                below = above
                yield above

    def mounts(self, first: str) -> tuple[Mount, ...]:
        """Where modules whose name starts so may lie, in the order of projects."""
        return self._mounts.get(first, ())

    def has(self, folder: RelPath, first: str) -> bool:
        """Whether names that start so can be imported from a folder on `sys.path`."""
        return first in self._children.get(folder, ()) or paths.join(folder, first) in self._folders

    def find(self, dotted: str) -> tuple[RelPath, ...]:
        """The files that are the module, in whichever project; none for namespaces."""
        found = self._found.get(dotted)
        if found is None:
            mounts = self.mounts(dotted.partition(".")[0])
            places = ((mount, self.place(mount, dotted)) for mount in mounts)
            files = (
                path
                for mount, place in places
                if place is not None
                for path in self.in_mount(mount, place)
            )
            found = self._found[dotted] = tuple(dict.fromkeys(files))
        return found

    def in_mount(self, mount: Mount, place: RelPath) -> Iterator[RelPath]:
        """The module or the package of a place in a mount."""
        return (path for path in self.at(place) if not self.is_elsewhere(mount, path))

    def place(self, mount: Mount, dotted: str) -> RelPath | None:
        """Where a module lies if it is in a mount: the path without suffix, or a single file."""
        inside = dotted
        if mount.name:
            if dotted != mount.name and not dotted.startswith(f"{mount.name}."):
                return None
            inside = dotted[len(mount.name) + 1 :]
        return paths.join(mount.root, inside.replace(".", "/")) if inside else mount.root

    def at(self, place: RelPath) -> tuple[RelPath, ...]:
        """The module or the package of a place; both where both are there."""
        if place in self.files:
            return (place,)
        module = RelPath(f"{place}.py")
        package = paths.join(place, f"{INIT}.py")
        return tuple(path for path in (module, package) if path in self.files)

    def in_package(self, folder: RelPath, name: str) -> tuple[RelPath, ...]:
        """What a name means in a folder."""
        children = self._children.get(folder)
        return () if children is None else children.get(name, ())

    def is_package(self, place: RelPath) -> bool:
        """Whether a place is a folder that holds modules, however deep."""
        return place in self._folders

    def contents(self, place: RelPath) -> tuple[RelPath, ...]:
        """The files that lie directly in a folder without an `__init__.py`.

        Such a folder is a package as long as it is there, and what lies in it may be its data.
        """
        return self._contents.get(place, ())

    def is_elsewhere(self, mount: Mount, path: RelPath) -> bool:
        """Whether a path below a mount belongs to another project, which lies inside."""
        if not mount.nested:
            return False
        above = paths.ancestors(path)
        return any(each in mount.nested for each in above[: above.index(mount.root)])

    def children(self, dotted: str) -> Iterator[RelPath]:
        """The modules directly below a package, as `from package import *` may load any."""
        for path in self.find(dotted):
            if paths.name(path) == f"{INIT}.py":
                yield from self.in_folder(paths.parent(path))

    def beside(self, folder: RelPath, dotted: str) -> RelPath | None:
        """The file a dotted name means as seen from a folder on `sys.path`."""
        found = self.at(paths.join(folder, dotted.replace(".", "/")))
        return found[0] if found else None

    def names_in(self, folder: RelPath) -> Iterator[tuple[str, RelPath]]:
        """The modules that a folder on `sys.path` shows, by name."""
        for name, files in self._children.get(folder, {}).items():
            for path in files:
                yield name, path

    def in_folder(self, folder: RelPath) -> Iterator[RelPath]:
        """The modules and packages that lie directly in a folder."""
        for name, files in self._children.get(folder, {}).items():
            if name != INIT:
                yield from files

    def packages_above(self, path: RelPath) -> Iterator[RelPath]:
        """The `__init__.py` files that are run before the file, as it lies in their packages."""
        for above in paths.ancestors(path):
            init = paths.join(above, f"{INIT}.py")
            if init not in self.files:
                return
            if init != path:
                yield init


def _mounts(project: Project) -> Iterator[tuple[RelPath, str]]:
    """Folders (or single modules) and the dotted name they are imported by; `` for a root."""
    roots = set()
    for package in project.metadata.import_packages:
        if package.root is None:
            yield package.path, package.name
        elif package.root not in roots:
            roots.add(package.root)
            yield package.root, ""
    if project.path not in roots:
        # What is no package is imported from its own folder: scripts, DAGs, flat applications.
        yield project.path, ""
