import tomllib

from oneroof.paths import RelPath
from oneroof.workspace.dialects.groups import read_groups
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import Kind

PATH = RelPath("pyproject.toml")


def read(text: str) -> tuple[list[str], list[tuple[Kind, str, str]], list[str]]:
    table = Table(PATH, tomllib.loads("[dependency-groups]\n" + text), [], "")
    names, requirements = read_groups(table)
    found = [(each.kind, each.name, each.key) for each in requirements]
    return list(names), found, [f"{each.key}: {each.message}" for each in table.problems]


def test_an_included_requirement_keeps_its_own_key() -> None:
    names, requirements, problems = read(
        'Test_All = ["pytest"]\ndev = [{ include-group = "test-all" }, "ruff"]'
    )
    assert problems == []
    assert names == ["test-all", "dev"]
    assert requirements == [
        ("group:test-all", "pytest", "dependency-groups.Test_All[0]"),
        ("group:dev", "pytest", "dependency-groups.Test_All[0]"),
        ("group:dev", "ruff", "dependency-groups.dev[1]"),
    ]


def test_what_is_included_twice_stands_once() -> None:
    _, requirements, _ = read(
        'a = ["x"]\nb = [{ include-group = "a" }]\n'
        'c = [{ include-group = "a" }, { include-group = "b" }]'
    )
    assert [each for each in requirements if each[0] == "group:c"] == [
        ("group:c", "x", "dependency-groups.a[0]")
    ]


def test_a_cycle_is_named_as_a_path_once() -> None:
    _, requirements, problems = read(
        'b = [{ include-group = "a" }, "y"]\na = ["x", { include-group = "b" }]'
    )
    assert problems == ["dependency-groups.b[0]: groups include each other: `a -> b -> a`"]
    assert {each[1] for each in requirements if each[0] == "group:a"} == {"x", "y"}


def test_an_unknown_include_names_the_known_groups() -> None:
    table = Table(PATH, {"dependency-groups": {"a": [{"include-group": "b"}]}}, [], "")
    read_groups(table)
    [problem] = table.problems
    assert problem.key == "dependency-groups.a[0]"
    assert problem.message == "includes the unknown group `b`"
    assert problem.hint == "include one of `a`"


def test_two_groups_of_one_normal_name_are_told() -> None:
    names, requirements, problems = read('a-b = ["x"]\nA_B = ["y"]')
    assert names == ["a-b"]
    assert [each[1] for each in requirements] == ["x", "y"]
    assert problems == ["dependency-groups.A_B: is a second group named `a-b`"]


def test_wrong_entries_leave_the_others() -> None:
    _, requirements, problems = read('a = [1, { x = "y" }, "b"]\nc = "d"')
    assert [each[1] for each in requirements] == ["b"]
    assert [each.partition(":")[0] for each in problems] == [
        "dependency-groups.a[0]",
        "dependency-groups.a[1]",
        "dependency-groups.c",
    ]
