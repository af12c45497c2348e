"""What is loaded for every test of a project, whatever its test files import."""

import re
import sys
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property

from oneroof import paths
from oneroof.changes.configuration import BY_NAME, find_configuration, python_path
from oneroof.changes.inputs import has_test_name
from oneroof.changes.snapshot import Opened
from oneroof.paths import RelPath
from oneroof.workspace.model import Project, ProjectName

CONFTEST = "conftest.py"
_DOTTED = re.compile(r"[A-Za-z_][\w.]*")
_OF_PYTEST = frozenset({"_pytest", "iniconfig", "packaging", "pluggy", "py", "pygments", "pytest"})
_NOBODY_LOADS = frozenset({"__init__", "__main__", "conftest", "setup"})


class SharedStarts:
    """Finds the files that pytest, or what it runs, loads of its own accord."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    @cached_property
    def _conftests(self) -> list[RelPath]:
        files = self._opened.imports.modules.files
        return sorted(path for path in files if paths.name(path) == CONFTEST)

    @cached_property
    def _plugins(self) -> list[RelPath]:
        modules = self._opened.imports.modules
        return [
            path
            for each in self._opened.graph.projects.values()
            for entry in each.metadata.entry_points
            if entry.group.startswith("pytest")
            for path in modules.find(entry.value.partition(":")[0])
        ]

    def of(self, project: Project, members: AbstractSet[ProjectName]) -> tuple[RelPath, ...]:
        """These files, sorted.

        They are the conftest.py files of the project and above (those of sibling folders too:
        pytest loads them while it collects), plugins, what its configuration names, modules in
        the folders of `pythonpath`, and modules that hide others.
        """
        modules = self._opened.imports.modules
        found = {
            path
            for path in self._conftests
            if project.name in modules.owners(path)
            or paths.is_within(project.path, paths.parent(path))
        }
        found.update(path for path in self._plugins if self._is_there(path, members))
        configuration = find_configuration(self._opened.tree, project.path, BY_NAME["pytest"])
        if configuration is not None:
            # `-p plugin`, a settings module: whatever is named there and is a module counts.
            for word in set(_DOTTED.findall(configuration.content)):
                found.update(path for path in modules.find(word) if self._is_there(path, members))
        roots = self._source_roots(members)
        extra = [
            each
            for each in python_path(configuration)
            if each not in roots and not paths.is_within(project.path, each)
        ]
        for folder in extra:
            found.update(self._modules_below(folder))
        found.update(self._hiding((project.path, *self._test_roots(project), *extra, *roots)))
        return tuple(sorted(found))

    def outside_folders(self, project: Project) -> tuple[RelPath, ...]:
        """The folders outside a project that its `pythonpath` names."""
        configuration = find_configuration(self._opened.tree, project.path, BY_NAME["pytest"])
        return tuple(
            each for each in python_path(configuration) if not paths.is_within(each, project.path)
        )

    def _is_there(self, path: RelPath, members: AbstractSet[ProjectName]) -> bool:
        owners = self._opened.imports.modules.owners(path)
        return not owners or not members.isdisjoint(owners)

    def _source_roots(self, members: AbstractSet[ProjectName]) -> dict[RelPath, None]:
        projects = self._opened.graph.projects
        return {
            package.root: None
            for name in sorted(members)
            for package in projects[name].metadata.import_packages
            if package.root is not None
        }

    def _modules_below(self, folder: RelPath) -> Iterator[RelPath]:
        for path in self._opened.tree.below(folder):
            if path.endswith(".py") and not has_test_name(paths.name(path)):
                yield path

    def _test_roots(self, project: Project) -> Iterator[RelPath]:
        """The folders that pytest puts on `sys.path` for the sake of what lies in them."""
        modules = self._opened.imports.modules
        for folder in dict.fromkeys(
            paths.parent(path)
            for path in self._opened.tree.below(project.path)
            if has_test_name(paths.name(path)) and project.name in modules.owners(path)
        ):
            yield test_root(folder, modules.files)

    def _hiding(self, folders: Iterable[RelPath]) -> Iterator[RelPath]:
        """Modules that take the place of others, or that who knows who imports.

        Those bear a name of the standard library or of a third party, or one that no file of the
        workspace imports: then perhaps a third party does, where it is there.
        """
        modules = self._opened.imports.modules
        for folder in dict.fromkeys(folders):
            for name, path in modules.names_in(folder):
                if name in _NOBODY_LOADS or has_test_name(f"{name}.py"):
                    continue
                if name in self.names_of_others or name not in self._imported_names:
                    yield path

    @cached_property
    def names_of_others(self) -> frozenset[str]:
        """Names of modules of the standard library, and of what projects require."""
        projects = self._opened.graph.projects.values()
        own = {name for each in projects for name in (each.name, each.metadata.name or "")}
        declared = {each.name for project in projects for each in project.metadata.requirements}
        third = {name.replace("-", "_") for name in declared - own}
        return frozenset(third | _OF_PYTEST | sys.stdlib_module_names)

    @cached_property
    def _imported_names(self) -> set[str]:
        return self._opened.imports.first_names()


def test_root(folder: RelPath, files: AbstractSet[RelPath]) -> RelPath:
    """The folder from which pytest imports what lies in `folder`: the first that is no package."""
    while paths.join(folder, "__init__.py") in files and folder != paths.ROOT:
        folder = paths.parent(folder)
    return folder
