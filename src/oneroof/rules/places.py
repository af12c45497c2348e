"""Where a requirement of a project belongs: the list that its others of the same use are in."""

import posixpath
import re
from collections.abc import Collection, Iterator

import msgspec

from oneroof import paths
from oneroof.paths import RelPath, join
from oneroof.rules.scopes import Scope
from oneroof.workspace.development import (
    DEVELOPMENT_NAME,
    TEST_NAME,
    TEST_RUNNERS,
)
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.toml import read_document
from oneroof.workspace.editing.keys import names_of
from oneroof.workspace.model import MAIN, Kind, Project, Requirement, group
from oneroof.workspace.tree import Tree

_POETRY = ("tool", "poetry")
_RUN_TIME = {
    "project": ("pyproject.toml", ("project", "dependencies")),
    "poetry": ("pyproject.toml", (*_POETRY, "dependencies")),
    "setup.cfg": ("setup.cfg", ("options", "install_requires")),
    "setup.py": ("setup.py", ("install_requires",)),
    "flit": ("pyproject.toml", ("tool", "flit", "metadata", "requires")),
    "requirements": ("requirements.txt", ()),
}
"""Where each dialect has its run-time requirements; the first that a project uses counts."""
_TABLES = frozenset({"dependencies", "dev-dependencies"})
"""The last names of Poetry's tables of requirements."""
_LISTS = frozenset({"dependencies", "requires", "install_requires", "tests_require"})


class Place(msgspec.Struct, frozen=True):
    """A list of requirements, or a table of them, in a file."""

    file: RelPath
    path: tuple[str, ...]
    """The names that lead to it; empty for a requirements file."""
    refused: str = ""
    """Why nothing is written there."""

    @property
    def is_table(self) -> bool:
        """Whether each requirement is a key of its own, as Poetry has them."""
        return self.path[:2] == _POETRY and self.path[-1] in _TABLES

    @property
    def words(self) -> str:
        """The place as a message names it."""
        if not self.path:
            return str(self.file)
        *above, last = self.path
        if self.is_table:
            place = f"`[{'.'.join(self.path)}]`"
        elif self.path[0] == "extras_require" or last not in _LISTS:
            holder = above[0] if len(above) == 1 and self.file.endswith(".py") else None
            place = f"`{last}` of `{holder or '[' + '.'.join(above) + ']'}`"
        else:
            place = f"`[{'.'.join(above)}] {last}`" if above else f"`{last}`"
        return f"{place} of {self.file}"


def place_of(requirement: Requirement) -> Place:
    """The list or table that a requirement stands in."""
    file, names = requirement.declared_in, names_of(requirement.key)
    if requirement.key.startswith("line "):
        return Place(file, ())
    if file.endswith(".py"):
        return Place(file, names, "it is code")
    if file.endswith(".cfg"):
        return Place(file, (".".join(names[:-1]), names[-1]))
    if names[:2] == _POETRY:
        end = next((i for i, name in enumerate(names) if name in _TABLES and i > 1), len(names) - 1)
        return Place(file, names[: end + 1])
    return Place(file, names)


def find_place(
    tree: Tree, project: Project, scope: Scope, path: RelPath, work: Collection[Kind]
) -> Place:
    """Where a project declares what one of its files needs, by when the file runs.

    `work` are the kinds that its own work needs.
    """
    place = _find(tree, project, scope, path, work)
    if place.refused:
        return place
    refused = _refusal(tree, project, place)
    return msgspec.structs.replace(place, refused=refused) if refused else place


def _find(
    tree: Tree, project: Project, scope: Scope, path: RelPath, work: Collection[Kind]
) -> Place:
    run_time = _run_time(tree, project)
    if scope is Scope.RUN_TIME:
        return run_time
    if scope is Scope.BESIDE:
        top = paths.relative_to(path, project.path).partition("/")[0].lower()
        named = [e for e in project.metadata.requirements if _stem(e.kind) == _stem(top)]
        if named:
            return _placed(project, named[0])
        if not project.metadata.import_packages:
            return run_time
    return _for_tests(project, work) or _new(tree, project, run_time, work)


def _for_tests(project: Project, work: Collection[Kind]) -> Place | None:
    """Where the test runner stands, else the group named for tests, else for development."""
    candidates = [each for each in project.metadata.requirements if each.kind in work]
    optional = [each for each in candidates if each.kind != MAIN]
    with_runner = [each for each in optional if each.name in TEST_RUNNERS]
    # A group comes before an extra.
    with_runner.sort(key=lambda each: each.kind.startswith("extra:"))
    named = [
        each
        for pattern in (TEST_NAME, DEVELOPMENT_NAME)
        for each in optional
        if re.fullmatch(pattern, each.kind.partition(":")[2]) and _is_own_list(each)
    ]
    at_run_time = [each for each in candidates if each.name in TEST_RUNNERS]
    found = [*with_runner, *named, *at_run_time]
    return _placed(project, found[0]) if found else None


def _stem(name: str) -> str:
    """`docs` and `doc`, `group:docs` and `extra:doc` alike."""
    return name.rpartition(":")[2].removesuffix("s")


def _is_own_list(requirement: Requirement) -> bool:
    """Whether a requirement stands in the list named for it, and is not included from another."""
    if requirement.key.startswith("line "):
        return True
    name = requirement.kind.partition(":")[2]
    return name in map(normalise_name, names_of(requirement.key))


def _placed(project: Project, requirement: Requirement) -> Place:
    place = place_of(requirement)
    is_poetrys = place.is_table and requirement.kind.startswith("extra:")
    if is_poetrys:
        name = requirement.kind.partition(":")[2]
        refused = "an optional requirement has to stand in two tables"
        return Place(place.file, (*_POETRY, "extras", name), refused)
    if not paths.is_within(place.file, project.path):
        return msgspec.structs.replace(place, refused=f"{place.file} is not its own")
    return place


def _run_time(tree: Tree, project: Project) -> Place:
    """The list of the project's own first run-time requirement, else the one of its dialect."""
    metadata = project.metadata
    main = [each for each in metadata.requirements if each.kind == MAIN]
    own = [each for each in main if paths.is_within(each.declared_in, project.path)]
    for requirement in own or main:
        return _placed(project, requirement)
    dialect = next((each for each in _RUN_TIME if each in metadata.dialects), "project")
    if "poetry" in metadata.dialects and leaves_open(tree, project, "dependencies"):
        dialect = "poetry"
    name, path = _RUN_TIME[dialect]
    file = join(project.path, name)
    if dialect == "requirements" and metadata.manifests:
        file = metadata.manifests[0]
    return Place(file, path)


def _new(tree: Tree, project: Project, run_time: Place, work: Collection[Kind]) -> Place:
    """A list for tests that is not there yet, in the dialect of the run-time one."""
    place = _new_of_dialect(tree, project, run_time)
    settings = project.settings.tasks.get("test")
    if settings is not None and settings.groups is not None and group("test") not in work:
        refused = "the groups that its tests use are set in `[tool.oneroof.tasks.test]`"
        return msgspec.structs.replace(place, refused=refused)
    return place


def _new_of_dialect(tree: Tree, project: Project, run_time: Place) -> Place:
    file = run_time.file
    if not run_time.path and not leaves_open(tree, project, "dependencies"):
        folder, name = posixpath.split(file)
        stem, suffix = posixpath.splitext(name)
        named = f"{stem}-test{suffix}" if "requirements" in stem else f"test{suffix}"
        return Place(join(RelPath(folder or "."), named), ())
    if file.endswith(".py"):
        return Place(file, ("extras_require", "test"), "it is code")
    if file.endswith(".cfg"):
        return Place(file, ("options.extras_require", "test"))
    file = join(project.path, "pyproject.toml")
    old = [
        (*_POETRY, "dev-dependencies"),
        ("tool", "pdm", "dev-dependencies"),
        ("tool", "uv", "dev-dependencies"),
    ]
    is_poetrys = "poetry" in project.metadata.dialects
    for path in old:
        if (path[:2] == _POETRY) == is_poetrys and _is_there(tree, file, path):
            return Place(file, (*path, "test") if path[1] == "pdm" else path)
    if is_poetrys:
        return Place(file, (*_POETRY, "group", "test", "dependencies"))
    return Place(file, ("dependency-groups", "test"))


def _is_there(tree: Tree, file: RelPath, path: tuple[str, ...]) -> bool:
    found: object = read_document(tree, file)[0]
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found is not None


def _refusal(tree: Tree, project: Project, place: Place) -> str:
    """Why a list is not to be written to; empty where it may be."""
    from oneroof.workspace.dialects.requirements import is_compiled

    if place.file in tree.links:
        return f"{place.file} is a symbolic link"
    if place.path and place.file not in tree:
        return f"there is no {place.file}"
    if not place.path and place.file in tree and is_compiled(tree, place.file):
        return f"{place.file} was compiled by a tool"
    fields = {("project", "dependencies"), ("project", "optional-dependencies")}
    if place.path[:2] in fields and leaves_open(tree, project, place.path[1]):
        return f"`{place.path[1]}` of its `[project]` are dynamic"
    return ""


def leaves_open(tree: Tree, project: Project, field: str) -> bool:
    """Whether `[project]` leaves a field to the build backend."""
    values, _ = read_document(tree, join(project.path, "pyproject.toml"))
    table = (values or {}).get("project")
    dynamic = table.get("dynamic") if isinstance(table, dict) else None
    return isinstance(dynamic, list) and field in dynamic


def neighbours(project: Project, place: Place) -> Iterator[Requirement]:
    """The requirements that stand in a list, each once."""
    told: set[tuple[RelPath, str]] = set()
    for requirement in project.metadata.requirements:
        at = (requirement.declared_in, requirement.key)
        if at not in told and place_of(requirement) == Place(place.file, place.path):
            told.add(at)
            yield requirement
