"""Which changes are seen, in real git repositories."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.changes.conftest import CHAIN, ask, direct, manifest, names, reasons
from tests.conftest import Git, MakeWorkspace, write_files

from oneroof.errors import ConfigError, ToolError

DEPENDENTS = ["top", "base", "mid"]


def test_a_clean_work_tree_affects_nothing(chain: Path, git: Git) -> None:
    found = ask(chain)
    head = git("rev-parse", "HEAD")[:12]
    assert (found.projects, found.unowned, found.base) == ((), (), f"HEAD ({head})")


def test_an_edit_affects_the_owner_and_all_that_depend_on_it(chain: Path) -> None:
    (chain / "libs/base/base/__init__.py").write_text("x = 1\n")
    found = ask(chain)
    assert (names(found), direct(found)) == (DEPENDENTS, ["base"])
    assert [project.reasons[0].via for project in found.projects] == [
        ("top", "mid", "base"),
        (),
        ("mid", "base"),
    ]
    assert reasons(found, "top") == [
        ("dependency", "base changed: libs/base/base/__init__.py modified")
    ]


@pytest.mark.parametrize("state", ["unstaged", "staged", "committed"])
def test_changes_count_whether_committed_or_not(chain: Path, git: Git, state: str) -> None:
    git("switch", "--quiet", "--create", "feature")
    (chain / "libs/base/base/__init__.py").write_text("x = 1\n")
    if state != "unstaged":
        git("add", "--all")
    if state == "committed":
        git("commit", "--quiet", "--message=second")
    for since in (None, "main"):
        assert names(ask(chain, since)) == DEPENDENTS


def test_untracked_files_count_and_ignored_ones_do_not(chain: Path) -> None:
    (chain / ".git/info/exclude").write_text("*.log\n")
    write_files(chain, {"libs/base/base/new.py": "", "apps/other/other/x.log": ""})
    found = ask(chain)
    assert names(found) == DEPENDENTS
    assert reasons(found, "base") == [("file", "added")]


@pytest.mark.parametrize("staged", [True, False])
def test_a_deleted_file_marks_its_owner(chain: Path, git: Git, *, staged: bool) -> None:
    (chain / "libs/mid/mid/__init__.py").unlink()
    if staged:
        git("add", "--all")
    found = ask(chain)
    assert (names(found), reasons(found, "mid")) == (["top", "mid"], [("file", "deleted")])


def test_a_file_moved_to_another_project_marks_both(chain: Path, git: Git) -> None:
    write_files(chain, {"apps/top/top/big.py": "x = 1\n" * 100})
    git("add", "--all")
    git("commit", "--quiet", "--message=second")
    git("mv", "apps/top/top/big.py", "apps/other/other/big.py")
    found = ask(chain)
    assert [(name, reasons(found, name)) for name in names(found)] == [
        ("other", [("file", "added")]),
        ("top", [("file", "deleted")]),
    ]


def test_a_change_that_was_taken_back_is_none(chain: Path, git: Git) -> None:
    path = chain / "libs/base/base/__init__.py"
    path.write_text("x = 1\n")
    git("add", "--all")
    path.write_text("")
    assert names(ask(chain)) == []


def test_a_change_of_mode_is_a_change(chain: Path) -> None:
    (chain / "apps/other/other/__init__.py").chmod(0o755)
    assert names(ask(chain)) == ["other"]


def test_only_what_came_since_the_merge_base_counts(chain: Path, git: Git) -> None:
    git("switch", "--quiet", "--create", "feature")
    (chain / "apps/top/top/__init__.py").write_text("x = 1\n")
    git("commit", "--quiet", "--all", "--message=on feature")
    git("switch", "--quiet", "main")
    (chain / "apps/other/other/__init__.py").write_text("x = 1\n")
    git("commit", "--quiet", "--all", "--message=on main")
    git("switch", "--quiet", "feature")
    found = ask(chain, "main")
    base = git("merge-base", "main", "feature")[:12]
    assert (names(found), found.base) == (["top"], f"merge base with main ({base})")


def test_names_with_spaces_line_ends_quotes_and_other_scripts_are_seen(chain: Path) -> None:
    folder = chain / "apps/other/other"
    for name in ("a b.py", "line\nend.py", 'quo"te.py', "späße.py", "tab\there.py"):
        (folder / name).write_text("")
    found = ask(chain)
    assert reasons(found, "other") == [("file", "added")] * 5
    assert [reason.path for reason in found.projects[0].reasons] == [
        "apps/other/other/a b.py",
        "apps/other/other/line\nend.py",
        'apps/other/other/quo"te.py',
        "apps/other/other/späße.py",
        "apps/other/other/tab\there.py",
    ]


def test_a_name_that_is_no_text_is_seen_tracked_and_untracked(chain: Path, git: Git) -> None:
    path = os.fsencode(chain / "apps/other/other") + b"/\xff.py"
    Path(os.fsdecode(path)).write_bytes(b"x = 1\n")
    assert names(ask(chain)) == ["other"]
    assert names(ask(chain)) == ["other"]
    git("add", "--all")
    git("commit", "--quiet", "--message=second")
    assert names(ask(chain)) == []
    Path(os.fsdecode(path)).write_bytes(b"x = 2\n")
    assert names(ask(chain)) == ["other"]


def test_line_ends_that_git_converts_are_no_change(chain: Path, git: Git) -> None:
    git("config", "core.autocrlf", "true")
    write_files(chain, {"apps/other/other/x.py": b"x = 1\r\n"})
    git("add", "--all")
    git("commit", "--quiet", "--message=second")
    (chain / "apps/other/other/x.py").touch()
    assert names(ask(chain)) == []


def test_a_manifest_with_windows_line_ends_is_judged_by_what_it_says(
    workspace: MakeWorkspace,
) -> None:
    text = manifest("a").replace("\n", "\r\n").encode()
    root = workspace({"a/pyproject.toml": text, "b/pyproject.toml": manifest("b", "a")})
    (root / "a/pyproject.toml").write_bytes(text.replace(b"\r\n", b"\n"))
    assert names(ask(root)) == []
    (root / "a/pyproject.toml").write_bytes(text.replace(b'"1"', b'"2"'))
    assert reasons(ask(root), "a") == [("manifest", "`project.version` changed")]


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_an_edit_that_git_was_told_to_overlook_is_seen(chain: Path, git: Git, flag: str) -> None:
    path = "apps/other/other/__init__.py"
    git("update-index", flag, path)
    assert names(ask(chain)) == []
    (chain / path).write_text("x = 1\n")
    assert names(ask(chain)) == ["other"]


def test_what_a_sparse_checkout_leaves_out_is_not_deleted(chain: Path, git: Git) -> None:
    git("sparse-checkout", "set", "apps")
    assert not (chain / "libs").exists()
    found = ask(chain)
    assert (names(found), found.unowned) == ([], ())
    (chain / "apps/top/top/__init__.py").write_text("x = 1\n")
    assert names(ask(chain)) == ["top"]


def test_a_submodule_is_another_workspace(chain: Path, git: Git, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git("init", "--quiet", "--initial-branch=main", cwd=inner)
    write_files(inner, {"pyproject.toml": manifest("inner")})
    git("add", "--all", cwd=inner)
    git("commit", "--quiet", "--message=first", cwd=inner)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    git("commit", "--quiet", "--all", "--message=with submodule")
    (chain / "sub/pyproject.toml").write_text(manifest("changed"))
    found = ask(chain)
    assert (names(found), found.unowned) == ([], ())


def test_a_submodule_in_a_project_belongs_to_it(chain: Path, git: Git, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git("init", "--quiet", "--initial-branch=main", cwd=inner)
    write_files(inner, {"data.json": "1"})
    git("add", "--all", cwd=inner)
    git("commit", "--quiet", "--message=first", cwd=inner)
    place = "apps/top/data"
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), place)
    git("commit", "--quiet", "--all", "--message=with submodule")
    assert names(ask(chain)) == []
    (chain / place / "data.json").write_text("2")
    assert names(ask(chain)) == ["top"]
    git("commit", "--quiet", "--all", "--message=second", cwd=chain / place)
    git("commit", "--quiet", "--all", "--message=moved")
    assert names(ask(chain)) == []
    assert names(ask(chain, "HEAD~1")) == ["top"]


def test_a_repository_inside_a_project_belongs_to_it(chain: Path, git: Git) -> None:
    inner = chain / "apps/top/vendor"
    inner.mkdir()
    git("init", "--quiet", "--initial-branch=main", cwd=inner)
    write_files(inner, {"x.py": "1"})
    assert names(ask(chain)) == ["top"]


def test_a_workspace_inside_a_bigger_repository_sees_only_its_own(
    workspace: MakeWorkspace,
) -> None:
    root = workspace({f"sub/{path}": text for path, text in CHAIN.items()} | {"a.py": ""})
    (root / "a.py").write_text("x = 1\n")
    assert names(ask(root / "sub")) == []
    (root / "sub/libs/mid/mid/__init__.py").write_text("x = 1\n")
    write_files(root, {"sub/apps/other/new.py": ""})
    found = ask(root / "sub")
    assert names(found) == ["other", "top", "mid"]
    assert reasons(found, "mid") == [("file", "modified")]


class TestNothingToCompareWith:
    def test_without_git_everything_is_affected(self, isolated: Path) -> None:
        root = isolated / "plain"
        write_files(root, CHAIN)
        found = ask(root)
        assert names(found) == ["other", "top", "base", "mid"]
        assert reasons(found, "top") == [("everything", "this folder is in no git repository")]

    def test_without_git_a_ref_is_refused(self, isolated: Path) -> None:
        root = isolated / "plain"
        write_files(root, CHAIN)
        with pytest.raises(ConfigError) as caught:
            ask(root, "main")
        assert caught.value.message == (
            f"`--since main` needs a git repository, and `{root}` is in none"
        )

    def test_before_the_first_commit_everything_is_affected(self, tmp_path: Path, git: Git) -> None:
        root = tmp_path / "repo"
        write_files(root, CHAIN)
        git("init", "--quiet", "--initial-branch=main")
        found = ask(root)
        assert (len(found.projects), found.base) == (4, "no commit yet")

    @pytest.mark.parametrize("ref", ["HEAD~1", "HEAD^", "@~"])
    def test_before_the_only_commit_everything_is_affected(self, chain: Path, ref: str) -> None:
        found = ask(chain, ref)
        assert (len(found.projects), found.base) == (4, f"`{ref}` is before the first commit")


class TestRefs:
    def test_an_unknown_ref_is_named_with_the_nearest(self, chain: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            ask(chain, "mian")
        assert (caught.value.message, caught.value.hint) == (
            "`mian` is no commit, branch or tag of this repository",
            "did you mean `main`?",
        )

    def test_a_ref_that_looks_like_an_option_is_only_a_name(self, chain: Path) -> None:
        with pytest.raises(ConfigError, match="`--all` is no commit"):
            ask(chain, "--all")

    def test_a_branch_known_only_from_origin_is_found(
        self, chain: Path, git: Git, tmp_path: Path
    ) -> None:
        git("branch", "release")
        clone = tmp_path / "clone"
        git("clone", "--quiet", str(chain), str(clone), cwd=tmp_path)
        (clone / "apps/other/other/__init__.py").write_text("x = 1\n")
        assert names(ask(clone, "release")) == ["other"]

    def test_histories_without_common_ancestor_are_an_error(self, chain: Path, git: Git) -> None:
        git("switch", "--quiet", "--orphan", "island")
        git("commit", "--quiet", "--allow-empty", "--message=alone")
        with pytest.raises(ConfigError) as caught:
            ask(chain, "main")
        assert caught.value.message == "HEAD and `main` share no history"

    def test_a_shallow_clone_without_the_merge_base_is_an_error_with_its_cure(
        self, chain: Path, git: Git, tmp_path: Path
    ) -> None:
        git("branch", "old")
        for place in ("main", "old"):
            git("switch", "--quiet", place)
            for count in range(3):
                git("commit", "--quiet", "--allow-empty", f"--message={place} {count}")
        clone = tmp_path / "clone"
        url = chain.as_uri()
        git("clone", "--quiet", "--depth=1", "--no-single-branch", url, str(clone), cwd=tmp_path)
        with pytest.raises(ToolError) as caught:
            ask(clone, "origin/main")
        assert (caught.value.message, caught.value.hint) == (
            "this clone is too shallow to hold the merge base of HEAD and `origin/main`",
            "fetch more history: `git fetch --unshallow`",
        )

    @pytest.mark.parametrize("ref", ["release", "HEAD~1"])
    def test_a_ref_that_a_shallow_clone_lacks_is_an_error_with_its_cure(
        self, chain: Path, git: Git, tmp_path: Path, ref: str
    ) -> None:
        git("commit", "--quiet", "--allow-empty", "--message=second")
        git("branch", "release")
        clone = tmp_path / "clone"
        git("clone", "--quiet", "--depth=1", chain.as_uri(), str(clone), cwd=tmp_path)
        with pytest.raises(ToolError, match=f"`{ref}` is not in this shallow clone"):
            ask(clone, ref)

    def test_without_a_ref_a_branch_is_compared_with_the_default_branch(
        self, chain: Path, git: Git, tmp_path: Path
    ) -> None:
        git("branch", "--move", "main", "trunk")
        clone = tmp_path / "clone"
        git("clone", "--quiet", str(chain), str(clone), cwd=tmp_path)
        git("switch", "--quiet", "--create", "feature", cwd=clone)
        (clone / "apps/other/other/__init__.py").write_text("x = 1\n")
        git("commit", "--quiet", "--all", "--message=second", cwd=clone)
        commit = git("rev-parse", "HEAD~1", cwd=clone)[:12]
        found = ask(clone)
        assert (names(found), found.base) == (["other"], f"merge base with origin/trunk ({commit})")

    def test_a_detached_head_is_compared_with_the_default_branch_too(
        self, chain: Path, git: Git
    ) -> None:
        git("switch", "--quiet", "--detach")
        (chain / "apps/other/other/__init__.py").write_text("x = 1\n")
        git("commit", "--quiet", "--all", "--message=second")
        assert names(ask(chain)) == ["other"]


def test_a_repository_that_git_refuses_is_an_error_of_the_tool(chain: Path) -> None:
    (chain / ".git/index").write_bytes(b"broken")
    with pytest.raises(ToolError, match="tried to list the files of the repository but `git`"):
        ask(chain)


def test_asking_changes_nothing_in_the_repository(chain: Path) -> None:
    def state() -> bytes:
        command = ["git", "status", "--porcelain", "--ignored"]
        return subprocess.run(command, cwd=chain, capture_output=True, check=True).stdout

    before = state()
    ask(chain)
    assert state() == before
