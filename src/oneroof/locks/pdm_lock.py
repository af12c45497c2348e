"""`pdm.lock`: formats 3 and 4, with or without inherited metadata and static URLs."""

from collections.abc import Iterable, Mapping

import msgspec

from oneroof.locks.document import check_version, convert, filename_of, locate
from oneroof.locks.model import (
    REGISTRY,
    Lock,
    LockedDependency,
    LockedFile,
    LockedPackage,
    LockSource,
    LockSourceKind,
)
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import normalise_name, parse_line, parse_reference
from oneroof.workspace.model import MAIN, extra

_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2")


class _File(msgspec.Struct, frozen=True):
    file: str = ""
    url: str = ""
    hash: str = ""


class _Package(msgspec.Struct, frozen=True):
    name: str
    version: str | None = None
    extras: list[str] = []
    requires_python: str = ""
    dependencies: list[str] = []
    groups: list[str] = []
    marker: str = ""
    files: list[_File] = []
    path: str = ""
    url: str = ""
    git: str = ""
    ref: str = ""
    revision: str = ""
    subdirectory: str = ""
    editable: bool = False


class _Target(msgspec.Struct, frozen=True):
    requires_python: str = ""


class _Metadata(msgspec.Struct, frozen=True):
    lock_version: str
    content_hash: str = ""
    targets: list[_Target] = []
    files: dict[str, list[_File]] = {}


class _Document(msgspec.Struct, frozen=True):
    metadata: _Metadata
    package: list[_Package] = []


class _Header(msgspec.Struct, frozen=True):
    metadata: _Metadata


def read(document: dict[str, object], path: RelPath) -> Lock:
    """The lock graph of a `pdm.lock`.

    Raises:
        LockError: it is not one, or of a later version.
    """
    metadata = convert(document, _Header).metadata
    check_version(metadata.lock_version, ("3", "4"), "metadata.lock_version")
    shape = convert(document, _Document)
    targets = {each.requires_python for each in metadata.targets}
    return Lock(
        path,
        "pdm",
        metadata.lock_version,
        _packages(shape.package, metadata.files, path),
        requires_python=targets.pop() if len(targets) == 1 else "",
        content_hash=metadata.content_hash,
        created_by="pdm",
    )


def _packages(
    shapes: list[_Package], files: Mapping[str, list[_File]], path: RelPath
) -> tuple[LockedPackage, ...]:
    """One package for each entry without extras, the edges of its extras added to it."""
    single = {
        (normalise_name(each.name), each.version, normalise_name(each.extras[0]))
        for each in shapes
        if len(each.extras) == 1
    }
    edges: dict[tuple[str, str | None], list[LockedDependency]] = {}
    packages: dict[tuple[str, str | None, str], LockedPackage] = {}
    for shape in shapes:
        name = normalise_name(shape.name)
        if not shape.extras:
            packages[name, shape.version, shape.marker] = _package(shape, files, path)
            continue
        found = edges.setdefault((name, shape.version), [])
        for each in sorted(normalise_name(each) for each in shape.extras):
            # What an entry for several extras holds cannot be told apart, unless each of them
            # has an entry of its own.
            if len(shape.extras) == 1 or (name, shape.version, each) not in single:
                found += [
                    msgspec.structs.replace(edge, kind=extra(each))
                    for edge in _dependencies(shape.dependencies)
                    if edge.name != name or edge.extras
                ]
        if not any(key[:2] == (name, shape.version) for key in packages):
            packages.setdefault((name, shape.version, ""), _package(shape, files, path, base=False))
    return tuple(
        msgspec.structs.replace(
            package, dependencies=(*package.dependencies, *edges.get(key[:2], ()))
        )
        for key, package in packages.items()
    )


def _package(
    shape: _Package, files: Mapping[str, list[_File]], path: RelPath, *, base: bool = True
) -> LockedPackage:
    listed = shape.files or files.get(f"{shape.name} {shape.version}", [])
    return LockedPackage(
        normalise_name(shape.name),
        shape.version,
        _source(shape, path),
        tuple(_dependencies(shape.dependencies)) if base else (),
        tuple(
            LockedFile(each.file or filename_of(each.url), each.url, each.hash) for each in listed
        ),
        marker=shape.marker,
        requires_python="" if shape.requires_python == "*" else shape.requires_python,
        groups=tuple(shape.groups),
    )


def _source(shape: _Package, path: RelPath) -> LockSource:
    if shape.git:
        reference = shape.revision or shape.ref
        return LockSource("git", shape.git, reference, shape.subdirectory, shape.editable)
    if shape.path:
        kind: LockSourceKind = "path" if shape.path.endswith(_ARCHIVES) else "directory"
        location = locate(path, shape.path)
        return LockSource(kind, location, "", shape.subdirectory, shape.editable)
    if shape.url:
        return LockSource("url", shape.url, subdirectory=shape.subdirectory)
    return REGISTRY


def _dependencies(lines: Iterable[str]) -> Iterable[LockedDependency]:
    for line in lines:
        parsed = parse_line(line)
        if not isinstance(parsed, str):
            yield LockedDependency(
                parsed.name, parsed.specifier, parsed.extras, parsed.marker, kind=MAIN
            )
        elif line.startswith("-e "):
            reference = parse_reference(line.removeprefix("-e "), editable=True)
            if reference.name:
                yield LockedDependency(reference.name, "", reference.extras)
