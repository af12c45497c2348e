import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from oneroof.workspace.dialects.poetry_constraints import (
    Constraint,
    ConstraintError,
    to_platform_marker,
    to_python_marker,
    to_specifier,
)

RELEASES = st.lists(st.integers(0, 20), min_size=1, max_size=4).map(
    lambda parts: ".".join(map(str, parts))
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", ""),
        ("^1.2", "<2.0,>=1.2"),
        ("^1.2.3", "<2.0.0,>=1.2.3"),
        ("^0.2.3", "<0.3.0,>=0.2.3"),
        ("^0.0.3", "<0.0.4,>=0.0.3"),
        ("^0", "<1,>=0"),
        ("^1.2b1", "<2.0,>=1.2b1"),
        ("~1", "<2,>=1"),
        ("~1.2.3", "<1.3.0,>=1.2.3"),
        ("~=1.2.3", "~=1.2.3"),
        ("1.2.*", "==1.2.*"),
        ("!=1.x", "!=1.*"),
        ("1.2.3", "==1.2.3"),
        ("=1.2", "==1.2"),
        ("<>1.3", "!=1.3"),
        ("v1.2", "==1.2"),
        (">=1 <2", "<2,>=1"),
        (">= 1.0, < 2.0,", "<2.0,>=1.0"),
    ],
)
def test_one_constraint_in_pep_440(text: str, expected: str) -> None:
    assert to_specifier(text) == Constraint(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^1 || ^2", Constraint("<3,>=1")),
        ("^1.0 | ^3.0", Constraint("!=2.*,<4.0,>=1.0")),
        ("<1.5 || >1.5", Constraint("!=1.5")),
        (">=1 || *", Constraint("")),
        ("~3.8 || ~3.10", Constraint("!=3.9.*,<3.11,>=3.8")),
        ("1.2.3 || 1.4", Constraint("<=1.4,>=1.2.3", exact=False)),
    ],
)
def test_alternatives_become_one_range_with_the_gaps_left_out(
    text: str, expected: Constraint
) -> None:
    assert to_specifier(text) == expected


def test_python_2_ends_with_2_7() -> None:
    expected = "!=3.0.*,!=3.1.*,!=3.2.*,!=3.3.*,>=2.7"
    assert to_specifier("2.7.* || >=3.4", python=True) == Constraint(expected)


def test_a_python_of_two_parts_is_the_whole_series() -> None:
    assert to_specifier("3.11", python=True) == Constraint("==3.11.*")


@pytest.mark.parametrize("text", ["", "  ", "latest", "^", "^x.y", ">=1,,<2 foo"])
def test_a_malformed_constraint_is_refused(text: str) -> None:
    with pytest.raises(ConstraintError):
        to_specifier(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^3.8", 'python_version >= "3.8" and python_version < "4.0"'),
        ("3.8", 'python_version == "3.8"'),
        ("3.*", 'python_version >= "3" and python_version < "4"'),
        (">3.8", 'python_full_version > "3.8"'),
        (">=3.8.1", 'python_full_version >= "3.8.1"'),
        ("<3.8 || >=3.10", 'python_version < "3.8" or python_version >= "3.10"'),
        ("*", ""),
    ],
)
def test_python_constraint_as_marker(text: str, expected: str) -> None:
    assert to_python_marker(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("darwin", 'sys_platform == "darwin"'),
        ("!=win32", 'sys_platform != "win32"'),
        ("linux || darwin", 'sys_platform == "linux" or sys_platform == "darwin"'),
        ("*", ""),
    ],
)
def test_platform_constraint_as_marker(text: str, expected: str) -> None:
    assert to_platform_marker(text) == expected


@given(RELEASES, st.sampled_from(["^", "~", ">=", "==", "~=1.", "<="]))
def test_a_lower_bound_satisfies_its_own_constraint(release: str, operator: str) -> None:
    version = "1." + release if operator == "~=1." else release
    text = operator + release
    assert SpecifierSet(to_specifier(text).specifier).contains(Version(version))


@given(st.lists(RELEASES, min_size=2, max_size=4))
def test_an_alternative_never_loses_versions_of_its_parts(releases: list[str]) -> None:
    either = SpecifierSet(to_specifier(" || ".join(f"^{each}" for each in releases)).specifier)
    assert all(either.contains(release) for release in releases)
