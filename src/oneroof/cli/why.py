"""`oneroof why A B`: the declared path from a project to another, or to a package."""

import click

from oneroof.cli.context import Session
from oneroof.cli.output import write, write_json
from oneroof.errors import FAILED, ConfigError
from oneroof.workspace.graph import Graph, Step
from oneroof.workspace.model import Project, ProjectName


@click.command("why")
@click.argument("dependent")
@click.argument("dependency", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def why_command(session: Session, dependent: str, dependency: str | None, *, as_json: bool) -> int:
    """Show why DEPENDENT needs DEPENDENCY, a project or a third-party package.

    With one name only: every project that needs it directly, and how it says so.
    """
    graph = session.opened.graph
    if dependency is None:
        return _show_dependents(session, dependent, as_json=as_json)
    start = _one(session, dependent)
    goal = _goal(graph, session, dependency)
    steps = graph.path(start.name, goal)
    if as_json:
        write_json({"from": start.name, "to": goal, "path": [_step(step) for step in steps]})
    elif steps:
        write("\n".join(_line(step) for step in steps))
    else:
        write(f"{start.name} does not need {goal}")
    return 0 if steps else FAILED


def _show_dependents(session: Session, name: str, *, as_json: bool) -> int:
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
