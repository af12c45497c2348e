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


def test_a_file_that_was_suspicious_and_does_not_parse(tmp_path: Path) -> None:
    files = app("app/app/old.py", b"import lib\nprint 'hello'\n") | {
        "lib/pyproject.toml": manifest("lib"),
        "lib/lib/__init__.py": "",
    }
    assert places(unparsable(tmp_path, files, "app")) == ["app/app/old.py:2"]


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
