"""Running other tools: a command in, an outcome value out.

Nothing else starts processes for a result; `execution` has its own runner for tasks, which
stream their output and can be interrupted.
"""

import os
import shlex
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof.errors import ToolError

LAST_LINES = 20

UNWRAPPED = {"UV_NO_WRAP": "1"}
"""Have uv say each thing on one line, however narrow the terminal: what it says is read."""

_uv_guard = threading.Lock()


class Outcome(msgspec.Struct, frozen=True):
    """What a finished process said."""

    arguments: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes

    def tail(self) -> str:
        """The last lines of what it said, standard error first when there is any."""
        text = (self.stderr.strip() or self.stdout.strip()).decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-LAST_LINES:])


def run(
    arguments: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    stdin: bytes = b"",
) -> Outcome:
    """Run a tool to its end, whatever its exit code.

    `env` is added to this process's own variables, those named by `without` are left out.

    Raises:
        ToolError: the tool cannot be started.
    """
    left_out = frozenset(without)
    inherited = {name: told for name, told in os.environ.items() if name not in left_out}
    try:
        done = subprocess.run(
            list(arguments),
            cwd=cwd,
            env=inherited | dict(env or {}),
            input=stdin,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            message = f"tried to run `{arguments[0]}` but the folder `{cwd}` does not exist"
            raise ToolError(message) from error
        message = f"tried to run `{arguments[0]}` but it was not found"
        raise ToolError(message, hint=f"install `{arguments[0]}` or put it on PATH") from error
    except OSError as error:
        message = f"tried to run `{arguments[0]}` but it could not be started: {error.strerror}"
        raise ToolError(message) from error
    return Outcome(tuple(arguments), done.returncode, done.stdout, done.stderr)


def check(
    action: str,
    arguments: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> bytes:
    """Run a tool that must succeed and return its standard output.

    `action` completes the sentence "tried to ...".

    Raises:
        ToolError: the tool is missing or exited with another code than 0.
    """
    outcome = run(arguments, cwd=cwd, env=env, stdin=stdin)
    if outcome.exit_code != 0:
        message = (
            f"tried to {action} but `{Path(arguments[0]).name}` exited with {outcome.exit_code}"
        )
        if tail := outcome.tail():
            message += f":\n{tail}"
        raise ToolError(message, hint=f"run it again: {shlex.join(arguments)}")
    return outcome.stdout


def find_uv() -> str:
    """The uv that oneroof depends on.

    Raises:
        ToolError: it is not installed.
    """
    # One thread at a time: sysconfig, which uv asks, is half filled while another fills it.
    with _uv_guard:
        from uv import find_uv_bin

        try:
            return find_uv_bin()
        except FileNotFoundError as error:
            message = "tried to run `uv` but it was not found"
            hint = "install oneroof again, with its dependencies"
            raise ToolError(message, hint=hint) from error
