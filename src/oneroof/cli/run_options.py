"""What can be asked of `oneroof run` and its short forms, and what does not go together."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from oneroof.cli.sharding import ShardType, ShardWish
from oneroof.errors import ConfigError

_F = TypeVar("_F", bound=Callable[..., object])


class Wish(msgspec.Struct, frozen=True):
    """What the command line asks for."""

    tasks: tuple[str, ...]
    select: tuple[str, ...]
    since: str | None = None
    jobs: int | None = None
    fail_fast: bool = False
    no_cache: bool = False
    dry_run: bool = False
    verbose: bool = False
    as_json: bool = False
    check_format: bool = False
    shard: ShardWish | None = None
    durations: tuple[Path, ...] = ()
    write_durations: Path | None = None
    retries: int | None = None
    fail_on_flaky: bool = False
    verify: bool = False
    shadow: bool = False
    keep: bool = True
    arguments: tuple[str, ...] = ()


def run_options(function: _F) -> _F:
    """The options all forms share."""
    options = (
        click.option("--since", metavar="REF", help="Only what a change since REF touches."),
        click.option("-j", "--jobs", type=click.IntRange(1), help="How many at a time."),
        click.option(
            "--fail-fast/--keep-going",
            default=False,
            help="Stop at the first failure, or run everything (the default).",
        ),
        click.option("--no-cache", is_flag=True, help="Run even what is known to pass."),
        click.option("--dry-run", is_flag=True, help="Only say what would run."),
        click.option("-v", "--verbose", is_flag=True, help="Show the output of what passes too."),
        click.option("--json", "as_json", is_flag=True, help="Print a summary as JSON."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def test_options(function: _F) -> _F:
    """The options that make sense for tests."""
    options = (
        click.option(
            "--shard",
            type=ShardType(),
            help="Only one of N parts of the work, the same on all machines; K/N@DIVISION fails "
            "where it is divided otherwise.",
        ),
        click.option(
            "--durations",
            type=click.Path(path_type=Path),
            metavar="FILE",
            multiple=True,
            help="Divide by the durations in this file, or in the JSON files of this folder.",
        ),
        click.option(
            "--write-durations",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Bring this file up to date with what tests took.",
        ),
        click.option(
            "--retries",
            type=click.IntRange(0),
            help="Run what fails again up to so many times; what passes then is flaky, and told.",
        ),
        click.option(
            "--fail-on-flaky",
            is_flag=True,
            help="Fail for flaky tests too, unless the flaky list names them.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def trust_options(function: _F) -> _F:
    """The options that show whether the selection of tests can be trusted."""
    options = (
        click.option(
            "--verify",
            is_flag=True,
            help="Run each test file by itself, record what it reads, and report every read that "
            "its fingerprint does not hold.",
        ),
        click.option(
            "--shadow",
            is_flag=True,
            help="Run everything; report which tests --since would have skipped though they fail.",
        ),
        click.option(
            "--keep/--no-keep",
            default=True,
            help="With --shadow: write what was missed to .oneroof-edges.json (the default), or "
            "show it.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def refuse(wish: Wish) -> None:
    """Refuse what does not go together."""
    if wish.durations and wish.shard is None:
        message = "`--durations` says how to divide the work, and there is no `--shard`"
        raise ConfigError(message, hint="add `--shard K/N`")
    for name, asked in (("--verify", wish.verify), ("--shadow", wish.shadow)):
        if asked and wish.dry_run:
            message = f"`{name}` runs tests, and `--dry-run` does not"
            raise ConfigError(message, hint="leave one of them out")
        if asked and wish.shard is not None:
            message = f"`{name}` is about all tests, and `--shard` runs a part of them"
            raise ConfigError(message, hint="leave one of them out")
    if wish.verify and wish.shadow:
        message = "`--verify` and `--shadow` are two kinds of runs"
        raise ConfigError(message, hint="ask for one after the other")
    if wish.shadow and wish.arguments:
        message = "`--shadow` is about all tests, and words after `--` change which run"
        raise ConfigError(message, hint="leave them out")
    if not wish.keep and not wish.shadow:
        message = "`--no-keep` says what to do with what `--shadow` finds"
        raise ConfigError(message, hint="add `--shadow`, or leave it out")
