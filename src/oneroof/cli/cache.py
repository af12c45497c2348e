"""`oneroof cache`: what is kept, and removing what is old."""

import os
import sys

import click

from oneroof.cli.output import columns, write, write_json
from oneroof.disk import cache_root


@click.group("cache")
def cache_command() -> None:
    """Show where results are kept, or remove the oldest of them."""


@cache_command.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_command(*, as_json: bool) -> int:
    """Show the cache's folder, its parts and their sizes in bytes."""
    root = cache_root()
    parts = (
        {
            entry.name: _size(entry.path)
            for entry in sorted(os.scandir(root), key=lambda each: each.name)
            if entry.is_dir(follow_symlinks=False)
        }
        if root.is_dir()
        else {}
    )
    if as_json:
        write_json({"folder": str(root), "parts": parts, "size_bytes": sum(parts.values())})
    else:
        write(str(root))
        write(columns((f"  {name}", f"{size:,} bytes") for name, size in parts.items()))
    return 0


@cache_command.command("prune")
@click.option("--max-bytes", type=click.IntRange(0), help="The bound; by default 10 GiB.")
def prune_command(*, max_bytes: int | None) -> int:
    """Remove the results that were not used for longest, until the rest fits the bound."""
    from oneroof.cache import pruning

    bound = pruning.max_bytes(os.environ) if max_bytes is None else max_bytes
    pruned = pruning.prune(cache_root(), bound)
    sys.stderr.write(f"removed {pruned.removed} files, {pruned.removed_bytes:,} bytes\n")
    return 0


def _size(folder: str) -> int:
    total = 0
    for above, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(f"{above}/{name}").st_size
            except FileNotFoundError:
                continue
    return total
