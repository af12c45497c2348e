from __future__ import annotations

import gzip
import hashlib
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.errors import ConfigError
from oneroof.images.compress import write_gzip
from oneroof.images.entries import Entry, file, link
from oneroof.images.tar import EPOCH, epoch, write_tar

NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=120
).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "app/" + "/".join(parts))
ENTRIES = st.dictionaries(
    PATHS,
    st.one_of(
        st.builds(file, st.binary(max_size=2000), is_program=st.booleans()),
        st.builds(link, NAMES),
    ),
    max_size=6,
).filter(lambda found: not any(other.startswith(f"{path}/") for path in found for other in found))


def tar(entries: dict[str, Entry], time: int = EPOCH) -> bytes:
    return b"".join(write_tar(entries, time))


@given(ENTRIES)
def test_any_reader_finds_what_was_written(entries: dict[str, Entry]) -> None:
    with tarfile.open(fileobj=io.BytesIO(tar(entries))) as archive:
        found = {}
        for member in archive:
            assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
            assert member.mtime == EPOCH
            if member.isdir():
                assert member.mode == 0o755
            elif member.issym():
                found[member.name] = (member.linkname.encode(), False)
            else:
                stream = archive.extractfile(member)
                assert stream is not None
                found[member.name] = (stream.read(), member.mode == 0o755)
    assert found == {path: (each.load(), each.is_program) for path, each in entries.items()}


@given(ENTRIES, st.randoms())
def test_the_order_of_entries_does_not_show(entries: dict[str, Entry], random: object) -> None:
    shuffled = list(entries.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tar(dict(shuffled)) == tar(entries)


@given(st.lists(st.binary(max_size=3000), max_size=5))
def test_gzip_unpacks_and_both_digests_are_right(chunks: list[bytes]) -> None:
    stream = io.BytesIO()
    packed = write_gzip(chunks, stream)
    content, plain = stream.getvalue(), b"".join(chunks)
    assert gzip.decompress(content) == plain
    assert packed.digest.hash == hashlib.sha256(content).hexdigest()
    assert packed.diff_id.hash == hashlib.sha256(plain).hexdigest()
    assert (packed.digest.size_bytes, packed.diff_id.size_bytes) == (len(content), len(plain))


def test_the_header_of_gzip_tells_neither_time_nor_system() -> None:
    stream = io.BytesIO()
    write_gzip([b"x"], stream)
    assert stream.getvalue()[:10] == bytes.fromhex("1f8b08000000000000ff")


def test_the_bytes_of_a_tar_file_stay_what_they_are() -> None:
    entries = {
        "app/bin/x": file(b"#!/app/bin/python\n", is_program=True),
        "app/bin/python": link("/usr/bin/python3.12"),
        "app/" + "n" * 150: file(b"long"),
        "app/\u00e9": file(b"accent"),
    }
    assert hashlib.sha256(tar(entries)).hexdigest() == (
        "e1c2efea328eee211fcb8e237d4e1b253ac0abc03a943151d6c1c325bdec101e"
    )


def test_folders_come_before_what_they_hold_and_only_once() -> None:
    content = tar({"app/b/c/x": file(b""), "app/b/y": file(b"")})
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert archive.getnames() == ["app", "app/b", "app/b/c", "app/b/c/x", "app/b/y"]


def test_old_readers_understand_plain_names() -> None:
    assert tar({"app/x": file(b"")})[257:265] == b"ustar\x0000"
    assert b"././@PaxHeader" not in tar({"app/x": file(b"")})


def test_the_time_of_files_can_be_set() -> None:
    assert epoch({}) == EPOCH
    assert epoch({"SOURCE_DATE_EPOCH": "1700000000"}) == 1700000000
    with pytest.raises(ConfigError, match="SOURCE_DATE_EPOCH is `now`"):
        epoch({"SOURCE_DATE_EPOCH": "now"})
