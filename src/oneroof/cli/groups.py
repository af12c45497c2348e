"""Which groups and extras of a project a command line asks for."""

from collections.abc import Sequence

import msgspec
from packaging.utils import canonicalize_name

from oneroof.cli.context import Session
from oneroof.errors import ConfigError
from oneroof.workspace.development import in_conflict, work_kinds
from oneroof.workspace.graph import link
from oneroof.workspace.model import MAIN, Kind, Project, Workspace, extra, group


def chosen_kinds(
    workspace: Workspace,
    project: Project,
    further: Sequence[str],
    only: Sequence[str],
    *,
    main: bool,
) -> tuple[Kind, ...]:
    """The kinds of requirements that are wanted: `main` first, then sorted.

    Raises:
        ConfigError: the project has no such group or extra; the message names those it has.
    """
    asked = {_kind(project, name) for name in (*further, *only)}
    _refuse_conflict(project, asked)
    if only:
        return tuple(sorted(asked))
    base = {MAIN} if main else set(work_kinds(workspace, project))
    # What was asked for displaces what is there by default.
    base = {kind for kind in base if not in_conflict(project, {kind, *asked})}
    return (MAIN, *sorted((base | asked) - {MAIN}))


def exported_kinds(
    project: Project, groups: Sequence[str], extras: Sequence[str]
) -> tuple[Kind, ...]:
    """`main`, and the groups and extras of a project that are wanted beside it.

    Raises:
        ConfigError: the project has no such group or extra, or they exclude each other.
    """
    own_groups = {canonicalize_name(each.name): each.name for each in project.metadata.groups}
    own_extras = {canonicalize_name(each): each for each in project.metadata.extras}
    for what, asked, own in (("group", groups, own_groups), ("extra", extras, own_extras)):
        for name in asked:
            if canonicalize_name(name) not in own:
                listed = ", ".join(f"`{each}`" for each in sorted(own.values())) or "none"
                message = f"{_manifest(project)}: there is no {what} `{name}`"
                raise ConfigError(message, hint=f"it has {listed}")
    kinds = {group(own_groups[canonicalize_name(name)]) for name in groups}
    kinds |= {extra(canonicalize_name(name)) for name in extras}
    _refuse_conflict(project, kinds)
    return (MAIN, *sorted(kinds))


def _manifest(project: Project) -> str:
    return str(next(iter(project.metadata.manifests), project.path))


def _refuse_conflict(project: Project, kinds: set[Kind]) -> None:
    if refused := in_conflict(project, kinds):
        listed = " and ".join(f"`{each}`" for each in refused)
        message = f"{project.name}: `tool.uv.conflicts` says that {listed} exclude each other"
        raise ConfigError(message, hint="ask for one of them")


def _kind(project: Project, name: str) -> Kind:
    wanted = canonicalize_name(name)
    groups = {canonicalize_name(each.name): each.name for each in project.metadata.groups}
    if wanted in groups:
        return group(groups[wanted])
    if wanted in map(canonicalize_name, project.metadata.extras):
        return extra(wanted)
    known = [*sorted(groups.values()), *sorted(project.metadata.extras)]
    listed = ", ".join(f"`{each}`" for each in known) or "none"
    message = f"{project.name} has no group or extra `{name}`"
    raise ConfigError(message, hint=f"it has {listed}")


def with_local(session: Session, projects: Sequence[Project], names: Sequence[str]) -> Session:
    """A session in which the projects take some dependencies from the workspace, not an index.

    Raises:
        ConfigError: the workspace has no such project.
    """
    if not names:
        return session
    from oneroof.locks.taken_from_index import internal_from_index

    opened = session.opened
    local = {canonicalize_name(each.name) for each in session.select(tuple(names))}
    taken = internal_from_index(opened.tree, opened.workspace.projects)
    kept = frozenset(
        (dependent, name)
        for dependent, name in taken
        if name not in local or dependent not in {project.name for project in projects}
    )
    edges = link(opened.workspace.projects, kept)
    workspace = msgspec.structs.replace(opened.workspace, edges=edges)
    return Session.of(msgspec.structs.replace(opened, given=workspace))
