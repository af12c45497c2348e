"""A helper process that kills the running tasks when oneroof itself is killed.

Run as a script, with nothing but the standard library and oneroof's process group as argument: it
reads lines from standard input, whose other end only oneroof holds. End of file means that oneroof
is gone, however it went.

    pipe 4711      a task is about to start; its output goes into the pipe with this inode
    group 12       the task's process group
    end 4711 12    the task is over; without a group, it never started

Naming the pipe before the task exists closes the gap between its start and the line with its
group: whoever still holds the pipe then belongs to a task.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_ROUNDS = 20


def main() -> None:
    """Read until the other end is closed, then kill what is still registered."""
    pipes: set[str] = set()
    groups: set[int] = set()
    for line in sys.stdin:
        match line.split():
            case ["pipe", inode]:
                pipes.add(inode)
            case ["group", group]:
                groups.add(int(group))
            case ["end", inode, *ended]:
                pipes.discard(inode)
                groups.difference_update(map(int, ended))
            case _:
                pass  # the line oneroof was killed in the middle of
    kill_groups(groups)
    kill_holders(pipes, spared_group=int(sys.argv[1]))


def kill_groups(groups: Iterable[int]) -> None:
    """Kill process groups, those that are gone included."""
    for group in groups:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)


def kill_holders(pipes: set[str], spared_group: int) -> None:
    """Kill all other processes that hold one of the pipes, with their groups.

    A process that was just forked is still in oneroof's own group, which is spared: it may hold
    what the user started beside oneroof, as in `oneroof test | less`.
    """
    if not pipes:
        return
    links = {f"pipe:[{inode}]" for inode in pipes}
    for _ in range(_ROUNDS):
        holders = [pid for pid in _processes() if pid != os.getpid() and _holds(pid, links)]
        if not holders:
            return
        for pid in holders:
            with contextlib.suppress(OSError):
                group = os.getpgid(pid)
                if group == spared_group:
                    os.kill(pid, signal.SIGKILL)
                else:
                    os.killpg(group, signal.SIGKILL)


def _processes() -> Iterator[int]:
    with contextlib.suppress(OSError), os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdecimal():
                yield int(entry.name)


def _holds(pid: int, links: set[str]) -> bool:
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as files:
        for file in files:
            with contextlib.suppress(OSError):
                if str(Path(file.path).readlink()) in links:
                    return True
    return False


if __name__ == "__main__":
    main()
