"""The distribution name of another folder, for references that lead there without naming it."""

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import Reference, normalise_name
from oneroof.workspace.dialects.toml import read_document
from oneroof.workspace.model import Metadata
from oneroof.workspace.tree import Tree

MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py")
_TABLES = (("project", "name"), ("tool", "poetry", "name"), ("tool", "flit", "metadata", "module"))


def find_reference_name(tree: Tree, folder: RelPath, reference: Reference) -> str | None:
    """The normalised name a direct reference asks for: its own, else that of where it leads."""
    if reference.name:
        return reference.name
    if reference.source.kind != "path":
        return None
    path = paths.normalise(folder, reference.source.location)
    return find_name(tree, path) if path is not None else None


def find_name(tree: Tree, folder: RelPath) -> str | None:
    """The normalised distribution name that the packaging files of a folder give."""
    document, _ = read_document(tree, paths.join(folder, "pyproject.toml"))
    for keys in _TABLES if document else ():
        value: object = document
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str):
            return normalise_name(value)
    for metadata in read_setup_files(tree, folder):
        if metadata.name:
            return normalise_name(metadata.name)
    return None


def is_project(tree: Tree, folder: RelPath) -> bool:
    """Whether a folder holds a packaging file."""
    files = tree.folder(folder).files
    return any(name in files for name in MANIFESTS)


def read_setup_files(tree: Tree, folder: RelPath) -> list[Metadata]:
    """What setup.py and setup.cfg declare; of what both give, setuptools takes setup.py's."""
    from oneroof.workspace.dialects.setup_cfg import read_setup_cfg
    from oneroof.workspace.dialects.setup_py import read_setup_py

    files = tree.folder(folder).files
    found = []
    if "setup.py" in files:
        found.append(read_setup_py(tree, folder))
    if "setup.cfg" in files:
        found.append(read_setup_cfg(tree, folder))
    return [metadata for metadata in found if metadata is not None]
