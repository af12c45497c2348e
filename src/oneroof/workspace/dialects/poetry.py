"""`[tool.poetry]`, alone (Poetry 1.x) or enriching `[project]` (Poetry 2.x)."""

from collections.abc import Mapping, Sequence

import msgspec

from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.poetry_constraints import ConstraintError, to_specifier
from oneroof.workspace.dialects.poetry_dependencies import Entry, read_entries, sources_by_name
from oneroof.workspace.dialects.project import check_file, read_version
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import (
    MAIN,
    EntryPoint,
    Group,
    Index,
    Kind,
    Metadata,
    Requirement,
    Source,
    extra,
    group,
)
from oneroof.workspace.tree import Tree

BACKEND = "poetry.core.masonry.api"
_PYPI_URL = "https://pypi.org/simple"


class PoetryTable(msgspec.Struct, frozen=True):
    """What `[tool.poetry]` says by itself, and the sources it knows for each kind's names."""

    metadata: Metadata
    sources: Mapping[Kind, Mapping[str, tuple[Source, ...]]]
    packaged: bool
    """False for `package-mode = false`: only an environment is wanted."""


def read_poetry(document: Table, tree: Tree) -> PoetryTable:
    """`[tool.poetry]` as Poetry 1.x reads it."""
    table = document.table("tool", "poetry")
    alone = "project" not in document
    indexes = _read_indexes(table, alone=alone)
    urls = {index.name.lower(): index.url for index in indexes}
    main = read_entries(table.table("dependencies"), urls)
    requirements, extras = _main_requirements(table, main, alone=alone)
    groups, group_entries = _read_groups(table, urls)
    for name, entries in group_entries.items():
        requirements += (entry.requirement(group(name), table) for entry in entries)
    _check_readmes(table, tree)
    packaged = table.flag("package-mode") is not False
    metadata = Metadata(
        manifests=(table.path,),
        dialects=("poetry",),
        name=table.text("name"),
        version=_version(document, table, required=packaged and alone),
        requires_python=_requires_python(table.table("dependencies")),
        requirements=tuple(_with_includes(table, requirements)),
        extras=extras,
        groups=groups,
        entry_points=_entry_points(table),
        indexes=tuple(indexes),
    )
    sources = {MAIN: sources_by_name(main)}
    sources |= {group(name): sources_by_name(each) for name, each in group_entries.items()}
    return PoetryTable(metadata, sources, packaged)


def merge_poetry(project: Metadata, poetry: PoetryTable, declared: frozenset[str]) -> Metadata:
    """`[project]` completed and enriched by `[tool.poetry]`, as Poetry 2.x reads both.

    What `[project]` declares counts; `tool.poetry.dependencies` only says where it is to be had.
    """
    own = poetry.metadata
    has_main = any(each.kind == MAIN for each in project.requirements)
    has_extras = "optional-dependencies" in declared
    more = [
        each
        for each in own.requirements
        if not (has_main if each.kind == MAIN else has_extras and each.kind.startswith("extra:"))
    ]
    known = {(each.group, each.name) for each in project.entry_points}
    points = (each for each in own.entry_points if (each.group, each.name) not in known)
    return msgspec.structs.replace(
        project,
        dialects=("poetry", "project"),
        name=project.name or own.name,
        version=project.version or own.version,
        requires_python=project.requires_python or own.requires_python,
        requirements=(*enrich(project.requirements, poetry.sources), *more),
        extras=tuple(dict.fromkeys((*project.extras, *(() if has_extras else own.extras)))),
        groups=own.groups,
        entry_points=(*project.entry_points, *points),
        indexes=own.indexes,
    )


def enrich(
    requirements: Sequence[Requirement],
    sources: Mapping[Kind, Mapping[str, tuple[Source, ...]]],
) -> list[Requirement]:
    """Give requirements of standard tables the sources that `[tool.poetry]` knows for them.

    Those of extras are enriched from `tool.poetry.dependencies`, like the main ones.
    """
    enriched = []
    for requirement in requirements:
        kind = MAIN if requirement.kind.startswith("extra:") else requirement.kind
        found = sources.get(kind, {}).get(requirement.name)
        if found and not requirement.sources:
            enriched.append(msgspec.structs.replace(requirement, sources=found))
        else:
            enriched.append(requirement)
    return enriched


def _main_requirements(
    table: Table, entries: list[Entry], *, alone: bool
) -> tuple[list[Requirement], tuple[str, ...]]:
    requirements = [each.requirement(MAIN, table) for each in entries if not each.optional]
    extras = table.table("extras")
    known = {entry.name for entry in entries}
    in_extras: set[str] = set()
    names = []
    for written in extras.values:
        name = normalise_name(written)
        names.append(name)
        for key, text in extras.texts(written):
            wanted = normalise_name(text.partition("[")[0].partition("(")[0])
            in_extras.add(wanted)
            if wanted not in known and alone:
                message = f"`{text}` is not in `tool.poetry.dependencies`"
                table.note_at(key, message, hint="add it there as optional")
            requirements += (
                entry.requirement(extra(name), table) for entry in entries if entry.name == wanted
            )
    for entry in entries:
        if entry.optional and entry.name not in in_extras and alone:
            message = "is optional, but no extra holds it, so it is never installed"
            table.note_at(entry.key, message, hint="name it in `tool.poetry.extras`")
    return requirements, tuple(dict.fromkeys(names))


def _read_groups(
    table: Table, urls: Mapping[str, str]
) -> tuple[tuple[Group, ...], dict[str, list[Entry]]]:
    groups: dict[str, Group] = {}
    entries: dict[str, list[Entry]] = {}
    if "dev-dependencies" in table:
        groups["dev"] = Group("dev", default=True)
        entries["dev"] = read_entries(table.table("dev-dependencies"), urls)
    declared = table.table("group")
    for written in declared.values:
        one = declared.table(written)
        name = normalise_name(written)
        groups[name] = Group(name, default=not one.flag("optional"))
        entries.setdefault(name, []).extend(read_entries(one.table("dependencies"), urls))
    return tuple(groups.values()), entries


def _with_includes(table: Table, requirements: list[Requirement]) -> list[Requirement]:
    """Add to each group what the groups of its `include-groups` hold, at any depth."""
    declared = table.table("group")
    includes = {
        normalise_name(written): [
            (key, normalise_name(text))
            for key, text in declared.table(written).texts("include-groups")
        ]
        for written in declared.values
    }
    if not any(includes.values()):
        return requirements
    own: dict[Kind, list[Requirement]] = {}
    for requirement in requirements:
        own.setdefault(requirement.kind, []).append(requirement)
    for name, included in includes.items():
        reached = {name}
        pending = list(included)
        while pending:
            key, other = pending.pop(0)
            if other not in includes and group(other) not in own:
                message = f"includes the unknown group `{other}`"
                table.note_at(key, message, hint="declare it, or drop the include")
            if other not in reached:
                reached.add(other)
                pending += includes.get(other, [])
                requirements = requirements + [
                    msgspec.structs.replace(each, kind=group(name))
                    for each in own.get(group(other), ())
                ]
    return requirements


def _read_indexes(table: Table, *, alone: bool) -> list[Index]:
    """`[[tool.poetry.source]]`; with Poetry 2.x, primary ones take the place of PyPI."""
    indexes = []
    sources = table.tables("source")
    lists_pypi = any((source.text("name") or "").lower() == "pypi" for source in sources)
    for source in sources:
        name = source.text("name") or ""
        pypi = name.lower() == "pypi"
        url = source.text("url") or (_PYPI_URL if pypi else "")
        if not url:
            source.note("url", "is missing", hint="give the URL of the index's simple API")
            continue
        priority = (source.text("priority") or "").lower()
        secondary = source.flag("secondary") or priority in {"secondary", "supplemental"}
        primary = not alone and priority in {"", "primary"} and not secondary
        default = source.flag("default") or priority == "default" or (primary and not lists_pypi)
        lists_pypi = lists_pypi or default
        indexes.append(Index(name, url, explicit=priority == "explicit", default=default))
    return indexes


def _version(document: Table, table: Table, *, required: bool) -> str | None:
    plugin = document.table("tool", "poetry-dynamic-versioning")
    if plugin.flag("enable"):
        return None
    return read_version(table, required=required)


def _requires_python(dependencies: Table) -> str:
    text = dependencies.text("python")
    if text is None:
        return ""
    try:
        return to_specifier(text, python=True).specifier
    except ConstraintError as error:
        message = f'expected a version constraint, found `"{text}"`: {error}'
        dependencies.note("python", message, hint='write it as `"^3.11"`', fatal=True)
        return ""


def _entry_points(table: Table) -> tuple[EntryPoint, ...]:
    entry_points = []
    scripts = table.table("scripts")
    for name in scripts.values:
        value = scripts.values[name]
        if isinstance(value, dict):
            script = scripts.table(name)
            target = script.text("reference") or script.text("callable")
            # `type = "file"` names a file to copy, which is no entry point.
            if target and script.text("type") != "file":
                entry_points.append(EntryPoint("console_scripts", name, target))
        elif target := scripts.text(name):
            entry_points.append(EntryPoint("console_scripts", name, target))
    plugins = table.table("plugins")
    for group_name in plugins.values:
        points = plugins.table(group_name)
        entry_points += (
            EntryPoint(group_name, name, target)
            for name in points.values
            if (target := points.text(name))
        )
    return tuple(entry_points)


def _check_readmes(table: Table, tree: Tree) -> None:
    if isinstance(table.values.get("readme"), list):
        texts = [text for _, text in table.texts("readme")]
    else:
        texts = [text] if (text := table.text("readme")) else []
    for text in texts:
        check_file(table, "readme", text, tree)
