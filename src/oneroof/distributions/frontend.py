"""A build frontend (PEP 517): warm processes that call the hooks of build backends."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof.environments.model import Environment, command_environment
from oneroof.errors import ToolError

WORKER = Path(__file__).with_name("backend_worker.py")
LAST_LINES = 20
_CHUNK = 1 << 16
DEFAULT_TIMEOUT_SECONDS = 30 * 60.0


class Call(msgspec.Struct, frozen=True):
    """One call of a hook."""

    source: str
    """The folder of the project's copy."""
    backend: str
    backend_path: tuple[str, ...]
    hook: str
    arguments: tuple[object, ...]
    variables: Mapping[str, str]
    log: str


class HookError(ToolError):
    """A hook failed, or could not be called."""


class Missing(msgspec.Struct, frozen=True):
    """The backend has no such hook, which is optional."""


class Frontend:
    """Calls hooks for parallel callers; ends its processes when it is closed."""

    def __init__(self, variables: Mapping[str, str], timeout_seconds: float) -> None:
        self._variables = dict(variables)
        self._timeout_seconds = timeout_seconds
        self._guard = threading.Lock()
        self._idle: dict[str, list[_Worker]] = {}
        self._all: set[_Worker] = set()
        self._closed = False

    def close(self) -> None:
        """End all processes, whatever they do."""
        with self._guard:
            self._closed = True
            for worker in self._all:
                worker.kill()
            self._all.clear()
            self._idle.clear()

    def call(self, environment: Environment, call: Call) -> object:
        """What a hook returns; `Missing` where the backend does not have it.

        Raises:
            HookError: it failed or did not end in time.
        """
        python = str(environment.python)
        worker = self._take(environment)
        try:
            answer = worker.ask(call, self._timeout_seconds)
        except BaseException:
            self._drop(worker)
            raise
        self._give_back(python, worker)
        if answer.get("missing"):
            return Missing()
        if "error" in answer:
            message = f"`{call.hook}` of {call.backend}: {answer['error']}"
            raise HookError(_with_log(message, call.log))
        return answer["result"]

    def _take(self, environment: Environment) -> "_Worker":
        python = str(environment.python)
        with self._guard:
            if self._closed:
                message = "the build was interrupted"
                raise HookError(message)
            idle = self._idle.get(python)
            if idle:
                return idle.pop()
            worker = _Worker(python, command_environment(environment, self._variables))
            self._all.add(worker)
            return worker

    def _give_back(self, python: str, worker: "_Worker") -> None:
        with self._guard:
            if worker in self._all:
                self._idle.setdefault(python, []).append(worker)

    def _drop(self, worker: "_Worker") -> None:
        worker.kill()
        with self._guard:
            self._all.discard(worker)


class _Worker:
    """One process of a build environment, and the pipes to it."""

    def __init__(self, python: str, variables: Mapping[str, str]) -> None:
        reader, self._calls = os.pipe()
        self._answers, writer = os.pipe()
        self._process = subprocess.Popen(
            (python, str(WORKER)),
            stdin=reader,
            stdout=writer,
            stderr=subprocess.DEVNULL,
            env=dict(variables),
            start_new_session=True,
        )
        os.close(reader)
        os.close(writer)

    def ask(self, call: Call, timeout_seconds: float) -> Mapping[str, object]:
        try:
            waiting = memoryview(msgspec.json.encode(call) + b"\n")
            while waiting:
                waiting = waiting[os.write(self._calls, waiting) :]
            line = self._read_line(time.monotonic() + timeout_seconds)
        except BrokenPipeError:
            line = b""
        except TimeoutError as error:
            message = f"`{call.hook}` of {call.backend} did not end in {timeout_seconds:.0f} s"
            raise HookError(_with_log(message, call.log)) from error
        if not line:
            message = f"`{call.hook}` of {call.backend}: its process ended"
            raise HookError(_with_log(message, call.log))
        answer: Mapping[str, object] = json.loads(line)
        return answer

    def _read_line(self, deadline: float) -> bytes:
        found = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            while not found.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                more = os.read(self._answers, _CHUNK)
                if not more:
                    return b""
                found += more
        return found

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._calls, self._answers):
            with contextlib.suppress(OSError):
                os.close(pipe)


def _with_log(message: str, log: str) -> str:
    """A message, and below it the last lines of what the backend printed."""
    try:
        text = Path(log).read_text("utf-8", "replace")
    except OSError:
        return message
    last: Sequence[str] = text.strip().splitlines()[-LAST_LINES:]
    return "\n".join([message, *last])
