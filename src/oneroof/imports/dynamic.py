"""What may reach files that no import names: computed imports, child processes, listings.

Some sixty plain words are looked for in every text. Looking for each by itself takes most of the
time of reading a file, one expression for all of them far more: so they are grouped by a letter
that is rare in Python code, and one expression a letter goes from one of its places to the next.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

_BLANK_OPEN = rb"\s{,99}\("
_NOT_LITERAL = rb"\s{,99}\(\s*+(?![rRuU]?['\"][\w.]+['\"]\s*[,)])"
_LITERAL = (
    rb"(?:\b__import__|\bimport_module|\bimportorskip)\s*\(\s*[rRuU]?(['\"])([\w.]+)\1\s*(,)?"
)
_PATTERNS = {
    "import_module": _NOT_LITERAL,
    "__import__": _NOT_LITERAL,
    "exec": rb"(?:file)?" + _BLANK_OPEN,
    "eval": _BLANK_OPEN,
    "glob": rb"\s*[.(]",
    "system": _BLANK_OPEN,
    "spawn": rb"\w{,20}" + _BLANK_OPEN,
    "sys.path": rb"\b",
    # Out of the project's own folder, where files of others lie.
    ".parents": rb"\s*\[",
    "'../": b"",
    '"../': b"",
    "/../": b"",
}
"""What must follow a word for it to count."""

_PLAIN = (
    *("runpy", "pkgutil", "multiprocessing", "subprocess", "Popen", "popen"),
    *("pytester", "testdir", "spec_from_file_location", "SourceFileLoader"),
    *("entry_point", "walk_packages", "os.walk", ".walk(", "iter_modules"),
    *("ProcessPoolExecutor", "iterdir", "listdir", "scandir", "getsource"),
    *("find_packages", "pexpect", "runpytest", "importtestmodule", "copytree"),
    *("make_archive", "meta_path", "path_hooks", "__path__", ".py'", '.py"'),
    *("load_module", "load_source", "exec_module", "compileall", "mypy.api"),
    # Frameworks that load modules by where they lie, and notebooks that are run.
    *("INSTALLED_APPS", "DJANGO_SETTINGS_MODULE", "autodiscover", "DagBag"),
    *("alembic", "nbconvert", "nbclient", "papermill", "testbook"),
)
_DYNAMIC = {
    word.encode(): re.escape(word.encode()) + following
    for word, following in (*_PATTERNS.items(), *dict.fromkeys(_PLAIN, b"").items())
}
_LITERAL_WORDS = (b"__import__", b"import_module", b"importorskip")
NAMES_MODULES = (b"pytest_plugins", b"resources", b"PackageLoader")
"""Where one of these stands, a plain word in quotes may be the name of a module."""

WORDS = tuple(dict.fromkeys((*_DYNAMIC, *_LITERAL_WORDS, *NAMES_MODULES)))
_LETTERS = b"/Dkvybpdc"
"""Every word has one of these; those that are rarer in code stand first."""


def _letter(word: bytes) -> int:
    return next(letter for letter in _LETTERS if letter in word)


def _expression(letter: int, words: Iterable[bytes]) -> re.Pattern[bytes]:
    """Finds each place of a letter where one of the words is; tells what follows the letter."""
    first = bytes((letter,))
    ends = ((word[word.index(first) + 1 :], word) for word in sorted(words, key=len, reverse=True))
    choices = b"|".join(re.escape(end) + b"(?<=" + re.escape(word) + b")" for end, word in ends)
    return re.compile(re.escape(first) + b"(?=(" + choices + b"))")


def _may_overlap(one: bytes, other: bytes, first: bytes) -> bool:
    """Whether two words can both stand around one place of a letter."""
    before, _, after = one.partition(first)
    above, _, below = other.partition(first)
    return (before.endswith(above) or above.endswith(before)) and (
        after.startswith(below) or below.startswith(after)
    )


@cache
def _groups() -> tuple[tuple[re.Pattern[bytes], Mapping[bytes, frozenset[bytes]]], ...]:
    """For each letter its expression, and for each end that it tells the words it may be of."""
    groups = []
    for letter in _LETTERS:
        first = bytes((letter,))
        words = [word for word in WORDS if _letter(word) == letter]
        told: dict[bytes, frozenset[bytes]] = {}
        for word in words:
            end = word.partition(first)[2]
            told[end] = told.get(end, frozenset()).union(
                other for other in words if _may_overlap(word, other, first)
            )
        groups.append((_expression(letter, words), told))
    return tuple(groups)


def find_words(text: bytes) -> dict[bytes, int]:
    """Those of `WORDS` that stand in a text, in their order, with their first places."""
    maybe: set[bytes] = set()
    for expression, told in _groups():
        for end in set(expression.findall(text)):
            maybe.update(told[end])
    places = ((word, text.find(word)) for word in WORDS if word in maybe)
    return {word: place for word, place in places if place != -1}


def literal_imports(text: bytes, words: Iterable[bytes]) -> Iterator[tuple[str, int]]:
    """The modules that calls import by a literal name, with their places."""
    if any(word in _LITERAL_WORDS for word in words):
        for match in re.finditer(_LITERAL, text):
            yield match[2].decode(), match.start()


@cache
def _compiled(expression: bytes) -> re.Pattern[bytes]:
    return re.compile(expression)


def find_dynamic(text: bytes, words: Mapping[bytes, int]) -> Iterator[tuple[str, int]]:
    """Each way to reach what no import names, at its first place."""
    for word, first in words.items():
        pattern = _DYNAMIC.get(word)
        place = first if pattern is not None else -1
        while pattern is not None and place != -1:
            match = _compiled(pattern).match(text, place)
            if match is not None:
                yield match[0].strip().decode(), place
                break
            place = text.find(word, place + 1)
