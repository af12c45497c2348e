"""Laws of the division of work among shards, over random targets."""

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from oneroof.paths import RelPath
from oneroof.tasks.sharding import Division, Unit, divide

WEIGHTS = st.integers(1, 50) | st.integers(1, 100_000)
COUNTS = st.integers(1, 8)
ANY_TIME = settings(deadline=None)


@st.composite
def units(
    draw: st.DrawFn, *, starts: st.SearchStrategy[int] = WEIGHTS, most_files: int = 12
) -> list[Unit]:
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6))
    return [
        Unit(
            f"{name}:test",
            draw(starts),
            tuple(
                (RelPath(f"{name}/test_{number}.py"), weight)
                for number, weight in enumerate(draw(st.lists(WEIGHTS, max_size=most_files)))
            ),
        )
        for name in names
    ]


def longest(division: Division) -> int:
    return max(each.weight for each in division.shards)


@ANY_TIME
@given(units(), COUNTS)
def test_every_file_and_every_whole_target_is_in_exactly_one_shard(
    given_units: list[Unit], count: int
) -> None:
    found = sorted(
        (target, path)
        for shard in divide(given_units, count).shards
        for target, files in shard.parts.items()
        for path in (files or ("",))
    )
    assert found == sorted(
        (unit.target, path) for unit in given_units for path in (dict(unit.files) or ("",))
    )


@ANY_TIME
@given(units(), COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_targets_and_files_does_not_matter(
    given_units: list[Unit], count: int, shuffled: random.Random
) -> None:
    others = [
        Unit(unit.target, unit.start, tuple(shuffled.sample(unit.files, len(unit.files))))
        for unit in given_units
    ]
    shuffled.shuffle(others)
    division = divide(given_units, count)
    assert divide(others, count) == division
    assert divide(others, count).digest == division.digest


@ANY_TIME
@given(units(), COUNTS)
def test_the_weight_of_a_shard_is_that_of_its_files_and_one_start_for_each_target(
    given_units: list[Unit], count: int
) -> None:
    weights = {path: weight for unit in given_units for path, weight in unit.files}
    starts = {unit.target: unit.start for unit in given_units}
    for shard in divide(given_units, count).shards:
        assert shard.weight == sum(
            starts[target] + sum(weights[path] for path in files)
            for target, files in shard.parts.items()
        )


@ANY_TIME
@given(units(), COUNTS)
def test_no_shard_is_much_longer_than_its_fair_part_and_the_longest_piece(
    given_units: list[Unit], count: int
) -> None:
    everything = sum(weight for unit in given_units for _, weight in unit.files)
    starts = sum(unit.start for unit in given_units)
    piece = max(
        (unit.start + max(dict(unit.files).values(), default=0) for unit in given_units), default=0
    )
    # Each shard may have to begin each target.
    assert longest(divide(given_units, count)) <= 1.05 * (everything / count + starts + piece)


@ANY_TIME
@given(units(starts=st.just(0), most_files=3), st.integers(1, 3))
def test_where_beginning_costs_nothing_it_is_nearly_the_best_there_is(
    given_units: list[Unit], count: int
) -> None:
    weights = [weight for unit in given_units for _, weight in unit.files][:8]
    some = [Unit("a:test", 0, tuple((RelPath(str(i)), w) for i, w in enumerate(weights)))]
    best = min(
        max(
            sum(w for w, own in zip(weights, places, strict=True) if own == shard)
            for shard in range(count)
        )
        for places in itertools.product(range(count), repeat=len(weights))
    )
    assert longest(divide(some, count)) <= 1.05 * (4 / 3 - 1 / (3 * count)) * best


@ANY_TIME
@given(st.integers(1, 6), st.integers(1, 10), WEIGHTS)
def test_as_many_equal_targets_as_shards_are_not_taken_apart(
    count: int, files: int, weight: int
) -> None:
    equal = [
        Unit(f"{n}:test", 1000, tuple((RelPath(f"{n}/{i}"), weight) for i in range(files)))
        for n in range(count)
    ]
    assert [len(each.parts) for each in divide(equal, count).shards] == [1] * count


def test_a_target_that_is_most_of_the_work_is_taken_apart() -> None:
    large = Unit("large:test", 10, tuple((RelPath(f"large/{i:02}"), 100) for i in range(40)))
    small = [Unit(f"small{n}:test", 10, ((RelPath(f"small{n}/0"), 100),)) for n in range(4)]
    division = divide([large, *small], 4)
    assert sorted(each.weight for each in division.shards) == [1120, 1120, 1120, 1120]


def test_more_shards_than_files_leave_some_empty() -> None:
    division = divide([Unit("a:test", 5, ((RelPath("a"), 1), (RelPath("b"), 1)))], 3)
    assert sorted(len(each.parts) for each in division.shards) == [0, 1, 1]


def test_nothing_at_all_is_divided_too() -> None:
    assert [each.parts for each in divide([], 2).shards] == [{}, {}]
