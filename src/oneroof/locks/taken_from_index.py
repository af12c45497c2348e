"""Which requirements that bear a project's name a lock takes from an index all the same.

This runs whenever the graph is made, so locks are looked through as text: only those for which
the question arises, and only their package headers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from oneroof.errors import ConfigError
from oneroof.locks.model import LockFormat
from oneroof.locks.read import format_of
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.tree import Tree

_PACKAGE = re.compile(r"^\[\[(?:package|packages|distribution)\]\]\s*$", re.MULTILINE)
_NAME = re.compile(r"""^name\s*=\s*["']([^"'\n]+)["']""", re.MULTILINE)
_SOURCES: Mapping[LockFormat, tuple[re.Pattern[str], bool]] = {
    "uv": (re.compile(r"^source = \{ registry\b", re.MULTILINE), True),
    "poetry": (
        re.compile(r'^\[package\.source\]\s*\n(?:[^\[\n].*\n)*?type = "(?!legacy)', re.MULTILINE),
        False,
    ),
    "pdm": (re.compile(r"^(?:path|git|url)\s*=", re.MULTILINE), False),
    "pylock": (
        re.compile(
            r"^(?:(?:directory|vcs|archive)\s*=|\[packages\.(?:directory|vcs|archive)\])",
            re.MULTILINE,
        ),
        False,
    ),
}
"""What a package's text holds, and whether that tells an index or anything but one."""
_LINE = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]\n]*\])?\s*==", re.MULTILINE)


def internal_from_index(
    tree: Tree, projects: Sequence[Project]
) -> frozenset[tuple[ProjectName, str]]:
    """The (dependent, requirement name) pairs that `link` must not take for internal.

    A requirement is in question when it names no source and a project bears its name; a lock
    that does not hold the name, or holds it as a folder too, leaves it internal.
    """
    asked = _in_question(projects)
    found: set[tuple[ProjectName, str]] = set()
    for lock, pairs in asked.items():
        names = _from_index(tree, lock, {name for _, name in pairs})
        found.update(pair for pair in pairs if pair[1] in names)
    return frozenset(found)


def _in_question(
    projects: Iterable[Project],
) -> Mapping[RelPath, set[tuple[ProjectName, str]]]:
    projects = tuple(projects)
    names = {
        project.name.partition("@")[0] for project in projects if project.metadata.name is not None
    }
    asked: dict[RelPath, set[tuple[ProjectName, str]]] = {}
    for project in projects:
        if project.lock is None:
            continue
        own = project.name.partition("@")[0]
        for requirement in project.metadata.requirements:
            if requirement.name in names and requirement.name != own and not requirement.sources:
                asked.setdefault(project.lock, set()).add((project.name, requirement.name))
    return asked


def _from_index(tree: Tree, lock: RelPath, names: set[str]) -> set[str]:
    """Those of `names` that a lock takes from an index and nowhere from a folder."""
    kind = format_of(lock)
    if kind is None:
        return set()
    try:
        text = tree.read_text(lock).replace("\r\n", "\n")
    except ConfigError:
        return set()
    if kind == "requirements":
        return {normalise_name(name) for name in _LINE.findall(text)} & names
    found: set[str] = set()
    local: set[str] = set()
    for chunk in _chunks(text):
        match = _NAME.search(chunk)
        if match is None or (name := normalise_name(match[1])) not in names:
            continue
        pattern, tells_index = _SOURCES[kind]
        taken = (pattern.search(chunk) is not None) == tells_index
        (found if taken else local).add(name)
    return found - local


def _chunks(text: str) -> Iterable[str]:
    """The text of each package."""
    return _PACKAGE.split(text)[1:]
