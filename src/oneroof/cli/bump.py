"""`oneroof versions --bump`: raises versions, and what dependents ask for, in the manifests."""

import sys

from oneroof.cli.changing import diff, write_all
from oneroof.cli.context import Session
from oneroof.cli.output import plural, write, write_json
from oneroof.distributions.bump import Bump, plan_bump
from oneroof.distributions.versions import Part, read_step
from oneroof.errors import OK, ConfigError


def bump_versions(
    session: Session,
    selectors: tuple[str, ...],
    step: str,
    dependents: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Raise the versions of the selected projects, or show how; all of it or nothing."""
    if not selectors:
        message = "`--bump` raises the versions of those projects only that are named"
        raise ConfigError(message, hint="name them")
    bump = plan_bump(
        session.opened,
        session.select(selectors),
        read_step(step),
        None if dependents is None else Part(dependents),
    )
    if not dry_run:
        write_all(session.opened.root, bump.changes)
    if as_json:
        write_json({"ok": True, "dry_run": dry_run, **_document(bump)})
        return OK
    for raised in bump.raises:
        place = raised.path or f"set the tag `{raised.tag}`"
        write(f"{raised.project}  {raised.old} -> {raised.new}  {place}")
    for each in bump.ranges:
        write(f"{each.project}  asks for {each.new} instead of {each.old}  {each.path}")
    for found in bump.fragments:
        names = ", ".join(found.names)
        count = plural(len(found.names), "changelog fragment")
        sys.stderr.write(f"{found.project}: {count} in {found.folder}: {names}\n")
    if dry_run:
        write("".join(map(diff, bump.changes)))
    _conclude(session, bump, dry_run=dry_run)
    return OK


def _conclude(session: Session, bump: Bump, *, dry_run: bool) -> None:
    verb = "would change" if dry_run else "changed"
    sys.stderr.write(f"{verb} {plural(len(bump.changes), 'file')}\n")
    changed = {each.path for each in bump.changes}
    if not dry_run and any(
        project.lock is not None and not changed.isdisjoint(project.metadata.manifests)
        for project in session.opened.workspace.projects
    ):
        sys.stderr.write("hint: bring the locks up to date with `oneroof lock`\n")


def _document(bump: Bump) -> dict[str, object]:
    return {
        "versions": [
            {
                "project": each.project,
                "old": each.old,
                "new": each.new,
                "path": each.path,
                "tag": each.tag or None,
            }
            for each in bump.raises
        ],
        "ranges": [
            {
                "project": each.project,
                "path": each.path,
                "key": each.key,
                "old": each.old,
                "new": each.new,
            }
            for each in bump.ranges
        ],
        "fragments": [
            {"project": each.project, "folder": each.folder, "names": list(each.names)}
            for each in bump.fragments
        ],
        "changes": [{"path": each.path, "diff": diff(each)} for each in bump.changes],
    }
