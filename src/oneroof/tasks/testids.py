"""Which test of which file a case of a report is.

A report names a test by the dotted path of the file that was collected, as seen from pytest's
root folder, with the classes around the test. The `file` of a case does not tell: for an inherited
or a decorated test it is the file that defines the function.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import msgspec

from oneroof import paths
from oneroof.execution.junit import Case
from oneroof.paths import RelPath
from oneroof.tasks.model import Target
from oneroof.workspace.tree import Tree


class TestId(msgspec.Struct, frozen=True):
    """A test, or a file that could not be collected."""

    # Not a class of tests, whatever a collector makes of the name.
    __test__: ClassVar[bool] = False

    path: RelPath
    inner: str = ""
    """`TestBasket::test_add[1]`; empty for the file."""

    def __str__(self) -> str:
        return f"{self.path}::{self.inner}" if self.inner else self.path


def identify(
    cases: Iterable[Case], files: Sequence[RelPath], roots: Iterable[RelPath]
) -> dict[str, TestId] | None:
    """The test behind the full name of each case; None where one is of none of the files.

    `roots` are the folders that may have been the root, the likeliest first.
    """
    named = {each.full_name: each for each in cases}
    for root in roots:
        index = _index(files, root)
        found = {name: _find(each, index) for name, each in named.items()}
        known = {name: each for name, each in found.items() if each is not None}
        if len(known) == len(found):
            return known
    return None


def roots_of(target: Target) -> tuple[RelPath, ...]:
    """The folders that may be the root for the tests of a target."""
    folder = target.commands[0].working_directory
    if target.commands[0].runner == "unittest":
        return (folder, paths.join(folder, "tests"), paths.join(folder, "test"))
    return (folder, *paths.ancestors(folder))


def files_of(target: Target, tree: Tree) -> tuple[RelPath, ...]:
    """The files that may hold tests of a target."""
    listed = target.commands[0].test_files
    if listed or target.commands[0].runner == "command":
        return listed
    return tuple(path for path in tree.below(target.path) if path.endswith(".py"))


def _index(files: Sequence[RelPath], root: RelPath) -> dict[str, RelPath | None]:
    """The files by their dotted paths from a root; None where two have the same."""
    found: dict[str, RelPath | None] = {}
    for path in files:
        if paths.is_within(path, root):
            dotted = paths.relative_to(path, root).removesuffix(".py").replace("/", ".")
            found[dotted] = None if dotted in found else path
    return found


def _find(case: Case, index: dict[str, RelPath | None]) -> TestId | None:
    dotted, inside = case.classname or case.name, ""
    while dotted not in index:
        dotted, dot, name = dotted.rpartition(".")
        if not dot:
            return None
        inside = f"{name}::{inside}" if inside else name
    path = index[dotted]
    if path is None:
        return None
    if not case.classname:
        return TestId(path, inside)
    return TestId(path, f"{inside}::{case.name}" if inside else case.name)
