import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.changes.difference import Change, difference, look_up
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob

A, B = Blob("100644", "a"), Blob("100644", "b")
PATHS = [RelPath(name) for name in ("x", "x/y", "z", "späße", "no\udcfftext")]


def listing(files: dict[RelPath, Blob]) -> bytes:
    lines = (f"H {blob.mode} {blob.identity} 0\t{path}\0" for path, blob in sorted(files.items()))
    return "".join(lines).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (({"x": A}, {}), ({"x": A}, {}), {}),
        (({"x": A}, {}), ({"x": B}, {}), {"x": (A, B)}),
        (({"x": A}, {}), ({}, {}), {"x": (A, None)}),
        (({}, {}), ({}, {"x": A}), {"x": (None, A)}),
        (({"x": A}, {}), ({"x": A}, {"x": None}), {"x": (A, None)}),
        (({"x": A}, {"x": B}), ({"x": B}, {}), {}),
        (({"x": A}, {"x": B}), ({"x": A}, {}), {"x": (B, A)}),
        (({"x": A}, {"x": None}), ({}, {}), {}),
    ],
)
def test_content_counts_wherever_it_is_recorded(
    old: tuple[dict[RelPath, Blob], dict[RelPath, Blob | None]],
    new: tuple[dict[RelPath, Blob], dict[RelPath, Blob | None]],
    expected: dict[RelPath, Change],
) -> None:
    assert difference((listing(old[0]), old[1]), (listing(new[0]), new[1])) == expected


STATES = st.tuples(
    st.dictionaries(st.sampled_from(PATHS), st.sampled_from([A, B])),
    st.dictionaries(st.sampled_from(PATHS), st.sampled_from([A, B, None])),
)


@given(STATES, STATES)
def test_the_difference_is_that_of_the_two_contents(
    old: tuple[dict[RelPath, Blob], dict[RelPath, Blob | None]],
    new: tuple[dict[RelPath, Blob], dict[RelPath, Blob | None]],
) -> None:
    before, after = {**old[0], **old[1]}, {**new[0], **new[1]}
    expected = {
        path: (before.get(path), after.get(path))
        for path in sorted(PATHS)
        if before.get(path) != after.get(path)
    }
    found = difference((listing(old[0]), old[1]), (listing(new[0]), new[1]))
    assert list(found.items()) == list(expected.items())


@given(st.dictionaries(st.sampled_from(PATHS), st.sampled_from([A, B])), st.sampled_from(PATHS))
def test_one_path_is_looked_up_without_its_neighbours(
    files: dict[RelPath, Blob], path: RelPath
) -> None:
    assert look_up(listing(files), path) == files.get(path)
