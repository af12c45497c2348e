"""`affected` in every format, with no project, one, and several (a matrix can mean no other)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import Git


def _edit(root: Path, path: str) -> None:
    (root / path).write_text("changed = 1\n")


SEVERAL = "libs/ml/ml/__init__.py"
ONE = "services/api/shop_api/__init__.py"


def test_a_project_comes_with_all_its_reasons(oneroof: Oneroof, shop: Path) -> None:
    _edit(shop, SEVERAL)
    said = oneroof(shop, "affected", "--json")
    assert said.json == {
        "base": "HEAD (<commit>)",
        "projects": [
            {
                "name": "ml",
                "path": "libs/ml",
                "direct": True,
                "reasons": [
                    {"kind": "file", "detail": "modified", "path": SEVERAL, "via": [], "tasks": []}
                ],
            },
            {
                "name": "shop-api",
                "path": "services/api",
                "direct": False,
                "reasons": [
                    {
                        "kind": "dependency",
                        "detail": f"ml changed: {SEVERAL} modified",
                        "path": SEVERAL,
                        "via": ["shop-api", "ml"],
                        "tasks": [],
                    }
                ],
            },
        ],
        "unowned": [],
    }


def test_text_says_why_on_the_lines_below(oneroof: Oneroof, shop: Path) -> None:
    _edit(shop, SEVERAL)
    assert oneroof(shop, "affected").stdout == (
        "since HEAD (<commit>): 2 projects affected\n"
        "ml  libs/ml\n"
        f"  {SEVERAL}: modified\n"
        "shop-api  services/api\n"
        f"  shop-api -> ml: ml changed: {SEVERAL} modified\n"
    )


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("json", '{\n  "base": "HEAD (<commit>)",\n  "projects": [],\n  "unowned": []\n}\n'),
        ("text", "since HEAD (<commit>): 0 projects affected\n"),
        ("lines", ""),
        ("github", 'matrix={"include":[]}\nany=false\n'),
        ("gitlab", 'nothing-affected:\n  script:\n    - "echo nothing is affected"\n'),
    ],
)
def test_nothing_is_explicit(oneroof: Oneroof, shop: Path, form: str, expected: str) -> None:
    said = oneroof(shop, "affected", "--format", form)
    assert said.stdout == expected
    assert said.exit_code == 0


@pytest.mark.parametrize(("edited", "names"), [(ONE, ["shop-api"]), (SEVERAL, ["ml", "shop-api"])])
def test_lines_are_names(oneroof: Oneroof, shop: Path, edited: str, names: list[str]) -> None:
    _edit(shop, edited)
    said = oneroof(shop, "affected", "--format", "lines")
    assert said.stdout.splitlines() == names


@pytest.mark.parametrize(("edited", "names"), [(ONE, ["shop-api"]), (SEVERAL, ["ml", "shop-api"])])
def test_github_gets_a_matrix_and_whether_it_holds_anything(
    oneroof: Oneroof, shop: Path, edited: str, names: list[str]
) -> None:
    _edit(shop, edited)
    said = oneroof(shop, "affected", "--format", "github")
    outputs = dict(line.split("=", 1) for line in said.stdout.splitlines())
    assert [each["project"] for each in json.loads(outputs["matrix"])["include"]] == names
    assert outputs["any"] == "true"


def test_gitlab_gets_one_job_a_project(oneroof: Oneroof, shop: Path) -> None:
    _edit(shop, ONE)
    assert oneroof(shop, "affected", "--format", "gitlab").stdout == (
        '"test shop-api":\n'
        "  variables:\n"
        '    PROJECT: "shop-api"\n'
        '    PROJECT_PATH: "services/api"\n'
        "  script:\n"
        '    - "oneroof test shop-api"\n'
    )


def test_a_selection_narrows_the_answer(oneroof: Oneroof, shop: Path) -> None:
    _edit(shop, SEVERAL)
    assert oneroof(shop, "affected", "ml", "--format", "lines").stdout == "ml\n"


def test_files_of_nobody_are_counted(oneroof: Oneroof, shop: Path) -> None:
    (shop / "notes.txt").write_text("x\n")
    assert oneroof(shop, "affected").stdout == (
        "since HEAD (<commit>): 0 projects affected\n"
        "1 changed file belongs to no project: notes.txt\n"
    )


def test_an_unknown_ref_is_an_error_and_never_nothing(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "affected", "--since", "no-such-branch", "--format", "lines")
    assert said.stderr == (
        "error: `no-such-branch` is no commit, branch or tag of this repository\n"
        "hint: name a branch, a tag or a commit\n"
    )
    assert (said.exit_code, said.stdout) == (2, "")


def test_since_a_branch_counts_commits_and_the_work_tree(
    oneroof: Oneroof, shop: Path, git: Git
) -> None:
    git("switch", "-qc", "work")
    _edit(shop, ONE)
    git("commit", "-qam", "edit")
    _edit(shop, "libs/mq/mq/__init__.py")
    said = oneroof(shop, "affected", "--since", "main", "--format", "lines")
    assert said.stdout.splitlines() == ["mq", "shop-api"]
