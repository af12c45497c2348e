"""Bare `oneroof`: where am I, what is here, what changed, what would run."""

from collections import Counter

from oneroof.changes.affected import Affected, for_task
from oneroof.changes.since import affected_since
from oneroof.cli.context import Session
from oneroof.cli.output import plural, show_problems, style, write
from oneroof.errors import OneroofError

SHOWN = 8


def show_status(session: Session) -> int:
    """Print one screen about the workspace."""
    workspace = session.opened.workspace
    lines = [f"{style('workspace', bold=True)}  {session.opened.root}"]
    roles = Counter(project.role.value for project in workspace.projects)
    told = ", ".join(f"{count} {role}" for role, count in sorted(roles.items()))
    edges = plural(len(workspace.edges), "edge")
    lines.append(
        f"{style('projects ', bold=True)}  {len(workspace.projects)} ({told}), {edges} between them"
        if workspace.projects
        else f"{style('projects ', bold=True)}  none found"
    )
    locks = {project.lock for project in workspace.projects if project.lock}
    without = sum(1 for project in workspace.projects if not project.lock)
    lines.append(f"{style('locks    ', bold=True)}  {len(locks)}; {without} projects without one")
    lines += _changes(session)
    write("\n".join(lines))
    show_problems(problem for problem in workspace.problems if problem.fatal)
    show_problems(
        problem
        for project in workspace.projects
        for problem in project.metadata.problems
        if problem.fatal
    )
    return 0


def _changes(session: Session) -> list[str]:
    try:
        affected = affected_since(session.opened, None)
    except OneroofError as error:
        return [f"{style('changed  ', bold=True)}  cannot tell: {error.message}"]
    if not affected.projects:
        lines = [f"{style('changed  ', bold=True)}  nothing since {affected.base}"]
        return [*lines, _next(affected)]
    count = plural(len(affected.projects), "project")
    lines = [f"{style('changed  ', bold=True)}  {count} affected since {affected.base}"]
    for project in affected.projects[:SHOWN]:
        reason = project.reasons[0]
        place = f"{reason.path}: " if reason.path and reason.kind != "dependency" else ""
        lines.append(f"             {project.name}  {style(place + reason.detail, dim=True)}")
    if len(affected.projects) > SHOWN:
        lines.append(f"             and {len(affected.projects) - SHOWN} more")
    return [*lines, _next(affected)]


def _next(affected: Affected) -> str:
    count = len(for_task(affected, "test").projects)
    label = style("next     ", bold=True)
    if count:
        return f"{label}  `oneroof test` runs what is not known to pass; {count} to look at"
    return (
        f"{label}  `oneroof test` runs what is not known to pass; `oneroof --help` shows the rest"
    )
