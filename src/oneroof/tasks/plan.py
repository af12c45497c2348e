"""Planning a run: for each target its environments and its action, or why there is none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from oneroof.changes.snapshot import Opened
from oneroof.environments.elsewhere import files_elsewhere, place_elsewhere
from oneroof.environments.model import EnvironmentPlan, Request
from oneroof.environments.provide import Provider
from oneroof.errors import OneroofError, Problem
from oneroof.tasks.fingerprint import Fingerprinter
from oneroof.tasks.model import PROJECT_PYTHON, Planned, Target
from oneroof.workspace.development import work_kinds

if TYPE_CHECKING:
    from oneroof.actions.action import Action

RESOLVERS = 4
"""How many environments are planned at a time: where there is no lock, each waits for uv."""


class TargetPlanner:
    """Plans targets of one workspace; an environment that several of them want is planned once."""

    def __init__(self, opened: Opened, provider: Provider, fingerprinter: Fingerprinter) -> None:
        self._opened = opened
        self._provider = provider
        self._fingerprinter = fingerprinter
        self._environments: dict[Request, EnvironmentPlan | OneroofError] = {}

    def plan(self, targets: Sequence[Target]) -> list[Planned]:
        """Plan targets, in their order; those that cannot be planned say why.

        What a target needs must stand before it.
        """
        self._plan_environments(dict.fromkeys(self._wanted(targets)))
        planned: dict[str, Planned] = {}
        for target in targets:
            planned[target.name] = self._plan_one(target, planned)
        return list(planned.values())

    def environment(self, request: Request) -> EnvironmentPlan:
        """The plan of an environment.

        Raises:
            OneroofError: there is none.
        """
        if request not in self._environments:
            self._plan_environments([request])
        found = self._environments[request]
        if isinstance(found, OneroofError):
            raise found
        return found

    def work_request(self, target: Target) -> Request:
        """The own environment of a target's project."""
        project = self._opened.graph.projects[target.project]
        return Request(project.name, work_kinds(self._opened.workspace, project))

    def _wanted(self, targets: Iterable[Target]) -> Iterable[Request]:
        for target in targets:
            for command in target.commands:
                yield command.environment
                if PROJECT_PYTHON in command.arguments:
                    yield self.work_request(target)

    def _plan_environments(self, requests: Iterable[Request]) -> None:
        missing = [request for request in requests if request not in self._environments]
        if len(missing) == 1:
            self._environments[missing[0]] = self._attempt(missing[0])
        elif missing:
            with ThreadPoolExecutor(RESOLVERS) as pool:
                found = pool.map(self._attempt, missing)
                self._environments.update(zip(missing, found, strict=True))

    def _attempt(self, request: Request) -> EnvironmentPlan | OneroofError:
        try:
            return self._provider.plan(request)
        except OneroofError as error:
            return error

    def _plan_one(self, target: Target, before: Mapping[str, Planned]) -> Planned:
        """Plan a target; what it needs stands among those planned `before`."""
        needs: dict[str, Action] = {}
        for name in target.needs:
            need = before.get(name)
            if need is None or need.action is None:
                return Planned(target, None, f"needs `{name}`, which cannot be planned")
            needs[name] = need.action
        unreadable = self._unreadable(target)
        if unreadable is not None:
            return Planned(target, None, str(unreadable), unreadable.hint)
        plans: dict[int, EnvironmentPlan] = {}
        for request in dict.fromkeys(self._wanted([target])):
            found = self._environments[request]
            if isinstance(found, OneroofError):
                return Planned(target, None, found.message, found.hint)
            plans[len(plans)] = found
        try:
            action = self._fingerprinter.action(target, plans, needs)
            elsewhere = (*self._elsewhere(plans.values()), *self._fingerprinter.watched)
            return Planned(target, action, elsewhere=elsewhere)
        except OneroofError as error:
            return Planned(target, None, error.message, error.hint)

    def _elsewhere(self, plans: Iterable[EnvironmentPlan]) -> Iterator[str]:
        """The files and folders of this machine, outside the workspace, that plans rely on."""
        for plan in plans:
            yield plan.site.interpreter.path
            for pin in plan.site.pins:
                place = place_elsewhere(pin, self._opened.root)
                for path in files_elsewhere(pin, place) if place is not None else ():
                    yield from (str(path), str(path.parent))

    def _unreadable(self, target: Target) -> Problem | None:
        """What keeps the manifest of a target's project from being read at all."""
        metadata = self._opened.graph.projects[target.project].metadata
        return next((each for each in metadata.problems if each.fatal and not each.key), None)
