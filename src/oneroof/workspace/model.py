"""The values discovery produces: requirements as declared, projects, the workspace.

Everything here is frozen, holds no open files and can be written to a snapshot and read back.
"""

from bisect import bisect_left
from typing import Literal, NewType

import msgspec

from oneroof.errors import Problem
from oneroof.paths import ROOT, RelPath
from oneroof.workspace.settings import ProjectSettings, Role, WorkspaceSettings

ProjectName = NewType("ProjectName", str)
"""A PEP 503-normalised distribution name; a path, or `name@path`, where that is not unique."""

Kind = NewType("Kind", str)
"""How a requirement is declared: `main`, `extra:x`, `group:x` or `build`."""

MAIN = Kind("main")
BUILD = Kind("build")


def extra(name: str) -> Kind:
    """The kind of what the optional dependency set `name` holds."""
    return Kind(f"extra:{name}")


def group(name: str) -> Kind:
    """The kind of what the dependency group `name` holds (PEP 735, or a dialect's own groups)."""
    return Kind(f"group:{name}")


PACKAGING_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
"""The files that can make a folder a project."""

SourceKind = Literal["workspace", "path", "git", "url", "index"]


class Source(msgspec.Struct, frozen=True):
    """Where a requirement is to be had, when the manifest says so."""

    kind: SourceKind
    location: str = ""
    """`path`: as written, relative to the manifest's folder; `git` and `url`: the URL;
    `index`: the index's URL, or its name where no URL is declared; `workspace`: empty."""
    name: str = ""
    """The name the manifest gives the index."""
    reference: str = ""
    """A git branch, tag or revision."""
    subdirectory: str = ""
    editable: bool = False
    marker: str = ""
    """A PEP 508 marker under which this source holds; empty: always."""


class Requirement(msgspec.Struct, frozen=True):
    """One dependency as one file declares it."""

    name: str
    """PEP 503-normalised."""
    kind: Kind
    declared_in: RelPath
    key: str
    """The dotted key in that file: `project.dependencies[2]`, `tool.poetry.dependencies.libmq`;
    `line 3` in a requirements file."""
    specifier: str = ""
    """PEP 440 version specifiers; a dialect's own (`^1.2`) are translated. Empty: any version."""
    extras: tuple[str, ...] = ()
    """Normalised and sorted."""
    marker: str = ""
    """A PEP 508 marker; empty: always."""
    sources: tuple[Source, ...] = ()
    hashes: tuple[str, ...] = ()
    """`sha256:...`, where a requirements file pins them."""

    @property
    def pep508(self) -> str:
        """The requirement as one PEP 508 line, without any source."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        marker = f" ; {self.marker}" if self.marker else ""
        return f"{self.name}{extras}{self.specifier}{marker}"


class Group(msgspec.Struct, frozen=True):
    """A named set of development requirements."""

    name: str
    """As written, except that PEP 735 normalisation is applied."""
    default: bool = False
    """Whether the project's own tool installs it when not asked otherwise."""


class Index(msgspec.Struct, frozen=True):
    """A package index a manifest declares."""

    name: str
    url: str
    explicit: bool = False
    """Used for the requirements that name it and for nothing else."""
    default: bool = False
    """Takes the place of PyPI."""
    publish_url: str = ""
    """Where distributions are uploaded to; empty where nothing is said."""


class EntryPoint(msgspec.Struct, frozen=True):
    """One line of `entry_points.txt`."""

    group: str
    """`console_scripts`, `gui_scripts`, `pytest11`, ..."""
    name: str
    value: str
    """`package.module:attribute`."""


class ImportPackage(msgspec.Struct, frozen=True):
    """Code of a project that can be imported: a package folder or a single module."""

    name: str
    """Dotted, as imported: `example_pkg.a`."""
    path: RelPath
    """The folder, or the `.py` file, that holds it."""

    @property
    def root(self) -> RelPath | None:
        """The folder to put on `sys.path`; None where folder and import name differ."""
        stem = self.path.removesuffix(".py")
        suffix = self.name.replace(".", "/")
        if stem == suffix:
            return RelPath(".")
        if stem.endswith("/" + suffix):
            return RelPath(stem[: -len(suffix) - 1])
        return None


class Metadata(msgspec.Struct, frozen=True):
    """What the packaging files of one folder declare, in whichever dialect."""

    manifests: tuple[RelPath, ...]
    """The files read, the leading one first."""
    dialects: tuple[str, ...] = ()
    """Sorted: `project`, `poetry`, `setup.cfg`, `setup.py`, `pdm`, `hatch`, `flit`, `uv`,
    `requirements`."""
    name: str | None = None
    """As written; None where no file gives one."""
    version: str | None = None
    """None when it is not static."""
    requires_python: str = ""
    build_backend: str | None = None
    """`build-system.build-backend`; `setuptools.build_meta` for setup.py and setup.cfg alone;
    None where the project is not to be built (requirements, or uv's `package = false`)."""
    requirements: tuple[Requirement, ...] = ()
    extras: tuple[str, ...] = ()
    """Normalised names of the optional dependency sets, empty ones included."""
    groups: tuple[Group, ...] = ()
    entry_points: tuple[EntryPoint, ...] = ()
    indexes: tuple[Index, ...] = ()
    import_packages: tuple[ImportPackage, ...] = ()
    conflicts: tuple[tuple[Kind, ...], ...] = ()
    """Extras and groups of which no two may be installed together (uv's `conflicts`)."""
    has_extension_modules: bool = False
    """Whether building it compiles something, so that source folders alone cannot run."""
    is_complete: bool = True
    """Whether all requirements and extras could be read: else the build backend knows more."""
    problems: tuple[Problem, ...] = ()


class Project(msgspec.Struct, frozen=True):
    """A folder with its own packaging metadata, or with a role marker and none."""

    name: ProjectName
    path: RelPath
    role: Role
    role_evidence: str
    """Why it has this role, in words: `console script api`, `tool.oneroof.role`."""
    metadata: Metadata
    tags: tuple[str, ...] = ()
    lock: RelPath | None = None
    """The lock that governs it: its own, else its workspace's."""
    workspace_root: RelPath | None = None
    """The folder of the uv workspace it is a member of."""
    owned_paths: tuple[RelPath, ...] = ()
    """Files and folders outside its own folder that belong to it all the same."""
    settings: ProjectSettings = msgspec.field(default_factory=ProjectSettings)


class Edge(msgspec.Struct, frozen=True):
    """One project depends on another; all declarations between the two are one edge."""

    dependent: ProjectName
    dependency: ProjectName
    kinds: tuple[Kind, ...]
    """Sorted, each once."""
    requirements: tuple[Requirement, ...]
    """The declarations, in the order of their files."""


class Workspace(msgspec.Struct, frozen=True):
    """The repository root and all that was discovered in it."""

    projects: tuple[Project, ...]
    """Sorted by path."""
    edges: tuple[Edge, ...]
    """Sorted by dependent, then dependency."""
    settings: WorkspaceSettings = msgspec.field(default_factory=WorkspaceSettings)
    virtual_roots: tuple[Project, ...] = ()
    """Roots that are no projects but declare groups for those below them, sorted by path: the
    workspace's own, those of uv workspaces without `[project]`, and folders between the root
    and projects that hold nothing but such groups."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with the workspace beyond the problems of each project's metadata."""

    @property
    def virtual_root(self) -> Project | None:
        """What the workspace's root declares where it is no project."""
        return next((each for each in self.virtual_roots if each.path == ROOT), None)

    def at(self, path: RelPath) -> Project | None:
        """The project in a folder; found by bisection, as there may be thousands."""
        place = bisect_left(self.projects, path, key=lambda project: project.path)
        found = self.projects[place : place + 1]
        return found[0] if found and found[0].path == path else None
