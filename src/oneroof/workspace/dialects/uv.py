"""`[tool.uv]`: sources and indexes of requirements, default groups, whether a project is built."""

from collections.abc import Mapping, Sequence

import msgspec

from oneroof.workspace.dialects.pep508 import normalise_name, parse_marker, read_requirement
from oneroof.workspace.dialects.toml import Table, wrong_type
from oneroof.workspace.model import Index, Kind, Requirement, Source, extra, group


class UvSource(msgspec.Struct, frozen=True):
    """One entry of `tool.uv.sources`, and the one kind of requirements it may be bound to."""

    source: Source
    kind: Kind | None = None


Sources = Mapping[str, tuple[UvSource, ...]]


class UvTable(msgspec.Struct, frozen=True):
    """What `[tool.uv]` says of one project or of a whole workspace."""

    sources: Sources
    indexes: tuple[Index, ...]
    dev_requirements: tuple[Requirement, ...]
    default_groups: tuple[str, ...] | None
    """None where nothing is said; `*` for all."""
    package: bool | None
    conflicts: tuple[tuple[tuple[str, Kind], ...], ...] = ()
    """Sets of (package, extra or group) that exclude each other; the package is empty for the
    project itself."""

    def conflicts_of(self, name: str, *, by_name_only: bool) -> tuple[tuple[Kind, ...], ...]:
        """What excludes each other within one project, by its normalised name."""
        whose = {name} if by_name_only else {name, ""}
        found = (
            tuple(kind for package, kind in each if package in whose) for each in self.conflicts
        )
        return tuple(kinds for kinds in found if len(kinds) > 1)


_IN_WORKSPACE = {"workspace": True}
_WORKSPACE = UvSource(Source("workspace", editable=True))
NOTHING = UvTable({}, (), (), None, None)


def read_uv(document: Table) -> UvTable:
    """`[tool.uv]`."""
    table = document.table("tool", "uv")
    if not table:
        return NOTHING
    indexes = _read_indexes(table)
    urls = {index.name: index.url for index in indexes if index.name}
    dev = (
        read_requirement(text, group("dev"), table.path, key, table.problems)
        for key, text in table.texts("dev-dependencies")
    )
    return UvTable(
        _read_sources(table, urls),
        indexes,
        tuple(requirement for requirement in dev if requirement),
        _default_groups(table),
        table.flag("package"),
        _read_conflicts(table),
    )


def apply_sources(requirements: Sequence[Requirement], sources: Sources) -> list[Requirement]:
    """Give each requirement the sources declared for its name; those it has already stay."""
    if not sources:
        return list(requirements)
    return [_with_sources(requirement, sources) for requirement in requirements]


def _with_sources(requirement: Requirement, sources: Sources) -> Requirement:
    if requirement.sources:
        return requirement
    found = tuple(
        each.source
        for each in sources.get(requirement.name, ())
        if each.kind in {None, requirement.kind}
    )
    return msgspec.structs.replace(requirement, sources=found) if found else requirement


def _read_sources(table: Table, urls: Mapping[str, str]) -> dict[str, tuple[UvSource, ...]]:
    declared = table.table("sources")
    found: dict[str, tuple[UvSource, ...]] = {}
    for name, value in declared.values.items():
        if value == _IN_WORKSPACE:
            # By far the most frequent source, so it is not taken apart.
            found[normalise_name(name)] = (_WORKSPACE,)
            continue
        if not isinstance(value, dict | list):
            declared.problems.append(
                wrong_type(declared.path, declared.at(name), "a table or an array of tables", value)
            )
            continue
        entries = (_read_source(one, urls) for one in declared.tables(name))
        found[normalise_name(name)] = tuple(entry for entry in entries if entry)
    return found


def _read_source(table: Table, urls: Mapping[str, str]) -> UvSource | None:
    marker = ""
    if text := table.text("marker"):
        marker = parse_marker(text) or ""
        if not marker:
            table.note("marker", f"`{text}` is not a PEP 508 marker", hint="mend or drop it")
    kind = None
    if name := table.text("extra"):
        kind = extra(normalise_name(name))
    elif name := table.text("group"):
        kind = group(normalise_name(name))
    source = _location(table, urls)
    if source is None:
        if "workspace" not in table:
            message = "expected `workspace`, `path`, `git`, `url` or `index`"
            table.note_at(table.key, message, hint="say where the package is to be had")
        return None
    return UvSource(msgspec.structs.replace(source, marker=marker) if marker else source, kind)


def _location(table: Table, urls: Mapping[str, str]) -> Source | None:
    editable = table.flag("editable") or False
    subdirectory = table.text("subdirectory") or ""
    if table.flag("workspace"):
        # Members are editable unless told otherwise.
        return Source("workspace", editable=table.flag("editable") is not False)
    if path := table.text("path"):
        return Source("path", path, editable=editable, subdirectory=subdirectory)
    if url := table.text("git"):
        reference = next(
            (text for name in ("rev", "tag", "branch") if (text := table.text(name))), ""
        )
        return Source("git", url, reference=reference, subdirectory=subdirectory)
    if url := table.text("url"):
        return Source("url", url, subdirectory=subdirectory)
    if index := table.text("index"):
        return Source("index", urls.get(index, index), name=index)
    return None


def _read_indexes(table: Table) -> tuple[Index, ...]:
    """`[[tool.uv.index]]`, and `index-url` and `extra-index-url` of before."""
    indexes = []
    for one in table.tables("index"):
        url = one.text("url")
        if url is None:
            one.note("url", "is missing", hint="give the URL of the index's simple API")
            continue
        indexes.append(
            Index(
                one.text("name") or "",
                url,
                explicit=one.flag("explicit") or False,
                default=one.flag("default") or False,
                publish_url=one.text("publish-url") or "",
            )
        )
    indexes += (Index("", url) for _, url in table.texts("extra-index-url"))
    if url := table.text("index-url"):
        indexes.append(Index("", url, default=True))
    return tuple(indexes)


def _read_conflicts(table: Table) -> tuple[tuple[tuple[str, Kind], ...], ...]:
    declared = table.values.get("conflicts", [])
    if not isinstance(declared, list) or not all(isinstance(each, list) for each in declared):
        expected = "an array of arrays of tables"
        table.problems.append(wrong_type(table.path, table.at("conflicts"), expected, declared))
        return ()
    return tuple(
        tuple(
            (normalise_name(str(one.get("package", ""))), kind)
            for one in each
            if isinstance(one, dict) and (kind := _conflicting(one)) is not None
        )
        for each in declared
    )


def _conflicting(entry: Mapping[str, object]) -> Kind | None:
    if isinstance(name := entry.get("extra"), str):
        return extra(normalise_name(name))
    return group(normalise_name(name)) if isinstance(name := entry.get("group"), str) else None


def _default_groups(table: Table) -> tuple[str, ...] | None:
    value = table.values.get("default-groups")
    if value is None:
        return None
    if value == "all":
        return ("*",)
    return tuple(normalise_name(text) for _, text in table.texts("default-groups"))
