"""Whom an import leads to: the project itself, another one, the standard library, anyone else."""

import sys
from collections.abc import Iterator
from functools import cached_property

import msgspec

from oneroof import paths
from oneroof.imports.modules import Modules
from oneroof.paths import RelPath
from oneroof.rules.namespaces import OPENS_AGAIN
from oneroof.rules.parsed import Seen
from oneroof.workspace.model import ImportPackage, Project, ProjectName, Workspace
from oneroof.workspace.tree import Tree

REMOVED = frozenset(
    {
        *("aifc", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "chunk", "crypt"),
        *("distutils", "formatter", "imghdr", "imp", "lib2to3", "mailcap", "msilib", "nis"),
        *("nntplib", "ossaudiodev", "parser", "pipes", "smtpd", "sndhdr", "spwd", "sunau"),
        *("symbol", "telnetlib", "uu", "xdrlib"),
    }
)
"""What older Pythons had in their standard library."""
TYPING_ONLY = frozenset({"_typeshed", "__main__"})
"""What is there without being installed: for type checkers, and the program itself."""
STANDARD = sys.stdlib_module_names | REMOVED | TYPING_ONLY


class Target(msgspec.Struct, frozen=True):
    """One thing that an import statement asks for, which the project does not have itself."""

    dotted: str
    """With the imported name: `a.b.c` of `from a.b import c`."""
    shown: str
    """The module that is meant, as far as it is known."""
    seen: Seen
    projects: tuple[ProjectName, ...] = ()
    """The projects that have it in a package of theirs; empty: none, so it is third-party."""
    is_loose: bool = False
    """Whether some file or folder bears its name, so that it may be there all the same."""


class Targets:
    """Finds what imports lead to, for the projects of one workspace."""

    def __init__(self, workspace: Workspace, modules: Modules, tree: Tree) -> None:
        self._workspace = workspace
        self._modules = modules
        self._tree = tree
        self._projects = {project.name: project for project in workspace.projects}
        self._names: dict[ProjectName, frozenset[str]] = {}

    def of(self, project: Project, path: RelPath, imports: list[Seen]) -> Iterator[Target]:
        """What the imports of a file of a project ask of others, in their order."""
        folders = self._modules.search_folders(path)
        for seen in imports:
            is_relative = seen.module.startswith(".")
            module = _absolute(project, path, seen.module) if is_relative else seen.module
            if not module or (module.partition(".")[0] in STANDARD and not is_relative):
                continue
            asked = [f"{module}.{name}" for name in seen.names if name != "*"]
            if len(asked) < len(seen.names) or not asked:
                asked.append(module)
            for dotted in asked:
                found = self._find(project, folders, dotted, seen)
                # Relative ones stay in the package, but for portions that other projects have.
                if found is not None and (found.projects or not is_relative):
                    yield found

    def _find(
        self, project: Project, folders: list[RelPath], dotted: str, seen: Seen
    ) -> Target | None:
        if dotted in self._namespaces:
            return None  # A namespace is nobody's; what lies in it is.
        is_loose = False
        prefix = dotted
        while prefix:
            own, others, loose = self._at(project, folders, prefix)
            if own:
                return None
            if others:
                if self._is_shadowed(project, folders, prefix):
                    return None
                return Target(dotted, prefix, seen, others)
            is_loose = is_loose or loose or prefix in self._namespaces
            prefix = prefix.rpartition(".")[0]
        is_loose = is_loose or dotted.partition(".")[0] in self._own_names(project)
        return Target(dotted, seen.module, seen, is_loose=is_loose)

    def _at(
        self, project: Project, folders: list[RelPath], dotted: str
    ) -> tuple[bool, tuple[ProjectName, ...], bool]:
        """Whether the project has a module itself, who else has it, and whether as mere files."""
        modules = self._modules
        beside = filter(None, (modules.beside(folder, dotted) for folder in folders))
        if any(not modules.is_wrapping(path) for path in beside):
            return True, (), False
        for folder in paths.ancestors(project.path):
            # Programs of a folder may be started from one around it, or with it on `sys.path`.
            around = modules.beside(folder, dotted) if folder != project.path else None
            if around is not None and self._is_nobodys(around, project):
                return True, (), False
        others: dict[ProjectName, None] = {}
        loose = False
        for path in modules.find(dotted):
            owners = modules.owners(path)
            if project.name in owners and not modules.is_wrapping(path):
                return True, (), False
            loose = True
            for name in owners:
                if self._packs(self._projects[name], path, dotted):
                    others[name] = None
        return False, tuple(sorted(others)), loose

    def _is_nobodys(self, path: RelPath, project: Project) -> bool:
        """Whether a file is of no project, or of this one, which is not built."""
        owners = self._modules.owners(path)
        return not owners or (project.metadata.build_backend is None and project.name in owners)

    @staticmethod
    def _packs(project: Project, path: RelPath, dotted: str) -> bool:
        """Whether a file is that module in what the project's distribution holds."""
        return any(
            paths.is_within(path, package.path)
            and (dotted == package.name or dotted.startswith(f"{package.name}."))
            for package in project.metadata.import_packages
        )

    def _is_shadowed(self, project: Project, folders: list[RelPath], dotted: str) -> bool:
        """Whether a package of the project hides what others have below its name."""
        above = dotted.rpartition(".")[0]
        while above:
            files = [
                path
                for path in self._modules.find(above)
                if project.name in self._modules.owners(path)
            ]
            beside = (self._modules.beside(folder, above) for folder in folders)
            files += [path for path in beside if path is not None]
            if any(not OPENS_AGAIN.search(self._text(path)) for path in files):
                return True
            above = above.rpartition(".")[0]
        return False

    def _text(self, path: RelPath) -> str:
        return self._tree.read_bytes(path).decode(errors="replace")

    def _own_names(self, project: Project) -> frozenset[str]:
        """The names of all Python files and folders of a project, wherever they lie in it.

        A program that changes `sys.path` may import any of them.
        """
        if project.name not in self._names:
            found: set[str] = set()
            for path in self._tree.below(project.path):
                if path.endswith((".py", ".ipynb")):
                    inside = paths.relative_to(path, project.path).removesuffix(".py")
                    found.update(inside.split("/"))
            self._names[project.name] = frozenset(found)
        return self._names[project.name]

    @cached_property
    def _namespaces(self) -> frozenset[str]:
        found: set[str] = set()
        packages: list[ImportPackage] = []
        for project in self._workspace.projects:
            packages += project.metadata.import_packages
        for package in packages:
            above = package.name.rpartition(".")[0]
            while above:
                if not any(True for _ in self._modules.find(above)):
                    found.add(above)
                above = above.rpartition(".")[0]
        return frozenset(found)


def _absolute(project: Project, path: RelPath, relative: str) -> str:
    """The module that a relative import in a project's package means; empty where none is."""
    around = [each for each in project.metadata.import_packages if paths.is_within(path, each.path)]
    if not around:
        return ""
    package = max(around, key=lambda each: len(each.path))
    names = package.name.split(".")
    if package.path == path:
        names.pop()
    elif paths.parent(path) != package.path:
        names += paths.relative_to(paths.parent(path), package.path).split("/")
    rest = relative.lstrip(".")
    up = len(relative) - len(rest) - 1
    if up >= len(names):
        return ""
    return ".".join((*names[: len(names) - up], *([rest] if rest else [])))
