"""Turning values into text: JSON, aligned columns, problems."""

import json
import sys
from collections.abc import Iterable, Sequence

import click

from oneroof.cli.context import is_terminal
from oneroof.errors import Problem


def write(text: str) -> None:
    """Data, on standard output."""
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")


def write_json(value: object) -> None:
    """One JSON document, readable and the same for equal values."""
    write(json.dumps(value, indent=2, ensure_ascii=False))


def style(text: str, **look: bool | str) -> str:
    """Coloured on a terminal, plain elsewhere."""
    if not is_terminal(sys.stdout):
        return text
    return click.style(text, **look)  # type: ignore[arg-type]  # click's keywords, passed on


def columns(rows: Iterable[Sequence[str]], gap: str = "  ") -> str:
    """Rows of cells as lines with aligned columns; trailing blanks are left out."""
    table = [tuple(row) for row in rows]
    if not table:
        return ""
    count = max(len(row) for row in table)
    widths = [
        max((len(click.unstyle(row[index])) for row in table if index < len(row)), default=0)
        for index in range(count)
    ]
    return "\n".join(
        gap.join(
            cell + " " * (widths[index] - len(click.unstyle(cell)))
            for index, cell in enumerate(row)
        ).rstrip()
        for row in table
    )


def show_problems(problems: Iterable[Problem]) -> None:
    """Everything that is wrong, on standard error, fatal ones first."""
    for problem in sorted(set(problems), key=lambda each: (not each.fatal, str(each))):
        kind = "error" if problem.fatal else "warning"
        sys.stderr.write(f"{kind}: {problem}\n")
        if problem.hint:
            sys.stderr.write(f"hint: {problem.hint}\n")


def plural(count: int, noun: str) -> str:
    """`1 project`, `2 projects`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
