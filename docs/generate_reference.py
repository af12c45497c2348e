"""Writes the parts of docs/reference that the code knows best.

    python docs/generate_reference.py           write them
    python docs/generate_reference.py --check   fail where one is not fresh

Commands and options come from the click parsers, settings from the structures they are read into
and the docstrings there, exit codes from the families of errors.
"""

import ast
import datetime as dt
import difflib
import inspect
import itertools
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import msgspec

from oneroof import errors
from oneroof.cli.main import GROUPS, PROGRAM, command
from oneroof.workspace.export_settings import ExportFormat, ExportInternal, ExportSettings
from oneroof.workspace.settings import (
    FlakySettings,
    ForbiddenSettings,
    IgnoreSettings,
    ImageSettings,
    ProjectSettings,
    Reason,
    Retries,
    Role,
    RulesSettings,
    TaskSettings,
    VersionExceptionSettings,
    WorkspaceSettings,
)

FOLDER = Path(__file__).parent / "reference"
NOTICE = "<!-- Written by docs/generate_reference.py from the code; `make docs` writes it anew. -->"
SELECT = "the projects: see [Select projects](../how-to/select-projects.md); none means all"
TABLES = (
    ("Workspace", "`[tool.oneroof]` in the root's `pyproject.toml`", WorkspaceSettings),
    (
        "Project",
        (
            "`[tool.oneroof]` in a project's own `pyproject.toml`, or "
            "`[tool.oneroof.projects.\"NAME-OR-PATH\"]` in the root's; the project's own wins"
        ),
        ProjectSettings,
    ),
    (
        "Task",
        (
            "`[tool.oneroof.tasks.NAME]` of a project; `NAME` is a task of your own, or a known "
            "one: `test`, `lint`, `fmt`, `types`"
        ),
        TaskSettings,
    ),
    (
        "Image",
        (
            "`[tool.oneroof.image]` of a project, or of the root, where it holds for all images; "
            "the project's own wins, key by key"
        ),
        ImageSettings,
    ),
    (
        "An entry of `exports`",
        "`[[tool.oneroof.exports]]` of a project",
        ExportSettings,
    ),
    ("Rules", "`[tool.oneroof.rules]` in the root's `pyproject.toml`", RulesSettings),
    (
        "An entry of `flaky`",
        "`[[tool.oneroof.flaky]]` in the root's `pyproject.toml`",
        FlakySettings,
    ),
    ("An entry of `forbidden`", "In `[tool.oneroof.rules] forbidden`", ForbiddenSettings),
    (
        "An entry of `version-exceptions`",
        "In `[[tool.oneroof.rules.version-exceptions]]`",
        VersionExceptionSettings,
    ),
    ("An entry of `ignore`", "In `[tool.oneroof.rules] ignore`", IgnoreSettings),
)
FURTHER_MEANINGS = {
    "ProjectSettings.role": "What the project is for: "
    + ", ".join(f"`{role}`" for role in Role)
    + ". Not set: found from evidence.",
    "ProjectSettings.tags": "Words of your own, to select projects by: `tag:WORD`.",
    "ProjectSettings.tasks": "The tables of its tasks, by name.",
    "TaskSettings.extras": "Extras its environment holds; not set: those found.",
    "TaskSettings.cache": "Whether a result that passed is kept and used again.",
}
"""The meaning of settings that say nothing of it themselves, which would count first."""


def main() -> int:
    """Write or check all pages."""
    pages = {
        "commands.md": render_commands(),
        "settings.md": render_settings(),
        "exit-codes.md": render_exit_codes(),
    }
    if "--check" not in sys.argv[1:]:
        for name, text in pages.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
        return 0
    stale = False
    for name, text in pages.items():
        path = FOLDER / name
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
        if committed != text:
            stale = True
            lines = (committed.splitlines(), text.splitlines())
            print("\n".join(difflib.unified_diff(*lines, str(path), "fresh", lineterm="", n=1)))
    if stale:
        print("the reference is not fresh; `make docs` writes it anew", file=sys.stderr)
    return int(stale)


def render_commands() -> str:
    """Every command with its arguments and options."""
    parts = ["# Commands", NOTICE, _top_level()]
    context = click.Context(command, info_name=PROGRAM)
    for title, group in GROUPS.items():
        parts.append(f"## {title}")
        for name in group:
            found = command.get_command(context, name)
            if found is None:
                message = f"`{name}` is listed but is no command"
                raise LookupError(message)
            parts += _command(found, click.Context(found, info_name=name, parent=context))
    return "\n\n".join(parts) + "\n"


def _top_level() -> str:
    help_text = inspect.cleandoc(command.help or "")
    return "\n\n".join(
        [f"`{PROGRAM} [OPTIONS] COMMAND`", help_text, _options(command), command.epilog or ""]
    )


def _command(each: click.Command, context: click.Context) -> Iterator[str]:
    yield f"### {context.command_path}"
    yield f"`{' '.join(each.get_usage(context).split()).removeprefix('Usage: ')}`"
    yield inspect.cleandoc(each.help or "").replace("\b\n", "")
    arguments = [param for param in each.params if isinstance(param, click.Argument)]
    if any(param.name == "select" for param in arguments):
        yield f"- `SELECT`: {SELECT}"
    if table := _options(each):
        yield table
    if isinstance(each, click.Group):
        for name, inner in sorted(each.commands.items()):
            yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _options(each: click.Command) -> str:
    rows = [
        f"| {_names(option)} | {_meaning(option)} |"
        for option in each.params
        if isinstance(option, click.Option) and not option.hidden
    ]
    return "\n".join(["| option | meaning |", "|---|---|", *rows]) if rows else ""


def _names(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return names
    value = option.metavar or (
        " \\| ".join(option.type.choices)
        if isinstance(option.type, click.Choice)
        else option.type.name.upper().replace(" RANGE", "")
    )
    return f"{names} {value}"


def _meaning(option: click.Option) -> str:
    said = (option.help or "").replace("|", "\\|")
    if option.multiple:
        said += " May be given several times."
    if option.show_default and not option.is_flag:
        said += f" Default: `{option.default}`."
    return said.strip()


def render_settings() -> str:
    """Every setting with its type, its default and its meaning."""
    parts = [
        "# Settings",
        NOTICE,
        (
            "None is required. An unknown key, or a value of another type, is an error that names "
            "the file and the key."
        ),
    ]
    for title, place, table in TABLES:
        rows = [
            f"| `{field.encode_name}` | {_type(field)} | {_default(field)} "
            f"| {_documented(table, field.name)} |"
            for field in msgspec.structs.fields(table)
        ]
        parts += [
            f"## {title}",
            f"{place}.",
            "\n".join(["| key | type | default | meaning |", "|---|---|---|---|", *rows]),
        ]
    return "\n\n".join(parts) + "\n"


def _documented(table: type[msgspec.Struct], name: str) -> str:
    key = f"{table.__name__}.{name}"
    meaning = field_docstrings(table).get(name) or FURTHER_MEANINGS.get(key)
    if meaning is None:
        message = f"nothing says what `{key}` means"
        raise LookupError(message)
    return " ".join(meaning.split()).replace("|", "\\|")


def field_docstrings(table: type[msgspec.Struct]) -> Mapping[str, str]:
    """The strings below the fields of a class, by the names of the fields."""
    parsed = ast.parse(textwrap.dedent(inspect.getsource(table))).body[0]
    found = {}
    body = parsed.body if isinstance(parsed, ast.ClassDef) else []
    for field, after in itertools.pairwise(body):
        match field, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = text
            case _:
                pass
    return found


_TYPES: Mapping[object, str] = {
    bool: "true or false",
    str: "string",
    Reason: "string, not empty",
    Retries: "whole number",
    Retries | None: "whole number",
    dt.date: "date",
    dt.date | None: "date",
    float | None: "number",
    str | None: "string",
    Role | None: "string",
    tuple[str, ...]: "list of strings",
    tuple[str, ...] | None: "list of strings",
    str | tuple[str, ...] | None: "string or list of strings",
    bool | tuple[str, ...]: "true, false or list of strings",
    dict[str, TaskSettings]: "table of tables",
    dict[str, ProjectSettings]: "table of tables",
    RulesSettings: "table",
    ImageSettings: "table",
    tuple[int, ...] | None: "list of numbers",
    dict[str, str] | None: "table of strings",
    dict[str, tuple[str, ...]] | None: "table of lists of strings",
    tuple[tuple[str, ...], ...]: "list of lists of strings",
    ExportFormat | None: "string",
    ExportInternal: "string",
    tuple[ExportSettings, ...]: "list of tables",
    tuple[FlakySettings, ...]: "list of tables",
    tuple[ForbiddenSettings, ...]: "list of tables",
    tuple[VersionExceptionSettings, ...]: "list of tables",
    tuple[IgnoreSettings, ...]: "list of tables",
}


def _type(field: msgspec.structs.FieldInfo) -> str:
    return _TYPES[field.type]


def _default(field: msgspec.structs.FieldInfo) -> str:
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    if field.required:
        return "required"
    if isinstance(field.default, msgspec.Struct):
        return "none"
    if isinstance(field.default, int):
        return f"`{field.default}`"
    return "none" if not field.default or field.default is msgspec.NODEFAULT else str(field.default)


def render_exit_codes() -> str:
    """Every exit code with what it stands for."""
    families = [
        errors.ConfigError,
        errors.SelectionError,
        errors.ToolError,
        errors.RemoteError,
    ]
    rows = [
        (errors.OK, "All is well, or nothing is affected."),
        (errors.FAILED, "A task failed, a rule is broken, or what was asked for is not so."),
        *((family.exit_code, inspect.cleandoc(family.__doc__ or "")) for family in families),
        (errors.BUG, "A bug in oneroof: a traceback comes with it, to be reported."),
        (errors.INTERRUPTED, "Interrupted; what had finished is kept."),
    ]
    lines = [f"| {code} | {meaning} |" for code, meaning in sorted(rows)]
    table = "\n".join(["| code | meaning |", "|---|---|", *lines])
    further = (
        "`oneroof exec` ends with the exit code of the command it runs. The usage of the command "
        "line counts as configuration."
    )
    return f"# Exit codes\n\n{NOTICE}\n\n{table}\n\n{further}" + "\n"


if __name__ == "__main__":
    sys.exit(main())
