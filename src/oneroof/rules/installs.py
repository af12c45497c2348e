"""What is installed beside what a manifest declares: by tox, nox, Hatch, or by hand.

Tests and scripts run with it, so for them it counts as declared. Of text, not of meaning: each
`pip install` in a file counts, whatever it stands in.
"""

import ast
import re
from collections.abc import Iterator
from configparser import Error as ConfigParserError
from configparser import RawConfigParser

import msgspec

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.model import Project
from oneroof.workspace.tree import Tree

_COMMAND = re.compile(r"\b(?:pip3?|uv|pipx|poetry|pdm)\s+(?:install|add|run\s+--with)\s+([^\n]*)")
_SENTENCE = re.compile(
    r"(?i)\b(?:needs?|requires?|install(?:s|ed)?)\b((?:(?!\.\s|\n\s*\n).){0,300})", re.DOTALL
)
_QUOTED = re.compile(r"`([^`\s]+)`")
_ESCAPES = re.compile(r"[\"',()\\]|\s")
_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@].*)?$")
_FACTORS = re.compile(r"^[\w.,{}!-]+:\s+")
_PLACES = re.compile(r"\{(?:toxinidir|tox_root|root|root:uri)\}/?|^file://|^\./")
_HATCH = ("pyproject.toml", "hatch.toml")
_TOX = ("tox.ini", "setup.cfg")
_NOX = "noxfile.py"


class Installs(msgspec.Struct, frozen=True):
    """Distributions by normalised name, and folders of the workspace."""

    names: frozenset[str] = frozenset()
    folders: frozenset[RelPath] = frozenset()


def installed_by_runners(tree: Tree, project: Project) -> Installs:
    """What the files of a project for tox, nox and Hatch install."""
    words: set[str] = set()
    for name in _TOX:
        words.update(_of_tox(_text(tree, paths.join(project.path, name))))
    words.update(_of_nox(_text(tree, paths.join(project.path, _NOX))))
    for name in _HATCH:
        words.update(_commands(_text(tree, paths.join(project.path, name))))
    return _as_installs(words, project.path)


def installed_by_hand(text: str, folder: RelPath) -> Installs:
    """What a script, a notebook or its documentation tells to install before it is run.

    By a command, or in a sentence: "needs `datasets`".
    """
    told = {word for found in _SENTENCE.finditer(text) for word in _QUOTED.findall(found[1])}
    return _as_installs({*_commands(text), *told}, folder)


def _as_installs(words: set[str], folder: RelPath) -> Installs:
    names: set[str] = set()
    folders: set[RelPath] = set()
    for word in words:
        place, marks = _PLACES.subn("", word.partition("[")[0].rstrip("/") or ".")
        if marks or place.startswith("."):
            path = paths.normalise(folder, place or ".")
            if path is not None:
                folders.add(path)
        elif found := _REQUIREMENT.match(word):
            names.add(re.sub(r"[-_.]+", "-", found[1]).lower())
    return Installs(frozenset(names), frozenset(folders))


def _commands(text: str) -> Iterator[str]:
    for found in _COMMAND.finditer(text):
        # In a notebook's JSON a line ends in an escape.
        line = re.split(r"\\n|&&|[;#`]", found[1])[0]
        for word in _ESCAPES.split(line):
            if word and not word.startswith("-"):
                yield word


def _of_tox(text: str) -> Iterator[str]:
    parser = RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except ConfigParserError:
        return
    for section in parser.sections():
        if not section.startswith("testenv"):
            continue
        for line in (parser.get(section, "deps", fallback="") or "").splitlines():
            asked = _FACTORS.sub("", line.strip()).removeprefix("-e").strip()
            if asked and not asked.startswith(("-", "#", ";", "{[")):
                yield asked
        yield from _commands(parser.get(section, "commands", fallback="") or "")
        yield from _commands(parser.get(section, "commands_pre", fallback="") or "")


def _of_nox(text: str) -> Iterator[str]:
    """All strings that could be requirements: they are handed around before they are installed."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            word = node.value.strip()
            if _REQUIREMENT.match(word) or word.startswith("."):
                yield word


def _text(tree: Tree, path: RelPath) -> str:
    try:
        return tree.read_text(path) if path in tree else ""
    except ConfigError:
        return ""
