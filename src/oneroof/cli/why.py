"""`oneroof why A B`: the declared path from a project to another or to a package, with lines."""

import click

from oneroof.cli.context import Session
from oneroof.cli.output import write, write_json
from oneroof.errors import FAILED, ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.graph import Graph, Step
from oneroof.workspace.model import Project, ProjectName


@click.command("why")
@click.argument("dependent")
@click.argument("dependency", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def why_command(session: Session, dependent: str, dependency: str | None, *, as_json: bool) -> int:
    """Show why DEPENDENT needs DEPENDENCY, a project or a third-party package.

    Below each declaration stand the lines that import it; for a third-party package those whose
    module has the package's own name. Where one of the two is a Python file, the shortest chain
    of imports from one to the other is shown.

    With one name only: every project that needs it directly, and how it says so; for a file,
    every line that imports it.
    """
    if dependency is None:
        return _show_dependents(session, dependent, as_json=as_json)
    from oneroof.cli.why_files import lines_behind, show_chain, shown_lines

    start, goal_file = _start(session, dependent), _file(session, dependency)
    if not isinstance(start, Project) or goal_file is not None:
        goal_end = goal_file or _one(session, dependency)
        return show_chain(session, start, goal_end, as_json=as_json)
    graph = session.opened.graph
    goal = _goal(graph, session, dependency)
    steps = graph.path(start.name, goal)
    behind = [lines_behind(session, step) for step in steps]
    if as_json:
        path = [
            {**_step(step), "imports": [each.document for each in lines]}
            for step, lines in zip(steps, behind, strict=True)
        ]
        write_json({"from": start.name, "to": goal, "path": path})
    elif steps:
        for step, lines in zip(steps, behind, strict=True):
            write("\n".join([_line(step), *shown_lines(step, lines)]))
    else:
        write(f"{start.name} does not need {goal}")
    return 0 if steps else FAILED


def _start(session: Session, name: str) -> Project | RelPath:
    return _file(session, name) or _one(session, name)


def _file(session: Session, name: str) -> RelPath | None:
    """The file a text names; None where a project has that very name."""
    from oneroof.cli.why_files import find_file

    return None if name in session.opened.graph.projects else find_file(session, name)


def _show_dependents(session: Session, name: str, *, as_json: bool) -> int:
    if (path := _file(session, name)) is not None:
        from oneroof.cli.why_files import show_users

        return show_users(session, path, as_json=as_json)
    graph = session.opened.graph
    goal = _goal(graph, session, name)
    if goal in graph.projects:
        steps = [
            Step(edge.dependent, requirement, edge.dependency)
            for edge in graph.dependents(ProjectName(goal))
            for requirement in edge.requirements
        ]
    else:
        steps = [
            Step(project.name, requirement, None)
            for project in graph.workspace.projects
            for requirement in project.metadata.requirements
            if requirement.name == goal
        ]
    if as_json:
        write_json({"to": goal, "dependents": [_step(step) for step in steps]})
    elif steps:
        write("\n".join(_line(step) for step in steps))
    else:
        write(f"nothing here declares {goal}")
    return 0 if steps else FAILED


def _one(session: Session, name: str) -> Project:
    found = session.select((name,))
    if len(found) > 1:
        listed = ", ".join(f"`{project.name}`" for project in found)
        message = f"`{name}` names several projects: {listed}"
        raise ConfigError(message, hint="name one of them")
    return found[0]


def _goal(graph: Graph, session: Session, name: str) -> str:
    """A project's name where the text selects one, else a normalised package name."""
    from packaging.utils import canonicalize_name

    normalised = str(canonicalize_name(name))
    if normalised in graph.projects:
        return normalised
    try:
        return _one(session, name).name
    except ConfigError:
        if "/" in name:
            raise
        return normalised


def _line(step: Step) -> str:
    requirement = step.requirement
    place = f"{requirement.declared_in}: {requirement.key}"
    arrow = step.dependency or requirement.name
    detail = f" ({requirement.kind})" if requirement.kind != "main" else ""
    wanted = requirement.pep508
    return f"{step.dependent} -> {arrow}{detail}  `{wanted}`  {place}"


def _step(step: Step) -> dict[str, object]:
    requirement = step.requirement
    return {
        "from": step.dependent,
        "to": step.dependency or requirement.name,
        "internal": step.dependency is not None,
        "kind": requirement.kind,
        "requirement": requirement.pep508,
        "declared_in": requirement.declared_in,
        "key": requirement.key,
    }
