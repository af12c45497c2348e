"""Packages whose version settings force on a project, whatever requirements say."""

import re

from oneroof.paths import ROOT, join
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.toml import Table, read_document
from oneroof.workspace.model import Project
from oneroof.workspace.tree import Tree

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def find_forced(tree: Tree, project: Project) -> frozenset[str]:
    """The names that uv's or PDM's settings override for a project: its own, and its roots'."""
    names: set[str] = set()
    for folder in dict.fromkeys((project.path, project.workspace_root or ROOT, ROOT)):
        path = join(folder, "pyproject.toml")
        document, _ = read_document(tree, path)
        tools = Table(path, document or {}, [], "").table("tool")
        names.update(tools.table("pdm", "resolution", "overrides").values)
        for _, line in tools.table("uv").texts("override-dependencies"):
            if (found := _NAME.match(line)) is not None:
                names.add(found[1])
    return frozenset(map(normalise_name, names))
