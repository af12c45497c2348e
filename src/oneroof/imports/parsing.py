"""The tokens that tell of other files, found by Python's parser where the lexer cannot."""

import ast
import re

from oneroof.imports.lexer import Token

_DOTTED = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*)+")


def parse(text: bytes, *, single_words: bool) -> tuple[list[Token], dict[str, int]]:
    """The imports, in the order of the text, and the strings that name, with their places.

    As for the lexer, the text starts with one more line end.

    Raises:
        SyntaxError: it is no Python.
        RecursionError: it is nested too deeply for Python, like `MemoryError`.
    """
    tree = ast.parse(text[1:].decode())
    starts = [0, *(match.end() for match in re.finditer(rb"\n", text))]
    imports: list[Token] = []
    strings: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            place = starts[node.lineno]
            imports.extend(Token("import", each.name, (), place) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = tuple(each.name for each in node.names)
            imports.append(Token("import", module, names, starts[node.lineno]))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            value = node.value
            if _DOTTED.fullmatch(value) or (single_words and value.isidentifier()):
                strings.setdefault(value, starts[node.lineno])
    return sorted(imports, key=lambda each: each.place), strings
