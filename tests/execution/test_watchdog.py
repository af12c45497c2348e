import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from oneroof.execution import watchdog


def run(*lines: str) -> None:
    """Run the watchdog on these lines, after which its input ends."""
    arguments = [sys.executable, "-I", "-S", str(Path(watchdog.__file__)), str(os.getpgrp())]
    subprocess.run(arguments, input="".join(lines).encode(), check=True)


def sleeper(output: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "600"], stdout=output, start_new_session=True)


def test_groups_still_registered_are_killed() -> None:
    with sleeper() as one, sleeper() as two:
        run(f"group {one.pid}\n", f"group {two.pid}\n")
        assert (one.wait(), two.wait()) == (-9, -9)


def test_ended_groups_are_left_alone() -> None:
    with sleeper() as other, sleeper() as running:
        run(f"group {other.pid}\n", f"group {running.pid}\n", f"end 1 {other.pid}\n")
        assert running.wait() == -9
        assert other.poll() is None
        other.kill()


def test_task_whose_group_was_not_told_yet_is_found_by_its_pipe() -> None:
    read_end, write_end = os.pipe()
    inode = os.fstat(read_end).st_ino
    with sleeper(write_end) as starting, sleeper() as other:
        os.close(write_end)
        # This process stands for oneroof, which no longer holds the pipe when it is dead.
        os.close(read_end)
        run(f"pipe {inode}\n")
        assert starting.wait() == -9
        assert other.poll() is None
        other.kill()


def test_all_of_such_a_task_is_killed_but_not_the_group_of_oneroof(
    tmp_path: Path, wait_for: Callable[[Path], str], wait_until_dead: Callable[[list[int]], None]
) -> None:
    read_end, write_end = os.pipe()
    inode = os.fstat(read_end).st_ino
    script = "sleep 600 > /dev/null & echo $! > child; wait"
    with (
        subprocess.Popen(
            ["sh", "-c", script], cwd=tmp_path, stdout=write_end, start_new_session=True
        ) as task,
        subprocess.Popen(["sleep", "600"], stdout=write_end) as forked,
    ):
        child = int(wait_for(tmp_path / "child"))
        os.close(write_end)
        os.close(read_end)
        run(f"pipe {inode}\n")
        assert (task.wait(), forked.wait()) == (-9, -9)
    wait_until_dead([child])


def test_task_that_never_started_is_forgotten() -> None:
    read_end, write_end = os.pipe()
    inode = os.fstat(read_end).st_ino
    run(f"pipe {inode}\n", f"end {inode}\n")
    os.close(read_end)
    os.close(write_end)


def test_line_cut_off_by_the_kill_is_ignored() -> None:
    with sleeper() as task:
        run(f"group {task.pid}\n", "gro")
        assert task.wait() == -9
