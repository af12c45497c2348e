"""What the strings of a text may name of files and folders."""

import re

from oneroof.imports.lexer import STRINGS

ANYTHING = "*"
"""In place of names: they cannot be told."""
_LONGEST = 200
"""No name of anything is as long."""
_TOKEN = re.compile(rb"\#[^\n]*+|(" + b"|".join(STRINGS) + rb")|[\"']", re.DOTALL)
_BETWEEN = re.compile(r"[/\\]+")


def named(text: bytes) -> tuple[str, ...]:
    """The parts of all strings that may be paths, sorted; `*` where quotes do not pair."""
    found: set[str] = set()
    for match in _TOKEN.finditer(text):
        token = match[1]
        if token is None:
            if match[0] in {b'"', b"'"}:
                return (ANYTHING,)
        elif len(token) <= _LONGEST:
            found.update(_BETWEEN.split(token.strip(b"\"'").decode()))
    return tuple(sorted(found - {"", ".", ".."}))
