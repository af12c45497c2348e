"""Entries as a tar file that depends on nothing else: not on who writes it, where or when."""

import os
import tarfile
from collections.abc import Iterator, Mapping

from oneroof.errors import ConfigError
from oneroof.images.entries import Entries, Entry, parents

EPOCH = 315619200
"""2 January 1980: zip files cannot hold an earlier date, whatever the time zone."""
_BLOCK = 512
_FILE, _PROGRAM, _FOLDER, _LINK = 0o644, 0o755, 0o755, 0o777


def epoch(environ: Mapping[str, str] = os.environ) -> int:
    """The time of all files: `SOURCE_DATE_EPOCH`, else 2 January 1980.

    Raises:
        ConfigError: the variable holds no whole number.
    """
    text = environ.get("SOURCE_DATE_EPOCH", "").strip()
    if not text:
        return EPOCH
    if not (text.isascii() and text.isdecimal() and len(text) < 12):  # noqa: PLR2004  until 33658
        message = f"SOURCE_DATE_EPOCH is `{text}`, but a number of seconds was expected"
        raise ConfigError(message, hint="unset it for 2 January 1980")
    return int(text)


def write_tar(entries: Entries, time: int) -> Iterator[bytes]:
    """The bytes of a tar file, bit by bit: paths in order, each folder before what it holds."""
    folders = {folder for path in entries for folder in parents(path)}
    for path in sorted({*entries, *folders}, key=os.fsencode):
        entry = entries.get(path)
        yield _header(path, entry, time)
        if entry is None or entry.is_link:
            continue
        content = entry.load()
        yield content
        yield b"\0" * (-len(content) % _BLOCK)
    yield b"\0" * (2 * _BLOCK)


def _header(path: str, entry: Entry | None, time: int) -> bytes:
    info = tarfile.TarInfo(path)
    info.mtime = time
    if entry is None:
        info.type, info.mode = tarfile.DIRTYPE, _FOLDER
    elif entry.is_link:
        info.type, info.mode = tarfile.SYMTYPE, _LINK
        info.linkname = entry.load().decode()
    else:
        info.mode = _PROGRAM if entry.is_program else _FILE
        info.size = entry.digest.size_bytes
    # PAX records are added only to what has no place in the old header.
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
