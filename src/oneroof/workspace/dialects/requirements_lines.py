"""The lines of pip's requirements files: logical lines, options, references and PEP 508."""

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from oneroof.workspace.dialects.pep508 import (
    Parsed,
    Reference,
    parse_line,
    parse_marker,
    parse_reference,
)

# requirements-parser drops hashes, options and line numbers and opens included files itself;
# pip-requirements-parser has had no release since 2022. What is left beyond packaging is little.

PINNED = re.compile(r"===?\s*([^,*\s]+)")
"""A specifier that admits one version."""
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_OPTION = re.compile(r"(?P<name>--[a-z-]+|-[a-zA-Z])(?:\s*=\s*|\s*)(?P<value>.*)")
_LINE_OPTIONS = re.compile(r"\s+--?[a-z].*$")
_HASH = re.compile(r"--hash[=\s]\s*(\S+)")
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz")
_SHORT = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
}
SILENT_OPTIONS = frozenset(
    {
        "--no-index",
        "--no-binary",
        "--only-binary",
        "--prefer-binary",
        "--require-hashes",
        "--pre",
        "--trusted-host",
        "--use-feature",
    }
)
"""Options that change how something is installed, not what."""


class Option(msgspec.Struct, frozen=True):
    """One option that stands on a line of its own."""

    name: str
    """In its long form: `--requirement`."""
    value: str


class Wanted(msgspec.Struct, frozen=True):
    """One requirement, by name or by where it is to be had."""

    parsed: Parsed | None
    reference: Reference | None = None
    """Set where the line has no name before `@`."""
    marker: str = ""
    hashes: tuple[str, ...] = ()

    @property
    def is_pinned(self) -> bool:
        """Whether it names one version, or the one place it is to be had."""
        if self.parsed is None:
            return True
        return self.parsed.source is not None or PINNED.fullmatch(self.parsed.specifier) is not None


class Malformed(msgspec.Struct, frozen=True):
    """A line that is neither an option nor a requirement."""

    reason: str


class Line(msgspec.Struct, frozen=True):
    """One logical line, by the number of its first physical one."""

    number: int
    text: str
    content: Option | Wanted | Malformed


@cache
def parse_requirements(text: str) -> tuple[Line, ...]:
    """All lines of a requirements file that say something."""
    return tuple(
        Line(number, line, _parse(line))
        for number, line in _logical_lines(text)
        # pip lets several options share a line, each being its own.
        for line in _split_options(line)
    )


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, those that end with a backslash joined with the next."""
    started, pending = 0, ""
    for number, physical in enumerate(text.splitlines(), start=1):
        line = physical
        is_comment = line.lstrip().startswith("#")
        if not pending:
            started = number
        if line.endswith("\\") and not is_comment:
            pending += line[:-1] + " "
            continue
        joined = _COMMENT.sub("", pending + line).strip()
        pending = ""
        if joined:
            yield started, joined
    joined = _COMMENT.sub("", pending).strip()
    if joined:
        yield started, joined


def _split_options(line: str) -> list[str]:
    if not line.startswith("--"):
        return [line]
    return [part.strip() for part in re.split(r"\s+(?=--[a-z])", line)]


def _parse(line: str) -> Option | Wanted | Malformed:
    if not line.startswith("-"):
        return _parse_wanted(line, editable=False)
    match = _OPTION.fullmatch(line)
    if match is None:
        return Malformed("it is no option")
    name = _SHORT.get(match["name"], match["name"])
    value = match["value"].strip().strip("\"'")
    if name == "--editable":
        return _parse_wanted(value, editable=True)
    return Option(name, value)


def _parse_wanted(line: str, *, editable: bool) -> Wanted | Malformed:
    hashes = tuple(_HASH.findall(line))
    text = _LINE_OPTIONS.sub("", line).strip()
    if _is_reference(text):
        location, _, condition = re.sub(r"\s+;", ";", text).partition(";")
        marker = parse_marker(condition.strip()) if condition.strip() else ""
        if marker is None:
            return Malformed(f"`{condition.strip()}` is not a PEP 508 marker")
        return Wanted(None, parse_reference(location, editable=editable), marker, hashes)
    parsed = parse_line(text)
    if isinstance(parsed, str):
        return Malformed(parsed)
    if editable and parsed.source is None:
        return Wanted(None, parse_reference(text, editable=True), "", hashes)
    if editable and parsed.source is not None:
        reference = parse_reference(text.partition("@")[2].partition(" ;")[0], editable=True)
        named = Reference(reference.source, parsed.name, parsed.extras, reference.hashes)
        return Wanted(None, named, parsed.marker, hashes)
    return Wanted(parsed, hashes=hashes)


def _is_reference(text: str) -> bool:
    if _NAMED.match(text):
        return False
    if _SCHEME.match(text) or text.startswith((".", "/", "~", "\\", "$")):
        return True
    before_marker = text.partition(";")[0].rstrip()
    return "/" in before_marker or "\\" in before_marker or before_marker.endswith(_ARCHIVES)
