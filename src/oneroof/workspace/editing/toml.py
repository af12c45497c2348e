"""Lists and keys of a TOML text, changed so that all else stays as it is written."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from itertools import pairwise

from oneroof.workspace.editing import arrays
from oneroof.workspace.editing.keys import Path
from oneroof.workspace.editing.refusal import NotEditable
from oneroof.workspace.editing.spans import Pair, Section, Value, read_sections

Names = tuple[str, ...]
Literal = str | tuple[str, ...] | Mapping[str, str | bool]
"""A text, a list of texts, or an inline table."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_COMMENT_LINE = re.compile(r"[ \t]*#[^\n]*(?:\n|$)")


def add_item(text: str, path: Names, item: str) -> str:
    """Add a text to the list at a path, in its order; the list is made where there is none."""
    array = _find_value(read_sections(text), path)
    if array is None:
        return _add(text, path[:-1], path[-1], (item,))
    written = [_text_of(text, each) for each in array.items or ()]
    quote = text[array.items[-1].start] if array.items else '"'
    literal = _quoted(item, quote)
    return arrays.insert(text, array, literal, arrays.place_among(written, item))


def remove_items(text: str, path: Names, unwanted: Callable[[str], bool]) -> str:
    """Take the texts that are not wanted out of the list at a path."""
    array = _find_value(read_sections(text), path)
    count = len(array.items or ()) if array is not None else 0
    for index in reversed(range(count)):
        array = _find_value(read_sections(text), path)
        if array is not None and array.items is not None:
            found = _text_of(text, array.items[index])
            if found is not None and unwanted(found):
                text = arrays.remove(text, array, index)
    return text


def remove_element(text: str, path: Names, index: int) -> str:
    """Take one element, by its index, out of an array or an array of tables."""
    sections = read_sections(text)
    array = _find_value(sections, path)
    if array is not None:
        return arrays.remove(text, array, index)
    return _without_sections(text, (*path, index))


def add_key(text: str, path: Names, value: Literal) -> str:
    """Add a key to its table, in its order; the table is made where there is none."""
    *above, name = path
    if _pair_below(read_sections(text), path) is not None:
        reason = f"`{'.'.join(path)}` is there already"
        raise NotEditable(reason)
    return _add(text, tuple(above), name, value)


def remove_key(text: str, path: Names, *, prune: bool = False) -> str:
    """Take a key and all below it out; with `prune` also the table around it, if then empty."""
    while (found := _pair_below(read_sections(text), path)) is not None:
        text = _without_pair(text, *found)
    text = _without_sections(text, path)
    return _pruned(text, path[:-1]) if prune else text


def _add(text: str, table: Names, name: str, value: Literal) -> str:
    sections = read_sections(text)
    for section in sections:
        if section.path == table:
            return _add_line(text, section, section.pairs, (name,), value)
    inline = _find_value(sections, table)
    if inline is not None and inline.pairs is not None:
        written = f"{_key(name)} = {_literal(value, text, inline.pairs)}"
        if not inline.pairs:
            return f"{text[: inline.start]}{{ {written} }}{text[inline.end :]}"
        last = inline.pairs[-1].value.end
        return f"{text[:last]}, {written}{text[last:]}"
    for section in sections:
        depth = len(section.path)
        if section.path == table[:depth]:
            dotted = tuple(
                each
                for each in section.pairs
                if each.keys[: len(table) - depth] == table[depth:] and len(each.keys) > 1
            )
            if dotted:
                return _add_line(text, section, dotted, (*table[depth:], name), value)
    return _add_section(text, sections, table, f"{_key(name)} = {_literal(value, text, ())}")


def _add_line(
    text: str,
    section: Section,
    pairs: tuple[Pair, ...],
    names: Names,
    value: Literal,
) -> str:
    """A further line among the pairs of a section whose keys start alike."""
    *prefix, name = names
    key = ".".join(map(_key, names))
    literal = _literal(value, text, pairs)
    if not pairs:
        line = f"{key} = {literal}{_newline(text)}"
        if section.body and not text[: section.body].endswith("\n"):
            return f"{text}{_newline(text)}{key} = {literal}"
        return text[: section.body] + line + text[section.body :]
    index = _place(pairs, len(prefix), name)
    neighbour = pairs[max(index - 1, 0)]
    indent = text[text.rfind("\n", 0, neighbour.start) + 1 : neighbour.start]
    line = f"{indent}{key}{_separator(text, pairs, key)}{literal}"
    if index == 0:
        # Comments above the first key stay with it.
        place = section.body if not prefix else text.rfind("\n", 0, pairs[0].start) + 1
        return f"{text[:place]}{line}{_newline(text)}{text[place:]}"
    end = text.find("\n", neighbour.value.end)
    if end < 0:
        return f"{text}{_newline(text)}{line}"
    return f"{text[: end + 1]}{line}{_newline(text)}{text[end + 1 :]}"


def _place(pairs: tuple[Pair, ...], depth: int, name: str) -> int:
    """Where a key belongs: in the order of the others, `python` left aside, else at the end."""
    names = [each.keys[depth] for each in pairs]
    judged = [each.casefold() for each in names if each != "python"]
    if len(judged) > 1 and judged == sorted(judged):
        for index, each in enumerate(names):
            if each != "python" and each.casefold() > name.casefold():
                return index
    return len(pairs)


def _separator(text: str, pairs: tuple[Pair, ...], key: str) -> str:
    """What stands between a key and its value: aligned where the others are."""
    lengths = [each.key_end - each.start for each in pairs]
    columns = {
        length + text[each.key_end : each.value.start].index("=")
        for length, each in zip(lengths, pairs, strict=True)
    }
    last = text[pairs[-1].key_end : pairs[-1].value.start]
    after = last[last.index("=") :]
    if len(columns) == 1 and len(set(lengths)) > 1:
        return " " * max(columns.pop() - len(key), 1) + after
    return (" " if last.startswith((" ", "\t")) else "") + after


def _add_section(text: str, sections: tuple[Section, ...], table: Names, line: str) -> str:
    newline = _newline(text)
    header = f"[{'.'.join(map(_key, table))}]"
    place = _section_place(text, sections, table)
    before, after = text[:place], text[place:]
    if before and not before.endswith("\n"):
        return f"{before}{newline}{newline}{header}{newline}{line}"
    empty = f"{newline}{newline}"
    # Where no empty line stands between tables, none is wanted.
    newline_between = newline if _is_spaced(text, sections) else ""
    gap = newline_between if before and not before.endswith(empty) else ""
    end = newline_between if after and not after.startswith(("\n", "\r\n")) else ""
    return f"{before}{gap}{header}{newline}{line}{newline}{end}{after}"


def _is_spaced(text: str, sections: tuple[Section, ...]) -> bool:
    """Whether empty lines stand between tables; also where there are no two."""
    gaps = [
        text[_content_end(text, one) : other.start]
        for one, other in pairwise(sections)
        if one.path or one.pairs
    ]
    return not gaps or any(gap.lstrip(" \t").startswith(("\n", "\r\n")) for gap in gaps)


def _section_place(text: str, sections: tuple[Section, ...], table: Names) -> int:
    """Behind the last section that has most of the table's path; groups, behind `[project]`."""
    wanted: Path = ("project",) if table[0] == "dependency-groups" else table
    best, chosen = 0, sections[-1]
    for section in sections:
        common = 0
        for one, other in zip(section.path, wanted, strict=False):
            if one != other:
                break
            common += 1
        if common and common >= best:
            best, chosen = common, section
    return _content_end(text, chosen)


def _content_end(text: str, section: Section) -> int:
    """Where a section ends: comments right above the next one belong to that."""
    place = section.body
    if section.pairs:
        end = text.find("\n", section.pairs[-1].value.end)
        place = len(text) if end < 0 else end + 1
    further = place
    while further < section.end and (comment := _COMMENT_LINE.match(text, further)):
        further = comment.end()
    return place if further >= section.end and section.end < len(text) else further


def _without_pair(text: str, section: Section, pair: Pair, holder: Value | None) -> str:
    if holder is not None:
        pairs = holder.pairs or ()
        index = pairs.index(pair)
        if index + 1 < len(pairs):
            return text[: pair.start] + text[pairs[index + 1].start :]
        start = pairs[index - 1].value.end if index else holder.start + 1
        end = pair.value.end if index else holder.end - 1
        return text[:start] + text[end:]
    start = max(text.rfind("\n", 0, pair.start) + 1, section.body)
    end = text.find("\n", pair.value.end)
    return text[:start] + ("" if end < 0 else text[end + 1 :])


def _without_sections(text: str, path: Path) -> str:
    """The text without the tables at a path and below."""
    for section in reversed(read_sections(text)):
        if path and section.path[: len(path)] == path:
            end = _content_end(text, section)
            gap = re.compile(r"(?:[ \t]*\r?\n)*").match(text, end)
            text = text[: section.start] + text[end if gap is None else gap.end() :]
    return text


def _pruned(text: str, table: Names) -> str:
    """The text without a table that holds nothing, not even a comment."""
    for section in read_sections(text):
        if section.path == table and not text[section.body : section.end].strip():
            return text[: section.start] + text[section.end :]
    return text


def _pair_below(
    sections: tuple[Section, ...], path: Names
) -> tuple[Section, Pair, Value | None] | None:
    """The first pair at a path or below it, with the inline table that holds it."""
    for section in sections:
        depth = len(section.path)
        if section.path != path[:depth] or depth >= len(path):
            continue
        pairs: tuple[Pair, ...] = section.pairs
        holder: Value | None = None
        rest = path[depth:]
        while pairs:
            found = next((each for each in pairs if each.keys[: len(rest)] == rest), None)
            if found is not None:
                return section, found, holder
            through = next(
                (
                    each
                    for each in pairs
                    if each.keys == rest[: len(each.keys)] and each.value.pairs is not None
                ),
                None,
            )
            if through is None:
                break
            rest = rest[len(through.keys) :]
            holder, pairs = through.value, through.value.pairs or ()
    return None


def _find_value(sections: tuple[Section, ...], path: Names) -> Value | None:
    found = _pair_below(sections, path)
    if found is None:
        return None
    section, pair, holder = found
    # Of a dotted key, only the whole one has the value.
    whole = holder is not None or (*section.path, *pair.keys) == path
    return pair.value if whole else None


def _text_of(text: str, value: Value) -> str | None:
    written = text[value.start : value.end]
    if written[:1] not in {'"', "'"}:
        return None
    found = tomllib.loads(f"x = {written}")["x"]
    return found if isinstance(found, str) else None


def _literal(value: Literal, text: str, pairs: tuple[Pair, ...]) -> str:
    if isinstance(value, str):
        return _quoted(value, _quote_of(text, pairs))
    if isinstance(value, tuple):
        return f"[{', '.join(map(_quoted, value))}]"
    braces = [text[e.value.start : e.value.start + 2] for e in pairs if e.value.pairs]
    space = "" if braces and all(each != "{ " for each in braces) else " "
    parts = (
        f"{_key(name)} = {str(part).lower() if isinstance(part, bool) else _quoted(part)}"
        for name, part in value.items()
    )
    return f"{{{space}{', '.join(parts)}{space}}}"


def _quote_of(text: str, pairs: tuple[Pair, ...]) -> str:
    quotes = [text[each.value.start] for each in pairs if text[each.value.start] in "\"'"]
    return quotes[-1] if quotes else '"'


def _quoted(value: str, quote: str = '"') -> str:
    if (quote == "'" or '"' in value) and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
