import pytest
from tests.projects import graph, project

from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.selection import select
from oneroof.workspace.settings import ProjectSettings, Role

GRAPH = graph(
    [
        project("api", "main ml", path="services/api", role=Role.SERVICE),
        project("ml", "main mq", path="libs/ml", settings=ProjectSettings(tags=("heavy",))),
        project("mq", path="libs/mq"),
        project("My-Pkg", path="libs/pkg"),
        project("util@x/util", path="x/util"),
        project("util@y/util", path="y/util"),
    ]
)


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (["ml"], ["ml"]),
        (["ml", "api"], ["ml", "api"]),
        (["m*"], ["ml", "mq"]),
        (["libs"], ["ml", "mq", "My-Pkg"]),
        (["libs/ml"], ["ml"]),
        (["libs/m?"], ["ml", "mq"]),
        (["*/util"], ["util@x/util", "util@y/util"]),
        (["./libs/mq/"], ["mq"]),
        (["."], ["ml", "mq", "My-Pkg", "api", "util@x/util", "util@y/util"]),
        (["role:service"], ["api"]),
        (["tag:heavy"], ["ml"]),
        (["api..."], ["ml", "mq", "api"]),
        (["...mq"], ["ml", "mq", "api"]),
        (["...ml..."], ["ml", "mq", "api"]),
        (["role:service..."], ["ml", "mq", "api"]),
        (["util"], ["util@x/util", "util@y/util"]),
        (["util@y/util"], ["util@y/util"]),
        (["A_P.i"], None),
        (["Mq"], ["mq"]),
        (["My-Pkg"], ["My-Pkg"]),
        (["pkg"], ["My-Pkg"]),
        (["...pkg"], ["My-Pkg"]),
    ],
)
def test_selectors(selectors: list[str], expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(ConfigError):
            select(GRAPH, selectors)
    else:
        assert [each.name for each in select(GRAPH, selectors)] == expected


def test_no_selector_selects_all() -> None:
    assert select(GRAPH, []) == GRAPH.workspace.projects


@pytest.mark.parametrize(
    ("selector", "here", "expected"),
    [
        ("ml", "libs", ["ml"]),
        ("../services", "libs", ["api"]),
        (".", "libs/ml", ["ml"]),
        ("pkg", "libs", ["My-Pkg"]),
    ],
)
def test_paths_start_from_the_current_folder(selector: str, here: str, expected: list[str]) -> None:
    assert [each.name for each in select(GRAPH, [selector], RelPath(here))] == expected


def test_all_selectors_that_name_nothing_are_in_one_error_with_the_nearest_names() -> None:
    with pytest.raises(ConfigError) as caught:
        select(GRAPH, ["apj", "ml", "role:servce", "../.."])
    assert (caught.value.message, caught.value.hint) == (
        "no project is selected by `apj`, `role:servce`, `../..`",
        "did you mean `api` or `role:service` or `role:dags`?",
    )


def test_without_a_near_name_the_way_to_all_names_is_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        select(GRAPH, ["zzzzzz"])
    assert caught.value.hint == "`oneroof ls` shows all projects"
