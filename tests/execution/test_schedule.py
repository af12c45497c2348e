import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.execution.schedule import Node, Schedule, Skipped


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    names = [f"n{number}" for number in range(draw(st.integers(0, 10)))]
    nodes = [
        Node(
            name,
            tuple(draw(st.lists(st.sampled_from(names[:index]), max_size=3))) if index else (),
            draw(st.none() | st.integers(0, 5).map(float)),
        )
        for index, name in enumerate(names)
    ]
    return draw(st.permutations(nodes))


def order(nodes: list[Node]) -> list[str]:
    """The names in the order in which one worker would take them."""
    schedule = Schedule(nodes)
    names = []
    while (node := schedule.start()) is not None:
        names.append(node.name)
        schedule.finish(node.name, succeeded=True)
    assert schedule.is_done
    return names


@given(graphs())
def test_every_node_starts_once_and_after_its_needs(nodes: list[Node]) -> None:
    names = order(nodes)
    assert sorted(names) == sorted(node.name for node in nodes)
    for node in nodes:
        assert all(names.index(need) < names.index(node.name) for need in node.needs)


@given(graphs())
def test_order_does_not_depend_on_how_nodes_are_listed(
    nodes: list[Node],
) -> None:
    assert order(nodes) == order(list(reversed(nodes)))


@given(graphs(), st.data())
def test_failures_lose_no_node(nodes: list[Node], data: st.DataObject) -> None:
    schedule = Schedule(nodes)
    needs = {node.name: set(node.needs) for node in nodes}
    passed, failed, skipped = set[str](), set[str](), set[str]()
    running: list[str] = []
    while not schedule.is_done:
        while (node := schedule.start()) is not None:
            assert needs[node.name] <= passed
            running.append(node.name)
        assert schedule.running == frozenset(running)
        name = running.pop(data.draw(st.integers(0, len(running) - 1)))
        succeeded = data.draw(st.booleans())
        (passed if succeeded else failed).add(name)
        for gone in schedule.finish(name, succeeded=succeeded):
            assert gone.name not in skipped
            skipped.add(gone.name)
    assert passed | failed | skipped == set(needs)
    assert len(passed) + len(failed) + len(skipped) == len(nodes)
    assert all(needs[name] & (failed | skipped) for name in skipped)


def test_longest_known_comes_first() -> None:
    nodes = [Node("a", (), 1.0), Node("b", (), 3.0), Node("c", (), 2.0)]
    assert order(nodes) == ["b", "c", "a"]


def test_unknown_counts_as_longest_and_names_break_ties() -> None:
    nodes = [Node("known", (), 100.0), Node("y"), Node("x"), Node("b", (), 1.0), Node("a", (), 1.0)]
    assert order(nodes) == ["x", "y", "known", "a", "b"]


def test_short_node_before_a_long_one_comes_early() -> None:
    nodes = [Node("long", ("short",), 10.0), Node("short", (), 1.0), Node("middle", (), 5.0)]
    assert order(nodes) == ["short", "long", "middle"]


def test_dependents_of_a_failure_are_skipped_with_the_reason() -> None:
    schedule = Schedule([Node("c", ("b",)), Node("b", ("a",)), Node("a"), Node("free")])
    schedule.start()
    assert schedule.finish("a", succeeded=False) == (
        Skipped("b", "needs `a`, which did not pass"),
        Skipped("c", "needs `a`, which did not pass"),
    )
    assert schedule.start() == Node("free")


def test_stop_returns_all_that_did_not_start() -> None:
    schedule = Schedule([Node("a"), Node("b"), Node("c", ("a",))])
    assert schedule.start() == Node("a")
    assert schedule.stop("enough") == (Skipped("b", "enough"), Skipped("c", "enough"))
    assert schedule.start() is None
    assert not schedule.is_done
    assert schedule.finish("a", succeeded=True) == ()
    assert schedule.is_done


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([Node("a"), Node("a")], "two nodes are called 'a'"),
        ([Node("a", ("b",))], "'a' needs 'b', which is no node"),
        ([Node("a", ("b",)), Node("b", ("a",)), Node("c")], r"cycle: \['a', 'b'\]"),
        ([Node("a", ("a",))], r"cycle: \['a'\]"),
    ],
)
def test_nodes_that_cannot_be_scheduled_are_refused(nodes: list[Node], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Schedule(nodes)


def test_only_running_nodes_can_finish() -> None:
    with pytest.raises(ValueError, match="'a' is not running"):
        Schedule([Node("a")]).finish("a", succeeded=True)
