"""`oneroof exec PROJECT -- CMD`: a command in a project's own environment."""

import os
import sys

import click

from oneroof.cli.context import Session
from oneroof.cli.groups import chosen_kinds
from oneroof.environments.model import Request, command_environment
from oneroof.errors import ConfigError, ToolError


@click.command(
    "exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.option("--with", "with_", multiple=True, metavar="GROUP", help="Add a group or an extra.")
@click.option("--only", multiple=True, metavar="GROUP", help="Only this group or extra.")
@click.option("--main", is_flag=True, help="Only what is needed at run time.")
@click.option("--python", default="", metavar="VERSION", help="Demand a Python version.")
@click.argument("project")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
@click.pass_obj
def execute_command(
    session: Session,
    project: str,
    command: tuple[str, ...],
    *,
    with_: tuple[str, ...],
    only: tuple[str, ...],
    main: bool,
    python: str,
) -> int:
    """Run a command in the environment of PROJECT, from the project's folder.

    The environment is the one its tests run in; nothing is written into the source tree.
    """
    from oneroof.cli.work import Work

    found = session.select((project,))
    if len(found) != 1:
        listed = ", ".join(f"`{each.name}`" for each in found)
        message = f"`{project}` names several projects: {listed}"
        raise ConfigError(message, hint="name one of them")
    kinds = chosen_kinds(session.opened.workspace, found[0], with_, only, main=main)
    work = Work(session)
    with work.showing():
        environment = work.provider.prepare(Request(found[0].name, kinds, python=python))
    words = command[1:] if command[0] == "--" else command
    if not words:
        message = "no command was given"
        raise ConfigError(message, hint="`oneroof exec PROJECT -- COMMAND`")
    variables = command_environment(environment, os.environ)
    os.chdir(session.opened.root / found[0].path)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        # Takes this process's place: signals, terminal and exit code are the command's own.
        os.execvpe(words[0], list(words), variables)  # noqa: S606
    except OSError as error:
        message = f"tried to run `{words[0]}` but it could not be started: {error.strerror}"
        hint = f"its environment holds the programs in `{environment.folder}/bin`"
        raise ToolError(message, hint=hint) from error
