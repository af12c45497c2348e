import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneroof.execution.pool import Event, Finished, Run, Started, Work, run_all
from oneroof.execution.schedule import Node, Skipped


def work(do: Callable[[str], bool], cancel: Callable[[], None] = lambda: None) -> Work[bool]:
    """Work whose result says whether it succeeded."""
    return Work(do, bool, cancel)


def ignore(event: Event[bool]) -> None:
    del event


def fails_at(failing: str) -> Callable[[str], bool]:
    return lambda name: name != failing


@settings(max_examples=25)
@given(
    needs=st.lists(st.lists(st.integers(0, 7), max_size=3), max_size=8),
    failing=st.sets(st.integers(0, 7)),
    jobs=st.integers(1, 4),
    fail_fast=st.booleans(),
)
def test_every_node_is_told_once(
    needs: list[list[int]], failing: set[int], jobs: int, *, fail_fast: bool
) -> None:
    nodes = [
        Node(str(index), tuple(str(need) for need in wanted if need < index))
        for index, wanted in enumerate(needs)
    ]
    events: list[Event[bool]] = []
    run = run_all(
        nodes,
        work(lambda name: int(name) not in failing),
        jobs=jobs,
        fail_fast=fail_fast,
        on_event=events.append,
    )
    names = sorted(node.name for node in nodes)
    assert sorted([*run.results, *(node.name for node in run.skipped)]) == names
    started = [event.name for event in events if isinstance(event, Started)]
    assert sorted(started) == sorted(run.results)
    ended = [event.name for event in events if not isinstance(event, Started)]
    assert sorted(ended) == names


def test_events_come_in_order_and_in_the_calling_thread() -> None:
    events: list[Event[bool]] = []
    threads = set()

    def on_event(event: Event[bool]) -> None:
        events.append(event)
        threads.add(threading.current_thread())

    nodes = [Node("a"), Node("b", ("a",)), Node("c", ("b",))]
    run_all(nodes, work(fails_at("b")), jobs=2, on_event=on_event)
    assert events == [
        Started("a"),
        Finished("a", True),
        Started("b"),
        Finished("b", False),
        Skipped("c", "needs `b`, which did not pass"),
    ]
    assert threads == {threading.current_thread()}


def test_fail_fast_starts_nothing_more() -> None:
    run = run_all(
        [Node("a"), Node("b"), Node("c")],
        work(fails_at("a")),
        jobs=1,
        fail_fast=True,
        on_event=ignore,
    )
    skipped = (Skipped("b", "`a` did not pass"), Skipped("c", "`a` did not pass"))
    assert run == Run({"a": False}, skipped)


def test_without_fail_fast_the_rest_goes_on() -> None:
    nodes = [Node("a"), Node("b"), Node("c")]
    run = run_all(nodes, work(fails_at("a")), jobs=1, on_event=ignore)
    assert run == Run({"a": False, "b": True, "c": True}, ())


def test_as_many_run_at_once_as_there_are_jobs() -> None:
    meeting = threading.Barrier(3, timeout=60)

    def meet(name: str) -> bool:
        del name
        meeting.wait()
        return True

    nodes = [Node(str(number)) for number in range(6)]
    assert len(run_all(nodes, work(meet), jobs=3, on_event=ignore).results) == 6


def test_interrupt_cancels_keeps_what_finished_and_waits() -> None:
    cancelled = threading.Event()
    ended = threading.Event()

    def do(name: str) -> bool:
        if name == "quick":
            return True
        os.kill(os.getpid(), signal.SIGINT)
        cancelled.wait()
        ended.set()
        return False

    nodes = [Node("quick"), Node("slow", ("quick",)), Node("never", ("slow",))]
    run = run_all(nodes, work(do, cancelled.set), jobs=2, on_event=ignore)
    assert run == Run({"quick": True}, (Skipped("never", "interrupted"),), interrupted=True)
    assert ended.is_set()


def test_work_that_passes_after_the_interrupt_is_kept() -> None:
    cancelled = threading.Event()

    def do(name: str) -> bool:
        del name
        os.kill(os.getpid(), signal.SIGTERM)
        return cancelled.wait()

    run = run_all([Node("a")], work(do, cancelled.set), jobs=1, on_event=ignore)
    assert run == Run({"a": True}, (), interrupted=True)


def test_handlers_of_signals_are_put_back() -> None:
    before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    run_all([Node("a")], work(bool), jobs=1, on_event=ignore)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_each_further_interrupt_cancels_again() -> None:
    cancellations = threading.Semaphore(0)

    def do(name: str) -> bool:
        del name
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
            cancellations.acquire()
        return False

    run = run_all([Node("stubborn")], work(do, cancellations.release), jobs=1, on_event=ignore)
    assert run == Run({}, (), interrupted=True)


def test_error_in_work_is_raised_after_cancelling() -> None:
    cancelled = threading.Event()

    def do(name: str) -> bool:
        if name == "broken":
            message = "a bug"
            raise RuntimeError(message)
        return cancelled.wait()

    with pytest.raises(RuntimeError, match="a bug"):
        run_all([Node("broken"), Node("other")], work(do, cancelled.set), jobs=2, on_event=ignore)
    assert cancelled.is_set()


def test_no_nodes_are_done_at_once() -> None:
    assert run_all([], work(bool), jobs=4, on_event=ignore) == Run({}, ())


ONEROOF = """
import sys
from pathlib import Path
from oneroof.execution.local import LocalExecutor, Process
from oneroof.execution.pool import Work, run_all
from oneroof.execution.schedule import Node

root = Path(sys.argv[1])
scripts = {"quick": "exit 0", "slow": "sleep 600 & echo $$ $! > pids; wait"}

def do(name):
    process = Process(("sh", "-c", scripts[name]), root, {"PATH": sys.argv[2]}, root / name)
    return executor.execute(process)

with LocalExecutor() as executor:
    work = Work(do, lambda execution: execution.exit_code == 0, executor.cancel)
    nodes = [Node("quick"), Node("slow", ("quick",))]
    run = run_all(nodes, work, jobs=2, on_event=lambda event: None)
print(list(run.results), run.interrupted)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_real_tasks_and_keeps_what_finished(
    tmp_path: Path,
    number: signal.Signals,
    wait_for: Callable[[Path], str],
    wait_until_dead: Callable[[list[int]], None],
) -> None:
    arguments = [sys.executable, "-c", ONEROOF, str(tmp_path), os.environ["PATH"]]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as oneroof:
        pids = [int(pid) for pid in wait_for(tmp_path / "pids").split()]
        oneroof.send_signal(number)
        output, _ = oneroof.communicate()
    assert (output, oneroof.returncode) == ("['quick'] True\n", 0)
    wait_until_dead(pids)
