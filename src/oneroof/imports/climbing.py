"""How far up the folders a Python file may look, from its own or the current one.

Read from the text alone, so it may find too much: what is written as a path that climbs, whether
or not anything is read there.
"""

import re

NOWHERE = -1
"""It does not speak of its own place, nor of any other that is known."""
AT_HOME = -2
"""It reads by paths from the current folder down, which is that of the project at hand."""
ANYWHERE = 99
"""It may look at any folder above."""

_UNBOUND_WORDS = (
    *(".parents", "pardir", "show-toplevel", "search_parent_directories", "find_dotenv"),
    *("rootpath", "rootdir", "inipath", "inifile", "startpath", "invocation_"),
)
_UNBOUND = re.compile(
    r"\.parents\b(?!\s*\[\s*\d+\s*\])"  # all of them, or one that is computed
    r"|\bpardir\b|show-toplevel|search_parent_directories|find_dotenv"
    r"|\b(?:rootpath|rootdir|inipath|inifile|startpath|invocation_dir|invocation_params)\b"
)
_READING = ("open(", "read_text", "read_bytes", "load(", "exists(", "is_file(", "is_dir(")
_STARTS = ("__file__", "cwd(", "files(", "getfile(", "getsourcefile(", ".origin", "argv")
_NUMBERED = re.compile(r"(\w*)(\)?)\s*\.parents\s*\[\s*(\d+)\s*\]")
_PARENTS = re.compile(r"([\w.\]]*)(\)?)\s*((?:\.parent\b(?!\s*\()\s*)+)")
_FOLDERS = re.compile(r"((?:(?:\bos\s*\.\s*)?(?:\bpath\s*\.\s*)?\bdirname\s*\(\s*)+)(\w*)")
_OF_THE_FILE = frozenset({"__file__", "abspath", "os", "path", "realpath", "str"})
_COMPARED = re.compile(
    r"""(?:[=!]=|(?:starts|ends)with\s*\()\s*['"]\.\./?['"]|['"]\.\./?['"]\s*(?:not\s+)?in\b"""
)
_DOTS = re.compile(r"""(?:(?<=['"/\\])\.\.(?=['"/\\])['"]?[\s,/\\)]*['"]?)+""")
_UP = ("'..", '"..', "/..", "\\..")


def climbs(text: str) -> int:
    """The number of folders that a file's paths may lead up, from the one it lies in.

    What follows a name, as in `HERE.parent`, adds to the longest way from `__file__`.
    """
    if any(word in text for word in _UNBOUND_WORDS) and _UNBOUND.search(text):
        return ANYWHERE
    started = any(word in text for word in _STARTS)
    dots = _dots(text)
    if not started:
        reading = any(word in text for word in _READING)
        return ANYWHERE if dots else AT_HOME if reading else NOWHERE
    found = _steps(text) + dots
    own = "__file__" in text and ".__file__" not in text and "cwd(" not in text
    # Elsewhere the start is another file's folder, or the project's, which lies higher.
    return found if own or not found else ANYWHERE


def _dots(text: str) -> int:
    """The longest row of `..`, in one string or in several."""
    if not any(word in text for word in _UP):
        return 0
    return max((row[0].count("..") for row in _DOTS.finditer(_COMPARED.sub("", text))), default=0)


def _steps(text: str) -> int:
    """What `.parent`, `.parents[n]` and `dirname` lead up together."""
    ways = [0]
    named: set[tuple[str, int]] = set()
    here = "cwd(" in text or "files(" in text  # folders are where these start, no files
    for name, bracket, number in _NUMBERED.findall(text):
        if bracket and not here:
            ways.append(int(number))
        else:
            named.add((name, int(number) + 1))
    for name, bracket, chain in _PARENTS.findall(text):
        count = chain.count(".parent")
        if bracket and not here:
            ways.append(count - 1)
        else:
            named.add((name, count))
    for chain, name in _FOLDERS.findall(text):
        count = chain.count("dirname")
        if name in _OF_THE_FILE and not here:
            ways.append(count - 1)
        else:
            named.add((name, count))
    return max(ways) + sum(count for _, count in named)
