"""`[dependency-groups]` (PEP 735): named sets of development requirements that include others."""

import msgspec

from oneroof.errors import Problem
from oneroof.workspace.dialects.pep508 import normalise_name, read_requirement
from oneroof.workspace.dialects.toml import Table, dotted, wrong_type
from oneroof.workspace.model import Requirement, group


class _Include(msgspec.Struct, frozen=True):
    name: str
    key: str


_Entries = dict[str, list[Requirement | _Include]]


def read_groups(document: Table) -> tuple[tuple[str, ...], tuple[Requirement, ...]]:
    """The normalised group names and the requirements of each, included ones with their own key.

    Unknown includes and cycles are noted; what else the group holds still comes through.
    """
    table = document.table("dependency-groups")
    entries: _Entries = {}
    for name in table.values:
        normalised = normalise_name(name)
        if normalised in entries:
            table.note(name, f"is a second group named `{normalised}`", hint="rename one of them")
        entries.setdefault(normalised, []).extend(_read_entries(table, name))
    requirements: list[Requirement] = []
    for name in entries:
        kind = group(name)
        found = {
            requirement.key: requirement
            if requirement.kind == kind
            else msgspec.structs.replace(requirement, kind=kind)
            for requirement in _resolve(table, entries, name, (name,))
        }
        requirements += found.values()
    return tuple(entries), tuple(requirements)


def _read_entries(table: Table, name: str) -> list[Requirement | _Include]:
    value = table.values[name]
    if not isinstance(value, list):
        table.texts(name)
        return []
    prefix = dotted(table.key, name)
    entries: list[Requirement | _Include] = []
    for number, item in enumerate(value):
        key = f"{prefix}[{number}]"
        if isinstance(item, str):
            kind = group(normalise_name(name))
            requirement = read_requirement(item, kind, table.path, key, table.problems)
            if requirement:
                entries.append(requirement)
        elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
            entries.append(_Include(normalise_name(str(item["include-group"])), key))
        else:
            expected = 'a string or `{ include-group = "..." }`'
            table.problems.append(wrong_type(table.path, key, expected, item))
    return entries


def _resolve(
    table: Table, entries: _Entries, name: str, chain: tuple[str, ...]
) -> list[Requirement]:
    requirements: list[Requirement] = []
    for entry in entries[name]:
        if isinstance(entry, Requirement):
            requirements.append(entry)
        elif entry.name not in entries:
            known = ", ".join(f"`{each}`" for each in sorted(entries))
            message = f"includes the unknown group `{entry.name}`"
            _note_once(table, entry.key, message, f"include one of {known}")
        elif entry.name in chain:
            cycle = (*chain[chain.index(entry.name) :], entry.name)
            # A cycle is met once from each of its groups; the one of its first name tells it.
            if entry.name == min(cycle):
                message = f"groups include each other: `{' -> '.join(cycle)}`"
                _note_once(table, entry.key, message, "drop one of these includes")
        else:
            requirements += _resolve(table, entries, entry.name, (*chain, entry.name))
    return requirements


def _note_once(table: Table, key: str, message: str, hint: str) -> None:
    problem = Problem(table.path, message, key=key, hint=hint)
    if problem not in table.problems:
        table.problems.append(problem)
