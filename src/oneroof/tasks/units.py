"""What there is to divide among shards: targets, their test files, and what each takes.

Nothing here may depend on the machine: not on its cache, its history, nor its environments.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from oneroof.changes.configuration import BY_NAME, find_configuration
from oneroof.paths import RelPath
from oneroof.tasks.durations import Durations, Taken
from oneroof.tasks.model import Target
from oneroof.tasks.sharding import Unit
from oneroof.workspace.tree import Tree

START_MS = 1000
"""What it takes to begin a target of which nothing is known."""
MS_PER_KIB = 50
"""What a test file takes for its size, where no duration of any is known."""
_FLOOR = re.compile(r"fail[_-]under")


def find_units(tree: Tree, targets: Iterable[Target], durations: Durations) -> list[Unit]:
    """The units that targets make up.

    What has no known duration is taken to be as fast, for its size, as what has one.
    """
    found = list(targets)
    files = {each.name: _files(each) for each in found}
    sizes = {path: _size(tree, path) for paths in files.values() for path in paths}
    known = {
        path: _ms(seconds)
        for name, paths in files.items()
        for path, seconds in durations.targets.get(name, Taken()).files.items()
        if path in paths
    }
    divided = {each.name for each in found if is_divisible(tree, each)}
    weights = _weights(sizes, known)
    start = _usual_start(durations, divided)
    units = []
    for target in found:
        taken = durations.targets.get(target.name, Taken())
        own = start if taken.seconds is None else _ms(taken.seconds)
        each = tuple((path, weights[path]) for path in files[target.name])
        if target.name in divided:
            units.append(Unit(target.name, own, each))
        elif taken.seconds is None or taken.files:
            units.append(Unit(target.name, own + sum(weight for _, weight in each)))
        else:
            units.append(Unit(target.name, own))
    return units


def is_divisible(tree: Tree, target: Target) -> bool:
    """Whether the test files of a target can be run on several machines.

    Not where a floor for coverage speaks of all of them together.
    """
    if target.outputs or len(target.commands) != 1 or not target.commands[0].test_files:
        return False
    found = (
        find_configuration(tree, target.path, BY_NAME[tool]) for tool in ("pytest", "coverage")
    )
    return not any(each is not None and _FLOOR.search(each.content) for each in found)


def _files(target: Target) -> tuple[RelPath, ...]:
    return target.commands[0].test_files


def _size(tree: Tree, path: RelPath) -> int:
    """The bytes of a file, however this machine's git writes the ends of lines."""
    try:
        return len((tree.root / path).read_bytes().replace(b"\r\n", b"\n"))
    except OSError:
        return 0


def _weights(sizes: Mapping[RelPath, int], known: Mapping[RelPath, int]) -> dict[RelPath, int]:
    took, for_bytes = MS_PER_KIB, 1024
    if any(sizes[path] for path in known):
        took, for_bytes = sum(known.values()), sum(sizes[path] for path in known)
    return {
        path: max(1, known[path] if path in known else size * took // for_bytes)
        for path, size in sizes.items()
    }


def _usual_start(durations: Durations, divided: Iterable[str]) -> int:
    """The middle of what it takes to begin the targets of which it is known."""
    found: Sequence[int] = sorted(
        _ms(taken.seconds)
        for name in divided
        if (taken := durations.targets.get(name)) is not None and taken.seconds is not None
    )
    return found[len(found) // 2] if found else START_MS


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
