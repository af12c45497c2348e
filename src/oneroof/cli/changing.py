"""Changes of files: shown as a diff, or written."""

import difflib
import stat
from collections.abc import Sequence
from pathlib import Path

from oneroof.disk import write_atomically
from oneroof.errors import ConfigError
from oneroof.rules.fixing import Change


def diff(change: Change) -> str:
    """A change as `git apply` takes it."""
    before, after = (
        (content or b"").decode().splitlines(keepends=True)
        for content in (change.before, change.after)
    )
    source = "/dev/null" if change.before is None else f"a/{change.path}"
    lines = difflib.unified_diff(before, after, source, f"b/{change.path}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def is_as_planned(root: Path, change: Change) -> bool:
    """Whether a file still is as it was when its change was planned."""
    try:
        return (root / change.path).read_bytes() == change.before
    except FileNotFoundError:
        return change.before is None
    except OSError:
        return False


def write_change(root: Path, change: Change) -> None:
    """Write a file, with the permissions that it has."""
    place = root / change.path
    mode = stat.S_IMODE(place.stat().st_mode) if change.before is not None else 0o644
    write_atomically(place, change.after, mode)


def write_all(root: Path, changes: Sequence[Change]) -> None:
    """Write all files, or leave all as they are.

    Raises:
        ConfigError: one of them was changed meanwhile, or cannot be written.
    """
    for each in changes:
        if not is_as_planned(root, each):
            message = f"{each.path}: was changed meanwhile"
            raise ConfigError(message, hint="nothing was written; run the same command again")
    done: list[Change] = []
    try:
        for each in changes:
            write_change(root, each)
            done.append(each)
    except BaseException as error:
        for each in done:
            write_change(root, Change(each.path, each.after, each.before or b""))
        if not isinstance(error, OSError):
            raise
        message = f"{changes[len(done)].path}: cannot be written: {error.strerror}"
        raise ConfigError(message, hint="all files are as they were") from error
