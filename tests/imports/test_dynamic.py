"""Words that may reach any file, found by their rarest letter."""

from hypothesis import given
from hypothesis import strategies as st

from oneroof.imports.dynamic import WORDS, find_words

pieces = st.sampled_from(
    [*WORDS, *(word[:-1] for word in WORDS), *(word[1:] for word in WORDS), b" ", b"(", b"os", b"d"]
)


@given(st.lists(pieces, max_size=8))
def test_the_words_found_are_those_that_are_there(parts: list[bytes]) -> None:
    text = b"".join(parts)
    assert find_words(text) == {word: text.find(word) for word in WORDS if word in text}


def test_words_that_end_alike_are_all_found() -> None:
    assert list(find_words(b"'../../")) == [b"'../", b"/../"]
