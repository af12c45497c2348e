"""A run that is ended from outside: what had finished is kept, and nothing lives on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Git, MakeWorkspace
    from tests.tasks.conftest import Run

pytestmark = pytest.mark.usefixtures("wheelhouse")

SLEEPS = (
    "import os, pathlib, subprocess, sys, time\n\n"
    "def test_sleep():\n"
    "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "    pathlib.Path(r'{place}').write_text(f'{{os.getpid()}} {{child.pid}}\\n')\n"
    "    time.sleep(600)\n"
)


@pytest.fixture
def running(
    workspace: MakeWorkspace, tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[str], Path, list[int]]]:
    """A run of which one target has passed and another sleeps, with the sleepers' pids."""
    place = tmp_path / "pids"
    root = workspace(
        {
            "a/pyproject.toml": '[project]\nname = "a"\nversion = "1"\n',
            "a/test_a.py": "def test_a():\n    pass\n",
            "b/pyproject.toml": '[project]\nname = "b"\nversion = "1"\n',
            "b/test_b.py": SLEEPS.format(place=place),
        }
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "oneroof", "test", "--jobs", "1"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (place.exists() and place.read_text().endswith("\n")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    yield process, root, [int(word) for word in place.read_text().split()]
    if process.poll() is None:
        process.kill()
    process.communicate()


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def _wait_until_dead(pids: list[int]) -> None:
    while any(map(_is_alive, pids)):
        time.sleep(0.02)


def test_an_interrupt_keeps_what_has_finished_and_ends_the_rest(
    running: tuple[subprocess.Popen[str], Path, list[int]], run_json: Run, git: Git
) -> None:
    process, root, pids = running
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == 130
    assert stderr.endswith("interrupted: what had finished is kept\n")
    _wait_until_dead(pids)
    assert run_json(root, "test", "a").sources() == {"a:test": "local-cache"}
    assert git("status", "--porcelain") == ""


def test_an_interrupt_ends_what_runs_again(workspace: MakeWorkspace, tmp_path: Path) -> None:
    place = tmp_path / "pids"
    sleeps = SLEEPS.format(place=place)
    fails_first = f"    if not pathlib.Path({str(tmp_path / 'ran')!r}).exists():\n"
    fails_first += f"        pathlib.Path({str(tmp_path / 'ran')!r}).touch()\n        assert 0\n"
    head = "def test_sleep():\n"
    root = workspace(
        {
            "b/pyproject.toml": '[project]\nname = "b"\nversion = "1"\n',
            "b/test_b.py": sleeps.replace(head, head + fails_first),
        }
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "oneroof", "test", "--retries", "3"],
        cwd=root,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (place.exists() and place.read_text().endswith("\n")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == 130
    assert stderr.count("again  b:test") == 1
    _wait_until_dead([int(word) for word in place.read_text().split()])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_leaves_no_orphan(
    running: tuple[subprocess.Popen[str], Path, list[int]], number: signal.Signals
) -> None:
    process, _, pids = running
    process.send_signal(number)
    process.communicate()
    assert process.returncode != 0
    _wait_until_dead(pids)


def test_being_killed_leaves_no_orphan_and_a_sound_store(
    running: tuple[subprocess.Popen[str], Path, list[int]], run_json: Run, git: Git
) -> None:
    process, root, pids = running
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    _wait_until_dead(pids)
    told = run_json(root, "test", "a")
    assert told.sources() == {"a:test": "local-cache"}
    assert told.stderr == ""
    assert git("status", "--porcelain") == ""
