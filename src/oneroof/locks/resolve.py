"""Pins for what no lock holds: resolved once by uv, then kept in the cache.

What is resolved is the whole of a request; the same request always gives the same pins, for as
long as the cache is kept.
"""

import hashlib
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from oneroof import disk
from oneroof.locks.model import Pin, Pins
from oneroof.locks.redaction import without_credentials
from oneroof.locks.request import Request
from oneroof.workspace.model import Requirement

_FORMAT = 2
RESOLVER_VARIABLES = (
    "UV_CONSTRAINT",
    "UV_DEFAULT_INDEX",
    "UV_EXCLUDE_NEWER",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INDEX",
    "UV_INDEX_STRATEGY",
    "UV_INDEX_URL",
    "UV_NO_BINARY",
    "UV_NO_BUILD",
    "UV_OVERRIDE",
    "UV_PRERELEASE",
    "UV_RESOLUTION",
    "UV_TORCH_BACKEND",
)
"""What uv reads from the environment and what changes its answer."""


def resolve(request: Request, root: Path, on_miss: Callable[[], None] | None = None) -> Pins:
    """The pins that meet a request, with hashes, from the cache where they were resolved before.

    `root` is the workspace's folder, to which paths in requirements are relative. `on_miss` is
    told before uv is asked.

    Raises:
        ResolutionError: there is no solution, or no way to find it.
    """
    wanted = tuple(each for each in request.requirements if each.name not in request.exclude_names)
    if not wanted:
        return Pins(())
    request = msgspec.structs.replace(request, requirements=wanted)
    path = disk.cache_root() / "pins" / f"{digest_of(request)}.json"
    known = _load(path)
    if known is not None:
        return Pins(known)
    if on_miss is not None:
        on_miss()
    from oneroof.locks.uv import compile_pins

    pins = tuple(
        pin for pin in compile_pins(request, root) if pin.name not in request.exclude_names
    )
    _store(path, pins)
    return Pins(pins)


def digest_of(request: Request) -> str:
    """The digest of everything that decides the pins; order and credentials do not count."""
    import msgspec

    machine = request.python_platform or f"{sys.platform} {platform.machine()}"
    content = {
        "format": _FORMAT,
        "requirements": sorted({_line(each) for each in request.requirements}),
        "constraints": sorted(
            without_credentials(each.requirement) for each in request.constraints
        ),
        "preferences": sorted(
            without_credentials(each.requirement) for each in request.preferences
        ),
        "exclude": sorted(request.exclude_names),
        "python": [request.python_version, machine],
        # Indexes are asked in their order.
        "indexes": [
            [each.name, without_credentials(each.url), each.explicit, each.default]
            for each in request.indexes
        ],
        "environment": {
            name: without_credentials(os.environ[name])
            for name in RESOLVER_VARIABLES
            if name in os.environ
        },
    }
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _line(requirement: Requirement) -> str:
    sources = (
        f"{source.kind} {without_credentials(source.location)} {source.name} {source.reference} "
        f"{source.subdirectory} {source.marker} {_base(requirement, source.kind)}"
        for source in requirement.sources
    )
    return " | ".join((requirement.pep508, *sources))


def _base(requirement: Requirement, kind: str) -> str:
    return requirement.declared_in if kind == "path" else ""


def _load(path: Path) -> tuple[Pin, ...] | None:
    """What was stored; None where it is absent or was damaged."""
    import msgspec

    try:
        checksum, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(body).hexdigest().encode() != checksum:
        return None
    try:
        return msgspec.json.decode(body, type=tuple[Pin, ...])
    except msgspec.MsgspecError:
        return None


def _store(path: Path, pins: tuple[Pin, ...]) -> None:
    import msgspec

    body = msgspec.json.encode(pins)
    checksum = hashlib.sha256(body).hexdigest().encode()
    disk.write_atomically(path, checksum + b"\n" + body)
