"""Running scheduled nodes on threads, with every result kept as it comes."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import msgspec

from oneroof.execution.schedule import Node, Schedule, Skipped

R = TypeVar("R")

_WAKE_SECONDS = 0.1


class Started(msgspec.Struct, frozen=True):
    """A node begins."""

    name: str


class Finished(msgspec.Struct, Generic[R], frozen=True):
    """A node has ended, well or not."""

    name: str
    result: R


Event = Started | Finished[R] | Skipped


class Work(msgspec.Struct, Generic[R], frozen=True):
    """What to do for each node."""

    do: Callable[[str], R]
    """Called in other threads."""
    succeeded: Callable[[R], bool]
    """Whether dependents may start."""
    cancel: Callable[[], None]
    """Makes every `do` that runs, and any that follows, return soon; does not wait for them."""


class Run(msgspec.Struct, Generic[R], frozen=True):
    """What became of the nodes; each is in `results` or in `skipped`, unless interrupted."""

    results: dict[str, R]
    """In the order in which they ended."""
    skipped: tuple[Skipped, ...]
    interrupted: bool = False
    """Ctrl-C or SIGTERM came: all that had finished is in `results`, what had to be cancelled is
    nowhere."""


def run_all(
    nodes: Iterable[Node],
    work: Work[R],
    *,
    jobs: int,
    fail_fast: bool = False,
    on_event: Callable[[Event[R]], None],
) -> Run[R]:
    """Do the work of every node, `jobs` at a time; events are told in the calling thread.

    With `fail_fast` nothing more starts after a failure, and what runs is let finish. On Ctrl-C
    or SIGTERM (each time it comes), and when `work` or `on_event` raises, the work is cancelled;
    what was raised is raised again here once all threads are idle.

    Raises:
        ValueError: the nodes cannot be scheduled.
    """
    schedule = Schedule(nodes)
    pool = _Pool(work.do, max(1, jobs))
    driver = _Driver(schedule, pool, work, on_event, fail_fast=fail_fast)
    with _signals(pool.interrupt):
        try:
            driver.drive()
        except BaseException:
            driver.cancel()
            raise
        finally:
            pool.close()
    return Run(driver.results, tuple(driver.skipped), pool.interrupted)


@contextmanager
def _signals(interrupt: Callable[[], None]) -> Iterator[None]:
    """Turn signals into calls, so that no exception comes between any two lines of a run.

    Only the main thread gets signals; those that are ignored (`nohup`) stay ignored.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    if threading.current_thread() is not threading.main_thread():
        numbers.clear()
    former = {
        number: signal.signal(number, lambda *_: interrupt())
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


class _Driver(Generic[R]):
    """The loop between schedule and pool, in the calling thread."""

    def __init__(
        self,
        schedule: Schedule,
        pool: "_Pool[R]",
        work: Work[R],
        on_event: Callable[[Event[R]], None],
        *,
        fail_fast: bool,
    ) -> None:
        self.results: dict[str, R] = {}
        self.skipped: list[Skipped] = []
        self._schedule = schedule
        self._pool = pool
        self._work = work
        self._on_event = on_event
        self._fail_fast = fail_fast
        self._cancelled = False

    def drive(self) -> None:
        """Go on until nothing is left; raises what the work raised."""
        while not self._schedule.is_done:
            while len(self._schedule.running) < self._pool.jobs:
                node = self._schedule.start()
                if node is None:
                    break
                self._on_event(Started(node.name))
                self._pool.submit(node.name)
            outcome = self._pool.next_outcome()
            if outcome is None:
                self._cancelled = True
                self._skip(self._schedule.stop("interrupted"))
                self._work.cancel()
            else:
                self._take(outcome)

    def cancel(self) -> None:
        """Wait until nothing runs."""
        self._work.cancel()
        while self._pool.running:
            if self._pool.next_outcome() is None:
                self._work.cancel()

    def _take(self, outcome: "_Outcome[R]") -> None:
        if outcome.error is not None:
            raise outcome.error
        name, (result,) = outcome.name, outcome.results
        succeeded = self._work.succeeded(result)
        skipped = self._schedule.finish(name, succeeded=succeeded)
        if self._cancelled and not succeeded:
            return  # most likely because it was cancelled
        self.results[name] = result
        self._on_event(Finished(name, result))
        self._skip(skipped)
        if self._fail_fast and not succeeded:
            self._skip(self._schedule.stop(f"`{name}` did not pass"))

    def _skip(self, nodes: Iterable[Skipped]) -> None:
        for node in nodes:
            self.skipped.append(node)
            self._on_event(node)


class _Outcome(msgspec.Struct, Generic[R], frozen=True):
    name: str
    results: tuple[R, ...] = ()
    """The result, unless there is an error."""
    error: BaseException | None = None


class _Pool(Generic[R]):
    """Threads that take names and give outcomes.

    Not concurrent.futures: importing it costs as much as looking up a thousand results.
    """

    def __init__(self, work: Callable[[str], R], jobs: int) -> None:
        self.jobs = jobs
        self.running = 0
        self.interrupted = False
        self._work = work
        self._names: SimpleQueue[str | None] = SimpleQueue()
        self._outcomes: SimpleQueue[_Outcome[R] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, name: str) -> None:
        self.running += 1
        if len(self._threads) < self.running:
            thread = threading.Thread(target=self._serve, name=f"oneroof-{len(self._threads)}")
            self._threads.append(thread)
            thread.start()
        self._names.put(name)

    def next_outcome(self) -> _Outcome[R] | None:
        """Wait for the next; None for an interrupt."""
        while True:
            # Not without end: a signal that comes just before the wait begins, or in another
            # thread, does not wake it, and its handler would run with the next outcome only.
            with suppress(Empty):
                outcome = self._outcomes.get(timeout=_WAKE_SECONDS)
                if outcome is not None:
                    self.running -= 1
                return outcome

    def interrupt(self) -> None:
        """Wake up who waits; a SimpleQueue may be used in a signal handler."""
        self.interrupted = True
        self._outcomes.put(None)

    def close(self) -> None:
        for _ in self._threads:
            self._names.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while (name := self._names.get()) is not None:
            outcome: _Outcome[R]
            try:
                outcome = _Outcome(name, (self._work(name),))
            except BaseException as error:  # noqa: BLE001 - raised again in the main thread
                outcome = _Outcome(name, error=error)
            self._outcomes.put(outcome)
