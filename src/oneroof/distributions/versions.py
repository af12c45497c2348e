"""The version that follows another one, and what tags say of versions. Pure."""

import re
from collections.abc import Iterable
from enum import Enum

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from oneroof.errors import ConfigError

_TAG = re.compile(r"(?P<prefix>|v|.*[-_/@]v?)(?P<version>\d[^-/@]*)")


class Part(Enum):
    """The number of a version that is raised; those behind it become 0."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


Step = Part | Version
"""What is raised, or what a version becomes."""


def read_step(text: str) -> Step:
    """A part or a version, as the command line has it.

    Raises:
        ConfigError: it is neither.
    """
    try:
        return Part(text)
    except ValueError:
        pass
    try:
        return Version(text)
    except InvalidVersion as error:
        message = f"`{text}` is neither `major`, `minor`, `patch` nor a version"
        raise ConfigError(message, hint="give one of them") from error


def parse_version(text: str) -> Version:
    """A version as a manifest has it.

    Raises:
        ConfigError: it is none.
    """
    try:
        return Version(text)
    except InvalidVersion as error:
        message = f"`{text}` is no version (PEP 440)" if text else "it has no version"
        raise ConfigError(message) from error


def next_version(old: Version, step: Step) -> Version:
    """The version after a step, with as many numbers as the old one, if they suffice.

    Of a pre-release the step may lead to the release itself.

    Raises:
        ConfigError: it would not be higher.
    """
    if isinstance(step, Version):
        if step <= old:
            message = f"{step} is not higher than its version {old}"
            raise ConfigError(message)
        return step
    place = list(Part).index(step)
    numbers = [*old.release, *[0] * (place + 1 - len(old.release))]
    is_reached = old.is_prerelease and not any(numbers[place + 1 :])
    if not is_reached:
        numbers[place] += 1
        numbers[place + 1 :] = [0] * (len(numbers) - place - 1)
    epoch = f"{old.epoch}!" if old.epoch else ""
    return Version(epoch + ".".join(map(str, numbers)))


def parse_tag(tags: Iterable[str], name: str) -> tuple[str, Version] | None:
    """The prefix and the version of a project's latest tag.

    Tags that name the project count before those that name none; others do not count.
    """
    own: list[tuple[Version, str]] = []
    common: list[tuple[Version, str]] = []
    for tag in tags:
        found = _TAG.fullmatch(tag)
        try:
            version = Version(found["version"]) if found is not None else None
        except InvalidVersion:
            version = None
        if found is None or version is None:
            continue
        prefix = found["prefix"]
        named = canonicalize_name(prefix.removesuffix("v").rstrip("-_/@"))
        if named == canonicalize_name(name):
            own.append((version, prefix))
        elif not named:
            common.append((version, prefix))
    latest = max(own or common, default=None)
    return None if latest is None else (latest[1], latest[0])
