"""The `[project]` and `[build-system]` tables (PEP 621, PEP 518 and what succeeded them)."""

import re

import msgspec

from oneroof import paths
from oneroof.workspace.dialects.pep508 import (
    normalise_name,
    parse_specifier,
    parse_version,
    read_requirement,
)
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.globs import matches
from oneroof.workspace.model import (
    BUILD,
    MAIN,
    EntryPoint,
    Kind,
    Metadata,
    Requirement,
    extra,
)
from oneroof.workspace.similar import hint_similar
from oneroof.workspace.tree import Tree

SETUPTOOLS = "setuptools.build_meta"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


class ProjectTable(msgspec.Struct, frozen=True):
    """What `[project]` says, and which fields it leaves to the build backend."""

    metadata: Metadata
    dynamic: frozenset[str]
    declared: frozenset[str]
    """The fields it gives itself."""


def read_project(document: Table, tree: Tree) -> ProjectTable:
    """`[project]`, without what its `dynamic` fields resolve to."""
    table = document.table("project")
    dynamic = frozenset(text for _, text in table.texts("dynamic"))
    _check_readme(table, tree)
    _check_licenses(table, tree)
    requirements = read_requirements(table, "dependencies", MAIN)
    extras: list[str] = []
    optional = table.table("optional-dependencies")
    for name in optional.values:
        normalised = normalise_name(name)
        extras.append(normalised)
        requirements += read_requirements(optional, name, extra(normalised))
    metadata = Metadata(
        manifests=(table.path,),
        dialects=("project",),
        name=_name(table),
        version=read_version(table, required="version" not in dynamic),
        requires_python=read_requires_python(table, "requires-python"),
        requirements=tuple(requirements),
        extras=tuple(dict.fromkeys(extras)),
        entry_points=_entry_points(table),
    )
    return ProjectTable(metadata, dynamic, frozenset(table.values))


def read_requirements(table: Table, name: str, kind: Kind) -> list[Requirement]:
    """An array of PEP 508 lines; malformed ones are noted and left out."""
    found = (
        read_requirement(text, kind, table.path, key, table.problems)
        for key, text in table.texts(name)
    )
    return [requirement for requirement in found if requirement]


def read_build_requirements(document: Table) -> list[Requirement]:
    """`build-system.requires`."""
    return read_requirements(document.table("build-system"), "requires", BUILD)


def read_build_backend(document: Table) -> str | None:
    """`build-system.build-backend`, by its default where only the table stands; else None."""
    if "build-system" not in document:
        return None
    return document.table("build-system").text("build-backend") or SETUPTOOLS


def read_version(table: Table, *, required: bool) -> str | None:
    """A static version in its PEP 440 normal form; a malformed one is noted and stays as it is."""
    version = table.text("version")
    if version is None:
        if required and "version" not in table:
            table.note("version", "is neither given nor listed in `dynamic`", hint="add it")
        return None
    normalised = parse_version(version)
    if normalised is None:
        table.note("version", f"`{version}` is not a PEP 440 version", hint="write it as `1.2.3`")
    return normalised or version


def read_requires_python(table: Table, name: str) -> str:
    """PEP 440 specifiers for the interpreter; empty, and noted, where they are malformed."""
    text = table.text(name) or ""
    specifier = parse_specifier(text)
    if specifier is None:
        message = f"`{text}` is not a PEP 440 specifier"
        table.note(name, message, hint="write it as `>=3.11`")
    return specifier or ""


def read_scripts(table: Table, group: str) -> list[EntryPoint]:
    """A table of entry points of one group."""
    entry_points = []
    for name, _, value in table.items():
        if isinstance(value, str):
            entry_points.append(EntryPoint(group, name, value.strip()))
        else:
            table.text(name)
    return entry_points


def check_file(table: Table, name: str, text: str, tree: Tree) -> None:
    """Note a file that is declared, such as a readme, and not there."""
    folder = paths.parent(table.path)
    path = paths.normalise(folder, text)
    if path is None or path not in tree:
        hint = hint_similar(tree, folder, text, f"create it, or drop `{name}`")
        table.note(name, f"`{text}` does not exist", hint=hint)


def _check_readme(table: Table, tree: Tree) -> None:
    in_table = isinstance(table.values.get("readme"), dict)
    text = table.table("readme").text("file") if in_table else table.text("readme")
    if text is not None:
        check_file(table, "readme", text, tree)


def _check_licenses(table: Table, tree: Tree) -> None:
    """Note a licence that is not there: a file (PEP 621) or a glob for files (PEP 639)."""
    if isinstance(table.values.get("license"), dict):
        text = table.table("license").text("file")
        if text is not None:
            check_file(table.table("license"), "file", text, tree)
    folder = paths.parent(table.path)
    globs = (
        table.texts("license-files") if isinstance(table.values.get("license-files"), list) else []
    )
    for key, glob in globs:
        if not any(matches(paths.relative_to(each, folder), glob) for each in tree.below(folder)):
            hint = hint_similar(tree, folder, glob, "correct the glob, or take it out")
            table.note_at(key, f"`{glob}` matches no file", hint=hint)


def _name(table: Table) -> str | None:
    name = table.text("name")
    if name is None:
        if "name" not in table:
            table.note("name", "is missing", hint="give the project a name", fatal=True)
        return None
    if not _NAME.fullmatch(name):
        message = f"`{name}` is not a valid name: letters, digits, `.`, `-` and `_` are"
        table.note("name", message, hint="rename it", fatal=True)
    return name


def _entry_points(table: Table) -> tuple[EntryPoint, ...]:
    entry_points = read_scripts(table.table("scripts"), "console_scripts")
    entry_points += read_scripts(table.table("gui-scripts"), "gui_scripts")
    groups = table.table("entry-points")
    for group in groups.values:
        entry_points += read_scripts(groups.table(group), group)
    return tuple(entry_points)
