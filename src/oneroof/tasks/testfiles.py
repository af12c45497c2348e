"""Tests file by file: what each test file can see, which are known to pass, what is kept of a run.

A target whose fingerprint is new is not run as a whole where less will do. Each of its test files
has an action of its own: that of the target with the files it can see in place of all files. A
file that may reach others than its imports name (see `ImportGraph.dynamic`) sees all of them.
Files of one project still run together in one process.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from oneroof.actions.action import Action, Input
from oneroof.actions.listing import parse_listing
from oneroof.actions.result import ActionResult, TestCounts
from oneroof.cache.disk import DiskActionCache
from oneroof.changes.inputs import inputs_of
from oneroof.changes.shown import shows_modules
from oneroof.changes.snapshot import workspace_folder
from oneroof.disk import keep, recall
from oneroof.execution.junit import Case, count
from oneroof.imports.graph import ImportGraph
from oneroof.paths import RelPath
from oneroof.tasks.agenda import ELSEWHERE
from oneroof.tasks.fingerprint import EDGES, OF_LOADED, OUTSIDE, PROSE, Fingerprinter
from oneroof.tasks.model import Target
from oneroof.tasks.outcome import WHOLE, Attempt, file_name
from oneroof.tasks.separable import are_separable, find_namesakes
from oneroof.tasks.testids import identify, roots_of
from oneroof.workspace.model import ProjectName

FILES = "files:"


class Seen(msgspec.Struct, frozen=True):
    """What runs that looked for tests themselves found: the tests in each file."""

    base: str
    """The digest of all but files that the run depended on."""
    counts: dict[RelPath, int]


class Choice(msgspec.Struct, frozen=True):
    """What is to be run of a target."""

    known: Mapping[RelPath, ActionResult]
    """The files that are known to pass."""
    run: tuple[RelPath, ...] | None
    """The files to run; None: all that are wanted."""

    @property
    def file_seconds(self) -> dict[RelPath, float]:
        """What the known files took when they ran, where that was kept."""
        return {
            path: each.duration_seconds
            for path, each in self.known.items()
            if each.duration_seconds or not (each.tests and each.tests.total)
        }


def goes_by_file(target: Target) -> bool:
    """Whether results of a target are kept test file by test file."""
    return (
        target.task == "test"
        and target.cache
        and not target.outputs
        and len(target.commands) == 1
        and bool(target.commands[0].test_files)
    )


class TestFiles:
    """The test files of one target."""

    def __init__(self, fingerprinter: Fingerprinter, target: Target, action: Action) -> None:
        starts = fingerprinter.starts
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

    def choose(
        self, wanted: Sequence[RelPath], known: Mapping[RelPath, ActionResult], seen: Seen | None
    ) -> Choice:
        """What to run of the wanted files, given those known to pass and what runs found before.

        A file is run by itself only where the last whole run, under the same configuration,
        found tests in it: what pytest passes over may not be run by naming it.
        """
        missing = tuple(path for path in wanted if path not in known)
        counts = seen.counts if seen is not None and seen.base == self.base else {}
        if not known or not all(counts.get(path) for path in missing):
            return Choice({}, None)
        return Choice(known, missing)

    def attribute(self, cases: Sequence[Case]) -> dict[RelPath, list[Case]] | None:
        """The cases of each file that a report tells of; None where a case is of none."""
        found = identify(cases, self.files, roots_of(self._target))
        if found is None:
            return None
        by_file: dict[RelPath, list[Case]] = {}
        for case in cases:
            by_file.setdefault(found[case.full_name].path, []).append(case)
        return by_file

    def listings(self, path: RelPath) -> Iterator[str]:
        """The digests of the listings of files that the action of a test file holds."""
        blobs = self._fingerprinter.blobs
        return (each.value for each in self.actions[path].inputs if each.value in blobs)

    def sees(self, path: RelPath) -> frozenset[str]:
        """All files that the result of a test file depends on."""
        blobs = self._fingerprinter.blobs
        return frozenset(
            seen for each in self.listings(path) for seen in parse_listing(blobs[each])
        )

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
                for name in (*(f"{FILES}{each}" for each in members), *OF_LOADED):
                    own.pop(name, None)
                own.update(self._visible(graph, reached, members))
            own.pop(EDGES, None)
            if edges := [each for each in fingerprinter.opened.edges if each.holds_for(path)]:
                own[EDGES] = fingerprinter.edge_listing(edges)
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
        told = inputs_of(self._project, *self._target.inputs)
        by_owner: dict[ProjectName, list[RelPath]] = {self._target.project: []}
        for path in reached:
            owners = members.intersection(graph.modules.owners(path))
            for owner in owners or (self._target.project,):
                by_owner.setdefault(owner, []).append(path)
        for owner, files in by_owner.items():
            which = "all" if owner == self._target.project else "shared"
            data = fingerprinter.data_files(owner, which)
            if told.narrows:
                data = tuple(each for each in data if told.says(each) is not False)
            yield f"{FILES}{owner}", fingerprinter.listing_of((*files, *data))
        if outside := fingerprinter.outside(reached, members):
            yield OUTSIDE, outside
        if prose := fingerprinter.prose(self._project, reached, told):
            yield PROSE, prose

    def _find_base(self) -> str:
        """The digest of everything but files that decides which tests there are."""
        kept = [
            each for each in self._action.inputs if not each.name.startswith((FILES, *ELSEWHERE))
        ]
        kept.append(Input("conftest", self._fingerprinter.listing_of(self._shared)))
        return msgspec.structs.replace(self._action, inputs=tuple(kept)).digest.hash


class FileResults:
    """The results of the test files of one target: what is known, and what is kept of a run."""

    def __init__(self, tests: TestFiles, actions: DiskActionCache, place: Path) -> None:
        self.tests = tests
        self._actions = actions
        self._place = place
        """The file that says which tests there were."""

    def choose(self, wanted: Sequence[RelPath], *, look: bool) -> Choice:
        """What to run of the wanted files; all of them unless it may `look` at what is known."""
        known = {
            path: result
            for path in (wanted if look else ())
            if (result := self._actions.get_action_result(self.tests.actions[path].digest))
        }
        return self.tests.choose(wanted, known, recall(self._place, Seen))

    def to_run(self, wanted: Sequence[RelPath], *, look: bool) -> Sequence[RelPath]:
        """Those of the wanted files that would run."""
        if not self.tests.are_separable:
            return wanted
        chosen = self.choose(wanted, look=look).run
        return wanted if chosen is None else chosen

    def keep(
        self,
        wanted: Sequence[RelPath],
        attempts: Sequence[Attempt],
        is_disturbed: Callable[[str], bool] | None,
    ) -> dict[RelPath, float]:
        """Keep what each file came to, as far as that can be told for sure; returns durations.

        What failed in any attempt is not kept, nor is what ran only after a failure. Without
        `is_disturbed`, which judges the digest of a listing, no result is kept.
        """
        first = attempts[0]
        found = self.tests.attribute([case for each in attempts for case in each.cases])
        cases = self.tests.attribute(first.cases)
        status = first.result.status
        if found is None or cases is None or status not in {"passed", "failed"} or first.cut_short:
            return {}
        everything = self.tests.files if first.scope == WHOLE else wanted
        if first.scope.files is None:
            self._note(everything, {path: len(each) for path, each in cases.items()})
            if status == "passed":
                cases = {**{path: [] for path in everything}, **cases}
        failed = {path for path, each in found.items() if any(case.has_failed for case in each)}
        disturbed = lru_cache(is_disturbed) if is_disturbed else None
        seconds = {path: _seconds(each) for path, each in cases.items()}
        for path, each in cases.items():
            if (
                path not in failed
                and disturbed
                and not any(map(disturbed, self.tests.listings(path)))
            ):
                result = ActionResult("passed", seconds[path], 0, tests=count(each))
                self._actions.update_action_result(self.tests.actions[path].digest, result)
        return seconds

    def _note(self, looked_at: Sequence[RelPath], counts: Mapping[RelPath, int]) -> None:
        """Remember the tests that a run found, beside those of other parts of the target."""
        old = recall(self._place, Seen)
        before = old.counts if old is not None and old.base == self.tests.base else {}
        others = {path: before[path] for path in before.keys() - set(looked_at)}
        keep(self._place, Seen(self.tests.base, {**others, **counts}))


def file_results(
    fingerprinter: Fingerprinter, actions: DiskActionCache, target: Target, action: Action
) -> FileResults:
    """What is known of the test files of a target, which goes by file."""
    place = workspace_folder(fingerprinter.opened.root) / "testfiles" / file_name(target.name)
    return FileResults(TestFiles(fingerprinter, target, action), actions, place)


def _seconds(cases: Sequence[Case]) -> float:
    """What tests took together; never nothing where there are any, which would mean unknown."""
    return max(0.001, round(sum(each.seconds for each in cases), 3)) if cases else 0.0


def united(results: Sequence[TestCounts]) -> TestCounts:
    """The counts of several files together."""
    return TestCounts(
        passed=sum(each.passed for each in results),
        failed=sum(each.failed for each in results),
        skipped=sum(each.skipped for each in results),
        errors=sum(each.errors for each in results),
    )
