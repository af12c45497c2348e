"""Patterns of file names: those of `.gitignore` (as Hatch reads them) and those of `glob`."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

Matches = Callable[[str], bool]
"""Whether a path relative to the project's folder is matched."""


def gitignore(patterns: Iterable[str]) -> Matches:
    """Match a file as `.gitignore` patterns do: the last pattern that fits decides."""
    rules = [_gitignore_rule(pattern) for pattern in patterns]

    def matches(path: str) -> bool:
        for include, regex in reversed(rules):
            if regex.match(path):
                return include
        return False

    return matches


def globs(patterns: Iterable[str]) -> Matches:
    """Match a file that a glob names itself or by a folder it lies in."""
    compiled = [_glob_rule(pattern) for pattern in patterns]

    def matches(path: str) -> bool:
        return any(regex.match(path) for regex in compiled)

    return matches


def has_wildcard(pattern: str) -> bool:
    """Whether the pattern can match more than one path."""
    return any(char in pattern for char in "*?[")


def fixed_part(pattern: str) -> str:
    """The leading segments without wildcards: `a/b` of `a/b/*/c.py`; empty where there are none."""
    fixed: list[str] = []
    for segment in pattern.split("/"):
        if has_wildcard(segment):
            break
        fixed.append(segment)
    return "/".join(fixed)


@lru_cache(maxsize=1024)
def _gitignore_rule(pattern: str) -> tuple[bool, re.Pattern[str]]:
    include = not pattern.startswith("!")
    if not pattern.strip() or pattern.startswith("#"):
        return include, re.compile(r"(?!)")
    body = pattern.removeprefix("!").removeprefix("\\")
    folder_only = body.endswith("/")
    body = body.rstrip("/")
    anchored = "/" in body
    start = "" if anchored else "(?:.*/)?"
    end = "/.*" if folder_only else "(?:/.*)?"
    return include, re.compile(start + _segments(body.strip("/")) + end + r"\Z", re.DOTALL)


@lru_cache(maxsize=1024)
def _glob_rule(pattern: str) -> re.Pattern[str]:
    body = "/".join(part for part in pattern.split("/") if part not in {"", "."})
    return re.compile(_segments(body) + r"(?:/.*)?\Z", re.DOTALL)


def _segments(body: str) -> str:
    """A regular expression for segments between slashes, `**` standing for any number of them."""
    parts = body.split("/")
    made = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            made += ".*" if last else "(?:.*/)?"
        else:
            made += _segment(part) + ("" if last else "/")
    return made


def _segment(part: str) -> str:
    made = ""
    position = 0
    while position < len(part):
        char = part[position]
        close = part.find("]", position + 2) if char == "[" else -1
        if char == "*":
            made += "[^/]*"
        elif char == "?":
            made += "[^/]"
        elif close > 0:
            made += _character_class(part[position + 1 : close])
            position = close
        else:
            made += re.escape(char)
        position += 1
    return made


def _character_class(body: str) -> str:
    negated = body[0] in "!^"
    members = body[1:] if negated else body
    escaped = members.replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
    return f"[{'^/' if negated else ''}{escaped}]"
