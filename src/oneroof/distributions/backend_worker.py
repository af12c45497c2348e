"""Calls the hooks of a build backend (PEP 517), each in a process of its own.

Started by the interpreter of a build environment, so it uses nothing but the standard library of
any Python from 3.6 on. It loads the backend once and forks for each call: what it leaves behind in
memory never reaches the next project. One JSON object a line comes in and one goes out.

In: `source`, `backend`, `backend_path`, `hook`, `arguments`, `variables`, `log`.
Out: `{"result": ...}`, `{"missing": true}` for an optional hook that is not there,
`{"error": "..."}` where it failed; what was printed is in the file `log`.
"""

# ruff: noqa: UP006, UP035, BLE001 - runs on older Pythons; a backend may raise anything

import importlib
import json
import os
import select
import signal
import sys
import traceback
from typing import Any, Dict, NoReturn

INPUT, ANSWERS = 0, 3
_CHUNK = 65536


def main() -> None:
    """Answer calls until the other side goes away."""
    os.dup2(os.dup(1), ANSWERS)
    os.set_inheritable(ANSWERS, False)
    os.dup2(2, 1)
    waiting = b""
    while True:
        line, newline, rest = waiting.partition(b"\n")
        if newline:
            waiting = rest
            answer = _call(json.loads(line.decode()))
            os.write(ANSWERS, json.dumps(answer).encode() + b"\n")
            continue
        more = os.read(INPUT, _CHUNK)
        if not more:
            return
        waiting += more


def _call(request: Dict[str, Any]) -> Dict[str, Any]:
    """One call in a forked process, ended when nobody waits for its answer any more."""
    if not request["backend_path"]:
        _preload(request["backend"])
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _work(request, reader, writer)
    os.close(writer)
    told = b""
    while True:
        ready, _, _ = select.select([reader, INPUT], [], [])
        if reader in ready:
            more = os.read(reader, _CHUNK)
            if not more:
                break
            told += more
        elif not os.read(INPUT, 1):  # oneroof is gone
            os.killpg(0, signal.SIGKILL)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    if told:
        answer: Dict[str, Any] = json.loads(told.decode())
        return answer
    if os.WIFSIGNALED(status):
        return {"error": f"ended by signal {os.WTERMSIG(status)}"}
    return {"error": f"exited with {os.WEXITSTATUS(status)}"}


def _preload(backend: str) -> None:
    """Load the backend before forking; where that fails, the call itself says so."""
    try:
        importlib.import_module(backend.partition(":")[0])
    except BaseException:
        sys.modules.pop(backend.partition(":")[0], None)


def _work(request: Dict[str, Any], reader: int, writer: int) -> NoReturn:
    """Call the hook and leave the process."""
    code = 0
    try:
        os.close(reader)
        os.close(ANSWERS)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        # In the order in which things were said.
        sys.stdout = os.fdopen(1, "w", 1, closefd=False)
        answer = _answer(request)
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(writer, json.dumps(answer).encode())
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        sys.stderr.flush()
        os._exit(code)


def _answer(request: Dict[str, Any]) -> Dict[str, Any]:
    os.chdir(request["source"])
    os.environ.update(request["variables"])
    sys.argv = ["setup.py"]
    backend, path = request["backend"], request["backend_path"]
    # A backend of the project's own comes first (PEP 517, in-tree build backends).
    sys.path[:0] = ["/".join([request["source"], each]) for each in path]
    module, _, attribute = backend.partition(":")
    try:
        found = importlib.import_module(module)
        for name in filter(None, attribute.split(".")):
            found = getattr(found, name)
    except Exception as error:
        traceback.print_exc()
        return {"error": f"the backend `{backend}` cannot be loaded: {error}"}
    hook = getattr(found, request["hook"], None)
    if hook is None:
        return {"missing": True}
    try:
        return {"result": hook(*request["arguments"])}
    except SystemExit as error:
        return {"error": f"the backend exited: {error}"}
    except Exception as error:
        traceback.print_exc()
        told = str(error).strip().splitlines()
        return {"error": ": ".join([type(error).__name__, *told[:1]])}


if __name__ == "__main__":
    main()
