"""Tests file by file: what each test file can see, which are known to pass, what is kept of a run.

A target whose fingerprint is new is not run as a whole where less will do. Each of its test files
has an action of its own: that of the target with the files it can see in place of all files. A
file that may reach others than its imports name (see `ImportGraph.dynamic`) sees all of them.
Files of one project still run together in one process.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof import paths
from oneroof.actions.action import Action, Input
from oneroof.actions.result import ActionResult, TestCounts
from oneroof.changes.shown import shows_modules
from oneroof.changes.starts import SharedStarts
from oneroof.disk import keep, recall
from oneroof.imports.graph import ImportGraph
from oneroof.paths import RelPath
from oneroof.tasks.agenda import ELSEWHERE
from oneroof.tasks.fingerprint import OUTSIDE, PROSE, Fingerprinter
from oneroof.tasks.model import Target
from oneroof.tasks.separable import are_separable, find_namesakes
from oneroof.workspace.model import ProjectName

FILES = "files:"


class Seen(msgspec.Struct, frozen=True):
    """What the last run of a whole target found: the tests in each file."""

    base: str
    """The digest of all but files that the run depended on."""
    counts: dict[RelPath, int]


class Choice(msgspec.Struct, frozen=True):
    """What is to be run of a target."""

    known: Mapping[RelPath, ActionResult]
    """The files that are known to pass."""
    run: tuple[RelPath, ...] | None
    """The files to run; None: the target as a whole."""


class TestFiles:
    """The test files of one target."""

    def __init__(
        self, fingerprinter: Fingerprinter, starts: SharedStarts, target: Target, action: Action
    ) -> None:
        self._fingerprinter = fingerprinter
        self._target = target
        self._action = action
        self.files = target.commands[0].test_files
        self._project = fingerprinter.opened.graph.projects[target.project]
        self._members = self._find_members()
        self._shared = starts.of(self._project, self._members)
        self.are_separable = are_separable(
            fingerprinter.opened, starts, self._project, self._members, self.files
        )
        self.actions = dict(self._find_actions())
        self.base = self._find_base()

    def choose(self, known: Mapping[RelPath, ActionResult], seen: Seen | None) -> Choice:
        """What to run, given the files known to pass and what the last whole run found.

        A file is run by itself only where the last whole run, under the same configuration,
        found tests in it: what pytest passes over may not be run by naming it.
        """
        missing = tuple(path for path in self.files if path not in known)
        counts = seen.counts if seen is not None and seen.base == self.base else {}
        if not known or not all(counts.get(path) for path in missing):
            return Choice({}, None)
        return Choice(known, missing)

    def attribute(self, reported: Mapping[str, TestCounts]) -> dict[RelPath, TestCounts] | None:
        """The counts of each file, from the classes of a report; None where one is of no file.

        pytest names a class after the file that it collected, from a folder at or above the
        project's: `tests.test_a.TestB`. The file where a test is defined may be another one.
        """
        found: dict[RelPath, TestCounts] = {}
        folder = self._target.commands[0].working_directory
        modules: dict[str, set[RelPath]] = {}
        for path in self.files:
            for above in (folder, *paths.ancestors(folder)):
                inside = paths.relative_to(path, above).removesuffix(".py").replace("/", ".")
                modules.setdefault(inside, set()).add(path)
        for name, counts in reported.items():
            words = name.split(".")
            beginnings = (".".join(words[:count]) for count in range(len(words), 0, -1))
            places = next((modules[each] for each in beginnings if each in modules), set())
            if len(places) != 1:
                return None
            (path,) = places
            found[path] = united([found[path], counts]) if path in found else counts
        return found

    def _find_actions(self) -> Iterator[tuple[RelPath, Action]]:
        fingerprinter = self._fingerprinter
        graph = fingerprinter.opened.imports
        inputs = {each.name: each.value for each in self._action.inputs}
        members = self._members
        projects = fingerprinter.opened.graph.projects
        hidden = any(shows_modules(fingerprinter.opened.tree, projects[m].path) for m in members)
        namesakes = find_namesakes(graph.modules.files, self.files)
        for path in self.files:
            own = dict(inputs)
            reached = graph.reach((path, *self._shared), members)
            if not hidden and not any(graph.dynamic(each) for each in reached):
                for name in (*(f"{FILES}{each}" for each in members), OUTSIDE, PROSE):
                    own.pop(name, None)
                own.update(self._visible(graph, reached, members))
            own["test"] = path
            if path in namesakes:
                own["namesakes"] = " ".join(namesakes[path])
            yield (
                path,
                msgspec.structs.replace(
                    self._action, inputs=tuple(Input(name, value) for name, value in own.items())
                ),
            )

    def _find_members(self) -> frozenset[ProjectName]:
        """The projects whose files count for the whole target."""
        return frozenset(
            ProjectName(each.name.removeprefix(FILES))
            for each in self._action.inputs
            if each.name.startswith(FILES)
        )

    def _visible(
        self, graph: ImportGraph, reached: Collection[RelPath], members: frozenset[ProjectName]
    ) -> Iterator[tuple[str, str]]:
        """The files a test can see, by project: Python files it loads, all others of these."""
        fingerprinter = self._fingerprinter
        by_owner: dict[ProjectName, list[RelPath]] = {self._target.project: []}
        for path in reached:
            owners = graph.modules.owners(path) or (self._target.project,)
            for owner in owners:
                if owner in members:
                    by_owner.setdefault(owner, []).append(path)
        for owner, files in by_owner.items():
            which = "all" if owner == self._target.project else "shared"
            data = fingerprinter.data_files(owner, which)
            yield f"{FILES}{owner}", fingerprinter.listing_of((*files, *data))
        if outside := fingerprinter.outside(reached, members):
            yield OUTSIDE, outside
        if prose := fingerprinter.prose(self._project, reached):
            yield PROSE, prose

    def _find_base(self) -> str:
        """The digest of everything but files that decides which tests there are."""
        kept = [
            each for each in self._action.inputs if not each.name.startswith((FILES, *ELSEWHERE))
        ]
        kept.append(Input("conftest", self._fingerprinter.listing_of(self._shared)))
        return msgspec.structs.replace(self._action, inputs=tuple(kept)).digest.hash


def read_seen(folder: Path, name: str) -> Seen | None:
    """What the last whole run of a target found."""
    return recall(folder / "testfiles" / name, Seen)


def write_seen(folder: Path, name: str, seen: Seen) -> None:
    """Keep what a whole run of a target found."""
    keep(folder / "testfiles" / name, seen)


def united(results: Sequence[TestCounts]) -> TestCounts:
    """The counts of several files together."""
    return TestCounts(
        passed=sum(each.passed for each in results),
        failed=sum(each.failed for each in results),
        skipped=sum(each.skipped for each in results),
        errors=sum(each.errors for each in results),
    )
