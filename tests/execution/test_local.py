import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oneroof.execution.local import LONGEST_LINE, LocalExecutor, Process

ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor() as executor:
        yield executor


def process(tmp_path: Path, *arguments: str, timeout_seconds: float | None = None) -> Process:
    return Process(arguments, tmp_path, ENVIRONMENT, tmp_path / "logs" / "log", timeout_seconds)


def shell(tmp_path: Path, script: str, *, timeout_seconds: float | None = None) -> Process:
    return process(tmp_path, "sh", "-c", script, timeout_seconds=timeout_seconds)


def python(tmp_path: Path, script: str) -> Process:
    return process(tmp_path, sys.executable, "-c", script)


def test_output_is_kept_and_streamed_as_it_came(executor: LocalExecutor, tmp_path: Path) -> None:
    lines: list[str] = []
    script = "echo one; echo two >&2; printf '\\303\\251\\377\\r\\nlast'; exit 3"
    execution = executor.execute(shell(tmp_path, script), lines.append)
    assert (execution.exit_code, execution.signal, execution.fault) == (3, None, "")
    assert execution.log.read_bytes() == b"one\ntwo\n\xc3\xa9\xff\r\nlast"
    assert lines == ["one", "two", "é\N{REPLACEMENT CHARACTER}", "last"]


def test_much_output_is_kept_whole(executor: LocalExecutor, tmp_path: Path) -> None:
    execution = executor.execute(python(tmp_path, "for i in range(200_000): print(i)"))
    assert execution.log.read_text() == "".join(f"{number}\n" for number in range(200_000))


def test_endless_line_is_streamed_in_pieces(executor: LocalExecutor, tmp_path: Path) -> None:
    lines: list[str] = []
    length = 3 * LONGEST_LINE + 5
    executor.execute(python(tmp_path, f"print('x' * {length}, end='')"), lines.append)
    assert [len(line) for line in lines] == [LONGEST_LINE] * 3 + [5]


def test_environment_is_exactly_what_is_given(
    executor: LocalExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    log = tmp_path / "log"
    execution = executor.execute(
        Process(("/usr/bin/env",), tmp_path, {"A.B": "1", "C": "é\n"}, log)
    )
    assert sorted(execution.log.read_text().splitlines()) == ["", "A.B=1", "C=é"]


def test_environment_is_not_shown(tmp_path: Path) -> None:
    secret = Process(("true",), tmp_path, {"TOKEN": "hunter2"}, tmp_path / "log")
    assert "hunter2" not in repr(secret)


def test_task_runs_in_its_folder_without_input_in_its_own_session(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    script = (
        "import os, sys; print(os.getcwd(), sys.stdin.read() == '', os.getsid(0) == os.getpid())"
    )
    execution = executor.execute(python(tmp_path, script))
    assert execution.log.read_text() == f"{tmp_path.resolve()} True True\n"


def test_use_of_the_machine_is_measured(executor: LocalExecutor, tmp_path: Path) -> None:
    execution = executor.execute(python(tmp_path, "sum(range(10**6)); b'x' * 50_000_000"))
    assert execution.user_seconds > 0
    assert execution.max_rss_bytes > 50_000_000
    assert execution.duration_seconds >= 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_signal_that_ended_it_is_told(
    executor: LocalExecutor, tmp_path: Path, number: signal.Signals
) -> None:
    execution = executor.execute(shell(tmp_path, f"ulimit -c 0; kill -{int(number)} $$"))
    assert (execution.exit_code, execution.signal) == (None, number)


def test_program_that_is_missing_is_a_fault(executor: LocalExecutor, tmp_path: Path) -> None:
    execution = executor.execute(process(tmp_path, "no-such-program"))
    assert execution.fault == "`no-such-program` could not be started: No such file or directory"
    assert execution.exit_code is None


def test_folder_that_is_missing_is_a_fault(executor: LocalExecutor, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    execution = executor.execute(Process(("true",), folder, ENVIRONMENT, tmp_path / "log"))
    assert execution.fault == (
        f"`true` could not be started: `{folder}`: No such file or directory"
    )


def test_log_that_cannot_be_opened_is_a_fault_and_nothing_runs(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    (tmp_path / "logs").write_text("not a folder")
    execution = executor.execute(shell(tmp_path, "touch ran"))
    assert execution.fault.startswith(f"the log `{tmp_path}/logs/log` cannot be written: ")
    assert not (tmp_path / "ran").exists()


def test_log_on_a_full_disk_is_a_fault(executor: LocalExecutor, tmp_path: Path) -> None:
    full = Process(("sh", "-c", "yes"), tmp_path, ENVIRONMENT, Path("/dev/full"))
    assert executor.execute(full).fault == (
        "the log `/dev/full` cannot be written: [Errno 28] No space left on device"
    )


def test_timeout_ends_the_whole_group(
    executor: LocalExecutor,
    tmp_path: Path,
    wait_for: Callable[[Path], str],
    wait_until_dead: Callable[[list[int]], None],
) -> None:
    script = "sleep 600 & echo $! > child; sleep 600"
    execution = executor.execute(shell(tmp_path, script, timeout_seconds=0.3))
    assert (execution.timed_out, execution.signal) == (True, signal.SIGTERM)
    wait_until_dead([int(wait_for(tmp_path / "child"))])


def test_who_ignores_the_end_is_killed_after_the_grace(tmp_path: Path) -> None:
    script = "trap '' TERM; while :; do sleep 0.1; done"
    with LocalExecutor(grace_seconds=0.2) as executor:
        execution = executor.execute(shell(tmp_path, script, timeout_seconds=0.2))
    assert (execution.timed_out, execution.signal) == (True, signal.SIGKILL)


def test_who_cleans_up_on_the_end_is_let_do_so(executor: LocalExecutor, tmp_path: Path) -> None:
    script = "trap 'echo bye; exit 7' TERM; while :; do sleep 0.05; done"
    execution = executor.execute(shell(tmp_path, script, timeout_seconds=0.2))
    assert (execution.timed_out, execution.exit_code) == (True, 7)
    assert execution.log.read_text().endswith("bye\n")


def test_flood_of_output_does_not_hold_up_the_timeout(
    executor: LocalExecutor, tmp_path: Path
) -> None:
    execution = executor.execute(shell(tmp_path, "yes", timeout_seconds=0.2))
    assert execution.timed_out


def test_children_left_behind_do_not_outlive_their_task(
    executor: LocalExecutor,
    tmp_path: Path,
    wait_for: Callable[[Path], str],
    wait_until_dead: Callable[[list[int]], None],
) -> None:
    script = "sleep 600 & echo $! > child; echo done; exit 0"
    execution = executor.execute(shell(tmp_path, script))
    assert (execution.exit_code, execution.log.read_text()) == (0, "done\n")
    wait_until_dead([int(wait_for(tmp_path / "child"))])


def test_task_that_closes_its_output_is_waited_for(executor: LocalExecutor, tmp_path: Path) -> None:
    execution = executor.execute(shell(tmp_path, "exec >&- 2>&-; sleep 0.3; touch ran; exit 4"))
    assert execution.exit_code == 4
    assert (tmp_path / "ran").exists()


def test_cancel_ends_all_running_tasks_and_starts_no_more(
    executor: LocalExecutor,
    tmp_path: Path,
    wait_for: Callable[[Path], str],
    wait_until_dead: Callable[[list[int]], None],
) -> None:
    executions = []

    def execute(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        script = "sleep 600 & echo $$ $! > pids; wait"
        executions.append(executor.execute(shell(folder, script)))

    threads = [threading.Thread(target=execute, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    pids = [int(pid) for name in "abc" for pid in wait_for(tmp_path / name / "pids").split()]
    executor.cancel()
    for thread in threads:
        thread.join()
    assert [execution.cancelled for execution in executions] == [True] * 3
    wait_until_dead(pids)
    assert executor.execute(shell(tmp_path, "touch ran")).cancelled
    assert not (tmp_path / "ran").exists()


def test_second_cancel_kills_at_once(
    executor: LocalExecutor, tmp_path: Path, wait_for: Callable[[Path], str]
) -> None:
    executions = []
    stubborn = shell(tmp_path, "trap '' TERM; echo > ready; while :; do sleep 0.1; done")
    thread = threading.Thread(target=lambda: executions.append(executor.execute(stubborn)))
    thread.start()
    wait_for(tmp_path / "ready")
    executor.cancel()
    executor.cancel()
    thread.join()
    assert executions[0].signal == signal.SIGKILL


def test_error_in_the_callback_ends_the_task(
    executor: LocalExecutor,
    tmp_path: Path,
    wait_for: Callable[[Path], str],
    wait_until_dead: Callable[[list[int]], None],
) -> None:
    def fail(line: str) -> None:
        raise RuntimeError(line)

    script = "echo $$ > pid; echo hello; sleep 600"
    with pytest.raises(RuntimeError, match="hello"):
        executor.execute(shell(tmp_path, script), fail)
    wait_until_dead([int(wait_for(tmp_path / "pid"))])


def test_many_threads_share_one_executor(executor: LocalExecutor, tmp_path: Path) -> None:
    logs: dict[int, str] = {}

    def execute(number: int) -> None:
        for turn in range(5):
            log = tmp_path / f"{number}-{turn}"
            arguments = ("sh", "-c", f"echo {number}-{turn}")
            execution = executor.execute(Process(arguments, tmp_path, ENVIRONMENT, log))
            logs[10 * number + turn] = execution.log.read_text()

    threads = [threading.Thread(target=execute, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logs == {10 * n + turn: f"{n}-{turn}\n" for n in range(6) for turn in range(5)}


ONEROOF = """
import sys, threading
from pathlib import Path
from oneroof.execution.local import LocalExecutor, Process

def execute(name):
    folder = Path(sys.argv[1]) / name
    folder.mkdir()
    script = "sleep 600 > /dev/null 2>&1 & echo $$ $! > pids; wait"
    environment = {"PATH": sys.argv[2]}
    executor.execute(Process(("sh", "-c", script), folder, environment, folder / "log"))

with LocalExecutor() as executor:
    threads = [threading.Thread(target=execute, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_killing_oneroof_leaves_no_task_and_no_watchdog(
    tmp_path: Path, wait_for: Callable[[Path], str], wait_until_dead: Callable[[list[int]], None]
) -> None:
    arguments = [sys.executable, "-c", ONEROOF, str(tmp_path), os.environ["PATH"]]
    with subprocess.Popen(arguments, start_new_session=True) as oneroof:
        pids = [int(pid) for name in "ab" for pid in wait_for(tmp_path / name / "pids").split()]
        children = Path(f"/proc/{oneroof.pid}/task/{oneroof.pid}/children").read_text().split()
        assert len(pids) == 4
        oneroof.kill()
    wait_until_dead([*pids, *map(int, children)])


def test_tasks_outlive_a_killed_watchdog(executor: LocalExecutor, tmp_path: Path) -> None:
    executor.execute(shell(tmp_path, "true"))
    assert executor._watchdog is not None
    executor._watchdog.kill()
    executor._watchdog.wait()
    assert executor.execute(shell(tmp_path, "exit 6")).exit_code == 6
