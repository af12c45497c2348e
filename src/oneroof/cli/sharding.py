"""`--shard`, `--durations` and `--write-durations`: which part of the work a machine does."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from oneroof.cli.output import plural
from oneroof.errors import ConfigError
from oneroof.paths import RelPath

if TYPE_CHECKING:
    from oneroof.changes.snapshot import Opened
    from oneroof.tasks.agenda import Row
    from oneroof.tasks.durations import Durations
    from oneroof.tasks.model import Target
    from oneroof.tasks.outcome import TargetResult
    from oneroof.tasks.sharding import Division, Shard, Unit
    from oneroof.workspace.model import Project

_SHARD = re.compile(r"(\d{1,6})/(\d{1,6})(?:@([0-9a-f]{8}))?")


class ShardWish(msgspec.Struct, frozen=True):
    """`2/5`, or `2/5@1f3a9c04` where the division must be that one."""

    index: int
    """From 1 on."""
    count: int
    division: str = ""


class ShardType(click.ParamType["ShardWish"]):
    """Reads `K/N` and `K/N@DIVISION`."""

    name = "K/N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> ShardWish:
        """Read it, or say what is expected."""
        if isinstance(value, ShardWish):
            return value
        found = _SHARD.fullmatch(str(value))
        if found is not None and 1 <= int(found[1]) <= int(found[2]):
            return ShardWish(int(found[1]), int(found[2]), found[3] or "")
        message = f"expected K/N, where K is one of 1 to N, such as `2/5`; found `{value}`"
        return self.fail(message, param, ctx)


class Sharding:
    """One shard of the targets of some tasks."""

    def __init__(
        self,
        wish: ShardWish,
        units: "Sequence[Unit]",
        targets: "Sequence[Target]",
        projects: "Sequence[Project]",
        *,
        by_durations: bool,
    ) -> None:
        self._wish = wish
        self._units = units
        self._targets = {each.name: each for each in targets}
        self._projects = projects
        self._by = "known durations" if by_durations else "the sizes of files"

    @property
    def has_targets(self) -> bool:
        """Whether there is anything to divide."""
        return bool(self._targets)

    @cached_property
    def division(self) -> "Division":
        """All shards.

        Raises:
            ConfigError: it is not the division that was asked for.
        """
        from oneroof.tasks.sharding import divide

        division = divide(self._units, self._wish.count)
        if self._wish.division not in {"", division.digest}:
            message = (
                f"this machine divides the work otherwise: division `{division.digest}`, "
                f"expected `{self._wish.division}`"
            )
            hint = "give all shards the same commit, selection, durations and oneroof"
            raise ConfigError(message, hint=hint)
        return division

    @property
    def shard(self) -> "Shard":
        """The one that is asked for."""
        return self.division.shards[self._wish.index - 1]

    @cached_property
    def _needed(self) -> frozenset[str]:
        """The targets that those of the shard need, however far away; they run whole."""
        found: set[str] = set()
        following = [need for name in self.shard.parts for need in self._targets[name].needs]
        while following:
            name = following.pop()
            if name not in found and name in self._targets:
                found.add(name)
                following += self._targets[name].needs
        return frozenset(found)

    @cached_property
    def parts(self) -> Mapping[str, tuple[RelPath, ...]]:
        """The test files to run of those targets that are not run as a whole."""
        return {
            name: files
            for name, files in self.shard.parts.items()
            if name not in self._needed
            and len(files) < len(self._targets[name].commands[0].test_files)
            and files
        }

    @property
    def projects(self) -> "tuple[Project, ...]":
        """The projects that the shard has targets of."""
        names = {self._targets[name].project for name in (*self.shard.parts, *self._needed)}
        return tuple(each for each in self._projects if each.name in names)

    def rows(self, rows: Iterable["Row"]) -> "list[Row]":
        """Those of the rows that belong to the shard, and what they need."""
        return [each for each in rows if each.name in self.shard.parts or each.name in self._needed]

    def document(self) -> dict[str, object]:
        """What `--json` says of it."""
        return {
            "index": self._wish.index,
            "count": self._wish.count,
            "division": self.division.digest,
            "targets": {name: list(files) for name, files in self.shard.parts.items()},
            "weight": _share(self.shard.weight, self.division.weight),
        }

    def line(self) -> str:
        """`shard 2/5 of division 1f3a9c04: ...`."""
        wish, parts = self._wish, self.shard.parts
        head = f"shard {wish.index}/{wish.count} of division {self.division.digest}"
        everything = [each.parts for each in self.division.shards]
        if not parts:
            pieces = sum(max(1, len(each)) for part in everything for each in part.values())
            return f"{head} is empty: there {_are(pieces)} to divide"
        own = sum(map(len, parts.values()))
        total = sum(len(files) for part in everything for files in part.values())
        targets = (
            f"{len(parts)} of {plural(len({n for part in everything for n in part}), 'target')}"
        )
        files = f", {own} of {plural(total, 'test file')}" if total else ""
        share = _share(self.shard.weight, self.division.weight)
        return f"{head}: {targets}{files}, {share:.0%} of the work by {self._by}"


def read_known(places: Sequence[Path], opened: "Opened") -> "Durations | None":
    """The durations that the command line or the settings name; None where neither does.

    Raises:
        ConfigError: they are not there, or are none.
    """
    from oneroof.tasks.durations import read_durations

    if places:
        return read_durations(places)
    setting = opened.workspace.settings.durations
    if setting is None:
        return None
    try:
        return read_durations([opened.root / setting])
    except ConfigError as error:
        message = f"pyproject.toml: tool.oneroof.durations: {error.message}"
        raise ConfigError(message, hint=error.hint) from error


def write_measured(path: Path, results: Iterable["TargetResult"], opened: "Opened") -> None:
    """Bring a file of durations up to date with what the targets of a run took."""
    from oneroof.tasks.durations import (
        Durations,
        read_durations,
        renewed,
        taken,
        write_durations,
    )

    measured = {each.name: taken(each) for each in results if each.ok or each.attempts}
    old = read_durations([path]) if path.exists() else Durations()
    names = {project.name for project in opened.workspace.projects}
    known = {*old.targets, *measured}
    targets = {name for name in known if name.rpartition(":")[0] in names}
    write_durations(path, renewed(old, measured, set(opened.tree.files), targets))


def _share(weight: int, total: int) -> float:
    return round(weight / total, 4) if total else 0.0


def _are(pieces: int) -> str:
    return f"is only {pieces} piece" if pieces == 1 else f"are only {pieces} pieces"
