"""`poetry.lock`: 1.0 and 1.1 (files listed apart), 2.0, 2.1 (markers and groups)."""

import re
from typing import TYPE_CHECKING

import msgspec

from oneroof.locks.document import check_version, convert, locate
from oneroof.locks.model import (
    Lock,
    LockedDependency,
    LockedFile,
    LockedPackage,
    LockSource,
    registry,
)
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.poetry_constraints import ConstraintError, to_specifier
from oneroof.workspace.model import MAIN, extra

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OLD_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)")
_EXTRA_MARKER = re.compile(r"\bextra\s*==\s*[\"']([^\"']+)[\"']")


class _Shape(msgspec.Struct, frozen=True, rename="kebab"):
    """Keys are written with dashes."""


class _File(_Shape, frozen=True):
    file: str
    hash: str = ""
    url: str = ""


class _Source(_Shape, frozen=True):
    type: str
    url: str = ""
    reference: str = ""
    resolved_reference: str = msgspec.field(default="", name="resolved_reference")
    subdirectory: str = ""


class _Dependency(_Shape, frozen=True):
    version: str = ""
    markers: str = ""
    extras: list[str] = []
    optional: bool = False


_Constraint = str | _Dependency
_Listed = str | _Dependency | list[_Constraint]


class _Package(_Shape, frozen=True):
    name: str
    version: str
    python_versions: str = "*"
    files: list[_File] = []
    dependencies: dict[str, _Listed] = {}
    extras: dict[str, list[str]] = {}
    source: _Source | None = None
    markers: str | dict[str, str] = ""
    groups: list[str] = []
    category: str = ""
    develop: bool = False


class _Metadata(_Shape, frozen=True):
    lock_version: str = "1.0"
    python_versions: str = "*"
    content_hash: str = ""
    files: dict[str, list[_File]] = {}
    hashes: dict[str, list[str]] = {}


class _Document(_Shape, frozen=True):
    metadata: _Metadata
    package: list[_Package] = []


class _Header(_Shape, frozen=True):
    metadata: _Metadata


def read(document: dict[str, object], path: RelPath) -> Lock:
    """The lock graph of a `poetry.lock`.

    Raises:
        LockError: it is not one, or of a later version.
    """
    metadata = convert(document, _Header).metadata
    check_version(metadata.lock_version, ("1", "2"), "metadata.lock-version")
    shape = convert(document, _Document)
    files = {normalise_name(name): each for name, each in metadata.files.items()}
    for name, hashes in metadata.hashes.items():
        # Poetry 1.0 listed bare SHA-256 digests.
        files.setdefault(normalise_name(name), [_File("", f"sha256:{each}") for each in hashes])
    return Lock(
        path,
        "poetry",
        metadata.lock_version,
        tuple(_package(each, files, path) for each in shape.package),
        requires_python=_specifier(metadata.python_versions, python=True),
        content_hash=metadata.content_hash,
        created_by="poetry",
    )


def _package(shape: _Package, files: "Mapping[str, list[_File]]", path: RelPath) -> LockedPackage:
    name = normalise_name(shape.name)
    # `metadata.files` lists the files of all versions of a name together.
    listed = shape.files or [
        each for each in files.get(name, ()) if _is_of_version(each.file, shape.version)
    ]
    source = _source(shape, path)
    dependencies = tuple(
        each for name, listed in shape.dependencies.items() for each in _edges(name, listed)
    )
    return LockedPackage(
        name,
        shape.version,
        source,
        _with_extras(dependencies, shape.extras),
        tuple(LockedFile(each.file, each.url or _url(source), each.hash) for each in listed),
        marker=_marker(shape.markers),
        requires_python=_specifier(shape.python_versions, python=True),
        groups=tuple(shape.groups) or ((shape.category,) if shape.category else ()),
    )


def _url(source: LockSource) -> str:
    return source.location if source.kind == "url" else ""


def _marker(shape: str | dict[str, str]) -> str:
    """One marker per group is written as a table; the package is used where any holds."""
    if isinstance(shape, str):
        return shape
    return " or ".join(f"({each})" for each in shape.values()) if all(shape.values()) else ""


def _specifier(text: str, *, python: bool = False) -> str:
    """PEP 440 for what a lock says; what cannot be said allows any version."""
    try:
        return to_specifier(text, python=python).specifier
    except ConstraintError:
        return ""


def _edges(name: str, shape: _Listed) -> "Iterable[LockedDependency]":
    for each in shape if isinstance(shape, list) else [shape]:
        constraint = _Dependency(each) if isinstance(each, str) else each
        yield LockedDependency(
            normalise_name(name),
            _specifier(constraint.version),
            tuple(sorted(normalise_name(extra) for extra in constraint.extras)),
            constraint.markers,
            # The kind `optional` is replaced once the extras are known.
            kind=extra("") if constraint.optional else MAIN,
        )


def _with_extras(
    dependencies: tuple[LockedDependency, ...], extras: "Mapping[str, list[str]]"
) -> tuple[LockedDependency, ...]:
    """Give optional dependencies the extras that list them.

    A dependency without its extra listed keeps what its own marker says (`extra == "x"`).
    """
    by_name: dict[str, list[str]] = {}
    for extra_name, listed in extras.items():
        for line in listed:
            match = _OLD_REQUIREMENT.match(line.strip())
            if match:
                by_name.setdefault(normalise_name(match[1]), []).append(normalise_name(extra_name))
    found = []
    for dependency in dependencies:
        if dependency.kind == MAIN:
            found.append(dependency)
            continue
        named = [normalise_name(each) for each in _EXTRA_MARKER.findall(dependency.marker)]
        wanted = sorted({*named} or {*by_name.get(dependency.name, ())})
        found += [msgspec.structs.replace(dependency, kind=extra(each)) for each in wanted]
    return tuple(found)


def _source(shape: _Package, path: RelPath) -> LockSource:
    source = shape.source
    if source is None:
        return registry("")
    match source.type:
        case "directory":
            return LockSource("directory", locate(path, source.url), editable=shape.develop)
        case "file":
            return LockSource("path", locate(path, source.url), subdirectory=source.subdirectory)
        case "url":
            return LockSource("url", source.url, subdirectory=source.subdirectory)
        case "git":
            reference = source.resolved_reference or source.reference
            return LockSource("git", source.url, reference, source.subdirectory)
        case _:
            return registry(source.url, source.reference)


def _is_of_version(filename: str, version: str) -> bool:
    """Whether a wheel or sdist is of this version; names that tell nothing count."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )
    from packaging.version import InvalidVersion, Version

    try:
        wanted = Version(version)
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1] == wanted
        if filename.endswith((".tar.gz", ".zip")):
            return parse_sdist_filename(filename)[1] == wanted
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
        pass
    return True
