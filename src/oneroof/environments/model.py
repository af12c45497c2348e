"""The values of environments: interpreters, plans of what to build, what was built, events."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from oneroof.errors import ToolError
from oneroof.locks.model import Pin
from oneroof.paths import RelPath
from oneroof.workspace.model import MAIN, EntryPoint, Kind, ProjectName


class Interpreter(msgspec.Struct, frozen=True):
    """A base CPython of this machine and all that pins and wheels ask of it."""

    path: str
    """The executable, links resolved."""
    version: str
    """PEP 440: `3.11.7`, `3.14.0rc1`."""
    markers: tuple[tuple[str, str], ...]
    """The PEP 508 marker environment, sorted."""
    abi: str
    """`cp311`, `cp313t`."""
    platforms: tuple[str, ...]
    """Wheel platform tags, best first."""
    site_packages: str
    """Where its virtual environments keep packages: `lib/python3.11/site-packages`."""

    @property
    def minor(self) -> str:
        """`3.11`."""
        return ".".join(self.version.split(".")[:2])

    @property
    def is_prerelease(self) -> bool:
        """Whether it is an alpha, beta or candidate."""
        return not self.version.replace(".", "").isdigit()

    @property
    def digits(self) -> tuple[int, int]:
        """(3, 11)."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)


class InterpreterError(ToolError):
    """No interpreter of this machine will do."""


class SitePlan(msgspec.Struct, frozen=True):
    """The third-party part of environments: shared by all projects with the same pins."""

    interpreter: Interpreter
    pins: tuple[Pin, ...]
    """Sorted by name."""
    default_index: str
    """The index the project declares in place of PyPI; empty: as the user configured."""
    contents: tuple[tuple[str, str], ...]
    """The digests of what pins take from the workspace itself, by their names."""
    digest: str


class Request(msgspec.Struct, frozen=True):
    """What an environment is wanted for."""

    project: ProjectName
    kinds: tuple[Kind, ...] = (MAIN,)
    python: str = ""
    """A version that is demanded: `3.12`."""
    with_project: bool = True
    """Without it, only what its kinds require is there."""
    editable: bool = True
    """Else internal projects are installed from built wheels."""
    also: tuple[Pin, ...] = ()
    """Pins the project does not declare, such as a shared test runner; its own win."""


class Link(msgspec.Struct, frozen=True):
    """An import package that is linked into the environment, as its folder cannot be exposed."""

    name: str
    """As a path below site-packages: `example_pkg/a`, `single.py`."""
    target: RelPath


class InternalPlan(msgspec.Struct, frozen=True):
    """How one project of the workspace is present in an environment."""

    project: ProjectName
    path: RelPath
    name: str | None
    """The distribution's name; None: it has no metadata."""
    version: str
    metadata: str
    """The text of METADATA; empty where the project is not to be built."""
    entry_points: tuple[EntryPoint, ...]
    source_roots: tuple[RelPath, ...]
    links: tuple[Link, ...]
    wheel: str
    """The digest of the sources its wheel is built from; empty: editable."""
    digest: str
    """Of all of the above; the same for every place the workspace may lie at."""
    store: str
    """The name under which environments share its metadata; empty where it has none."""


class EnvironmentPlan(msgspec.Struct, frozen=True):
    """Everything one project's environment consists of."""

    project: ProjectName
    kinds: tuple[Kind, ...]
    root: str
    """The absolute folder of the workspace."""
    site: SitePlan
    internal: tuple[InternalPlan, ...]
    """The project itself first, then its closure by name."""
    digest: str
    content_digest: str
    """Like `digest` but without this machine's paths: equal wherever the content is."""

    @property
    def source_roots(self) -> list[str]:
        """The absolute folders of editable code, the project's own first, each once."""
        roots = dict.fromkeys(root for each in self.internal for root in each.source_roots)
        return [self.root if root == "." else f"{self.root}/{root}" for root in roots]


class Environment(msgspec.Struct, frozen=True):
    """An environment that is there and complete."""

    folder: Path
    plan: EnvironmentPlan

    @property
    def python(self) -> Path:
        """The interpreter to run things with."""
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """The folder its own metadata and path file lie in."""
        return self.folder / self.plan.site.interpreter.site_packages


EventKind = Literal["resolving", "completing", "waiting", "installing", "building", "ready"]


class Event(msgspec.Struct, frozen=True):
    """Long work began or ended; `count` is how many packages it concerns."""

    kind: EventKind
    subject: str
    """The project or distribution; for shared third-party parts their digest."""
    count: int = 0


Report = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """The report for those who want none."""


def command_environment(environment: Environment, caller: Mapping[str, str]) -> dict[str, str]:
    """The variables to run a command in an environment with, made from the caller's own.

    What would lead Python elsewhere is left out; `PATH` finds the environment first. mypy takes
    what it finds on `sys.path` for untyped unless it holds `py.typed`, so `MYPYPATH` tells it
    which folders are the workspace's own.
    """
    kept = {
        name: value
        for name, value in caller.items()
        if name not in {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV_PROMPT", "__PYVENV_LAUNCHER__"}
    }
    programs = str(environment.folder / "bin")
    path = caller.get("PATH", "")
    kept["PATH"] = f"{programs}:{path}" if path else programs
    kept["VIRTUAL_ENV"] = str(environment.folder)
    roots = [caller["MYPYPATH"]] if caller.get("MYPYPATH") else []
    roots += environment.plan.source_roots
    if roots:
        kept["MYPYPATH"] = ":".join(roots)
    return kept
