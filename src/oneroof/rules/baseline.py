"""The violations that were there when a workspace took up the rules: known, and not failing."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from oneroof.errors import ConfigError
from oneroof.rules.violation import Violation
from oneroof.workspace.model import ProjectName

FILE = ".oneroof-baseline.json"
FORMAT = 1
NEVER = frozenset({"no-environment", "python", "suppression"})
"""Rules whose violations are no state of the code that a baseline could hold."""
_NUMBERED = re.compile(r"\blines? \d+")


class Entry(msgspec.Struct, frozen=True):
    """One violation without what moves while it stays the same."""

    rule: str
    project: ProjectName | None
    path: str
    message: str
    """Without line numbers."""


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    violations: tuple[Entry, ...]


def entry_of(violation: Violation) -> Entry:
    """What a baseline holds of a violation."""
    problem = violation.problem
    message = _NUMBERED.sub("line", problem.message)
    return Entry(violation.rule, violation.project, problem.path, message)


def encode(violations: Iterable[Violation]) -> bytes:
    """The content of a baseline that knows some violations: sorted, each entry once.

    Mistakes in oneroof's own settings are not written: they would go on unseen.
    """
    entries = {
        entry_of(each)
        for each in violations
        if each.rule not in NEVER and not each.problem.key.startswith("tool.oneroof")
    }
    document = _Document(FORMAT, tuple(sorted(entries, key=_order)))
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def decode(content: bytes) -> frozenset[Entry]:
    """The entries of a baseline.

    Raises:
        ConfigError: it is none, or of another format.
    """
    hint = "`oneroof check --write-baseline` writes it anew"
    try:
        document = msgspec.json.decode(content, type=_Document)
    except msgspec.MsgspecError as error:
        message = f"{FILE}: cannot be read: {error}"
        raise ConfigError(message, hint=hint) from error
    if document.format != FORMAT:
        message = f"{FILE}: has format {document.format}, expected {FORMAT}"
        raise ConfigError(message, hint=hint)
    return frozenset(document.violations)


def mark(
    violations: Sequence[Violation], known: frozenset[Entry]
) -> tuple[list[Violation], frozenset[Entry]]:
    """The violations, those marked that a baseline knows; and its entries that match nothing."""
    found = [(each, entry_of(each)) for each in violations]
    marked = [
        msgspec.structs.replace(each, in_baseline=True) if entry in known else each
        for each, entry in found
    ]
    return marked, known - {entry for _, entry in found}


def _order(entry: Entry) -> tuple[str, ...]:
    return entry.path, entry.rule, entry.project or "", entry.message
