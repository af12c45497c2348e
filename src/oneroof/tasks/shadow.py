"""Which tests a selection would have skipped, and what their failures say about it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec

from oneroof import paths
from oneroof.changes.edges import KeptEdge
from oneroof.paths import ROOT, RelPath
from oneroof.tasks.uncovered import Uncovered
from oneroof.workspace.model import ProjectName

FEW = 10
"""Up to how many changed files an edge names one by one, where it is not known which mattered."""

Finding = Literal["missed", "failed-before", "unsteady", "unclear"]


class Skipped(msgspec.Struct, frozen=True):
    """Tests that would not have been run."""

    project: ProjectName
    test: RelPath | None
    """The test file; None where the tests of the project cannot be told apart."""
    failed: bool = False
    """Whether they may have failed when all was run."""


class Judged(msgspec.Struct, frozen=True):
    """What is behind the failure of tests that would have been skipped."""

    skipped: Skipped
    finding: Finding
    """`missed`: it fails with the change and passes without; `failed-before`: it fails without,
    too; `unsteady`: run once more it passes; `unclear`: it cannot be run without the change."""
    tests: tuple[str, ...] = ()
    """For a miss: the names of those that fail with the change only."""
    files: tuple[str, ...] = ()
    """For a miss: what it must depend on, as paths or globs from the root."""
    seen: bool = False
    """Whether the tests were seen to ask for these files."""


def find_finding(
    with_change: AbstractSet[str], without: AbstractSet[str] | None
) -> tuple[Finding, tuple[str, ...]]:
    """What the failures of the same tests with and without a change say; None: not to be told."""
    if not with_change:
        return "unsteady", ()
    if without is None:
        return "unclear", ()
    new = tuple(sorted(with_change - without))
    return ("missed", new) if new else ("failed-before", ())


def find_culprits(
    changed: Iterable[RelPath], uncovered: Iterable[Uncovered], there: AbstractSet[RelPath]
) -> tuple[str, ...]:
    """The changed files that tests were seen to ask for, with the change or without.

    In place of one that is not there any more stands its folder: an edge leads to what is there.
    """
    found = [each for each in uncovered if each.kind != "env"]
    names = {each.name for each in found}
    listed = {each.name for each in found if each.kind == "list"}
    asked = [path for path in changed if path in names or paths.parent(path) in listed]
    return tuple(sorted({_there(path, there) for path in asked}))


def find_suspects(
    changed: Iterable[RelPath],
    homes: Mapping[RelPath, RelPath],
    there: AbstractSet[RelPath],
) -> tuple[str, ...]:
    """What changed, where nobody saw what of it mattered: files, or the projects of many.

    `homes` has the folder of the project that a file belongs to.
    """
    every = sorted(changed)
    if len(every) > FEW:
        folders = {path: homes.get(path, ROOT) for path in every}
        every = [path for path in every if folders[path] == ROOT]
        projects = sorted({f"{each}/**" for each in folders.values() if each != ROOT})
        return tuple(sorted({*projects, *(_there(path, there) for path in every)}))
    return tuple(sorted({_there(path, there) for path in every}))


def edges_of(
    judged: Iterable[Judged], folders: Mapping[ProjectName, RelPath], day: str, base: str
) -> tuple[KeptEdge, ...]:
    """What to keep of misses; `folders` has those of projects."""
    return tuple(
        KeptEdge(
            each.skipped.test or folders[each.skipped.project],
            each.files,
            day,
            f"{_few(each.tests)} failed, and was not selected, since {base}",
        )
        for each in judged
        if each.finding == "missed" and each.files
    )


def _few(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _there(path: RelPath, there: AbstractSet[RelPath]) -> str:
    """A path that is there; else the nearest folder above with any file, as a glob."""
    if path in there:
        return path
    for above in paths.ancestors(path):
        if above != ROOT and any(paths.is_within(each, above) for each in there):
            return f"{above}/**"
    return path
