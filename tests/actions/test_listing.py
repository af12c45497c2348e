import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.actions.listing import (
    ListingDifference,
    diff_listings,
    parse_listing,
    render_listing,
)

names = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1)
values = st.text(st.characters(exclude_characters="\0\n", codec="utf-8"))
listings = st.dictionaries(names, values, max_size=8)


def test_lines_are_sorted_by_name() -> None:
    assert render_listing({"b.py": "2", "a.py": "1"}) == b"a.py\x001\nb.py\x002\n"


@given(listings)
def test_what_was_rendered_is_read_back(entries: dict[str, str]) -> None:
    assert parse_listing(render_listing(entries)) == entries


@given(listings, st.randoms())
def test_order_does_not_matter(entries: dict[str, str], order: random.Random) -> None:
    shuffled = order.sample(list(entries.items()), len(entries))
    assert render_listing(dict(shuffled)) == render_listing(entries)


@given(listings, listings)
def test_different_entries_render_differently(one: dict[str, str], other: dict[str, str]) -> None:
    assert (render_listing(one) == render_listing(other)) == (one == other)


def test_names_that_are_not_utf8_keep_their_bytes() -> None:
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    blob = render_listing({name: "1"})
    assert blob == b"caf\xe9.txt\x001\n"
    assert parse_listing(blob) == {name: "1"}


@pytest.mark.parametrize("entries", [{"a\0b": "1"}, {"a": "1\0"}, {"a": "1\n"}])
def test_entries_that_would_be_ambiguous_are_refused(entries: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="cannot hold NUL"):
        render_listing(entries)


@pytest.mark.parametrize("blob", [b"a", b"a\x001", b"a\x001\nb"])
def test_cut_off_listing_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match="listing"):
        parse_listing(blob)


def test_difference_names_what_came_went_and_changed() -> None:
    old = {"same": "1", "gone": "1", "edited": "1"}
    new = {"same": "1", "new": "1", "edited": "2"}
    assert diff_listings(old, new) == ListingDifference(("new",), ("gone",), ("edited",))
