"""`[tool.pdm]`: development groups, sources, and versions kept in a file."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from oneroof import paths
from oneroof.workspace.dialects.names import find_reference_name
from oneroof.workspace.dialects.pep508 import normalise_name, parse_reference, read_requirement
from oneroof.workspace.dialects.static_version import find_by_pattern
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import Index, Kind, Requirement, Source, group
from oneroof.workspace.tree import Tree

_VERSION = r"(?m)^__version__\s*(?::[^=\n]+)?=\s*['\"](?P<version>.+?)['\"]\s*(?:#.*)?$"


class PdmTable(msgspec.Struct, frozen=True):
    """What `[tool.pdm]` says of a project."""

    groups: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    indexes: tuple[Index, ...]
    bound: tuple[tuple[str, Source], ...]
    """Patterns of names that are to be had from one source only."""
    packaged: bool
    """False where the project is an application that is not to be built."""


_NOTHING = PdmTable((), (), (), (), packaged=True)


def read_pdm(document: Table, tree: Tree) -> PdmTable:
    """`[tool.pdm]`."""
    table = document.table("tool", "pdm")
    if not table:
        return _NOTHING
    declared = table.table("dev-dependencies")
    requirements = []
    for name in declared.values:
        for key, text in declared.texts(name):
            place = Table(table.path, {}, table.problems, key)
            requirement = _read_line(text, group(normalise_name(name)), place, tree)
            if requirement:
                requirements.append(requirement)
    indexes, bound = _read_sources(table)
    packaged = table.flag("distribution")
    if packaged is None:
        packaged = table.text("package-type") != "application"
    names = tuple(dict.fromkeys(map(normalise_name, declared.values)))
    return PdmTable(names, tuple(requirements), indexes, bound, packaged)


def apply_bound_sources(
    requirements: Sequence[Requirement], bound: tuple[tuple[str, Source], ...]
) -> list[Requirement]:
    """Give requirements that a source's `include_packages` names that source."""
    if not bound:
        return list(requirements)
    result = []
    for requirement in requirements:
        source = next(
            (source for pattern, source in bound if fnmatchcase(requirement.name, pattern)), None
        )
        if source is not None and not requirement.sources:
            result.append(msgspec.structs.replace(requirement, sources=(source,)))
        else:
            result.append(requirement)
    return result


def find_pdm_version(document: Table, tree: Tree) -> str | None:
    """The version that `tool.pdm.version` with `source = "file"` leads to."""
    table = document.table("tool", "pdm", "version")
    text = table.text("path") or table.text("from")
    if table.text("source") not in {None, "file"} or text is None:
        return None
    path = paths.normalise(paths.parent(table.path), text)
    if path is None or path not in tree:
        table.note("path", f"`{text}` does not exist", hint="name the file that holds the version")
        return None
    return find_by_pattern(tree, path, _VERSION)


def _read_line(text: str, kind: Kind, place: Table, tree: Tree) -> Requirement | None:
    if not text.startswith(("-e ", "--editable ")):
        return read_requirement(text, kind, place.path, place.key, place.problems)
    reference = parse_reference(text.partition(" ")[2].strip(), editable=True)
    name = find_reference_name(tree, paths.parent(place.path), reference)
    if name is None:
        message = f"`{text}` leads to no project whose name can be read"
        place.note_at(place.key, message, hint="add `#egg=name`, or mend the path")
        return None
    return Requirement(
        name, kind, place.path, place.key, extras=reference.extras, sources=(reference.source,)
    )


def _read_sources(table: Table) -> tuple[tuple[Index, ...], tuple[tuple[str, Source], ...]]:
    indexes = []
    bound = []
    for one in table.tables("source"):
        name, url = one.text("name") or "", one.text("url")
        if url is None:
            one.note("url", "is missing", hint="give the URL of the index's simple API")
            continue
        explicit = any(text == "*" for _, text in one.texts("exclude_packages"))
        # PDM lets a source named `pypi` take the place of its own.
        indexes.append(Index(name, url, explicit=explicit, default=name.lower() == "pypi"))
        source = Source("index", url, name=name)
        bound += [(text.lower(), source) for _, text in one.texts("include_packages")]
    return tuple(indexes), tuple(bound)
