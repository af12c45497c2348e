from collections.abc import Collection

import msgspec
import pytest
from tests.projects import graph, project, requirement

from oneroof.rules.contradictions import find_contradictions
from oneroof.workspace.model import Project


def found(*projects: Project, forced: Collection[str] = ()) -> list[tuple[str | None, str, str]]:
    violations = find_contradictions(graph(projects), lambda _: forced)
    return [(each.project, each.problem.key, each.problem.message) for each in violations]


def test_two_that_come_together_and_exclude_each_other() -> None:
    assert found(project("a", "main b", "main six<2"), project("b", "main six>=2")) == [
        (
            "a",
            "key[1]",
            (
                "asks for `six<2`, and b for `six>=2` (libs/b/pyproject.toml: key[0]), which "
                "comes along: a -> b"
            ),
        )
    ]


def test_two_that_only_a_third_brings_together() -> None:
    needs = (project("b", "main six<2"), project("c", "main six>=2"), project("z", "main six<2"))
    assert found(project("a", "main b", "main c"), *needs) == [
        (
            "a",
            "key[0]",
            (
                "b, which comes along (a -> b), asks for `six<2`, and c for `six>=2` "
                "(libs/c/pyproject.toml: key[0]), which comes along: a -> c"
            ),
        )
    ]


def test_those_further_up_are_not_told_again() -> None:
    projects = (
        project("a", "main b"),
        project("b", "main c", "main six<2"),
        project("c", "main six>=2"),
        project("other", "main c", "main six<1"),
    )
    assert [name for name, _, _ in found(*projects)] == ["b", "other"]


def test_a_cycle_hides_none() -> None:
    projects = (project("a", "main b", "main six<2"), project("b", "main a", "main six>=2"))
    assert [name for name, _, _ in found(*projects)] == ["a", "b"]


@pytest.mark.parametrize(
    "projects",
    [
        (project("a", "main b", "main six<2"), project("b", "main six>=1")),
        (project("a", "group:dev b", "main six<2"), project("b", "main six>=2")),
        (project("a", "main six<2"), project("b", "main six>=2")),
        (project("a", "main b", "main six<2"), project("b", "extra:x six>=2")),
        (project("a", "main b", "main six<2"), project("b", "group:dev six>=2")),
    ],
)
def test_what_can_be_met_or_never_meets_is_well(projects: tuple[Project, ...]) -> None:
    assert found(*projects) == []


def test_what_an_extra_asks_for_counts_where_the_extra_is_asked_for() -> None:
    projects = (project("a", "main b[x]", "main six<2"), project("b", "extra:x six>=2"))
    assert [name for name, _, _ in found(*projects)] == ["a"]


@pytest.mark.parametrize(
    ("marker", "count"),
    [
        ("python_version < '3.9'", 0),
        ("python_version >= '3.12'", 1),
        ("sys_platform == 'win32'", 1),
    ],
)
def test_conditions_count_as_far_as_the_projects_python_lets_them(marker: str, count: int) -> None:
    conditional = msgspec.structs.replace(requirement("main six<2", "libs/a"), marker=marker)
    one = project("a", "main b", conditional)
    metadata = msgspec.structs.replace(one.metadata, requires_python=">=3.11")
    one = msgspec.structs.replace(one, metadata=metadata)
    assert len(found(one, project("b", "main six>=2"))) == count


def test_conditions_that_exclude_each_other_are_well() -> None:
    old = msgspec.structs.replace(
        requirement("main six<2", "libs/a"), marker="python_version < '3.12'"
    )
    new = msgspec.structs.replace(
        requirement("main six>=2", "libs/a"), marker="python_version >= '3.12'"
    )
    assert found(project("a", old, new)) == []


def test_a_forced_version_meets_all() -> None:
    projects = (project("a", "main b", "main six<2"), project("b", "main six>=2"))
    assert found(*projects, forced={"six"}) == []


@pytest.mark.parametrize(("version", "count"), [("1.5", 1), ("2.1", 0), (None, 0), ("0.0.0", 0)])
def test_a_project_must_have_the_version_it_is_asked_for_in(
    version: str | None, count: int
) -> None:
    needed = project("b")
    metadata = msgspec.structs.replace(needed.metadata, version=version)
    needed = msgspec.structs.replace(needed, metadata=metadata)
    told = found(project("a", "main b>=2", "group:dev b<1"), needed)
    assert [key for _, key, _ in told] == ["key[0]"] * count
