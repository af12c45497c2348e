"""Operators on values that are known, and the questions about Python that have one answer."""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from oneroof.workspace.dialects.static.functions import LARGEST
from oneroof.workspace.dialects.static.values import (
    Function,
    Namespace,
    NotStatic,
    OpenFile,
    Reference,
    Unknown,
    is_plain,
    unknown,
)

# No Python older than this is met: of those before it, every one ended its life before 2025.
_OLDEST_PYTHON = (3, 8)
# A width such as `%999999999d` would make a text of that size.
_HUGE_WIDTH = re.compile(r"\d{5}")

_OPERATORS: Mapping[type[ast.operator], Callable[..., object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[..., object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
}
_ERRORS = (
    ArithmeticError,
    AttributeError,
    IndexError,
    KeyError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
    re.error,
)


def attempt(node: ast.AST, function: Callable[..., object], *arguments: object) -> object:
    """The result of a function of data; what it refuses is not static."""
    try:
        return function(*arguments)
    except _ERRORS:
        raise NotStatic(unknown(node)) from None


def combine(node: ast.AST, operation: ast.operator, left: object, right: object) -> object:
    """The result of a binary operator."""
    apply = _OPERATORS.get(type(operation))
    if apply is None or isinstance(left, Reference) or isinstance(right, Reference):
        raise NotStatic(unknown(node))
    if isinstance(operation, ast.Mult) and not _is_small_product(left, right):
        raise NotStatic(unknown(node))
    if isinstance(operation, ast.Mod) and isinstance(left, str | bytes):
        is_huge = isinstance(left, str) and _HUGE_WIDTH.search(left)
        if is_huge or not is_plain(right):
            raise NotStatic(unknown(node))
    return attempt(node, apply, left, right)


def compare(node: ast.AST, operation: ast.cmpop, left: object, right: object) -> bool:
    """Whether a comparison holds."""
    if isinstance(left, Reference):
        return _compare_reference(node, operation, left, right)
    if isinstance(right, Reference):
        # Only variables that a task declares are visible to it.
        if right.name == "os.environ" and isinstance(operation, ast.In | ast.NotIn):
            return isinstance(operation, ast.NotIn)
        raise NotStatic(unknown(node))
    if isinstance(right, OpenFile):
        right = right.lines()
    return bool(attempt(node, _COMPARISONS[type(operation)], left, right))


def formatted(node: ast.FormattedValue, value: object, pattern: str) -> str:
    """A field of an f-string."""
    if not is_plain(value) or _HUGE_WIDTH.search(pattern):
        raise NotStatic(unknown(node.value))
    if node.conversion == ord("r"):
        value = repr(value)
    elif node.conversion == ord("s"):
        value = str(value)
    return str(attempt(node.value, format, value, pattern))


def truth(node: ast.AST, value: object) -> bool:
    """Whether a value counts as true."""
    if isinstance(value, Unknown):
        raise NotStatic(value)
    if isinstance(value, Reference):
        raise NotStatic(unknown(node))
    if isinstance(value, Function | Namespace | OpenFile | PurePosixPath):
        return True
    return bool(value)


def is_type(value: object, kind: object) -> bool | None:
    """`isinstance(value, kind)` for the built-in types; None: not known."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    known = {
        f"builtins.{each.__name__}": each for each in (str, bytes, int, float, list, tuple, dict)
    }
    names = [each.name if isinstance(each, Reference) else "" for each in kinds]
    if not is_plain(value) or any(name not in known for name in names):
        return None
    return any(isinstance(value, known[name]) for name in names)


def _compare_reference(node: ast.AST, operation: ast.cmpop, left: Reference, right: object) -> bool:
    """Comparisons of the Python version that come out the same for every Python met."""
    if left.name == "sys.version_info" and isinstance(right, tuple) and right:
        is_before = right <= _OLDEST_PYTHON[: len(right)]
        if all(isinstance(part, int) for part in right) and is_before:
            if isinstance(operation, ast.GtE):
                return True
            if isinstance(operation, ast.Lt):
                return False
            if right < _OLDEST_PYTHON[: len(right)]:
                if isinstance(operation, ast.Gt):
                    return True
                if isinstance(operation, ast.LtE | ast.Eq):
                    return False
    if left.name.startswith("builtins.") and isinstance(operation, ast.Is | ast.IsNot):
        return isinstance(operation, ast.IsNot) if right is None else _refuse(node)
    return _refuse(node)


def _refuse(node: ast.AST) -> bool:
    raise NotStatic(unknown(node))


def _is_small_product(left: object, right: object) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        return True
    for number, repeated in ((left, right), (right, left)):
        if isinstance(number, int) and isinstance(repeated, str | list | tuple):
            return number * len(repeated) <= LARGEST
    return isinstance(left, float) or isinstance(right, float)
