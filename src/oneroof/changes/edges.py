"""Kept edges: what tests depend on though nothing they import or declare says so.

`oneroof test --shadow` finds them and keeps them in a file of the repository, so that they hold
for everybody until somebody takes them out.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from oneroof import paths
from oneroof.changes.affected import Cause, Reason, status_word
from oneroof.changes.difference import Change
from oneroof.changes.inputs import Reach, find_owners
from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.globs import matches
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.own_files import parse, render
from oneroof.workspace.tree import Tree

FILE = RelPath(".oneroof-edges.json")
FORMAT = 1
TEST = ("test",)


class KeptEdge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some tests, and files that their results depend on."""

    test: RelPath
    """A test file, or a folder with all tests below it."""
    files: tuple[str, ...]
    """Paths or globs from the root."""
    found: str
    """The day it was found, as `2026-01-31`."""
    reason: str
    """How it was found."""

    def holds_for(self, test: RelPath) -> bool:
        """Whether a test file is meant."""
        return paths.is_within(test, self.test)

    def names(self, path: RelPath) -> bool:
        """Whether a file is one that the tests depend on."""
        return any(matches(path, glob) for glob in self.files)


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    edges: tuple[KeptEdge, ...]


def encode(edges: Iterable[KeptEdge]) -> bytes:
    """The content of a file with these edges: sorted, each once."""
    document = _Document(FORMAT, tuple(sorted(set(edges), key=msgspec.structs.astuple)))
    return render(document)


def decode(content: bytes) -> tuple[KeptEdge, ...]:
    """The edges of a file.

    Raises:
        ConfigError: it holds none, or of another format.
    """
    hint = "mend it, or remove it and have `oneroof test --shadow` find the edges anew"
    document = parse(content, _Document, name=FILE, expected=FORMAT, hint=hint)
    return document.edges


def read_edges(tree: Tree) -> tuple[KeptEdge, ...]:
    """The edges a workspace keeps.

    Raises:
        ConfigError: its file is broken.
    """
    return decode(tree.read_bytes(FILE)) if FILE in tree else ()


def together(old: Iterable[KeptEdge], new: Iterable[KeptEdge]) -> tuple[KeptEdge, ...]:
    """Old edges and those of the new that say something more."""
    found = list(old)
    for edge in new:
        known = {file for each in found if each.holds_for(edge.test) for file in each.files}
        if not known.issuperset(edge.files):
            found.append(edge)
    return tuple(found)


def by_project(
    projects: Iterable[Project], edges: Iterable[KeptEdge]
) -> dict[ProjectName, tuple[KeptEdge, ...]]:
    """The edges of the tests of each project; those of a folder are of all projects in it."""
    kept = list(edges)
    if not kept:
        return {}
    every = list(projects)
    owners = find_owners(every)
    found: dict[ProjectName, tuple[KeptEdge, ...]] = {}
    for edge in kept:
        inside = [each for each in every if paths.is_within(each.path, edge.test)]
        for name in dict.fromkeys(each.name for each in (*owners.of(edge.test), *inside)):
            found[name] = (*found.get(name, ()), edge)
    return found


def find_edge_causes(
    edges: Mapping[ProjectName, tuple[KeptEdge, ...]], changes: Mapping[RelPath, Change]
) -> Iterator[Cause]:
    """The projects with tests that depend on a changed file by a kept edge."""
    for name, kept in edges.items():
        for edge in kept:
            for path, change in changes.items():
                if edge.names(path):
                    detail = f"{status_word(change)}; a kept edge of {edge.test}"
                    reason = Reason("edge", detail, path, tasks=TEST, whole=False)
                    yield Cause(name, reason, Reach.OWNER)


def find_unmatched_edges(edges: Iterable[KeptEdge], tree: Tree) -> Iterator[Problem]:
    """What edges name and is not there."""
    for index, edge in enumerate(edges):
        if edge.test not in tree and not tree.is_folder(edge.test):
            message = f"the test `{edge.test}` is not there"
            hint = f"`oneroof edges --remove {edge.test}` takes the edge out"
            yield Problem(FILE, message, f"edges[{index}].test", hint)
        for place, glob in enumerate(edge.files):
            if not any(matches(path, glob) for path in tree.files):
                message = f"`{glob}`, which `{edge.test}` depends on, matches no file"
                hint = "name the file that took its place, or take the edge out"
                yield Problem(FILE, message, f"edges[{index}].files[{place}]", hint)
