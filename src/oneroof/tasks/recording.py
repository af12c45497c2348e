"""What the processes of a run noted of their reads: see `runners/recording`."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from oneroof.tasks.command import RUNNERS_FOLDER, Further
from oneroof.tasks.tracing import Tracer

RECORDER = RUNNERS_FOLDER / "recording"
COLLECTOR = "oneroof_collected"
"""The plugin for pytest that tells which files have tests."""
TRACE = "trace"
_FIELDS = 5


class Read(msgspec.Struct, frozen=True):
    """One thing that a process asked for."""

    kind: str
    """`read`, `load` (run as a module), `look` (asked whether it is there), `list`, `env`."""
    name: str
    """The absolute path, or the name of the variable."""
    file: str = ""
    """The file of the workspace whose line asked for it; empty where none did."""
    line: int = 0
    reader: str = ""
    """The library or program that did it, where it was not that line itself."""


class Recording(msgspec.Struct, frozen=True):
    """All that the processes of a run noted."""

    reads: tuple[Read, ...]
    python_processes: int = 0
    """How many processes took notes."""
    programs: tuple[str, ...] = ()
    """Programs that were started and are no Python, sorted: nothing is known of their reads."""


def recorded(folder: Path, root: str, links: dict[str, str], tracer: Tracer | None) -> Further:
    """What makes a command, and all that it starts, note its reads in a folder."""
    variables = {
        "_ONEROOF_RECORD_FOLDER": str(folder),
        "_ONEROOF_RECORD_ROOT": root,
        "_ONEROOF_RECORD_LINKS": "\n".join(f"{link}\t{target}" for link, target in links.items()),
        "PYTHONPATH": str(RECORDER),
    }
    before = () if tracer is None else tracer.before(folder / TRACE)
    return Further(before=before, variables=variables)


def read_recording(folder: Path, root: str, tracer: Tracer | None) -> Recording:
    """All that was noted in a folder of reads below a root."""
    reads: list[Read] = []
    known: set[str] = set()
    pids: set[int] = set()
    programs: dict[str, tuple[str, int]] = {}
    """With the line that started each."""
    for path in sorted(folder.glob("*.record")):
        for kind, name, file, line, reader in _records(path.read_bytes()):
            if kind == "process":
                pids.add(int(line))
            elif kind == "child":
                programs.setdefault(name, (file, int(line)))
            elif kind == "made":
                known.add(name)
            else:
                reads.append(Read(kind, name, file, int(line), reader))
    if tracer is not None:
        known.update(each.name for each in reads)
        for each in tracer.parse(folder / TRACE):
            inside = each.path == root or each.path.startswith(f"{root}/")
            if not inside or each.path in known or (each.is_folder and each.pid in pids):
                continue
            kind = "list" if each.is_folder else "read"
            place = programs.get(each.program, ("", 0))
            reads.append(Read(kind, each.path, *place, reader=each.program))
        programs.clear()
    unseen = sorted(each for each in programs if not each.startswith(("python", "pypy")))
    return Recording(tuple(reads), len(pids), tuple(unseen))


def read_collected(folder: Path) -> list[str]:
    """The absolute paths of the files that pytest collected tests from."""
    try:
        content = (folder / "collected").read_bytes()
    except FileNotFoundError:
        return []
    return [os.fsdecode(each) for each in content.split(b"\0") if each]


def _records(content: bytes) -> Iterator[tuple[str, str, str, str, str]]:
    parts = [os.fsdecode(each) for each in content.split(b"\0")]
    for at in range(0, len(parts) - _FIELDS, _FIELDS):
        kind, name, file, line, reader = parts[at : at + _FIELDS]
        yield kind, name, file, line, reader
