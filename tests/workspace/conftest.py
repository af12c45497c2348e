"""A workspace's files, written from a mapping of paths to text."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]


@pytest.fixture
def tree(tmp_path: Path) -> MakeTree:
    """`tree({"libs/a/pyproject.toml": "..."})`: write the files and list exactly these."""

    def make(files: Mapping[str, str | bytes]) -> Tree:
        for path, content in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            data = content if isinstance(content, bytes) else content.encode()
            target.write_bytes(data)
        return Tree(tmp_path, [RelPath(path) for path in files])

    return make
