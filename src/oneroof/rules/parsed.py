"""Import statements with what stands around them, for the few files where it decides.

Reading all files finds imports by lexer, which is fast and tells nothing of `try`, `if
TYPE_CHECKING` and functions. What a rule is about to report is parsed to know.
"""

import ast
from collections.abc import Iterator

import msgspec

from oneroof.imports.scan import Scan, decode, notebook_text
from oneroof.paths import RelPath

_CAUGHT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_ASKS = frozenset({"version_info", "platform", "implementation", "name", "system", "find_spec"})
_SKIPS = frozenset({"importorskip", "find_spec"})


class Seen(msgspec.Struct, frozen=True):
    """One module that an import statement names, and how much depends on its being there."""

    module: str
    names: tuple[str, ...]
    line: int
    optional: bool = False
    """The code goes on without it: `try`, a version or platform is asked for."""
    typing: bool = False
    """Only type checkers read it."""
    deferred: bool = False
    """It stands in a function."""

    @property
    def is_guarded(self) -> bool:
        """Whether the program starts without it by what the file itself says."""
        return self.optional or self.typing


class Unparsable(msgspec.Struct, frozen=True):
    """Why a text is no Python."""

    line: int
    reason: str


def as_scanned(scan: Scan) -> list[Seen]:
    """The imports as the lexer has them, of which nothing more is known."""
    return [Seen(each.module, each.names, each.line) for each in scan.imports]


def parse(path: RelPath, content: bytes) -> list[Seen] | Unparsable:
    """The imports of a file, in its order: relative ones with their dots."""
    null = content.find(b"\0")
    if null != -1:
        return Unparsable(content.count(b"\n", 0, null) + 1, "holds null bytes")
    try:
        text = code_of(path, content)
        tree = ast.parse(text)
    except SyntaxError as error:
        return Unparsable(error.lineno or 1, f"does not parse: {error.msg}")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Unparsable(line, f"cannot be decoded: byte `0x{error.object[error.start]:02x}`")
    except (
        msgspec.MsgspecError,
        ValueError,
        LookupError,
        RecursionError,
        MemoryError,
    ) as error:
        return Unparsable(1, f"cannot be read: {error}")
    reader = _Reader(looks_for_skips=any(word in text for word in _SKIPS))
    reader.read_all(tree.body, _Around())
    skipped = reader.skipped
    return [
        msgspec.structs.replace(each, optional=True)
        if any(each.module == name or each.module.startswith(f"{name}.") for name in skipped)
        else each
        for each in sorted(reader.found, key=lambda each: each.line)
    ]


def code_of(path: RelPath, content: bytes) -> str:
    """The Python text of a file, or of a notebook's cells; raises what decoding them raises."""
    return notebook_text(content) if path.endswith(".ipynb") else decode(content)


class _Around(msgspec.Struct, frozen=True):
    optional: bool = False
    typing: bool = False
    deferred: bool = False


class _Reader:
    def __init__(self, *, looks_for_skips: bool) -> None:
        self._looks_for_skips = looks_for_skips
        self.found: list[Seen] = []
        self.skipped: set[str] = set()

    def read_all(self, nodes: list[ast.stmt], around: _Around) -> None:
        for node in nodes:
            self._read(node, around)

    def _read(self, node: ast.stmt, around: _Around) -> None:
        replace = msgspec.structs.replace
        if isinstance(node, ast.Import):
            self._note(node.lineno, [(each.name, ()) for each in node.names], around)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(each.name for each in node.names)
            module = "." * node.level + (node.module or "")
            self._note(node.lineno, [(module, names)], around)
        elif isinstance(node, ast.Try | ast.TryStar):
            inside = replace(around, optional=True) if _catches(node) else around
            self.read_all(node.body, inside)
            for handler in node.handlers:
                self.read_all(handler.body, inside)
            self.read_all([*node.orelse, *node.finalbody], around)
        elif isinstance(node, ast.If):
            self._read_choice(node, around)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._look_for_skips(node.decorator_list)
            self.read_all(node.body, replace(around, deferred=True))
        elif isinstance(node, ast.With | ast.AsyncWith):
            suppressed = any(_suppresses(item.context_expr) for item in node.items)
            self.read_all(node.body, replace(around, optional=around.optional or suppressed))
        else:
            self._read_others(node, around)

    def _read_choice(self, node: ast.If, around: _Around) -> None:
        replace = msgspec.structs.replace
        words = {_word(each) for each in ast.walk(node.test)}
        self._look_for_skips([node.test])
        body = other = around
        if "TYPE_CHECKING" in words:
            if isinstance(node.test, ast.UnaryOp):
                other = replace(around, typing=True)
            else:
                body = replace(around, typing=True)
        elif isinstance(node.test, ast.Constant) and not node.test.value:
            body = replace(around, typing=True)
        elif words & _ASKS:
            body = other = replace(around, optional=True)
        self.read_all(node.body, body)
        self.read_all(node.orelse, other)

    def _read_others(self, node: ast.stmt, around: _Around) -> None:
        for field in ("body", "orelse", "finalbody"):
            self.read_all(getattr(node, field, []), around)
        for case in getattr(node, "cases", []):
            self.read_all(case.body, around)
        value = getattr(node, "value", None)
        if isinstance(value, ast.expr):
            self._look_for_skips([value])

    def _look_for_skips(self, nodes: list[ast.expr]) -> None:
        """Modules that are asked for by name before they are imported."""
        for top in nodes if self._looks_for_skips else ():
            for node in ast.walk(top):
                if isinstance(node, ast.Call) and _word(node.func) in _SKIPS and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        self.skipped.add(first.value)

    def _note(self, line: int, modules: list[tuple[str, tuple[str, ...]]], around: _Around) -> None:
        for module, names in modules:
            self.found.append(
                Seen(module, names, line, around.optional, around.typing, around.deferred)
            )


def _catches(node: ast.Try | ast.TryStar) -> bool:
    return any(
        handler.type is None or _names_of(handler.type) & _CAUGHT for handler in node.handlers
    )


def _suppresses(expression: ast.expr) -> bool:
    if not isinstance(expression, ast.Call) or _word(expression.func) != "suppress":
        return False
    return any(_names_of(each) & _CAUGHT for each in expression.args)


def _names_of(expression: ast.expr) -> set[str]:
    return set(_words_in(expression))


def _words_in(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if word := _word(node):
            yield word


def _word(node: ast.AST) -> str:
    """The last name of `a.b.c` or `c`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
