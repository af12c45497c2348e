"""`oneroof affected`: what a change touches, for people and for CI."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from oneroof.tasks.affected_tests import AffectedTest

from oneroof.changes.affected import Affected, Reason, for_task
from oneroof.cli.context import Session
from oneroof.cli.output import plural, style, write, write_json
from oneroof.paths import ROOT


@click.command("affected")
@click.argument("select", nargs=-1)
@click.option("--since", metavar="REF", help="Compare with the merge base of HEAD and this ref.")
@click.option("--task", metavar="TASK", help="Only what concerns this task: test, lint, ...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "lines", "github", "gitlab"]),
    default="text",
    show_default=True,
    help="lines: names only; github: a matrix for $GITHUB_OUTPUT; gitlab: a child pipeline.",
)
@click.pass_obj
def affected_command(
    session: Session,
    select: tuple[str, ...],
    *,
    since: str | None,
    task: str | None,
    as_json: bool,
    form: str,
) -> int:
    """Show the projects a change touches, each with all its reasons.

    Without --since the merge base with the default branch counts; on that branch itself, what
    is not committed. Staged, unstaged, untracked, deleted and renamed files all count.
    """
    from oneroof.changes.git import compare_index
    from oneroof.changes.since import affected_since

    comparison = None
    if session.reading is not None:
        # git is still looking through the work tree: these go on beside it.
        session.look_ahead(imports=task == "test")
        comparison = compare_index(Path(session.reading.root), since)
    affected = affected_since(session.opened, since, comparison)
    if task is not None:
        affected = for_task(affected, task)
    tests = _tests(session, affected) if task == "test" else None
    if select:
        names = {project.name for project in session.select(select)}
        kept = tuple(project for project in affected.projects if project.name in names)
        affected = Affected(affected.base, kept, affected.unowned)
        tests = tests and tuple(each for each in tests if each.project in names)
    if as_json or form == "json":
        write_json(document(affected, task, tests))
    elif form == "lines":
        write("".join(f"{project.name}\n" for project in affected.projects))
    elif form == "github":
        write(_github(affected))
    elif form == "gitlab":
        write(_gitlab(affected))
    else:
        write(_text(affected, tests))
    return 0


def _tests(session: Session, affected: Affected) -> "tuple[AffectedTest, ...]":
    from oneroof.cli.work import Work
    from oneroof.tasks.affected_tests import find_affected_tests

    return find_affected_tests(session.opened, Work(session).catalogue, affected)


def document(
    affected: Affected,
    task: str | None = None,
    tests: "tuple[AffectedTest, ...] | None" = None,
) -> dict[str, object]:
    """What `affected --json` prints."""
    more: dict[str, object] = {}
    if task is not None:
        more["targets"] = [f"{project.name}:{task}" for project in affected.projects]
    if tests is not None:
        more["tests"] = [
            {"project": each.project, "path": each.path, "reason": each.reason} for each in tests
        ]
    return {
        "base": affected.base,
        "projects": [
            {
                "name": project.name,
                "path": project.path,
                "direct": project.direct,
                "reasons": [_reason(reason) for reason in project.reasons],
            }
            for project in affected.projects
        ],
        "unowned": list(affected.unowned),
        **more,
    }


def _reason(reason: Reason) -> dict[str, object]:
    return {
        "kind": reason.kind,
        "detail": reason.detail,
        "path": reason.path,
        "via": list(reason.via),
        "tasks": list(reason.tasks),
    }


def _text(affected: Affected, tests: "tuple[AffectedTest, ...] | None") -> str:
    lines = [f"since {affected.base}: {plural(len(affected.projects), 'project')} affected"]
    for project in affected.projects:
        where = "" if project.path in {project.name, ROOT} else f"  {project.path}"
        lines.append(f"{style(project.name, bold=True)}{style(where, dim=True)}")
        lines += [f"  {_line(reason)}" for reason in project.reasons]
    if tests is not None:
        lines.append(f"{plural(len(tests), 'test file')} can see the change")
        lines += [f"  {each.path}: {each.reason}" for each in tests]
    if affected.unowned:
        count = plural(len(affected.unowned), "changed file")
        verb = "belongs" if len(affected.unowned) == 1 else "belong"
        lines.append(f"{count} {verb} to no project: {', '.join(affected.unowned[:5])}")
    return "\n".join(lines)


def _line(reason: Reason) -> str:
    tasks = f" [{', '.join(reason.tasks)}]" if reason.tasks else ""
    if reason.kind == "dependency":
        return f"{' -> '.join(reason.via)}: {reason.detail}{tasks}"
    place = f"{reason.path}: " if reason.path else ""
    return f"{place}{reason.detail}{tasks}"


def _github(affected: Affected) -> str:
    """Two lines for `$GITHUB_OUTPUT`: a matrix, and whether it holds anything.

    GitHub refuses an empty matrix, so a job must ask `any` first.
    """
    include = [{"project": project.name, "path": project.path} for project in affected.projects]
    matrix = json.dumps({"include": include}, separators=(",", ":"))
    return f"matrix={matrix}\nany={'true' if include else 'false'}\n"


def _gitlab(affected: Affected) -> str:
    """A child pipeline with one job a project; one that does nothing where none is affected."""
    if not affected.projects:
        return 'nothing-affected:\n  script:\n    - "echo nothing is affected"\n'
    jobs = []
    for project in affected.projects:
        name = json.dumps(f"test {project.name}")
        script = json.dumps(f"oneroof test {project.name}")
        jobs.append(
            f"{name}:\n  variables:\n    PROJECT: {json.dumps(project.name)}\n"
            f"    PROJECT_PATH: {json.dumps(project.path)}\n  script:\n    - {script}\n"
        )
    return "".join(jobs)
