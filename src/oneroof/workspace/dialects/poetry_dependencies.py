"""One table of Poetry dependencies: versions, markers and sources of each entry."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from oneroof.workspace.dialects.pep508 import both_markers, normalise_name, parse_marker
from oneroof.workspace.dialects.poetry_constraints import (
    ConstraintError,
    to_platform_marker,
    to_python_marker,
    to_specifier,
)
from oneroof.workspace.dialects.toml import Table, wrong_type
from oneroof.workspace.model import Kind, Requirement, Source


class Entry(msgspec.Struct, frozen=True):
    """One constraint on one package, as `tool.poetry.*dependencies` declares it."""

    name: str
    key: str
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    source: Source | None = None
    optional: bool = False

    def requirement(self, kind: Kind, table: Table) -> Requirement:
        """This entry as a requirement of a kind."""
        return Requirement(
            self.name,
            kind,
            table.path,
            self.key,
            self.specifier,
            self.extras,
            self.marker,
            (self.source,) if self.source else (),
        )


def read_entries(dependencies: Table, index_urls: Mapping[str, str]) -> list[Entry]:
    """All entries of a table but `python`; a list of constraints gives several."""
    entries: list[Entry] = []
    for name in dependencies.values:
        if name.lower() != "python":
            entries += _read_named(dependencies, name, index_urls)
    return entries


def sources_by_name(entries: Iterable[Entry]) -> dict[str, tuple[Source, ...]]:
    """Where each package is to be had, each source under the marker of its entry."""
    found: dict[str, tuple[Source, ...]] = {}
    for entry in entries:
        if entry.source is not None:
            found[entry.name] = (*found.get(entry.name, ()), _marked(entry.source, entry.marker))
    return found


def _marked(source: Source, marker: str) -> Source:
    return msgspec.structs.replace(source, marker=marker) if marker else source


def _read_named(dependencies: Table, name: str, index_urls: Mapping[str, str]) -> Iterator[Entry]:
    value = dependencies.values[name]
    key = dependencies.at(name)
    several = isinstance(value, list)
    for place, item in enumerate(value if isinstance(value, list) else [value]):
        here = f"{key}[{place}]" if several else key
        if isinstance(item, dict):
            table = Table(dependencies.path, item, dependencies.problems, here)
            yield _read_table(table, normalise_name(name), index_urls)
        elif isinstance(item, str):
            specifier = _specifier(dependencies, here, item)
            yield Entry(normalise_name(name), here, specifier)
        else:
            problem = wrong_type(dependencies.path, here, "a constraint or a table", item)
            dependencies.problems.append(problem)


def _read_table(table: Table, name: str, index_urls: Mapping[str, str]) -> Entry:
    version = table.text("version")
    return Entry(
        name,
        table.key,
        _specifier(table, table.at("version"), version) if version is not None else "",
        tuple(sorted({normalise_name(each) for _, each in table.texts("extras")})),
        _marker(table),
        _source(table, index_urls),
        table.flag("optional") or False,
    )


def _specifier(table: Table, key: str, text: str) -> str:
    """A constraint in PEP 440; of a malformed one, the name still makes a requirement."""
    try:
        constraint = to_specifier(text)
    except ConstraintError as error:
        table.note_at(
            key,
            f'expected a version constraint, found `"{text}"`: {error}',
            hint='write `"*"` for any version, or give a path as `{ path = "../...", '
            "develop = true }`",
            fatal=True,
        )
        return ""
    if not constraint.exact:
        message = f"`{text}` has no equal in PEP 440, `{constraint.specifier}` is used"
        table.note_at(key, message, hint="write it as one range")
    return constraint.specifier


def _marker(table: Table) -> str:
    marker = ""
    text = table.text("markers")
    if text:
        parsed = parse_marker(text)
        if parsed is None:
            table.note("markers", f"`{text}` is not a PEP 508 marker", hint="mend or drop it")
        marker = parsed or ""
    for name, translate in (("python", to_python_marker), ("platform", to_platform_marker)):
        text = table.text(name)
        if text is None:
            continue
        try:
            marker = both_markers(marker, translate(text))
        except ConstraintError as error:
            table.note(name, f'expected a constraint, found `"{text}"`: {error}', hint="mend it")
    return marker


def _source(table: Table, index_urls: Mapping[str, str]) -> Source | None:
    editable = table.flag("develop") or False
    subdirectory = table.text("subdirectory") or ""
    for name in ("path", "file"):
        if path := table.text(name):
            return Source("path", path, editable=editable, subdirectory=subdirectory)
    if url := table.text("git"):
        reference = next(
            (text for name in ("rev", "tag", "branch") if (text := table.text(name))), ""
        )
        return Source("git", url, reference=reference, subdirectory=subdirectory, editable=editable)
    if url := table.text("url"):
        return Source("url", url, subdirectory=subdirectory)
    if index := table.text("source"):
        return Source("index", index_urls.get(index.lower(), index), name=index)
    return None
