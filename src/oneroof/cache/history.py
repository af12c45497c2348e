"""The last run of each target of a workspace, for `explain` and for running the longest first.

One file per workspace, replaced whole under a lock. It only advises: where it cannot be read or
written, nothing else changes.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from oneroof.actions.digest import Digest
from oneroof.actions.result import Status
from oneroof.disk import write_atomically

_KEPT_SECONDS = 180 * 24 * 60 * 60
_VERSION = 1


class LastRun(msgspec.Struct, frozen=True):
    """How a target ended when it was last run, whatever the outcome."""

    target: str
    """`ml:test`"""
    action_digest: Digest
    """Also names the action's canonical form in the content store."""
    status: Status
    duration_seconds: float
    finished_at: float
    """Seconds since the epoch."""
    stdout_digest: Digest | None = None


class _File(msgspec.Struct, frozen=True):
    version: int
    runs: list[LastRun]


_decoder = msgspec.json.Decoder(_File)


class History:
    """The record of one workspace below a cache's folder, keyed by the workspace's path."""

    def __init__(self, cache_root: Path, workspace_root: Path) -> None:
        key = hashlib.sha256(os.fsencode(workspace_root)).hexdigest()
        self._path = cache_root / "history" / f"{key}.json"

    def load(self) -> dict[str, LastRun]:
        """The last run of each target; empty where nothing readable is there."""
        try:
            file = _decoder.decode(self._path.read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return {}
        return {run.target: run for run in file.runs} if file.version == _VERSION else {}

    def record(self, runs: Iterable[LastRun]) -> bool:
        """Add runs to what other processes recorded meanwhile; False where that is impossible."""
        try:
            with _locked(self._path.with_suffix(".lock")):
                merged = merge(self.load(), runs)
                content = msgspec.json.encode(_File(_VERSION, list(merged.values())))
                write_atomically(self._path, content)
        except OSError:
            return False
        return True


def merge(old: Mapping[str, LastRun], runs: Iterable[LastRun]) -> dict[str, LastRun]:
    """Keep each target's latest run, sorted by target; what is half a year older goes."""
    merged = dict(old)
    for run in runs:
        known = merged.get(run.target)
        if known is None or known.finished_at <= run.finished_at:
            merged[run.target] = run
    latest = max((run.finished_at for run in merged.values()), default=0.0)
    return {
        target: merged[target]
        for target in sorted(merged)
        if latest - merged[target].finished_at <= _KEPT_SECONDS
    }


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        # Released when the file is closed, and by the kernel when the process dies.
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
