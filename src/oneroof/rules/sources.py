"""The Python files of projects, what they ask of others and what they may: for all import rules."""

import re
from functools import cached_property

from oneroof import paths
from oneroof.imports.graph import ImportGraph
from oneroof.imports.scan import Scan
from oneroof.paths import RelPath
from oneroof.rules.declaring import Declaring
from oneroof.rules.installs import Installs, installed_by_hand, installed_by_runners
from oneroof.rules.loading import loaded_at_import
from oneroof.rules.parsed import Seen, Unparsable, as_scanned, parse
from oneroof.rules.scopes import BESIDES, Declared, Scope, find_declared, scope_of
from oneroof.rules.targets import Target, Targets
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import MAIN, Project, ProjectName
from oneroof.workspace.tree import Tree

_PROJECT = re.compile(rb"^\[(project|tool\.poetry)\]", re.MULTILINE)
_STARTED = re.compile(rb"^if __name__ == ['\"]__main__['\"]", re.MULTILINE)
_PATH = re.compile(rb"\bsys\.path\b|\bsyspath_prepend\b")
_SCRIPT = re.compile(rb"^# /// script\s*$", re.MULTILINE)


class Sources:
    """The files of projects and what they import: read once for all rules about imports."""

    def __init__(self, graph: Graph, imports: ImportGraph, tree: Tree) -> None:
        self.graph = graph
        self.tree = tree
        self.imports = imports
        self.targets = Targets(graph.workspace, imports.modules, tree)
        self._parsed: dict[RelPath, list[Seen] | Unparsable] = {}
        self._declared: dict[ProjectName, Declared] = {}
        self._packaged: dict[RelPath, bool] = {}
        self._runners: dict[ProjectName, Installs] = {}
        self._loaded: dict[ProjectName, frozenset[RelPath]] = {}

    @cached_property
    def declaring(self) -> Declaring:
        """What declares what is missing."""
        return Declaring(self.graph, self.tree)

    @cached_property
    def _files(self) -> dict[ProjectName, list[RelPath]]:
        found: dict[ProjectName, list[RelPath]] = {}
        for path in sorted(self.imports.scans):
            for name in self.imports.modules.owners(path):
                if not self._has_another_manifest(self.graph.projects[name], path):
                    found.setdefault(name, []).append(path)
        return found

    def _has_another_manifest(self, project: Project, path: RelPath) -> bool:
        """Whether a file lies in what is packaged apart, though it is no project of the workspace.

        Such are templates, test data and what a workspace excludes.
        """
        for folder in paths.ancestors(path):
            if folder == project.path or not paths.is_within(folder, project.path):
                return False
            if self._is_packaged(folder):
                packages = project.metadata.import_packages
                return not any(paths.is_within(each.path, folder) for each in packages)
        return False

    def _is_packaged(self, folder: RelPath) -> bool:
        if folder not in self._packaged:
            here = self.tree.folder(folder).files
            manifest = paths.join(folder, "pyproject.toml")
            self._packaged[folder] = "setup.py" in here or (
                "pyproject.toml" in here and bool(_PROJECT.search(self.tree.read_bytes(manifest)))
            )
        return self._packaged[folder]

    def files(self, project: Project) -> list[RelPath]:
        """The Python files and notebooks of a project, sorted."""
        return self._files.get(project.name, [])

    def scan(self, path: RelPath) -> Scan:
        """What reading a file found."""
        return self.imports.scans[path]

    def declared(self, project: Project) -> Declared:
        """What a project declares."""
        if project.name not in self._declared:
            self._declared[project.name] = find_declared(self.graph, project)
        return self._declared[project.name]

    def installs(self, project: Project, path: RelPath) -> Installs:
        """What is installed for a file beside what is declared."""
        scope = scope_of(project, path)
        if scope not in {Scope.TEST, Scope.BESIDE}:
            return Installs()
        if project.name not in self._runners:
            self._runners[project.name] = installed_by_runners(self.tree, project)
        found = self._runners[project.name]
        if scope is Scope.TEST:
            return found
        folder = paths.parent(path)
        texts = [self.tree.read_bytes(path)]
        for place in {folder, project.path}:
            readme = paths.join(place, "README.md")
            texts += [self.tree.read_bytes(readme)] if readme in self.tree else []
        by_hand = installed_by_hand(b"\n".join(texts).decode(errors="replace"), folder)
        return Installs(found.names | by_hand.names, found.folders | by_hand.folders)

    def parsed(self, path: RelPath) -> list[Seen] | Unparsable:
        """The imports of a file with what stands around them."""
        if path not in self._parsed:
            self._parsed[path] = parse(path, self.tree.read_bytes(path))
        return self._parsed[path]

    def is_loaded_at_import(self, project: Project, path: RelPath) -> bool:
        """Whether a file runs as soon as the project is imported, before anything is called."""
        if project.name not in self._loaded:
            found = loaded_at_import(self.imports, self.tree, project)
            self._loaded[project.name] = found
        return path in self._loaded[project.name]

    def is_script(self, project: Project, path: RelPath) -> bool:
        """Whether a file in a package is there to be started by hand, by its folder and its end."""
        if not paths.is_within(path, project.path):
            return False
        if BESIDES.isdisjoint(paths.relative_to(path, project.path).split("/")):
            return False
        return bool(_STARTED.search(self.tree.read_bytes(path)))

    def changes_path(self, path: RelPath) -> bool:
        """Whether a file, or a `conftest.py` above it, finds modules by a way of its own."""
        near = [paths.join(folder, "conftest.py") for folder in paths.ancestors(path)]
        return any(
            _PATH.search(self.tree.read_bytes(each)) for each in (path, *near) if each in self.tree
        )

    def asked(self, project: Project, path: RelPath) -> list[Target]:
        """What a file's imports ask of others, as far as the lexer knows."""
        return list(self.targets.of(project, path, as_scanned(self.scan(path))))

    def concerns_third_parties(self, project: Project) -> bool:
        """Whether a project with code imports or declares what no project of the workspace has."""
        files = self.files(project)
        if not any(self.scan(path).imports for path in files):
            return False
        return any(
            requirement.kind == MAIN and not self.graph.is_internal(project.name, requirement)
            for requirement in project.metadata.requirements
        ) or any(not each.projects for path in files for each in self.asked(project, path))

    def has_own_requirements(self, project: Project, path: RelPath) -> bool:
        """Whether a file says itself what it needs (PEP 723), or an example's own list does."""
        if _SCRIPT.search(self.tree.read_bytes(path)):
            return True
        if scope_of(project, path) is not Scope.BESIDE:
            return False
        return any(
            paths.join(folder, "requirements.txt") in self.tree
            for folder in paths.ancestors(path)
            if folder != project.path and paths.is_within(folder, project.path)
        )
