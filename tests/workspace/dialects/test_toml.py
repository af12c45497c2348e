from typing import TYPE_CHECKING

import pytest

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.dialects.toml import Table, dotted, read_document

if TYPE_CHECKING:
    from tests.workspace.conftest import MakeTree

PATH = RelPath("a/pyproject.toml")


def test_a_syntax_error_names_line_and_column(tree: "MakeTree") -> None:
    document, problems = read_document(tree({PATH: "[project]\nname = \n"}), PATH)
    assert document is None
    assert problems == (
        Problem(
            PATH,
            "is not valid TOML: invalid value (at line 2, column 8)",
            hint="mend the syntax there",
            fatal=True,
        ),
    )


def test_a_file_that_is_not_utf_8_is_a_problem(tree: "MakeTree") -> None:
    document, [problem] = read_document(tree({PATH: b"name = '\xff'"}), PATH)
    assert document is None
    assert str(problem) == "a/pyproject.toml: is not UTF-8: byte 8 is `0xff`"


def test_deep_nesting_is_a_problem(tree: "MakeTree") -> None:
    document, [problem] = read_document(tree({PATH: "a = " + "[" * 50_000}), PATH)
    assert document is None
    assert problem.fatal


def test_carriage_returns_and_a_byte_order_mark_are_read(tree: "MakeTree") -> None:
    document, _ = read_document(tree({PATH: b"\xef\xbb\xbf[a]\r\nb = 1\r\n"}), PATH)
    assert document == {"a": {"b": 1}}


def test_a_document_is_read_once(tree: "MakeTree") -> None:
    made = tree({PATH: "a = 1"})
    first, _ = read_document(made, PATH)
    made.absolute(PATH).write_text("a = 2")
    assert read_document(made, PATH)[0] is first


def test_an_absent_document_is_none(tree: "MakeTree") -> None:
    assert read_document(tree({}), PATH) == (None, ())


@pytest.mark.parametrize(
    ("prefix", "name", "key"),
    [("", "a", "a"), ("a.b", "c-d", "a.b.c-d"), ("a", "zope.interface", 'a."zope.interface"')],
)
def test_keys_are_quoted_where_toml_wants_it(prefix: str, name: str, key: str) -> None:
    assert dotted(prefix, name) == key


def test_wrong_types_are_problems_and_left_out() -> None:
    problems: list[Problem] = []
    values = {"text": 1, "flag": "yes", "table": [], "texts": ["a", 2], "tables": [{}, "x"]}
    table = Table(PATH, values, problems, "tool.x")
    assert table.text("text") is None
    assert table.flag("flag") is None
    assert not table.table("table", "below")
    assert table.texts("texts") == [("tool.x.texts[0]", "a")]
    assert [each.key for each in table.tables("tables")] == ["tool.x.tables[0]"]
    assert [f"{each.key}: {each.message}" for each in problems] == [
        "tool.x.text: expected a string, found the number `1`",
        'tool.x.flag: expected a boolean, found the string `"yes"`',
        "tool.x.table: expected a table, found an array",
        "tool.x.texts[1]: expected a string, found the number `2`",
        'tool.x.tables[1]: expected a table, found the string `"x"`',
    ]
