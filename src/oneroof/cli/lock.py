"""`oneroof lock`: bring stale locks up to date with the tools that own them."""

import sys
from typing import TYPE_CHECKING

import click

from oneroof.cli.context import Session
from oneroof.cli.locks import find_lock_findings
from oneroof.cli.output import plural, show_problems, write_json
from oneroof.errors import FAILED, OK

if TYPE_CHECKING:
    from oneroof.locks.update import LockUpdate


@click.command("lock")
@click.argument("select", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Fresh ones too.")
@click.option("--dry-run", is_flag=True, help="Only say which locks would be written, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def lock_command(
    session: Session, select: tuple[str, ...], *, everything: bool, dry_run: bool, as_json: bool
) -> int:
    """Bring the stale locks of the selected projects up to date, touching nothing else.

    uv, poetry and pdm each write their own lock; a lock that a stale dependency concerns is
    stale too. What can stay as it is stays.
    """
    from oneroof.locks.update import plan_updates, run_updates

    opened = session.opened
    selected = {project.name for project in session.select(select)} if select else None
    findings, problems = find_lock_findings(opened)
    plan = plan_updates(opened.graph, findings, selected, everything=everything)
    show_problems([*problems, *plan.problems])
    if as_json:
        write_json(
            {
                "updates": [
                    {
                        "lock": update.lock,
                        "tool": update.tool,
                        "projects": list(update.projects),
                        "reasons": list(update.reasons),
                    }
                    for update in plan.updates
                ]
            }
        )
    for update in plan.updates:
        if dry_run and not as_json:
            reasons = "; ".join(update.reasons)
            sys.stdout.write(f"{update.lock}  with {update.tool}: {reasons}\n")
    if not dry_run:
        run_updates(plan, opened.root, _say)
        sys.stderr.write(f"{plural(len(plan.updates), 'lock')} brought up to date\n")
    return FAILED if problems or plan.problems else OK


def _say(update: "LockUpdate") -> None:
    sys.stderr.write(f"locking {update.lock} with {update.tool}\n")
