import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.actions.digest import Digest

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_digest_of_nothing_is_the_known_one() -> None:
    assert Digest.of(b"") == Digest(EMPTY, 0)


@given(st.binary())
def test_text_form_reads_back(content: bytes) -> None:
    digest = Digest.of(content)
    assert str(digest) == f"{hashlib.sha256(content).hexdigest()}/{len(content)}"
    assert Digest.parse(str(digest)) == digest


@pytest.mark.parametrize(
    "text", ["", "abc/3", EMPTY, f"{EMPTY}/", f"{EMPTY}/-1", f"{EMPTY}/²", f"{EMPTY.upper()}/0"]
)
def test_text_that_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        Digest.parse(text)


@pytest.mark.parametrize("hash_", ["../../../etc/passwd", "g" * 64, EMPTY[:-1] + "/"])
def test_nothing_but_a_hash_becomes_a_file_name(hash_: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode({"hash": hash_, "size_bytes": 0}), type=Digest)
