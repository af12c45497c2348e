"""Workspaces with locks: the real ones of `data`, and small ones made up in a test."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from oneroof.locks.model import Lock
from oneroof.locks.read import parse_lock, read_lock
from oneroof.locks.taken_from_index import internal_from_index
from oneroof.locks.target import Target
from oneroof.paths import RelPath, join
from oneroof.workspace.discovery import discover
from oneroof.workspace.graph import Graph, link
from oneroof.workspace.model import (
    Kind,
    Metadata,
    Project,
    ProjectName,
    Requirement,
    Source,
    Workspace,
)
from oneroof.workspace.settings import Role
from oneroof.workspace.tree import Tree

DATA = Path(__file__).parent / "data"

LINUX = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}


class LockedWorkspace:
    """A workspace of `data` as discovery sees it, its locks read."""

    def __init__(self, folder: Path) -> None:
        files = [path for path in folder.rglob("*") if path.is_file()]
        self.tree = Tree(folder, [RelPath(path.relative_to(folder).as_posix()) for path in files])
        projects = discover(self.tree)[0]
        from_index = internal_from_index(self.tree, projects)
        self.graph = Graph(Workspace(projects, link(projects, from_index)))
        self.locks = {
            project.lock: lock
            for project in projects
            if project.lock is not None and (lock := read_lock(self.tree, project.lock)[0])
        }

    def lock_of(self, name: str) -> Lock:
        path = self.graph.projects[ProjectName(name)].lock
        assert path is not None
        return self.locks[path]


class MakeProject(Protocol):
    def __call__(
        self,
        path: str,
        *requirements: Requirement,
        lock: str | None = None,
        name: str | None = None,
        dialects: tuple[str, ...] = ("project",),
    ) -> Project: ...


class MakeTarget(Protocol):
    def __call__(
        self, python: str = "3.11.7", *, tags: Iterable[str] | None = None, **variables: str
    ) -> Target: ...


class MakeRequirement(Protocol):
    def __call__(
        self,
        name: str,
        specifier: str = "",
        *,
        kind: str = "main",
        extras: tuple[str, ...] = (),
        marker: str = "",
        sources: tuple[Source, ...] = (),
        declared_in: str = "pyproject.toml",
    ) -> Requirement: ...


Locked = Callable[[str], LockedWorkspace]
Parsed = Callable[[str, str], Lock]
MakeGraph = Callable[..., Graph]
MakeTree = Callable[[Mapping[str, str]], Tree]


@pytest.fixture(scope="session")
def locked() -> Locked:
    """`locked("uv")`: the workspace of that folder of `data`, read once."""
    known: dict[str, LockedWorkspace] = {}

    def load(name: str) -> LockedWorkspace:
        if name not in known:
            known[name] = LockedWorkspace(DATA / name)
        return known[name]

    return load


@pytest.fixture(scope="session")
def data() -> Path:
    return DATA


@pytest.fixture(scope="session")
def target() -> MakeTarget:
    """`target("3.9.1", sys_platform="win32")`: CPython on Linux, but for what is given."""

    def make(
        python: str = "3.11.7", *, tags: Iterable[str] | None = None, **variables: str
    ) -> Target:
        version = {
            "python_full_version": python,
            "python_version": ".".join(python.split(".")[:2]),
            "implementation_version": python,
        }
        return Target.of({**LINUX, **version, **variables}, tags)

    return make


@pytest.fixture(scope="session")
def requirement() -> MakeRequirement:
    def make(
        name: str,
        specifier: str = "",
        *,
        kind: str = "main",
        extras: tuple[str, ...] = (),
        marker: str = "",
        sources: tuple[Source, ...] = (),
        declared_in: str = "pyproject.toml",
    ) -> Requirement:
        return Requirement(
            name,
            Kind(kind),
            RelPath(declared_in),
            "project.dependencies",
            specifier,
            extras,
            marker,
            sources,
        )

    return make


@pytest.fixture(scope="session")
def project() -> MakeProject:
    def make(
        path: str,
        *requirements: Requirement,
        lock: str | None = None,
        name: str | None = None,
        dialects: tuple[str, ...] = ("project",),
    ) -> Project:
        folder = RelPath(path)
        called = name or path.rpartition("/")[2]
        metadata = Metadata(
            (join(folder, "pyproject.toml"),), dialects, called, requirements=requirements
        )
        return Project(
            ProjectName(called),
            folder,
            Role.LIB,
            "made up",
            metadata,
            lock=None if lock is None else RelPath(lock),
        )

    return make


@pytest.fixture(scope="session")
def graph() -> MakeGraph:
    def make(*projects: Project) -> Graph:
        ordered = tuple(sorted(projects, key=lambda each: each.path))
        return Graph(Workspace(ordered, link(ordered)))

    return make


@pytest.fixture
def tree(tmp_path: Path) -> MakeTree:
    def make(files: Mapping[str, str]) -> Tree:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(text.encode())
        return Tree(tmp_path, [RelPath(path) for path in files])

    return make


@pytest.fixture(scope="session")
def parsed() -> Parsed:
    """`parsed("uv.lock", text)`: a lock that must be readable."""

    def make(path: str, text: str) -> Lock:
        lock, problems = parse_lock(text, RelPath(path))
        assert lock is not None, problems
        return lock

    return make
