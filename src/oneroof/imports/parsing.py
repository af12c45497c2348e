"""The tokens that tell of other files, found by Python's parser where the lexer cannot."""

import ast
import re

from oneroof.imports.lexer import Tokens

_DOTTED = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*)+")


def parse(text: bytes, *, single_words: bool) -> Tokens:
    """What `lexer.lex` would find if it could.

    Raises:
        SyntaxError: it is no Python.
        RecursionError: it is nested too deeply for Python, like `MemoryError`.
    """
    tree = ast.parse(text[1:].decode())
    starts = [0, *(match.end() for match in re.finditer(rb"\n", text))]
    found = Tokens([], {})
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            place = starts[node.lineno]
            found.imports.extend((each.name, (), place) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = tuple(each.name for each in node.names)
            found.imports.append((module, names, starts[node.lineno]))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            value = node.value
            if _DOTTED.fullmatch(value) or (single_words and value.isidentifier()):
                found.strings.setdefault(value, starts[node.lineno])
    found.imports.sort(key=lambda each: each[2])
    return found
