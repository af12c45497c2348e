"""The tokens of a Python text that tell of other files: import statements and strings that name.

One expression goes over all other tokens without returning to Python, so that the time depends
on how many imports there are more than on how much text. What it cannot pair, Python parses.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

import msgspec

# Only sets of characters are repeated without return (`*+`): with groups, Python 3.11.4 and older
# find other matches (python/cpython#106052). No two choices of a group begin alike instead.
_BLANK = rb"[ \t\f]*+(?:\\\n[ \t\f]*+)*"
_SPACE = rb"(?:[ \t\f]|\\\n)" + _BLANK
_AT_ONCE = rb"{,1000}"
"""So many tokens are gone over at a time: each takes memory until the last is found."""
_LETTER = rb"[\w\x80-\xff]"
_IDENTIFIER = rb"[A-Za-z_\x80-\xff]" + _LETTER + rb"*+"
_DOTTED = _IDENTIFIER + rb"(?:[.:]" + _IDENTIFIER + rb")+"
_ANY_NAME = _IDENTIFIER + rb"(?:[.:]" + _IDENTIFIER + rb")*"
_LONG = rb'"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*"""'
_SHORT = rb'"(?!"")[^"\\\n]*+(?:\\.[^"\\\n]*+)*"'
STRINGS = (_SHORT, _LONG, _SHORT.replace(b'"', b"'"), _LONG.replace(b'"', b"'"))
"""Expressions for strings."""
_IMPORT = rb"import" + _SPACE + rb"(?P<plain>[^\n;#\\]*+(?:\\\n[^\n;#\\]*+)*)"
_FROM = (
    rb"from(?P<module>(?:\.|(?!import(?!" + _LETTER + rb"))" + _LETTER + rb"++|[ \t\f]++|\\\n)+)"
    rb"import(?!" + _LETTER + rb")"
    rb"(?:" + _BLANK + rb"\((?P<group>(?:[^()#]++|\#[^\n]*+)*)\)"
    rb"|" + _BLANK + rb"(?P<names>[^\n;#\\(]*+(?:\\\n[^\n;#\\]*+)*))"
)


@cache
def _expression(name: bytes) -> re.Pattern[bytes]:
    """An expression for the next import statement, string that is a `name`, or lone quote."""
    skipped = (
        rb"[^'\"#\n;:]++",
        rb"[\n;:]" + _BLANK + rb"(?!(?:import|from)(?!" + _LETTER + rb"))",
        _SHORT.replace(rb'"(?!""', rb'"(?!""|' + name + rb'"'),
        _LONG.replace(rb'"""[', rb'"""(?!' + name + rb'""")[', 1),
    )
    strings = (*skipped[2:], *(each.replace(b'"', b"'") for each in skipped[2:]))
    told = (
        rb"[\n;:]" + _BLANK + rb"(?P<statement>" + _IMPORT + rb"|" + _FROM + rb")",
        rb"[\n;:]",
        rb"(?P<quote>\"{3}|'{3}|[\"'])(?P<text>" + name + rb")(?P=quote)",
        rb"(?!" + rb"|".join(strings) + rb")(?P<lone>[\"'])",
        rb"",  # the end, or as much as goes at once
    )
    return re.compile(
        rb"(?:"
        + rb"|".join((*skipped[:2], *strings, rb"\#[^\n]*+"))
        + rb")"
        + _AT_ONCE
        + rb"(?:"
        + rb"|".join(told)
        + rb")",
        re.DOTALL,
    )


class Token(msgspec.Struct, frozen=True, gc=False):
    """An import of one module, or a string that names one."""

    kind: Literal["import", "string"]
    text: str
    """The module as written, without blanks; or what stands between the quotes."""
    names: tuple[str, ...]
    """What is imported from the module."""
    place: int


class UnpairedError(Exception):
    """A quote that no other closes, as far as the lexer can tell."""


def lex(text: bytes, *, single_words: bool = False) -> Iterator[Token]:
    """The tokens of a text in UTF-8 that starts with one more line end, without carriage returns.

    Strings of one word are told only with `single_words`.

    Raises:
        UnpairedError: quotes do not pair.
    """
    for match in _expression(_ANY_NAME if single_words else _DOTTED).finditer(text):
        kind = match.lastgroup
        if kind == "text":
            yield Token("string", match["text"].decode(), (), match.start("quote"))
        elif kind == "lone":
            raise UnpairedError
        elif kind is not None:
            yield from _statement(match)


def _statement(match: re.Match[bytes]) -> Iterator[Token]:
    plain, module, group, names = match.group("plain", "module", "group", "names")
    place = match.start("statement")
    if plain is not None:
        for words in _parts(plain):
            name = "".join(words[: words.index("as") if "as" in words else None])
            if name and all(map(str.isidentifier, name.split("."))):
                yield Token("import", name, (), place)
        return
    listed = names if group is None else re.sub(rb"#[^\n]*", b"", group)
    if names is not None and listed.startswith(b"("):
        return  # the group has no end: this is no Python
    named = tuple(
        words[0]
        for words in _parts(listed)
        if words and (words[0] == "*" or words[0].isidentifier())
    )
    source = "".join(module.replace(b"\\", b" ").decode().split())
    if named and source:
        yield Token("import", source, named, place)


def _parts(listed: bytes) -> list[list[str]]:
    """The words of each part of a list with commas."""
    return [part.split() for part in listed.decode().replace("\\", " ").split(",")]
