"""`ls`, `graph`, `why`: exactly what they print, as text and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace


def test_ls_lists_projects_in_aligned_columns(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "ls")
    assert said.stdout == (
        "project   role     version  path          uses\n"
        "ml        lib      0.1.0    libs/ml\n"
        "mq        lib      0.2.0    libs/mq\n"
        "shop-api  service  1.0      services/api  ml, mq\n"
    )
    assert (said.exit_code, said.stderr) == (0, "")


def test_ls_json_says_all_that_is_known_of_a_project(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "ls", "shop-api", "--json")
    assert said.json == {
        "root": ".",
        "projects": [
            {
                "name": "shop-api",
                "path": "services/api",
                "role": "service",
                "role_evidence": "folder `services`",
                "version": "1.0",
                "requires_python": ">=3.8",
                "build_backend": "hatchling.build",
                "distribution": "shop-api",
                "dialects": ["hatch", "project", "uv"],
                "import_packages": ["shop_api"],
                "dependencies": ["ml", "mq"],
                "requirements": 2,
                "tasks": ["hello"],
                "tags": ["web"],
                "lock": None,
                "problems": [],
            }
        ],
    }


@pytest.mark.parametrize(
    ("selectors", "names"),
    [
        (["role:lib"], ["ml", "mq"]),
        (["tag:web"], ["shop-api"]),
        (["m*"], ["ml", "mq"]),
        (["libs"], ["ml", "mq"]),
        (["libs/*"], ["ml", "mq"]),
        (["./services/api"], ["shop-api"]),
        (["shop-api..."], ["ml", "mq", "shop-api"]),
        (["...ml"], ["ml", "shop-api"]),
        (["mq", "shop_api"], ["mq", "shop-api"]),
    ],
)
def test_selectors_name_projects(
    oneroof: Oneroof, shop: Path, selectors: list[str], names: list[str]
) -> None:
    said = oneroof(shop, "ls", *selectors)
    assert [line.split()[0] for line in said.stdout.splitlines()[1:]] == names


def test_paths_are_relative_to_the_current_folder(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop / "libs", "ls", "ml", "./mq")
    assert [line.split()[0] for line in said.stdout.splitlines()[1:]] == ["ml", "mq"]


def test_an_unknown_selector_names_the_nearest(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "ls", "shop-apy")
    assert said.stderr == (
        "error: no project is selected by `shop-apy`\nhint: did you mean `shop-api`?\n"
    )
    assert (said.exit_code, said.stdout) == (2, "")


def test_a_workspace_without_projects_says_so(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace({"README.md": "nothing\n"})
    assert oneroof(root, "ls").stdout == "no projects\n"
    assert oneroof(root, "ls", "--json").json == {"root": ".", "projects": []}


def test_graph_marks_what_is_for_development_only(oneroof: Oneroof, shop: Path) -> None:
    assert oneroof(shop, "graph").stdout == "shop-api\n├ ml\n└ mq [group:test]\n"


def test_graph_json_keeps_kind_and_place_of_every_edge(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "graph", "--json")
    manifest = "services/api/pyproject.toml"
    assert said.json == {
        "nodes": [
            {"name": "ml", "path": "libs/ml", "role": "lib"},
            {"name": "mq", "path": "libs/mq", "role": "lib"},
            {"name": "shop-api", "path": "services/api", "role": "service"},
        ],
        "edges": [
            {
                "from": "shop-api",
                "to": "ml",
                "from_path": "services/api",
                "to_path": "libs/ml",
                "kinds": ["main"],
                "declared_in": [manifest],
                "keys": ["project.dependencies[0]"],
            },
            {
                "from": "shop-api",
                "to": "mq",
                "from_path": "services/api",
                "to_path": "libs/mq",
                "kinds": ["group:test"],
                "declared_in": [manifest],
                "keys": ["dependency-groups.test[0]"],
            },
        ],
        "cycles": {"run_time": [], "development": []},
    }


def test_graph_of_one_project_leaves_out_who_needs_it(oneroof: Oneroof, shop: Path) -> None:
    assert oneroof(shop, "graph", "ml").stdout == "ml\n"


def test_graph_as_dot(oneroof: Oneroof, shop: Path) -> None:
    assert oneroof(shop, "graph", "--format", "dot").stdout == (
        "digraph workspace {\n"
        "  rankdir=LR;\n"
        "  node [shape=box];\n"
        '  "ml" [tooltip="libs/ml"];\n'
        '  "mq" [tooltip="libs/mq"];\n'
        '  "shop-api" [tooltip="services/api"];\n'
        '  "shop-api" -> "ml";\n'
        '  "shop-api" -> "mq" [style=dashed, label="group:test"];\n'
        "}\n"
    )


def test_graph_as_mermaid(oneroof: Oneroof, shop: Path) -> None:
    assert oneroof(shop, "graph", "--format", "mermaid").stdout == (
        "graph LR\n"
        '  p0["ml"]\n'
        '  p1["mq"]\n'
        '  p2["shop-api"]\n'
        "  p2 --> p0\n"
        '  p2 -. "group:test" .-> p1\n'
    )


def test_a_run_time_cycle_is_named_as_a_path(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    def library(name: str, needs: str) -> str:
        return (
            f'[project]\nname = "{name}"\nversion = "1"\ndependencies = ["{needs}"]\n'
            f'[tool.uv.sources]\n{needs} = {{ path = "../{needs}" }}\n'
        )

    root = workspace({"a/pyproject.toml": library("a", "b"), "b/pyproject.toml": library("b", "a")})
    said = oneroof(root, "graph")
    assert said.stderr == (
        "warning: a: is in a run-time cycle: a -> b -> a\n"
        "hint: move what both need into a project of its own, or into a dependency group\n"
    )
    assert said.exit_code == 0
    assert oneroof(root, "check").exit_code == 1


UNUSED = "  declared, but no file imports it\n"


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["shop-api", "six"], "shop-api -> six  `six>=1.16`  {}: project.dependencies[1]\n"),
        (["shop-api", "ml"], "shop-api -> ml  `ml`  {}: project.dependencies[0]\n" + UNUSED),
        (
            ["shop-api", "mq"],
            "shop-api -> mq (group:test)  `mq`  {}: dependency-groups.test[0]\n" + UNUSED,
        ),
        (["six"], "shop-api -> six  `six>=1.16`  {}: project.dependencies[1]\n"),
        (["ml"], "shop-api -> ml  `ml`  {}: project.dependencies[0]\n"),
    ],
)
def test_why_names_the_line_that_declares_it(
    oneroof: Oneroof, shop: Path, names: list[str], line: str
) -> None:
    said = oneroof(shop, "why", *names)
    assert said.stdout == line.format("services/api/pyproject.toml")
    assert said.exit_code == 0


def test_why_json_gives_each_step(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "why", "shop-api", "mq", "--json")
    assert said.json == {
        "from": "shop-api",
        "to": "mq",
        "path": [
            {
                "from": "shop-api",
                "to": "mq",
                "internal": True,
                "kind": "group:test",
                "requirement": "mq",
                "declared_in": "services/api/pyproject.toml",
                "key": "dependency-groups.test[0]",
                "imports": [],
            }
        ],
    }


def test_why_says_when_there_is_no_path(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "why", "ml", "shop-api")
    assert said.stdout == "ml does not need shop-api\n"
    assert said.exit_code == 1
