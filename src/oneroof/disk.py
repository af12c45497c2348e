"""Writing files so that a reader, or the next run after a crash, sees the old or the new whole."""

import os
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def write_atomically(path: Path, content: bytes, mode: int | None = None) -> None:
    """Replace `path` by `content` in one step; parent folders are made.

    `mode` are the permissions it gets; by default only its owner may read it.
    """
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        if mode is not None:
            Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def cache_root() -> Path:
    """Where oneroof keeps what it can make again: `ONEROOF_CACHE_DIR`, else the user's cache."""
    if chosen := os.environ.get("ONEROOF_CACHE_DIR"):
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "oneroof"


def keep(path: Path, value: object) -> bool:
    """Write a value so that `recall` finds it whole or not at all; False where it is no text.

    Names that are not UTF-8 cannot be written: then nothing is kept, and worked out anew.
    """
    import hashlib

    import msgspec

    try:
        payload = msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        return False
    write_atomically(path, hashlib.sha256(payload).hexdigest().encode() + payload)
    return True


def recall(path: Path, kind: type[T]) -> T | None:
    """A value that was kept; None where there is none, or it is damaged or of another shape."""
    import hashlib

    import msgspec

    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, payload = content[:64], content[64:]
    if hashlib.sha256(payload).hexdigest().encode() != digest:
        return None
    try:
        return msgspec.msgpack.decode(payload, type=kind)
    except (msgspec.MsgspecError, ValueError):
        return None
