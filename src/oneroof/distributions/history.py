"""Git history for a copy of some files, so that a backend can read its version from tags.

The copy gets a repository of its own that borrows the objects of the real one, with its commit
and tags. Files that were not copied are marked as left out, not as deleted.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from oneroof import processes
from oneroof.paths import RelPath

_QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def describe(root: Path) -> str:
    """All of the history that a version can be read from: the commit, and the tags."""
    commit = processes.run(("git", "rev-parse", "-q", "--verify", "HEAD"), cwd=root).stdout
    branch = processes.run(("git", "symbolic-ref", "-q", "HEAD"), cwd=root).stdout
    return f"{commit.decode().strip()} {branch.decode().strip()}\n{_tags(root)}"


def _tags(root: Path) -> str:
    told = processes.check(
        "list the tags",
        ("git", "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags"),
        cwd=root,
    )
    return told.decode("utf-8", "replace")


def list_tags(root: Path) -> tuple[str, ...]:
    """The names of all tags."""
    told = processes.check(
        "list the tags",
        ("git", "for-each-ref", "--format=%(refname:strip=2)", "refs/tags"),
        cwd=root,
    )
    return tuple(told.decode("utf-8", "replace").splitlines())


def is_shallow(root: Path) -> bool:
    """Whether the history was cut off when the repository was cloned."""
    told = processes.run(("git", "rev-parse", "--is-shallow-repository"), cwd=root)
    return told.stdout.strip() == b"true"


def last_commit(root: Path, folders: Iterable[RelPath]) -> str:
    """The last commit that changed a file below some folders; empty where there is none."""
    return ask(root, "log", "-1", "--format=%H", "--", *folders)


def is_edited(root: Path, folders: Iterable[RelPath]) -> bool:
    """Whether something below some folders is not committed."""
    return bool(ask(root, "status", "--porcelain", "--", *folders))


def ask(root: Path, *arguments: str) -> str:
    """What git answers, without the line's end; empty where it does not know."""
    outcome = processes.run(("git", *arguments), cwd=root)
    return outcome.stdout.decode("utf-8", "replace").strip() if outcome.exit_code == 0 else ""


def give_history(copy: Path, root: Path, files: Iterable[RelPath]) -> None:
    """Make a folder with copies of `files` look like a checkout of `root`'s present commit.

    Raises:
        ToolError: git fails.
    """
    head = processes.run(("git", "rev-parse", "-q", "--verify", "HEAD"), cwd=root)
    if head.exit_code != 0:
        return
    commit = head.stdout.decode().strip()
    common = processes.check(
        "find the repository", ("git", "rev-parse", "--git-common-dir"), cwd=root
    )
    real = Path(root, common.decode().strip())
    _git(copy, "init", "--quiet")
    own = copy / ".git"
    (own / "objects" / "info" / "alternates").write_bytes(os.fsencode(real / "objects") + b"\n")
    if (shallow := real / "shallow").exists():
        (own / "shallow").write_bytes(shallow.read_bytes())
    (own / "packed-refs").write_text(_tags(root), encoding="utf-8")
    branch = processes.run(("git", "symbolic-ref", "-q", "HEAD"), cwd=root).stdout.decode().strip()
    if branch:
        reference = own / branch
        reference.parent.mkdir(parents=True, exist_ok=True)
        reference.write_text(f"{commit}\n", encoding="utf-8")
    (own / "HEAD").write_text(f"ref: {branch}\n" if branch else f"{commit}\n", encoding="utf-8")
    _git(copy, "read-tree", "HEAD")
    listed = processes.check("list the files", ("git", "ls-files", "-z"), cwd=copy, env=_QUIET)
    present = {os.fsencode(path) for path in files}
    left_out = [path for path in listed.split(b"\0") if path and path not in present]
    _git(copy, "update-index", "-z", "--skip-worktree", "--stdin", stdin=b"\0".join(left_out))
    processes.run(("git", "update-index", "-q", "--refresh"), cwd=copy, env=_QUIET)


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    processes.check(
        "give a build its history", ("git", *arguments), cwd=folder, env=_QUIET, stdin=stdin
    )
