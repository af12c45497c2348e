"""Putting the pieces of a run together: pins, environments, plans, the cache, the view."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from oneroof.cache.disk import DiskCache
from oneroof.cache.history import History
from oneroof.cli.context import Session, warn
from oneroof.cli.progress import make_progress
from oneroof.disk import cache_root
from oneroof.environments.model import Event
from oneroof.environments.pinning import WorkspacePins
from oneroof.environments.provide import Provider
from oneroof.tasks.catalogue import Catalogue
from oneroof.tasks.fingerprint import Fingerprinter
from oneroof.tasks.model import Planned, Target
from oneroof.tasks.plan import TargetPlanner
from oneroof.tasks.run import Options, RunSummary, TargetRunner

if TYPE_CHECKING:
    from oneroof.cli.run import Wish


class Work:
    """All that commands which run something need, made when it is asked for."""

    def __init__(self, session: Session, *, check_format: bool = False) -> None:
        self._session = session
        self._check_format = check_format
        self._progress = make_progress(total=0, verbose=False, quiet=True)

    @cached_property
    def catalogue(self) -> Catalogue:
        """What can be run."""
        opened = self._session.opened
        return Catalogue(opened.graph, opened.tree, check_format=self._check_format)

    @cached_property
    def provider(self) -> Provider:
        """Who makes environments."""
        opened = self._session.opened
        pins = WorkspacePins(opened.graph, opened.tree, self._report)
        return Provider(opened.graph, opened.tree, pins, report=self._report)

    @cached_property
    def cache(self) -> DiskCache:
        """What was done before."""
        return DiskCache(cache_root(), warn)

    @cached_property
    def fingerprinter(self) -> Fingerprinter:
        """What results depend on."""
        return Fingerprinter(self._session.opened, self.catalogue.nested)

    @cached_property
    def planner(self) -> TargetPlanner:
        """Who plans targets."""
        return TargetPlanner(self._session.opened, self.provider, self.fingerprinter)

    @cached_property
    def history(self) -> History:
        """How targets ended last time."""
        return History(cache_root(), self._session.opened.root)

    def plan(self, targets: Sequence[Target], *, quiet: bool = False) -> list[Planned]:
        """Plan targets and show what takes long."""
        with make_progress(total=len(targets), verbose=False, quiet=quiet) as progress:
            self._progress = progress
            return self.planner.plan(targets)

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Show what takes long while an environment is made."""
        with make_progress(total=0, verbose=False, quiet=False) as progress:
            self._progress = progress
            yield

    def would_run(
        self, planned: Sequence[Planned], *, read_cache: bool
    ) -> list[tuple[Planned, str]]:
        """For each target `run`, `cached` or `error`."""
        return [(each, self._word(each, read_cache=read_cache)) for each in planned]

    def _word(self, planned: Planned, *, read_cache: bool) -> str:
        if planned.action is None:
            return "error"
        if not read_cache or not planned.target.cache:
            return "run"
        known = self.cache.actions.get_action_result(planned.action.digest)
        return "run" if known is None else "cached"

    def run(self, planned: Sequence[Planned], wish: "Wish") -> RunSummary:
        """Run planned targets and show how it goes."""
        from oneroof.cli.run import default_jobs

        options = Options(
            jobs=wish.jobs or default_jobs(),
            fail_fast=wish.fail_fast,
            read_cache=not wish.no_cache,
            arguments=wish.arguments,
        )
        with make_progress(
            total=len(planned), verbose=wish.verbose, quiet=wish.as_json
        ) as progress:
            self._progress = progress
            runner = TargetRunner(
                opened=self._session.opened,
                provider=self.provider,
                planner=self.planner,
                fingerprinter=self.fingerprinter,
                cache=self.cache,
                history=self.history,
                options=options,
                on_event=progress.on_run,
                read_at_ns=self._session.opened.read_at_ns,
            )
            return runner.run(planned)

    def _report(self, event: Event) -> None:
        self._progress.on_environment(event)
