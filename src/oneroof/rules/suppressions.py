"""Violations that are let pass with a reason: by an entry of the settings, or by a comment."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.rules.parsed import code_of
from oneroof.rules.selectors import KEY, MANIFEST
from oneroof.rules.violation import Violation
from oneroof.workspace.globs import matches
from oneroof.workspace.settings import IgnoreSettings
from oneroof.workspace.tree import Tree

RULE = "suppression"
_COMMENT = re.compile(r"#\s*oneroof:\s*ignore\[([\w\s,-]+)\]((?:(?!\s#\s).)*)")
"""The reason ends where the next comment starts."""


class _Comment(msgspec.Struct, frozen=True):
    rules: frozenset[str]
    reason: str


class Suppressions:
    """The entries and comments of one workspace, as of one day."""

    def __init__(self, tree: Tree, entries: Sequence[IgnoreSettings], today: dt.date) -> None:
        self._entries = entries
        self._today = today
        self._used: set[int] = set()
        self._lines = lru_cache(maxsize=64)(lambda path: _lines(tree, path))

    def apply(self, violations: Sequence[Violation], *, complete: bool) -> list[Violation]:
        """What is left, and what is wrong with the suppressions themselves.

        Entries that match nothing are told only where the violations are `complete`.
        """
        kept: list[Violation] = []
        for each in violations:
            is_let_pass = self._by_entry(each)
            comment = self._comment(each)
            if comment is not None and comment.reason:
                continue
            if not is_let_pass:
                kept.append(each)
                if comment is not None:
                    kept.append(_without_reason(each))
        return [*kept, *self._wrong_entries(complete=complete)]

    def _by_entry(self, violation: Violation) -> bool:
        """Whether an entry that has not expired lets a violation pass; all that match are noted."""
        found = {
            index
            for index, entry in enumerate(self._entries)
            if entry.rule == violation.rule and matches(violation.problem.path, entry.path)
        }
        self._used |= found
        return any(not self._is_over(self._entries[index]) for index in found)

    def _comment(self, violation: Violation) -> _Comment | None:
        """The comment for the violation's rule on its line."""
        if violation.line is None:
            return None
        lines = self._lines(RelPath(violation.problem.path))
        if not 0 < violation.line <= len(lines):
            return None
        found = _COMMENT.search(lines[violation.line - 1])
        if found is None:
            return None
        rules = frozenset(each.strip() for each in found[1].split(","))
        return _Comment(rules, found[2].strip(" \t:-")) if violation.rule in rules else None

    def _wrong_entries(self, *, complete: bool) -> Iterator[Violation]:
        for index, entry in enumerate(self._entries):
            is_used = index in self._used
            if is_used and self._is_over(entry):
                message = f"let `{entry.rule}` pass in `{entry.path}` until {entry.until}"
                hint = "mend what it let pass, or give it a later date"
            elif not is_used and complete:
                message = f"matches nothing: no `{entry.rule}` in `{entry.path}`"
                hint = "take it out"
            else:
                continue
            problem = Problem(MANIFEST, message, f"{KEY}.ignore[{index}]", hint)
            yield Violation(RULE, None, problem, fails=is_used)

    def _is_over(self, entry: IgnoreSettings) -> bool:
        return entry.until is not None and entry.until < self._today


def _without_reason(violation: Violation) -> Violation:
    message = f"`# oneroof: ignore[{violation.rule}]` gives no reason, so it lets nothing pass"
    problem = Problem(violation.problem.path, message, hint="write the reason behind it")
    return Violation(RULE, violation.project, problem, fails=False, line=violation.line)


def _lines(tree: Tree, path: RelPath) -> list[str]:
    if path not in tree:
        return []
    content = tree.read_bytes(path)
    try:
        return code_of(path, content).split("\n")
    except (SyntaxError, ValueError, LookupError, msgspec.MsgspecError):
        return content.decode(errors="replace").split("\n")
