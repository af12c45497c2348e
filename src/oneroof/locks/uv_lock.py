"""`uv.lock`, version 1 in all its revisions."""

import re
from urllib.parse import parse_qs, urlsplit, urlunsplit

import msgspec

from oneroof import paths
from oneroof.locks.document import LockError, check_version, convert, filename_of, locate
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
from oneroof.workspace.model import MAIN, Kind, extra, group

_EXTRA = re.compile(r"extra == '([^']+)'")


class _Shape(msgspec.Struct, frozen=True, rename="kebab"):
    """Keys are written with dashes."""


class _Source(_Shape, frozen=True):
    registry: str | None = None
    git: str | None = None
    url: str | None = None
    path: str | None = None
    directory: str | None = None
    editable: str | None = None
    virtual: str | None = None
    subdirectory: str = ""


class _Dependency(_Shape, frozen=True):
    name: str
    version: str | None = None
    source: _Source | None = None
    extra: list[str] = []
    extras: list[str] = []
    marker: str = ""
    specifier: str = ""
    git: str = ""


class _File(_Shape, frozen=True):
    url: str = ""
    path: str = ""
    filename: str = ""
    hash: str = ""
    size: int | None = None


class _Metadata(_Shape, frozen=True):
    requires_dist: list[_Dependency] = []
    requires_dev: dict[str, list[_Dependency]] = {}


class _Package(_Shape, frozen=True):
    name: str
    source: _Source
    version: str | None = None
    dependencies: list[_Dependency] = []
    optional_dependencies: dict[str, list[_Dependency]] = {}
    dev_dependencies: dict[str, list[_Dependency]] = {}
    sdist: _File | None = None
    wheels: list[_File] = []
    metadata: _Metadata | None = None
    resolution_markers: list[str] = []


class _Manifest(_Shape, frozen=True):
    overrides: list[_Dependency] = []
    requirements: list[_Dependency] = []
    dependency_groups: dict[str, list[_Dependency]] = {}


class _Document(_Shape, frozen=True):
    version: int
    revision: int = 0
    requires_python: str = ""
    package: list[_Package] = []
    # Before version 1 was settled, packages stood under `distribution`.
    distribution: list[_Package] = []
    manifest: _Manifest = _Manifest()


class _Header(_Shape, frozen=True):
    version: int


def read(document: dict[str, object], path: RelPath) -> Lock:
    """The lock graph of a `uv.lock`.

    Raises:
        LockError: it is not one, or of a later version.
    """
    check_version(str(convert(document, _Header).version), ("1",), "version")
    shape = convert(document, _Document)
    if not shape.package and shape.distribution:
        message = "was written by a preview of uv"
        raise LockError(message, key="distribution", hint="run `uv lock`")
    return Lock(
        path,
        "uv",
        f"{shape.version}.{shape.revision}",
        (*_nameless_root(shape.manifest, path), *(_package(each, path) for each in shape.package)),
        requires_python=shape.requires_python,
        overrides=frozenset(normalise_name(each.name) for each in shape.manifest.overrides),
        created_by="uv",
    )


def _package(shape: _Package, path: RelPath) -> LockedPackage:
    dependencies = [_dependency(each, MAIN, path) for each in shape.dependencies]
    for name, listed in shape.optional_dependencies.items():
        kind = extra(normalise_name(name))
        dependencies += [_dependency(each, kind, path) for each in listed]
    for name, listed in shape.dev_dependencies.items():
        dependencies += [_dependency(each, group(normalise_name(name)), path) for each in listed]
    files = [*([shape.sdist] if shape.sdist else []), *shape.wheels]
    source = _source(shape.source, path)
    return LockedPackage(
        normalise_name(shape.name),
        shape.version,
        source,
        tuple(dependencies),
        tuple(_file(each, source, path) for each in files),
        marker=_either(shape.resolution_markers),
        declared=None if shape.metadata is None else _declared(shape.metadata, path),
    )


def _nameless_root(shape: _Manifest, path: RelPath) -> tuple[LockedPackage, ...]:
    """What a root without `[project]` requires, as a package without name in its folder."""
    found = [_dependency(each, MAIN, path) for each in shape.requirements]
    for name, listed in shape.dependency_groups.items():
        found += [_dependency(each, group(normalise_name(name)), path) for each in listed]
    if not found:
        return ()
    source = LockSource("workspace", paths.parent(path))
    # The versions are not noted here, and specifiers belong to what was declared.
    edges = tuple(msgspec.structs.replace(each, specifier="") for each in found)
    return (LockedPackage("", None, source, edges, declared=tuple(found)),)


def _either(markers: list[str]) -> str:
    return markers[0] if len(markers) == 1 else " or ".join(f"({each})" for each in markers)


def _declared(shape: _Metadata, path: RelPath) -> tuple[LockedDependency, ...]:
    found = []
    for each in shape.requires_dist:
        kinds = [extra(normalise_name(name)) for name in _EXTRA.findall(each.marker)]
        found += [_dependency(each, kind, path) for kind in kinds or [MAIN]]
    for name, listed in shape.requires_dev.items():
        found += [_dependency(each, group(normalise_name(name)), path) for each in listed]
    return tuple(found)


def _dependency(shape: _Dependency, kind: Kind, path: RelPath) -> LockedDependency:
    extras = shape.extra or shape.extras
    return LockedDependency(
        normalise_name(shape.name),
        shape.specifier,
        tuple(sorted(normalise_name(each) for each in extras)) if extras else (),
        shape.marker,
        shape.version,
        kind,
        _edge_source(shape, path),
    )


def _edge_source(shape: _Dependency, path: RelPath) -> LockSource | None:
    if shape.git:
        return _git(shape.git)
    return None if shape.source is None else _source(shape.source, path)


def _source(shape: _Source, path: RelPath) -> LockSource:
    if shape.registry is not None:
        local = "://" not in shape.registry
        return registry(locate(path, shape.registry) if local else shape.registry)
    if shape.git is not None:
        return _git(shape.git)
    if shape.url is not None:
        return LockSource("url", shape.url, subdirectory=shape.subdirectory)
    if shape.path is not None:
        return LockSource("path", locate(path, shape.path), subdirectory=shape.subdirectory)
    return _folder(shape, path)


def _folder(shape: _Source, path: RelPath) -> LockSource:
    if shape.directory is not None:
        return LockSource("directory", locate(path, shape.directory))
    if shape.editable is not None:
        return LockSource("workspace", locate(path, shape.editable), editable=True)
    if shape.virtual is not None:
        return LockSource("workspace", locate(path, shape.virtual))
    message = "a package has a source of no known kind"
    raise LockError(message, key="package.source", hint="run `uv lock` with a version known here")


def _git(text: str) -> LockSource:
    """`https://host/repository?branch=main&subdirectory=a%2Fb#commit`."""
    parts = urlsplit(text)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    asked = query.get("rev") or query.get("tag") or query.get("branch") or ""
    url = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    return LockSource("git", url, parts.fragment or asked, query.get("subdirectory", ""))


def _file(shape: _File, source: LockSource, path: RelPath) -> LockedFile:
    url = shape.url
    if not url and shape.path:
        # A local index lists files relative to itself.
        base = source.location if source.kind == "registry" else ""
        url = f"{base}/{shape.path}" if base else locate(path, shape.path)
    filename = shape.filename or filename_of(url or source.location)
    return LockedFile(filename, url, shape.hash, shape.size)
