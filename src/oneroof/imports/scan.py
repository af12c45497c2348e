"""What one Python file imports, refers to by name, and does that no reading can follow.

Files are read with a lexer of a few token kinds instead of a parser: strings, comments and import
statements. That is several times faster, and what it cannot make sense of is parsed after all.
It may find too much (a string that looks like a module), never too little.
"""

import ast
import re
from collections.abc import Iterator

import msgspec

from oneroof.imports.climbing import NOWHERE, climbs
from oneroof.paths import RelPath
from oneroof.workspace.documents import (
    PROSE_FOLDERS,
    PROSE_SUFFIXES,
    SERVICE_FILES,
    SERVICE_FOLDERS,
)

FORMAT = 4
"""Raise it when a scan of the same content may say something else."""


class Import(msgspec.Struct, frozen=True, array_like=True):
    """One module that an import statement names."""

    module: str
    """As written: `a.b`, or `..a` with leading dots where it is relative."""
    names: tuple[str, ...]
    """What is imported from it; `*` for all; empty for `import a.b`."""
    line: int


class Reference(msgspec.Struct, frozen=True, array_like=True):
    """A string that may name a module, or something in one: `pkg.module.Class`, `pkg:main`."""

    text: str
    line: int


class Scan(msgspec.Struct, frozen=True, array_like=True):
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
    climbs: int = NOWHERE
    """How many folders its paths may lead up (see `imports.climbing`)."""
    names: tuple[str, ...] = ()
    """What its strings may name of files and folders, sorted; only where it looks for any."""

    @property
    def reaches_files(self) -> bool:
        """Whether it may reach files that it does not name: by listing folders, or in processes."""
        return ANY_DOCUMENT in self.prose or any(
            word in each.text for each in self.dynamic for word in _PROCESSES
        )


NOTHING = Scan()

_BLANK = r"(?:[ \t\f]|\\\r?\n)"
_TOKEN = re.compile(
    r'''"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'''
    r"""|\'\'\'[^'\\]*(?:(?:\\.|'(?!\'\'))[^'\\]*)*\'\'\'"""
    r'''|"(?!"")[^"\\\n]*(?:\\.[^"\\\n]*)*"'''
    r"""|'(?!'')[^'\\\n]*(?:\\.[^'\\\n]*)*'"""
    r"|\#[^\n]*"
    rf"|[\n;:]{_BLANK}*(?:"
    rf"import{_BLANK}+(?P<plain>[^\n;#\\]*(?:\\\r?\n[^\n;#\\]*)*)"
    rf"|from{_BLANK}*(?P<module>[.\w \t\f]+?|(?:[.\w]|{_BLANK})+?)"
    rf"(?:{_BLANK}+|(?<=\.))import(?![\w.])"
    rf"(?:{_BLANK}*\((?P<group>(?:[^)#]|\#[^\n]*)*)\)|{_BLANK}*(?P<names>[^\n;#\\(]*(?:\\\r?\n[^\n;#\\]*)*)))"
    r"""|["']""",
    re.DOTALL,
)
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)+")
_NAME = re.compile(r"[A-Za-z_]\w*")
_PROSE = re.compile(
    r"(?:[\w. /-]*/)?([\w.-]+\.(?:md|rst|adoc|markdown|toml|lock|ini|cfg)|\.python-version"
    r"|[A-Z]{4,}(?:[.-][\w.-]+)?"
    rf"|{'|'.join(map(re.escape, sorted(SERVICE_FILES)))})"
)
_PROSE_FOLDER = re.compile(
    rf"[./]*({'|'.join(map(re.escape, sorted(PROSE_FOLDERS | SERVICE_FOLDERS)))})(?:/.*)?"
)
ANY_DOCUMENT = "*"
"""In place of a document's name: which one is read cannot be told."""
_PROCESSES = ("subprocess", "open", "system", "spawn", "exec", "multiprocessing", "Pool")
_LISTING = ("glob", "walk", "iterdir", "listdir", "scandir", "copytree", "make_archive", "fwalk")
_LITERAL = re.compile(
    r"(?:\b__import__|\bimport_module|\bimportorskip|\bfind_spec)\s*\(\s*[rRuU]?(['\"])([\w.]+)\1"
)
_LOADERS = ("import_module", "importorskip", "find_spec")
# Anything but a call with a whole name in quotes, or with one that starts from the own package.
_NOT_LITERAL = (
    r"(?!\w|\s*\(\s*[rRuU]?['\"](?:\w[\w.]*['\"]\s*[,)]"
    r"|[\w.]+['\"]\s*,\s*(?:package\s*=\s*)?__(?:name|package)__\s*[,)]))"
)
_DYNAMIC = {
    word: re.compile(pattern)
    for word, pattern in (
        *((word, rf"(?<!import\s){word}{_NOT_LITERAL}|{word}\s+as\b") for word in _LOADERS),
        # What it is to load by `fromlist` may be modules.
        ("__import__", r"__import__(?!\s*\(\s*[rRuU]?['\"][\w.]+['\"]\s*\))"),
        ("exec", r"exec(?:file|[lv]p?e?)?\s*\("),
        ("eval", r"eval\s*\("),
        ("glob", r"glob\s*[.(]|\bglob\s+as\b"),
        ("walk", r"walk\s*\("),
        ("instantiate", r"instantiate\s*\("),
        ("system", r"system\s*\("),
        ("spawn", r"spawn\w*\s*\("),
        ("sys.path", r"sys\.path\b"),
        ("locate", r"\blocate\s*\("),
        ("discover", r"\.discover\s*\("),
        # Pickles name the modules of what they hold.
        ("pickle", r"pickle\.loads?\b|Unpickler|read_pickle|allow_pickle"),
        # What is patched is imported by the name that is put together.
        ("patch", r"\bpatch(?:\.\w+)?\s*\(\s*(?:[fF]['\"]|\w+\s*[+%])"),
        ("setattr", r"setattr\s*\(\s*(?:[fF]['\"]|\w+\s*[+%])"),
        # Out of the project's own folder, where files of others lie.
        ("parents", r"\.parents\s*\["),
        ("../", r"['\"/]\.\./"),
        *(
            (word, re.escape(word))
            for word in (
                *("runpy", "pkgutil", "multiprocessing", "subprocess", "Popen", "popen"),
                *("pytester", "testdir", "spec_from_file_location", "SourceFileLoader"),
                *("entry_point", "walk_packages", "iter_modules", "fwalk"),
                *("ProcessPoolExecutor", "iterdir", "listdir", "scandir", "getsource"),
                *("find_packages", "pexpect", "runpytest", "importtestmodule", "copytree"),
                *("make_archive", "meta_path", "path_hooks", "__path__", ".py'", '.py"'),
                *("load_module", "load_source", "exec_module", "compileall", "mypy.api"),
                *("linecache", "zipimport", "loadTestsFrom", "pytest.main", "plumbum"),
                *("joblib", "shelve", "torch.load", "unsafe_load", "import_string", "stevedore"),
                *("ImportString", "lazy_loader", "lazy_import", "LazyLoader"),
                *("apipkg", "__loader__"),
                # Frameworks that load modules by where they lie, and notebooks that are run.
                *("INSTALLED_APPS", "DJANGO_SETTINGS_MODULE", "autodiscover", "DagBag"),
                *("alembic", "nbconvert", "nbclient", "papermill", "testbook"),
            )
        ),
    )
}
"""What may reach files that no import names, each by a word that is in every such text: looking
for plain words costs a hundredth of what one expression for all of them would."""


_NAMES_MODULES = ("pytest_plugins", "resources", "PackageLoader")
"""Where one of these stands, a plain word in quotes may be the name of a module."""


def scan(content: bytes) -> Scan:
    """Read the content of a Python file."""
    if b"\0" in content:
        return Scan(broken="holds null bytes")
    try:
        text = decode(content)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        return Scan(broken=f"cannot be decoded: {error}")
    return scan_text(text)


def decode(content: bytes) -> str:
    """The text of a Python file, by its byte order mark or coding comment (PEP 263).

    Raises:
        SyntaxError: the encoding it names is not known.
        UnicodeDecodeError: it is not in that encoding.
    """
    head = content[:400]
    if b"coding" not in head:
        return content.decode("utf-8-sig")
    import io
    import tokenize

    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding)


def scan_text(text: str) -> Scan:
    """Read the text of a Python file."""
    text = "\n" + text
    imports: list[tuple[int, Import]] = []
    references: dict[str, int] = {}
    prose: set[str] = set()
    names: set[str] = set()
    height = climbs(text)
    plain = any(word in text for word in _NAMES_MODULES)
    for match in _TOKEN.finditer(text):
        token = match[0]
        first = token[0]
        if first in "\"'":
            if len(token) == 1:
                return _parsed(text[1:])
            _note_string(token, match.start(), references, prose, plain=plain)
            if height != NOWHERE:
                names.update(_path_parts(token))
        elif first != "#":
            place = match.start() + len(token) - len(token.lstrip("\n;: \t\f"))
            imports.extend((place, each) for each in _statement(match))
    for name, place in _literal_imports(text):
        references.setdefault(name, place)
    dynamic = dict(_dynamic(text))
    prose.update(ANY_DOCUMENT for each in dynamic if any(word in each for word in _LISTING))
    lines = _Lines(text)
    return Scan(
        tuple(Import(each.module, each.names, lines.at(place)) for place, each in imports),
        tuple(Reference(each, lines.at(place)) for each, place in references.items()),
        tuple(sorted(prose)),
        tuple(Reference(each, lines.at(place)) for each, place in dynamic.items()),
        climbs=height,
        names=tuple(sorted(names)),
    )


class _Lines:
    """Line numbers of rising places in a text that starts with one more line end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._line = 0

    def at(self, place: int) -> int:
        """The number of the line that a place is in, from 1."""
        if place < self._place:
            self._place = self._line = 0
        self._line += self._text.count("\n", self._place, place)
        self._place = place
        return max(self._line, 1)


def _literal_imports(text: str) -> Iterator[tuple[str, int]]:
    if "__import__" in text or "import_module" in text or "importorskip" in text:
        for match in _LITERAL.finditer(text):
            yield match[2], match.start()


def _dynamic(text: str) -> Iterator[tuple[str, int]]:
    """Each way to reach what no import names, at its first place."""
    for word, pattern in _DYNAMIC.items():
        if word in text and (match := pattern.search(text)):
            yield match[0].strip(), match.start()


def _note_string(
    token: str, place: int, references: dict[str, int], prose: set[str], *, plain: bool
) -> None:
    if len(token) > 200:  # noqa: PLR2004  no name of anything is as long
        return
    inside = token.strip("\"'")
    if _DOTTED.fullmatch(inside) or (plain and _NAME.fullmatch(inside)):
        references.setdefault(inside, place)
    if match := _PROSE.fullmatch(inside):
        prose.add(match[1])
    elif inside.endswith(PROSE_SUFFIXES):
        prose.add(ANY_DOCUMENT)
    if match := _PROSE_FOLDER.fullmatch(inside):
        prose.add(f"{match[1]}/")


def _path_parts(token: str) -> Iterator[str]:
    if len(token) <= 200:  # noqa: PLR2004  as above
        for part in re.split(r"[/\\]+", token.strip("\"'")):
            if part not in {"", ".", ".."}:
                yield part


def _statement(match: re.Match[str]) -> Iterator[Import]:
    plain, module = match["plain"], match["module"]
    if plain is not None:
        for part in _words(plain):
            name = "".join(part.split(" as ")[0].split())
            if name and all(_NAME.fullmatch(each) for each in name.split(".")):
                yield Import(name, (), 0)
        return
    listed = match["group"] if match["group"] is not None else match["names"]
    if listed is None or module is None:
        return
    named = []
    for part in _words(re.sub(r"#[^\n]*", "", listed).strip("() \t\f\r\n")):
        words = part.split()
        if words and (words[0] == "*" or _NAME.fullmatch(words[0])):
            named.append(words[0])
    source = "".join(module.replace("\\", " ").split())
    if named and source:
        yield Import(source, tuple(named), 0)


def _words(text: str) -> Iterator[str]:
    for part in text.replace("\\", " ").split(","):
        yield " ".join(part.split())


def _parsed(text: str) -> Scan:
    """What parsing finds, for a text whose quotes the lexer could not pair."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Scan(broken=f"does not parse: {getattr(error, 'msg', None) or error}")
    imports: list[Import] = []
    references: dict[str, int] = {}
    prose: set[str] = set()
    names: set[str] = set()
    plain = any(word in text for word in _NAMES_MODULES)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.extend(Import(each.name, (), node.lineno) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            taken = tuple(each.name for each in node.names)
            imports.append(Import(module, taken, node.lineno))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            _note_string(node.value, node.lineno, references, prose, plain=plain)
            names.update(_path_parts(node.value))
    lines = _Lines("\n" + text)
    for name, place in _literal_imports(text):
        references.setdefault(name, lines.at(place + 1))
    dynamic = {name: lines.at(place + 1) for name, place in _dynamic(text)}
    prose.update(ANY_DOCUMENT for each in dynamic if any(word in each for word in _LISTING))
    return Scan(
        tuple(sorted(imports, key=lambda each: each.line)),
        tuple(Reference(each, line) for each, line in references.items()),
        tuple(sorted(prose)),
        tuple(Reference(each, line) for each, line in dynamic.items()),
        climbs=climbs(text),
        names=tuple(sorted(names)),
    )


def scan_notebook(content: bytes) -> Scan:
    """Read the code cells of a Jupyter notebook; lines count within the cells joined."""
    try:
        text = notebook_text(content)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Scan(broken=f"is no notebook: {error}")
    return scan_text(text)


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
