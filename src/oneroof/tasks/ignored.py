"""Inputs that are declared though git ignores them: they count by what lies on the disk.

That holds for paths that are named in full, and for what lies in folders that git knows nothing
of: `.env`, `build/**/*.json`.
"""

import os
from collections.abc import Iterable, Iterator

from oneroof.paths import RelPath
from oneroof.workspace.git import DEBRIS, Blob, read_blob
from oneroof.workspace.globs import matches, start_of
from oneroof.workspace.tree import Tree


def find_ignored(
    tree: Tree, globs: Iterable[RelPath], watched: set[str]
) -> Iterator[tuple[RelPath, Blob]]:
    """The files that globs from the workspace's root name and git does not list.

    What was looked at is added to `watched`, whether or not it is there.
    """
    for glob in globs:
        start = start_of(glob)
        if start in tree or tree.is_folder(start):
            continue
        watched.add(f"{tree.root}/{start}")
        for path in (start, *_below(tree, start, watched)):
            blob = read_blob(tree.root, path) if matches(path, glob) else None
            if blob is not None:
                watched.add(f"{tree.root}/{path}")
                yield path, blob


def _below(tree: Tree, folder: RelPath, watched: set[str]) -> Iterator[RelPath]:
    for place, folders, names in os.walk(f"{tree.root}/{folder}"):
        folders[:] = sorted(each for each in folders if each not in DEBRIS and each != ".git")
        watched.add(place)
        inside = os.path.relpath(place, tree.root)
        yield from (RelPath(f"{inside}/{name}") for name in sorted(names))
