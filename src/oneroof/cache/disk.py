"""The cache on this machine's disk: `cas/` and `ac/` below one folder, shared by all processes.

Files are replaced whole, and every content is checked against a digest when it is read, so that
a crash, a full disk or a flipped bit is a miss. Paths are plain strings here: a run over a
thousand targets looks up some thousands of them before it has anything to show.
"""

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult
from oneroof.cache.storage import require_passed
from oneroof.disk import write_atomically

Warn = Callable[[str], None]

_DAY_SECONDS = 24 * 60 * 60
_CHUNK_BYTES = 1 << 16


class _Entry(msgspec.Struct, frozen=True):
    """The file of one action: it names its action, so that a misplaced file is no hit."""

    action_digest: Digest
    result: ActionResult


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Entry)


class _Degradation:
    """Says once that the cache cannot be used fully."""

    def __init__(self, warn: Warn) -> None:
        self._warn = warn
        self._said = False

    def __call__(self, what: str, error: OSError) -> None:
        if not self._said:
            self._said = True
            self._warn(f"the cache {what}: {error.filename or ''}: {error.strerror or error}")


class DiskCache:
    """The two halves of the cache below one folder.

    `warn` gets at most one sentence, when the disk cannot be read or written; work goes on.
    """

    def __init__(self, root: Path, warn: Warn) -> None:
        degradation = _Degradation(warn)
        self.storage = DiskStorage(root / "cas", degradation)
        self.actions = DiskActionCache(root / "ac", self.storage, degradation)


class DiskStorage:
    """A ContentAddressableStorage of one file per blob."""

    def __init__(self, root: Path, on_error: Callable[[str, OSError], None]) -> None:
        self._root = str(root)
        self._on_error = on_error

    def find_missing_blobs(self, digests: Iterable[Digest]) -> list[Digest]:
        """Those of `digests` that are not here with their right size."""
        return [digest for digest in digests if not self.contains(digest)]

    def contains(self, digest: Digest) -> bool:
        """Whether a file of the right size is here; counts as a use of the blob."""
        path = self._path(digest)
        try:
            found = os.stat(path)  # noqa: PTH116 - pathlib costs more than the system call
        except OSError:
            return False
        if found.st_size != digest.size_bytes or not stat.S_ISREG(found.st_mode):
            return False
        _touch(path, found.st_mtime)
        return True

    def read(self, digest: Digest) -> bytes | None:
        """A blob's verified content; a corrupt file is removed."""
        path = self._path(digest)
        content = _read(path, self._on_error)
        if content is None:
            return None
        if len(content) == digest.size_bytes and _sha256(content) == digest.hash:
            return content
        _remove(path)
        return None

    def write(self, content: bytes) -> Digest:
        """Store a blob and name it; a file that is here already is verified."""
        digest = Digest.of(content)
        if not self.contains(digest) or self.read(digest) is None:
            _write(self._path(digest), content, self._on_error)
        return digest

    def locate(self, digest: Digest) -> Path | None:
        """The file of a blob that is too large to be read at once; its content is not verified."""
        return Path(self._path(digest)) if self.contains(digest) else None

    @contextmanager
    def incoming(self) -> "Iterator[Incoming]":
        """A stream for a blob that is too large for memory; what is not kept vanishes.

        Raises:
            OSError: it cannot be written.
        """
        folder = Path(self._root, "incoming")  # Pruning looks for what was left behind here, too.
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=".", dir=folder, delete=False) as file:
            incoming = Incoming(file)
            try:
                yield incoming
                if incoming.digest is not None:
                    file.close()
                    target = Path(self._path(incoming.digest))
                    target.parent.mkdir(exist_ok=True)
                    Path(file.name).replace(target)
            finally:
                Path(file.name).unlink(missing_ok=True)

    def _path(self, digest: Digest) -> str:
        return f"{self._root}/{digest.hash[:2]}/{digest.hash}"


class Incoming:
    """A blob on its way into the storage."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.digest: Digest | None = None

    def keep(self, digest: Digest) -> None:
        """Say that what was written is whole, and what it is."""
        self.digest = digest


class DiskActionCache:
    """An ActionCache of one small file per action.

    A file's first line is the SHA-256 of the second, which is the entry as JSON.
    """

    def __init__(
        self, root: Path, storage: DiskStorage, on_error: Callable[[str, OSError], None]
    ) -> None:
        self._root = str(root)
        self._storage = storage
        self._on_error = on_error

    def get_action_result(self, action_digest: Digest) -> ActionResult | None:
        """A stored result whose blobs are all here; a corrupt file is removed."""
        path = self._path(action_digest)
        content = _read(path, self._on_error, touch=True)
        if content is None:
            return None
        entry = _parse(content)
        if entry is None or entry.action_digest != action_digest:
            _remove(path)
            return None
        for digest in entry.result.digests():
            if not self._storage.contains(digest):
                return None
        return entry.result

    def update_action_result(self, action_digest: Digest, result: ActionResult) -> None:
        """Store a result, unless one of its blobs could not be stored.

        Raises:
            ValueError: the result did not pass.
        """
        require_passed(result)
        if self._storage.find_missing_blobs(result.digests()):
            return
        payload = _encoder.encode(_Entry(action_digest, result))
        content = _sha256(payload).encode() + b"\n" + payload
        _write(self._path(action_digest), content, self._on_error)

    def _path(self, digest: Digest) -> str:
        return f"{self._root}/{digest.hash[:2]}/{digest.hash}"


def _parse(content: bytes) -> _Entry | None:
    checksum, _, payload = content.partition(b"\n")
    if _sha256(payload).encode() != checksum:
        return None
    try:
        entry = _decoder.decode(payload)
    except msgspec.MsgspecError:
        # Written by another version of oneroof, whose results had other fields.
        return None
    return entry if entry.result.status == "passed" else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(
    path: str, on_error: Callable[[str, OSError], None], *, touch: bool = False
) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        on_error("cannot be read", error)
        return None
    try:
        if touch:
            _touch(path, os.fstat(handle).st_mtime)
        chunks = []
        while chunk := os.read(handle, _CHUNK_BYTES):
            chunks.append(chunk)
    except OSError as error:
        on_error("cannot be read", error)
        return None
    finally:
        os.close(handle)
    return b"".join(chunks)


def _write(path: str, content: bytes, on_error: Callable[[str, OSError], None]) -> None:
    try:
        write_atomically(Path(path), content)
    except OSError as error:
        on_error("cannot be written", error)


def _touch(path: str, used: float) -> None:
    """Mark a file as used, at most once a day: pruning needs no more, and lookups stay reads."""
    if time.time() - used > _DAY_SECONDS:
        try:
            os.utime(path)
        except OSError:
            return  # a cache that can only be read has nobody to prune it either


def _remove(path: str) -> None:
    try:
        os.unlink(path)  # noqa: PTH108 - as above
    except OSError:
        return
