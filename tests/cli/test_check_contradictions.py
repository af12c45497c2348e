"""Requirements that contradict each other, as `oneroof check` tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.locking import manifest

if TYPE_CHECKING:
    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace

SOURCE = '[tool.uv.sources]\nb = { path = "../b" }\n'
FILES = {
    "a/pyproject.toml": manifest("a", "b", "Requests<2.20", more=SOURCE),
    "b/pyproject.toml": manifest("b", "requests>=2.28"),
}


def test_both_lines_are_named_and_the_way_between(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    said = oneroof(workspace(FILES), "check", "--no-environments")
    assert said.exit_code == 1
    assert said.stdout.startswith(
        "error: a/pyproject.toml:5: project.dependencies[1]: asks for `requests<2.20`, and b for "
        "`requests>=2.28` (b/pyproject.toml: project.dependencies[0]), which comes along: a -> b "
        "[contradiction]\n"
        "  hint: ask for versions of requests that both can have: no environment can hold these "
        "two\n"
    )


def test_only_the_projects_that_have_both_are_told(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    said = oneroof(workspace(FILES), "check", "--no-environments", "b")
    assert "contradiction" not in said.stdout


@pytest.mark.parametrize(
    "settings",
    [
        {"pyproject.toml": '[tool.uv]\noverride-dependencies = ["requests==2.31"]\n'},
        {"pyproject.toml": '[tool.pdm.resolution.overrides]\nrequests = "2.31"\n'},
    ],
)
def test_a_forced_version_is_no_contradiction(
    oneroof: Oneroof, workspace: MakeWorkspace, settings: dict[str, str]
) -> None:
    said = oneroof(workspace({**FILES, **settings}), "check", "--no-environments")
    assert "contradiction" not in said.stdout
