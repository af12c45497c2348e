"""What discovery found is remembered exactly as long as it holds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.changes.conftest import manifest
from tests.conftest import Git, write_files

from oneroof.changes.snapshot import Opened, open_root, open_workspace, workspace_folder
from oneroof.workspace import discovery
from oneroof.workspace.tree import Tree


@pytest.fixture
def discoveries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each time that discovery ran."""
    found: list[str] = []
    real = discovery.discover

    def counted(tree: Tree) -> discovery.Discovery:
        found.append(tree.root.name)
        return real(tree)

    monkeypatch.setattr(discovery, "discover", counted)
    return found


def names(opened: Opened) -> list[str]:
    return [project.name for project in opened.workspace.projects]


def test_the_second_time_nothing_is_discovered_and_the_answer_is_the_same(
    chain: Path, discoveries: list[str]
) -> None:
    first, second = open_root(chain), open_root(chain)
    assert first.workspace == second.workspace
    assert first.reads == second.reads
    assert discoveries == ["repo"]


def test_edited_code_keeps_what_is_remembered(
    chain: Path, git: Git, discoveries: list[str]
) -> None:
    names(open_root(chain))
    (chain / "libs/base/base/__init__.py").write_text("x = 1\n")
    names(open_root(chain))
    git("commit", "--quiet", "--all", "--message=second")
    names(open_root(chain))
    assert discoveries == ["repo"]


def edit_manifest(root: Path) -> None:
    (root / "libs/base/pyproject.toml").write_text(manifest("base", "six"))


def add_file(root: Path) -> None:
    write_files(root, {"apps/other/new.py": ""})


def delete_file(root: Path) -> None:
    (root / "libs/base/README.md").unlink()


def add_project(root: Path) -> None:
    write_files(root, {"libs/new/pyproject.toml": manifest("new")})


def turn_into_link(root: Path) -> None:
    (root / "libs/base/base/__init__.py").unlink()
    (root / "libs/base/base/__init__.py").symlink_to("../README.md")


@pytest.mark.parametrize(
    "alter", [edit_manifest, add_file, delete_file, add_project, turn_into_link]
)
def test_what_discovery_depends_on_is_discovered_anew(
    chain: Path, discoveries: list[str], alter: Callable[[Path], None]
) -> None:
    names(open_root(chain))
    alter(chain)
    remembered = open_root(chain).workspace
    assert discoveries == ["repo", "repo"]
    assert remembered == open_root(chain, fresh=True).workspace


def test_a_file_that_only_discovery_reads_counts_too(chain: Path, discoveries: list[str]) -> None:
    dynamic = (
        '[project]\nname = "dynamic"\ndynamic = ["version"]\n[build-system]\n'
        'build-backend = "hatchling.build"\n[tool.hatch.version]\npath = "dynamic/about.py"\n'
    )
    write_files(
        chain,
        {"d/pyproject.toml": dynamic, "d/dynamic/about.py": '__version__ = "1.0"\n',
         "d/dynamic/__init__.py": ""},
    )  # fmt: skip

    def version() -> str | None:
        projects = open_root(chain).workspace.projects
        return next(each.metadata.version for each in projects if each.name == "dynamic")

    assert version() == "1.0"
    (chain / "d/dynamic/about.py").write_text('__version__ = "2.0"\n')
    assert version() == "2.0"
    assert len(discoveries) == 2


@pytest.mark.parametrize("content", [b"", b"garbage", b"0" * 64 + b"payload"])
def test_a_corrupt_snapshot_is_a_miss(chain: Path, discoveries: list[str], content: bytes) -> None:
    names(open_root(chain))
    (workspace_folder(chain) / "snapshot").write_bytes(content)
    assert names(open_root(chain)) == ["other", "top", "base", "mid"]
    assert discoveries == ["repo", "repo"]


def test_a_snapshot_whose_last_byte_is_lost_is_a_miss(chain: Path, discoveries: list[str]) -> None:
    names(open_root(chain))
    path = workspace_folder(chain) / "snapshot"
    path.write_bytes(path.read_bytes()[:-1])
    names(open_root(chain))
    assert discoveries == ["repo", "repo"]


def test_a_snapshot_of_another_version_is_a_miss(
    chain: Path, discoveries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from oneroof.changes import remembered

    names(open_root(chain))
    monkeypatch.setattr(remembered, "FORMAT", "0 other")
    names(open_root(chain))
    assert discoveries == ["repo", "repo"]


def test_a_listing_of_another_run_is_a_miss_where_it_is_needed(
    chain: Path, git: Git, discoveries: list[str]
) -> None:
    names(open_root(chain))
    (workspace_folder(chain) / "listing").write_bytes(b"")
    names(open_root(chain))
    assert discoveries == ["repo"]
    (chain / "libs/base/base/__init__.py").write_text("x = 1\n")
    git("commit", "--quiet", "--all", "--message=second")
    names(open_root(chain))
    assert discoveries == ["repo", "repo"]


def test_two_roots_share_nothing(chain: Path, tmp_path: Path, git: Git) -> None:
    other = tmp_path / "other"
    git("clone", "--quiet", str(chain), str(other), cwd=tmp_path)
    (other / "libs/base/pyproject.toml").write_text(manifest("renamed"))
    assert "base" in names(open_root(chain))
    assert "renamed" in names(open_root(other))
    assert "base" in names(open_root(chain))
    assert workspace_folder(chain) != workspace_folder(other)


def test_the_root_is_found_from_any_folder_below(chain: Path) -> None:
    assert open_workspace(chain / "libs/base/base").root == chain


def test_without_git_ignored_files_and_debris_are_left_out(
    isolated: Path, discoveries: list[str]
) -> None:
    root = isolated / "plain"
    write_files(
        root,
        {
            ".gitignore": "/ignored\n",
            "a/pyproject.toml": manifest("a"),
            "ignored/pyproject.toml": manifest("b"),
            "venv/lib/x/pyproject.toml": manifest("c"),
            "a/node_modules/x/pyproject.toml": manifest("d"),
        },
    )
    opened = open_root(root)
    assert (names(opened), opened.has_git) == (["a"], False)
    assert names(open_root(root)) == ["a"]
    assert discoveries == ["plain"]
    (root / "a/pyproject.toml").write_text(manifest("z"))
    assert names(open_root(root)) == ["z"]
    assert sorted(path.name for path in root.iterdir()) == [".gitignore", "a", "ignored", "venv"]


def test_without_kept_edges_no_file_is_sorted_into_a_folder(chain: Path) -> None:
    opened = open_root(chain)
    names(opened)
    again = open_root(chain)
    assert again.edges_by_project == {}
    assert "tree" not in vars(again)
