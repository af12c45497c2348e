"""Waiting for what other processes do; the tests' own timeout ends a wait in vain."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

WaitFor = Callable[[Path], str]
WaitUntilDead = Callable[[Iterable[int]], None]

PAUSE_SECONDS = 0.01


@pytest.fixture
def wait_for() -> WaitFor:
    """The content of a file another process writes, as soon as it ends with a newline."""

    def wait(path: Path) -> str:
        while not (path.exists() and path.read_text().endswith("\n")):
            time.sleep(PAUSE_SECONDS)
        return path.read_text()

    return wait


@pytest.fixture
def wait_until_dead() -> WaitUntilDead:
    """Return once none of some processes runs; those that wait to be reaped do not."""

    def wait(pids: Iterable[int]) -> None:
        for pid in pids:
            while is_alive(pid):
                time.sleep(PAUSE_SECONDS)

    return wait


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}
