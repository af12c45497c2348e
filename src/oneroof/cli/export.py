"""`oneroof export`: what a project needs at run time, as a file that other installers read."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from oneroof import disk
from oneroof.cli.context import Session, warn
from oneroof.cli.output import plural, write, write_json
from oneroof.errors import FAILED, OK, ConfigError
from oneroof.workspace.export_settings import ExportFormat, ExportInternal, ExportSettings

if TYPE_CHECKING:
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.exporting import Exported, Exporting
    from oneroof.workspace.model import Project


@click.command("export")
@click.argument("project", required=False)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where to, with wheels in `wheels` beside it; else it is printed.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["requirements", "pylock"]),
    help="What to write; else what the name of FILE says.",
)
@click.option("--no-hashes", is_flag=True, help="Leave the hashes out.")
@click.option(
    "--internal",
    type=click.Choice(["wheels", "git", "omit"]),
    default="wheels",
    show_default=True,
    help="Internal dependencies: as wheels beside FILE, from git, or not at all.",
)
@click.option("--group", "groups", multiple=True, metavar="NAME", help="A group it needs too.")
@click.option("--extra", "extras", multiple=True, metavar="NAME", help="An extra it needs too.")
@click.option("--platform", help="The machine it is for: linux/amd64 or linux/arm64; else any.")
@click.option("--python", metavar="VERSION", help="The Python it is for, such as 3.12; else any.")
@click.option("--check", is_flag=True, help="Only say what would change; 1 if anything would.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def export_command(
    session: Session,
    project: str | None,
    *,
    output: Path | None,
    format_: ExportFormat | None,
    no_hashes: bool,
    internal: ExportInternal,
    groups: tuple[str, ...],
    extras: tuple[str, ...],
    platform: str | None,
    python: str | None,
    check: bool,
    as_json: bool,
) -> int:
    """Write what PROJECT needs at run time, as its lock pins it, for other installers.

    A requirements file or a pylock.toml. Not the project itself, and no development groups.
    Without PROJECT, all files that `exports` in the settings name are written or checked; with
    PROJECT and `--check` but no FILE, its own.
    """
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.exporting import Exporting
    from oneroof.cli.work import Work

    wish = ExportSettings(
        path=str(output or "-"),
        format=format_,
        hashes=not no_hashes,
        internal=internal,
        groups=groups,
        extras=extras,
        platform=platform,
        python=python,
    )
    wanted = _wanted(session, project, wish, output, check=check)
    cache, work = DiskCache(disk.cache_root(), warn), Work(session)
    exporting = Exporting(session, work, cache)
    with work.showing(quiet=as_json):
        done = [(each, _make(exporting, each)) for each in wanted]
    if check:
        return _check(done, as_json=as_json)
    return _write(done, cache, as_json=as_json)


class _Wanted(msgspec.Struct, frozen=True):
    """One export that is asked for."""

    project: "Project"
    settings: ExportSettings
    output: Path | None
    said_in: str = ""
    """The place of the settings that ask for it; empty: the command line."""


_Done = tuple[_Wanted, "Exported"]


def _make(exporting: "Exporting", wanted: _Wanted) -> "Exported":
    """Make one export; what is wrong with it is told with the place that asks for it."""
    try:
        return exporting.make(wanted.project, wanted.settings, wanted.output)
    except ConfigError as error:
        if not wanted.said_in:
            raise
        message = f"{wanted.said_in}: {error.message}"
        raise ConfigError(message, hint=error.hint) from error


def _wanted(
    session: Session,
    project: str | None,
    wish: ExportSettings,
    output: Path | None,
    *,
    check: bool,
) -> list[_Wanted]:
    """What is to be exported, by the command line or by the settings."""
    from oneroof.cli.exporting import declared, refuse_folder

    if output is not None:
        refuse_folder(output)
    if project is not None and (output is not None or not check):
        return [_Wanted(session.select_one(project), wish, output)]
    if wish != ExportSettings(path="-"):
        message = "options say nothing of files that the settings declare"
        raise ConfigError(message, hint="give a project and a file with `-o`")
    projects = [session.select_one(project)] if project else session.opened.workspace.projects
    found = [
        _Wanted(each, own, place, said_in)
        for each in projects
        for own, place, said_in in declared(session, each)
    ]
    if not found:
        which = f"`{project}` declares" if project else "no project declares"
        message = f"{which} {'no ' if project else ''}files to export"
        hint = "give a project and a file with `-o`, or set `exports` in `[tool.oneroof]`"
        raise ConfigError(message, hint=hint)
    return found


def _write(done: list[_Done], cache: "DiskCache", *, as_json: bool) -> int:
    from oneroof.cli.exporting import write_export

    documents = []
    for wanted, exported in done:
        changed = False
        if wanted.output is not None:
            changed = write_export(exported, wanted.output, cache)
            if not as_json:
                count = plural(len(exported.export.entries), "distribution")
                sys.stderr.write(f"{wanted.output}: {count}{'' if changed else ', unchanged'}\n")
        elif not as_json:
            write(exported.export.text)
            if exported.built:
                sys.stderr.write("the wheels it names are written beside a file only, with `-o`\n")
        documents.append({**_document(wanted, exported), "changed": changed})
    if as_json:
        write_json({"exports": documents})
    return OK


def _check(done: list[_Done], *, as_json: bool) -> int:
    from oneroof.cli.exporting import differences

    documents, ok = [], True
    for wanted, exported in done:
        place = wanted.output or Path()
        found = differences(exported, place)
        ok = ok and not found
        documents.append({**_document(wanted, exported), "differences": found})
        if found and not as_json:
            write(f"{place}\n" + "".join(f"  {line}\n" for line in found))
            state = "is not what would be written" if place.exists() else "is not there"
            sys.stderr.write(f"error: {place}: {state}\n")
    if as_json:
        write_json({"ok": ok, "exports": documents})
    elif not ok:
        sys.stderr.write("hint: write it with the same command without `--check`\n")
    return OK if ok else FAILED


def _document(wanted: _Wanted, exported: "Exported") -> dict[str, object]:
    export = exported.export
    return {
        "project": wanted.project.name,
        "output": str(wanted.output) if wanted.output else None,
        "entries": [
            {
                "name": each.name,
                "version": each.version,
                "requirement": each.requirement,
                "marker": each.marker or None,
                "hashes": list(each.hashes),
                "internal": each.internal,
                "index": each.index or None,
            }
            for each in export.entries
        ],
        "wheels": [each.filename for each in exported.built],
        "without_hash": list(export.without_hash),
    }
