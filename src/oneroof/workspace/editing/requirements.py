"""Lines of requirements files, put in and taken out so that all others stay as they are."""

from oneroof.workspace.dialects.requirements_lines import Wanted, parse_requirements
from oneroof.workspace.editing.arrays import place_among
from oneroof.workspace.editing.refusal import NotEditable


def add_line(text: str, item: str) -> str:
    """Add a requirement, in the order of the others, else behind the last."""
    wanted = [each for each in parse_requirements(text) if isinstance(each.content, Wanted)]
    if any(each.content.hashes for each in wanted if isinstance(each.content, Wanted)):
        reason = "its lines have hashes"
        raise NotEditable(reason)
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if "\r\n" in text else "\n"
    if not wanted:
        return _inserted(lines, len(lines), item, newline)
    is_named = not item.startswith(("-", ".", "/"))
    known = [
        each.text if isinstance(each.content, Wanted) and each.content.parsed else None
        for each in wanted
    ]
    index = place_among(known, item) if is_named else _behind_alike(known)
    if index:
        return _inserted(lines, _end(lines, wanted[index - 1].number), item, newline)
    return _inserted(lines, wanted[0].number - 1, item, newline)


def remove_line(text: str, number: int) -> str:
    """Take the requirement that starts on a line out, with all its physical lines."""
    lines = text.splitlines(keepends=True)
    return "".join(lines[: number - 1] + lines[_end(lines, number) :])


def parsed(text: str) -> list[str]:
    """What the lines say, in order."""
    return [each.text for each in parse_requirements(text)]


def _behind_alike(known: list[str | None]) -> int:
    """Behind the last of the lines that name a place, or in front of all."""
    return max((index + 1 for index, each in enumerate(known) if each is None), default=0)


def _end(lines: list[str], number: int) -> int:
    """The index behind the last physical line of what starts on a line."""
    index = number - 1
    while index + 1 < len(lines) and lines[index].rstrip("\r\n").endswith("\\"):
        index += 1
    return index + 1


def _inserted(lines: list[str], index: int, item: str, newline: str) -> str:
    before, after = "".join(lines[:index]), "".join(lines[index:])
    if before and not before.endswith("\n"):
        return f"{before}{newline}{item}"
    return f"{before}{item}{newline}{after}"
