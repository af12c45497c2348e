"""Work shared with forked processes."""

import os
import signal

import pytest

from oneroof.imports import sharing
from oneroof.imports.sharing import shared


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_processors", lambda: 2)
    monkeypatch.setattr("threading.active_count", lambda: 1)


def test_results_come_in_order() -> None:
    assert shared(300, lambda number: str(number).encode()) == [
        str(number).encode() for number in range(300)
    ]


def test_results_larger_than_a_pipe_come_whole() -> None:
    assert shared(4, lambda number: bytes([number]) * 300_000) == [
        bytes([number]) * 300_000 for number in range(4)
    ]


def test_what_a_killed_process_had_taken_is_done_all_the_same() -> None:
    this = os.getpid()

    def work(number: int) -> bytes:
        if os.getpid() != this:
            os.kill(os.getpid(), signal.SIGKILL)
        return str(number).encode()

    assert shared(50, work) == [str(number).encode() for number in range(50)]


def test_what_fails_fails_here_too() -> None:
    def work(number: int) -> bytes:
        if number == 7:
            message = "seven"
            raise ValueError(message)
        return b""

    with pytest.raises(ValueError, match="seven"):
        shared(20, work)
