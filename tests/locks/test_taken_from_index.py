from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.locks.taken_from_index import internal_from_index
from oneroof.workspace.model import Source

if TYPE_CHECKING:
    from tests.locks.conftest import MakeProject, MakeRequirement, MakeTree

UV = 'version = 1\n[[package]]\nname = "lib-b"\nversion = "1"\nsource = {{ {} }}\n'
POETRY = '[[package]]\nname = "Lib_B"\nversion = "1"\n{}\n[package.extras]\nx = []\n[metadata]\n'
PDM = '[[package]]\nname = "lib-b"\nversion = "1"\n{}\n'
PYLOCK = '[[packages]]\nname = "lib-b"\nversion = "1"\n{}\n'


@pytest.mark.parametrize(
    ("lock", "text", "taken"),
    [
        ("uv.lock", UV.format('registry = "https://pypi.org/simple"'), True),
        ("uv.lock", UV.format('editable = "lib-b"'), False),
        ("uv.lock", "version = 1\n", False),
        ("poetry.lock", POETRY.format(""), True),
        ("poetry.lock", POETRY.format('[package.source]\ntype = "legacy"\nurl = "u"'), True),
        ("poetry.lock", POETRY.format('[package.source]\ntype = "directory"\nurl = "u"'), False),
        ("poetry.lock", POETRY.format('[package.source]\nurl = "u"\ntype = "git"'), False),
        ("pdm.lock", PDM.format(""), True),
        ("pdm.lock", PDM.format('path = "./lib-b"'), False),
        ("pylock.toml", PYLOCK.format('index = "https://pypi.org/simple"'), True),
        ("pylock.toml", PYLOCK.format('directory = { path = "lib-b" }'), False),
        ("pylock.toml", PYLOCK.format('[packages.vcs]\ntype = "git"'), False),
        ("requirements.txt", "six==1\nLib_B==1 --hash=sha256:aa\n", True),
        ("requirements.txt", "-e ./lib-b\n", False),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_lock_says_whether_a_projects_name_is_taken_from_an_index(
    *,
    tree: MakeTree,
    project: MakeProject,
    requirement: MakeRequirement,
    lock: str,
    text: str,
    taken: object,
    line_end: str,
) -> None:
    projects = [project("app", requirement("lib-b"), lock=lock), project("lib-b")]
    found = internal_from_index(tree({lock: text.replace("\n", line_end)}), projects)
    assert found == ({("app", "lib-b")} if taken else set())


def test_a_name_that_is_a_folder_too_stays_internal(
    tree: MakeTree, project: MakeProject, requirement: MakeRequirement
) -> None:
    text = UV.format('registry = "u"') + UV.format('editable = "lib-b"').partition("\n")[2]
    projects = [project("app", requirement("lib-b"), lock="uv.lock"), project("lib-b")]
    assert internal_from_index(tree({"uv.lock": text}), projects) == frozenset()


def test_locks_are_read_only_where_the_question_arises(
    tree: MakeTree, project: MakeProject, requirement: MakeRequirement
) -> None:
    """The lock is not there: to read it would be noticed by nobody asking."""
    local = requirement("lib-b", sources=(Source("path", "../lib-b"),))
    projects = [
        project("app", local, requirement("six"), requirement("app"), lock="missing/uv.lock"),
        project("lib-b"),
        project("free", requirement("lib-b")),
    ]
    assert internal_from_index(tree({}), projects) == frozenset()
