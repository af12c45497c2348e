"""`oneroof versions`: which versions of third-party packages the projects get, and who asks."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import click

from oneroof.cli.context import Session, warn
from oneroof.cli.output import columns, plural, style, write, write_json
from oneroof.cli.work import Work
from oneroof.errors import FAILED, OK, OneroofError, SelectionError
from oneroof.locks.drift import Change, Versions, collect_versions, compare_shared
from oneroof.locks.model import Pin
from oneroof.locks.target import Target
from oneroof.rules.version_exceptions import VersionException, VersionExceptions
from oneroof.workspace.model import Project, ProjectName, Requirement

if TYPE_CHECKING:
    from oneroof.cli.own_versions import OwnVersion

_SHOWN = 4
"""How many projects a line of the table names."""


@click.command("versions")
@click.argument("package", nargs=-1)
@click.option("--in", "select", multiple=True, metavar="SELECT", help="Only of these projects.")
@click.option("--all", "show_all", is_flag=True, help="Also what has one version everywhere.")
@click.option(
    "--shared", is_flag=True, help="Say what one environment for all of them would change."
)
@click.option(
    "--bump",
    metavar="STEP",
    help="Raise the versions of these projects: major, minor, patch, or to a version.",
)
@click.option(
    "--dependents",
    type=click.Choice(["major", "minor", "patch"]),
    help="With --bump: also of those whose wheels would ask for something else.",
)
@click.option("--dry-run", is_flag=True, help="With --bump: show the changes, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def versions_command(
    session: Session,
    package: tuple[str, ...],
    *,
    select: tuple[str, ...],
    show_all: bool,
    shared: bool,
    bump: str | None,
    dependents: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Show packages of which projects have different versions, or raise those of projects.

    With names of packages: every version of each, which project has it, and who asks for it; of
    a project its own version, also where only building it tells.
    The versions are those of the environments that the projects' tests run in: from their locks,
    else as uv resolved them once. Recorded exceptions are told with owner and last day.

    With --bump the arguments select projects. Their versions are raised where they stand, and
    so are the ranges of dependents that would no longer allow them: all of it or nothing.
    """
    from packaging.utils import canonicalize_name

    if bump is not None:
        from oneroof.cli.bump import bump_versions

        return bump_versions(session, package, bump, dependents, dry_run=dry_run, as_json=as_json)
    if dependents is not None or dry_run:
        message = "`--dependents` and `--dry-run` belong to `--bump`"
        raise click.UsageError(message)
    work = Work(session)
    if shared:
        targets, pins = _pins(session, work, session.select(select))
        return _show_shared(work, targets, pins, as_json=as_json)
    names = {str(canonicalize_name(name)) for name in package}
    own = _own_versions(session, names)
    names -= {each.project for each in own}
    if own and not names:
        if as_json:
            write_json({"packages": [], "projects": [each.document for each in own]})
        else:
            write("\n".join(each.told for each in own))
        return OK
    _show(session, work, session.select(select), names, own, show_all=show_all, as_json=as_json)
    return OK


def _own_versions(session: Session, names: Iterable[str]) -> "list[OwnVersion]":
    """Those of the names that are projects, with their own versions."""
    projects = session.opened.graph.projects
    named = [ProjectName(name) for name in sorted(names) if name in projects]
    if not named:
        return []
    from oneroof.cli.own_versions import find_own_versions

    return find_own_versions(session, named)


def _show(
    session: Session,
    work: Work,
    projects: Sequence[Project],
    names: AbstractSet[str],
    own: "Sequence[OwnVersion]",
    *,
    show_all: bool,
    as_json: bool,
) -> None:
    """Packages of projects: those that are named, else those that differ."""
    from oneroof.cli.check_versions import recorded_exceptions
    from oneroof.rules.selectors import Selected

    _, pins = _pins(session, work, projects)
    found = collect_versions(pins)
    if unknown := names - {each.name for each in found}:
        listed = ", ".join(f"`{name}`" for name in sorted(unknown))
        message = f"no selected project has {listed}"
        raise SelectionError(message, hint="`oneroof versions --all` lists all packages")
    exceptions = recorded_exceptions(session, Selected(session.opened.graph))
    chosen = [each for each in found if (each.name in names if names else show_all or each.drifts)]
    if as_json:
        packages = [_document(session, each, exceptions) for each in chosen]
        write_json({"packages": packages, "projects": [each.document for each in own]})
    elif names:
        told = (_told(session, each, exceptions) for each in chosen)
        write("\n".join((*(each.told for each in own), *told)))
    else:
        _show_table(chosen, len(found), exceptions, show_all=show_all)


def _pins(
    session: Session, work: Work, projects: Sequence[Project]
) -> tuple[list[Target], dict[ProjectName, tuple[Pin, ...]]]:
    """The platforms and pins of each project's environment; where there is none, why is told."""
    from oneroof.environments.choice import target_of
    from oneroof.environments.model import Request
    from oneroof.workspace.development import work_kinds

    targets, found = [], {}
    with work.showing():
        for project in projects:
            kinds = work_kinds(session.opened.workspace, project)
            try:
                interpreter, pins = work.provider.pins(Request(project.name, kinds))
            except OneroofError as error:
                warn(f"{project.name}: {error.message}")
                continue
            targets.append(target_of(interpreter))
            found[project.name] = pins.pins
    return targets, found


def _requirements(session: Session, project: ProjectName, name: str) -> list[Requirement]:
    """The requirements for a package in the closure of a project."""
    from oneroof.workspace.development import work_kinds

    graph = session.opened.graph
    kinds = work_kinds(session.opened.workspace, graph.projects[project])
    closure = graph.closure(project, kinds)
    return [each for _, each in closure.requirements if each.name == name]


def _document(
    session: Session, found: Versions, exceptions: VersionExceptions
) -> dict[str, object]:
    return {
        "name": found.name,
        "versions": [
            {
                "version": each.version or None,
                "projects": [
                    {
                        "name": project,
                        "required_by": list(each.requirers[project]),
                        "requirements": [
                            {"requirement": one.pep508, "path": one.declared_in, "key": one.key}
                            for one in _requirements(session, project, found.name)
                        ],
                        "exception": _exception(_about(found, project, exceptions)),
                    }
                    for project in each.projects
                ],
            }
            for each in found.versions
        ],
    }


def _about(
    found: Versions, project: ProjectName, exceptions: VersionExceptions
) -> VersionException | None:
    """The exception that matters for a project: none where all have one version."""
    return exceptions.about(found.name, project) if found.drifts else None


def _exception(found: VersionException | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "owner": found.owner,
        "reason": found.reason,
        "until": found.until.isoformat(),
        "over": found.is_over,
    }


def _in_words(found: VersionException) -> str:
    until = f"ended on {found.until}" if found.is_over else f"until {found.until}"
    return f"{found.owner}, {until}"


def _told(session: Session, found: Versions, exceptions: VersionExceptions) -> str:
    lines = [style(found.name, bold=True)]
    for each in found.versions:
        lines.append(f"  {each.version or 'built from source'}")
        for project in each.projects:
            told = [
                f"{one.pep508}  ({one.declared_in}: {one.key})"
                for one in _requirements(session, project, found.name)
            ]
            internal = session.opened.graph.projects
            asked = [name for name in each.requirers[project] if name not in internal]
            if asked:
                told.append(f"required by {', '.join(asked)}")
            lines.append(f"    {project}: {'; '.join(told) or 'required by its tests'}")
            if (exception := _about(found, project, exceptions)) is not None:
                lines.append(f"      exception of {_in_words(exception)}: {exception.reason}")
    return "\n".join(lines)


def _show_table(
    chosen: Sequence[Versions], count: int, exceptions: VersionExceptions, *, show_all: bool
) -> None:
    rows = []
    for found in chosen:
        for index, each in enumerate(found.versions):
            listed = ", ".join(each.projects[:_SHOWN])
            hidden = len(each.projects) - _SHOWN
            more = f" and {hidden} more" if hidden > 0 else ""
            about = (_about(found, project, exceptions) for project in each.projects)
            told = "; ".join(dict.fromkeys(_in_words(one) for one in about if one is not None))
            name = found.name if index == 0 else ""
            rows.append((name, each.version or "-", listed + more, told))
    if rows:
        exception = "exception" if any(row[-1] for row in rows) else ""
        write(columns((("package", "version", "projects", exception), *rows)))
    drifting = sum(each.drifts for each in chosen)
    told = f"{plural(count, 'package')}, {drifting} in more than one version"
    more = "" if show_all else "; `--all` shows the rest"
    sys.stderr.write(told + more + "\n")


def _show_shared(
    work: Work,
    targets: Sequence[Target],
    pins: Mapping[ProjectName, tuple[Pin, ...]],
    *,
    as_json: bool,
) -> int:
    """What one environment for all of them would hold differently from their own."""
    try:
        with work.showing():
            shared = work.pins.together(tuple(pins), targets[0]).pins if pins else ()
    except OneroofError as error:
        if as_json:
            write_json({"ok": False, "changes": [], "conflict": error.message})
        sys.stderr.write(f"error: these projects cannot share one environment: {error.message}\n")
        return FAILED
    changes = compare_shared(pins, shared)
    if as_json:
        write_json({"ok": True, "changes": [_change(each) for each in changes], "conflict": None})
        return OK
    for each in changes:
        word = "downgrades" if each.is_downgrade else "upgrades"
        warn(f"{each.project}: one environment {word} `{each.name}` {each.own} -> {each.shared}")
    if not changes:
        write("one environment would give each project the versions it has now")
    return OK


def _change(change: Change) -> dict[str, object]:
    return {
        "project": change.project,
        "name": change.name,
        "own": change.own or None,
        "shared": change.shared or None,
        "downgrade": change.is_downgrade,
    }
