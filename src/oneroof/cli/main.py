"""The `oneroof` command: its groups, the loading of commands on demand, errors to exit codes."""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from oneroof import __version__
from oneroof.cli.context import Session
from oneroof.errors import BUG, INTERRUPTED, OneroofError, ToolError
from oneroof.workspace.reading import Reading

GROUPS: dict[str, dict[str, str]] = {
    "look": {
        "ls": "list the projects",
        "graph": "show who depends on whom: projects, packages or files",
        "why": "show the path from one project or file to another, or to a package",
        "affected": "show what a change touches, with reasons",
        "versions": "show which versions of packages differ, and who asks; raise those of projects",
        "explain": "say why a target would run or not, and what differs from last time",
    },
    "work": {
        "sync": "make a project's .venv for editors and shells",
        "exec": "run a command in a project's environment",
        "lock": "bring stale locks up to date with the tools that own them",
    },
    "run": {
        "run": "run tasks",
        "test": "run the tests that are not known to pass",
        "lint": "run the linters the projects use",
        "fmt": "format, or check the format of, the code",
        "types": "run the type checkers the projects use",
        "check": "check what must hold: manifests, locks, cycles",
    },
    "ship": {
        "wheel": "build the wheels of projects and of what they need from the workspace",
        "stage": "write the smallest build context that makes an image of a project",
        "export": "write what a project needs at run time for other installers",
        "image": "build the image of a project without an engine, and push it",
        "publish": "upload the wheels of projects and of what they need to an index",
    },
    "keep": {
        "cache": "show or prune what is kept",
        "edges": "show or take out what tests were found to depend on",
        "clean": "remove environments that nothing uses any more",
    },
}
MODULES = {name: name for group in GROUPS.values() for name in group} | {
    "exec": "execute",
    "test": "run",
    "lint": "run",
    "fmt": "run",
    "types": "run",
}
PROGRAM = "oneroof"


class Commands(click.Group):
    """The top-level group: a command's module is imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of their groups."""
        del ctx
        return [name for group in GROUPS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; None where there is no such command."""
        del ctx
        if cmd_name not in MODULES:
            return None
        module = importlib.import_module(f"oneroof.cli.{MODULES[cmd_name]}")
        command = getattr(module, f"{cmd_name.replace('exec', 'execute')}_command")
        if not isinstance(command, click.Command):
            message = f"{module.__name__} holds no command {cmd_name!r}"
            raise TypeError(message)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one is nearest."""
        if args and args[0] not in MODULES and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], MODULES, n=1)
            hint = f"did you mean `{close[0]}`?" if close else "`oneroof --help` lists them"
            ctx.fail(f"there is no command `{args[0]}`; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by group, without importing any."""
        del ctx
        for title, group in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(list(group.items()))


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Selecting projects: names, globs, paths, role:service, tag:x; api... adds what api "
    "depends on, ...ml what depends on ml; none means all.",
)
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The workspace root; by default the top of the git work tree around here.",
)
@click.version_option(__version__, "-V", "--version", message="oneroof %(version)s")
@click.pass_context
def command(ctx: click.Context, root: Path | None) -> None:
    """Test, check and ship the projects of a Python monorepo, and only what must move.

    Without a command: where am I, what is here, what changed, what would run.
    """
    ctx.obj = Session(root, ctx.obj if root is None else None)
    if ctx.invoked_subcommand is None:
        from oneroof.cli.status import show_status

        ctx.exit(show_status(ctx.obj))


def run(arguments: Sequence[str], reading: Reading | None = None) -> int:
    """Run one command line and return its exit code; errors are shown on standard error.

    `reading` is git at work on the workspace around here, where it was started already.
    """
    try:
        result = command.main(list(arguments), PROGRAM, standalone_mode=False, obj=reading)
        sys.stdout.flush()
    except click.ClickException as error:
        return _show_usage(error)
    except OneroofError as error:
        return _show(error)
    except (KeyboardInterrupt, click.exceptions.Abort):
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away: not an error of ours; keep the interpreter from saying so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  the one place where a bug of ours is shown
        told = _of_the_machine(error)
        return _show_bug() if told is None else _show(told)
    return result if isinstance(result, int) else 0


def _show(error: OneroofError) -> int:
    sys.stderr.write(f"error: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"hint: {error.hint}\n")
    return error.exit_code


def _of_the_machine(error: Exception) -> OneroofError | None:
    """What to say where the disk is full, or somebody took the cache away; None: it is a bug."""
    import errno

    from oneroof.disk import cache_root

    if not isinstance(error, OSError):
        return None
    cache = str(cache_root())
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
    if not full and not str(error.filename or "").startswith(cache):
        return None
    message = f"tried to use the cache `{cache}` but: {error.strerror}"
    hint = "make room, or name another folder in `ONEROOF_CACHE_DIR`; nothing false was kept"
    return ToolError(message, hint=hint)


def _show_usage(error: click.ClickException) -> int:
    message = error.format_message().rstrip(".")
    sys.stderr.write(f"error: {message[:1].lower()}{message[1:]}\n")
    if isinstance(error, click.UsageError) and error.ctx is not None:
        sys.stderr.write(f"hint: `{error.ctx.command_path} --help` shows the usage\n")
    return 2


def _show_bug() -> int:
    import traceback

    traceback.print_exc()
    sys.stderr.write("error: this is a bug in oneroof; please report it with the lines above\n")
    return BUG
