"""Python files of a workspace: parsed, and found by the name of their module."""

import ast
import warnings
from collections.abc import Iterable

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree


def parse_source(source: str | bytes) -> ast.Module:
    """The syntax tree of a file, whatever encoding it declares.

    Raises:
        SyntaxError: it is not Python 3.
    """
    try:
        with warnings.catch_warnings():
            # Escapes such as "\\d" are the author's business.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error)) from error


def parse_file(tree: Tree, path: RelPath) -> ast.Module | None:
    """The syntax tree of an imported file; None where it cannot be read."""
    try:
        return parse_source(tree.read_bytes(path))
    except (ConfigError, SyntaxError):
        return None


def find_module_file(
    tree: Tree, roots: Iterable[RelPath], name: str
) -> tuple[RelPath, list[str]] | None:
    """The file of the longest module that a dotted name begins with, and the rest of the name."""
    parts = name.split(".")
    for root in roots:
        if not tree.is_folder(paths.join(root, parts[0])) and len(parts) > 1:
            file = paths.join(root, f"{parts[0]}.py")
            if file in tree:
                return file, parts[1:]
            continue
        for count in range(len(parts), 0, -1):
            base = paths.join(root, *parts[:count])
            for file in (RelPath(f"{base}.py"), paths.join(base, "__init__.py")):
                if file in tree:
                    return file, parts[count:]
    return None
