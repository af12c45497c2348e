"""What one Python file imports, refers to by name, and does that no reading can follow.

Files are read with a lexer of a few token kinds instead of a parser: strings, comments and import
statements. That is several times faster, and what it cannot make sense of is parsed after all.
It may find too much (a string that looks like a module), never too little.
"""

import re
from collections.abc import Iterable

import msgspec

from oneroof.imports.climbing import NOWHERE, climbs
from oneroof.imports.dynamic import NAMES_MODULES, find_dynamic, find_words, literal_imports
from oneroof.imports.lexer import UnpairedError, lex
from oneroof.imports.named import ANYTHING, named
from oneroof.imports.parsing import parse
from oneroof.paths import RelPath
from oneroof.workspace.documents import PROSE_FOLDERS, SERVICE_FILES, SERVICE_FOLDERS

FORMAT = 6
"""Raise it when a scan of the same content may say something else."""


class Import(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One module that an import statement names."""

    module: str
    """As written: `a.b`, or `..a` with leading dots where it is relative."""
    names: tuple[str, ...]
    """What is imported from it; `*` for all; empty for `import a.b`."""
    line: int


class Reference(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A string that may name a module, or something in one: `pkg.module.Class`, `pkg:main`."""

    text: str
    line: int


class Scan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything reading one file tells."""

    imports: tuple[Import, ...] = ()
    """In the order of the file."""
    references: tuple[Reference, ...] = ()
    """Each text once, at its first line."""
    prose: tuple[str, ...] = ()
    """Names of documents and manifests that strings mention (`README.md`), of folders that hold
    such (`docs/`), and `*` where any may be read; sorted."""
    dynamic: tuple[Reference, ...] = ()
    """What may reach files that no import names: computed imports, child processes, listings."""
    broken: str = ""
    """Why it could not be read; empty where it could."""
    has_remarks: bool = False
    """Whether `oneroof:` stands in it, as in a comment that is meant for this program."""
    climbs: int = NOWHERE
    """How many folders its paths may lead up (see `imports.climbing`)."""
    names: tuple[str, ...] = ()
    """What its strings may name of files and folders, or `*`; only where it looks for any."""

    @property
    def reaches_files(self) -> bool:
        """Whether it may reach files that it does not name: by listing folders, or in processes."""
        return (
            ANY_DOCUMENT in self.prose
            or ANYTHING in self.names
            or any(word in each.text for each in self.dynamic for word in _PROCESSES)
        )


NOTHING = Scan()

ANY_DOCUMENT = "*"
"""In place of a document's name: which one is read cannot be told."""
_PROCESSES = ("subprocess", "open", "system", "spawn", "exec", "multiprocessing", "Pool")
"""Parts of what is told as dynamic that may start processes."""
_LISTING = ("glob", "walk", "iterdir", "listdir", "scandir", "copytree", "make_archive")
"""Parts of what is told as dynamic that may list folders."""


def _any_of(names: Iterable[str]) -> bytes:
    return b"|".join(re.escape(each).encode() for each in sorted(names, reverse=True))


_DOCUMENT = re.compile(rb"\.(?:md|rst|adoc|markdown|toml|lock|ini|cfg)(?=['\"])")
_STEM = re.compile(rb"(?<=['\"/])[\w.-]+\Z")
_NAMED = tuple(
    re.compile(
        before
        + rb"(?:([A-Z]{4,}+(?:[.-][\w.-]+)?|"
        + _any_of(SERVICE_FILES | {".python-version"})
        + rb")(?=['\"])|[./]{,20}("
        + _any_of(PROSE_FOLDERS | SERVICE_FOLDERS)
        + rb")(?=['\"/]))"
    )
    for before in (b'"', b"'", b"/")
)
_LONGEST_NAME = 100
_REMARK = b"oneroof:"


def scan(content: bytes) -> Scan:
    """Read the content of a Python file."""
    if not content:
        return NOTHING
    if b"\0" in content:
        return Scan(broken="holds null bytes")
    try:
        text = _as_utf8(content)
    except (SyntaxError, UnicodeError, LookupError) as error:
        return Scan(broken=f"cannot be decoded: {error}")
    return _scan_text(text)


def decode(content: bytes) -> str:
    """The text of a Python file, by its byte order mark or coding comment (PEP 263).

    Raises:
        SyntaxError: the encoding it names is not known.
        UnicodeDecodeError: it is not in that encoding.
    """
    if b"coding" not in content[:400]:
        return content.decode("utf-8-sig")
    import io
    import tokenize

    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding)


def _as_utf8(content: bytes) -> bytes:
    if content.isascii() and b"coding" not in content[:400]:
        return content
    return decode(content).encode()


def _scan_text(text: bytes) -> Scan:
    """Read a text in UTF-8."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = b"\n" + text
    words = find_words(text)
    single_words = any(word in NAMES_MODULES for word in words)
    try:
        tokens = lex(text, single_words=single_words)
    except UnpairedError:
        try:
            tokens = parse(text, single_words=single_words)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return Scan(broken=f"does not parse: {getattr(error, 'msg', None) or error}")
    references = tokens.strings
    for name, place in literal_imports(text, words):
        references.setdefault(name, place)
    ways = dict(find_dynamic(text, words))
    height = climbs(text.decode())
    prose = _prose(text)
    prose.update(ANY_DOCUMENT for way in ways if any(word in way for word in _LISTING))
    lines = _Lines(text)
    return Scan(
        tuple(Import(module, names, lines.at(place)) for module, names, place in tokens.imports),
        tuple(Reference(each, lines.at(place)) for each, place in references.items()),
        tuple(sorted(prose)),
        tuple(Reference(each, lines.at(place)) for each, place in ways.items()),
        has_remarks=_REMARK in text,
        climbs=height,
        names=named(text) if height != NOWHERE else (),
    )


class _Lines:
    """Line numbers of rising places in a text that starts with one more line end."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._place = 0
        self._line = 0

    def at(self, place: int) -> int:
        """The number of the line that a place is in, from 1."""
        if place < self._place:
            self._place = self._line = 0
        self._line += self._text.count(b"\n", self._place, place)
        self._place = place
        return max(self._line, 1)


def _prose(text: bytes) -> set[str]:
    """Names of documents, as they end strings, and of folders that hold such."""
    found = set()
    for expression in _NAMED:
        for name, folder in expression.findall(text):
            found.add((name or folder + b"/").decode())
    for match in _DOCUMENT.finditer(text):
        stem = _STEM.search(text[max(0, match.start() - _LONGEST_NAME) : match.start()])
        found.add(ANY_DOCUMENT if stem is None else (stem[0] + match[0]).decode())
    return found


def scan_notebook(content: bytes) -> Scan:
    """Read the code cells of a Jupyter notebook; lines count within the cells joined."""
    try:
        text = notebook_text(content)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Scan(broken=f"is no notebook: {error}")
    return _scan_text(text.encode(errors="replace"))


def notebook_text(content: bytes) -> str:
    """The code cells of a notebook as one Python text, without magics.

    Raises:
        msgspec.MsgspecError: it is no notebook.
    """
    document = msgspec.json.decode(content, type=_Notebook)
    cells = (each for each in document.cells if each.cell_type == "code")
    return "\n".join(_without_magics(each.source) for each in cells)


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []


def _without_magics(source: str | list[str]) -> str:
    """A cell's Python; one whose first line is a cell magic for another language has none."""
    text = source if isinstance(source, str) else "".join(source)
    first = text.lstrip()
    if first.startswith("%%") and not first.startswith(("%%time", "%%capture", "%%prun")):
        return "\n" * text.count("\n")
    return "\n".join(
        "" if line.lstrip().startswith(("%", "!", "?")) else line for line in text.split("\n")
    )


def is_read(path: RelPath) -> bool:
    """Whether a file is one of those that are read."""
    return path.endswith((".py", ".pyi", ".ipynb"))


def scan_file(path: RelPath, content: bytes) -> Scan:
    """Read a file by what its name says it is."""
    return scan_notebook(content) if path.endswith(".ipynb") else scan(content)
