"""Building wheels: those that are known are taken from the cache, the others built in parallel."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from oneroof import disk, paths
from oneroof.actions.action import Action
from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult, OutputFile
from oneroof.cache.disk import DiskCache
from oneroof.changes.snapshot import Opened
from oneroof.distributions.archive import Member, Wheel, pack_wheel, read_wheel
from oneroof.distributions.build_pins import BuildPins
from oneroof.distributions.frontend import Call, Frontend, HookError, Missing
from oneroof.distributions.history import describe, give_history, is_shallow
from oneroof.distributions.plan import (
    WheelPlan,
    direct_dependencies,
    is_built,
    is_read_from_git,
    make_action,
    normalised,
    read_backend,
)
from oneroof.distributions.portable import Policy, make_portable, read_identity
from oneroof.distributions.sources import find_sources
from oneroof.environments.compiled import copied
from oneroof.environments.model import Environment, Request
from oneroof.environments.provide import Provider
from oneroof.errors import OneroofError
from oneroof.execution.pool import Event, Work, run_all
from oneroof.execution.schedule import Node
from oneroof.paths import RelPath
from oneroof.workspace.model import BUILD, Project, ProjectName
from oneroof.workspace.nesting import find_nested

EPOCH = "315532800"
"""1 January 1980, for SOURCE_DATE_EPOCH: the earliest date that a wheel can hold."""
_ATTEMPTS = 3


class Built(msgspec.Struct, frozen=True):
    """What became of one project."""

    project: ProjectName
    filename: str = ""
    """Empty where there is no wheel."""
    version: str = ""
    digest: Digest | None = None
    was_known: bool = False
    seconds: float = 0.0
    error: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is a wheel."""
        return not self.error


class Wheels:
    """Builds the wheels of one workspace."""

    def __init__(
        self,
        opened: Opened,
        cache: DiskCache,
        frontend: Frontend,
        *,
        policy: Policy = Policy.RANGE,
        use_cache: bool = True,
    ) -> None:
        self._opened = opened
        self._graph = opened.graph
        self._cache = cache
        self._frontend = frontend
        self._policy = policy
        self._use_cache = use_cache
        self._pins = BuildPins(self._graph, opened.tree)
        self._provider = Provider(self._graph, opened.tree, self._pins)
        self._nested = find_nested(each.path for each in opened.workspace.projects)
        self._versions: dict[ProjectName, str] = {}
        self._guard = threading.Lock()
        self._history: str | None = None
        self._scratch = disk.cache_root() / "built"

    def build(
        self,
        projects: Sequence[Project],
        *,
        jobs: int,
        on_event: Callable[[Event[Built]], None] = lambda _: None,
    ) -> tuple[list[Built], bool]:
        """The wheels of these projects in their order, and whether the run was interrupted.

        The internal dependencies of each stand among them.
        """
        nodes = [Node(each.name, self._needs(each, projects)) for each in projects]
        by_name = {each.name: each for each in projects}
        work = Work(
            do=lambda name: self._attempt(by_name[ProjectName(name)]),
            succeeded=lambda built: built.ok,
            cancel=self._frontend.close,
        )
        done = run_all(nodes, work, jobs=jobs, on_event=on_event)
        found = dict(done.results)
        for skipped in done.skipped:
            found[skipped.name] = Built(ProjectName(skipped.name), error=skipped.reason)
        return [found[each.name] for each in projects if each.name in found], done.interrupted

    def _needs(self, project: Project, projects: Sequence[Project]) -> tuple[str, ...]:
        """Whose version must be known before: only those that say it when they are built."""
        if self._policy is Policy.BARE:
            return ()
        built = {each.name for each in projects}
        return tuple(
            each.name
            for each in direct_dependencies(self._graph, project.name)
            if each.name in built and is_read_from_git(each, self._opened)
        )

    def _attempt(self, project: Project) -> Built:
        began = time.monotonic()
        try:
            built = self._build_one(project)
        except OneroofError as error:
            told = f"{error.message}\nhint: {error.hint}" if error.hint else error.message
            built = Built(project.name, error=told)
        with self._guard:
            self._versions[project.name] = built.version
        return msgspec.structs.replace(built, seconds=time.monotonic() - began)

    def _build_one(self, project: Project) -> Built:
        for _ in range(_ATTEMPTS):
            plan = self._plan(project)
            action = make_action(plan, self._opened)
            known = self._known(plan, action)
            if known is not None:
                return known
            further = self._build(plan, action)
            if isinstance(further, Built):
                return further
            self._pins.ask_further(project.name, further)
        message = f"what {project.name} asks for to be built never comes to an end"
        raise HookError(message)

    def _plan(self, project: Project) -> WheelPlan:
        request = Request(project.name, (BUILD,), with_project=False)
        nested = self._nested.get(project.path, frozenset())
        from_git = is_read_from_git(project, self._opened) and self._opened.has_git
        return WheelPlan(
            project=project.name,
            path=project.path,
            backend=read_backend(project, self._opened),
            environment=self._provider.plan(request),
            files=find_sources(project, self._opened.tree, nested),
            internal=self._internal(project),
            policy=self._policy,
            history=self._describe() if from_git else "",
        )

    def _describe(self) -> str:
        with self._guard:
            if self._history is None:
                self._history = describe(self._opened.root)
            return self._history

    def _internal(self, project: Project) -> Mapping[str, str]:
        """The versions of what a project asks for, as far as its wheel will name them."""
        found = {}
        for each in direct_dependencies(self._graph, project.name):
            if not is_built(each):
                continue
            version = self._versions.get(each.name) or each.metadata.version or ""
            found[normalised(each.metadata.name)] = "" if self._policy is Policy.BARE else version
        return dict(sorted(found.items()))

    def _known(self, plan: WheelPlan, action: Action) -> Built | None:
        if not self._use_cache:
            return None
        result = self._cache.actions.get_action_result(action.digest)
        if result is None or len(result.output_files) != 1:
            return None
        file = result.output_files[0]
        _, version = file.path.split("-")[:2]
        return Built(
            plan.project,
            file.path,
            version,
            file.digest,
            was_known=True,
            warnings=tuple(result.reason.splitlines()),
        )

    def _build(self, plan: WheelPlan, action: Action) -> Built | Sequence[str]:
        """The wheel; or what else the backend asks for to build it."""
        environment = self._provider.realise(plan.environment)
        with self._copied(plan) as (source, log):
            call = Call(
                source=str(source),
                backend=plan.backend.name,
                backend_path=plan.backend.path,
                hook="get_requires_for_build_wheel",
                arguments=({},),
                variables={"SOURCE_DATE_EPOCH": EPOCH},
                log=str(log),
            )
            further = _lacking(environment, self._frontend.call(environment, call))
            if further:
                return further
            destination = log.parent / "wheel"
            destination.mkdir()
            call = msgspec.structs.replace(
                call, hook="build_wheel", arguments=(str(destination), {})
            )
            filename = self._frontend.call(environment, call)
            if isinstance(filename, Missing):
                message = f"`{plan.backend.name}` has no hook `build_wheel` (PEP 517)"
                raise HookError(message)
            wheel = read_wheel(destination / str(filename))
        return self._finish(plan, action, wheel)

    @contextmanager
    def _copied(self, plan: WheelPlan) -> Iterator[tuple[Path, Path]]:
        """The folder of the project's copy, and where its log goes."""
        with (
            copied(self._opened.tree, plan.files, self._scratch) as root,
            tempfile.TemporaryDirectory(prefix=".wheel-", dir=self._scratch) as beside,
        ):
            if plan.history:
                give_history(root, self._opened.root, plan.files)
            yield (root if plan.path == paths.ROOT else root / plan.path), Path(beside, "log")

    def _finish(self, plan: WheelPlan, action: Action, wheel: Wheel) -> Built:
        """Make a wheel portable and the same each time, look at it, and keep it."""
        portable = make_portable(wheel.metadata, plan.internal, plan.policy)
        place = f"{wheel.dist_info}/METADATA"
        members = {**wheel.members, place: Member(portable.text.encode())}
        wheel = msgspec.structs.replace(wheel, members=members)
        _, version = read_identity(portable.text)
        digest = self._cache.storage.write(pack_wheel(wheel))
        warnings = (
            *(f"asks for `{each}`, which only this machine has" for each in portable.left),
            *self._judge(plan, wheel, version),
        )
        output = OutputFile(RelPath(wheel.filename), digest)
        result = ActionResult("passed", 0.0, 0, reason="\n".join(warnings), output_files=(output,))
        self._cache.actions.update_action_result(action.digest, result)
        return Built(plan.project, wheel.filename, version, digest, warnings=warnings)

    def _judge(self, plan: WheelPlan, wheel: Wheel, version: str) -> Iterator[str]:
        """What is odd about a wheel."""
        tops = {name.partition("/")[0] for name in wheel.payload}
        for top in sorted(tops & {"test", "tests", "docs", "examples"}):
            yield f"holds `{top}` at its top, which clashes with other distributions that do"
        if not wheel.payload:
            yield "holds no files"
        if plan.history and version in {"0", "0.0.0", "0.0", "0.1"}:
            if is_shallow(self._opened.root):
                yield f"has version {version}: the history is shallow; fetch the tags"
            else:
                yield f"has version {version}: no tag was found, or the plugin was not used"


def _lacking(environment: Environment, asked: object) -> list[str]:
    """Requirements that the environment of a build does not meet."""
    from packaging.requirements import InvalidRequirement, Requirement

    if isinstance(asked, Missing) or not isinstance(asked, list):
        return []
    pins = {pin.name: pin.version for pin in environment.plan.site.pins}
    internal = {normalised(each.name) for each in environment.plan.internal}
    markers = dict(environment.plan.site.interpreter.markers)
    found = []
    for text in asked:
        try:
            requirement = Requirement(str(text))
        except InvalidRequirement as error:
            message = f"the backend asks for `{text}`, which is no requirement"
            raise HookError(message) from error
        name = normalised(requirement.name)
        if requirement.marker is not None and not requirement.marker.evaluate(
            {**markers, "extra": ""}
        ):
            continue
        version = pins.get(name)
        if name not in internal and (
            version is None or not requirement.specifier.contains(version, prereleases=True)
        ):
            found.append(str(text))
    return found
