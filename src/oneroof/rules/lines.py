"""The line of a manifest that a requirement stands on, and what is said beside it."""

import re

from oneroof.errors import ConfigError
from oneroof.workspace.model import Requirement
from oneroof.workspace.tree import Tree

_INDEX = re.compile(r"\[\d+\]$")
_COMMENT = re.compile(r"(?:^|\s)#(?!\s*oneroof:)\s*(.*)")


def line_of(tree: Tree, requirement: Requirement) -> int | None:
    """The line, from 1; None where it cannot be told."""
    if requirement.key.startswith("line "):
        return int(requirement.key.removeprefix("line "))
    lines = _lines(tree, requirement)
    name = _pattern(requirement.name)
    named = [
        number
        for number, line in enumerate(lines, 1)
        if name.search(line.partition(" #")[0]) and not line.lstrip().startswith("#")
    ]
    start = _start(lines, requirement.key)
    return next((number for number in named if number > start), named[0] if named else None)


def is_explained(tree: Tree, requirement: Requirement) -> bool:
    """Whether a comment stands on its line, or one right above speaks of it by name."""
    number = line_of(tree, requirement)
    lines = _lines(tree, requirement)
    if number is None or number > len(lines):
        return False
    if _COMMENT.search(lines[number - 1]):
        return True
    name = _pattern(requirement.name)
    above = number - 2
    while above >= 0 and lines[above].lstrip().startswith("#"):
        if name.search(lines[above]):
            return True
        above -= 1
    return False


def _lines(tree: Tree, requirement: Requirement) -> list[str]:
    try:
        return tree.read_text(requirement.declared_in).splitlines()
    except ConfigError:
        return []


def _pattern(name: str) -> re.Pattern[str]:
    spelled = r"[-_.]+".join(map(re.escape, name.split("-")))
    return re.compile(rf"(?i)(?<![\w./-]){spelled}(?![\w-]|\.\w)")


def _start(lines: list[str], key: str) -> int:
    """Where the table, and in it the array, of a key begins."""
    parts = _INDEX.sub("", key).split(".")
    for count in range(len(parts), 0, -1):
        header = "[" + ".".join(parts[:count]) + "]"
        found = next((n for n, line in enumerate(lines) if line.strip() == header), None)
        if found is not None:
            parts = parts[count:]
            break
    else:
        found = 0
    if parts:
        array = re.compile(rf"\s*[\"']?{re.escape(parts[0])}[\"']?\s*[=:]")
        inside = (n for n, line in enumerate(lines) if n >= found and array.match(line))
        return next(inside, found)
    return found
