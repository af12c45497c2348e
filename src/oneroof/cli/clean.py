"""`oneroof clean`: remove environments that nothing uses any more."""

import sys

import click

from oneroof.cli.context import Session
from oneroof.cli.output import columns, plural, write, write_json
from oneroof.disk import cache_root


@click.command("clean")
@click.argument("select", nargs=-1)
@click.option("--venvs", is_flag=True, help="The .venv folders that oneroof made, too.")
@click.option("--all", "everything", is_flag=True, help="However recently they were used.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def clean_command(
    session: Session,
    select: tuple[str, ...],
    *,
    venvs: bool,
    everything: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Remove environments that were not used for 30 days and that no .venv lies over.

    Source files are never touched, nor a .venv that oneroof did not make.
    """
    from oneroof.environments.clean import DEFAULT_AGE_SECONDS, plan_clean, remove

    root = session.opened.root
    folders = [root / each.path / ".venv" for each in session.select(select)] if venvs else []
    plan = plan_clean(
        cache_root(),
        older_than_seconds=0.0 if everything else DEFAULT_AGE_SECONDS,
        virtual_environments=folders,
    )
    if as_json:
        write_json(
            {
                "removed": not dry_run,
                "size_bytes": sum(each.size_bytes for each in plan),
                "entries": [
                    {"kind": each.kind, "path": str(each.folder), "size_bytes": each.size_bytes}
                    for each in plan
                ],
            }
        )
    elif dry_run:
        write(columns((each.kind, f"{each.size_bytes:,}", str(each.folder)) for each in plan))
    total = sum(each.size_bytes for each in plan) if dry_run else remove(plan)
    verb = "would remove" if dry_run else "removed"
    sys.stderr.write(f"{verb} {plural(len(plan), 'folder')}, {total:,} bytes\n")
    return 0
