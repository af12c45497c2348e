"""One version of each third-party package in the locks of a workspace, with recorded exceptions."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from oneroof.errors import Problem
from oneroof.locks.drift import Versions, collect_versions
from oneroof.locks.model import Lock, Pins
from oneroof.paths import RelPath
from oneroof.rules.selectors import KEY, MANIFEST
from oneroof.rules.version_exceptions import VersionException, VersionExceptions
from oneroof.rules.violation import Violation
from oneroof.workspace.model import ProjectName

RULE = "one-version"
_SHOWN = 4
"""How many projects of a version are named."""


def find_drifting(locks: Iterable[Lock]) -> frozenset[str]:
    """The packages that may have several versions: all others need not be looked at."""
    found: dict[str, set[str | None]] = {}
    for lock in locks:
        for package in lock.packages:
            if not package.source.is_local_folder:
                found.setdefault(package.name, set()).add(package.version)
    return frozenset(name for name, versions in found.items() if len(versions) > 1)


def find_drift(
    pins: Mapping[ProjectName, Pins],
    exceptions: VersionExceptions,
    shown: Collection[ProjectName],
) -> Iterator[Violation]:
    """The packages of which the projects that nothing excuses have several versions.

    Only what concerns one of the projects in `shown` is told.
    """
    versions = collect_versions({project: each.pins for project, each in pins.items()})
    for each in versions:
        kept = _unexcused(each, exceptions)
        concerned = {project for projects in kept.values() for project in projects}
        if len(kept) > 1 and not concerned.isdisjoint(shown):
            places = {project: found.lock for project, found in pins.items() if found.lock}
            yield _drift(each.name, kept, places)


def judge_exceptions(
    pins: Mapping[ProjectName, Pins], exceptions: VersionExceptions, *, is_on: bool
) -> Iterator[Violation]:
    """The exceptions that are over, which is an error, and those that excuse nothing."""
    by_name = {
        each.name: each
        for each in collect_versions({project: each.pins for project, each in pins.items()})
    }
    for each in exceptions.all:
        if each.is_over:
            message = f"the exception of {each.owner} for `{each.package}` ended on {each.until}"
            hint = "agree on one version and take it out, or give it a later date"
        elif not is_on:
            message = f"excuses nothing: `{KEY}.one-version` is not set"
            hint = "set it, or take the exception out"
        elif not _is_needed(each, by_name.get(each.package), exceptions):
            message = f"excuses nothing: no lock needs it for `{each.package}`"
            hint = "take it out"
        else:
            continue
        problem = Problem(MANIFEST, message, f"{KEY}.{each.key}", hint)
        yield Violation(RULE, None, problem, fails=each.is_over)


def _unexcused(
    versions: Versions, exceptions: VersionExceptions, but: VersionException | None = None
) -> dict[str, tuple[ProjectName, ...]]:
    """The projects of each version that no exception, `but` left out, lets have their own."""
    found: dict[str, tuple[ProjectName, ...]] = {}
    for used in versions.versions:
        kept = tuple(
            project
            for project in used.projects
            if not any(
                each.speaks_of(project)
                for each in exceptions.of(versions.name)
                if not each.is_over and each is not but
            )
        )
        if kept:
            found[used.version] = kept
    return found


def _is_needed(
    exception: VersionException, versions: Versions | None, exceptions: VersionExceptions
) -> bool:
    """Whether without it projects would drift that with it do not."""
    if versions is None:
        return False
    without = _unexcused(versions, exceptions, but=exception)
    return len(without) > 1 and without.keys() != _unexcused(versions, exceptions).keys()


def _drift(
    package: str,
    versions: Mapping[str, tuple[ProjectName, ...]],
    places: Mapping[ProjectName, RelPath],
) -> Violation:
    told = "; ".join(
        f"{version or 'built from source'} in {_listed(projects)}"
        for version, projects in versions.items()
    )
    message = f"has {len(versions)} versions where one is wanted: {told}"
    oldest = list(versions.values())[-1]
    hint = (
        f"lock one version, or record who may differ and until when in `{KEY}.version-exceptions`"
    )
    path = places.get(oldest[0], RelPath(MANIFEST))
    return Violation(RULE, None, Problem(path, message, f"package.{package}", hint), fails=True)


def _listed(projects: tuple[ProjectName, ...]) -> str:
    hidden = len(projects) - _SHOWN
    return ", ".join(projects[:_SHOWN]) + (f" and {hidden} more" if hidden > 0 else "")
