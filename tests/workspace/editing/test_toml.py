"""How lists and keys of a TOML text look after a change."""

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.editing.apply import edited
from oneroof.workspace.editing.edits import (
    AddItem,
    AddKey,
    Edit,
    RemoveElement,
    RemoveItems,
    RemoveKey,
    ReplaceLine,
)
from oneroof.workspace.editing.refusal import NotEditable

PATH = RelPath("pyproject.toml")
WORKSPACE = (("workspace", True),)


def change(text: str, *edits: Edit) -> str:
    return edited(PATH, text, edits)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = []\n", 'a = ["m"]\n'),
        ("a = [ ]\n", 'a = ["m"]\n'),
        ('a = ["b", "z"]\n', 'a = ["b", "m", "z"]\n'),
        ('a = ["z", "b"]\n', 'a = ["z", "b", "m"]\n'),
        ("a = ['z']", "a = ['m', 'z']"),
        ('a = [\n  "z",\n]\n', 'a = [\n  "m",\n  "z",\n]\n'),
        ('a = [\n\t"b"\n]\n', 'a = [\n\t"b",\n\t"m"\n]\n'),
        ('a = [\n  "b",  # b\n  # more\n]\n', 'a = [\n  "b",  # b\n  "m",\n  # more\n]\n'),
        ('a = [\n  "b"  # b\n]\n', 'a = [\n  "b",  # b\n  "m"\n]\n'),
        ('a = [\n  # on z\n  "z",\n]\n', 'a = [\n  "m",\n  # on z\n  "z",\n]\n'),
        ('a = ["b",\n     "z"]\n', 'a = ["b",\n     "m",\n     "z"]\n'),
        ('a = ["b",\n     "c"]\n', 'a = ["b",\n     "c", "m"]\n'),
        ('a = [\n  "b"\n, "z"\n]\n', 'a = [\n  "b", "m"\n, "z"\n]\n'),
        ("a = [\n]\n", 'a = [\n    "m",\n]\n'),
        ('a = ["b", { include-group = "x" }]\n', 'a = ["b", "m", { include-group = "x" }]\n'),
        ('a = [{ include-group = "x" }]\n', 'a = [{ include-group = "x" }, "m"]\n'),
        ('x.a = ["b"]\n', 'x.a = ["b"]\na = ["m"]\n'),
    ],
)
def test_an_item_is_added_as_its_neighbours_stand(before: str, after: str) -> None:
    text = change(f"[project]\n{before}", AddItem(("project", "a"), "m"))
    assert text == f"[project]\n{after}"


def test_a_text_with_quotes_is_written_without_escapes() -> None:
    item = 'm; python_version < "3.12"'
    assert change("a = []\n", AddItem(("a",), item)) == f"a = ['{item}']\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["m"]\n', "[]\n"),
        ('["b", "m"]\n', '["b"]\n'),
        ('["b", "m",]\n', '["b",]\n'),
        ('["m>=1", "z"]\n', '["z"]\n'),
        ('["b", "M[x]==2", "z"]\n', '["b", "z"]\n'),
        ('[\n  "b",  # b\n  # on m\n  "m",  # m\n  "z",\n]', '[\n  "b",  # b\n  # on m\n  "z",\n]'),
        ('[\n  "b",\n  "m"\n]', '[\n  "b"\n]'),
        ('[\n  "m",\n]', "[]"),
        ('[\n  "m",\n  # last\n]', "[\n  # last\n]"),
        ('["m",\n "z"]', '["z"]'),
        ('["b", "m",\n "z"]', '["b",\n "z"]'),
        ('["m", # m\n "z"]', '[ # m\n "z"]'),
        ("""["m; os_name=='a'", "z", "m; os_name=='b'"]""", '["z"]'),
    ],
)
def test_an_item_is_removed_with_nothing_else(before: str, after: str) -> None:
    text = change(f"[x]\na = {before}", RemoveItems(("x", "a"), "m"))
    assert text == f"[x]\na = {after}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[s]\nz = 1\n", '[s]\nz = 1\nm = "*"\n'),
        ("[s]\nb = 1\nz = 1\n", '[s]\nb = 1\nm = "*"\nz = 1\n'),
        ("[s]\npython = 1\nb = 1\nz = 1", '[s]\npython = 1\nb = 1\nm = "*"\nz = 1'),
        ("[s]\nabc  = 1\nb    = 1", '[s]\nabc  = 1\nb    = 1\nm    = "*"'),
        ("[s]\nabc=1\nb=1\n", '[s]\nabc=1\nb=1\nm="*"\n'),
        ("[s]\nb = '1'\n", "[s]\nb = '1'\nm = '*'\n"),
        ("[s]\n\n[t]\n", '[s]\nm = "*"\n\n[t]\n'),
        ("[s]", '[s]\nm = "*"'),
        ("s = { b = 1 }\n", 's = { b = 1, m = "*" }\n'),
        ("s = {}\n", 's = { m = "*" }\n'),
        ("s.b = 1\nt = 2\n", 's.b = 1\ns.m = "*"\nt = 2\n'),
        ("", '[s]\nm = "*"\n'),
        ("[t]\nx = 1\n", '[t]\nx = 1\n\n[s]\nm = "*"\n'),
        ("[t]\nx = 1", '[t]\nx = 1\n\n[s]\nm = "*"'),
        ("[s.b]\nx = 1\n\n# t\n[t]\n", '[s.b]\nx = 1\n\n[s]\nm = "*"\n\n# t\n[t]\n'),
    ],
)
def test_a_key_is_added_as_its_neighbours_stand(before: str, after: str) -> None:
    assert change(before, AddKey(("s", "m"), "*")) == after


@pytest.mark.parametrize(
    ("neighbour", "written"),
    [("{workspace = true}", "{workspace = true}"), ("{ path = 'b' }", "{ workspace = true }")],
)
def test_braces_are_spaced_as_those_around(neighbour: str, written: str) -> None:
    text = change(f"[s]\nb = {neighbour}\n", AddKey(("s", "m"), WORKSPACE))
    assert text == f"[s]\nb = {neighbour}\nm = {written}\n"


def test_new_groups_stand_behind_the_project() -> None:
    text = '[project]\nname = "x"\n[project.scripts]\n# none\n\n# how\n[build-system]\n'
    assert change(text, AddItem(("dependency-groups", "test"), "m")) == (
        '[project]\nname = "x"\n[project.scripts]\n# none\n\n'
        '[dependency-groups]\ntest = ["m"]\n\n# how\n[build-system]\n'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[s]\nm = 1  # m\nb = 2\n", "[s]\nb = 2\n"),
        ("[s]\nm.a = 1\nb = 2\nm.c = 3\n", "[s]\nb = 2\n"),
        ("s = { m = 1, b = 2 }\n", "s = { b = 2 }\n"),
        ("s = { b = 2, m = 1 }\n", "s = { b = 2 }\n"),
        ("[s]\nb = 2\n\n[s.m]\npath = 1\n\n# t\n[t]\n", "[s]\nb = 2\n\n# t\n[t]\n"),
        ("[s]\nm = 1\n\n[t]\n", "[t]\n"),
        ("[s]\n# why\nm = 1\n", "[s]\n# why\n"),
    ],
)
def test_a_key_is_removed_with_nothing_else(before: str, after: str) -> None:
    assert change(before, RemoveKey(("s", "m"), prune=True)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("s = [\n  { a = 1 },\n  { a = 2 },\n]\n", "s = [\n  { a = 1 },\n]\n"),
        ("[[s]]\na = 1\n\n[[s]]\na = 2\n\n[t]\n", "[[s]]\na = 1\n\n[t]\n"),
    ],
)
def test_an_element_is_removed_by_its_index(before: str, after: str) -> None:
    assert change(before, RemoveElement(("s",), 1)) == after


def test_changes_by_index_and_line_are_made_from_the_end() -> None:
    text = "# x\ns = [1, 2, 3]  # y\n"
    assert (
        change(
            text,
            ReplaceLine(1, None),
            RemoveElement(("s",), 0),
            RemoveElement(("s",), 2),
            ReplaceLine(2, "s = [1, 2, 3]"),
        )
        == "s = [2]\n"
    )


def test_a_line_that_says_something_is_not_replaced() -> None:
    with pytest.raises(NotEditable):
        change('a = "# x"\n', ReplaceLine(1, 'a = "'))


def test_a_key_that_is_there_is_not_written_again() -> None:
    with pytest.raises(NotEditable):
        change("[s]\nm = 1\n", AddKey(("s", "m"), "*"))
