"""Reading the state of a work tree. What follows from changes is shown in `changes`."""

from pathlib import Path

import pytest
from tests.conftest import Git, MakeWorkspace, write_files

from oneroof.errors import ToolError
from oneroof.paths import RelPath
from oneroof.workspace.git import (
    Blob,
    blob_identity,
    find_repository,
    ignored_free_listing,
    parse_listing,
    read_blob,
    read_work_tree,
    sparse_paths,
)

EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_a_blob_has_the_id_that_git_gives_it(workspace: MakeWorkspace, git: Git) -> None:
    root = workspace({"a": "content\n"})
    assert blob_identity(b"content\n") == git("hash-object", "a").strip()
    assert read_blob(root, RelPath("a")) == Blob("100644", blob_identity(b"content\n"))


def test_modes_and_links_are_told_apart(tmp_path: Path) -> None:
    write_files(tmp_path, {"plain": "", "program": "", "folder/x": ""})
    (tmp_path / "program").chmod(0o755)
    (tmp_path / "link").symlink_to("plain")
    assert [read_blob(tmp_path, RelPath(n)) for n in ("plain", "program", "link")] == [
        Blob("100644", EMPTY_BLOB),
        Blob("100755", EMPTY_BLOB),
        Blob("120000", blob_identity(b"plain")),
    ]


@pytest.mark.parametrize("path", ["gone", "folder", "folder/x/y"])
def test_what_is_no_file_has_no_blob(tmp_path: Path, path: str) -> None:
    write_files(tmp_path, {"folder/x": ""})
    assert read_blob(tmp_path, RelPath(path)) is None


def test_the_work_tree_holds_tracked_and_untracked_files_and_no_deleted_ones(
    workspace: MakeWorkspace,
) -> None:
    root = workspace({"kept": "", "edited": "", "deleted": "", ".gitignore": "*.log\n"})
    write_files(root, {"edited": "x", "new/file": "", "x.log": ""})
    (root / "deleted").unlink()
    found = read_work_tree(root)
    assert sorted(found.files) == [".gitignore", "edited", "kept", "new/file"]
    assert found.dirty == (
        (RelPath("deleted"), None),
        (RelPath("edited"), Blob("100644", blob_identity(b"x"))),
        (RelPath("new/file"), Blob("100644", EMPTY_BLOB)),
    )


def test_the_key_is_equal_exactly_when_all_content_is(workspace: MakeWorkspace) -> None:
    root = workspace({"a": "1"})
    clean = read_work_tree(root).key
    write_files(root, {"a": "2"})
    edited = read_work_tree(root).key
    write_files(root, {"a": "1"})
    assert (read_work_tree(root).key, edited != clean) == (clean, True)


def test_the_key_does_not_depend_on_where_the_repository_lies(
    workspace: MakeWorkspace, git: Git, tmp_path: Path
) -> None:
    root = workspace({"a": "1"})
    git("clone", "--quiet", str(root), str(tmp_path / "clone"), cwd=tmp_path)
    assert read_work_tree(tmp_path / "clone").key == read_work_tree(root).key


def test_of_an_unmerged_file_what_the_work_tree_holds_counts(
    workspace: MakeWorkspace, git: Git
) -> None:
    root = workspace({"a": "1\n"})
    git("switch", "--quiet", "--create", "other")
    write_files(root, {"a": "2\n"})
    git("commit", "--quiet", "--all", "--message=other")
    git("switch", "--quiet", "main")
    write_files(root, {"a": "3\n"})
    git("commit", "--quiet", "--all", "--message=main")
    with pytest.raises(Exception, match="exit status 1"):
        git("merge", "--quiet", "other")
    content = (root / "a").read_bytes()
    assert read_work_tree(root).blobs == {"a": Blob("100644", blob_identity(content))}


def test_a_file_announced_but_not_added_is_there(workspace: MakeWorkspace, git: Git) -> None:
    root = workspace({})
    write_files(root, {"a": "1"})
    git("add", "--intent-to-add", "a")
    assert read_work_tree(root).blobs == {"a": Blob("100644", blob_identity(b"1"))}


def test_a_repository_within_is_left_to_itself(workspace: MakeWorkspace, git: Git) -> None:
    root = workspace({"a": ""})
    write_files(root, {"nested/b": ""})
    git("init", "--quiet", cwd=root / "nested")
    assert read_work_tree(root).files == ["a"]


def test_below_the_top_of_a_repository_only_what_lies_there_counts(
    workspace: MakeWorkspace,
) -> None:
    root = workspace({"a": "", "sub/b": "", "submarine": ""})
    write_files(root, {"a": "x", "sub/b": "x", "sub/new": "", "submarine": "x"})
    found = read_work_tree(root / "sub")
    assert (found.prefix, sorted(found.files)) == ("sub/", ["b", "new"])
    assert [path for path, _ in found.dirty] == ["b", "new"]


def test_a_linked_work_tree_is_a_repository(workspace: MakeWorkspace, git: Git) -> None:
    root = workspace({"a": ""})
    git("worktree", "add", "--quiet", str(root.parent / "linked"))
    assert find_repository(root.parent / "linked") == root.parent / "linked"
    assert read_work_tree(root.parent / "linked").files == ["a"]


def test_outside_of_any_repository_none_is_found(tmp_path: Path) -> None:
    assert find_repository(tmp_path) is None


def test_git_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError) as caught:
        read_work_tree(tmp_path)
    assert (caught.value.message, caught.value.hint) == (
        "tried to read the repository but `git` was not found",
        "install git",
    )


def test_without_repository_git_still_reads_the_ignore_files(isolated: Path) -> None:
    root = isolated / "plain"
    write_files(
        root,
        {
            ".gitignore": "*.log\n",
            "sub/.gitignore": "/out\n",
            "a.py": "",
            "x.log": "",
            "sub/out/b.py": "",
            "sub/c.py": "",
            ".venv/d.py": "",
        },
    )
    assert sorted(ignored_free_listing(root)) == [
        ".gitignore",
        "a.py",
        "sub/.gitignore",
        "sub/c.py",
    ]
    assert not (root / ".git").exists()


LISTING = (
    b"H 100644 aaaa 0\tplain\0"
    b"h 100755 bbbb 0\tassumed\0"
    b"S 100644 cccc 0\tsparse\xff\0"
    b"H 160000 dddd 0\tsubmodule\0"
    b"M 100644 eeee 2\tours\0M 100644 ffff 3\tours\0"
)


def test_a_listing_is_read_without_submodules_and_with_the_last_stage() -> None:
    assert dict(parse_listing(LISTING)) == {
        "plain": Blob("100644", "aaaa"),
        "assumed": Blob("100755", "bbbb"),
        "sparse\udcff": Blob("100644", "cccc"),
        "ours": Blob("100644", "ffff"),
    }


def test_what_is_left_out_of_the_work_tree_is_marked_in_the_listing() -> None:
    assert sparse_paths(LISTING) == {"sparse\udcff"}
    assert sparse_paths(b"") == frozenset()
