import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult, Status, TestCounts
from oneroof.cache.disk import DiskCache

DAY = 24 * 60 * 60
ACTION = Digest.of(b"action")


def fail(message: str) -> None:
    raise AssertionError(message)


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path, fail)


def blob_file(root: Path, digest: Digest) -> Path:
    return root / "cas" / digest.hash[:2] / digest.hash


def action_file(root: Path) -> Path:
    return root / "ac" / ACTION.hash[:2] / ACTION.hash


def store(cache: DiskCache) -> ActionResult:
    result = ActionResult(
        "passed",
        1.25,
        exit_code=0,
        tests=TestCounts(passed=3, skipped=1),
        stdout_digest=cache.storage.write(b"3 passed"),
        junit_digest=cache.storage.write(b"<testsuites/>"),
    )
    cache.actions.update_action_result(ACTION, result)
    return result


@settings(max_examples=25)
@given(content=st.binary(max_size=200_000))
def test_storage_returns_what_was_put(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = DiskCache(tmp_path_factory.mktemp("cache"), fail)
    digest = cache.storage.write(content)
    assert digest == Digest.of(content)
    assert cache.storage.read(digest) == content


def test_blob_never_written_is_missing(cache: DiskCache) -> None:
    here, missing = cache.storage.write(b"here"), Digest.of(b"missing")
    assert cache.storage.find_missing_blobs([missing, here]) == [missing]
    assert cache.storage.read(missing) is None


@pytest.mark.parametrize("damaged", [b"", b"hell", b"hellO", b"hello!"])
def test_damaged_blob_is_a_miss_and_removed(
    cache: DiskCache, tmp_path: Path, damaged: bytes
) -> None:
    digest = cache.storage.write(b"hello")
    blob_file(tmp_path, digest).write_bytes(damaged)
    assert cache.storage.read(digest) is None
    assert not blob_file(tmp_path, digest).exists()


def test_truncated_blob_is_missing_without_being_read(cache: DiskCache, tmp_path: Path) -> None:
    digest = cache.storage.write(b"hello")
    blob_file(tmp_path, digest).write_bytes(b"hell")
    assert cache.storage.find_missing_blobs([digest]) == [digest]


def test_writing_mends_a_damaged_blob(cache: DiskCache, tmp_path: Path) -> None:
    digest = cache.storage.write(b"hello")
    blob_file(tmp_path, digest).write_bytes(b"hellO")
    cache.storage.write(b"hello")
    assert cache.storage.read(digest) == b"hello"


def test_folder_in_place_of_a_blob_is_missing(tmp_path: Path) -> None:
    warnings: list[str] = []
    digest = Digest.of(b"hello")
    blob_file(tmp_path, digest).mkdir(parents=True)
    storage = DiskCache(tmp_path, warnings.append).storage
    assert storage.find_missing_blobs([digest]) == [digest]
    assert storage.read(digest) is None
    assert len(warnings) == 1


def test_result_is_found_again(cache: DiskCache, tmp_path: Path) -> None:
    result = store(cache)
    assert DiskCache(tmp_path, fail).actions.get_action_result(ACTION) == result
    assert cache.actions.get_action_result(Digest.of(b"another")) is None


@pytest.mark.parametrize("status", ["failed", "error", "skipped"])
def test_what_did_not_pass_cannot_be_stored(
    cache: DiskCache, tmp_path: Path, status: Status
) -> None:
    with pytest.raises(ValueError, match="only what passed"):
        cache.actions.update_action_result(ACTION, ActionResult(status, 1.0))
    assert not action_file(tmp_path).exists()


def test_failure_smuggled_into_a_file_is_no_hit(cache: DiskCache, tmp_path: Path) -> None:
    store(cache)
    payload = action_file(tmp_path).read_bytes().partition(b"\n")[2]
    forged = payload.replace(b'"passed","dur', b'"failed","dur')
    assert forged != payload
    checksum = hashlib.sha256(forged).hexdigest().encode()
    action_file(tmp_path).write_bytes(checksum + b"\n" + forged)
    assert cache.actions.get_action_result(ACTION) is None


@settings(max_examples=60)
@given(st.data())
def test_flipped_bit_or_cut_in_an_entry_is_a_miss(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("cache")
    cache = DiskCache(root, fail)
    store(cache)
    content = bytearray(action_file(root).read_bytes())
    if data.draw(st.booleans()):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    action_file(root).write_bytes(content)
    assert cache.actions.get_action_result(ACTION) is None
    assert not action_file(root).exists()


def test_entry_of_another_action_is_a_miss(cache: DiskCache, tmp_path: Path) -> None:
    store(cache)
    other = Digest.of(b"another")
    misplaced = tmp_path / "ac" / other.hash[:2] / other.hash
    misplaced.parent.mkdir(exist_ok=True)
    misplaced.write_bytes(action_file(tmp_path).read_bytes())
    assert cache.actions.get_action_result(other) is None


def test_entry_of_another_version_is_a_miss(cache: DiskCache, tmp_path: Path) -> None:
    store(cache)
    payload = msgspec.json.encode({"action_digest": {"hash": ACTION.hash}, "result": {}})
    content = hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload
    action_file(tmp_path).write_bytes(content)
    assert cache.actions.get_action_result(ACTION) is None


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda path: path.write_bytes(b"cut")], ids=["missing", "cut"]
)
def test_result_whose_log_is_not_whole_is_a_miss(
    cache: DiskCache, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    result = store(cache)
    assert result.stdout_digest is not None
    damage(blob_file(tmp_path, result.stdout_digest))
    assert cache.actions.get_action_result(ACTION) is None


def test_result_is_not_stored_without_its_blobs(cache: DiskCache, tmp_path: Path) -> None:
    lost = ActionResult("passed", 1.0, stdout_digest=Digest.of(b"never written"))
    cache.actions.update_action_result(ACTION, lost)
    assert not action_file(tmp_path).exists()


def test_hit_marks_entry_and_blobs_as_used(cache: DiskCache, tmp_path: Path) -> None:
    store(cache)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    old = time.time() - 3 * DAY
    for file in files:
        os.utime(file, (old, old))
    assert cache.actions.get_action_result(ACTION) is not None
    assert [file.stat().st_mtime > old + DAY for file in files] == [True] * 3


def test_second_hit_of_a_day_writes_nothing(cache: DiskCache, tmp_path: Path) -> None:
    store(cache)
    recent = time.time() - DAY / 2
    os.utime(action_file(tmp_path), (recent, recent))
    before = action_file(tmp_path).stat().st_mtime_ns
    assert cache.actions.get_action_result(ACTION) is not None
    assert action_file(tmp_path).stat().st_mtime_ns == before


def test_disk_that_cannot_be_written_is_said_once_and_misses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    warnings: list[str] = []
    cache = DiskCache(tmp_path / "file" / "cache", warnings.append)
    store(cache)
    assert cache.storage.write(b"more") == Digest.of(b"more")
    assert cache.storage.read(Digest.of(b"more")) is None
    assert cache.actions.get_action_result(ACTION) is None
    assert len(warnings) == 1
    assert warnings[0].startswith("the cache cannot be written: ")


def test_full_disk_leaves_neither_entry_nor_temporary_file(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from oneroof.cache.disk import DiskCache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
cache = DiskCache(Path(sys.argv[1]), print)
digest = cache.storage.write(b"x" * 5000)
print(cache.storage.read(digest))
"""
    root = tmp_path / "cache"
    done = subprocess.run(
        [sys.executable, "-c", script, str(root)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[1:] == ["None"]
    assert done.stdout.startswith("the cache cannot be written: ")
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_many_writers_and_readers_never_see_half_a_blob(tmp_path: Path) -> None:
    contents = [bytes([number]) * 100_000 for number in range(8)]
    seen: list[bytes | None] = []

    def write_and_read() -> None:
        storage = DiskCache(tmp_path, fail).storage
        seen.extend(storage.read(storage.write(content)) for content in contents)

    threads = [threading.Thread(target=write_and_read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(content or b"" for content in seen) == sorted(contents * 6)


def test_processes_share_one_cache(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult
from oneroof.cache.disk import DiskCache
cache = DiskCache(Path(sys.argv[1]), print)
for number in range(60):
    log = cache.storage.write(b"log %d" % number)
    result = ActionResult("passed", 1.0, stdout_digest=log)
    action = Digest.of(b"%d" % number)
    cache.actions.update_action_result(action, result)
    if cache.actions.get_action_result(action) != result:
        print("lost", number)
"""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert [process.communicate()[0] for process in running] == [""] * 4
    assert [process.returncode for process in running] == [0] * 4
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 120


def test_a_stream_becomes_a_blob_when_it_is_kept(tmp_path: Path) -> None:
    storage = DiskCache(tmp_path, pytest.fail).storage
    digest = Digest.of(b"large")
    with storage.incoming() as incoming:
        incoming.stream.write(b"large")
        incoming.stream.flush()
        incoming.keep(digest)
    assert storage.read(digest) == b"large"
    path = storage.locate(digest)
    assert path is not None
    assert path.read_bytes() == b"large"
    assert list((tmp_path / "cas" / "incoming").iterdir()) == []


def test_a_stream_that_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    storage = DiskCache(tmp_path, pytest.fail).storage
    with storage.incoming() as incoming:
        incoming.stream.write(b"large")
    assert storage.locate(Digest.of(b"large")) is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
