"""The recorded exceptions to one version of each third-party package, as of one day."""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from oneroof.rules.selectors import Selected
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.model import ProjectName
from oneroof.workspace.settings import VersionExceptionSettings

KEY = "version-exceptions"


class VersionException(msgspec.Struct, frozen=True):
    """One entry of the settings with the projects it speaks of."""

    key: str
    """Where it stands, below the rules' table."""
    package: str
    """PEP 503-normalised."""
    projects: frozenset[ProjectName] | None
    """None: all."""
    owner: str
    reason: str
    until: dt.date
    is_over: bool
    """Whether its last day has gone by: then it excuses nothing."""

    def speaks_of(self, project: ProjectName) -> bool:
        """Whether a project may have another version by it, as long as it is not over."""
        return self.projects is None or project in self.projects


class VersionExceptions:
    """All exceptions of one workspace, by package."""

    def __init__(
        self, entries: Sequence[VersionExceptionSettings], selected: Selected, today: dt.date
    ) -> None:
        self.all = tuple(_read(index, each, selected, today) for index, each in enumerate(entries))

    def of(self, package: str) -> Iterator[VersionException]:
        """Those for a package, in the order of the settings."""
        return (each for each in self.all if each.package == package)

    def about(self, package: str, project: ProjectName) -> VersionException | None:
        """The first that lets a project have its own version of a package, else one that did."""
        found = [each for each in self.of(package) if each.speaks_of(project)]
        return min(found, key=lambda each: each.is_over, default=None)


def _read(
    index: int, entry: VersionExceptionSettings, selected: Selected, today: dt.date
) -> VersionException:
    key = f"{KEY}[{index}]"
    projects = selected.by_all(entry.projects, f"{key}.projects") if entry.projects else None
    return VersionException(
        key,
        normalise_name(entry.package),
        projects,
        entry.owner,
        entry.reason,
        entry.until,
        entry.until < today,
    )
