"""`[tool.setuptools.dynamic]`: fields of `[project]` that setuptools takes from files."""

from collections.abc import Iterator

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.project import read_requirements
from oneroof.workspace.dialects.requirements import read_requirements_file
from oneroof.workspace.dialects.static_version import find_attribute
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import MAIN, Kind, Metadata, extra
from oneroof.workspace.similar import hint_similar
from oneroof.workspace.tree import Tree


def read_dynamic_requirements(document: Table, tree: Tree) -> Metadata:
    """Dependencies and extras that `file = ...` leads to; their files are its manifests."""
    dynamic = document.table("tool", "setuptools", "dynamic")
    parts: list[Metadata] = []
    if isinstance(dynamic.values.get("dependencies"), dict):
        parts += _read_files(dynamic.table("dependencies"), MAIN, tree)
    optional = dynamic.table("optional-dependencies")
    for name in optional.values:
        parts += _read_files(optional.table(name), extra(normalise_name(name)), tree)
    return Metadata(
        manifests=tuple(path for part in parts for path in part.manifests),
        requirements=tuple(each for part in parts for each in part.requirements),
        extras=tuple(normalise_name(name) for name in optional.values),
        indexes=tuple(index for part in parts for index in part.indexes),
        problems=tuple(problem for part in parts for problem in part.problems),
    )


def read_plugin_requirements(document: Table) -> Metadata:
    """What the plugin `setuptools_dynamic_dependencies` fills the version into."""
    table = document.table("tool", "setuptools_dynamic_dependencies")
    requirements = read_requirements(table, "dependencies", MAIN)
    optional = table.table("optional-dependencies")
    for name in optional.values:
        requirements += read_requirements(optional, name, extra(normalise_name(name)))
    return Metadata(
        manifests=(),
        requirements=tuple(requirements),
        extras=tuple(normalise_name(name) for name in optional.values),
    )


def find_setuptools_version(document: Table, tree: Tree) -> str | None:
    """The version that `attr = ...` or `file = ...` leads to."""
    table = document.table("tool", "setuptools", "dynamic", "version")
    if attribute := table.text("attr"):
        return find_attribute(tree, _roots(document, attribute, tree), attribute)
    texts = []
    for path in _files(table, tree):
        try:
            texts.append(tree.read_text(path))
        except ConfigError:
            return None
    return "\n".join(texts).strip() or None


def _read_files(table: Table, kind: Kind, tree: Tree) -> Iterator[Metadata]:
    folder = paths.parent(table.path)
    for path in _files(table, tree):
        yield read_requirements_file(tree, folder, path, kind)


def _files(table: Table, tree: Tree) -> Iterator[RelPath]:
    """The files a directive names, one or several; absent ones are noted."""
    if isinstance(table.values.get("file"), list):
        named = table.texts("file")
    else:
        text = table.text("file")
        named = [(table.at("file"), text)] if text else []
    for key, text in named:
        path = paths.normalise(paths.parent(table.path), text)
        if path is None or path not in tree:
            folder = paths.parent(table.path)
            hint = hint_similar(tree, folder, text, "mend the path, or drop it")
            table.note_at(key, f"`{text}` does not exist", hint=hint)
        else:
            yield path


def _roots(document: Table, attribute: str, tree: Tree) -> list[RelPath]:
    """Where setuptools looks for a module: its configured folders, `src`, the folder itself."""
    folder = paths.parent(document.path)
    setuptools = document.table("tool", "setuptools")
    where: list[str] = []
    mapping = setuptools.table("package-dir")
    top = attribute.partition(".")[0]
    if (mapped := mapping.text(top)) and (mapped == top or mapped.endswith(f"/{top}")):
        where.append(mapped.removesuffix(top) or ".")
    if root := mapping.text(""):
        where.append(root)
    packages = setuptools.values.get("packages")
    if isinstance(packages, dict):
        where += (text for _, text in setuptools.table("packages", "find").texts("where"))
    candidates = (paths.normalise(folder, text) for text in (*where, "src", "."))
    return [root for root in candidates if root is not None and tree.is_folder(root)]
