"""`oneroof sync`: a project's `.venv`, holding what the project declares and nothing else."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oneroof import paths
from oneroof.cli.context import Session
from oneroof.cli.groups import chosen_kinds, with_local
from oneroof.cli.output import plural, show_problems, write_json
from oneroof.environments.model import Request
from oneroof.errors import FAILED, OK, ConfigError, OneroofError
from oneroof.workspace.model import Project

if TYPE_CHECKING:
    from oneroof.cli.work import Work


@click.command("sync")
@click.argument("select", nargs=-1)
@click.option("--with", "with_", multiple=True, metavar="GROUP", help="Add a group or an extra.")
@click.option("--group", "group", multiple=True, metavar="GROUP", help="The same as --with.")
@click.option("--only", multiple=True, metavar="GROUP", help="Only this group or extra.")
@click.option("--main", is_flag=True, help="Only what is needed at run time.")
@click.option("--no-project", is_flag=True, help="Leave the project itself out.")
@click.option("--no-editable", is_flag=True, help="Install built wheels of internal projects.")
@click.option("--local", multiple=True, metavar="NAME", help="Take a dependency from here.")
@click.option("--python", default="", metavar="VERSION", help="Demand a Python version.")
@click.option("--path", type=click.Path(path_type=Path), help="Where to, for one project.")
@click.option("--force", is_flag=True, help="Replace an environment oneroof did not make.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def sync_command(
    session: Session,
    select: tuple[str, ...],
    *,
    with_: tuple[str, ...],
    group: tuple[str, ...],
    only: tuple[str, ...],
    main: bool,
    no_project: bool,
    no_editable: bool,
    local: tuple[str, ...],
    python: str,
    path: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Make the .venv of the selected projects, for editors and shells.

    It holds the project and its internal dependencies, editable, and the locked packages of
    its closure: run-time requirements and the groups for development. A project that cannot
    have one is an error; all others go on.
    """
    from oneroof.cli.work import Work

    projects = session.select(select)
    if path is not None and len(projects) != 1:
        message = f"`--path` is for one project, and {len(projects)} are selected"
        raise ConfigError(message, hint="name one project")
    work = Work(with_local(session, projects, local))
    done = []
    for project in projects:
        if project.path != paths.ROOT and not project.metadata.manifests and not select:
            continue  # Terraform and the like have nothing to install.
        kinds = chosen_kinds(session.opened.workspace, project, (*with_, *group), only, main=main)
        request = Request(
            project.name,
            kinds,
            python=python,
            with_project=not no_project,
            editable=not no_editable,
        )
        folder = (path or session.opened.root / project.path / ".venv").absolute()
        done.append((project, folder, _sync(work, request, folder, force=force)))
        show_problems(project.metadata.problems)
    return _conclude(done, as_json=as_json)


Done = tuple[Project, Path, str]


def _sync(work: "Work", request: Request, folder: Path, *, force: bool) -> str:
    """`made`, `unchanged`, or what went wrong, said on standard error."""
    try:
        with work.showing():
            plan = work.provider.plan(request)
            made = work.provider.sync(plan, folder, force=force)
    except OneroofError as error:
        sys.stderr.write(f"error: {request.project}: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"hint: {error.hint}\n")
        return "error"
    return "made" if made else "unchanged"


def _conclude(done: list[Done], *, as_json: bool) -> int:
    if as_json:
        write_json(
            {
                "environments": [
                    {"project": project.name, "path": str(folder), "status": word}
                    for project, folder, word in done
                ]
            }
        )
    else:
        for project, folder, word in done:
            if word != "error":
                sys.stderr.write(f"{word}  {project.name}  {folder}\n")
    failed = sum(word == "error" for _, _, word in done)
    if failed:
        sys.stderr.write(f"{plural(failed, 'project')} of {len(done)} could not be synced\n")
    return FAILED if failed else OK
