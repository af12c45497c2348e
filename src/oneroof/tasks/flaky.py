"""The flaky list: tests that may fail for a while, each with an owner, a reason and an end."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.tasks.testids import TestId
from oneroof.workspace.globs import matches
from oneroof.workspace.settings import FlakySettings
from oneroof.workspace.tree import Tree

KEY = "tool.oneroof.flaky"
MANIFEST = RelPath("pyproject.toml")


class FlakyList(msgspec.Struct, frozen=True):
    """The entries of a workspace, as of one day."""

    entries: tuple[FlakySettings, ...] = ()
    today: dt.date = dt.date.min

    def entry(self, test: TestId) -> FlakySettings | None:
        """The entry that names a test; one that still holds before one that does not."""
        found = [each for each in self.entries if names(each.test, test)]
        return max(found, key=lambda each: each.until, default=None)

    def holds(self, entry: FlakySettings) -> bool:
        """Whether an entry has not expired: its last day counts."""
        return self.today <= entry.until


def names(pattern: str, test: TestId) -> bool:
    """Whether an entry's `test` names a test.

    A file names all its tests, a class all of its own, a function all its parameters. A file that
    could not be collected is named by its path only: what of it would have run is not known.
    """
    path, _, inner = pattern.partition("::")
    if not matches(test.path, path):
        return False
    return not inner or (bool(test.inner) and _inner(inner).fullmatch(test.inner) is not None)


@lru_cache(maxsize=1024)
def _inner(pattern: str) -> re.Pattern[str]:
    """`[` is no wildcard here: it is part of the names of parametrised tests."""
    plain = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(rf"{plain}(?:\[.*\]|::.*)?", re.DOTALL)


def find_wrong_entries(
    flaky: FlakyList, tree: Tree, files: Sequence[RelPath]
) -> Iterator[tuple[Problem, bool]]:
    """What is wrong with entries, and whether it breaks the rule: expired, or naming no test.

    `files` are those that may hold tests. No test is run to find its name: an entry counts as
    right where a file that it names speaks of the class or function.
    """
    for index, entry in enumerate(flaky.entries):
        if not flaky.holds(entry):
            message = f"`{entry.test}` was to be flaky until {entry.until}; owner: {entry.owner}"
            hint = "mend the test and take the entry out, or give it a later date"
            yield Problem(MANIFEST, message, f"{KEY}[{index}].until", hint), True
        elif not _may_exist(tree, files, entry.test):
            message = f"`{entry.test}` names no test; owner: {entry.owner}"
            hint = "correct it, or take the entry out; the path is from the root of the workspace"
            yield Problem(MANIFEST, message, f"{KEY}[{index}].test", hint), False


def _may_exist(tree: Tree, files: Sequence[RelPath], pattern: str) -> bool:
    path, _, inner = pattern.partition("::")
    first = inner.partition("::")[0].partition("[")[0]
    word = re.escape(first).replace(r"\*", r"\w*").replace(r"\?", r"\w")
    wanted = re.compile(rf"\b{word}\b|import \*".encode())
    return any(
        not inner or wanted.search(tree.read_bytes(each)) is not None
        for each in files
        if matches(each, path)
    )
