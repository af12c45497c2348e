"""Asking git what came since a commit: which commit to compare with, what changed, old content."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from oneroof.changes.difference import Change, look_up
from oneroof.errors import ConfigError, ToolError
from oneroof.paths import RelPath
from oneroof.workspace.git import SUBMODULE_MODE, Blob, WorkTree, finish, sparse_paths, submodules
from oneroof.workspace.reading import Started

if TYPE_CHECKING:
    from oneroof.processes import Outcome


def _run(root: Path, *arguments: str) -> "Outcome":
    """Ask git what is rarely asked; loading what runs it takes longer than git."""
    from oneroof.processes import run

    return run(("git", *arguments), cwd=root)


class Base(msgspec.Struct, frozen=True):
    """What the work tree is compared with."""

    commit: str | None
    """None: there is nothing to compare with, so everything counts as changed."""
    description: str
    """In words, for people: `merge base with main (1a2b3c4d)`."""


def find_base(root: Path, since: str | None) -> Base:
    """Choose the commit to compare with.

    With `since`, the merge base of HEAD and that ref. Without, the merge base with the default
    branch, which on that branch itself is HEAD: then what is not committed counts.

    Raises:
        ConfigError: the ref is unknown or shares no history with HEAD.
        ToolError: the clone is too shallow to tell.
    """
    head, branch = _head(root)
    if head is None:
        return Base(None, "no commit yet")
    if since is None:
        return _default_base(root, head, branch)
    target = _resolve(root, since) or _resolve(root, f"origin/{since}")
    if target is None:
        if _is_first_commit(root, since):
            return Base(None, f"`{since}` is before the first commit")
        raise _unknown_ref(root, since)
    return _merge_base(root, head, target, since)


class Comparison(msgspec.Struct, frozen=True):
    """The commit to compare with, and what the index holds differently."""

    base: Base
    staged: Mapping[RelPath, Change]
    """Empty where there is nothing to compare with; with submodules whose commit differs."""


def compare_index(root: Path, since: str | None) -> Comparison:
    """Choose the commit to compare with and compare the index, which needs no work tree.

    Raises:
        ConfigError: the ref is unknown or shares no history with HEAD.
        ToolError: the clone is too shallow to tell.
    """
    base = find_base(root, since)
    if base.commit is None:
        return Comparison(base, {})
    arguments = ("diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev",
                 "--relative", base.commit, "--", ".")  # fmt: skip
    action = f"compare the index with {base.commit[:12]}"
    output = finish(Started(str(root), arguments), root, action)
    return Comparison(base, _parse_raw(output))


def changes_since(work_tree: WorkTree, staged: Mapping[RelPath, Change]) -> dict[RelPath, Change]:
    """Every path whose content differs from the commit that the index was compared with, sorted."""
    found = dict(staged)
    left_out = sparse_paths(work_tree.listing)
    for path, blob in work_tree.dirty:
        if blob is None and path in left_out:
            continue
        old = found[path][0] if path in found else look_up(work_tree.listing, path)
        found[path] = (old, blob)
    commits = submodules(work_tree.listing)
    for path, state in work_tree.nested:
        commit = commits.get(path)
        if state != commit:
            known = None if commit is None else Blob(SUBMODULE_MODE, commit)
            old = found[path][0] if path in found else known
            found[path] = (old, Blob(SUBMODULE_MODE, state))
    return {path: found[path] for path in sorted(found) if found[path][0] != found[path][1]}


def read_old(root: Path, blobs: Mapping[RelPath, Blob]) -> dict[RelPath, bytes]:
    """The content of blobs of another commit, in one call."""
    if not blobs:
        return {}
    wanted = list(blobs.items())
    request = "".join(f"{blob.identity}\n" for _, blob in wanted).encode()
    from oneroof.processes import check

    output = check(
        "read files of an older commit", ["git", "cat-file", "--batch"], cwd=root, stdin=request
    )
    found: dict[RelPath, bytes] = {}
    position = 0
    for path, _ in wanted:
        end = output.index(b"\n", position)
        header = output[position:end].split(b" ")
        position = end + 1
        if header[-1] == b"missing":
            continue
        size = int(header[2])
        found[path] = output[position : position + size]
        position += size + 1
    return found


DEFAULT_BRANCHES = (
    "refs/remotes/origin/HEAD",
    "refs/heads/main",
    "refs/heads/master",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
)


def _head(root: Path) -> tuple[str | None, str]:
    """The commit HEAD stands for (None before the first) and its branch's full name."""
    arguments = ("rev-parse", "HEAD", "--symbolic-full-name", "HEAD")
    words = (Started(str(root), arguments).finish() or b"").decode().split()
    if len(words) != 2:  # noqa: PLR2004  the two that were asked for
        return None, ""
    return words[0], words[1]


def _default_base(root: Path, head: str, branch: str) -> Base:
    if branch in {"refs/heads/main", "refs/heads/master"}:
        return Base(head, f"HEAD ({head[:12]})")
    from oneroof.processes import check

    output = check(
        "find the default branch",
        ["git", "for-each-ref", "--format=%(refname) %(objectname) %(symref)", *DEFAULT_BRANCHES],
        cwd=root,
    )
    known = {line.split(" ")[0]: line.split(" ") for line in output.decode().splitlines()}
    for name in DEFAULT_BRANCHES:
        if name in known:
            _, commit, symbolic = known[name]
            short = (symbolic or name).removeprefix("refs/heads/").removeprefix("refs/remotes/")
            if short.removeprefix("origin/") == branch.removeprefix("refs/heads/"):
                return Base(head, f"HEAD ({head[:12]})")
            return _merge_base(root, head, commit, short)
    return Base(head, f"HEAD ({head[:12]})")


def _merge_base(root: Path, head: str, target: str, name: str) -> Base:
    if head == target:
        return Base(head, f"HEAD ({head[:12]})")
    outcome = _run(root, "merge-base", head, target)
    if outcome.exit_code == 0:
        commit = outcome.stdout.decode().split()[0]
        return Base(commit, f"merge base with {name} ({commit[:12]})")
    if _is_shallow(root):
        message = f"this clone is too shallow to hold the merge base of HEAD and `{name}`"
        raise ToolError(message, hint="fetch more history: `git fetch --unshallow`")
    message = f"HEAD and `{name}` share no history"
    raise ConfigError(message, hint="name a ref that HEAD descends from")


def _resolve(root: Path, ref: str) -> str | None:
    outcome = _run(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
    )
    return outcome.stdout.decode().strip() if outcome.exit_code == 0 else None


def _is_shallow(root: Path) -> bool:
    outcome = _run(root, "rev-parse", "--is-shallow-repository")
    return outcome.stdout.strip() == b"true"


def _is_first_commit(root: Path, since: str) -> bool:
    """Whether a ref like `HEAD~1` fails only because HEAD has no parent, in a full clone."""
    if not since.startswith(("HEAD~", "HEAD^", "@~", "@^")) or _is_shallow(root):
        return False
    return _resolve(root, "HEAD^") is None


def _unknown_ref(root: Path, since: str) -> ConfigError | ToolError:
    import difflib

    if _is_shallow(root):
        return ToolError(
            f"`{since}` is not in this shallow clone",
            hint=f"fetch it: `git fetch --unshallow origin {since}`",
        )
    listing = _run(root, "for-each-ref", "--format=%(refname:short)")
    names = listing.stdout.decode("utf-8", "replace").split()
    close = difflib.get_close_matches(since, names, n=1)
    hint = f"did you mean `{close[0]}`?" if close else "name a branch, a tag or a commit"
    return ConfigError(f"`{since}` is no commit, branch or tag of this repository", hint=hint)


def _parse_raw(output: bytes) -> dict[RelPath, Change]:
    """Read `git diff-index --raw -z`: `:mode mode id id status NUL path NUL`."""
    parts = output.decode("utf-8", "surrogateescape").split("\0")
    found: dict[RelPath, Change] = {}
    for facts, path in zip(parts[0::2], parts[1::2], strict=False):
        old_mode, new_mode, old_id, new_id, _ = facts.removeprefix(":").split(" ")
        found[RelPath(path)] = (_blob(old_mode, old_id), _blob(new_mode, new_id))
    return found


def _blob(mode: str, identity: str) -> Blob | None:
    return None if identity.strip("0") == "" else Blob(mode, identity)
