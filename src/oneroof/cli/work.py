"""Putting the pieces of a run together: pins, environments, plans, the cache, the view."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from oneroof.cache.disk import DiskCache
from oneroof.cli.context import Session, warn
from oneroof.cli.progress import make_progress
from oneroof.disk import cache_root
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.tasks.agenda import Agenda, Row
from oneroof.tasks.outcome import Options, RunSummary, TargetFinished, TargetResult

if TYPE_CHECKING:
    from oneroof.actions.action import Action
    from oneroof.cache.history import History
    from oneroof.cli.run_options import Wish
    from oneroof.cli.sharding import Sharding, ShardWish
    from oneroof.environments.model import Event
    from oneroof.environments.pinning import WorkspacePins
    from oneroof.environments.provide import Provider
    from oneroof.tasks.attempts import Policy
    from oneroof.tasks.catalogue import Catalogue
    from oneroof.tasks.fingerprint import Fingerprinter
    from oneroof.tasks.model import Planned, Target
    from oneroof.tasks.plan import TargetPlanner
    from oneroof.tasks.testfiles import FileResults
    from oneroof.workspace.model import Project


POLICY_KEYS = ("tool.oneroof.flaky", "tool.oneroof.retries")


class Work:
    """All that commands which run something need, made when it is asked for."""

    def __init__(self, session: Session, *, check_format: bool = False) -> None:
        self._session = session
        self._check_format = check_format
        self._progress = make_progress(total=0, verbose=False, quiet=True)

    @cached_property
    def catalogue(self) -> "Catalogue":
        """What can be run."""
        from oneroof.tasks.catalogue import Catalogue

        opened = self._session.opened
        return Catalogue(opened.graph, opened.tree, check_format=self._check_format)

    @cached_property
    def pins(self) -> "WorkspacePins":
        """Who knows which versions projects get."""
        from oneroof.environments.pinning import WorkspacePins

        opened = self._session.opened
        return WorkspacePins(opened.graph, opened.tree, self._report)

    @cached_property
    def provider(self) -> "Provider":
        """Who makes environments."""
        from oneroof.environments.provide import Provider

        opened = self._session.opened
        return Provider(opened.graph, opened.tree, self.pins, report=self._report)

    @cached_property
    def cache(self) -> DiskCache:
        """What was done before."""
        return DiskCache(cache_root(), warn)

    @cached_property
    def fingerprinter(self) -> "Fingerprinter":
        """What results depend on."""
        from oneroof.tasks.fingerprint import Fingerprinter

        return Fingerprinter(self._session.opened, self.catalogue.nested)

    @cached_property
    def planner(self) -> "TargetPlanner":
        """Who plans targets."""
        from oneroof.tasks.plan import TargetPlanner

        return TargetPlanner(self._session.opened, self.provider, self.fingerprinter)

    @cached_property
    def history(self) -> "History":
        """How targets ended last time."""
        from oneroof.cache.history import History

        return History(cache_root(), self._session.opened.root)

    def agenda(self, tasks: Sequence[str]) -> Agenda:
        """What there is to do for some tasks."""
        return Agenda(
            self._session.opened,
            tasks,
            self._find_targets,
            self._plan,
            variant="check" if self._check_format else "",
        )

    def _find_targets(self, projects: "Iterable[Project]", tasks: Sequence[str]) -> "list[Target]":
        return self.catalogue.targets(projects, tasks)

    def _plan(self, targets: "Sequence[Target]") -> "list[Planned]":
        return self.planner.plan(targets)

    def known(self, rows: Sequence[Row]) -> dict[str, TargetResult]:
        """Those of the rows that are known to pass."""
        found = {}
        for row in rows:
            if row.action_digest is not None and (row.planned is None or row.planned.target.cache):
                result = self.cache.actions.get_action_result(row.action_digest)
                if result is not None:
                    digest = row.action_digest.hash
                    found[row.name] = TargetResult(row.name, result, "local-cache", digest)
        return found

    def sharding(
        self, shard: "ShardWish", projects: "Sequence[Project] | None", wish: "Wish"
    ) -> "Sharding":
        """The shard that is asked for, of the targets of some projects, or of all."""
        from oneroof.cli.sharding import Sharding, read_known
        from oneroof.tasks.durations import Durations
        from oneroof.tasks.units import find_units

        opened = self._session.opened
        chosen = opened.workspace.projects if projects is None else projects
        known = read_known(wish.durations, opened)
        targets = self.catalogue.targets(chosen, wish.tasks)
        asked = [each for each in targets if each.task in wish.tasks]
        units = find_units(opened.tree, asked, known or Durations())
        return Sharding(shard, units, targets, chosen, by_durations=known is not None)

    @contextmanager
    def showing(self, *, quiet: bool = False) -> Iterator[None]:
        """Show what takes long while something is planned or an environment is made."""
        with make_progress(total=0, verbose=False, quiet=quiet) as progress:
            self._progress = progress
            yield

    def is_known(self, action: "Action") -> bool:
        """Whether an action is known to pass."""
        return self.cache.actions.get_action_result(action.digest) is not None

    def test_files(self, planned: "Planned") -> "FileResults | None":
        """What is known of the test files of a target; None where it goes as a whole."""
        from oneroof.tasks.testfiles import file_results, goes_by_file

        if planned.action is None or not goes_by_file(planned.target):
            return None
        actions = self.cache.actions
        return file_results(self.fingerprinter, actions, planned.target, planned.action)

    def run(
        self,
        rows: Sequence[Row],
        known: dict[str, TargetResult],
        wish: "Wish",
        parts: Mapping[str, tuple[RelPath, ...]] = MappingProxyType({}),
    ) -> RunSummary:
        """Run what is not known to pass and show how it goes; results are in the order of rows.

        Of some targets only a part is run: these test files.
        """
        known = {name: result for name, result in known.items() if self._is_whole(result)}
        if wish.write_durations is not None:
            known = self._without_files(rows, known)
        waiting = [row for row in rows if row.name not in known]
        with make_progress(total=len(rows), verbose=wish.verbose, quiet=wish.as_json) as progress:
            self._progress = progress
            for result in known.values():
                progress.on_run(TargetFinished(result))
            if not waiting:
                return RunSummary(tuple(known[row.name] for row in rows))
            from oneroof.tasks.run import TargetRunner

            runner = TargetRunner(
                opened=self._session.opened,
                provider=self.provider,
                planner=self.planner,
                fingerprinter=self.fingerprinter,
                cache=self.cache,
                history=self.history,
                options=options_of(wish, parts),
                on_event=progress.on_run,
                on_again=progress.on_again,
                policy=self._policy(wish),
                read_at_ns=self._session.opened.read_at_ns,
            )
            summary = runner.run(self.agenda(wish.tasks).with_plans(waiting))
        self._prune()
        found = {**known, **{result.name: result for result in summary.results}}
        ordered = tuple(found[row.name] for row in rows if row.name in found)
        return RunSummary(ordered, summary.interrupted)

    def _without_files(
        self, rows: Sequence[Row], known: dict[str, TargetResult]
    ) -> dict[str, TargetResult]:
        """What is known of targets that are kept as a whole: what files took is kept with each."""
        from oneroof.tasks.testfiles import goes_by_file

        names = {row.project for row in rows}
        projects = [each for each in self._session.opened.workspace.projects if each.name in names]
        targets = self.catalogue.targets(projects, sorted({row.task for row in rows}))
        by_file = {each.name for each in targets if goes_by_file(each)}
        return {name: result for name, result in known.items() if name not in by_file}

    def _policy(self, wish: "Wish") -> "Policy":
        """How failures are taken: by the settings, and what the command line says."""
        import datetime as dt

        from oneroof.tasks.attempts import Policy
        from oneroof.tasks.flaky import FlakyList

        workspace = self._session.opened.workspace
        wrong = [each for each in workspace.problems if each.key.startswith(POLICY_KEYS)]
        if wrong and "test" in wish.tasks:
            raise ConfigError("\nerror: ".join(map(str, wrong)), hint=wrong[0].hint)
        settings = workspace.settings
        flaky = FlakyList(settings.flaky, dt.datetime.now(dt.UTC).date())
        if wish.retries is None:
            return Policy(settings.retries, flaky, strict=wish.fail_on_flaky, tests_only=True)
        return Policy(wish.retries, flaky, strict=wish.fail_on_flaky)

    def _is_whole(self, result: TargetResult) -> bool:
        """Put back the files that came with a result; False where they are not kept any more."""
        files = result.result.output_files
        if not files:
            return True
        from oneroof.tasks.outputs import restore

        return restore(self._session.opened.root, files, self.cache.storage)

    def _prune(self) -> None:
        """Keep the cache within its bound, once in a while."""
        from oneroof.cache import pruning

        if pruning.is_pruning_due(cache_root()):
            pruning.prune(cache_root(), pruning.max_bytes(os.environ))

    def _report(self, event: "Event") -> None:
        self._progress.on_environment(event)


def options_of(
    wish: "Wish", parts: Mapping[str, tuple[RelPath, ...]] = MappingProxyType({})
) -> Options:
    """How the command line asks for things to be run."""
    return Options(
        jobs=wish.jobs or processors(),
        fail_fast=wish.fail_fast,
        arguments=wish.arguments,
        by_file=not wish.no_cache,
        parts=parts,
    )


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
