"""The actions of the last run, so that what did not change is not worked out again.

An action depends on the content of the workspace and on little else. While the work tree is the
same, so are all actions; where files changed, those of targets that cannot see them are.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from oneroof import __version__
from oneroof.actions.action import FINGERPRINT_VERSION
from oneroof.actions.digest import Digest
from oneroof.changes.difference import Change, difference, find_listing
from oneroof.disk import keep, recall, write_atomically
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob, WorkTree

FORMAT = f"3 {__version__} {FINGERPRINT_VERSION}"
VARIABLES = ("ONEROOF_PYTHON", "UV_PYTHON_INSTALL_DIR")
"""What finding interpreters reads from the environment; resolving reads more."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A file or folder outside the workspace that planning relied on."""

    path: str
    ctime_ns: int
    size_bytes: int


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One target with its action."""

    target: str
    project: str
    task: str
    action_digest: Digest | None
    """None where it could not be planned."""
    sees_elsewhere: bool = False
    """Whether it depends on files that no project of its closure owns."""
    cache: bool = True
    needs: tuple[str, ...] = ()


class Memo(msgspec.Struct, frozen=True, array_like=True):
    """All actions of some tasks at one state of the work tree."""

    format: str
    key: str
    listing_digest: str
    dirty: tuple[tuple[RelPath, Blob | None], ...]
    apart: tuple[str, ...]
    """What the listing and the work tree do not tell: nested repositories, unfiltered files."""
    variables: dict[str, str]
    """Digests of the environment variables that count."""
    seen: tuple[Seen, ...]
    entries: tuple[Entry, ...]
    """In the order of the targets."""

    def holds_elsewhere(self) -> bool:
        """Whether everything outside the workspace is as it was."""
        return (
            self.format == FORMAT
            and all(variable_digest(name) == value for name, value in self.variables.items())
            and all(look_at(each.path) == each for each in self.seen)
        )

    def changes(self, work_tree: WorkTree, folder: Path) -> dict[RelPath, Change] | None:
        """What differs by now, by path; None where that cannot be told."""
        if self.apart != _apart(work_tree):
            return None
        listing = find_listing(self.listing_digest, work_tree, folder / "memo-listing")
        if listing is None:
            return None
        old = (listing, dict(self.dirty))
        return difference(old, (work_tree.listing, dict(work_tree.dirty)))


def _apart(work_tree: WorkTree) -> tuple[str, ...]:
    nested = (f"{path}/ {state}" for path, state in work_tree.nested)
    return (*nested, *work_tree.unfiltered)


def look_at(path: str) -> Seen:
    """A file outside the workspace as it is now; of no size where it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116  the hot path
    except OSError:
        return Seen(path, 0, -1)
    return Seen(path, found.st_ctime_ns, found.st_size)


def variable_digest(name: str) -> str:
    """A digest of an environment variable's value; empty where it is not set."""
    value = os.environ.get(name)
    return "" if value is None else hashlib.sha256(os.fsencode(value)).hexdigest()


def read_memo(folder: Path, tasks: Sequence[str]) -> Memo | None:
    """What was kept for these tasks; None where there is nothing readable."""
    return recall(_path(folder, tasks), Memo)


def write_memo(  # noqa: PLR0913  what is kept, and where
    folder: Path,
    tasks: Sequence[str],
    work_tree: WorkTree,
    entries: Sequence[Entry],
    *,
    variables: Iterable[str] = (),
    seen: Iterable[str] = (),
    like: Memo | None = None,
) -> None:
    """Keep the actions of all targets of some tasks; what counts elsewhere may be as in `like`."""
    from oneroof.locks.resolve import RESOLVER_VARIABLES

    names = sorted({*VARIABLES, *RESOLVER_VARIABLES, *variables})
    memo = Memo(
        format=FORMAT,
        key=work_tree.key,
        listing_digest=work_tree.listing_digest,
        dirty=work_tree.dirty,
        apart=_apart(work_tree),
        variables=like.variables if like else {name: variable_digest(name) for name in names},
        seen=like.seen if like else tuple(map(look_at, sorted(set(seen)))),
        entries=tuple(entries),
    )
    if keep(_path(folder, tasks), memo):
        write_atomically(folder / "memo-listing", work_tree.listing)


def _path(folder: Path, tasks: Sequence[str]) -> Path:
    return folder / f"memo-{hashlib.sha256(' '.join(tasks).encode()).hexdigest()[:12]}"
