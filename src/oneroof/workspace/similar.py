"""What was probably meant by a path that leads to nothing."""

import posixpath

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree


def find_similar(tree: Tree, path: RelPath) -> RelPath | None:
    """The existing path whose name is nearest, at the first step that is not there."""
    import difflib

    here = paths.ROOT
    steps = path.split("/")
    for index, step in enumerate(steps):
        folder = tree.folder(here)
        names = (*folder.folders, *folder.files)
        if step in names:
            here = paths.join(here, step)
            continue
        spelled = {name.lower(): name for name in names}
        close = difflib.get_close_matches(step.lower(), spelled, n=3)
        candidates = [paths.join(here, spelled[name]) for name in close]
        rest = steps[index + 1 :]
        whole = (paths.join(candidate, *rest) if rest else candidate for candidate in candidates)
        there = (each for each in whole if each in tree or tree.is_folder(each))
        return next(there, candidates[0] if candidates else None)
    return None


def hint_similar(tree: Tree, base: RelPath, text: str, otherwise: str) -> str:
    """A hint for a path as a manifest in the folder `base` writes it."""
    path = paths.normalise(base, text)
    found = find_similar(tree, path) if path is not None else None
    if found is None:
        return otherwise
    return f"did you mean `{posixpath.relpath(found, base)}`?"
