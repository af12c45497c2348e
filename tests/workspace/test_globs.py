import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.workspace.globs import matches


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("libs/*", "libs/a", True),
        ("libs/*", "libs/a/b", False),
        ("libs/*", "libs", False),
        ("libs/**", "libs/a/b", True),
        ("**/tests", "tests", True),
        ("**/tests", "a/b/tests", True),
        ("**/tests", "a/tests/b", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a?", "ab", True),
        ("a?", "a/", False),
        ("[ab]x", "bx", True),
        ("[!ab]x", "bx", False),
        ("[!ab]x", "cx", True),
        ("[a", "[a", True),
        ("[z-a]", "[z-a]", True),
        ("[[a]", "[", True),
        ("[a--]", "-", True),
        ("[a&&b||c~~d]", "&", True),
        ("a.b", "axb", False),
        ("./libs/*/", "libs/a", True),
        ("*.py", "a\nb.py", True),
        ("a/**", "a/b\nc", True),
    ],
)
def test_wildcards(glob: str, path: str, *, expected: bool) -> None:
    assert matches(path, glob) is expected


@pytest.mark.parametrize(
    ("path", "expected"), [("libs/a", True), ("libs/a/b.py", True), ("libs/ab", False)]
)
def test_a_glob_without_wildcard_is_a_folder_and_all_below(path: str, *, expected: bool) -> None:
    assert matches(path, "libs/a") is expected


@given(st.text("ab[]!*?/\\-^&|~.\n"), st.text("ab/.\n"))
def test_no_glob_is_an_error(glob: str, path: str) -> None:
    assert matches(path, glob) in {True, False}
