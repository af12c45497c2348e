"""Folders in folders: which projects lie inside others."""

from collections.abc import Iterable

from oneroof import paths
from oneroof.paths import RelPath


def find_nested(folders: Iterable[RelPath]) -> dict[RelPath, frozenset[RelPath]]:
    """For each folder, the others that lie in it and in none of those between."""
    nested: dict[RelPath, set[RelPath]] = {folder: set() for folder in folders}
    for folder in nested:
        for above in paths.ancestors(folder):
            if above in nested:
                nested[above].add(folder)
                break
    return {folder: frozenset(below) for folder, below in nested.items()}
