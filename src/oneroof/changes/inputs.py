"""Which files of a project matter, and to whom.

Prose and the configuration of CI services change no result. Tests matter to their own project
only, unless they lie inside a package that others can import.
"""

from collections.abc import Iterable, Mapping
from enum import Enum

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
from oneroof.workspace.model import Project


class Reach(Enum):
    """How far a change of a file is felt."""

    NOBODY = 0
    OWNER = 1
    """The project it belongs to."""
    DEPENDENTS = 2
    """Its project and all that depend on it."""


TEST_FOLDERS = frozenset({"test", "tests", "testing"})


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
