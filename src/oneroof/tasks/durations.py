"""Known durations in a file that machines share: a commit's, or an artefact of CI.

What this machine alone remembers is never used to divide: two machines that remember different
things would divide differently, and a test could fall between them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from oneroof.disk import write_atomically
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.tasks.outcome import TargetResult

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class Taken(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a target took."""

    seconds: Seconds | None = None
    """Beside its files: all of it where it has none."""
    files: dict[RelPath, Seconds] = {}


class Durations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What targets took, by name."""

    format: Literal[1] = 1
    targets: dict[str, Taken] = {}


def read_durations(places: Iterable[Path]) -> Durations:
    """The durations in files, and in all JSON files of folders, together.

    Where several tell of the same, the longest counts, so that their order does not.

    Raises:
        ConfigError: something is not there, or holds something else.
    """
    found: dict[str, Taken] = {}
    for path in (path for place in places for path in _files(place)):
        for target, each in _read(path).targets.items():
            found[target] = _longest(found.get(target, Taken()), each)
    return Durations(targets=found)


def taken(result: TargetResult) -> Taken:
    """What a target took in a run, or when it passed before."""
    seconds = result.start_seconds
    if seconds is None and not result.file_seconds and result.source != "ran":
        seconds = result.result.duration_seconds or None
    return Taken(seconds, dict(result.file_seconds))


def renewed(
    old: Durations, measured: Mapping[str, Taken], files: Collection[RelPath], targets: set[str]
) -> Durations:
    """Durations with what was measured; files and targets that are not there any more go."""
    found: dict[str, Taken] = {}
    for target in sorted(old.targets.keys() | measured.keys()):
        if target in targets:
            before, now = old.targets.get(target, Taken()), measured.get(target, Taken())
            kept = {path: each for path, each in before.files.items() if path in files}
            kept.update(now.files)
            seconds = before.seconds if now.seconds is None else now.seconds
            found[target] = Taken(seconds, dict(sorted(kept.items())))
    return Durations(targets=found)


def write_durations(path: Path, durations: Durations) -> None:
    """Write durations so that those of two runs are easy to compare.

    Raises:
        ConfigError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, msgspec.json.format(msgspec.json.encode(durations)) + b"\n")
    except OSError as error:
        message = f"`{path}` cannot be written: {error.strerror}"
        raise ConfigError(message) from error


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from sorted(place.rglob("*.json"))
    else:
        yield place


def _read(path: Path) -> Durations:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Durations)
    except OSError as error:
        message = f"the durations in `{path}` cannot be read: {error.strerror}"
        hint = "write them with `oneroof test --write-durations FILE`, or name no file"
        raise ConfigError(message, hint=hint) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        message = f"`{path}` holds no durations: {error}"
        hint = "write them with `oneroof test --write-durations FILE`"
        raise ConfigError(message, hint=hint) from error


def _longest(one: Taken, other: Taken) -> Taken:
    seconds = [each for each in (one.seconds, other.seconds) if each is not None]
    files = dict(one.files)
    for path, each in other.files.items():
        files[path] = max(each, files.get(path, 0.0))
    return Taken(max(seconds, default=None), files)
