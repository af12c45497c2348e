"""Laws of adding to and removing from a TOML text, whatever its style."""

import tomllib
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from oneroof.paths import RelPath
from oneroof.workspace.editing.apply import edited
from oneroof.workspace.editing.arrays import name_in
from oneroof.workspace.editing.edits import AddItem, AddKey, RemoveItems, RemoveKey
from oneroof.workspace.editing.spans import Pair, Value, read_sections

PATH = RelPath("pyproject.toml")
LIST = ("project", "dependencies")
NEW = "m-new>=1"
NAMES = st.sampled_from(["attrs", "Black", "click>=8", "msgspec", "numpy<2", "Zope.event"])
QUOTES = st.sampled_from(['"', "'"])
COMMENTS = st.sampled_from(["", "  # why", " # a, ] b"])
ABOVE = st.sampled_from(["", "  # section\n", "\n"])


@st.composite
def arrays(draw: st.DrawFn) -> str:
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    quote = draw(QUOTES)
    items = [f"{quote}{name}{quote}" for name in names]
    trailing = draw(st.booleans())
    if draw(st.booleans()):
        space = draw(st.sampled_from(["", " "]))
        return f"[{space}{', '.join(items)}{',' if trailing and items else ''}{space}]"
    lines = [draw(COMMENTS), "\n"]
    for index, item in enumerate(items):
        is_last = index == len(items) - 1
        lines += [draw(ABOVE), "  ", item, "" if is_last and not trailing else ","]
        together = draw(st.booleans()) and not is_last
        lines += [" "] if together else [draw(COMMENTS), "\n"]
        if together:
            lines[-2:] = [","] if lines[-2] != "," else [",", ""]
    return "[" + "".join(lines) + draw(ABOVE) + "]"


@st.composite
def documents(draw: st.DrawFn) -> str:
    before = draw(st.sampled_from(["", "# top\n[build-system]\nrequires = []  # none\n\n"]))
    after = draw(
        st.sampled_from(
            [
                "",
                "\n[tool.uv.sources]\nzlib = { workspace = true }\n",
                "\n# about x\n[[tool.x]]\na = [{ b = '''\n# no comment\n''' }]\n[[tool.x]]\n",
                "optional-dependencies.a = []\n\n[dependency-groups]\n",
            ]
        )
    )
    text = f'{before}[project]\nname = "x"  # me\ndependencies = {draw(arrays())}\n{after}'
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def comments(text: str) -> list[str]:
    """What stands behind `#` on each line, multi-line strings apart."""
    told = text.replace("\n# no comment", "").replace("\r\n# no comment", "")
    return [line[line.index("#") :].strip() for line in told.split("\n") if "#" in line]


def dependencies(text: str) -> list[str]:
    found: list[str] = tomllib.loads(text)["project"]["dependencies"]
    return found


@given(documents())
def test_adding_adds_one_and_changes_nothing_else(text: str) -> None:
    new = edited(PATH, text, [AddItem(LIST, NEW)])
    before, after = tomllib.loads(text), tomllib.loads(new)
    assert sorted(after["project"].pop("dependencies")) == sorted(
        [*before["project"].pop("dependencies"), NEW]
    )
    assert before == after


@given(documents())
def test_adding_keeps_comments_line_ends_and_the_end_of_the_file(text: str) -> None:
    new = edited(PATH, text, [AddItem(LIST, NEW)])
    assert comments(new) == comments(text)
    assert new.endswith("\n") == text.endswith("\n")
    assert ("\r\n" in text) == ("\r\n" in new)
    assert new.count("\n") == new.count("\r\n") or "\r\n" not in new


@given(documents())
def test_a_sorted_list_stays_sorted(text: str) -> None:
    before = [name_in(each) for each in dependencies(text)]
    after = [name_in(each) for each in dependencies(edited(PATH, text, [AddItem(LIST, NEW)]))]
    assert after == sorted(after) or before != sorted(before)


@given(documents())
def test_a_list_on_one_line_stays_on_one(text: str) -> None:
    new = edited(PATH, text, [AddItem(LIST, NEW)])
    lines = new.count("\n") - text.count("\n")
    assert lines in {0, 1}
    is_one_line = any(
        line.startswith("dependencies = [") and line.rstrip().endswith("]")
        for line in text.splitlines()
    )
    assert lines == 0 or not is_one_line


@given(documents())
def test_taking_out_what_was_added_gives_what_was_there(text: str) -> None:
    new = edited(PATH, text, [AddItem(LIST, NEW)])
    again = edited(PATH, new, [RemoveItems(LIST, "m-new")])
    if dependencies(text):
        assert again == text
    else:
        assert tomllib.loads(again) == tomllib.loads(text)


@given(documents(), st.data())
def test_removing_takes_one_out_and_only_its_own_comment(text: str, data: st.DataObject) -> None:
    if not dependencies(text):
        return
    gone = data.draw(st.sampled_from(dependencies(text)))
    new = edited(PATH, text, [RemoveItems(LIST, name_in(gone))])
    before, after = tomllib.loads(text), tomllib.loads(new)
    before["project"]["dependencies"].remove(gone)
    assert before == after
    own = next(line for line in text.split("\n") if f"{gone}'" in line or f'{gone}"' in line)
    lost = comments(text)
    for each in comments(new):
        lost.remove(each)
    assert lost in ([], comments(own))


@given(documents())
def test_removing_twice_is_removing_once(text: str) -> None:
    once = edited(PATH, text, [RemoveItems(LIST, "click")])
    assert edited(PATH, once, [RemoveItems(LIST, "click")]) == once


@given(documents(), st.sampled_from([("dependency-groups", "test"), ("project", "x", "y")]))
def test_a_list_that_is_not_there_is_made(text: str, path: tuple[str, ...]) -> None:
    new = edited(PATH, text, [AddItem(path, NEW)])
    assert comments(new) == comments(text)
    after = tomllib.loads(new)
    holder = after
    for name in path[:-1]:
        holder = holder[name]
    assert holder[path[-1]] == [NEW]


@given(documents())
def test_a_source_that_is_added_can_be_taken_out(text: str) -> None:
    path = ("tool", "uv", "sources", "lib")
    new = edited(PATH, text, [AddKey(path, (("workspace", True),))])
    assert tomllib.loads(new)["tool"]["uv"]["sources"]["lib"] == {"workspace": True}
    assert comments(new) == comments(text)
    again = edited(PATH, new, [RemoveKey(path, prune=True)])
    assert tomllib.loads(again).get("tool", {}).get("uv", {}) == tomllib.loads(text).get(
        "tool", {}
    ).get("uv", {})


SCALARS = st.sampled_from(
    [
        *("1", "-2.5e3", "true", "inf", '"a#b"', "'c]'", '"\\""', "1979-05-27 07:32:00Z"),
        *('"""q""\n"x"""""', "'''\n'y'''''", "07:32:00"),
    ]
)
KEYS = st.lists(
    st.sampled_from(["a", "b-1", '"c.d"', "'e f'", '"g\\"h"', "3"]), min_size=1, max_size=2
).map(" . ".join)


def arrays_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    separator = st.sampled_from([", ", ",\n  # c ]\n ", " ,"])
    return st.builds(
        lambda items, by, end: f"[{by.join(items)}{end}]",
        st.lists(values, max_size=3),
        separator,
        st.sampled_from(["", " ", "\n# d\n"]),
    )


def tables_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(KEYS, values), max_size=2, unique_by=lambda pair: pair[0][0])
    return pairs.map(lambda found: "{ " + ", ".join(f"{k} = {v}" for k, v in found) + " }")


VALUES = st.recursive(SCALARS, lambda v: arrays_of(v) | tables_of(v), max_leaves=6)


@given(st.lists(st.tuples(KEYS, VALUES, COMMENTS), max_size=4, unique_by=lambda each: each[0][:2]))
def test_values_stand_where_they_are_said_to(lines: list[tuple[str, str, str]]) -> None:
    text = "".join(f"  {key} = {value}{comment}\n" for key, value, comment in lines)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    pairs = list(chain.from_iterable(each.pairs for each in read_sections(text)))
    assert [text[each.value.start : each.value.end] for each in pairs] == [
        value for _, value, _ in lines
    ]
    for each in pairs:
        _check_inside(text, each)


def _check_inside(text: str, pair: Pair) -> None:
    found = tomllib.loads(text[pair.start : pair.value.end])
    for key in pair.keys:
        found = found[key]
    _check_value(text, pair.value, found)


def _check_value(text: str, value: Value, found: object) -> None:
    written = text[value.start : value.end]
    assert tomllib.loads(f"x = {written}")["x"] == found
    if isinstance(found, list):
        for item, inside in zip(value.items or (), found, strict=True):
            _check_value(text, item, inside)
    for pair in value.pairs or ():
        _check_inside(text, pair)
