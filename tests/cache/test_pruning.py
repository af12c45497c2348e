import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.cache.disk import DiskCache
from oneroof.cache.pruning import (
    DEFAULT_MAX_BYTES,
    Pruned,
    StoredFile,
    is_pruning_due,
    max_bytes,
    plan_pruning,
    prune,
)
from oneroof.errors import ConfigError

HOUR = 60 * 60
files = st.lists(
    st.builds(
        StoredFile,
        used_at=st.integers(0, 9).map(float),
        path=st.text("abc", min_size=1, max_size=3),
        size_bytes=st.integers(0, 100),
    ),
    unique_by=lambda file: file.path,
)


def test_least_recently_used_goes_first() -> None:
    old, middle, new = StoredFile(1, "c", 10), StoredFile(2, "b", 10), StoredFile(3, "a", 10)
    assert plan_pruning([new, old, middle], 15) == (old, middle)


@given(files, st.integers(0, 500))
def test_pruning_reaches_the_bound_and_removes_no_file_more(
    stored: list[StoredFile], bound: int
) -> None:
    removals = plan_pruning(stored, bound)
    kept = sum(file.size_bytes for file in stored) - sum(file.size_bytes for file in removals)
    assert kept <= bound
    if removals:
        assert kept + removals[-1].size_bytes > bound
    survivors = set(stored) - set(removals)
    assert all(gone <= left for gone in removals for left in survivors)


@given(files)
def test_plan_does_not_depend_on_the_order_of_files(stored: list[StoredFile]) -> None:
    assert plan_pruning(stored, 50) == plan_pruning(reversed(stored), 50)


def test_prune_keeps_what_was_used_last(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, print)
    digests = [cache.storage.write(bytes([number]) * 1000) for number in range(5)]
    for age, digest in enumerate(digests):
        used = time.time() - age * HOUR
        os.utime(tmp_path / "cas" / digest.hash[:2] / digest.hash, (used, used))
    assert prune(tmp_path, 2500) == Pruned(removed=3, removed_bytes=3000, kept_bytes=2000)
    assert cache.storage.find_missing_blobs(digests) == digests[2:]


def test_prune_clears_up_after_killed_writers_only(tmp_path: Path) -> None:
    fan = tmp_path / "cas" / "ab"
    fan.mkdir(parents=True)
    for name, age in ((".abandoned.x", 25 * HOUR), (".being-written.y", HOUR)):
        (fan / name).write_bytes(b"half")
        used = time.time() - age
        os.utime(fan / name, (used, used))
    assert prune(tmp_path, 1000) == Pruned(removed=0, removed_bytes=0, kept_bytes=0)
    assert [path.name for path in fan.iterdir()] == [".being-written.y"]


def test_prune_of_nothing_is_no_error(tmp_path: Path) -> None:
    assert prune(tmp_path / "missing", 0) == Pruned(removed=0, removed_bytes=0, kept_bytes=0)


def test_pruning_is_due_once_an_hour(tmp_path: Path) -> None:
    assert is_pruning_due(tmp_path)
    prune(tmp_path, 0)
    assert not is_pruning_due(tmp_path)
    earlier = time.time() - 2 * HOUR
    os.utime(tmp_path / "pruned", (earlier, earlier))
    assert is_pruning_due(tmp_path)
    assert not is_pruning_due(tmp_path / "missing")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, DEFAULT_MAX_BYTES),
        ({"ONEROOF_CACHE_MAX_BYTES": ""}, DEFAULT_MAX_BYTES),
        ({"ONEROOF_CACHE_MAX_BYTES": " 5000 "}, 5000),
        ({"ONEROOF_CACHE_MAX_BYTES": "0"}, 0),
    ],
)
def test_bound_comes_from_the_environment(environ: dict[str, str], expected: int) -> None:
    assert max_bytes(environ) == expected


@pytest.mark.parametrize("text", ["10G", "-1", "1.5", "²", "9" * 5000])
def test_bound_that_is_no_number_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigError, match="whole number of bytes") as caught:
        max_bytes({"ONEROOF_CACHE_MAX_BYTES": text})
    assert caught.value.hint
