"""What files say besides their imports: their text, and the strings of Python code."""

import ast
from collections.abc import Iterator

from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree

_LARGEST = 1 << 18


def text_of(tree: Tree, path: RelPath) -> str:
    """A file's text; empty where it is too large to look through, or cannot be read."""
    place = tree.absolute(path)
    try:
        if place.stat().st_size > _LARGEST:
            return ""
        return place.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def strings_in(tree: Tree, path: RelPath) -> Iterator[str]:
    """The strings of a Python file that are no documentation."""
    try:
        parsed = ast.parse(text_of(tree, path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    told = {
        id(node.value)
        for node in ast.walk(parsed)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(parsed):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value
