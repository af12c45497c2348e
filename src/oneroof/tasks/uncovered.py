"""Reads that a fingerprint does not hold: which they are, and who asked."""

import os
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from oneroof import paths
from oneroof.actions.action import Action
from oneroof.actions.listing import parse_listing
from oneroof.paths import ROOT, RelPath
from oneroof.tasks.model import Target
from oneroof.tasks.recording import Read
from oneroof.workspace.tree import Tree

ENVIRONMENT = frozenset({"VIRTUAL_ENV", "MYPYPATH", "PYTHONPATH"})
"""Variables that oneroof sets to where things lie."""
OWN_PREFIX = "_ONEROOF_RECORD_"
TOOLS = frozenset(
    {"_pytest", "pytest", "pluggy", "iniconfig", "xdist", "execnet", "coverage", "pytest_cov"}
)
"""What runs the tests: its own look at configuration and code is what facts of the action are
about, and no test asks for it."""
STRENGTH = {"load": 0, "read": 1, "list": 2, "look": 3}
"""What tells the most of a file that was asked for in several ways comes first."""


class Uncovered(msgspec.Struct, frozen=True):
    """Something a test asked for that its fingerprint does not hold."""

    kind: str
    """`read`, `load`, `list`, `look`, or `env`."""
    name: str
    """The path from the workspace's root, or the name of the variable."""
    file: RelPath | None = None
    """The file of the workspace that asked for it."""
    line: int | None = None
    reader: str = ""
    """The library or program that did it, where it was not that line itself."""
    inside: int = 0
    """Of a listing: how many of the files in the folder are not held."""


class Held(msgspec.Struct, frozen=True):
    """What a fingerprint holds, as far as it can be read by name."""

    files: frozenset[str]
    variables: frozenset[str]


def held_by(action: Action, target: Target, blobs: Mapping[str, bytes]) -> Held:
    """What an action of a target holds; `blobs` has its listings."""
    files = {
        name
        for fact in action.inputs
        if (listing := blobs.get(fact.value)) is not None
        for name in parse_listing(listing)
    }
    own = (name for command in target.commands for name, _ in command.variables)
    return Held(frozenset(files), frozenset({*target.env, *own, *ENVIRONMENT}))


def find_uncovered(tree: Tree, reads: Iterable[Read], held: Held) -> list[Uncovered]:
    """What was asked for and is not held: files by path, then variables, each once."""
    files: dict[str, Uncovered] = {}
    variables: dict[tuple[str, bool], Uncovered] = {}
    for read in reads:
        if read.kind == "env":
            known = read.name in held.variables or read.name.startswith(OWN_PREFIX)
            if not known and _top(read) not in TOOLS:
                key = (read.name, bool(read.reader))
                variables.setdefault(key, _uncovered(tree, read, read.name))
            continue
        if _is_of_tools(read):
            continue
        for found in _files(tree, read, held):
            before = files.get(found.name)
            if before is None or STRENGTH[found.kind] < STRENGTH[before.kind]:
                files[found.name] = found
    return [
        *(files[name] for name in sorted(files)),
        *(variables[key] for key in sorted(variables)),
    ]


def _is_of_tools(read: Read) -> bool:
    """Whether what runs the tests looked at something, or Python looked for modules."""
    if read.file or read.kind == "load":
        return False
    if read.kind in {"list", "look"} and not read.reader:
        return True
    return _top(read) in TOOLS


def _top(read: Read) -> str:
    return read.reader.partition(".")[0]


def _files(tree: Tree, read: Read, held: Held) -> Iterator[Uncovered]:
    for path in _places(tree, read.name):
        if read.kind == "list":
            inside = [paths.join(path, name) for name in tree.folder(path).files]
            missing = [each for each in inside if each not in held.files]
            if missing:
                found = _uncovered(tree, read, path)
                yield msgspec.structs.replace(found, inside=len(missing))
        elif path in tree and path not in held.files:
            yield _uncovered(tree, read, path)


def _places(tree: Tree, name: str) -> Iterator[RelPath]:
    """The path in the workspace, and the one that links lead it to."""
    root = str(tree.root)
    for each in dict.fromkeys((name, os.path.realpath(name))):
        if each == root:
            yield ROOT
        elif each.startswith(root + "/"):
            yield RelPath(each[len(root) + 1 :])


def _uncovered(tree: Tree, read: Read, name: str) -> Uncovered:
    root = f"{tree.root}/"
    if not read.file:
        return Uncovered(read.kind, name, reader=read.reader)
    file = RelPath(read.file.removeprefix(root))
    return Uncovered(read.kind, name, file, read.line, read.reader)
