"""The shortest way over imports, and the lines a person would point at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.imports.test_graph import graph, owning
from tests.projects import graph as projects_graph
from tests.projects import project

from oneroof.imports.chain import shortest_chain
from oneroof.imports.levels import file_level, package_level
from oneroof.imports.links import Link, Members, links
from oneroof.paths import RelPath
from oneroof.workspace.model import ProjectName

A, B = "libs/a/src/a", "libs/b/src/b"
BOTH = frozenset({ProjectName("a"), ProjectName("b")})


def chain(files: dict[str, str], start: str, goal: str, *names: str) -> list[str]:
    made = graph([owning("a", "a"), owning("b", "b")], files)
    members = frozenset(map(ProjectName, names)) if names else BOTH
    steps = shortest_chain(made, [RelPath(start)], {RelPath(goal)}, members)
    return [f"{step.path}:{step.line}: {step.written}" for step in steps]


def named(files: dict[str, str], path: str) -> list[tuple[str, int, str]]:
    made = graph([owning("a", "a"), owning("b", "b")], files)
    return [(each.target, each.line, each.written) for each in links(made, RelPath(path), BOTH)]


def test_a_chain_gives_the_line_of_every_step() -> None:
    files = {
        "libs/a/tests/test_a.py": "import os\n\nfrom a import core\n",
        f"{A}/__init__.py": "",
        f"{A}/core.py": "import b.api\n",
        f"{B}/api.py": "",
    }
    assert chain(files, "libs/a/tests/test_a.py", f"{B}/api.py") == [
        "libs/a/tests/test_a.py:3: from a import core",
        f"{A}/core.py:1: import b.api",
    ]


def test_the_shortest_of_several_chains_is_taken() -> None:
    files = {
        f"{A}/one.py": "import a.two\nimport a.three\n",
        f"{A}/two.py": "import a.four\n",
        f"{A}/four.py": "import b.api\n",
        f"{A}/three.py": "import b.api\n",
        f"{B}/api.py": "",
    }
    assert chain(files, f"{A}/one.py", f"{B}/api.py") == [
        f"{A}/one.py:2: import a.three",
        f"{A}/three.py:1: import b.api",
    ]


def test_a_cycle_ends() -> None:
    files = {f"{A}/one.py": "import a.two", f"{A}/two.py": "import a.one", f"{B}/api.py": ""}
    assert chain(files, f"{A}/one.py", f"{B}/api.py") == []


def test_no_chain_leads_to_projects_outside_the_environment() -> None:
    files = {f"{A}/one.py": "import b.api", f"{B}/api.py": ""}
    assert chain(files, f"{A}/one.py", f"{B}/api.py", "a") == []


def test_a_chain_goes_through_the_package_a_file_lies_in() -> None:
    files = {f"{A}/__init__.py": "import b.api", f"{A}/one.py": "", f"{B}/api.py": ""}
    assert chain(files, f"{A}/one.py", f"{B}/api.py") == [
        f"{A}/one.py:1: lies in the package `{A}`",
        f"{A}/__init__.py:1: import b.api",
    ]


HELPERS = {
    "libs/a/tests/test_a.py": "from tests.help import x\nimport b.api\n",
    "libs/a/tests/help.py": "",
    "libs/b/tests/help.py": "",
    f"{B}/api.py": "import tests.help",
}


def test_a_chain_avoids_modules_that_the_own_project_hides() -> None:
    assert chain(HELPERS, "libs/a/tests/test_a.py", "libs/b/tests/help.py") == [
        "libs/a/tests/test_a.py:2: import b.api",
        f"{B}/api.py:1: import tests.help",
    ]


def test_a_hidden_module_counts_where_no_other_chain_is() -> None:
    files = {**HELPERS, f"{B}/api.py": ""}
    assert chain(files, "libs/a/tests/test_a.py", "libs/b/tests/help.py") == [
        "libs/a/tests/test_a.py:1: from tests.help import x",
    ]


@given(
    st.dictionaries(
        st.integers(0, 6), st.lists(st.integers(0, 6), max_size=4), min_size=7, max_size=7
    )
)
def test_there_is_a_chain_exactly_where_the_goal_is_reached(imports: dict[int, list[int]]) -> None:
    files = {
        f"{A}/m{one}.py": "\n".join(f"import a.m{other}" for other in others)
        for one, others in imports.items()
    }
    made = graph([owning("a", "a")], files)
    start = RelPath(f"{A}/m0.py")
    reached = made.reach([start], BOTH)
    for goal in map(RelPath, files):
        steps = shortest_chain(made, [start], {goal}, BOTH)
        assert bool(steps) == (goal in reached and goal != start)
        ends = [each.path for each in steps] + [each.target for each in steps[-1:]]
        assert ends == [*([start] if steps else []), *(each.target for each in steps)]


INSIDE = {
    f"{A}/__init__.py": "",
    f"{A}/b/__init__.py": "",
    f"{A}/b/c.py": "",
    f"{A}/b/d.py": "",
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import a.b.c", [(f"{A}/b/c.py", 1, "import a.b.c")]),
        ("import a.b.nowhere", [(f"{A}/b/__init__.py", 1, "import a.b.nowhere")]),
        ("from a.b import c", [(f"{A}/b/c.py", 1, "from a.b import c")]),
        ("from a.b import NAME", [(f"{A}/b/__init__.py", 1, "from a.b import NAME")]),
        (
            "import a.b.c\nfrom a import NAME, b",
            [
                (f"{A}/b/c.py", 1, "import a.b.c"),
                (f"{A}/__init__.py", 2, "from a import NAME, …"),
                (f"{A}/b/__init__.py", 2, "from a import b, …"),
            ],
        ),
        ("patch('a.b.d.name')", [(f"{A}/b/d.py", 1, '"a.b.d.name"')]),
        (
            "from a.b import *",
            [
                (f"{A}/b/__init__.py", 1, "from a.b import *"),
                (f"{A}/b/c.py", 1, "from a.b import *"),
                (f"{A}/b/d.py", 1, "from a.b import *"),
            ],
        ),
    ],
)
def test_a_line_names_what_it_takes_and_not_the_packages_around(
    text: str, found: list[tuple[str, int, str]]
) -> None:
    files = {**INSIDE, "libs/a/tests/test_a.py": text}
    assert sorted(named(files, "libs/a/tests/test_a.py"), key=lambda each: each[1:]) == sorted(
        found, key=lambda each: each[1:]
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("from . import d", [f"{A}/b/d.py"]),
        ("from . import NAME", [f"{A}/b/__init__.py"]),
        ("from .. import NAME", [f"{A}/__init__.py"]),
        ("from ..b.d import x", [f"{A}/b/d.py"]),
    ],
)
def test_a_file_names_its_own_package_only_in_so_many_words(text: str, found: list[str]) -> None:
    files = {**INSIDE, f"{A}/b/c.py": text}
    assert [target for target, _, _ in named(files, f"{A}/b/c.py")] == found


def test_modules_that_the_own_project_hides_are_not_named() -> None:
    assert named(HELPERS, "libs/a/tests/test_a.py") == [
        ("libs/a/tests/help.py", 1, "from tests.help import x"),
        (f"{B}/api.py", 2, "import b.api"),
    ]


def members(files: dict[str, str]) -> Members:
    projects = [project("a", "main b"), project("b")]
    return Members(projects_graph(projects), graph(projects, files))


def test_a_file_is_loaded_where_what_its_project_depends_on_is() -> None:
    known = members({f"{A}/one.py": "", f"{B}/api.py": "", "run.py": ""})
    assert known.of(RelPath(f"{A}/one.py")) == {"a", "b"}
    assert known.of(RelPath(f"{B}/api.py")) == {"b"}
    assert known.of(RelPath("run.py")) == {"a", "b"}


LEVELS = {
    "libs/a/setup.py": "",
    "libs/a/tests/test_a.py": "from a.one import x\n",
    f"{A}/__init__.py": "",
    f"{A}/one.py": "\nimport b.api\nfrom a.deep.two import x\n",
    f"{A}/deep/two.py": "import b.api\n",
    f"{B}/api.py": "",
    "libs/b/tests/test_b.py": "",
}


def test_the_file_level_ends_with_what_is_imported_directly() -> None:
    made = graph([owning("a", "a"), owning("b", "b")], LEVELS)
    level = file_level(made, [RelPath(f"{A}/one.py")], members(LEVELS))
    assert [node.path for node in level.nodes] == [
        f"{A}/deep/two.py",
        f"{A}/one.py",
        f"{B}/api.py",
    ]
    assert [(edge.dependent.name, edge.dependency.name) for edge in level.edges] == [
        (f"{A}/one.py", f"{A}/deep/two.py"),
        (f"{A}/one.py", f"{B}/api.py"),
    ]


def test_the_package_level_names_packages_as_they_are_imported() -> None:
    projects = [owning("a", "a"), owning("b", "b")]
    made = graph(projects, LEVELS)
    level = package_level(made, map(RelPath, LEVELS), members(LEVELS), projects)
    assert [(node.name, node.path) for node in level.nodes] == [
        ("setup", "libs/a/setup.py"),
        ("a", A),
        ("a.deep", f"{A}/deep"),
        ("tests@libs/a/tests", "libs/a/tests"),
        ("b", B),
        ("tests@libs/b/tests", "libs/b/tests"),
    ]
    assert [(edge.dependent.name, edge.dependency.name) for edge in level.edges] == [
        ("a", "a.deep"),
        ("a", "b"),
        ("a.deep", "b"),
        ("tests@libs/a/tests", "a"),
    ]
    assert level.edges[1].links == (
        Link(RelPath(f"{A}/one.py"), 2, "b.api", RelPath(f"{B}/api.py"), "import"),
    )


def test_a_folder_around_the_packages_of_a_project_hides_nothing() -> None:
    around = owning("b", "a.lab.one", root="namespace")
    files = {
        f"{A}/__init__.py": "",
        "libs/b/namespace/a/__init__.py": "",
        "libs/b/namespace/a/lab/one/__init__.py": "from a import core\n",
        "libs/b/tests/test_b.py": "from a import core\n",
    }
    made = graph([owning("a", "a"), around], files)
    for path in ("libs/b/namespace/a/lab/one/__init__.py", "libs/b/tests/test_b.py"):
        assert f"{A}/__init__.py" in [each.target for each in links(made, RelPath(path), BOTH)]
