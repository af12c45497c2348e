"""Running tasks on this machine so that none outlives its executor.

Each task is a session of its own. It is ended as a group: when it is cancelled or out of time
(SIGTERM, then SIGKILL after a grace), when its first process has ended and others linger, and
when oneroof is killed (see `watchdog`; `PR_SET_PDEATHSIG` would reach the first process only,
would follow the thread that started it, and would need code between fork and exec, which is not
safe beside threads).
"""

import codecs
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

OnOutput = Callable[[str], None]

GRACE_SECONDS = 5.0
LONGEST_LINE = 1 << 16
"""Longer lines reach the callback in pieces; the log keeps them whole."""

_WATCHDOG = Path(__file__).with_name("watchdog.py")
_CHUNK_BYTES = 1 << 16
# How soon the end of a process is noticed that left its output open to others, a timeout or a
# cancellation; the usual end is noticed at once, for it closes the output.
_TICK_SECONDS = 0.05
_SHORTEST_TICK_SECONDS = 0.001
_LAST_CHUNKS = 64


@dataclass(frozen=True, slots=True)
class Process:
    """What to start, in terms of this machine."""

    arguments: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(repr=False)
    """All variables there are; nothing is inherited. May hold secrets."""
    log: Path
    """Gets standard output and standard error as they come; folders are made."""
    timeout_seconds: float | None = None


class Execution(msgspec.Struct, frozen=True):
    """How a process ended; `execution.verdict` says what that means."""

    log: Path
    duration_seconds: float = 0.0
    exit_code: int | None = None
    """None where no exit code came."""
    signal: int | None = None
    """The signal that ended it."""
    fault: str = ""
    """Why it could not be run or its output not be kept, in words; empty where all went well."""
    timed_out: bool = False
    cancelled: bool = False
    user_seconds: float = 0.0
    system_seconds: float = 0.0
    max_rss_bytes: int = 0
    """The largest of its processes that ended in order."""


class LocalExecutor:
    """Runs processes from any number of threads; use it as a context manager."""

    def __init__(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._grace_seconds = grace_seconds
        self._lock = threading.Lock()
        self._running: set[_Running] = set()
        self._cancellations = 0
        self._watchdog: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None:
            # Closes its input: with all tasks ended it has nothing left to do.
            watchdog.communicate()

    def execute(self, process: Process, on_output: OnOutput | None = None) -> Execution:
        """Run a process to its end; `on_output` gets each line, in the calling thread."""
        try:
            process.log.parent.mkdir(parents=True, exist_ok=True)
            log = process.log.open("wb", buffering=0)
        except OSError as error:
            return _fault(process, f"the log `{process.log}` cannot be written", error)
        with log:
            try:
                running = self._start(process)
            except (OSError, ValueError) as error:
                return _fault(process, f"`{process.arguments[0]}` could not be started", error)
            if running is None:
                return Execution(process.log, cancelled=True)
            try:
                running.follow(_Output(log, on_output))
            finally:
                # Also when `on_output` raises.
                self._end(running)
        return running.execution()

    def cancel(self) -> None:
        """End all running processes and start no more; from any thread.

        The processes get SIGTERM and, after the grace, SIGKILL; a second call kills at once.
        Returns without waiting: each `execute` returns when its process has ended.
        """
        with self._lock:
            self._cancellations += 1
            for running in self._running:
                running.cancelled = True
                running.stop(self._grace_seconds if self._cancellations == 1 else 0.0)

    def _start(self, process: Process) -> "_Running | None":
        """Start it, unless all was cancelled meanwhile."""
        read_end, write_end = os.pipe()
        inode = os.fstat(read_end).st_ino
        try:
            with self._lock:
                if self._cancellations:
                    os.close(read_end)
                    return None
                self._tell(f"pipe {inode}")
                popen = subprocess.Popen(
                    process.arguments,
                    cwd=process.cwd,
                    env=process.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=write_end,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._tell(f"group {popen.pid}")
                running = _Running(process, popen, read_end, inode, self._grace_seconds)
                self._running.add(running)
                return running
        except (OSError, ValueError):
            with self._lock:
                self._tell(f"end {inode}")
            os.close(read_end)
            raise
        finally:
            os.close(write_end)

    def _end(self, running: "_Running") -> None:
        running.kill_group()
        with self._lock:
            # From here on nobody signals the group: its number may be given to another soon.
            self._running.discard(running)
            self._tell(f"end {running.inode} {running.popen.pid}")
        running.reap()

    def _tell(self, line: str) -> None:
        if self._watchdog is None:
            self._watchdog = subprocess.Popen(
                [sys.executable, "-I", "-S", _WATCHDOG, str(os.getpgrp())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl-C in the terminal is for oneroof, which ends its tasks in order.
                start_new_session=True,
                bufsize=0,
            )
        if self._watchdog.stdin is not None:
            # Somebody killed it: tasks run on, only without its protection.
            with contextlib.suppress(BrokenPipeError):
                self._watchdog.stdin.write(f"{line}\n".encode())


class _Output:
    """Where the output goes: the log as it is, the callback line by line."""

    def __init__(self, log: BinaryIO, on_line: OnOutput | None) -> None:
        self._log = log
        self._on_line = on_line
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self.size_bytes = 0
        self.error: OSError | None = None

    def write(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        if self.error is None:
            try:
                view = memoryview(chunk)
                while view:
                    view = view[self._log.write(view) :]
            except OSError as error:
                self.error = error
        self._say(self._decoder.decode(chunk))

    def finish(self) -> None:
        self._say(self._decoder.decode(b"", final=True))
        if self._pending and self._on_line is not None:
            self._on_line(self._pending)
        self._pending = ""

    def _say(self, text: str) -> None:
        if self._on_line is None:
            return
        *lines, self._pending = (self._pending + text).split("\n")
        for line in lines:
            self._on_line(line.removesuffix("\r"))
        while len(self._pending) >= LONGEST_LINE:
            self._on_line(self._pending[:LONGEST_LINE])
            self._pending = self._pending[LONGEST_LINE:]


class _Running:
    """One process group from its start to its end."""

    def __init__(
        self,
        process: Process,
        popen: subprocess.Popen[bytes],
        output: int,
        inode: int,
        grace_seconds: float,
    ) -> None:
        self.process = process
        self.popen = popen
        self.inode = inode
        self.cancelled = False
        self._output = output
        self._grace_seconds = grace_seconds
        self._started = time.monotonic()
        self._kill_at: float | None = None
        self._timed_out = False
        self._fault = ""
        self._duration_seconds = 0.0
        self._wait_status = 0
        self._usage: tuple[float, float, int] = (0.0, 0.0, 0)

    def follow(self, output: _Output) -> None:
        """Read until the first process has ended; enforce timeout and grace."""
        os.set_blocking(self._output, False)
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        is_open = True
        pause = _SHORTEST_TICK_SECONDS
        while not self._has_ended():
            if is_open:
                poll.poll(_TICK_SECONDS * 1000)
                is_open = self._pass_on(output)
            else:
                # It closed its output: it is about to end, or goes on in silence.
                time.sleep(pause)
                pause = min(2 * pause, _TICK_SECONDS)
            self._enforce()
            if output.error is not None and not self._fault:
                self._fault = f"the log `{self.process.log}` cannot be written: {output.error}"
                self.stop(self._grace_seconds)
        self._duration_seconds = time.monotonic() - self._started
        self.kill_group()
        # One that left the group may still be writing, so there is an end to what is taken.
        for _ in range(_LAST_CHUNKS):
            before = output.size_bytes
            if not is_open or not self._pass_on(output) or output.size_bytes == before:
                break
        output.finish()

    def stop(self, grace_seconds: float) -> None:
        """Send SIGTERM, or SIGKILL where there is no grace."""
        if grace_seconds <= 0:
            self.kill_group()
        elif self._kill_at is None:
            self._kill_at = time.monotonic() + grace_seconds
            self._signal(signal.SIGTERM)

    def kill_group(self) -> None:
        """Kill what is left of the group."""
        self._signal(signal.SIGKILL)

    def reap(self) -> None:
        """Take the exit status; the group's number is free from here on."""
        os.close(self._output)
        _, self._wait_status, usage = os.wait4(self.popen.pid, 0)
        # Popen must know, or it would wait for the number, which may be another's by then.
        self.popen.returncode = os.waitstatus_to_exitcode(self._wait_status)
        self._usage = (usage.ru_utime, usage.ru_stime, usage.ru_maxrss * 1024)

    def execution(self) -> Execution:
        """What became of it, once it is reaped."""
        code = os.waitstatus_to_exitcode(self._wait_status)
        user_seconds, system_seconds, max_rss_bytes = self._usage
        return Execution(
            self.process.log,
            self._duration_seconds,
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            fault=self._fault,
            timed_out=self._timed_out,
            cancelled=self.cancelled,
            user_seconds=user_seconds,
            system_seconds=system_seconds,
            max_rss_bytes=max_rss_bytes,
        )

    def _has_ended(self) -> bool:
        """Whether the first process has ended; it is left unreaped, so its number stays its own."""
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.popen.pid, options) is not None

    def _pass_on(self, output: _Output) -> bool:
        """Pass on what is there, up to a chunk; False at the end of the output."""
        try:
            chunk = os.read(self._output, _CHUNK_BYTES)
        except BlockingIOError:
            return True
        output.write(chunk)
        return bool(chunk)

    def _enforce(self) -> None:
        now = time.monotonic()
        if self._kill_at is not None:
            if now >= self._kill_at:
                self.kill_group()
            return
        timeout = self.process.timeout_seconds
        if timeout is not None and now - self._started >= timeout:
            self._timed_out = True
            self.stop(self._grace_seconds)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self.popen.pid, number)


def _fault(process: Process, what: str, error: Exception) -> Execution:
    why = error.strerror if isinstance(error, OSError) else str(error)
    place = ""
    if isinstance(error, OSError) and error.filename not in {None, process.arguments[0]}:
        place = f"`{error.filename}`: "
    return Execution(process.log, fault=f"{what}: {place}{why}")
