"""The tokens of a Python text that tell of other files: import statements and strings that name.

One expression goes over all other tokens without returning to Python, so that the time depends
on how many imports there are more than on how much text. What it cannot pair, Python parses.
"""

import re
from collections.abc import Iterator
from functools import cache

import msgspec

# Only sets of characters are repeated without return (`*+`): with groups, Python 3.11.4 and older
# find other matches (python/cpython#106052). No two choices of a group begin alike instead.
_BLANK = rb"[ \t\f]*+(?:\\\n[ \t\f]*+)*"
_SPACE = rb"(?:[ \t\f]|\\\n)" + _BLANK
_AT_ONCE = rb"{,1000}"
"""So many tokens are gone over at a time: each takes memory until the last is found."""
_PLAIN = rb"[^'\"#\n;:]"
_LETTER = rb"[\w\x80-\xff]"
_IDENTIFIER = rb"[A-Za-z_\x80-\xff]" + _LETTER + rb"*+"
_DOTTED = _IDENTIFIER + rb"(?:[.:]" + _IDENTIFIER + rb")+"
_ANY_NAME = _IDENTIFIER + rb"(?:[.:]" + _IDENTIFIER + rb")*"
_LONG = rb'"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*"""'
_SHORT = rb'"(?!"")[^"\\\n]*+(?:\\.[^"\\\n]*+)*"'
_COMMENT = re.compile(rb"\#[^\n]*")
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
        rb"[\n;:][ \t\n;:]*+(?![if\\\f])" + _PLAIN + rb"*+",
        rb"[\n;:]" + _BLANK + rb"(?!(?:import|from)(?!" + _LETTER + rb"))" + _PLAIN + rb"*+",
        _PLAIN + rb"++",
        _SHORT.replace(rb'"(?!""', rb'"(?!""|' + name + rb'"'),
        _LONG.replace(rb'"""[', rb'"""(?!' + name + rb'""")[', 1),
    )
    strings = (*skipped[3:], *(each.replace(b'"', b"'") for each in skipped[3:]))
    told = (
        rb"[\n;:]" + _BLANK + rb"(?P<statement>" + _IMPORT + rb"|" + _FROM + rb")",
        rb"[\n;:]",
        rb"(?P<quote>\"{3}|'{3}|[\"'])(?P<text>" + name + rb")(?P=quote)",
        rb"(?!" + rb"|".join(strings) + rb")(?P<lone>[\"'])",
        rb"",  # the end, or as much as goes at once
    )
    return re.compile(
        rb"(?:"
        + rb"|".join((*skipped[:3], *strings, rb"\#[^\n]*+"))
        + rb")"
        + _AT_ONCE
        + rb"(?:"
        + rb"|".join(told)
        + rb")",
        re.DOTALL,
    )


class Tokens(msgspec.Struct, frozen=True):
    """What a text says of other files, in its order."""

    imports: list[tuple[str, tuple[str, ...], int]]
    """Modules as written, without blanks; what is imported from them; and the places."""
    strings: dict[str, int]
    """What stands between quotes and is a name, with its first place."""


class UnpairedError(Exception):
    """A quote that no other closes, as far as the lexer can tell."""


def lex(text: bytes, *, single_words: bool = False) -> Tokens:
    """The tokens of a text in UTF-8 that starts with one more line end, without carriage returns.

    Strings of one word are told only with `single_words`.

    Raises:
        UnpairedError: quotes do not pair.
    """
    found = Tokens([], {})
    for match in _expression(_ANY_NAME if single_words else _DOTTED).finditer(text):
        kind = match.lastgroup
        if kind == "statement":
            plain, module, group, names = match.group("plain", "module", "group", "names")
            place = match.start("statement")
            if plain is not None:
                found.imports.extend((name, (), place) for name in _modules(plain))
                continue
            source = "".join(_words(module))
            named = _names(group, names)
            if named and source:
                found.imports.append((source, named, place))
        elif kind == "text":
            found.strings.setdefault(match["text"].decode(), match.start("quote"))
        elif kind == "lone":
            raise UnpairedError
    return found


def _modules(listed: bytes) -> Iterator[str]:
    """The modules of `import a.b as c, d`."""
    for part in listed.split(b","):
        words = _words(part)
        name = "".join(words[: words.index("as") if "as" in words else None])
        if name and all(map(str.isidentifier, name.split("."))):
            yield name


def _names(group: bytes | None, names: bytes | None) -> tuple[str, ...]:
    """What stands after `from a import`, in parentheses or not."""
    listed = names or b""
    if group is not None:
        listed = _COMMENT.sub(b"", group) if b"#" in group else group
    parts = (words[0] for part in listed.split(b",") if (words := _words(part)))
    return tuple(name for name in parts if name == "*" or name.isidentifier())


def _words(text: bytes) -> list[str]:
    return (text.replace(b"\\", b" ") if b"\\" in text else text).decode().split()
