"""Globs over workspace-relative paths: `*` stays within a folder, `**` crosses folders."""

import re
from functools import lru_cache

from oneroof.paths import ROOT, RelPath


def matches(path: RelPath | str, glob: str) -> bool:
    """Whether the whole path matches; a glob without any wildcard also matches all below it."""
    return _compile(glob).fullmatch(path) is not None


@lru_cache(maxsize=4096)
def _compile(glob: str) -> re.Pattern[str]:
    glob = glob.removeprefix("./").rstrip("/")
    if not any(mark in glob for mark in "*?["):
        return re.compile(re.escape(glob) + "(?:/.*)?", re.DOTALL)
    pattern = ""
    position = 0
    while position < len(glob):
        if glob.startswith("**/", position):
            pattern += "(?:[^/]+/)*"
            position += 3
        elif glob.startswith("**", position):
            pattern += ".*"
            position += 2
        elif glob[position] == "*":
            pattern += "[^/]*"
            position += 1
        elif glob[position] == "?":
            pattern += "[^/]"
            position += 1
        elif glob[position] == "[" and (end := glob.find("]", position + 2)) != -1:
            inside = re.sub(r"([\\\[&|~])", r"\\\1", glob[position + 1 : end])
            inside = inside.replace("--", r"\-\-")  # `re` warns of set operations to come
            if inside.startswith("!"):
                inside = "^" + inside[1:]
            pattern += f"[{inside}]"
            position = end + 1
        else:
            pattern += re.escape(glob[position])
            position += 1
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:  # such as the range `[z-a]`
        return re.compile(re.escape(glob))


def start_of(glob: RelPath) -> RelPath:
    """The innermost folder, or the file, that holds all a glob can match."""
    parts = glob.split("/")
    plain = next((i for i, part in enumerate(parts) if any(c in part for c in "*?[")), len(parts))
    return RelPath("/".join(parts[:plain]) or ROOT)
