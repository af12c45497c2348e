"""Requirements files that pin every version, with hashes, as pip-compile and uv write them."""

import re
from collections.abc import Iterator

from oneroof.locks.document import LockError
from oneroof.locks.model import Lock, LockedFile, LockedPackage, LockSource, registry
from oneroof.paths import RelPath
from oneroof.workspace.dialects.requirements_lines import (
    PINNED,
    Line,
    Malformed,
    Wanted,
    parse_requirements,
)
from oneroof.workspace.model import Source

_INDEX = re.compile(r"\s*#\s*from\s+(\S+)\s*")


def read(text: str, path: RelPath) -> Lock:
    """The pins of a hashed requirements file.

    Folders that it lists, as `-e ./lib`, are projects and no pins; files it includes are locks
    of their own.

    Raises:
        LockError: a line is not pinned, or cannot be read.
    """
    return Lock(path, "requirements", "", tuple(_packages(text)), has_edges=False)


def _packages(text: str) -> Iterator[LockedPackage]:
    lines = parse_requirements(text)
    indexes = _indexes(text, lines)
    for line in lines:
        match line.content:
            case Malformed(reason):
                message = f"`{line.text}` is not a pin: {reason}"
                raise LockError(message, key=f"line {line.number}")
            case Wanted():
                package = _package(line, line.content, indexes.get(line.number, ""))
                if package is not None:
                    yield package
            case _:
                pass


def _indexes(text: str, lines: tuple[Line, ...]) -> dict[int, str]:
    """The index each line's package is from, as uv notes it in a comment below the line."""
    found: dict[int, str] = {}
    starts = [line.number for line in lines]
    for number, line in enumerate(text.splitlines(), 1):
        if match := _INDEX.fullmatch(line):
            above = [start for start in starts if start < number]
            if above:
                found[above[-1]] = match[1]
    return found


def _package(line: Line, wanted: Wanted, index: str) -> LockedPackage | None:
    parsed, reference = wanted.parsed, wanted.reference
    name = parsed.name if parsed else reference.name if reference else ""
    source = reference.source if reference else parsed.source if parsed else None
    if not name or (source is not None and source.editable):
        return None
    match = PINNED.fullmatch(parsed.specifier) if parsed else None
    if match is None and source is None:
        message = f"`{name}` is not pinned to one version"
        raise LockError(message, key=f"line {line.number}", hint="compile it with hashes")
    hashes = (
        *wanted.hashes,
        *(parsed.hashes if parsed else ()),
        *(reference.hashes if reference else ()),
    )
    return LockedPackage(
        name,
        match[1] if match else None,
        _source(source, index),
        files=tuple(LockedFile("", "", each) for each in dict.fromkeys(hashes)),
        marker=wanted.marker or (parsed.marker if parsed else ""),
    )


def _source(source: Source | None, index: str) -> LockSource:
    if source is None:
        return registry(index)
    match source.kind:
        case "git":
            return LockSource("git", source.location, source.reference, source.subdirectory)
        case "path":
            return LockSource("path", source.location, subdirectory=source.subdirectory)
        case _:
            return LockSource("url", source.location, subdirectory=source.subdirectory)
