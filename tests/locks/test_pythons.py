import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.locks.model import LockedFile, LockedPackage
from oneroof.locks.pythons import (
    RELEASED,
    admitted,
    in_order,
    in_words,
    is_open_ended,
    linux,
    with_wheels,
)

ALL = frozenset(RELEASED)


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        (">=3.12", {"3.12", "3.13", "3.14"}),
        (">=3.12.4,<3.14", {"3.12", "3.13"}),
        ("~=3.12.0", {"3.12"}),
        (">=3.13,!=3.13.0", {"3.13", "3.14"}),
        (">=3.12,!=3.13.*", {"3.12", "3.14"}),
        (">=2.7,<3", set()),
        ("", ALL),
        ("whatever", ALL),
    ],
)
def test_a_minor_version_is_admitted_with_any_of_its_patches(
    specifier: str, expected: set[str]
) -> None:
    assert admitted(specifier) == expected


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [(">=3.9", True), (">=3.9,<4", True), ("", True), (">=3.9,<3.13", False), ("==3.11.*", False)],
)
def test_an_upper_bound_counts_below_the_next_major_version(
    *, specifier: str, expected: bool
) -> None:
    assert is_open_ended(specifier) is expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a-1-cp311-cp311-linux_x86_64.whl", "a-1-cp312-cp312-win_amd64.whl"], {"3.11", "3.12"}),
        (["a-1-cp312-abi3-linux_x86_64.whl"], {"3.12", "3.13", "3.14"}),
        (["a-1-2-cp39.cp310-none-any.whl"], {"3.9", "3.10"}),
        (["a-1-py2.py3-none-any.whl"], ALL),
        (["a-1-py313-none-any.whl"], {"3.13", "3.14"}),
        (["a-1-pp310-pypy310_pp73-linux_x86_64.whl"], set()),
        (["no-wheel.whl"], ALL),
        (["a-1-cp311-cp311-linux_x86_64.whl", "a-1.tar.gz"], None),
        ([], None),
    ],
)
def test_wheels_tell_their_pythons_unless_there_is_source(
    names: list[str], expected: set[str] | None
) -> None:
    package = LockedPackage("a", "1", files=tuple(map(LockedFile, names)))
    assert with_wheels(package) == expected


@pytest.mark.parametrize(
    ("minors", "words"),
    [
        ({"3.9"}, "3.9"),
        ({"3.10", "3.9"}, "3.9 and 3.10"),
        ({"3.10", "3.9", "3.11"}, "3.9 to 3.11"),
        ({"3.9", "3.11", "3.12"}, "3.9, 3.11 and 3.12"),
    ],
)
def test_minor_versions_in_words(minors: set[str], words: str) -> None:
    assert in_words(minors) == words


@given(st.sampled_from(RELEASED), st.sampled_from(RELEASED))
def test_a_lower_bound_admits_what_stands_behind_it(lower: str, minor: str) -> None:
    later = RELEASED.index(minor) >= RELEASED.index(lower)
    assert (minor in admitted(f">={lower}")) is later
    assert linux(minor).is_python(f">={lower}") is later


def test_ten_comes_after_nine() -> None:
    assert in_order({"3.10", "3.9"}) == ("3.9", "3.10")
