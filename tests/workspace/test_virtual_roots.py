"""Workspaces of uv, and roots that declare groups for others without being projects."""

from collections.abc import Callable, Mapping

import pytest
from tests.projects import named, places

from oneroof.errors import Problem
from oneroof.workspace.discovery import discover
from oneroof.workspace.tree import Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]

A = named("a")


class TestUvWorkspaces:
    ROOT_TABLE = '[tool.uv.workspace]\nmembers = ["libs/*", "apps/main/"]\nexclude = ["libs/old"]\n'

    def test_members_know_their_root_and_share_its_lock(self, tree: MakeTree) -> None:
        files = {
            "pyproject.toml": named("root", self.ROOT_TABLE),
            "uv.lock": "",
            "libs/a/pyproject.toml": A,
            "apps/main/pyproject.toml": named("main"),
            "apps/other/pyproject.toml": named("other"),
            "apps/other/uv.lock": "",
        }
        found = [(p.name, p.workspace_root, p.lock) for p in discover(tree(files)).projects]
        assert found == [
            ("root", ".", "uv.lock"),
            ("main", ".", "uv.lock"),
            ("other", None, "apps/other/uv.lock"),
            ("a", ".", "uv.lock"),
        ]

    def test_what_the_workspace_excludes_is_no_project_nor_what_lies_below(
        self, tree: MakeTree
    ) -> None:
        files = {
            "pyproject.toml": named("root", self.ROOT_TABLE),
            "libs/old/pyproject.toml": named("old"),
            "libs/old/sub/pyproject.toml": named("sub"),
        }
        assert places(discover(tree(files))) == [("root", ".")]

    def test_a_root_of_members_and_groups_alone_is_virtual(self, tree: MakeTree) -> None:
        groups = '[dependency-groups]\ndev = ["pytest", "a"]\n'
        files = {"pyproject.toml": self.ROOT_TABLE + groups, "libs/a/pyproject.toml": A}
        found = discover(tree(files))
        assert places(found) == [("a", "libs/a")]
        (root,) = found.virtual_roots
        assert (root.name, root.path, root.workspace_root) == (".", ".", ".")
        assert [each.pep508 for each in root.metadata.requirements] == ["pytest", "a"]

    def test_a_root_of_members_alone_declares_nothing(self, tree: MakeTree) -> None:
        found = discover(tree({"pyproject.toml": self.ROOT_TABLE, "libs/a/pyproject.toml": A}))
        assert (places(found), found.virtual_roots) == ([("a", "libs/a")], ())

    def test_a_virtual_root_may_lie_in_a_folder(self, tree: MakeTree) -> None:
        files = {
            "python/pyproject.toml": self.ROOT_TABLE + '[dependency-groups]\ndev = ["pytest"]\n',
            "python/uv.lock": "",
            "python/libs/a/pyproject.toml": A,
            "python/samples/x/requirements.txt": "requests\n",
            "python/samples/x/main.py": "",
        }
        found = discover(tree(files))
        assert places(found) == [("a", "python/libs/a"), ("python/samples/x", "python/samples/x")]
        assert [(root.name, root.lock) for root in found.virtual_roots] == [
            ("python", "python/uv.lock")
        ]


class TestVirtualRoots:
    @pytest.mark.parametrize(
        "manifest",
        [
            '[dependency-groups]\ndev = ["pytest"]\n',
            '[tool.uv]\ndev-dependencies = ["pytest"]\n',
            '[tool.pdm.dev-dependencies]\ndev = ["pytest"]\n',
            (
                "[tool.poetry]\npackage-mode = false\n"
                '[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
            ),
        ],
    )
    def test_a_root_that_declares_only_groups_shares_them_and_is_no_project(
        self, tree: MakeTree, manifest: str
    ) -> None:
        found = discover(tree({"pyproject.toml": manifest, "libs/a/pyproject.toml": A}))
        assert places(found) == [("a", "libs/a")]
        assert [
            (root.path, [each.pep508 for each in root.metadata.requirements])
            for root in found.virtual_roots
        ] == [(".", ["pytest"])]

    def test_groups_in_a_requirements_file_beside_a_script_count_too(self, tree: MakeTree) -> None:
        files = {
            "requirements-dev.txt": "pytest\n",
            "noxfile.py": "",
            "pyproject.toml": "[tool.ruff]\n",
            "libs/a/pyproject.toml": A,
        }
        found = discover(tree(files))
        assert places(found) == [("a", "libs/a")]
        assert [root.path for root in found.virtual_roots] == ["."]

    def test_where_nothing_else_is_a_project_the_root_is_one(self, tree: MakeTree) -> None:
        files = {"pyproject.toml": '[dependency-groups]\ndev = ["pytest"]\n', "main.py": ""}
        found = discover(tree(files))
        assert (places(found), found.virtual_roots) == ([(".", ".")], ())

    def test_a_root_that_needs_something_itself_is_a_project(self, tree: MakeTree) -> None:
        files = {
            "requirements.txt": "flask\n",
            "main.py": "",
            "libs/a/pyproject.toml": A,
        }
        assert places(discover(tree(files))) == [(".", "."), ("a", "libs/a")]

    def test_problems_of_a_virtual_root_are_the_workspaces(self, tree: MakeTree) -> None:
        files = {"pyproject.toml": "[dependency-groups]\ndev = [3]\n", "a/pyproject.toml": A}
        found = discover(tree(files))
        assert found.problems == (
            Problem(
                "pyproject.toml",
                'expected a string or `{ include-group = "..." }`, found the number `3`',
                "dependency-groups.dev[0]",
            ),
        )
