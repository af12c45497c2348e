"""Which versions of one package the projects of a workspace get, and how they differ. Pure."""

from collections.abc import Iterable, Mapping

import msgspec
from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion, Version

from oneroof.locks.model import Pin
from oneroof.workspace.model import ProjectName


class UsedVersion(msgspec.Struct, frozen=True):
    """One version of a package and the projects whose environments hold it."""

    version: str
    """Empty where only building it tells (git, folders)."""
    projects: tuple[ProjectName, ...]
    """Sorted."""
    requirers: Mapping[ProjectName, tuple[str, ...]]
    """Who asks for it in each project's closure: projects and packages, sorted."""


class Versions(msgspec.Struct, frozen=True):
    """All versions of one package."""

    name: str
    versions: tuple[UsedVersion, ...]
    """Newest first."""

    @property
    def drifts(self) -> bool:
        """Whether there is more than one."""
        return len(self.versions) > 1


class Change(msgspec.Struct, frozen=True):
    """A package that a project would get in another version in a shared environment."""

    project: ProjectName
    name: str
    own: str
    shared: str

    @property
    def is_downgrade(self) -> bool:
        """Whether the shared version is the older one."""
        return _age(self.shared) < _age(self.own)


def collect_versions(pins: Mapping[ProjectName, Iterable[Pin]]) -> tuple[Versions, ...]:
    """All packages by name, from the pins of each project."""
    found: dict[str, dict[str, dict[ProjectName, tuple[str, ...]]]] = {}
    written: dict[tuple[str, str], str] = {}
    for project, own in pins.items():
        for pin in own:
            version = pin.version or ""
            # Tools write one version in several ways: `1.0` and `1.0.0`.
            version = written.setdefault((pin.name, canonicalize_version(version)), version)
            found.setdefault(pin.name, {}).setdefault(version, {})[project] = pin.reasons
    return tuple(
        Versions(
            name,
            tuple(
                UsedVersion(version, tuple(sorted(projects)), projects)
                for version, projects in sorted(
                    found[name].items(), key=lambda each: _age(each[0]), reverse=True
                )
            ),
        )
        for name in sorted(found)
    )


def compare_shared(
    pins: Mapping[ProjectName, Iterable[Pin]], shared: Iterable[Pin]
) -> tuple[Change, ...]:
    """What each project would get differently if all shared one environment, by name."""
    together = {pin.name: pin.version or "" for pin in shared}
    changes = [
        Change(project, pin.name, pin.version or "", together[pin.name])
        for project, own in pins.items()
        for pin in own
        if pin.name in together and together[pin.name] != (pin.version or "")
    ]
    return tuple(sorted(changes, key=lambda each: (each.name, each.project)))


def _age(version: str) -> tuple[bool, Version, str]:
    """A sorting key: what is no version comes before all versions."""
    try:
        return True, Version(version), version
    except InvalidVersion:
        return False, Version("0"), version
