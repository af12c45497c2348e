"""Work shared with forked processes: each part is done once, by whoever comes to it first."""

import os
import sys
import threading
from collections.abc import Callable

import msgspec

_TOKEN_BYTES = 4
_MOST_PARTS = 16_000
"""As many tokens as a pipe holds."""


def shared(count: int, work: Callable[[int], bytes]) -> list[bytes]:
    """The results of `work` for each number below `count`.

    Forking is what makes it worth it: what this process knows, the others know too. Where there
    is one processor, or a thread that forking would leave behind, this process does all of it.
    """
    helpers = 0 if count > _MOST_PARTS else min(_processors(), count) - 1
    if helpers < 1 or not hasattr(os, "fork") or threading.active_count() > 1:
        return [work(number) for number in range(count)]
    tokens, tokens_end = os.pipe()
    os.write(tokens_end, b"".join(number.to_bytes(_TOKEN_BYTES) for number in range(count)))
    os.close(tokens_end)
    started = [_start(tokens, work) for _ in range(helpers)]
    try:
        done = _do(tokens, work)
    finally:
        os.close(tokens)
        outputs = [_finish(*each) for each in started]
    for output in outputs:
        done.update(output)
    # What a process that was killed had taken is done here.
    return [done[number] if number in done else work(number) for number in range(count)]


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _do(tokens: int, work: Callable[[int], bytes]) -> dict[int, bytes]:
    done = {}
    while token := os.read(tokens, _TOKEN_BYTES):
        number = int.from_bytes(token)
        done[number] = work(number)
    return done


def _start(tokens: int, work: Callable[[int], bytes]) -> tuple[int, int]:
    """A process that does its share; its id, and where to read what it has done."""
    output, end = os.pipe()
    process = os.fork()
    if process:
        os.close(end)
        return process, output
    status = 1
    try:
        os.close(output)
        with os.fdopen(end, "wb") as stream:
            stream.write(msgspec.msgpack.encode(_do(tokens, work)))
        status = 0
    except KeyboardInterrupt:
        pass
    except BaseException:  # noqa: BLE001  whatever it is, it must not go on as the parent does
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _finish(process: int, output: int) -> dict[int, bytes]:
    with os.fdopen(output, "rb") as stream:
        content = stream.read()
    _, status = os.waitpid(process, 0)
    return {} if status else msgspec.msgpack.decode(content, type=dict[int, bytes])
