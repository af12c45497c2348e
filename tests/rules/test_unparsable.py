"""Files that are no Python."""

from pathlib import Path

import pytest
from tests.rules.judging import manifest, places, unparsable

pytestmark = pytest.mark.usefixtures("isolated")
BROKEN = b"x = 1\nprint 'hello\n"


def app(path: str, content: bytes, python: str = "") -> dict[str, str | bytes]:
    more = f'requires-python = "{python}"\n' if python else ""
    return {
        "app/pyproject.toml": manifest("app", more=more),
        "app/app/__init__.py": "",
        path: content,
    }


def test_a_file_that_does_not_parse(tmp_path: Path) -> None:
    (found,) = unparsable(tmp_path, app("app/app/old.py", BROKEN), "app")
    assert (places([found]), found.fails) == (["app/app/old.py:2"], True)
    assert found.problem.message.startswith("does not parse: ")


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"import lib\nprint 'hello'\n", 2, "does not parse: Missing parentheses"),
        (b"x = 1\ndef f(:\n", 2, "does not parse: invalid syntax"),
        (b"x = 1\n<<<<<<< HEAD\n", 2, "does not parse: invalid syntax"),
        (b"x = 1\n\0", 2, "holds null bytes"),
        (b"# coding: nonsense\n", 1, "does not parse: unknown encoding"),
        (b'x = """\nimport a\n', 1, "does not parse: unterminated triple-quoted string"),
        (b"(" * 5000, 1, "does not parse: too many nested parentheses"),
        (b"x = " + b"-" * 90_000 + b"1\n", 1, "cannot be read: "),
    ],
    ids=["python-2", "syntax", "conflict", "null", "encoding", "string", "nested", "deep"],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    (found,) = unparsable(tmp_path, app("app/app/old.py", content), "app")
    assert places([found]) == [f"app/app/old.py:{line}"]
    assert found.problem.message.startswith(message)


@pytest.mark.parametrize(
    "content",
    [
        "# coding: latin-1\nx = '\xe9'\n".encode("latin-1"),
        b"\xef\xbb\xbfimport lib\n",
        b"\fimport lib\n\f\nx = 1\n",
        b"match x:\n    case [a, *_]:\n        pass\n",
        b"import app.old\nfrom . import old\n",
        b"x = '\\d'\n",
    ],
    ids=["latin-1", "byte-order-mark", "form-feed", "match", "itself", "escape"],
)
def test_what_is_only_unusual_is_not(tmp_path: Path, content: bytes) -> None:
    assert unparsable(tmp_path, app("app/app/old.py", content), "app") == []


def test_what_passed_is_not_tried_again_and_what_changed_is(tmp_path: Path) -> None:
    files = app("app/app/old.py", b"x = 1\n")
    assert unparsable(tmp_path, files, "app") == []
    assert places(unparsable(tmp_path, files | {"app/app/old.py": b"x =\n"}, "app")) == [
        "app/app/old.py:1"
    ]
    assert unparsable(tmp_path, files, "app") == []


def test_a_file_that_cannot_be_decoded(tmp_path: Path) -> None:
    (found,) = unparsable(tmp_path, app("app/app/old.py", b"x = 1\ny = '\xff'\n"), "app")
    assert (places([found]), found.problem.message) == (
        ["app/app/old.py:2"],
        "cannot be decoded: byte `0xff`",
    )


@pytest.mark.parametrize(
    ("path", "fails"),
    [
        ("app/tests/data/old.py", False),
        ("app/tests/test_old.py", True),
        ("app/app/templates/old.py", False),
        ("app/app/{{name}}/old.py", False),
        ("app/look.ipynb", False),
    ],
)
def test_data_and_templates_are_only_told(tmp_path: Path, path: str, *, fails: bool) -> None:
    assert [each.fails for each in unparsable(tmp_path, app(path, BROKEN), "app")] == [fails]


def test_nothing_is_said_of_projects_for_newer_pythons(tmp_path: Path) -> None:
    files = app("app/app/new.py", BROKEN, ">=3.13")
    assert unparsable(tmp_path, files, "app", "3.12.1") == []
    files = app("app/app/new.py", BROKEN, ">=3.13")
    assert len(unparsable(tmp_path, files, "app", "3.13.0")) == 1
