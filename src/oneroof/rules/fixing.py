"""What mends violations: all changes of all files, planned before anything is written."""

import codecs
from collections.abc import Iterable, Sequence

import msgspec

from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.rules import boundaries, public
from oneroof.rules.violation import Fix, Violation
from oneroof.workspace.editing.apply import edited
from oneroof.workspace.editing.edits import Edit
from oneroof.workspace.editing.refusal import NotEditable
from oneroof.workspace.tree import Tree

_FORBIDS = frozenset(
    {
        *(boundaries.SERVICES, boundaries.LAYERS, boundaries.FORBIDDEN, boundaries.INDEPENDENT),
        *(public.PRIVATE, public.PUBLIC),
    }
)
"""Rules that call an import wrong as such: declaring it would mend nothing."""


class Change(msgspec.Struct, frozen=True):
    """A file before and after."""

    path: RelPath
    before: bytes | None
    """None where it is made."""
    after: bytes


class Plan(msgspec.Struct, frozen=True):
    """What `--fix` writes, which violations that mends, and why others that it knows are left."""

    changes: tuple[Change, ...]
    """Sorted by path."""
    mended: tuple[Violation, ...]
    left: tuple[tuple[Violation, str], ...]


def plan_fixes(tree: Tree, violations: Sequence[Violation]) -> Plan:
    """The changes that mend what can be mended; each violation is mended whole or not at all."""
    forbidden = {(each.problem.path, each.line) for each in violations if each.rule in _FORBIDS}
    left: list[tuple[Violation, str]] = []
    chosen: list[Violation] = []
    for each in violations:
        if each.fix is None:
            continue
        reason = each.fix.refused
        if (each.problem.path, each.line) in forbidden:
            reason = "the import is not allowed"
        reason = reason or _obstacle(tree, [each])
        if reason:
            left.append((each, reason))
        else:
            chosen.append(each)
    while obstacle := _first_obstacle(tree, chosen):
        path, reason = obstacle
        left += [(each, reason) for each in chosen if _touches(each, path)]
        chosen = [each for each in chosen if not _touches(each, path)]
    changes = [_change(tree, path, edits) for path, edits in _by_file(chosen).items()]
    changed = (each for each in changes if each.before != each.after)
    ordered = tuple(sorted(changed, key=lambda each: each.path))
    return Plan(ordered, tuple(chosen), tuple(left))


def _touches(violation: Violation, path: RelPath) -> bool:
    return violation.fix is not None and any(file == path for file, _ in violation.fix.edits)


def _by_file(violations: Iterable[Violation]) -> dict[RelPath, list[Edit]]:
    found: dict[RelPath, dict[Edit, None]] = {}
    for each in violations:
        for path, edit in (each.fix or Fix()).edits:
            found.setdefault(path, {})[edit] = None
    return {path: list(edits) for path, edits in found.items()}


def _obstacle(tree: Tree, violations: Sequence[Violation]) -> str:
    found = _first_obstacle(tree, violations)
    return found[1] if found is not None else ""


def _first_obstacle(tree: Tree, violations: Sequence[Violation]) -> tuple[RelPath, str] | None:
    """The first file that cannot be changed as wanted, and why."""
    for path, edits in _by_file(violations).items():
        try:
            _change(tree, path, edits)
        except NotEditable as error:
            return path, error.reason
    return None


def _change(tree: Tree, path: RelPath, edits: Sequence[Edit]) -> Change:
    """A file with changes; a byte order mark stays.

    Raises:
        NotEditable: it cannot be read, or not be changed without risk.
    """
    before: bytes | None = None
    if path in tree:
        if path in tree.links:
            reason = f"{path} is a symbolic link"
            raise NotEditable(reason)
        try:
            before = tree.read_bytes(path)
        except ConfigError as error:
            raise NotEditable(error.message) from error
    mark = codecs.BOM_UTF8 if before is not None and before.startswith(codecs.BOM_UTF8) else b""
    try:
        text = (before or b"")[len(mark) :].decode()
    except UnicodeDecodeError as error:
        reason = f"{path} is not UTF-8"
        raise NotEditable(reason) from error
    return Change(path, before, mark + edited(path, text, edits).encode())
