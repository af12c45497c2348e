from pathlib import Path

import pytest

from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult
from oneroof.cache.disk import DiskCache
from oneroof.cache.storage import (
    ActionCache,
    ContentAddressableStorage,
    ReadOnlyActionCache,
    ReadOnlyStorage,
    RecordingActionCache,
    WriteOnlyActionCache,
)

ACTION, OTHER = Digest.of(b"action"), Digest.of(b"other")
PASSED = ActionResult("passed", 1.0)


@pytest.fixture
def disk(tmp_path: Path) -> DiskCache:
    def fail(message: str) -> None:
        raise AssertionError(message)

    return DiskCache(tmp_path, fail)


def test_read_only_storage_reads_and_never_writes(disk: DiskCache) -> None:
    here = disk.storage.write(b"here")
    storage: ContentAddressableStorage = ReadOnlyStorage(disk.storage)
    new = storage.write(b"new")
    assert new == Digest.of(b"new")
    assert storage.find_missing_blobs([here, new]) == [new]
    assert (storage.read(here), storage.read(new)) == (b"here", None)


def test_read_only_action_cache_finds_and_never_stores(disk: DiskCache) -> None:
    disk.actions.update_action_result(ACTION, PASSED)
    cache: ActionCache = ReadOnlyActionCache(disk.actions)
    cache.update_action_result(OTHER, PASSED)
    assert cache.get_action_result(ACTION) == PASSED
    assert disk.actions.get_action_result(OTHER) is None


def test_write_only_action_cache_stores_and_finds_nothing(disk: DiskCache) -> None:
    cache: ActionCache = WriteOnlyActionCache(disk.actions)
    cache.update_action_result(ACTION, PASSED)
    assert cache.get_action_result(ACTION) is None
    assert disk.actions.get_action_result(ACTION) == PASSED


def test_recording_action_cache_remembers_what_was_asked(disk: DiskCache) -> None:
    cache = RecordingActionCache(disk.actions)
    cache.get_action_result(ACTION)
    cache.update_action_result(ACTION, PASSED)
    cache.get_action_result(ACTION)
    assert (cache.misses, cache.updates, cache.hits) == ([ACTION], [ACTION], [ACTION])


@pytest.mark.parametrize("wrapper", [ReadOnlyActionCache, WriteOnlyActionCache])
def test_every_wrapper_refuses_failures(
    disk: DiskCache, wrapper: type[ReadOnlyActionCache | WriteOnlyActionCache]
) -> None:
    with pytest.raises(ValueError, match="only what passed"):
        wrapper(disk.actions).update_action_result(ACTION, ActionResult("failed", 1.0))
