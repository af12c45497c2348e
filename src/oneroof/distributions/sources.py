"""The files a project's wheel is built from: what git knows of it, and nothing else."""

import re
from collections.abc import Iterator, Mapping

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.metadata import read_document
from oneroof.workspace.model import Project
from oneroof.workspace.tree import Tree

_UPWARDS = re.compile(r"(?:\.\./)+[\w./-]*[\w/-]")


def find_sources(project: Project, tree: Tree, nested: frozenset[RelPath]) -> tuple[RelPath, ...]:
    """The files of a project, what it owns elsewhere, and what its manifests name above it.

    Files that git ignores are left out, so that what an earlier build left behind never ships;
    so are the projects inside this one.
    """
    found = set(tree.below(project.path, nested))
    for owned in project.owned_paths:
        found.update(tree.at(owned))
    for manifest in project.metadata.manifests:
        found.update(_named_above(project, tree, manifest))
    return tuple(sorted(path for path in found if path in tree or path in tree.links))


def _named_above(project: Project, tree: Tree, manifest: RelPath) -> Iterator[RelPath]:
    """Files that a manifest names by a path that leads out of the project: a shared README."""
    if manifest.endswith(".toml"):
        document, _ = read_document(tree, manifest)
        texts = _strings(document or {})
    else:
        texts = iter(_UPWARDS.findall(tree.read_text(manifest)))
    for text in texts:
        if not text.startswith("../"):
            continue
        path = paths.normalise(project.path, text)
        if path is not None and path in tree:
            yield path


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)
