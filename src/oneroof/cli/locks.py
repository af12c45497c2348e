"""What `lock`, `check` and the status ask of the locks of a workspace."""

from collections.abc import Mapping, Sequence

from oneroof.changes.snapshot import Opened
from oneroof.errors import Problem
from oneroof.locks.model import Lock
from oneroof.locks.read import read_lock
from oneroof.locks.staleness import LockFinding, check_locks
from oneroof.paths import RelPath

Locks = tuple[Mapping[RelPath, Lock], Sequence[Problem]]
"""Those that can be read, by path, and why the others cannot."""


def read_locks(opened: Opened) -> Locks:
    """All locks that govern a project."""
    locks = {}
    problems: list[Problem] = []
    for path in sorted({p.lock for p in opened.workspace.projects if p.lock is not None}):
        lock, found = read_lock(opened.tree, path)
        problems += found
        if lock is not None:
            locks[path] = lock
    return locks, problems


def find_lock_findings(
    opened: Opened, read: Locks | None = None
) -> tuple[tuple[LockFinding, ...], Sequence[Problem]]:
    """Stale, foreign and missing locks, and why some cannot be read."""
    locks, problems = read_locks(opened) if read is None else read
    return check_locks(opened.graph, opened.tree, locks), problems
