"""strace, where it is there: it sees the reads of programs and extension modules, too.

Python tells of what goes through Python. What a compiled library or another program opens, only
the system knows.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

_OPTIONS = ("-f", "-qq", "-y", "-z", "-e", "trace=open,openat,openat2,execve", "-e", "signal=none")
_FASTER = "--seccomp-bpf"
_LINE = re.compile(rb"(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)")
_RESULT = re.compile(rb"\) += \d+<((?:[^>\\]|\\.)*)>(?:\(deleted\))?$")
_PROGRAM = re.compile(rb'execve\("((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-f]{2}|.)")
_NAMED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}


class Opened(msgspec.Struct, frozen=True):
    """A file or folder that a process opened for reading."""

    pid: int
    program: str
    """The name of the program that the process runs."""
    path: str
    is_folder: bool


class Tracer(msgspec.Struct, frozen=True):
    """A strace that works here."""

    command: tuple[str, ...]

    def before(self, output: Path) -> tuple[str, ...]:
        """The words that stand before a command to have it traced."""
        return (*self.command, "-o", str(output), "--")

    def parse(self, output: Path) -> Iterator[Opened]:
        """What was opened, each path once for each program."""
        try:
            lines = output.read_bytes().splitlines()
        except FileNotFoundError:
            return
        yield from dict.fromkeys(_parse(lines))


def find_tracer() -> Tracer | None:
    """strace, if it is installed and may trace."""
    program = shutil.which("strace")
    if program is None:
        return None
    for options in ((_FASTER, *_OPTIONS), _OPTIONS):
        command = (program, *options, "-o", os.devnull, "--", "true")
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0 and not done.stderr:
            return Tracer((program, *options))
    return None


def _parse(lines: list[bytes]) -> Iterator[Opened]:
    programs: dict[int, str] = {}
    begun: dict[int, bytes] = {}
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            continue
        pid, call = int(match[1]), match[2]
        if line.endswith(b"<unfinished ...>"):
            begun[pid] = line
            continue
        whole = begun.pop(pid, b"") + line if b" resumed>" in match[0] else line
        if call == b"execve":
            if named := _PROGRAM.search(whole):
                programs[pid] = os.path.basename(_plain(named[1]))  # noqa: PTH119  text only
            continue
        result = _RESULT.search(whole)
        if result is None or b"O_WRONLY" in whole or b"O_TRUNC" in whole or b"O_PATH" in whole:
            continue
        yield Opened(pid, programs.get(pid, ""), _plain(result[1]), b"O_DIRECTORY" in whole)


def _plain(text: bytes) -> str:
    """A path without strace's escapes."""

    def plain(match: re.Match[bytes]) -> bytes:
        word = match[1]
        if word[:1].isdigit():
            return bytes([int(word, 8) & 0xFF])
        if word.startswith(b"x"):
            return bytes([int(word[1:], 16)])
        return _NAMED.get(word, word)

    return os.fsdecode(_ESCAPE.sub(plain, text))
