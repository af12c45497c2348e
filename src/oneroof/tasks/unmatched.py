"""Inputs that settings declare and that are not there: mostly a name with a mistake."""

from collections.abc import Iterator

from oneroof import paths
from oneroof.changes.inputs import anchored
from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.globs import matches
from oneroof.workspace.model import Project, ProjectName, Workspace
from oneroof.workspace.similar import hint_similar
from oneroof.workspace.tree import Tree

ROOT_MANIFEST = RelPath("pyproject.toml")


def find_unmatched_inputs(
    workspace: Workspace, tree: Tree
) -> Iterator[tuple[ProjectName | None, Problem]]:
    """The globs of inputs that match no file, with the project they are of."""
    for index, glob in enumerate(workspace.settings.everything):
        if not _is_there(tree, glob):
            key = f"tool.oneroof.everything[{index}]"
            yield None, _problem(tree, ROOT_MANIFEST, key, glob, glob)
    for project in workspace.projects:
        for key, glob in _declared(project):
            place = anchored(project.path, glob)
            if place is None or not _is_there(tree, place):
                yield project.name, _problem(tree, _manifest(project), key, glob, place or glob)


def _declared(project: Project) -> Iterator[tuple[str, str]]:
    for index, glob in enumerate(project.settings.inputs):
        yield f"tool.oneroof.inputs[{index}]", glob
    for task, settings in sorted(project.settings.tasks.items()):
        for index, glob in enumerate(settings.inputs):
            yield f"tool.oneroof.tasks.{task}.inputs[{index}]", glob


def _is_there(tree: Tree, glob: str) -> bool:
    return any(matches(path, glob) for path in tree.files)


def _manifest(project: Project) -> RelPath:
    own = paths.join(project.path, ROOT_MANIFEST)
    return own if own in project.metadata.manifests else ROOT_MANIFEST


def _problem(tree: Tree, manifest: RelPath, key: str, glob: str, place: str) -> Problem:
    folder = place
    while any(mark in folder for mark in "*?["):
        folder = folder.rpartition("/")[0]
    hint = hint_similar(tree, paths.ROOT, folder, "correct the glob, or take it out")
    return Problem(manifest, f"`{glob}` matches no file", key, hint)
