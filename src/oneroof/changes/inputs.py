"""Which files of a project matter, and to whom.

Prose and the configuration of CI services change no result. Tests matter to their own project
only, unless they lie inside a package that others can import.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cached_property, lru_cache

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.documents import (
    PROSE_FOLDERS,
    PROSE_NAMES,
    PROSE_SUFFIXES,
    SERVICE_FILES,
    SERVICE_FOLDERS,
)
from oneroof.workspace.globs import matches
from oneroof.workspace.model import Project


class Reach(Enum):
    """How far a change of a file is felt."""

    NOBODY = 0
    OWNER = 1
    """The project it belongs to."""
    DEPENDENTS = 2
    """Its project and all that depend on it."""


TEST_FOLDERS = frozenset({"test", "tests", "testing"})


PYTHON_SUFFIXES = (".py", ".pyi", ".ipynb", ".pyx", ".pxd")


class Inputs(msgspec.Struct, frozen=True, dict=True):
    """The `inputs` of a project, or of one of its tasks together with them."""

    folder: RelPath
    """Of the project."""
    globs: tuple[str, ...]

    @property
    def narrows(self) -> bool:
        """Whether any of them takes files away."""
        return any(glob.startswith("!") for glob in self.globs)

    def says(self, path: RelPath) -> bool | None:
        """Whether a file counts, by the last glob that matches it; None: none does.

        Python files always count: which of them matter is told by imports.
        """
        for taken, glob in self._last_first:
            if not (taken and path.endswith(PYTHON_SUFFIXES)) and matches(path, glob):
                return not taken
        return None

    @cached_property
    def _last_first(self) -> tuple[tuple[bool, str], ...]:
        places = ((glob.startswith("!"), anchored(self.folder, glob)) for glob in self.globs)
        return tuple((taken, place) for taken, place in places if place is not None)[::-1]


def inputs_of(project: Project, *globs: str) -> Inputs:
    """What a project's settings say of files, for a task with globs of its own."""
    return _inputs(project.path, (*project.settings.inputs, *globs))


@lru_cache(maxsize=1024)
def _inputs(folder: RelPath, globs: tuple[str, ...]) -> Inputs:
    return Inputs(folder, globs)


def anchored(folder: RelPath, glob: str) -> str | None:
    """A glob of a project's settings, without its `!`, from the root; None where it leads out."""
    glob = glob.removeprefix("!")
    return glob[1:] if glob.startswith("/") else paths.normalise(folder, glob)


class Owners(msgspec.Struct, frozen=True):
    """Who owns which path."""

    by_folder: Mapping[RelPath, Project]
    elsewhere: Mapping[RelPath, tuple[Project, ...]]
    """Files and folders that belong to projects which lie elsewhere."""

    def of(self, path: RelPath) -> tuple[Project, ...]:
        """The projects a path belongs to: the innermost around it, and those that include it."""
        found: list[Project] = []
        for above in (path, *paths.ancestors(path)):
            for project in self.elsewhere.get(above, ()):
                if project not in found:
                    found.append(project)
        for above in (path, *paths.ancestors(path)):
            if above in self.by_folder:
                if self.by_folder[above] not in found:
                    found.append(self.by_folder[above])
                break
        return tuple(found)


def find_owners(projects: Iterable[Project]) -> Owners:
    """Index projects by the paths they own."""
    by_folder: dict[RelPath, Project] = {}
    elsewhere: dict[RelPath, tuple[Project, ...]] = {}
    for project in projects:
        by_folder[project.path] = project
        for path in project.owned_paths:
            elsewhere[path] = (*elsewhere.get(path, ()), project)
    return Owners(by_folder, elsewhere)


def reach(project: Project, path: RelPath) -> Reach:
    """How far a change of one file of a project is felt."""
    if is_taken_away(project, path):
        return Reach.NOBODY
    packaged = any(
        paths.is_within(path, package.path) for package in project.metadata.import_packages
    )
    if packaged:
        return Reach.DEPENDENTS
    if not paths.is_within(path, project.path):
        return Reach.DEPENDENTS
    inside = RelPath(paths.relative_to(path, project.path))
    if is_inert(inside):
        return Reach.NOBODY
    return Reach.OWNER if is_test(inside) else Reach.DEPENDENTS


def is_taken_away(project: Project, path: RelPath) -> bool:
    """Whether a project's settings say that a file does not count."""
    return bool(project.settings.inputs) and inputs_of(project).says(path) is False


def is_inert(inside: RelPath) -> bool:
    """Whether a file, seen from its project's folder, is prose or the business of a CI service."""
    *folders, name = inside.split("/")
    if any(folder in SERVICE_FOLDERS for folder in folders[:1]) or name in SERVICE_FILES:
        return True
    if any(folder in TEST_FOLDERS for folder in folders):
        return False
    if folders[:1] and folders[0] in PROSE_FOLDERS:
        return not name.endswith((".py", ".toml"))
    if folders:
        return False
    stem = name.upper().split(".")[0].split("-")[0]
    return name.endswith(PROSE_SUFFIXES) or (stem in PROSE_NAMES and not name.endswith(".py"))


def is_test(inside: RelPath) -> bool:
    """Whether a file, seen from its project's folder, is there for the project's tests only."""
    *folders, name = inside.split("/")
    if any(folder in TEST_FOLDERS for folder in folders):
        return True
    return has_test_name(name)


def has_test_name(name: str) -> bool:
    """Whether a file of that name holds tests or what pytest loads for them."""
    return name == "conftest.py" or (
        name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))
    )
