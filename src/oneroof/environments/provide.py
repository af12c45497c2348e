"""From a project of the workspace to an environment it runs in: choose, plan, install, lay over."""

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from oneroof import disk, paths
from oneroof.environments import uv
from oneroof.environments.choice import Lacking, PythonDemand, PythonWish, choose, target_of
from oneroof.environments.compiled import (
    away_from_sources,
    local_contents,
    realise_wheel,
    wheel_digest,
)
from oneroof.environments.interpreters import chosen_count, find_interpreters
from oneroof.environments.layers import Layer, build_layer
from oneroof.environments.model import (
    Environment,
    EnvironmentPlan,
    Event,
    Interpreter,
    Report,
    Request,
    SitePlan,
    ignore,
)
from oneroof.environments.overlay import Overlays, is_intact
from oneroof.environments.plan import Planner, plan_site
from oneroof.environments.sync import sync_folder
from oneroof.errors import ToolError
from oneroof.locks.limits import find_broken
from oneroof.locks.model import Pin, Pins
from oneroof.locks.target import Target
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Kind, Project, ProjectName
from oneroof.workspace.tree import Tree

_K = TypeVar("_K")
_T = TypeVar("_T")

VERSION_FILE = ".python-version"


class PinSource(Protocol):
    """What says which pins a project gets: locks, or a resolution in their place."""

    def pins(self, project: ProjectName, kinds: Sequence[Kind], target: Target) -> Pins:
        """The pins of some kinds of a project on a target.

        Raises:
            OneroofError: they cannot be found out.
        """

    def to_compile(self, pins: Pins, target: Target) -> Sequence[str]:
        """The names of pins that have wheels, but none for the target."""


class Provider:
    """Gives the projects of one workspace their environments; safe for parallel callers.

    What projects share is done once, failures included, for as long as the provider lives.
    """

    def __init__(
        self,
        graph: Graph,
        tree: Tree,
        pins: PinSource,
        *,
        cache: Path | None = None,
        report: Report = ignore,
    ) -> None:
        self._graph = graph
        self._tree = tree
        self._pins = pins
        self._cache = disk.cache_root() if cache is None else cache
        self._report = report
        self._overlays = Overlays(self._cache)
        self._planner = Planner(graph, str(tree.root))
        self._found: _Once[str, tuple[Interpreter, ...]] = _Once()
        self._sites: _Once[str, Layer] = _Once()
        self._wheels: _Once[str, Layer] = _Once()
        self._site_plans: _Once[tuple[object, ...], SitePlan] = _Once()

    @property
    def interpreters(self) -> tuple[Interpreter, ...]:
        """The Pythons to choose from, preferred ones first."""
        return self._found.get("all", lambda: find_interpreters(self._cache))

    def plan(self, request: Request) -> EnvironmentPlan:
        """What the environment of a project consists of; installs nothing.

        Raises:
            InterpreterError: no Python of this machine will do.
            OneroofError: its pins cannot be found out.
        """
        name = request.project
        interpreter, pins = self.pins(request)
        members = (name, *self._graph.closure(name, request.kinds).internal)
        members = (name, *sorted({*members, *pins.internal} - {name}))
        own = {pin.name for pin in pins.pins}
        everything = (*pins.pins, *(pin for pin in request.also if pin.name not in own))
        site = self._plan_site(everything, interpreter, self._default_index(members))
        members = members if request.with_project else members[1:]
        return self._planner.plan(
            name, request.kinds, site, members, self._wheels_of(members, interpreter, request)
        )

    def pins(self, request: Request) -> tuple[Interpreter, Pins]:
        """The Python an environment has, and its pins with who asks for each.

        Raises:
            InterpreterError: no Python of this machine will do.
            OneroofError: its pins cannot be found out.
        """
        name, kinds = request.project, request.kinds
        members = (name, *self._graph.closure(name, kinds).internal)
        known: dict[str, Pins] = {}

        def judge(interpreter: Interpreter) -> Lacking:
            target = target_of(interpreter)
            known[interpreter.path] = pins = self._pins.pins(name, kinds, target)
            return Lacking(
                _uninstallable(pins),
                tuple(self._pins.to_compile(pins, target)),
                tuple(find_broken(pins.pins, interpreter.version)),
            )

        interpreter = choose(
            self.interpreters,
            tuple(self._demands(members, request.python)),
            self._wish(self._graph.projects[name]),
            preferred=chosen_count(),
            judge=judge,
        )
        return interpreter, known[interpreter.path]

    def realise(self, plan: EnvironmentPlan) -> Environment:
        """The environment of a plan, made unless it is there.

        Raises:
            ToolError: something cannot be installed or built.
        """
        return Environment(self._overlays.write(plan, self._layers(plan)), plan)

    def site(self, plan: EnvironmentPlan) -> Layer:
        """The third-party part of an environment alone, made unless it is there.

        Raises:
            ToolError: something cannot be installed or built.
        """
        return self._sites.get(plan.site.digest, lambda: self._realise_site(plan.site))

    def is_intact(self, environment: Environment) -> bool:
        """Whether an environment still holds what its plan says, and nothing else."""
        return is_intact(str(environment.folder), environment.plan)

    def prepare(self, request: Request) -> Environment:
        """Plan an environment and make it.

        Raises:
            OneroofError: as `plan` and `realise` do.
        """
        return self.realise(self.plan(request))

    def sync(self, plan: EnvironmentPlan, folder: Path, *, force: bool = False) -> bool:
        """Make a folder outside the cache the environment of a plan; False: it was that already.

        Raises:
            ToolError: something cannot be installed or built.
            ConfigError: something else is there and `force` is not given.
        """
        return sync_folder(folder, plan, self._layers(plan), self._cache, force=force)

    def _wheels_of(
        self, members: Iterable[ProjectName], interpreter: Interpreter, request: Request
    ) -> dict[ProjectName, str]:
        """The members that cannot be, or shall not be, editable, with their sources' digests."""
        projects = [self._graph.projects[member] for member in members]
        return {
            project.name: wheel_digest(project, self._tree, interpreter)
            for project in projects
            if _needs_wheel(project, editable=request.editable)
        }

    def _demands(self, members: Iterable[ProjectName], python: str) -> Iterable[PythonDemand]:
        if python:
            version = python if python.count(".") > 1 else f"{python}.*"
            yield PythonDemand(f"=={version}", paths.ROOT)
        for member in members:
            metadata = self._graph.projects[member].metadata
            if metadata.requires_python:
                yield PythonDemand(metadata.requires_python, metadata.manifests[0])

    def _wish(self, project: Project) -> PythonWish | None:
        """The version that settings name, else the first of the nearest `.python-version`."""
        if project.settings.python:
            return PythonWish(project.settings.python, project.metadata.manifests[0])
        for folder in (project.path, *paths.ancestors(project.path)):
            path = paths.join(folder, VERSION_FILE)
            if path in self._tree:
                for line in self._tree.read_text(path).splitlines():
                    if version := line.partition("#")[0].strip():
                        return PythonWish(version, path)
        return None

    def _default_index(self, members: Iterable[ProjectName]) -> str:
        """The index that the project, or one it depends on, declares in place of PyPI."""
        for member in members:
            for index in self._graph.projects[member].metadata.indexes:
                if index.default and not index.explicit:
                    return index.url
        return ""

    def _plan_site(
        self, pins: tuple[Pin, ...], interpreter: Interpreter, default_index: str
    ) -> SitePlan:
        contents = tuple(local_contents(pins, self._tree))
        key = (pins, interpreter.path, default_index, contents)
        return self._site_plans.get(
            key, lambda: plan_site(pins, interpreter, default_index, contents)
        )

    def _layers(self, plan: EnvironmentPlan) -> list[Layer]:
        """What an environment lies over: third-party first, then wheels of internal projects."""
        interpreter = plan.site.interpreter
        layers = [self.site(plan)]
        for internal in plan.internal:
            if internal.wheel:
                project = self._graph.projects[internal.project]
                layers.append(self._wheels.get(internal.wheel, self._builder(project, interpreter)))
        return layers

    def _builder(self, project: Project, interpreter: Interpreter) -> Callable[[], Layer]:
        return lambda: realise_wheel(project, self._tree, interpreter, self._cache, self._report)

    def _realise_site(self, plan: SitePlan) -> Layer:
        def fill(python: Path) -> None:
            self._report(Event("installing", plan.digest, len(plan.pins)))
            with away_from_sources(plan.pins, self._tree, self._cache / "built") as pins:
                batches = uv.plan_batches(pins, self._tree.root)
                local = [name for name, _ in plan.contents]
                uv.install(python, batches, plan.default_index, local=local)
            self._report(Event("ready", plan.digest, len(plan.pins)))

        return build_layer(
            self._cache / "sites" / plan.digest,
            plan.interpreter,
            fill,
            lambda: self._report(Event("waiting", plan.digest, len(plan.pins))),
        )


def _uninstallable(pins: Pins) -> tuple[str, ...]:
    """The pins that have nothing to install on the target they are for."""
    fatal = [each for each in pins.problems if each.fatal and each.key.startswith("package.")]
    return tuple(each.message for each in fatal)


def _needs_wheel(project: Project, *, editable: bool) -> bool:
    if project.metadata.build_backend is None:
        return False
    return project.metadata.has_extension_modules or not editable


class _Once(Generic[_K, _T]):
    """Makes each thing once: the first caller works, the others wait for what comes of it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[_K, threading.Lock] = {}
        self._made: dict[_K, _T] = {}
        self._failed: dict[_K, ToolError] = {}

    def get(self, key: _K, make: Callable[[], _T]) -> _T:
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key in self._failed:
                error = self._failed[key]
                raise type(error)(error.message, hint=error.hint)
            if key not in self._made:
                try:
                    self._made[key] = make()
                except ToolError as error:
                    self._failed[key] = error
                    raise
            return self._made[key]
