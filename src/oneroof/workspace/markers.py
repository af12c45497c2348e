"""Projects without packaging metadata: requirements beside code, notebooks, DAGs, Terraform."""

from collections.abc import Mapping, Sequence

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.homes import TEST_DATA, TEST_FOLDERS, VENDORED, is_excluded, is_template_path
from oneroof.workspace.model import Metadata
from oneroof.workspace.tree import Tree

NO_HOME_FOR_SCRIPTS = TEST_FOLDERS | TEST_DATA | {"doc", "docs", "requirements", ".github", "ci"}


def find_marker_folders(
    tree: Tree, packaged: Mapping[RelPath, Metadata], exclude: Sequence[str]
) -> list[RelPath]:
    """Folders that are projects without packaging metadata, sorted.

    `packaged` are those that have it.
    """
    found: set[RelPath] = set()
    infra: list[RelPath] = []
    for path in tree.files:
        name = path.rpartition("/")[2]
        folder = paths.parent(path)
        if folder in found or path in tree.links:
            continue
        if name.endswith(".tf"):
            infra.append(folder)
        elif (name.startswith("requirements") and name.endswith(".txt")) or (
            name.endswith(".ipynb") or (paths.name(folder) == "dags" and name.endswith(".py"))
        ):
            found.add(folder)
    roots = {_terraform_root(folder) for folder in infra}
    chosen = {
        folder
        for folder in found
        if folder not in packaged
        and not _belongs_to_packaged(folder, packaged)
        and _has_code(tree, folder, packaged)
        and not _ignored_for_markers(folder)
    } | {folder for folder in roots if folder not in packaged and not _ignored_for_markers(folder)}
    chosen = {folder for folder in chosen if not is_excluded(folder, exclude)}
    return sorted(_without_parts(tree, chosen))


def _terraform_root(folder: RelPath) -> RelPath:
    """The topmost folder named for infrastructure, or the folder of the files themselves."""
    segments = folder.split("/")
    for index, segment in enumerate(segments):
        if segment.lower() in {"tf", "terraform", "infra", "infrastructure"}:
            return RelPath("/".join(segments[: index + 1]))
    return folder


def _ignored_for_markers(folder: RelPath) -> bool:
    return is_template_path(folder) or any(
        segment in VENDORED or segment in NO_HOME_FOR_SCRIPTS for segment in folder.split("/")
    )


def _belongs_to_packaged(folder: RelPath, packaged: Mapping[RelPath, Metadata]) -> bool:
    """Whether the folder is a part of a packaged project rather than one of its own.

    The workspace root encloses everything, so only what it imports or tests is a part of it.
    """
    for above in paths.ancestors(folder):
        metadata = packaged.get(above)
        if metadata is None:
            continue
        if above != paths.ROOT:
            return True
        return any(
            paths.is_within(folder, package.path) or paths.is_within(package.path, folder)
            for package in metadata.import_packages
        )
    return False


def _has_code(tree: Tree, folder: RelPath, packaged: Mapping[RelPath, Metadata]) -> bool:
    """Whether Python lies beside the marker, or in a package right below it."""
    here = tree.folder(folder)
    if any(name.endswith((".py", ".ipynb")) and name != "setup.py" for name in here.files):
        return True
    for name in here.folders:
        below = paths.join(folder, name)
        if below in packaged or name in NO_HOME_FOR_SCRIPTS or name in VENDORED:
            continue
        files = tree.folder(below).files
        if "__init__.py" in files or (
            name in {"src", "app"} and any(each.endswith(".py") for each in files)
        ):
            return True
    return False


def _without_parts(tree: Tree, chosen: set[RelPath]) -> set[RelPath]:
    """Leave out folders that only repeat the kind of a project above them.

    A folder of notebooks below a folder of notebooks is one project; a folder with its own
    requirements is always its own.
    """

    def own_requirements(folder: RelPath) -> bool:
        return any(name.startswith("requirements") for name in tree.folder(folder).files)

    return {
        folder
        for folder in chosen
        if own_requirements(folder)
        or not any(above in chosen and above != paths.ROOT for above in paths.ancestors(folder))
    }
