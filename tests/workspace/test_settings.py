import datetime as dt
from collections.abc import Mapping

import pytest

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.settings import (
    FlakySettings,
    ForbiddenSettings,
    IgnoreSettings,
    ProjectSettings,
    Role,
    RulesSettings,
    TaskSettings,
    VersionExceptionSettings,
    WorkspaceSettings,
    read_project_settings,
    read_workspace_settings,
)

PATH = RelPath("pyproject.toml")


def test_all_that_a_workspace_can_say() -> None:
    table: Mapping[str, object] = {
        "exclude": ["old/**"],
        "everything": ["conftest.py"],
        "test-requirements": ["pytest>=8"],
        "scripts": ["poe"],
        "projects": {"libs/a": {"role": "service", "tags": ["x"]}},
    }
    assert read_workspace_settings(PATH, table) == (
        WorkspaceSettings(
            exclude=("old/**",),
            everything=("conftest.py",),
            test_requirements=("pytest>=8",),
            scripts=("poe",),
            projects={"libs/a": ProjectSettings(role=Role.SERVICE, tags=("x",))},
        ),
        [],
    )


def test_all_that_a_project_can_say() -> None:
    table: Mapping[str, object] = {
        "role": "lib",
        "tags": ["x"],
        "inputs": ["/schemas/**"],
        "python": "3.12",
        "public": ["a.api"],
        "tasks": {
            "test": {"groups": ["dev"], "env": ["DATABASE"], "timeout": 60},
            "docs": {"command": "make html", "outputs": ["site"], "cache": False},
        },
    }
    assert read_project_settings(PATH, table) == (
        ProjectSettings(
            role=Role.LIB,
            tags=("x",),
            inputs=("/schemas/**",),
            python="3.12",
            public=("a.api",),
            tasks={
                "test": TaskSettings(groups=("dev",), env=("DATABASE",), timeout=60),
                "docs": TaskSettings(command="make html", outputs=("site",), cache=False),
            },
        ),
        [],
    )


def test_in_the_roots_file_the_keys_of_workspace_and_project_stand_side_by_side() -> None:
    table: Mapping[str, object] = {"exclude": ["old"], "role": "app"}
    assert read_workspace_settings(PATH, table) == (WorkspaceSettings(exclude=("old",)), [])
    assert read_project_settings(PATH, table, root=True) == (ProjectSettings(role=Role.APP), [])


def test_a_key_of_the_workspace_is_none_of_a_project() -> None:
    _, problems = read_project_settings(PATH, {"exclude": ["old"]})
    assert [problem.key for problem in problems] == ["tool.oneroof.exclude"]


def test_an_unknown_key_is_named_with_the_nearest_one() -> None:
    settings, problems = read_project_settings(PATH, {"tag": ["x"], "role": "lib"})
    assert settings == ProjectSettings(role=Role.LIB)
    message = (
        "is not a setting: expected one of "
        "`exports`, `image`, `inputs`, `public`, `python`, `role`, `tags`, `tasks`"
    )
    hint = "did you mean `tags`?"
    assert problems == [Problem("pyproject.toml", message, "tool.oneroof.tag", hint, fatal=True)]


@pytest.mark.parametrize(
    ("table", "key", "message"),
    [
        ({"role": "libary"}, "tool.oneroof.role", "invalid enum value 'libary'"),
        ({"role": 3}, "tool.oneroof.role", "expected `str | null`, got `int`"),
        ({"tags": ["x", 3]}, "tool.oneroof.tags[1]", "expected `str`, got `int`"),
        (
            {"tasks": {"a.b": {"cache": "no"}}},
            'tool.oneroof.tasks."a.b".cache',
            "expected `bool`, got `str`",
        ),
        ({"tasks": {"docs": "make"}}, "tool.oneroof.tasks.docs", "expected a table, found `make`"),
        ({"tasks": "make"}, "tool.oneroof.tasks", "expected `object`, got `str`"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(
    table: Mapping[str, object], key: str, message: str
) -> None:
    _, problems = read_project_settings(PATH, table)
    assert problems == [Problem("pyproject.toml", message, key, fatal=True)]


def test_what_is_right_beside_a_wrong_value_still_counts() -> None:
    table: Mapping[str, object] = {
        "tasks": {"docs": {"comand": "make"}, "build": {"command": "make", "timeout": "long"}},
        "projects": {},
    }
    settings, problems = read_project_settings(PATH, table, root=True)
    assert settings == ProjectSettings(
        tasks={"docs": TaskSettings(), "build": TaskSettings(command="make")}
    )
    assert [(problem.key, problem.hint) for problem in problems] == [
        ("tool.oneroof.tasks.docs.comand", "did you mean `command`?"),
        ("tool.oneroof.tasks.build.timeout", ""),
    ]


def test_a_wrong_value_in_the_table_of_another_project_is_named_with_that_project() -> None:
    _, problems = read_workspace_settings(
        PATH, {"projects": {"libs/a": {"tasks": {"x": {"cache": 1}}}}}
    )
    assert [problem.key for problem in problems] == ['tool.oneroof.projects."libs/a".tasks.x.cache']


def test_all_that_rules_can_say() -> None:
    table: Mapping[str, object] = {
        "services-import-services": True,
        "layers": [["role:service", "role:app"], ["role:lib"]],
        "forbidden": [{"from": "role:lib", "to": "tag:x", "reason": "it is old", "except": ["a"]}],
        "independent": [["a", "b"]],
        "private": True,
        "one-version": ["role:service"],
        "version-exceptions": [
            {"package": "six", "owner": "me", "reason": "old", "until": dt.date(2027, 1, 1)}
        ],
        "ignore": [
            {"rule": "unused", "path": "a/**", "reason": "soon", "until": dt.date(2027, 1, 1)}
        ],
    }
    settings, problems = read_workspace_settings(PATH, {"rules": table})
    assert problems == []
    assert settings.rules == RulesSettings(
        services_import_services=True,
        layers=(("role:service", "role:app"), ("role:lib",)),
        forbidden=(
            ForbiddenSettings(
                importer="role:lib", imported="tag:x", reason="it is old", exceptions=("a",)
            ),
        ),
        independent=(("a", "b"),),
        private=True,
        one_version=("role:service",),
        version_exceptions=(VersionExceptionSettings("six", "me", "old", dt.date(2027, 1, 1), ()),),
        ignore=(IgnoreSettings("unused", "a/**", "soon", dt.date(2027, 1, 1)),),
    )


@pytest.mark.parametrize(
    ("table", "key", "message"),
    [
        ({"privat": True}, "tool.oneroof.rules.privat", "is not a setting: expected one of "),
        ({"private": "yes"}, "tool.oneroof.rules.private", "expected `bool`, got `str`"),
        (
            {"one-version": "yes"},
            "tool.oneroof.rules.one-version",
            "expected `bool | array`, got `str`",
        ),
        (
            {"version-exceptions": [{"package": "six", "reason": "old", "owner": "me"}]},
            "tool.oneroof.rules.version-exceptions[0].until",
            "is missing: an entry needs `package`, `owner`, `reason`, `until`",
        ),
        ({"layers": ["a"]}, "tool.oneroof.rules.layers[0]", "expected `array`, got `str`"),
        (
            {"forbidden": [{"from": "a", "to": "b"}]},
            "tool.oneroof.rules.forbidden[0].reason",
            "is missing: an entry needs `from`, `to`, `reason`",
        ),
        (
            {"forbidden": [{"from": "a", "to": "b", "reason": "x", "unless": "c"}]},
            "tool.oneroof.rules.forbidden[0].unless",
            "is not a setting: expected one of `except`, `from`, `reason`, `to`",
        ),
        (
            {"ignore": [{"rule": "unused", "path": "**", "reason": ""}]},
            "tool.oneroof.rules.ignore[0].reason",
            "expected `str` of length >= 1",
        ),
    ],
)
def test_a_wrong_rule_is_named_with_its_key(
    table: Mapping[str, object], key: str, message: str
) -> None:
    settings, problems = read_workspace_settings(PATH, {"rules": table})
    assert settings.rules == RulesSettings()
    (problem,) = problems
    assert (problem.key, problem.message[: len(message)], problem.fatal) == (key, message, True)


ENTRY: Mapping[str, object] = {
    "test": "a/test_a.py::test_x",
    "owner": "@team",
    "until": dt.date(2027, 1, 31),
    "reason": "the clock",
}


def test_the_flaky_list_is_read_with_how_often_tests_run_again() -> None:
    table = {"retries": 1, "durations": "durations.json", "flaky": [{**ENTRY, "retries": 3}]}
    entry = FlakySettings("a/test_a.py::test_x", "@team", dt.date(2027, 1, 31), "the clock", 3)
    assert read_workspace_settings(PATH, table) == (
        WorkspaceSettings(retries=1, durations="durations.json", flaky=(entry,)),
        [],
    )


def test_all_that_is_wrong_with_entries_of_the_flaky_list_is_named_and_the_others_count() -> None:
    flaky = [
        {"test": "a/test_a.py", "reason": "x"},
        ENTRY,
        {**ENTRY, "owner": "", "until": "soon", "onwer": "me", "retries": -1},
        "test_a.py",
    ]
    settings, problems = read_workspace_settings(PATH, {"flaky": flaky})
    assert settings.flaky == (
        FlakySettings("a/test_a.py::test_x", "@team", dt.date(2027, 1, 31), "the clock"),
    )
    needed = "is missing: an entry needs `test`, `owner`, `until`, `reason`"
    assert [(each.key, each.message) for each in problems] == [
        ("tool.oneroof.flaky[0].owner", needed),
        ("tool.oneroof.flaky[0].until", needed),
        ("tool.oneroof.flaky[2].owner", "expected `str` of length >= 1"),
        ("tool.oneroof.flaky[2].until", "expected a date such as 2027-01-31"),
        (
            "tool.oneroof.flaky[2].onwer",
            "is not a setting: expected one of `owner`, `reason`, `retries`, `test`, `until`",
        ),
        ("tool.oneroof.flaky[2].retries", "expected `int` >= 0"),
        ("tool.oneroof.flaky[3]", "expected a table, found `test_a.py`"),
    ]
    assert all(each.fatal and each.path == PATH for each in problems)
