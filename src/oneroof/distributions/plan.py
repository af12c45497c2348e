"""What is to be built, and all that each wheel depends on. Pure, but for reading manifests."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
from packaging.utils import canonicalize_name

from oneroof import paths
from oneroof.actions.action import Action, Command, Input
from oneroof.actions.digest import Digest
from oneroof.actions.listing import render_listing
from oneroof.changes.snapshot import Opened
from oneroof.distributions.portable import Policy
from oneroof.environments.model import EnvironmentPlan
from oneroof.paths import RelPath
from oneroof.workspace.graph import Graph
from oneroof.workspace.metadata import read_document
from oneroof.workspace.model import MAIN, Project, ProjectName

FORMAT = 1
"""Part of every fingerprint: raise it when what is written for a plan changes."""

DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"
"""What builds a project that does not say what does (PEP 517)."""

_VERSION_TABLES = ("poetry-dynamic-versioning", "versioningit", "uv-dynamic-versioning")
"""Plugins that replace a version which stands in the manifest."""


class Backend(msgspec.Struct, frozen=True):
    """The `[build-system]` of a project."""

    name: str
    path: tuple[str, ...] = ()
    """Folders of the project that hold the backend itself."""


class WheelPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One wheel to build."""

    project: ProjectName
    path: RelPath
    backend: Backend
    environment: EnvironmentPlan
    files: tuple[RelPath, ...]
    """What it is built from, sorted."""
    internal: Mapping[str, str]
    """The versions of the internal projects it asks for, by normalised name."""
    policy: Policy
    history: str
    """What of git its version may be read from; empty where it stands in the manifest."""


def read_backend(project: Project, opened: Opened) -> Backend:
    """Which backend builds a project."""
    document, _ = read_document(opened.tree, paths.join(project.path, "pyproject.toml"))
    table = (document or {}).get("build-system")
    if not isinstance(table, Mapping):
        return Backend(DEFAULT_BACKEND)
    name, path = table.get("build-backend"), table.get("backend-path")
    return Backend(
        name if isinstance(name, str) and name else DEFAULT_BACKEND,
        tuple(each for each in path if isinstance(each, str)) if isinstance(path, list) else (),
    )


def is_read_from_git(project: Project, opened: Opened) -> bool:
    """Whether a project's version is not in its files, so that a plugin asks git for it."""
    if project.metadata.version is None:
        return True
    document, _ = read_document(opened.tree, paths.join(project.path, "pyproject.toml"))
    tool = (document or {}).get("tool")
    return isinstance(tool, Mapping) and any(
        isinstance(table := tool.get(name), Mapping) and table.get("enable") is not False
        for name in _VERSION_TABLES
    )


def to_build(graph: Graph, selected: Iterable[Project]) -> tuple[Project, ...]:
    """The selected projects and their internal run-time closures, those that are built, by name."""
    names: set[ProjectName] = set()
    for project in selected:
        names |= {project.name, *graph.closure(project.name, (MAIN,)).internal}
    projects = (graph.projects[name] for name in sorted(names))
    return tuple(each for each in projects if is_built(each))


def is_built(project: Project) -> bool:
    """Whether a project is a distribution: its manifest names it and does not forbid building."""
    return project.metadata.build_backend is not None and project.metadata.name is not None


def direct_dependencies(graph: Graph, name: ProjectName) -> tuple[Project, ...]:
    """The internal projects that a project's own metadata asks for, extras included."""
    return tuple(
        graph.projects[edge.dependency]
        for edge in graph.dependencies(name)
        if edge.dependency != name
        and any(kind == MAIN or kind.startswith("extra:") for kind in edge.kinds)
    )


def source_inputs(
    project: Project,
    opened: Opened,
    files: Iterable[RelPath],
    describe: Callable[[], str],
) -> Iterator[Input]:
    """What a project's wheel is built from, whatever builds it; `describe` tells git's history."""
    listing = render_listing(opened.work_tree.states(files))
    backend = read_backend(project, opened)
    yield Input(f"files:{project.name}", str(Digest.of(listing)))
    yield Input(f"backend:{project.name}", " ".join((backend.name, *backend.path)))
    if is_read_from_git(project, opened) and opened.has_git:
        yield Input(f"history:{project.name}", hashlib.sha256(describe().encode()).hexdigest())


def make_action(plan: WheelPlan, opened: Opened) -> Action:
    """Everything a wheel depends on."""
    listing = render_listing(opened.work_tree.states(plan.files))
    inputs = [
        Input(f"files:{plan.project}", str(Digest.of(listing))),
        Input("environment", plan.environment.content_digest),
        Input("interpreter", plan.environment.site.interpreter.version),
        Input("policy", plan.policy.value),
        Input("format", str(FORMAT)),
        *(Input(f"internal:{name}", version) for name, version in plan.internal.items()),
    ]
    if plan.history:
        inputs.append(Input("history", hashlib.sha256(plan.history.encode()).hexdigest()))
    command = ("build_wheel", plan.backend.name, *plan.backend.path)
    return Action(Command(command, working_directory=plan.path), tuple(inputs))


def normalised(name: str | None) -> str:
    """A distribution's name as others refer to it."""
    return canonicalize_name(name or "")
