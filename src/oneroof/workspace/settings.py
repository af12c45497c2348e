"""`[tool.oneroof]`: what a workspace or a project says differently from what was found.

Nothing here is ever required. Each table is read into a frozen value; unknown keys and wrong
types are problems that name the file and the key.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.export_settings import ExportSettings


class Role(StrEnum):
    """What a project is for."""

    LIB = "lib"
    SERVICE = "service"
    APP = "app"
    NOTEBOOK = "notebook"
    DAGS = "dags"
    MODEL = "model"
    INFRA = "infra"
    TOOL = "tool"


class TaskSettings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """`[tool.oneroof.tasks.NAME]`: a task of one's own, or changes to a known one."""

    command: str | tuple[str, ...] | None = None
    """A list, or one string split as a shell splits words; no shell runs it."""
    inputs: tuple[str, ...] = ()
    """Globs from the project's folder (or from the root with a leading `/`) of further files
    whose content the result depends on; with `!` before, of files it does not depend on though
    they lie in a project that it reaches. The last that matches decides; Python files always
    count."""
    outputs: tuple[str, ...] = ()
    """Files, folders or globs below the project's folder that the task makes. They are kept with
    the result and put back where it is not run again."""
    needs: tuple[str, ...] = ()
    """Tasks that come first: `lint` of the same project, `^wheel` of its dependencies."""
    env: tuple[str, ...] = ()
    """Names of environment variables the task sees and its fingerprint holds."""
    groups: tuple[str, ...] | None = None
    """Dependency groups its environment holds; None: those found."""
    extras: tuple[str, ...] | None = None
    cache: bool = True
    timeout: float | None = None
    """Seconds."""


class ImageSettings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """`[tool.oneroof.image]`: what an image is like, where it is not what was found."""

    base: str | None = None
    """The image to build on, as `docker pull` names it or `oci:DIR`; else `python:X.Y-slim`."""
    python: str | None = None
    """The interpreter of the base, absolute: `/usr/bin/python3.12`; else it is looked for."""
    repository: str | None = None
    """Where images go, without a tag; `{name}` stands for the project's name; else that name."""
    entrypoint: tuple[str, ...] | None = None
    """What is started, word by word, no shell between; empty: the interpreter; else the console
    script, the web application, or the package that runs with `-m`."""
    command: tuple[str, ...] | None = None
    """Its arguments where none are given."""
    user: str | None = None
    """Who it runs as; else `65532:65532`."""
    working_directory: str | None = None
    """Else `/app`."""
    env: dict[str, str] | None = None
    """Environment variables; never secrets: everybody who has the image can read them."""
    ports: tuple[int, ...] | None = None
    """TCP ports that it listens on."""
    labels: dict[str, str] | None = None
    """Further labels."""
    annotations: dict[str, str] | None = None
    """Further annotations of the manifest."""
    layers: dict[str, tuple[str, ...]] | None = None
    """Third-party packages that get a layer together, as globs by the name of the layer."""
    platforms: tuple[str, ...] | None = None
    """The machines it is for: `linux/amd64`, `linux/arm64`; else `linux/amd64`."""

    def over(self, other: "ImageSettings") -> "ImageSettings":
        """These, and the other ones where these say nothing; tables are merged key by key."""
        found: dict[str, object] = {}
        for name in self.__struct_fields__:
            own, above = getattr(self, name), getattr(other, name)
            if isinstance(own, dict) and isinstance(above, dict):
                found[name] = {**above, **own}
            else:
                found[name] = above if own is None else own
        return msgspec.structs.replace(self, **found)


class ProjectSettings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """`[tool.oneroof]` in a project's own `pyproject.toml`, or in the root's `projects` table."""

    role: Role | None = None
    tags: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    """As of a task, for all tasks of the project."""
    python: str | None = None
    """The Python version to use, as `.python-version` would say it."""
    public: tuple[str, ...] | None = None
    """The only modules that other projects may import: `pkg.api`, or `pkg.models.*` with all
    that lies below; not set: all."""
    tasks: dict[str, TaskSettings] = msgspec.field(default_factory=dict)
    image: ImageSettings = ImageSettings()
    """What its image is like."""
    exports: tuple[ExportSettings, ...] = ()
    """Files with what it needs at run time, which are kept beside it."""


Name = Annotated[str, msgspec.Meta(min_length=1)]
Reason = Annotated[str, msgspec.Meta(min_length=1)]


class ForbiddenSettings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """An entry of `forbidden`: projects that may not import others."""

    importer: str = msgspec.field(name="from")
    """A selector of the projects that may not import."""
    imported: str = msgspec.field(name="to")
    """A selector of the projects that may not be imported."""
    reason: Reason
    """Why; it is shown with each violation."""
    exceptions: tuple[str, ...] = msgspec.field(name="except", default=())
    """Selectors of projects, on either side, that it does not hold for."""


class IgnoreSettings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """An entry of `ignore`: violations that are not shown."""

    rule: str
    """The name of the rule, as it stands in brackets behind a violation."""
    path: str
    """A glob, from the root, of the files whose violations are meant."""
    reason: Reason
    """Why they are let pass."""
    until: dt.date | None = None
    """The last day on which they are."""


class VersionExceptionSettings(
    msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True
):
    """An entry of `version-exceptions`: a package that may have another version."""

    package: Name
    """The distribution's name."""
    owner: Name
    """Who answers for it."""
    reason: Reason
    """Why it is needed."""
    until: dt.date
    """The last day on which it holds; from then on it is a violation itself."""
    projects: tuple[str, ...] = ()
    """Selectors of the projects that may have another version than the others; none: all may."""


class RulesSettings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """`[tool.oneroof.rules]` in the root's `pyproject.toml`: what must hold between projects."""

    services_import_services: bool = False
    """Whether a project of the role `service` may import another one, tests apart."""
    layers: tuple[tuple[str, ...], ...] = ()
    """Selectors from the top layer down: no project may import one of a higher layer. A project
    that several select is in the first; one that none selects may import and be imported."""
    forbidden: tuple[ForbiddenSettings, ...] = ()
    """Who may not import whom."""
    independent: tuple[tuple[str, ...], ...] = ()
    """Sets of selectors: no project of a set may import another of it."""
    private: bool = False
    """Whether modules whose name, or that of a package below the top one around them, starts with
    `_` may be imported by their own project only."""
    one_version: bool | tuple[str, ...] = False
    """Whether the locks of all projects must hold one version of each third-party package; or
    selectors of the projects whose locks must agree."""
    version_exceptions: tuple[VersionExceptionSettings, ...] = ()
    """Packages of which some projects may have another version, for a while."""
    ignore: tuple[IgnoreSettings, ...] = ()
    """Violations that are not shown."""


Retries = Annotated[int, msgspec.Meta(ge=0)]


class FlakySettings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """An entry of `flaky`: tests that may fail for a while."""

    test: Reason
    """The tests, from the root: `libs/ml/tests/test_x.py`, `.../test_x.py::TestX`,
    `.../test_x.py::test_y[1]`; `*` and `?` stand for any characters, in the file as in globs."""
    owner: Reason
    """Who sees to it."""
    until: dt.date
    """The last day on which they may fail."""
    reason: Reason
    """Why they may fail until then."""
    retries: Retries | None = None
    """How often they are run again when they fail; not set: as often as others."""


class WorkspaceSettings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """`[tool.oneroof]` in the root's `pyproject.toml`."""

    exclude: tuple[str, ...] = ()
    """Globs of folders that hold no projects."""
    everything: tuple[str, ...] = ()
    """Globs of files that every target depends on."""
    test_requirements: tuple[str, ...] | None = None
    """PEP 508 lines for projects that declare no test runner; None: what the root declares,
    else pytest."""
    scripts: tuple[str, ...] = ()
    """Whose script tables are read as tasks: `poe`, `pdm`, `hatch`."""
    retries: Retries = 0
    """How often tests that fail are run again, where `--retries` does not say."""
    flaky: tuple[FlakySettings, ...] = ()
    """The flaky list: tests whose failures are reported but do not fail a run."""
    durations: str | None = None
    """The file with known durations that `--shard` divides by, where `--durations` names none."""
    rules: RulesSettings = RulesSettings()
    """What projects may import, and which violations are let pass."""
    projects: dict[str, ProjectSettings] = msgspec.field(default_factory=dict)
    """By project name or path."""
    image: ImageSettings = ImageSettings()
    """What all images are like, where their projects do not say otherwise."""


WORKSPACE_KEYS = frozenset(
    {
        "exclude",
        "everything",
        "test-requirements",
        "scripts",
        "retries",
        "flaky",
        "durations",
        "rules",
        "projects",
        "image",
    }
)

_TABLES: Mapping[str, type[RulesSettings | ImageSettings]] = {
    "rules": RulesSettings,
    "image": ImageSettings,
}
"""Tables of a kind of their own."""

ENTRIES: Mapping[str, type[TaskSettings | ProjectSettings]] = {
    "tasks": TaskSettings,
    "projects": ProjectSettings,
}
"""Tables whose entries are tables of a kind of their own."""
LISTED: Mapping[str, type[msgspec.Struct]] = {
    "exports": ExportSettings,
    "flaky": FlakySettings,
    "forbidden": ForbiddenSettings,
    "version-exceptions": VersionExceptionSettings,
    "ignore": IgnoreSettings,
}
"""Keys whose value is a list of tables."""

_Table = TypeVar("_Table", bound=msgspec.Struct)


def read_workspace_settings(
    path: RelPath, table: Mapping[str, object]
) -> tuple[WorkspaceSettings, list[Problem]]:
    """Read the root's table; the keys a project has too are for `read_project_settings`."""
    own = {key: value for key, value in table.items() if key in WORKSPACE_KEYS}
    return _convert(path, own, WorkspaceSettings)


def read_project_settings(
    path: RelPath, table: Mapping[str, object], *, root: bool = False
) -> tuple[ProjectSettings, list[Problem]]:
    """Read the table of a project; in the `root`'s file the workspace's keys stand beside."""
    own = {key: value for key, value in table.items() if not (root and key in WORKSPACE_KEYS)}
    return _convert(path, own, ProjectSettings)


def _convert(
    path: RelPath, table: Mapping[str, object], kind: type[_Table], prefix: str = "tool.oneroof"
) -> tuple[_Table, list[Problem]]:
    """Convert key by key, so that one bad key is reported and the others still count."""
    good, problems = _convert_keys(path, table, kind, prefix)
    return kind(**good), problems


def _convert_keys(
    path: RelPath, table: Mapping[str, object], kind: type[msgspec.Struct], prefix: str
) -> tuple[dict[str, object], list[Problem]]:
    good: dict[str, object] = {}
    problems: list[Problem] = []
    fields = {each.encode_name: each for each in msgspec.structs.fields(kind)}
    for key, value in table.items():
        if key not in fields:
            problems.append(_unknown(path, prefix, key, sorted(fields)))
        elif key in ENTRIES and isinstance(value, Mapping):
            good[key] = _convert_entries(path, value, f"{prefix}.{key}", ENTRIES[key], problems)
        elif key in _TABLES and isinstance(value, Mapping):
            good[key], found = _convert(path, value, _TABLES[key], f"{prefix}.{key}")
            problems += found
        elif key in LISTED and isinstance(value, list):
            good[fields[key].name], found = _convert_list(
                path, value, LISTED[key], f"{prefix}.{key}"
            )
            problems += found
        else:
            try:
                good[fields[key].name] = msgspec.convert(value, fields[key].type)
            except msgspec.ValidationError as error:
                problems.append(_invalid(path, f"{prefix}.{key}", str(error)))
    return good, problems


def _convert_list(
    path: RelPath, tables: Sequence[object], kind: type[_Table], prefix: str
) -> tuple[tuple[_Table, ...], list[Problem]]:
    """Convert a list of tables; entries with a problem are left out."""
    converted: list[_Table] = []
    problems: list[Problem] = []
    required = [each.encode_name for each in msgspec.structs.fields(kind) if each.required]
    listed = ", ".join(f"`{name}`" for name in required)
    for index, table in enumerate(tables):
        key = f"{prefix}[{index}]"
        if not isinstance(table, Mapping):
            problems.append(Problem(path, f"expected a table, found `{table}`", key, fatal=True))
            continue
        good, found = _convert_keys(path, table, kind, key)
        found += [
            Problem(path, f"is missing: an entry needs {listed}", f"{key}.{name}", fatal=True)
            for name in required
            if name not in table
        ]
        problems += found
        if not found:
            converted.append(kind(**good))
    return tuple(converted), problems


def _convert_entries(
    path: RelPath,
    table: Mapping[str, object],
    prefix: str,
    kind: type[TaskSettings | ProjectSettings],
    problems: list[Problem],
) -> dict[str, TaskSettings | ProjectSettings]:
    """Convert a table of tables entry by entry."""
    from oneroof.workspace.dialects.toml import dotted

    good: dict[str, TaskSettings | ProjectSettings] = {}
    for name, value in table.items():
        key = dotted(prefix, name)
        if isinstance(value, Mapping):
            good[name], found = _convert(path, value, kind, key)
            problems += found
        else:
            message = f"expected a table, found `{value}`"
            problems.append(Problem(path, message, key, fatal=True))
    return good


def _unknown(path: RelPath, prefix: str, key: str, names: list[str]) -> Problem:
    import difflib

    close = difflib.get_close_matches(key, names, n=1)
    hint = f"did you mean `{close[0]}`?" if close else ""
    expected = ", ".join(f"`{name}`" for name in names)
    message = f"is not a setting: expected one of {expected}"
    return Problem(path, message, f"{prefix}.{key}", hint=hint, fatal=True)


def _invalid(path: RelPath, key: str, error: str) -> Problem:
    """Take apart msgspec's "Expected `str`, got `int` - at `$[0]`"; of the whole it names none."""
    message, _, place = error.partition(" - at ")
    if message == "Invalid RFC3339 encoded date":
        message = "expected a date such as 2027-01-31"
    key += place.strip("`").removeprefix("$")
    return Problem(path, message[:1].lower() + message[1:], key, fatal=True)
