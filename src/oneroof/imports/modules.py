"""Where modules lie: from dotted names to files of the workspace, for all projects at once.

A name may lead to several files, one in each project that has such a module; whoever asks knows
which projects are in the environment at hand. Names are looked up as Python would find them in
some environment: from the source roots of projects, from the folders that a build backend maps
to a package, and from the folders that pytest and `python FILE` put on `sys.path`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.tree import Tree

INIT = "__init__"


class Modules:
    """An index of the modules of a workspace."""

    def __init__(
        self,
        projects: Sequence[Project],
        tree: Tree,
        nested: Mapping[RelPath, frozenset[RelPath]],
    ) -> None:
        self._tree = tree
        self.files = frozenset(path for path in tree.files if path.endswith(".py"))
        self.links = tree.links
        self._folders = {project.path: project.name for project in projects}
        self._tops: dict[str, dict[RelPath, None]] = {}
        """Folders that names start from, by the names of the folders in them."""
        self._nested = nested
        self._known_names: dict[RelPath, frozenset[str]] = {}
        self._shown: dict[str, dict[RelPath, None]] = {}
        self._owners: dict[RelPath, tuple[ProjectName, ...]] = {}
        for project in projects:
            for root, name in _mounts(project):
                for top in () if name else tree.folder(root).folders:
                    self._tops.setdefault(top, {})[root] = None
                for path in _python_below(tree, root, nested.get(project.path, frozenset())):
                    self._show(name, root, path)
            for owned in project.owned_paths:
                below = tree.below(owned) if tree.is_folder(owned) else (owned,)
                for path in below:
                    self._owners[path] = (*self._owners.get(path, ()), project.name)

    def _show(self, name: str, root: RelPath, path: RelPath) -> None:
        inside = paths.relative_to(path, root).removesuffix(".py").replace("/", ".")
        dotted = f"{name}.{inside}" if name else inside
        if inside == "." or path == root:
            dotted = name
        elif dotted.endswith(f".{INIT}"):
            dotted = dotted.removesuffix(f".{INIT}")
        self._shown.setdefault(dotted, {})[path] = None

    def owners(self, path: RelPath) -> tuple[ProjectName, ...]:
        """The projects a file belongs to: the innermost around it, and those that include it."""
        elsewhere = self._owners.get(path, ())
        for above in paths.ancestors(path):
            if above in self._folders:
                name = self._folders[above]
                return elsewhere if name in elsewhere else (*elsewhere, name)
        return elsewhere

    def home(self, path: RelPath) -> RelPath:
        """The folder of the innermost project around a file; the root where there is none."""
        return next((each for each in paths.ancestors(path) if each in self._folders), paths.ROOT)

    def project_at(self, folder: RelPath) -> ProjectName | None:
        """The project whose folder that is."""
        return self._folders.get(folder)

    def holds_others(self, folder: RelPath, home: RelPath) -> bool:
        """Whether projects lie inside that of `home`, at or below a folder of it."""
        return any(paths.is_within(each, folder) for each in self._nested.get(home, ()))

    def names_below(self, folder: RelPath) -> frozenset[str]:
        """The names of what lies directly in a folder."""
        here = self._tree.folder(folder)
        return frozenset((*here.files, *here.folders))

    def search_folders(self, path: RelPath) -> list[RelPath]:
        """The folders between a file and its project's that may be on `sys.path`."""
        home = self.home(path)
        return [above for above in paths.ancestors(path) if paths.is_within(above, home)]

    def find(self, dotted: str) -> Iterable[RelPath]:
        """The files that are the module, in whichever project; none for namespaces."""
        return self._shown.get(dotted, ())

    def in_namespace(self, folders: Iterable[RelPath], dotted: str) -> Iterator[RelPath]:
        """The files that lie directly in the folders a name means that has no module.

        Such a folder is a package as long as it is there, and what lies in it may be its data.
        One that is a project's own is meant only where nothing else has the name.
        """
        first, *rest = dotted.split(".")
        is_found = dotted in self._shown
        for root in dict.fromkeys((*self._tops.get(first, ()), *folders)):
            folder = paths.join(root, first, *rest)
            if is_found and folder in self._folders:
                continue
            if f"{INIT}.py" not in (files := self._tree.folder(folder).files):
                yield from (paths.join(folder, name) for name in files)

    def top_level(self) -> Iterator[tuple[str, RelPath]]:
        """The modules that are imported without a dot from where projects have their code."""
        for dotted, files in self._shown.items():
            if "." not in dotted:
                for path in files:
                    yield dotted, path

    def children(self, dotted: str) -> Iterator[RelPath]:
        """The modules directly below a package, as `from package import *` may load any."""
        for path in self.find(dotted):
            if paths.name(path) == f"{INIT}.py":
                yield from self.in_folder(paths.parent(path))

    def beside(self, folder: RelPath, dotted: str) -> RelPath | None:
        """The file a dotted name means as seen from a folder on `sys.path`."""
        if dotted.partition(".")[0] not in self._names(folder):
            return None
        place = paths.join(folder, *dotted.split("."))
        package = RelPath(f"{place}/{INIT}.py")
        if package in self.files:
            return package
        module = RelPath(f"{place}.py")
        return module if module in self.files else None

    def _names(self, folder: RelPath) -> frozenset[str]:
        """The names that can be imported from a folder."""
        if folder not in self._known_names:
            here = self._tree.folder(folder)
            files = (name.removesuffix(".py") for name in here.files if name.endswith(".py"))
            self._known_names[folder] = frozenset((*files, *here.folders))
        return self._known_names[folder]

    def names_in(self, folder: RelPath) -> Iterator[tuple[str, RelPath]]:
        """The modules that a folder on `sys.path` shows, by name."""
        for path in self.in_folder(folder):
            stem = paths.name(path).removesuffix(".py")
            yield (paths.name(paths.parent(path)) if stem == INIT else stem), path

    def in_folder(self, folder: RelPath) -> Iterator[RelPath]:
        """The modules and packages that lie directly in a folder."""
        here = self._tree.folder(folder)
        for name in here.files:
            if name.endswith(".py") and name != f"{INIT}.py":
                yield paths.join(folder, name)
        for name in here.folders:
            package = paths.join(folder, name, f"{INIT}.py")
            if package in self.files:
                yield package

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


def _python_below(tree: Tree, folder: RelPath, nested: frozenset[RelPath]) -> Iterator[RelPath]:
    if folder.endswith(".py"):
        yield folder
        return
    here = tree.folder(folder)
    for name in here.files:
        if name.endswith(".py"):
            yield paths.join(folder, name)
    for name in here.folders:
        below = paths.join(folder, name)
        if below not in nested:
            yield from _python_below(tree, below, nested)
