"""Lists of requirements in `setup.cfg`, changed so that all else stays as it is written."""

import re
from configparser import Error as ConfigParserError

import msgspec

from oneroof.workspace.dialects.setuptools_fields import CaseSensitiveParser
from oneroof.workspace.editing.arrays import name_in, place_among
from oneroof.workspace.editing.keys import Path
from oneroof.workspace.editing.refusal import NotEditable

_SECTION = re.compile(r"\[(?P<name>[^\]]+)\]")
_OPTION = re.compile(r"(?P<name>[^\s:=#;\[][^:=]*?)\s*[=:]\s*(?P<value>.*)")
_FROM_FILE = "file:"


class _Option(msgspec.Struct, frozen=True):
    """An option with its value, by line indexes."""

    section: str
    header: int
    name: str
    line: int
    inline: str
    """What stands on the option's own line."""
    lines: tuple[int, ...] = ()
    """The further lines of its value that are neither empty nor comments."""


def add_requirement(text: str, section: str, option: str, item: str) -> str:
    """Add a requirement to an option, in the order of its others."""
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if "\r\n" in text else "\n"
    found = _find(lines, section, option)
    if found is None:
        return _with_option(lines, section, f"{option} ={newline}    {item}{newline}", newline)
    if found.inline.startswith(_FROM_FILE):
        reason = f"`{option}` is read from a file"
        raise NotEditable(reason)
    if found.inline and not found.lines:
        if ";" in item:
            reason = f"`{option}` has all its requirements on one line"
            raise NotEditable(reason)
        ending = lines[found.line][len(lines[found.line].rstrip()) :]
        lines[found.line] = f"{lines[found.line].rstrip()}; {item}{ending}"
        return "".join(lines)
    known = [lines[each].strip() for each in found.lines]
    index = place_among(known, item)
    indent = "    "
    if found.lines:
        indent = re.match(r"[ \t]*", lines[found.lines[0]])[0]  # type: ignore[index]  # matches
    place = found.lines[index - 1] if index else found.line
    return _inserted(lines, place, f"{indent}{item}{newline}", newline)


def remove_requirement(text: str, section: str, option: str, name: str) -> str:
    """Take all requirements of a name out of an option."""
    lines = text.splitlines(keepends=True)
    found = _find(lines, section, option)
    if found is None:
        return text
    if found.inline.startswith(_FROM_FILE):
        reason = f"`{option}` is read from a file"
        raise NotEditable(reason)
    unwanted = {each for each in found.lines if name_in(bare(lines[each])) == name}
    if found.inline:
        kept = [each for each in found.inline.split(";") if name_in(bare(each)) != name]
        start = lines[found.line].index(found.inline)
        lines[found.line] = lines[found.line][:start] + lines[found.line][start:].replace(
            found.inline, ";".join(kept).strip(), 1
        )
    return "".join(each for index, each in enumerate(lines) if index not in unwanted)


def parsed(text: str) -> dict[tuple[str, str], list[str]]:
    """The items of each option, by section and name, as setuptools takes them apart."""
    parser = CaseSensitiveParser(strict=False)
    try:
        parser.read_string(text)
    except ConfigParserError as error:
        reason = "it is no configuration file"
        raise NotEditable(reason) from error
    return {
        (section, _spelled(section, name)): _items(value or "")
        for section in parser.sections()
        for name, value in parser.items(section)
    }


def _spelled(section: str, name: str) -> str:
    """The name of an option: of setuptools' own, `-` and `_` are the same."""
    return name.replace("-", "_") if section == "options" else name


def _items(value: str) -> list[str]:
    items = value.splitlines() if "\n" in value else value.split(";")
    return [item.strip() for item in items if item.strip()]


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, of every section, option and item."""
    found: dict[Path, int] = {}
    for each in _options(text.splitlines(keepends=True)):
        above = tuple(each.section.split("."))
        found.setdefault(above, each.header + 1)
        path = (*above, _spelled(each.section, each.name))
        found.setdefault(path, each.line + 1)
        places = (each.line, *each.lines) if each.inline else each.lines
        for index, place in enumerate(places):
            found.setdefault((*path, index), place + 1)
    return found


def _find(lines: list[str], section: str, name: str) -> _Option | None:
    """An option with the lines of its value."""
    for each in _options(lines):
        if each.section == section and _spelled(section, each.name) == name:
            return each
    return None


def _options(lines: list[str]) -> list[_Option]:
    """All options, in order."""
    found: list[_Option] = []
    section, header = "", 0
    is_inside = False
    for index, line in enumerate(lines):
        if line[:1] in {" ", "\t", "\r", "\n", "#", ";"}:
            if is_inside and line.strip() and line.strip()[0] not in "#;":
                last = found[-1]
                found[-1] = msgspec.structs.replace(last, lines=(*last.lines, index))
        elif match := _SECTION.match(line):
            section, header, is_inside = match["name"], index, False
        elif match := _OPTION.match(line):
            name, value = match["name"].strip(), match["value"].strip()
            found.append(_Option(section, header, name, index, value))
            is_inside = True
    return found


def _with_option(lines: list[str], section: str, option: str, newline: str) -> str:
    """The text with a new option at the end of a section, which is made where there is none."""
    here, last = "", -1
    for index, line in enumerate(lines):
        if match := _SECTION.match(line):
            here = match["name"]
        if here == section and line.strip():
            last = index
    if last >= 0:
        return _inserted(lines, last, option, newline)
    text = "".join(lines)
    gap = "" if not text or text.endswith("\n") else newline
    return f"{text}{gap}{newline if text else ''}[{section}]{newline}{option}"


def _inserted(lines: list[str], index: int, new: str, newline: str) -> str:
    """The text with further lines behind the one at an index."""
    before = "".join(lines[: index + 1])
    if not before.endswith("\n"):
        return f"{before}{newline}{new.removesuffix(newline)}"
    return before + new + "".join(lines[index + 1 :])


def bare(line: str) -> str:
    """A line without blanks around it and the comment behind it."""
    return line.strip().partition(" #")[0].strip()
