"""`oneroof ls`: the projects and what they are."""

from typing import TYPE_CHECKING

import click

from oneroof import paths
from oneroof.cli.context import Session
from oneroof.cli.output import columns, show_problems, style, write, write_json
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Project

if TYPE_CHECKING:
    from oneroof.tasks.catalogue import Catalogue


@click.command("ls")
@click.argument("select", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def ls_command(session: Session, select: tuple[str, ...], *, as_json: bool) -> int:
    """List the projects of the workspace."""
    session.look_ahead()
    projects = session.select(select)
    opened = session.opened
    if as_json:
        from oneroof.tasks.catalogue import Catalogue

        catalogue = Catalogue(opened.graph, opened.tree)
        described = [describe(catalogue, opened.graph, project) for project in projects]
        write_json({"root": ".", "projects": described})
    else:
        write(_table(opened.graph, projects))
    problems = [problem for project in projects for problem in project.metadata.problems]
    show_problems([*opened.workspace.problems, *problems])
    return 0


def describe(catalogue: "Catalogue", graph: Graph, project: Project) -> dict[str, object]:
    """One project as `ls --json` shows it."""
    metadata = project.metadata
    return {
        "name": project.name,
        "path": project.path,
        "role": project.role.value,
        "role_evidence": project.role_evidence,
        "version": metadata.version,
        "requires_python": metadata.requires_python or None,
        "build_backend": metadata.build_backend,
        "distribution": metadata.name,
        "dialects": list(metadata.dialects),
        "import_packages": [package.name for package in metadata.import_packages],
        "dependencies": [edge.dependency for edge in graph.dependencies(project.name)],
        "requirements": sum(
            not graph.is_internal(project.name, each) for each in metadata.requirements
        ),
        "tasks": catalogue.task_names(project),
        "tags": list(project.tags),
        "lock": project.lock,
        "problems": [str(problem) for problem in metadata.problems],
    }


def _table(graph: Graph, projects: tuple[Project, ...]) -> str:
    if not projects:
        return "no projects"
    rows = [
        tuple(style(each, bold=True) for each in ("project", "role", "version", "path", "uses"))
    ]
    for project in projects:
        uses = ", ".join(edge.dependency for edge in graph.dependencies(project.name))
        path = project.path if str(project.path) != project.name else "·"
        shown = "(root)" if project.path == paths.ROOT else path
        version = project.metadata.version or "-"
        rows.append((project.name, project.role.value, version, shown, uses))
    return columns(rows)
