"""Running the statements of a file as far as their effect is known."""

import ast
import sys
from collections.abc import Sequence

from oneroof.workspace.dialects.static.expressions import Expressions, Reading
from oneroof.workspace.dialects.static.names import (
    always_leaves,
    bound_names,
    leaves_early,
    touched_names,
)
from oneroof.workspace.dialects.static.operations import combine, truth
from oneroof.workspace.dialects.static.sources import find_module_file
from oneroof.workspace.dialects.static.values import (
    Frame,
    Function,
    MissingFile,
    NotStatic,
    Raised,
    Unknown,
    unknown,
)

# What can be imported wherever a project is built.
ALWAYS_THERE = sys.stdlib_module_names | {"setuptools", "pkg_resources", "distutils"}
_FILE_ERRORS = frozenset(
    {"BaseException", "EnvironmentError", "Exception", "FileNotFoundError", "IOError", "OSError"}
)


class Return(Exception):  # noqa: N818 - control flow of the code read
    """A function of the file returns."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class _Loop(Exception):  # noqa: N818 - control flow of the code read
    def __init__(self, *, leaves: bool) -> None:
        super().__init__()
        self.leaves = leaves


class Statements(Expressions):
    """Runs statements in a frame; the names that one of unknown effect changes become unknown."""

    def __init__(self, reading: Reading, frame: Frame) -> None:
        super().__init__(reading, frame)
        self.catches_missing_files = False

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Run statements in order; what one leaves unknown does not stop the next."""
        reading = self.reading
        for statement in body:
            if not reading.running:
                reading.steps = 0
            reading.running += 1
            try:
                self.visit(statement)
            except MissingFile as reason:
                if self.catches_missing_files:
                    raise
                self.forget([statement], reason.unknown)
            except Raised as reason:
                # A function that raises has no result; a whole file that would is read on, since
                # what it misses may be there when it runs.
                if self.frame.parent is not None:
                    raise
                self.forget([statement], reason.unknown)
            except NotStatic as reason:
                self.forget([statement], reason.unknown)
            finally:
                reading.running -= 1

    def forget(self, nodes: Sequence[ast.AST], reason: Unknown) -> None:
        """Make unknown what statements whose effect is not known may have changed."""
        if leaves_early(nodes):
            raise NotStatic(reason)
        for name in touched_names(nodes):
            frame = self.frame.find(name)
            value = frame.names[name] if frame else None
            if isinstance(value, list | dict | set):
                self.reading.poisoned[id(value)] = (value, reason)
        for name in bound_names(nodes):
            self.frame.assign(name, reason)

    def _on_expr(self, node: ast.Expr) -> object:
        return self.visit(node.value)

    def _on_pass(self, _node: ast.Pass) -> object:
        return None

    def _on_assert(self, _node: ast.Assert) -> object:
        return None

    def _on_raise(self, node: ast.Raise) -> object:
        raise Raised(unknown(node))

    def _on_global(self, node: ast.Global) -> object:
        self.frame.global_names.update(node.names)
        return None

    def _on_assign(self, node: ast.Assign) -> object:
        value = self.visit(node.value)
        for target in node.targets:
            self.bind(target, value)
        return None

    def _on_annassign(self, node: ast.AnnAssign) -> object:
        if node.value is not None:
            self.bind(node.target, self.visit(node.value))
        return None

    def _on_augassign(self, node: ast.AugAssign) -> object:
        target = ast.copy_location(_as_loaded(node.target), node.target)
        held, added = self.known(target), self.known(node.value)
        if isinstance(held, list) and isinstance(node.op, ast.Add):
            # The list itself grows, for all that hold it.
            held.extend(self.iterate(node.value, added))
            return None
        self.bind(node.target, combine(node, node.op, held, added))
        return None

    def _on_delete(self, node: ast.Delete) -> object:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                container = self.known(target.value)
                if isinstance(container, dict):
                    container.pop(self.known(target.slice), None)
                    continue
            if isinstance(target, ast.Name):
                self.frame.names.pop(target.id, None)
                continue
            raise NotStatic(unknown(target))
        return None

    def _on_functiondef(self, node: ast.FunctionDef) -> object:
        self.frame.assign(node.name, Function(node, self.frame))
        return None

    def _on_classdef(self, node: ast.ClassDef) -> object:
        self.frame.assign(node.name, unknown(node, f"class {node.name}"))
        return None

    def _on_return(self, node: ast.Return) -> object:
        raise Return(self.visit(node.value) if node.value else None)

    def _on_break(self, _node: ast.Break) -> object:
        raise _Loop(leaves=True)

    def _on_continue(self, _node: ast.Continue) -> object:
        raise _Loop(leaves=False)

    def _on_if(self, node: ast.If) -> object:
        try:
            chosen = node.body if truth(node.test, self.known(node.test)) else node.orelse
        except NotStatic as reason:
            if always_leaves(node.body):
                chosen = node.orelse
            elif always_leaves(node.orelse):
                chosen = node.body
            else:
                self.forget([*node.body, *node.orelse], reason.unknown)
                return None
        self.run(chosen)
        return None

    def _on_for(self, node: ast.For) -> object:
        for item in self.iterate(node.iter, self.known(node.iter)):
            self.bind(node.target, item)
            try:
                self.run(node.body)
            except _Loop as loop:
                if loop.leaves:
                    return None
        self.run(node.orelse)
        return None

    def _on_with(self, node: ast.With) -> object:
        for item in node.items:
            value = self.value_or_unknown(item.context_expr)
            if isinstance(value, Unknown) and self.catches_missing_files:
                self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value)
        self.run(node.body)
        return None

    def _on_try(self, node: ast.Try) -> object:
        handler = _file_error_handler(node.handlers)
        catching = self.catches_missing_files
        self.catches_missing_files = handler is not None or catching
        try:
            self.run(node.body)
        except MissingFile:
            self.catches_missing_files = catching
            if handler is None:
                raise
            self.run(handler.body)
        except Raised as reason:
            self.catches_missing_files = catching
            self.forget([node], reason.unknown)
        else:
            self.catches_missing_files = catching
            if missing := _uncertain_import(node, self.reading):
                changed = [each for each in node.handlers if not always_leaves(each.body)]
                bound = [each for each in node.body if not isinstance(each, ast.Import)]
                self.forget([*bound, *changed], unknown(missing))
            self.run(node.orelse)
        self.run(node.finalbody)
        return None


def _as_loaded(target: ast.Name | ast.Attribute | ast.Subscript) -> ast.expr:
    """The target of `+=` as the expression it also is."""
    match target:
        case ast.Name():
            return ast.Name(target.id, ast.Load())
        case ast.Attribute():
            return ast.Attribute(target.value, target.attr, ast.Load())
        case ast.Subscript():
            return ast.Subscript(target.value, target.slice, ast.Load())


def _file_error_handler(handlers: Sequence[ast.ExceptHandler]) -> ast.ExceptHandler | None:
    """The first handler that a missing file would end in."""
    for handler in handlers:
        if handler.type is None:
            return handler
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(isinstance(kind, ast.Name) and kind.id in _FILE_ERRORS for kind in kinds):
            return handler
    return None


def _uncertain_import(node: ast.Try, reading: Reading) -> ast.stmt | None:
    """An import that may fail where the project is built, and so end in a handler."""
    for statement in node.body:
        names: list[str] = []
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            names = [statement.module or ""]
        for name in names:
            if name.partition(".")[0] in ALWAYS_THERE:
                continue
            if find_module_file(reading.tree, reading.search, name) is None:
                return statement
    return None
