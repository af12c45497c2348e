"""Edges that were found and kept: what they say, and what they make count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.changes.edges import FILE, KeptEdge, decode, encode, find_unmatched_edges, together
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

EDGE = KeptEdge(RelPath("hub/tests/test_a.py"), ("data/rates.json",), "2026-01-31", "found by hand")


def edge(test: str, *files: str) -> KeptEdge:
    return KeptEdge(RelPath(test), files, "2026-01-31", "found by hand")


TEXTS = st.text(st.characters(codec="utf-8"))
EDGES = st.builds(KeptEdge, TEXTS.map(RelPath), st.lists(TEXTS).map(tuple), TEXTS, TEXTS)


@given(st.lists(EDGES))
def test_what_is_written_is_read_back_in_one_order(edges: list[KeptEdge]) -> None:
    assert set(decode(encode(edges))) == set(edges)
    assert encode(edges) == encode(reversed(edges))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "cannot be read: Input data was truncated"),
        (b'{"format": 2, "edges": []}', "has format 2, expected 1"),
        (b'{"format": 1, "edges": [{"test": 1}]}', "Expected `str`, got `int`"),
        (b'{"format": 1, "edges": [], "more": 1}', "unknown field `more`"),
    ],
)
def test_a_broken_file_is_an_error_that_names_it(content: bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        decode(content)
    assert error.value.message.startswith(f"{FILE}: ")


def test_an_edge_of_a_folder_holds_for_the_tests_below() -> None:
    assert edge("hub", "x").holds_for(RelPath("hub/tests/test_a.py"))
    assert not edge("hub", "x").holds_for(RelPath("hubs/test_a.py"))


def test_files_may_be_globs_and_folders() -> None:
    assert edge("t.py", "data/*.json").names(RelPath("data/a.json"))
    assert edge("t.py", "data").names(RelPath("data/deep/a.json"))
    assert not edge("t.py", "data/*.json").names(RelPath("data/deep/a.json"))


def test_an_edge_that_says_nothing_more_is_not_added() -> None:
    assert together([EDGE], [edge(EDGE.test, "data/rates.json")]) == (EDGE,)
    assert together([edge("hub", "data/rates.json")], [EDGE]) == (edge("hub", "data/rates.json"),)
    more = edge(EDGE.test, "data/other.json")
    assert together([EDGE], [more]) == (EDGE, more)


def test_what_an_edge_names_and_is_not_there_is_a_problem(tmp_path: Path) -> None:
    tree = Tree(tmp_path, [RelPath("hub/test_a.py"), RelPath("data/a.json")])
    edges = [edge("hub/test_a.py", "data/*"), edge("hub", "gone.json"), edge("gone.py", "data")]
    assert [(each.key, each.message) for each in find_unmatched_edges(edges, tree)] == [
        ("edges[1].files[0]", "`gone.json`, which `hub` depends on, matches no file"),
        ("edges[2].test", "the test `gone.py` is not there"),
    ]
