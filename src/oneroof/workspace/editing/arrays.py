"""Items of TOML arrays put in and taken out, in the style of those around them."""

import re
from collections.abc import Callable, Sequence

from oneroof.workspace.dialects.pep508 import parse_line
from oneroof.workspace.editing.spans import Value

_REST_OF_LINE = re.compile(r"[ \t]*,?[ \t]*(?:#[^\n]*)?(?:\r?\n|$)")
_COMMA = re.compile(r"[ \t]*,")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_INDENT = "    "


def insert(text: str, array: Value, literal: str, index: int) -> str:
    """The text with a further item in front of the one at `index`, or behind the last."""
    items = array.items or ()
    if not items:
        return _insert_first(text, array, literal)
    if index == 0:
        first = items[0]
        if not _starts_line(text, first):
            return f"{text[: first.start]}{literal}, {text[first.start :]}"
        # Comments above the first item stay with it.
        place = text.index("\n", array.start) + 1
        return f"{text[:place]}{_indent(text, first)}{literal},{_newline(text)}{text[place:]}"
    before = items[index - 1]
    behind = items[index].start if index < len(items) else array.end - 1
    comma = _comma_behind(text, before)
    line_end = text.find("\n", before.end if comma is None else comma)
    is_own_line = line_end != -1 and line_end < behind
    is_comma_apart = comma is not None and "\n" in text[before.end : comma]
    if not is_own_line or is_comma_apart:
        return f"{text[: before.end]}, {literal}{text[before.end :]}"
    aligned = next((each for each in (before, *items) if _starts_line(text, each)), None)
    indent = _indent(text, aligned) if aligned is not None else _INDENT
    start = text[: line_end + 1]
    if comma is None:
        start = f"{text[: before.end]},{text[before.end : line_end + 1]}"
    comma_behind = "" if comma is None else ","
    return f"{start}{indent}{literal}{comma_behind}{_newline(text)}{text[line_end + 1 :]}"


def remove(text: str, array: Value, index: int) -> str:
    """The text without one item and the comment behind it; all other comments stay."""
    items = array.items or ()
    item = items[index]
    before = items[index - 1] if index else None
    behind = items[index + 1] if index + 1 < len(items) else None
    rest = _REST_OF_LINE.match(text, item.end)
    if rest is not None and _starts_line(text, item):
        start, end = text.rfind("\n", 0, item.start) + 1, rest.end()
        if before is not None and behind is None and _comma_behind(text, item) is None:
            comma = _COMMA.match(text, before.end)
            if comma is not None:
                return text[: before.end] + text[comma.end() : start] + text[end:]
    elif before is not None and _is_plain(text, before.end, item.start, " \t,"):
        start, end = before.end, item.end
    elif behind is not None and _is_plain(text, item.end, behind.start):
        start, end = item.start, behind.start
    elif before is not None and _is_plain(text, before.end, item.start):
        start, end = before.end, item.end
    else:
        comma = _COMMA.match(text, item.end)
        start, end = item.start, item.end if comma is None else comma.end()
    shorter = text[:start] + text[end:]
    if len(items) > 1:
        return shorter
    array_end = array.end - (end - start)
    inside = shorter[array.start + 1 : array_end - 1]
    if inside.strip():
        return shorter
    return f"{shorter[: array.start]}[]{shorter[array_end:]}"


def place_among(written: Sequence[str | None], new: str) -> int:
    """Where a requirement belongs in a list: in its order where it has one, else behind the last.

    Items that are no requirements are None: they keep their places.
    """
    known = [(index, each) for index, each in enumerate(written) if each is not None]
    if not known:
        return len(written)
    orders: tuple[Callable[[str], str], ...] = (name_in, str.casefold, str)
    for order in orders:
        keys = [order(each) for _, each in known]
        if keys == sorted(keys):
            later = (index for index, each in known if order(each) > order(new))
            return next(later, known[-1][0] + 1)
    return known[-1][0] + 1


def name_in(line: str) -> str:
    """The normalised name that a requirement line asks for; the line itself where it is none."""
    parsed = parse_line(line)
    return line.casefold() if isinstance(parsed, str) else parsed.name


def _insert_first(text: str, array: Value, literal: str) -> str:
    inside = text[array.start + 1 : array.end - 1]
    if "\n" not in inside:
        return f"{text[: array.start]}[{literal}]{text[array.end :]}"
    closing = text.rfind("\n", 0, array.end) + 1
    comment = re.search(r"\n([ \t]*)#", inside)
    own = text[closing : array.end - 1] + _INDENT
    line = f"{comment[1] if comment else own}{literal},{_newline(text)}"
    return text[:closing] + line + text[closing:]


def _comma_behind(text: str, item: Value) -> int | None:
    """The offset of the comma that follows an item, comments between them passed over."""
    gap = _GAP.match(text, item.end)
    place = item.end if gap is None else gap.end()
    return place if text.startswith(",", place) else None


def _is_plain(text: str, start: int, end: int, characters: str = " \t\r\n,") -> bool:
    """Whether nothing but blanks and commas stands between two items: no comment."""
    return not text[start:end].strip(characters)


def _starts_line(text: str, item: Value) -> bool:
    return not text[text.rfind("\n", 0, item.start) + 1 : item.start].strip()


def _indent(text: str, item: Value) -> str:
    return text[text.rfind("\n", 0, item.start) + 1 : item.start]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
