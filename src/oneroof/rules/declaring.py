"""The line that declares a requirement, in the dialect and place of the project's others."""

import posixpath
import re

import msgspec

from oneroof.paths import RelPath, join
from oneroof.rules.scopes import Scope
from oneroof.workspace.development import TEST_NAME, TEST_RUNNERS
from oneroof.workspace.model import MAIN, Kind, Project, Requirement, group

_KEYS = (
    ("project.dependencies", "project"),
    ("tool.poetry.dependencies", "poetry"),
    ("install_requires", "setup.py"),
    ("options.install_requires", "setup.cfg"),
    ("tool.flit", "flit"),
    ("line ", "requirements"),
)
"""How the keys of run-time requirements start in each dialect."""
_OWN = ("tool.poetry.", "tool.flit.")
"""Tables of dialects that are known by them."""
_IN_SETUP = re.compile(r'extras_require\["([^"]+)"\]')
_RUN_TIME = {
    "project": "`[project] dependencies`",
    "poetry": "`[tool.poetry.dependencies]`",
    "setup.cfg": "`[options] install_requires`",
    "setup.py": "`install_requires`",
    "flit": "`[tool.flit.metadata] requires`",
    "requirements": "",
}
_EXTRAS = {
    "project": "`{}` of `[project.optional-dependencies]`",
    "poetry": "`{}` of `[tool.poetry.extras]`",
    "setup.cfg": "`{}` of `[options.extras_require]`",
    "setup.py": "`{}` of `extras_require`",
}


class _Place(msgspec.Struct, frozen=True):
    """Where a requirement is to be written."""

    words: str
    """With the file."""
    dialect: str
    """Whose way of writing it is."""
    file: RelPath


def line_for_project(project: Project, needed: Project, scope: Scope) -> str:
    """The imperative that makes a project of the workspace a requirement of another."""
    name = needed.metadata.name or needed.name
    folder = posixpath.relpath(needed.path, project.path)
    place = _place(project, scope)
    if place.dialect == "poetry":
        return f'write `{name} = {{ path = "{folder}", develop = true }}` in {place.words}'
    if place.dialect == "requirements":
        folder = posixpath.relpath(needed.path, posixpath.dirname(place.file))
        return f"write `-e {folder}` in {place.words}"
    if place.dialect == "hatch":
        return f'write `"{name} @ {{root:uri}}/{folder}"` in {place.words}'
    if place.dialect == "setup.cfg":
        return f"write `{name}` in {place.words}"
    written = f'write `"{name}"` in {place.words}'
    if "uv" not in project.metadata.dialects and project.workspace_root is None:
        return written
    root = project.workspace_root
    together = root is not None and root in {needed.workspace_root, needed.path}
    source = "{ workspace = true }" if together else f'{{ path = "{folder}", editable = true }}'
    return f"{written}, and `{name} = {source}` in `[tool.uv.sources]`"


def line_for_distribution(project: Project, name: str, version: str, scope: Scope) -> str:
    """The imperative that makes a third-party distribution a requirement of a project."""
    place = _place(project, scope)
    # Local versions (`2.0+cpu`) are not for others to ask for.
    bound = f">={version.partition('+')[0]}" if version else ""
    if place.dialect == "poetry":
        return f'write `{name} = "{bound or "*"}"` in {place.words}'
    if place.dialect in {"requirements", "setup.cfg"}:
        return f"write `{name}{bound}` in {place.words}"
    return f'write `"{name}{bound}"` in {place.words}'


def _place(project: Project, scope: Scope) -> _Place:
    dialect, file = _dialect(project)
    if scope is not Scope.RUN_TIME:
        return _place_for_work(project, dialect, file)
    main = next((each for each in project.metadata.requirements if each.kind == MAIN), None)
    if main is not None and main.key.startswith("tool.") and not main.key.startswith(_OWN):
        return _place_of(main)  # What a plugin of the build backend reads.
    table = _RUN_TIME[dialect]
    return _Place(f"{table} of {file}" if table else str(file), dialect, file)


def _place_for_work(project: Project, dialect: str, file: RelPath) -> _Place:
    kind = _test_kind(project)
    beside = next((r for r in project.metadata.requirements if _is_listed_as(r, kind)), None)
    if beside is not None:
        return _place_of(beside)
    name = kind.partition(":")[2]
    if dialect == "requirements":
        return _Place(str(file), dialect, file)
    if dialect in {"setup.py", "setup.cfg"} or kind.startswith("extra:"):
        table = _EXTRAS.get(dialect, _EXTRAS["project"]).format(name)
        return _Place(f"{table} of {file}", dialect, file)
    if dialect == "poetry":
        return _Place(f"`[tool.poetry.group.{name}.dependencies]` of {file}", dialect, file)
    return _Place(f"`{name}` of `[dependency-groups]` of {file}", "project", file)


def _is_listed_as(requirement: Requirement, kind: Kind) -> bool:
    """Whether a requirement stands in the list of a kind itself, and not in what that includes."""
    if requirement.kind != kind:
        return False
    parts = re.split(r"[.\[\]\"]+", requirement.key.lower().replace("_", "-"))
    return requirement.key.startswith("line ") or kind.partition(":")[2].lower() in parts


def _place_of(beside: Requirement) -> _Place:
    """The place of a requirement: another one belongs beside it."""
    key, file = beside.key, beside.declared_in
    if key.startswith("line "):
        return _Place(str(file), "requirements", file)
    if found := _IN_SETUP.match(key):
        return _Place(f"`{found[1]}` of `extras_require` of {file}", "setup.py", file)
    table, _, last = key.rpartition(".")
    if table.startswith("tool.poetry."):
        return _Place(f"`[{table}]` of {file}", "poetry", file)
    if table.startswith(("tool.hatch.envs", "envs.")):
        dialect = "hatch"
    else:
        dialect = "setup.cfg" if table.startswith("options") else "project"
    array = last.partition("[")[0]
    words = f"`{array}` of `[{table}]`" if table else f"`{array}`"
    return _Place(f"{words} of {file}", dialect, file)


def _dialect(project: Project) -> tuple[str, RelPath]:
    """The dialect and file of the first run-time requirement, else of the project as such."""
    metadata = project.metadata
    for requirement in metadata.requirements:
        for start, dialect in _KEYS:
            if requirement.kind == MAIN and requirement.key.startswith(start):
                return dialect, requirement.declared_in
    file = metadata.manifests[0] if metadata.manifests else join(project.path, "pyproject.toml")
    return next((each for each in _RUN_TIME if each in metadata.dialects), "project"), file


def _test_kind(project: Project) -> Kind:
    """The group, else the extra, that holds the project's test runner, else one named for tests."""
    listed = [
        each for each in project.metadata.requirements if each.kind.startswith(("group:", "extra:"))
    ]
    kinds = {each.kind for each in listed if each.name in TEST_RUNNERS}
    kinds = kinds or {
        each.kind for each in listed if re.fullmatch(TEST_NAME, each.kind.partition(":")[2].lower())
    }
    return min(kinds, key=lambda kind: (kind.startswith("extra:"), kind), default=group("test"))
