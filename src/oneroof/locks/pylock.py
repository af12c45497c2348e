"""`pylock.toml` and `pylock.NAME.toml` (PEP 751).

Its `dependencies` are for auditing only and must not decide what is installed: markers do.
"""

from typing import TYPE_CHECKING

from oneroof.locks.document import LockError, filename_of, locate
from oneroof.locks.model import Lock, LockedFile, LockedPackage, LockSource, registry
from oneroof.paths import RelPath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.pylock import Package


def read(document: dict[str, object], path: RelPath) -> Lock:
    """The packages of a `pylock.toml`.

    Raises:
        LockError: it breaks the specification, or is of a later version.
    """
    from packaging.pylock import Pylock, PylockUnsupportedVersionError, PylockValidationError

    try:
        pylock = Pylock.from_dict(document)
    except PylockUnsupportedVersionError as error:
        message = f"format `{document.get('lock-version')}` is not known, expected `1.0`"
        hint = "lock again with a tool version that writes it"
        raise LockError(message, key="lock-version", hint=hint) from error
    except PylockValidationError as error:
        message = f"{error.message[:1].lower()}{error.message[1:]}"
        raise LockError(message, key=error.context or "") from error
    return Lock(
        path,
        "pylock",
        str(pylock.lock_version),
        tuple(_package(each, path) for each in pylock.packages),
        requires_python=str(pylock.requires_python or ""),
        has_edges=False,
        created_by=pylock.created_by,
    )


def _package(package: "Package", path: RelPath) -> LockedPackage:
    return LockedPackage(
        str(package.name),
        str(package.version) if package.version else None,
        _source(package, path),
        files=tuple(_files(package)),
        marker=str(package.marker or ""),
        requires_python=str(package.requires_python or ""),
    )


def _source(package: "Package", path: RelPath) -> LockSource:
    if vcs := package.vcs:
        location = vcs.url or locate(path, vcs.path or "")
        return LockSource("git", location, vcs.commit_id, vcs.subdirectory or "")
    if directory := package.directory:
        return LockSource(
            "directory",
            locate(path, directory.path),
            subdirectory=directory.subdirectory or "",
            editable=bool(directory.editable),
        )
    if archive := package.archive:
        if archive.url:
            return LockSource("url", archive.url, subdirectory=archive.subdirectory or "")
        return LockSource(
            "path", locate(path, archive.path or ""), subdirectory=archive.subdirectory or ""
        )
    return registry(package.index or "")


def _files(package: "Package") -> "Iterable[LockedFile]":
    if archive := package.archive:
        location = archive.url or archive.path or ""
        yield LockedFile(
            filename_of(location), archive.url or "", _hash(archive.hashes), archive.size
        )
    if sdist := package.sdist:
        yield LockedFile(sdist.filename, sdist.url or "", _hash(sdist.hashes), sdist.size)
    for wheel in package.wheels or ():
        yield LockedFile(wheel.filename, wheel.url or "", _hash(wheel.hashes), wheel.size)


def _hash(hashes: "Mapping[str, str]") -> str:
    """SHA-256 where there is one, as that is what every installer checks."""
    for name in ("sha256", "sha512", "sha384"):
        if name in hashes:
            return f"{name}:{hashes[name]}"
    return next((f"{name}:{value}" for name, value in sorted(hashes.items())), "")
