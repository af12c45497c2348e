"""`oneroof graph`: who depends on whom, as text, JSON, dot or mermaid."""

from typing import Literal

import click

from oneroof.cli.context import Session
from oneroof.cli.drawing import Arrow, Box, dot, mermaid
from oneroof.cli.output import show_problems, style, write, write_json
from oneroof.errors import Problem
from oneroof.workspace.graph import WORK, Graph
from oneroof.workspace.model import MAIN, Edge, Project, ProjectName

LEVELS: tuple[Literal["project", "package", "file"], ...] = ("project", "package", "file")


@click.command("graph")
@click.argument("select", nargs=-1)
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="project",
    show_default=True,
    help="What the nodes are: projects, import packages, or Python files.",
)
@click.option("--files", is_flag=True, help="The same as --level file.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "dot", "mermaid"]),
    default="text",
    show_default=True,
)
@click.pass_obj
def graph_command(
    session: Session,
    select: tuple[str, ...],
    *,
    level: Literal["project", "package", "file"],
    files: bool,
    as_json: bool,
    form: str,
) -> int:
    """Show the selected projects, all they depend on, and the edges between them.

    Dashed or bracketed edges are for development only. Cycles at run time are named on
    standard error as a path.

    With --level package or file: the code of the selected projects, what it imports directly,
    and the lines that do.
    """
    form = "json" if as_json else form
    level = "file" if files else level
    if level == "project":
        _show_projects(session, select, form)
    else:
        from oneroof.cli.graph_files import show_level

        show_level(session, select, level, form)
    return 0


def _show_projects(session: Session, select: tuple[str, ...], form: str) -> None:
    graph = session.opened.graph
    chosen = session.select(select)
    names = {project.name for project in chosen}
    if select:
        for project in chosen:
            names.update(graph.closure(project.name, (WORK,)).internal)
    projects = [each for each in graph.workspace.projects if each.name in names]
    edges = [
        edge
        for edge in graph.workspace.edges
        if edge.dependent in names and edge.dependency in names
    ]
    if form == "json":
        write_json(_document(graph, projects, edges))
    elif form == "text":
        write(_text(graph, projects, [project.name for project in chosen]))
    else:
        boxes = [Box(project.name, project.path) for project in projects]
        write((dot if form == "dot" else mermaid)(boxes, [_arrow(edge) for edge in edges]))
    show_problems(_cycles(graph))


def _document(graph: Graph, projects: list[Project], edges: list[Edge]) -> dict[str, object]:
    return {
        "nodes": [
            {"name": project.name, "path": project.path, "role": project.role.value}
            for project in projects
        ],
        "edges": [
            {
                "from": edge.dependent,
                "to": edge.dependency,
                "from_path": graph.projects[edge.dependent].path,
                "to_path": graph.projects[edge.dependency].path,
                "kinds": list(edge.kinds),
                "declared_in": sorted({each.declared_in for each in edge.requirements}),
                "keys": [each.key for each in edge.requirements],
            }
            for edge in edges
        ],
        "cycles": {
            "run_time": graph.cycles(run_time=True),
            "development": graph.cycles(run_time=False),
        },
    }


def _text(graph: Graph, projects: list[Project], chosen: list[ProjectName]) -> str:
    """A tree for each chosen project that no other project here depends on, then the rest."""
    reached = {edge.dependency for project in projects for edge in graph.dependencies(project.name)}
    shown: set[ProjectName] = set()
    lines: list[str] = []
    for name in (*(each for each in chosen if each not in reached), *chosen):
        if name not in shown:
            lines += _branch(graph, (name,), shown)
    return "\n".join(lines)


def _branch(graph: Graph, way: tuple[ProjectName, ...], shown: set[ProjectName]) -> list[str]:
    """The last project of a way and, below it, what it depends on; each is unfolded once."""
    name = way[-1]
    edges = [edge for edge in graph.dependencies(name) if len(way) == 1 or _is_inherited(edge)]
    if name in shown and edges:
        return [f"{name} …"]
    shown.add(name)
    lines: list[str] = [name]
    for edge in edges:
        kinds = "" if MAIN in edge.kinds else " " + style(f"[{', '.join(edge.kinds)}]", dim=True)
        corner, stem = ("└ ", "  ") if edge is edges[-1] else ("├ ", "│ ")
        if edge.dependency in way:
            lines.append(f"{corner}{edge.dependency}{kinds} (cycle)")
            continue
        first, *rest = _branch(graph, (*way, edge.dependency), shown)
        lines += [f"{corner}{first}{kinds}", *(f"{stem}{line}" for line in rest)]
    return lines


def _is_inherited(edge: Edge) -> bool:
    return any(kind == MAIN or kind.startswith("extra:") for kind in edge.kinds)


def _arrow(edge: Edge) -> Arrow:
    label = "" if MAIN in edge.kinds else ", ".join(edge.kinds)
    return Arrow(edge.dependent, edge.dependency, label)


def _cycles(graph: Graph) -> list[Problem]:
    return [
        Problem(
            graph.projects[cycle[0]].path,
            f"is in a run-time cycle: {' -> '.join(cycle)}",
            hint="move what both need into a project of its own, or into a dependency group",
        )
        for cycle in graph.cycles(run_time=True)
    ]
