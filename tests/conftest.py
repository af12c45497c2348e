"""Real workspaces in small git repositories, kept apart from the machine's own settings."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

# A deadline would be an assertion about time.
settings.register_profile("oneroof", deadline=None)
settings.load_profile("oneroof")

MakeWorkspace = Callable[[Mapping[str, str | bytes]], Path]
Git = Callable[..., str]

WHO = {
    "GIT_AUTHOR_NAME": "A. Author",
    "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T12:00:00Z",
    "GIT_COMMITTER_NAME": "A. Author",
    "GIT_COMMITTER_EMAIL": "author@example.org",
    "GIT_COMMITTER_DATE": "2026-01-01T12:00:00Z",
}


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write text or bytes to paths below a folder."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own for caches; git knows a fixed author and no other settings."""
    empty = tmp_path / "gitconfig"
    empty.write_text("")
    monkeypatch.setenv("ONEROOF_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(empty))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name, value in WHO.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def git(isolated: Path) -> Git:
    """`git("status", cwd=folder)`: run git and return what it prints."""

    def run(*arguments: str, cwd: Path = isolated / "repo") -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, capture_output=True, text=True, check=True
        )
        return done.stdout

    return run


@pytest.fixture
def workspace(isolated: Path, git: Git) -> MakeWorkspace:
    """`workspace({"libs/a/pyproject.toml": "..."})`: a repository with these files committed.

    The branch is `main`; the folder is `repo` below `tmp_path`.
    """

    def make(files: Mapping[str, str | bytes]) -> Path:
        root = isolated / "repo"
        root.mkdir()
        git("init", "--quiet", "--initial-branch=main")
        write_files(root, files)
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message=first")
        return root

    return make
