"""Versions that stand as literals in source files, read without running anything."""

import ast
import re

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree

_HATCH = r"(?i)^(__version__|VERSION)(?: ?\: ?str)? *= *([\'\"])v?(?P<version>.+?)\2"
_LONGEST_CHAIN = 4


def find_by_pattern(tree: Tree, path: RelPath, pattern: str = _HATCH) -> str | None:
    """The `version` group of a pattern's first match in a file.

    Raises:
        re.error: the pattern is malformed or has no such group.
    """
    text = _text(tree, path)
    match = re.compile(pattern, re.MULTILINE).search(text) if text is not None else None
    if match is None:
        return None
    if "version" not in match.groupdict():
        message = "it has no group named `version`"
        raise re.error(message)
    return str(match["version"])


def find_in_module(
    tree: Tree, path: RelPath, name: str = "__version__", *, hops: int = 0
) -> str | None:
    """The literal assigned to `name` in a Python file, or in the one it imports it from."""
    text = _text(tree, path)
    if text is None or hops == _LONGEST_CHAIN:
        return None
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for statement in reversed(module.body):
        value = _assigned(statement, name)
        if value is not None:
            return _literal(value)
        if isinstance(statement, ast.ImportFrom) and statement.level:
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    return _follow(tree, path, statement, alias.name, hops)
    return None


def module_file(tree: Tree, root: RelPath, dotted_name: str) -> RelPath | None:
    """The file of a module below an import root."""
    base = paths.normalise(root, dotted_name.replace(".", "/"))
    if base is None:
        return None
    for path in (RelPath(f"{base}.py"), paths.join(base, "__init__.py")):
        if path in tree:
            return path
    return None


def find_attribute(tree: Tree, roots: list[RelPath], attribute: str) -> str | None:
    """The literal behind `package.module.NAME` (setuptools' `attr:`), sought below import roots."""
    module, _, name = attribute.strip().rpartition(".")
    for root in roots:
        path = module_file(tree, root, module or "__init__")
        if path is not None:
            return find_in_module(tree, path, name)
    return None


def _text(tree: Tree, path: RelPath) -> str | None:
    try:
        return tree.read_text(path) if path in tree else None
    except ConfigError:
        return None


def _assigned(statement: ast.stmt, name: str) -> ast.expr | None:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name) and target.id == name:
                return statement.value
    if isinstance(statement, ast.AnnAssign):
        target = statement.target
        if isinstance(target, ast.Name) and target.id == name:
            return statement.value
    return None


def _literal(value: ast.expr) -> str | None:
    try:
        found = ast.literal_eval(value)
    except (ValueError, TypeError):
        return None
    if isinstance(found, str):
        return found
    # setuptools joins a sequence such as (1, 2, 3).
    return ".".join(map(str, found)) if isinstance(found, tuple | list) else None


def _follow(
    tree: Tree, path: RelPath, statement: ast.ImportFrom, name: str, hops: int
) -> str | None:
    folder = paths.parent(path)
    for _ in range(statement.level - 1):
        folder = paths.parent(folder)
    found = module_file(tree, folder, statement.module or "__init__")
    return find_in_module(tree, found, name, hops=hops + 1) if found else None
