"""The violations that were there when a workspace took up the rules: known, and not failing."""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from oneroof.errors import Problem
from oneroof.rules.coverage import Coverage
from oneroof.rules.violation import Violation
from oneroof.workspace.editing.keys import names_of
from oneroof.workspace.model import ProjectName
from oneroof.workspace.own_files import parse, render

FILE = ".oneroof-baseline.json"
FORMAT = 1
GONE = "baseline"
NEVER = frozenset({GONE, "no-environment", "python", "suppression", "unused-suppression"})
"""Rules whose violations are no state of the code that a baseline could hold."""
_NUMBER = re.compile(r"\d+")
_SHOWN = 3


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One violation without what moves while it stays the same."""

    rule: str
    project: ProjectName | None
    path: str
    subject: str
    """What it is about; by default the key, without indexes, and the message, without counts."""


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    violations: tuple[Entry, ...]


def entry_of(violation: Violation) -> Entry:
    """What a baseline holds of a violation."""
    problem = violation.problem
    subject = violation.subject
    if not subject:
        # What stands in backticks is a name, of which numbers are a part.
        parts = problem.message.split("`")
        parts[::2] = (_NUMBER.sub("0", part) for part in parts[::2])
        keys = ".".join(names_of(problem.key))
        subject = ": ".join(part for part in (keys, "`".join(parts)) if part)
    return Entry(violation.rule, violation.project, problem.path, subject)


def encode(violations: Iterable[Violation], kept: Iterable[Entry] = ()) -> bytes:
    """The content of a baseline that knows some violations: sorted, each entry once.

    Mistakes in oneroof's own settings are not written: they would go on unseen. `kept` are entries
    of before, of which nothing is known now.
    """
    entries = {
        entry_of(each)
        for each in violations
        if each.rule not in NEVER and not each.problem.key.startswith("tool.oneroof")
    } | set(kept)
    document = _Document(FORMAT, tuple(sorted(entries, key=_order)))
    return render(document)


def decode(content: bytes) -> frozenset[Entry]:
    """The entries of a baseline.

    Raises:
        ConfigError: it is none, or of another format.
    """
    hint = "`oneroof check --write-baseline` writes it anew"
    document = parse(content, _Document, name=FILE, expected=FORMAT, hint=hint)
    return frozenset(document.violations)


def mark(violations: Sequence[Violation], known: frozenset[Entry]) -> list[Violation]:
    """The violations, those marked that the baseline knows."""
    return [
        msgspec.structs.replace(each, in_baseline=True) if entry_of(each) in known else each
        for each in violations
    ]


def unjudged(known: frozenset[Entry], coverage: Coverage) -> frozenset[Entry]:
    """The entries of which a check cannot say whether they still hold."""
    return frozenset(
        each for each in known if not coverage.holds(each.rule, each.project, each.subject)
    )


def find_gone(
    violations: Sequence[Violation], known: frozenset[Entry], coverage: Coverage
) -> Iterator[Violation]:
    """That entries of the baseline match nothing any more: it is to become smaller."""
    found = {entry_of(each) for each in violations}
    gone = sorted(known - found - unjudged(known, coverage), key=_order)
    if not gone:
        return
    shown = [f"`{each.rule}` in `{each.path}`" for each in gone[:_SHOWN]]
    if len(gone) > _SHOWN:
        shown.append(f"{len(gone) - _SHOWN} more")
    listed = ", ".join(dict.fromkeys(shown))
    entries = "entry matches" if len(gone) == 1 else "entries match"
    message = f"{len(gone)} {entries} nothing any more: {listed}"
    problem = Problem(FILE, message, hint="`oneroof check --write-baseline` takes them out")
    yield Violation(GONE, None, problem, fails=False)


def _order(entry: Entry) -> tuple[str, ...]:
    return entry.path, entry.rule, entry.project or "", entry.subject
