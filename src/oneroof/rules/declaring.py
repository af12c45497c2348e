"""The line that declares a requirement, in the dialect and place of the project's others."""

import posixpath

from oneroof.paths import RelPath, join
from oneroof.rules.scopes import Scope
from oneroof.workspace.development import TEST_RUNNERS
from oneroof.workspace.model import MAIN, Kind, Project, group

_KEYS = (
    ("project.dependencies", "project"),
    ("tool.poetry.dependencies", "poetry"),
    ("install_requires", "setup.py"),
    ("options.install_requires", "setup.cfg"),
    ("tool.flit", "flit"),
    ("line ", "requirements"),
)
"""How the keys of run-time requirements start in each dialect."""
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


def line_for_project(project: Project, needed: Project, scope: Scope) -> str:
    """The imperative that makes a project of the workspace a requirement of another."""
    name = needed.metadata.name or needed.name
    folder = posixpath.relpath(needed.path, project.path)
    place, dialect, file = _place(project, scope)
    if dialect == "poetry":
        return f'write `{name} = {{ path = "{folder}", develop = true }}` in {place}'
    if dialect == "requirements":
        return f"write `-e {posixpath.relpath(needed.path, posixpath.dirname(file))}` in {place}"
    if dialect == "setup.cfg":
        return f"write `{name}` in {place}"
    written = f'write `"{name}"` in {place}'
    if "uv" not in project.metadata.dialects and project.workspace_root is None:
        return written
    root = project.workspace_root
    together = root is not None and root in {needed.workspace_root, needed.path}
    source = "{ workspace = true }" if together else f'{{ path = "{folder}", editable = true }}'
    return f"{written}, and `{name} = {source}` in `[tool.uv.sources]`"


def line_for_distribution(project: Project, name: str, version: str, scope: Scope) -> str:
    """The imperative that makes a third-party distribution a requirement of a project."""
    place, dialect, _ = _place(project, scope)
    # Local versions (`2.0+cpu`) are not for others to ask for.
    bound = f">={version.partition('+')[0]}" if version else ""
    if dialect == "poetry":
        return f'write `{name} = "{bound or "*"}"` in {place}'
    if dialect in {"requirements", "setup.cfg"}:
        return f"write `{name}{bound}` in {place}"
    return f'write `"{name}{bound}"` in {place}'


def place_for_tests(project: Project) -> str:
    """Where a project declares, or would declare, what its tests run with: in words."""
    return _place(project, Scope.TEST)[0]


def _place(project: Project, scope: Scope) -> tuple[str, str, RelPath]:
    """Where it belongs: the place in words with the file, the dialect, and the file."""
    dialect, file = _dialect(project)
    if scope is Scope.RUN_TIME:
        table = _RUN_TIME[dialect]
        return f"{table} of {file}" if table else str(file), dialect, file
    kind = _test_kind(project)
    is_extra, name = kind.startswith("extra:"), kind.partition(":")[2]
    if dialect == "requirements":
        file = _file_of(project, kind) or file
        return str(file), dialect, file
    if dialect in {"setup.py", "setup.cfg"} or (is_extra and dialect in {"project", "poetry"}):
        return f"{_EXTRAS[dialect].format(name)} of {file}", dialect, file
    if dialect == "poetry":
        return f"`[tool.poetry.group.{name}.dependencies]` of {file}", dialect, file
    return f"`{name}` of `[dependency-groups]` of {file}", "project", file


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
    """The group, else the extra, that holds the project's test runner; `group:test` by default."""
    kinds = [
        each.kind
        for each in project.metadata.requirements
        if each.name in TEST_RUNNERS and each.kind.startswith(("group:", "extra:"))
    ]
    return min(kinds, key=lambda kind: (kind.startswith("extra:"), kind), default=group("test"))


def _file_of(project: Project, kind: Kind) -> RelPath | None:
    return next((r.declared_in for r in project.metadata.requirements if r.kind == kind), None)
