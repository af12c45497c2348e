"""`oneroof wheel`: the wheels of projects and of what they need from the workspace."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oneroof import disk
from oneroof.cli.context import Session, warn
from oneroof.cli.output import plural, write, write_json
from oneroof.cli.shipping import run_wheels
from oneroof.errors import INTERRUPTED, OK, ConfigError, SelectionError, ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oneroof.distributions.deliver import Delivered
    from oneroof.distributions.wheels import Built


@click.command("wheel")
@click.argument("select", nargs=-1)
@click.option(
    "-o",
    "--output",
    default="dist",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to; `dist` here if not given.",
)
@click.option("--no-deps", is_flag=True, help="Only the selected projects.")
@click.option(
    "--bundle",
    is_flag=True,
    help="One wheel for each selected project, with its internal libraries inside.",
)
@click.option(
    "--internal",
    type=click.Choice(["range", "exact", "bare"]),
    default="range",
    help="Which versions of internal projects a wheel asks for.",
)
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="How many at a time.")
@click.option("--no-cache", is_flag=True, help="Build all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def wheel_command(
    session: Session,
    select: tuple[str, ...],
    *,
    output: Path,
    no_deps: bool,
    bundle: bool,
    internal: str,
    jobs: int | None,
    no_cache: bool,
    as_json: bool,
) -> int:
    """Build the wheels of the selected projects and of their internal dependencies.

    Each is built by the project's own backend from a copy of the files that git knows, and is
    the same to the byte each time. Paths of this machine become plain requirements. Wheels of
    other versions of the same projects are removed from DIR.
    """
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.bundling import bundle_wheels, to_bundle
    from oneroof.distributions.deliver import deliver
    from oneroof.distributions.plan import is_built, to_build

    if bundle and no_deps:
        message = "`--bundle` puts into one wheel what `--no-deps` leaves out"
        raise ConfigError(message, hint="give one of them")
    selected = session.select(select)
    chosen = [each for each in selected if is_built(each)]
    if not chosen:
        message = "no selected project is built as a wheel"
        raise SelectionError(message, hint="`oneroof ls --json` shows the build backends")
    graph = session.opened.graph
    projects = to_bundle(graph, chosen) if bundle else to_build(graph, chosen)
    cache = DiskCache(disk.cache_root(), warn)
    built, interrupted = run_wheels(
        session, projects, cache, policy=internal, use_cache=not no_cache, jobs=jobs
    )
    names = {each.name for each in chosen}
    shown: Sequence[Built] = [each for each in built if not no_deps or each.project in names]
    if bundle:
        # Of what is not whole nothing is delivered.
        shown = [each for each in built if not each.ok]
        if not shown and not interrupted:
            shown = bundle_wheels(graph, chosen, built, cache.storage)
    delivered = deliver(shown, output, cache.storage)
    _conclude(session, shown, delivered, output, as_json=as_json)
    if interrupted:
        sys.stderr.write("interrupted: what was built is kept\n")
        return INTERRUPTED
    return OK if all(each.ok for each in built) else ToolError.exit_code


def _conclude(
    session: Session,
    built: "Sequence[Built]",
    delivered: "Delivered",
    output: Path,
    *,
    as_json: bool,
) -> None:
    for each in built:
        for warning in each.warnings:
            sys.stderr.write(f"warning: {each.project}: the wheel {warning}\n")
        if each.error:
            sys.stderr.write(f"error: {each.project}: {each.error}\n")
    for first, second, path in delivered.overlaps:
        sys.stderr.write(f"warning: {first} and {second} both hold `{path}`\n")
    if as_json:
        write_json(
            {
                "ok": all(each.ok for each in built),
                "output": str(output),
                "wheels": [_described(session, each) for each in built],
                "removed": list(delivered.removed),
            }
        )
        return
    for name in delivered.removed:
        sys.stderr.write(f"removed {output / name}\n")
    write("".join(f"{output / each.filename}\n" for each in built if each.ok))
    done = sum(each.ok and not each.was_known for each in built)
    known = sum(each.was_known for each in built)
    failed = sum(not each.ok for each in built)
    counts = ((done, "built"), (known, "unchanged"), (failed, "failed"))
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    sys.stderr.write(f"{plural(len(built), 'wheel')}: {told}\n")


def _described(session: Session, built: "Built") -> dict[str, object]:
    return {
        "project": built.project,
        "path": session.opened.graph.projects[built.project].path,
        "filename": built.filename or None,
        "version": built.version or None,
        "sha256": built.digest.hash if built.digest else None,
        "size_bytes": built.digest.size_bytes if built.digest else None,
        "source": "local-cache" if built.was_known else "ran" if built.ok else None,
        "duration_seconds": round(built.seconds, 3),
        "warnings": list(built.warnings),
        "error": built.error or None,
    }
