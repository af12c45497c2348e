"""Laws of the project graph, over random graphs with extras, groups and cycles."""

import random
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.projects import graph, project

from oneroof.workspace.graph import WORK, link
from oneroof.workspace.model import MAIN, Edge, Project, ProjectName

NAMES = "abcdef"
KINDS = ("main", "extra:x", "extra:y", "group:dev", "build")
EXTRAS = ("", "[x]", "[y]", "[x,y]")

LINES = st.builds(
    lambda kind, name, extras: f"{kind} {name}{extras}",
    st.sampled_from(KINDS),
    st.sampled_from(NAMES),
    st.sampled_from(EXTRAS),
)
WORKSPACES = st.lists(st.lists(LINES, max_size=4), min_size=len(NAMES), max_size=len(NAMES)).map(
    lambda all_lines: [project(n, *lines) for n, lines in zip(NAMES, all_lines, strict=True)]
)


@given(WORKSPACES)
@settings(max_examples=300)
def test_what_a_project_reaches_and_what_a_change_touches_are_one_relation(
    projects: list[Project],
) -> None:
    found = graph(projects)
    for one in map(ProjectName, NAMES):
        reached = set(found.closure(one, (WORK,)).internal) | {one}
        assert reached == {other for other in found.projects if one in found.reached_by(other)}


@given(WORKSPACES)
def test_there_is_a_path_to_exactly_what_the_closure_holds(projects: list[Project]) -> None:
    found = graph(projects)
    for one in map(ProjectName, NAMES):
        others = [other for other in NAMES if other != one]
        with_path = tuple(other for other in others if found.path(one, other))
        assert with_path == found.closure(one, (WORK,)).internal


@given(WORKSPACES)
def test_each_way_of_a_change_is_made_of_edges(projects: list[Project]) -> None:
    found = graph(projects)
    edges = {(edge.dependent, edge.dependency) for edge in found.workspace.edges}
    for name in map(ProjectName, NAMES):
        for dependent, way in found.reached_by(name).items():
            assert (way[0], way[-1]) == (dependent, name)
            assert set(pairwise(way)) <= edges


@given(WORKSPACES)
def test_more_kinds_never_reach_less(projects: list[Project]) -> None:
    found = graph(projects)
    for name in map(ProjectName, NAMES):
        assert set(found.closure(name, (MAIN,)).internal) <= set(
            found.closure(name, (WORK,)).internal
        )


@given(WORKSPACES, st.randoms(use_true_random=False))
def test_the_order_of_projects_changes_nothing(
    projects: list[Project], chance: random.Random
) -> None:
    shuffled = list(projects)
    chance.shuffle(shuffled)
    assert link(shuffled) == link(projects)
    one, other = graph(projects), graph(shuffled)
    for name in map(ProjectName, NAMES):
        assert one.closure(name, (WORK,)) == other.closure(name, (WORK,))
        assert one.reached_by(name) == other.reached_by(name)
    for run_time in (True, False):
        assert one.cycles(run_time=run_time) == other.cycles(run_time=run_time)


@given(WORKSPACES)
def test_a_cycle_is_made_of_edges_and_a_run_time_one_needs_no_group(
    projects: list[Project],
) -> None:
    found = graph(projects)
    kinds = {(edge.dependent, edge.dependency): edge.kinds for edge in found.workspace.edges}
    for cycle in found.cycles(run_time=True):
        assert len(cycle) > 2
        for pair in pairwise(cycle):
            assert any(k == MAIN or k.startswith("extra:") for k in kinds[pair])
    in_run_time = {name for cycle in found.cycles(run_time=True) for name in cycle}
    assert all(name in _on_a_cycle(found.workspace.edges) for name in in_run_time)


def _on_a_cycle(edges: Iterable[Edge]) -> set[str]:
    """Projects that reach themselves over any edges, found by plain iteration."""
    pairs = {(edge.dependent, edge.dependency) for edge in edges}
    reached = set(pairs)
    while True:
        more = reached | {(a, d) for a, b in reached for c, d in pairs if b == c}
        if more == reached:
            return {a for a, b in reached if a == b}
        reached = more
