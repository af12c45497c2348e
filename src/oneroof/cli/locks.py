"""What `lock`, `check` and the status ask of the locks of a workspace."""

from oneroof.changes.snapshot import Opened
from oneroof.errors import Problem
from oneroof.locks.read import read_lock
from oneroof.locks.staleness import LockFinding, check_locks


def find_lock_findings(opened: Opened) -> tuple[tuple[LockFinding, ...], list[Problem]]:
    """Stale, foreign and missing locks, and why some cannot be read."""
    locks = {}
    problems: list[Problem] = []
    for path in sorted({p.lock for p in opened.workspace.projects if p.lock is not None}):
        lock, found = read_lock(opened.tree, path)
        problems += found
        if lock is not None:
            locks[path] = lock
    return check_locks(opened.graph, opened.tree, locks), problems
