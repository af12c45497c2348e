"""The values of a lock: packages with their files and edges, whatever the format; and pins."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

import msgspec

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.model import MAIN, Kind, ProjectName, Requirement

LockFormat = Literal["uv", "poetry", "pdm", "pylock", "requirements"]
LockSourceKind = Literal["registry", "git", "url", "path", "directory", "workspace"]

DEFAULT_INDEXES = frozenset({"https://pypi.org/simple", "https://pypi.python.org/simple"})


class LockedFile(msgspec.Struct, frozen=True):
    """One wheel or source distribution of a package."""

    filename: str
    url: str = ""
    """Empty where the lock names files without saying where they lie."""
    hash: str = ""
    """`sha256:...`; empty where the lock has none."""
    size_bytes: int | None = None

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel; else it is a source distribution."""
        return self.filename.endswith(".whl")


class LockSource(msgspec.Struct, frozen=True):
    """Where a lock takes a package from."""

    kind: LockSourceKind = "registry"
    location: str = ""
    """`registry`: the index's URL, empty for the default index; `git` and `url`: the URL;
    `path` (a file), `directory` and `workspace` (a folder): relative to the workspace root, or
    as written where it leaves the workspace."""
    reference: str = ""
    """`git`: the commit, or what the lock has in its place; `registry`: the name of the index."""
    subdirectory: str = ""
    editable: bool = False

    @property
    def is_default_index(self) -> bool:
        """Whether any index the installer uses by default will do."""
        return self.kind == "registry" and not self.location

    @property
    def is_local_folder(self) -> bool:
        """Whether it is source code in a folder, as internal projects are."""
        return self.kind in {"directory", "workspace"}


REGISTRY = LockSource()


def registry(url: str, name: str = "") -> LockSource:
    """The source for an index; PyPI's own URL is the default index."""
    url = url.rstrip("/")
    return REGISTRY if url in DEFAULT_INDEXES or not url else LockSource("registry", url, name)


class LockedDependency(msgspec.Struct, frozen=True):
    """An edge from a locked package to another, by name."""

    name: str
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    version: str | None = None
    """The version it leads to, where the lock says so."""
    kind: Kind = MAIN
    """`main`, `extra:x`, or, for members of a workspace, `group:x`."""
    source: LockSource | None = None
    """The source it leads to, where the lock says so."""


class LockedPackage(msgspec.Struct, frozen=True):
    """One version of one package."""

    name: str
    """PEP 503-normalised; empty for the root of a uv workspace that has no name."""
    version: str | None = None
    """None where it is dynamic (projects of the workspace)."""
    source: LockSource = REGISTRY
    dependencies: tuple[LockedDependency, ...] = ()
    files: tuple[LockedFile, ...] = ()
    marker: str = ""
    """Where it is used at all; it may speak of `extra`, `extras` and `dependency_groups`."""
    requires_python: str = ""
    groups: tuple[str, ...] = ()
    """The root's groups that bring it along, where the lock says so."""
    declared: tuple[LockedDependency, ...] | None = None
    """What the package's manifest declared when it was locked, where the lock says so."""

    def __hash__(self) -> int:
        # Packages are keys of many dictionaries; their files and edges would be hashed each time.
        return hash((self.name, self.version, self.marker))


class Lock(msgspec.Struct, frozen=True, dict=True):
    """One lock file."""

    path: RelPath
    format: LockFormat
    format_version: str
    packages: tuple[LockedPackage, ...]
    """In the order of the file."""
    requires_python: str = ""
    content_hash: str = ""
    """The digest of the manifest it was made from, as its own tool computes it."""
    has_edges: bool = True
    """Whether packages say what they depend on; else all of them are installed together."""
    overrides: frozenset[str] = frozenset()
    """Names whose version was forced on it, whatever requirements say."""
    created_by: str = ""

    @cached_property
    def by_name(self) -> Mapping[str, tuple[LockedPackage, ...]]:
        """All versions of each name, in the order of the file."""
        grouped: dict[str, list[LockedPackage]] = {}
        for package in self.packages:
            grouped.setdefault(package.name, []).append(package)
        return {name: tuple(each) for name, each in grouped.items()}


class Pin(msgspec.Struct, frozen=True):
    """One exact thing to install."""

    name: str
    version: str | None
    """None where only building it can tell (git, folders)."""
    source: LockSource = REGISTRY
    hashes: tuple[str, ...] = ()
    """`sha256:...` of every file that may be installed, sorted; empty where there is none."""
    reasons: tuple[str, ...] = ()
    """Who asks for it, sorted: projects and packages."""

    @property
    def requirement(self) -> str:
        """The pin as one PEP 508 line, without hashes."""
        source = self.source
        if source.kind == "registry":
            return f"{self.name}=={self.version}"
        location = source.location
        if source.kind == "git":
            location = f"git+{location}@{source.reference}" if source.reference else location
        fragment = f"#subdirectory={source.subdirectory}" if source.subdirectory else ""
        return f"{self.name} @ {location}{fragment}"


class Missing(msgspec.Struct, frozen=True):
    """A requirement that the lock does not meet."""

    project: ProjectName
    """The project of the workspace that needs it, itself or through a package."""
    requirement: Requirement
    reason: str
    """`is not in it`, or what contradicts: `it holds 1.26.4`."""


class Pins(msgspec.Struct, frozen=True):
    """All that is installed for some kinds of one project, besides projects of the workspace."""

    pins: tuple[Pin, ...]
    """Sorted by name."""
    lock: RelPath | None = None
    """None where they were resolved for want of a lock."""
    missing: tuple[Missing, ...] = ()
    internal: tuple[ProjectName, ...] = ()
    """Projects that locked packages bring along and the project graph does not know, sorted."""
    internal_from_index: tuple[str, ...] = ()
    """Pins that bear the name of a project, because the lock takes them from an index, sorted."""
    problems: tuple[Problem, ...] = ()


class PinChange(msgspec.Struct, frozen=True):
    """What became of one pin; a version is None where there is none on that side.

    Both versions may be equal: then its files, source or edges changed.
    """

    name: str
    old_version: str | None
    new_version: str | None
