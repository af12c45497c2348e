"""Files of the workspace that can be seen at other places: through symbolic links."""

from collections.abc import Iterator

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree


def shown_in(tree: Tree, folder: RelPath) -> frozenset[RelPath]:
    """The files of the workspace that symbolic links in a folder show, over any number of links."""
    found: set[RelPath] = set()
    for link in tree.links:
        if paths.is_within(link, folder):
            found.update(_behind(tree, link, {link}))
    return frozenset(found)


def shows_modules(tree: Tree, folder: RelPath) -> bool:
    """Whether a link in a folder leads to a folder with modules, under names nobody reads."""
    return any(
        paths.is_within(link, folder)
        and not link.endswith(".py")
        and any(path.endswith(".py") for path in _behind(tree, link, {link}))
        for link in tree.links
    )


def _behind(tree: Tree, link: RelPath, seen: set[RelPath]) -> Iterator[RelPath]:
    try:
        text = str(tree.absolute(link).readlink())
    except OSError:
        return
    target = paths.normalise(paths.parent(link), text)
    if target is None:
        return
    for path in tree.below(target) if tree.is_folder(target) else (target,):
        yield path
        if path in tree.links and path not in seen:
            seen.add(path)
            yield from _behind(tree, path, seen)
