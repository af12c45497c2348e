import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.actions.digest import Digest
from oneroof.cache.history import History, LastRun, merge

DIGEST = Digest.of(b"action")
DAY = 24 * 60 * 60


def last_run(target: str, finished_at: float = 1.0, duration_seconds: float = 2.0) -> LastRun:
    return LastRun(target, DIGEST, "passed", duration_seconds, finished_at)


runs = st.lists(
    st.builds(
        last_run, st.sampled_from(["a:test", "b:test", "c:test"]), st.integers(0, 9).map(float)
    ),
    unique_by=lambda run: (run.target, run.finished_at),
)


def test_what_was_recorded_is_loaded_by_target(tmp_path: Path) -> None:
    history = History(tmp_path, Path("/work"))
    failed = LastRun("ml:test", DIGEST, "failed", 3.5, 10.0, Digest.of(b"log"))
    assert history.record([failed, last_run("api:test")])
    assert history.load() == {"api:test": last_run("api:test"), "ml:test": failed}


def test_workspaces_do_not_share_a_history(tmp_path: Path) -> None:
    History(tmp_path, Path("/one")).record([last_run("a:test")])
    assert History(tmp_path, Path("/two")).load() == {}


def test_later_run_replaces_an_earlier_one(tmp_path: Path) -> None:
    history = History(tmp_path, Path("/work"))
    history.record([last_run("a:test", 2.0)])
    history.record([last_run("a:test", 3.0), last_run("b:test", 1.0)])
    history.record([last_run("a:test", 1.0)])
    assert history.load() == {"a:test": last_run("a:test", 3.0), "b:test": last_run("b:test", 1.0)}


@given(runs, runs)
def test_merging_does_not_depend_on_who_came_first(one: list[LastRun], two: list[LastRun]) -> None:
    assert merge(merge({}, one), two) == merge(merge({}, two), one) == merge({}, [*one, *two])


def test_targets_not_run_for_half_a_year_are_forgotten() -> None:
    old, new = last_run("old:test", 1.0), last_run("new:test", 200.0 * DAY)
    assert merge({"old:test": old}, [new]) == {"new:test": new}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b'{"version":99,"runs":[]}', b'{"version":1}']
)
def test_file_that_cannot_be_read_is_an_empty_history(tmp_path: Path, content: bytes) -> None:
    history = History(tmp_path, Path("/work"))
    history.record([last_run("a:test")])
    (file,) = tmp_path.glob("history/*.json")
    file.write_bytes(content)
    assert history.load() == {}
    assert history.record([last_run("b:test")])
    assert list(history.load()) == ["b:test"]


def test_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("not a folder")
    history = History(tmp_path, Path("/work"))
    assert not history.record([last_run("a:test")])
    assert history.load() == {}


def test_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from oneroof.actions.digest import Digest
from oneroof.cache.history import History, LastRun
history = History(Path(sys.argv[1]), Path("/work"))
for number in range(25):
    run = LastRun(f"{sys.argv[2]}{number}:test", Digest.of(b"a"), "passed", 1.0, 1.0)
    assert history.record([run])
"""
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in "abcd"
    ]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert len(History(tmp_path, Path("/work")).load()) == 100
