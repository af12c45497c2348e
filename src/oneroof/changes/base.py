"""The files of an older commit in a folder of their own, for as long as they are needed."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oneroof.changes.snapshot import workspace_folder
from oneroof.processes import check
from oneroof.workspace.git import WorkTree, find_repository


@contextmanager
def checked_out(work_tree: WorkTree, commit: str) -> Iterator[Path]:
    """The workspace as a commit has it: a clone that shares the objects of the repository.

    Nothing is written to the repository, as `git worktree` would.

    Raises:
        ToolError: git cannot make it.
    """
    repository = find_repository(work_tree.root) or work_tree.root
    above = workspace_folder(work_tree.root) / "base"
    above.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=above)).resolve()
    root = folder / "clone" / work_tree.prefix
    action = f"check out {commit[:12]} elsewhere"
    try:
        clone = ("git", "clone", "--quiet", "--shared", "--no-checkout", str(repository), "clone")
        check(action, clone, cwd=folder)
        check(action, ("git", "checkout", "--quiet", "--detach", commit), cwd=folder / "clone")
        root.mkdir(parents=True, exist_ok=True)
        yield root
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(workspace_folder(root), ignore_errors=True)
