import pytest

from oneroof.workspace.layout.globs import fixed_part, gitignore, globs


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (["*.py"], "a/b.py", True),
        (["/*.py"], "a/b.py", False),
        (["/*.py"], "b.py", True),
        (["tests"], "a/tests/b.py", True),
        (["tests/"], "a/tests", False),
        (["tests/"], "a/tests/b.py", True),
        (["a/b"], "a/b/c.py", True),
        (["a/b"], "x/a/b/c.py", False),
        (["**/b"], "x/a/b/c.py", True),
        (["a/**/c.py"], "a/c.py", True),
        (["a/**/c.py"], "a/x/y/c.py", True),
        (["a/**"], "a/x.py", True),
        (["a?.py"], "ab.py", True),
        (["[ab].py"], "a.py", True),
        (["[!ab].py"], "a.py", False),
        (["*.py", "!a.py"], "a.py", False),
        (["!a.py", "*.py"], "a.py", True),
        (["# comment", ""], "# comment", False),
        (["\\#a"], "#a", True),
    ],
)
def test_gitignore_patterns(patterns: list[str], path: str, *, expected: bool) -> None:
    assert gitignore(patterns)(path) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a/*.py", "a/b.py", True),
        ("a/*.py", "x/a/b.py", False),
        ("a", "a/b/c.py", True),
        ("./a/", "a/b.py", True),
        ("**/*.py", "a.py", True),
        ("**/*.py", "a/b/c.py", True),
        ("a.b", "axb", False),
    ],
)
def test_globs_match_from_the_start(pattern: str, path: str, *, expected: bool) -> None:
    assert globs([pattern])(path) is expected


@pytest.mark.parametrize(
    ("pattern", "fixed"), [("a/b/*/c", "a/b"), ("*.py", ""), ("a/b", "a/b"), ("a/[b]", "a")]
)
def test_fixed_part(pattern: str, fixed: str) -> None:
    assert fixed_part(pattern) == fixed
