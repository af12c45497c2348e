"""Flit: `[tool.flit.metadata]` of old, and versions that stand in the module (dynamic ones)."""

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.project import (
    check_file,
    read_requirements,
    read_requires_python,
    read_scripts,
)
from oneroof.workspace.dialects.static_version import find_in_module, module_file
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import MAIN, Metadata, Requirement, extra
from oneroof.workspace.tree import Tree


def read_flit(document: Table, tree: Tree) -> Metadata | None:
    """`[tool.flit.metadata]`; None where the project does not use it."""
    if "metadata" not in document.table("tool", "flit"):
        return None
    flit = document.table("tool", "flit")
    table = flit.table("metadata")
    module = table.text("module")
    if module is None:
        table.note("module", "is missing", hint="name the module to package", fatal=True)
    requirements = read_requirements(table, "requires", MAIN)
    extras = table.table("requires-extra")
    names = [normalise_name(name) for name in extras.values]
    for name in extras.values:
        requirements += read_requirements(extras, name, extra(normalise_name(name)))
    requirements += _read_dev(table, names)
    if readme := table.text("description-file"):
        check_file(table, "description-file", readme, tree)
    entry_points = read_scripts(flit.table("scripts"), "console_scripts")
    groups = flit.table("entrypoints")
    for group in groups.values:
        entry_points += read_scripts(groups.table(group), group)
    return Metadata(
        manifests=(table.path,),
        dialects=("flit",),
        name=table.text("dist-name") or module,
        version=find_module_version(tree, paths.parent(table.path), module) if module else None,
        requires_python=read_requires_python(table, "requires-python"),
        requirements=tuple(requirements),
        extras=tuple(dict.fromkeys(names)),
        entry_points=tuple(entry_points),
    )


def find_flit_version(document: Table, tree: Tree, name: str | None) -> str | None:
    """The `__version__` of the module that `[tool.flit.module]` or the project's name names."""
    module = document.table("tool", "flit", "module").text("name")
    if module is None and name is not None:
        module = name.replace("-", "_")
    return find_module_version(tree, paths.parent(document.path), module) if module else None


def find_module_version(tree: Tree, folder: RelPath, module: str) -> str | None:
    """The literal `__version__` of a module in `src/` or the folder itself."""
    for root in (paths.join(folder, "src"), folder):
        path = module_file(tree, root, module)
        if path is not None:
            return find_in_module(tree, path)
    return None


def _read_dev(table: Table, names: list[str]) -> list[Requirement]:
    """The deprecated `dev-requires`, which Flit publishes as the extra `dev`."""
    if "dev-requires" not in table:
        return []
    names.append("dev")
    return read_requirements(table, "dev-requires", extra("dev"))
