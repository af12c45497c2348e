"""Putting the pieces of a run together: pins, environments, plans, the cache, the view."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from oneroof.cache.disk import DiskCache
from oneroof.cli.context import Session, warn
from oneroof.cli.progress import make_progress
from oneroof.disk import cache_root
from oneroof.tasks.agenda import Agenda, Row
from oneroof.tasks.outcome import Options, RunSummary, TargetFinished, TargetResult

if TYPE_CHECKING:
    from oneroof.actions.action import Action
    from oneroof.cache.history import History
    from oneroof.cli.run import Wish
    from oneroof.environments.model import Event
    from oneroof.environments.pinning import WorkspacePins
    from oneroof.environments.provide import Provider
    from oneroof.tasks.catalogue import Catalogue
    from oneroof.tasks.fingerprint import Fingerprinter
    from oneroof.tasks.model import Planned, Target
    from oneroof.tasks.plan import TargetPlanner
    from oneroof.workspace.model import Project


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

    @contextmanager
    def showing(self, *, quiet: bool = False) -> Iterator[None]:
        """Show what takes long while something is planned or an environment is made."""
        with make_progress(total=0, verbose=False, quiet=quiet) as progress:
            self._progress = progress
            yield

    def is_known(self, action: "Action") -> bool:
        """Whether an action is known to pass."""
        return self.cache.actions.get_action_result(action.digest) is not None

    def run(self, rows: Sequence[Row], known: dict[str, TargetResult], wish: "Wish") -> RunSummary:
        """Run what is not known to pass and show how it goes; results are in the order of rows."""
        known = {name: result for name, result in known.items() if self._is_whole(result)}
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
                options=options_of(wish),
                on_event=progress.on_run,
                read_at_ns=self._session.opened.read_at_ns,
            )
            summary = runner.run(self.agenda(wish.tasks).with_plans(waiting))
        self._prune()
        found = {**known, **{result.name: result for result in summary.results}}
        ordered = tuple(found[row.name] for row in rows if row.name in found)
        return RunSummary(ordered, summary.interrupted)

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


def options_of(wish: "Wish") -> Options:
    """How the command line asks for things to be run."""
    return Options(
        jobs=wish.jobs or _processors(),
        fail_fast=wish.fail_fast,
        arguments=wish.arguments,
        by_file=not wish.no_cache,
    )


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
