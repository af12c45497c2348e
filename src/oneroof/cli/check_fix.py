"""`oneroof check --fix`: writes what mends violations, or shows it as a diff."""

import sys
from collections.abc import Sequence
from pathlib import Path

from oneroof.cli.changing import diff, is_as_planned, write_change
from oneroof.cli.check_formats import describe
from oneroof.cli.context import Session, warn
from oneroof.cli.output import plural
from oneroof.paths import RelPath
from oneroof.rules import fixing
from oneroof.rules.fixing import Plan
from oneroof.rules.violation import Violation

_CHANGED = "it was changed meanwhile"


def fix(session: Session, violations: Sequence[Violation], *, dry_run: bool) -> Plan:
    """Mend what can be mended of some violations, and say so; what was done.

    A file that is not as it was when the violations were found is left.
    """
    opened = session.opened
    plan = fixing.plan_fixes(opened.tree, violations)
    if not dry_run:
        plan = _write(opened.root, plan)
    _tell(session, plan, dry_run=dry_run)
    return plan


def _write(root: Path, plan: Plan) -> Plan:
    """Write the files that still are as they were, those with a common violation all or none."""
    stale = {each.path for each in plan.changes if not is_as_planned(root, each)}
    while True:
        lost = [each for each in plan.mended if not _files(each).isdisjoint(stale)]
        spread = stale.union(*map(_files, lost))
        if spread == stale:
            break
        stale = spread
    done = tuple(each for each in plan.changes if each.path not in stale)
    for change in done:
        write_change(root, change)
    return Plan(
        done,
        tuple(each for each in plan.mended if _files(each).isdisjoint(stale)),
        (*plan.left, *((each, _CHANGED) for each in lost)),
    )


def _files(violation: Violation) -> set[RelPath]:
    return {path for path, _ in violation.fix.edits} if violation.fix is not None else set()


def _tell(session: Session, plan: Plan, *, dry_run: bool) -> None:
    for violation, reason in plan.left:
        warn(f"not fixed: {violation.text} [{violation.rule}]: {reason}")
    if not dry_run:
        for change in plan.changes:
            sys.stderr.write(f"wrote {change.path}\n")
    verb = "would fix" if dry_run else "fixed"
    files = plural(len(plan.changes), "file")
    sys.stderr.write(f"{verb} {plural(len(plan.mended), 'finding')} in {files}\n")
    changed = {each.path for each in plan.changes}
    has_lock = any(
        project.lock is not None and not changed.isdisjoint(project.metadata.manifests)
        for project in session.opened.workspace.projects
    )
    if has_lock and not dry_run:
        sys.stderr.write("hint: bring the locks up to date with `oneroof lock`\n")


def without(violations: Sequence[Violation], plan: Plan) -> list[Violation]:
    """The violations that were not mended."""
    mended = {id(each) for each in plan.mended}
    return [each for each in violations if id(each) not in mended]


def as_document(plan: Plan) -> dict[str, object]:
    """What `--json` says of changes."""
    return {
        "fixed": [describe(each) for each in plan.mended],
        "not_fixed": [{**describe(each), "reason": reason} for each, reason in plan.left],
        "changes": [{"path": each.path, "diff": diff(each)} for each in plan.changes],
    }
