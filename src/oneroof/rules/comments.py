"""What comments in a manifest say of its requirements."""

import re

from oneroof.errors import ConfigError
from oneroof.workspace.editing.lines import find_line
from oneroof.workspace.model import Project, Requirement
from oneroof.workspace.tree import Tree

_COMMENT = re.compile(r"(?:^|\s)#(?!\s*oneroof:)\s*(.*)")


def is_explained(tree: Tree, project: Project, requirement: Requirement) -> bool:
    """Whether a comment stands beside a requirement, or one right above speaks of it by name.

    A comment beside several requirements is about none of them, unless it has its name.
    """
    try:
        text = tree.read_text(requirement.declared_in)
    except ConfigError:
        return False
    lines = text.splitlines()
    name = _pattern(requirement.name)
    number = _line_of(requirement, text, lines)
    if number is None:
        return False
    beside = _COMMENT.search(lines[number - 1])
    if beside and (name.search(beside[1]) or not _is_shared(project, requirement, text, number)):
        return True
    above = number - 2
    while above >= 0 and lines[above].lstrip().startswith("#"):
        if name.search(lines[above]):
            return True
        above -= 1
    return False


def _line_of(requirement: Requirement, text: str, lines: list[str]) -> int | None:
    """The line that names it; its key need not lead there, as that of a variable's list does."""
    name = _pattern(requirement.name)
    number = find_line(requirement.declared_in, text, requirement.key)
    if number is not None and number <= len(lines) and name.search(lines[number - 1]):
        return number
    named = (n for n, line in enumerate(lines, 1) if name.search(line.partition("#")[0]))
    return next(named, None)


def _is_shared(project: Project, requirement: Requirement, text: str, number: int) -> bool:
    """Whether another requirement stands on the same line."""
    return any(
        find_line(each.declared_in, text, each.key) == number
        for each in project.metadata.requirements
        if each.declared_in == requirement.declared_in and each.name != requirement.name
    )


def _pattern(name: str) -> re.Pattern[str]:
    spelled = r"[-_.]+".join(map(re.escape, name.split("-")))
    return re.compile(rf"(?i)(?<![\w./-]){spelled}(?![\w-]|\.\w)")
