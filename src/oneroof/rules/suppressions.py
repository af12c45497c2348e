"""Violations that are let pass with a reason: by an entry of the settings, or by a comment."""

import datetime as dt
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from oneroof.errors import ConfigError, Problem
from oneroof.paths import RelPath
from oneroof.rules.coverage import Coverage
from oneroof.rules.parsed import code_of
from oneroof.rules.selectors import KEY, MANIFEST
from oneroof.rules.violation import Fix, Violation
from oneroof.workspace.editing.edits import RemoveElement, ReplaceLine
from oneroof.workspace.globs import matches
from oneroof.workspace.model import ProjectName
from oneroof.workspace.settings import IgnoreSettings
from oneroof.workspace.tree import Tree

RULE = "suppression"
UNUSED = "unused-suppression"
_COMMENT = re.compile(r"#\s*oneroof:\s*ignore\[([\w\s,-]+)\]((?:(?!\s#\s).)*)")
"""The reason ends where the next comment starts."""


class _Comment(msgspec.Struct, frozen=True):
    rules: tuple[str, ...]
    reason: str


class Suppressions:
    """The entries and comments of one workspace, as of one day."""

    def __init__(self, tree: Tree, entries: Sequence[IgnoreSettings], today: dt.date) -> None:
        self._tree = tree
        self._entries = entries
        self._today = today
        self._used: set[int] = set()
        self._matched: set[tuple[RelPath, int, str]] = set()
        """File, line and rule of the comments that a violation was found for."""
        self._known: dict[RelPath, Mapping[int, _Comment]] = {}

    def apply(
        self,
        violations: Sequence[Violation],
        coverage: Coverage,
        files: Mapping[RelPath, ProjectName],
    ) -> list[Violation]:
        """What is left, and what is wrong with the suppressions themselves.

        `files` are those that may hold comments, with their projects. That a suppression matches
        nothing is told where all was judged that it could match.
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
        kept += self._wrong_entries(coverage)
        for path, project in sorted(files.items()):
            kept += self._unused_comments(path, project, coverage)
        return kept

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
        """The comment for the violation's rule on its line; that it matches is noted."""
        if violation.line is None:
            return None
        path = RelPath(violation.problem.path)
        comment = self._comments(path).get(violation.line)
        if comment is None or violation.rule not in comment.rules:
            return None
        self._matched.add((path, violation.line, violation.rule))
        return comment

    def _wrong_entries(self, coverage: Coverage) -> Iterator[Violation]:
        for index, entry in enumerate(self._entries):
            key = f"{KEY}.ignore[{index}]"
            if index in self._used and self._is_over(entry):
                message = f"let `{entry.rule}` pass in `{entry.path}` until {entry.until}"
                hint = "mend what it let pass, or give it a later date"
                yield Violation(RULE, None, Problem(MANIFEST, message, key, hint), fails=True)
            elif index not in self._used and coverage.is_complete(entry.rule):
                message = f"matches nothing: no `{entry.rule}` in `{entry.path}`"
                removal = RemoveElement((*KEY.split("."), "ignore"), index)
                fix = Fix(((RelPath(MANIFEST), removal),))
                problem = Problem(MANIFEST, message, key, "take it out")
                yield Violation(UNUSED, None, problem, fails=False, fix=fix)

    def _unused_comments(
        self, path: RelPath, project: ProjectName, coverage: Coverage
    ) -> Iterator[Violation]:
        for line, comment in self._comments(path).items():
            unused = [
                rule
                for rule in comment.rules
                if (path, line, rule) not in self._matched and coverage.holds(rule, project)
            ]
            if not unused:
                continue
            message = f"`# oneroof: ignore[{', '.join(unused)}]` lets nothing pass"
            problem = Problem(path, message, hint="take it out")
            subject = ", ".join(unused)
            fix = self._without(path, line, [each for each in comment.rules if each not in unused])
            yield Violation(
                UNUSED, project, problem, fails=False, line=line, subject=subject, fix=fix
            )

    def _without(self, path: RelPath, line: int, rules: Sequence[str]) -> Fix:
        """What takes a comment out, or all but some rules of it."""
        if path.endswith(".ipynb"):
            return Fix(refused="it is a notebook")
        text = self._text(path).split("\n")[line - 1]
        match = _COMMENT.search(text)
        if match is None:
            return Fix(refused="the comment is not found")
        if rules:
            new = f"{text[: match.start(1)]}{', '.join(rules)}{text[match.end(1) :]}"
        else:
            before, behind = text[: match.start()].rstrip(), text[match.end() :].strip()
            new = "  ".join(part for part in (before, behind) if part)
            new += "\r" if text.endswith("\r") and new else ""
        return Fix(((path, ReplaceLine(line, new or None)),))

    def _is_over(self, entry: IgnoreSettings) -> bool:
        return entry.until is not None and entry.until < self._today

    def _comments(self, path: RelPath) -> Mapping[int, _Comment]:
        """The comments of a file by line."""
        if path not in self._known:
            text = self._text(path) if path in self._tree else ""
            self._known[path] = dict(_find_comments(path, text))
        return self._known[path]

    def _text(self, path: RelPath) -> str:
        try:
            content = self._tree.read_bytes(path)
            return code_of(path, content)
        except (SyntaxError, ValueError, LookupError, msgspec.MsgspecError, ConfigError):
            return ""


def _find_comments(path: RelPath, text: str) -> Iterator[tuple[int, _Comment]]:
    """The comments of a text by line; of Python, no strings that look like them."""
    if _COMMENT.search(text) is None:
        return
    lines: Iterable[tuple[int, str]] = enumerate(text.split("\n"), start=1)
    if path.endswith((".py", ".pyi", ".ipynb")):
        lines = _python_comments(text)
    for number, line in lines:
        if match := _COMMENT.search(line):
            rules = tuple(dict.fromkeys(each.strip() for each in match[1].split(",")))
            yield number, _Comment(rules, match[2].strip(" \t\r:-"))


def _python_comments(text: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError):
        return  # What comes before the place where it is no Python counts.


def _without_reason(violation: Violation) -> Violation:
    message = f"`# oneroof: ignore[{violation.rule}]` gives no reason, so it lets nothing pass"
    problem = Problem(violation.problem.path, message, hint="write the reason behind it")
    return Violation(RULE, violation.project, problem, fails=False, line=violation.line)
