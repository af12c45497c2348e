"""Folders reached through symbolic links, which a tree lists as files."""

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree

MOST_LINKS = 16


def real_folder(tree: Tree, path: RelPath) -> RelPath | None:
    """The folder of the workspace that `path` is or, through links, leads to; None: no folder."""
    for _ in range(MOST_LINKS):
        if tree.is_folder(path):
            return path
        followed = _follow(tree, path)
        if followed is None:
            return None
        path = followed
    return None


def _follow(tree: Tree, path: RelPath) -> RelPath | None:
    """Replace the outermost link on the way to `path` by its target."""
    segments = path.split("/")
    for index in range(1, len(segments) + 1):
        head = RelPath("/".join(segments[:index]))
        if tree.is_folder(head):
            continue
        if head not in tree:
            return None
        try:
            target = str(tree.absolute(head).readlink())
        except OSError:
            return None
        landed = paths.normalise(paths.parent(head), target)
        if landed is None:
            return None
        rest = segments[index:]
        return paths.join(landed, *rest) if rest else landed
    return None
