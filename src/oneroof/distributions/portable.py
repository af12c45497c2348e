"""Metadata that holds on any machine: paths of this one become plain requirements."""

from collections.abc import Mapping
from enum import Enum

import msgspec
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version


class Policy(Enum):
    """What a wheel asks of the internal projects it needs, where its manifest leaves it open."""

    RANGE = "range"
    """This version or a later one that is compatible by semantic versioning."""
    EXACT = "exact"
    """This version."""
    BARE = "bare"
    """Any version."""


class Portable(msgspec.Struct, frozen=True):
    """The text of a METADATA file without paths, and what could not be mended."""

    text: str
    left: tuple[str, ...] = ()
    """Requirements that still name a place on this machine."""


def make_portable(text: str, internal: Mapping[str, str], policy: Policy) -> Portable:
    """Rewrite the `Requires-Dist` lines of a METADATA file, leaving all others as they are.

    `internal` gives the version of each internal project, by normalised name. What a manifest
    demands of one is kept; where it demands nothing, or a path, `policy` decides.
    """
    head, blank, body = text.partition("\n\n")
    left: list[str] = []
    lines = []
    for line in head.split("\n"):
        key, _, value = line.partition(":")
        if key.strip().lower() == "requires-dist":
            told = _portable_requirement(value.strip(), internal, policy, left)
            lines.append(f"{key}: {told}")
        else:
            lines.append(line)
    return Portable("\n".join(lines) + blank + body, tuple(left))


def _portable_requirement(
    text: str, internal: Mapping[str, str], policy: Policy, left: list[str]
) -> str:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return text
    version = internal.get(canonicalize_name(requirement.name))
    local = requirement.url is not None and requirement.url.startswith("file:")
    if version is None:
        if local:
            left.append(text)
        return text
    if not local and (requirement.url is not None or requirement.specifier):
        return text
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    marker = f" ; {requirement.marker}" if requirement.marker is not None else ""
    return f"{requirement.name}{extras}{specifier(version, policy)}{marker}"


def specifier(version: str, policy: Policy) -> str:
    """What `policy` demands of a project that has this version now."""
    try:
        parsed = Version(version)
    except InvalidVersion:
        return ""
    if policy is Policy.BARE:
        return ""
    if policy is Policy.EXACT:
        return f"=={parsed}"
    return f">={parsed.public},<{_next_breaking(parsed)}"


def _next_breaking(version: Version) -> str:
    """The first version that may break: the next major one, or minor one before 1.0."""
    if version.major:
        return str(version.major + 1)
    return f"0.{version.minor + 1}"


def read_identity(text: str) -> tuple[str, str]:
    """Name and version of a METADATA file; empty where it has none."""
    raw, _ = parse_email(text)
    return raw.get("name", ""), raw.get("version", "")
