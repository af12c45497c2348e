"""What a change touches, asked of real repositories."""

from pathlib import Path
from typing import Protocol

import pytest
from tests.conftest import MakeWorkspace

from oneroof.changes.affected import Affected
from oneroof.changes.since import affected_since
from oneroof.changes.snapshot import open_root


def ask(root: Path, since: str | None = None) -> Affected:
    return affected_since(open_root(root), since)


def names(found: Affected) -> list[str]:
    return [project.name for project in found.projects]


def direct(found: Affected) -> list[str]:
    return [project.name for project in found.projects if project.direct]


def reasons(found: Affected, name: str) -> list[tuple[str, str]]:
    """Kind and detail of each reason of one project."""
    return [
        (reason.kind, reason.detail)
        for project in found.projects
        if project.name == name
        for reason in project.reasons
    ]


def manifest(name: str, *dependencies: str, more: str = "") -> str:
    listed = ", ".join(f'"{each}"' for each in dependencies)
    return f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n{more}'


class MakeChain(Protocol):
    def __call__(self, **more: str | bytes) -> Path: ...


CHAIN = {
    "libs/base/pyproject.toml": manifest("base"),
    "libs/base/base/__init__.py": "",
    "libs/base/tests/test_base.py": "",
    "libs/base/README.md": "",
    "libs/mid/pyproject.toml": manifest("mid", "base"),
    "libs/mid/mid/__init__.py": "",
    "apps/top/pyproject.toml": manifest("top", "mid"),
    "apps/top/top/__init__.py": "",
    "apps/other/pyproject.toml": manifest("other"),
    "apps/other/other/__init__.py": "",
}
"""top -> mid -> base, and one that has nothing to do with them."""


@pytest.fixture
def chain(workspace: MakeWorkspace) -> Path:
    return workspace(CHAIN)
