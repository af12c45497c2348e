"""Selecting projects: names, globs, paths, `role:service`, `tag:x`, `api...` and `...ml`."""

import re
from collections.abc import Iterable, Sequence

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.globs import matches
from oneroof.workspace.graph import WORK, Graph
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.settings import Role

DOTS = "..."


def select(
    graph: Graph, selectors: Sequence[str], here: RelPath = paths.ROOT
) -> tuple[Project, ...]:
    """The projects that any selector names, sorted by path; all when there is no selector.

    `here` is the folder that relative paths start from. `api...` adds all that `api` depends
    on, `...ml` all that depend on `ml`.

    Raises:
        ConfigError: a selector names nothing; all such selectors are in one message.
    """
    projects = graph.workspace.projects
    if not selectors:
        return projects
    chosen: set[ProjectName] = set()
    unknown: list[str] = []
    for selector in selectors:
        found = _expand(graph, selector, here)
        if not found:
            unknown.append(selector)
        chosen.update(found)
    if unknown:
        raise _unknown(unknown, projects)
    return tuple(project for project in projects if project.name in chosen)


def _expand(graph: Graph, selector: str, here: RelPath) -> set[ProjectName]:
    core = selector.removeprefix(DOTS).removesuffix(DOTS)
    found = {project.name for project in _matching(graph.workspace.projects, core, here)}
    result = set(found)
    for name in found:
        if selector.endswith(DOTS):
            result.update(graph.closure(name, (WORK,)).internal)
        if selector.startswith(DOTS):
            result.update(graph.reached_by(name))
    return result


def _matching(projects: Iterable[Project], core: str, here: RelPath) -> list[Project]:
    kind, colon, value = core.partition(":")
    if colon and kind == "role":
        return [project for project in projects if project.role.value == value]
    if colon and kind == "tag":
        return [project for project in projects if value in project.tags]
    projects = tuple(projects)
    for name in (core, normalise_name(core)):
        by_name = [project for project in projects if _has_name(project, name)]
        if by_name:
            return by_name
    path = paths.normalise(here, core)
    if path is None:
        return []
    wild = any(mark in core for mark in "*?[")
    exact = [project for project in projects if project.path == path]
    if exact:
        return exact
    found = [
        project
        for project in projects
        if (matches(project.path, path) if wild else paths.is_within(project.path, path))
    ]
    # What several projects call themselves alike, their folders often tell apart.
    return found or [project for project in projects if paths.name(project.path) == core]


def _has_name(project: Project, name: str) -> bool:
    if any(mark in name for mark in "*?["):
        return "/" not in name and matches(project.name, name)
    if name in {project.name, project.name.partition("@")[0], project.metadata.name}:
        return True
    return project.metadata.name is not None and _normalised(name) == project.name


def _normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _unknown(unknown: Sequence[str], projects: Sequence[Project]) -> ConfigError:
    import difflib

    names: list[str] = [
        *(project.name for project in projects),
        *(f"role:{role}" for role in Role),
        *(project.path for project in projects),
    ]
    listed = ", ".join(f"`{each}`" for each in unknown)
    message = f"no project is selected by {listed}"
    close = [
        match
        for each in unknown
        for match in difflib.get_close_matches(
            each.removeprefix(DOTS).removesuffix(DOTS), names, n=2
        )
    ]
    if close:
        near = " or ".join(f"`{each}`" for each in dict.fromkeys(close))
        return ConfigError(message, hint=f"did you mean {near}?")
    return ConfigError(message, hint="`oneroof ls` shows all projects")
