"""What may reach files that no import names: computed imports, child processes, listings.

Some ninety plain words are looked for in every text. Looking for each by itself takes most of the
time of reading a file, one expression for all of them far more: so they are grouped by a letter
that is rare in Python code, and one expression a letter goes from one of its places to the next.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

_BLANK_OPEN = rb"\s{,99}\("
_LITERAL_WORDS = (b"__import__", b"import_module", b"importorskip", b"find_spec")
_LITERAL = rb"\b(?:" + b"|".join(_LITERAL_WORDS) + rb")\s{,99}\(\s{,99}[rRuU]?(['\"])([\w.]+)\1"
# Anything but a call with a whole name in quotes, or with one that starts from the own package.
_NOT_LITERAL = (
    rb"(?!\w|\s{,99}\(\s{,99}[rRuU]?['\"](?:\w[\w.]*['\"]\s{,99}[,)]"
    rb"|[\w.]+['\"]\s{,99},\s{,99}(?:package\s{,9}=\s{,9})?__(?:name|package)__\s{,99}[,)]))"
)
_PUT_TOGETHER = _BLANK_OPEN + rb"\s{,99}(?:[fF]['\"]|\w{1,99}\s{,99}[+%])"
_PATTERNS = {
    **{
        word: rb"(?:(?<!import\s%b)%b|\s+as\b)" % (word, _NOT_LITERAL)
        for word in (b"import_module", b"importorskip", b"find_spec")
    },
    # What it is to load by `fromlist` may be modules.
    b"__import__": rb"(?!\s{,99}\(\s{,99}[rRuU]?['\"][\w.]+['\"]\s{,99}\))",
    b"exec": rb"(?:file|[lv]p?e?)?" + _BLANK_OPEN,
    b"eval": _BLANK_OPEN,
    b"glob": rb"(?:\s{,99}[.(]|\s+as\b)",
    b"walk": _BLANK_OPEN,
    b"instantiate": _BLANK_OPEN,
    b"system": _BLANK_OPEN,
    b"spawn": rb"\w{,20}" + _BLANK_OPEN,
    b"sys.path": rb"\b",
    b"locate": rb"(?<!\wlocate)" + _BLANK_OPEN,
    b".discover": _BLANK_OPEN,
    # Pickles name the modules of what they hold.
    b"pickle": rb"\.loads?\b",
    # What is patched is imported by the name that is put together.
    b"patch": rb"(?<!\wpatch)(?:\.\w{1,99})?" + _PUT_TOGETHER,
    b"setattr": _PUT_TOGETHER,
    # Out of the project's own folder, where files of others lie.
    b".parents": rb"\s{,99}\[",
    b"'../": b"",
    b'"../': b"",
    b"/../": b"",
}
"""What must follow a word for it to count."""

_PLAIN = (
    *("runpy", "pkgutil", "multiprocessing", "subprocess", "Popen", "popen"),
    *("pytester", "testdir", "spec_from_file_location", "SourceFileLoader"),
    *("entry_point", "walk_packages", "iter_modules", "fwalk"),
    *("ProcessPoolExecutor", "iterdir", "listdir", "scandir", "getsource"),
    *("find_packages", "pexpect", "runpytest", "importtestmodule", "copytree"),
    *("make_archive", "meta_path", "path_hooks", "__path__", ".py'", '.py"'),
    *("load_module", "load_source", "exec_module", "compileall", "mypy.api"),
    *("linecache", "zipimport", "loadTestsFrom", "pytest.main", "plumbum"),
    *("Unpickler", "read_pickle", "allow_pickle", "joblib", "shelve", "torch.load"),
    *("unsafe_load", "import_string", "ImportString", "stevedore", "lazy_loader"),
    *("lazy_import", "LazyLoader", "apipkg", "__loader__"),
    # Frameworks that load modules by where they lie, and notebooks that are run.
    *("INSTALLED_APPS", "DJANGO_SETTINGS_MODULE", "autodiscover", "DagBag"),
    *("alembic", "nbconvert", "nbclient", "papermill", "testbook"),
)
_FOLLOWING = {**_PATTERNS, **{word.encode(): b"" for word in _PLAIN}}
_DYNAMIC = {word: re.escape(word) + following for word, following in _FOLLOWING.items()}
NAMES_MODULES = (b"pytest_plugins", b"resources", b"PackageLoader")
"""Where one of these stands, a plain word in quotes may be the name of a module."""

WORDS = tuple(dict.fromkeys((*_DYNAMIC, *_LITERAL_WORDS, *NAMES_MODULES)))
_LETTERS = b"/Dkvybpdc"
"""Nearly every word has one of these; those that are rarer in code stand first."""


def _letter(word: bytes) -> int | None:
    return next((letter for letter in _LETTERS if letter in word), None)


_BY_THEMSELVES = tuple(word for word in WORDS if _letter(word) is None)


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
    maybe: set[bytes] = set(_BY_THEMSELVES)
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
