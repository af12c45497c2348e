"""What statements change whose effect is not known: names, and the values names hold."""

import ast
from collections.abc import Iterable, Iterator

_HARMLESS = frozenset({"print", "warn", "warning", "info", "debug", "error", "write", "join"})
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def bound_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that get another value."""
    for node in _within(nodes, _SCOPES):
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                yield node.id
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    yield (alias.asname or alias.name).partition(".")[0]
            case _:
                pass


def touched_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names whose values may be changed in place."""
    for node in _within(nodes, _SCOPES):
        match node:
            case ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield from _base_name(node)
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name
            case ast.Call():
                yield from _touched_by_call(node)
            case _:
                pass


def leaves_early(nodes: Iterable[ast.AST]) -> bool:
    """Whether code may return, or leave the loop it stands in."""
    top = list(nodes)
    if any(isinstance(node, ast.Return) for node in _within(top, _SCOPES)):
        return True
    loops = (*_SCOPES, ast.For, ast.While, ast.AsyncFor)
    return any(isinstance(node, ast.Break | ast.Continue) for node in _within(top, loops))


def always_leaves(body: list[ast.stmt]) -> bool:
    """Whether a block ends the program, so that the code after it has not passed through it."""
    match body[-1] if body else None:
        case ast.Raise():
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="exit" | "quit"))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="exit" | "_exit"))):
            return True
        case _:
            return False


def _within(nodes: Iterable[ast.AST], closed: tuple[type[ast.AST], ...]) -> Iterator[ast.AST]:
    """The nodes with all below them, except for what nodes of the `closed` kinds hold."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, closed):
            waiting.extend(ast.iter_child_nodes(node))


def _touched_by_call(node: ast.Call) -> Iterator[str]:
    """The object a method is called on, and what is handed to it."""
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name) if name in _HARMLESS:
            return
        case ast.Attribute():
            yield from _base_name(node.func)
        case _:
            pass
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        if isinstance(argument, ast.Name):
            yield argument.id


def _base_name(node: ast.AST) -> Iterator[str]:
    """`a` of `a.b["c"].d`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
