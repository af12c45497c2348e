"""Evaluating the expressions that can be known without running anything."""

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import msgspec

from oneroof.paths import RelPath
from oneroof.workspace.dialects.static import methods
from oneroof.workspace.dialects.static.functions import CONSTANTS, KNOWN, Call
from oneroof.workspace.dialects.static.operations import (
    attempt,
    combine,
    compare,
    formatted,
    is_type,
    truth,
)
from oneroof.workspace.dialects.static.values import (
    Frame,
    Function,
    Namespace,
    NotStatic,
    OpenFile,
    Reference,
    Unknown,
    is_plain,
    unknown,
)
from oneroof.workspace.tree import Tree

MOST_STEPS = 50_000
DEEPEST_CALL = 20


class Reading(msgspec.Struct):
    """What is shared while one file, with those it imports, is read."""

    tree: Tree
    folder: RelPath
    """The folder the file is run in."""
    search: list[RelPath]
    """Where imported modules are looked for."""
    steps: int = 0
    """Taken for one statement of the file."""
    running: int = 0
    """How many blocks of statements are being run, one within the other."""
    depth: int = 0
    poisoned: dict[int, tuple[object, Unknown]] = msgspec.field(default_factory=dict)
    """Containers that code of unknown effect may have changed, by identity."""
    modules: dict[RelPath, Namespace] = msgspec.field(default_factory=dict)
    setup_calls: list[tuple[ast.Call, dict[str, object]]] = msgspec.field(default_factory=list)


class Expressions(ABC):
    """Evaluates expressions in a frame; each kind of node has its rule, `_on_<kind>`."""

    def __init__(self, reading: Reading, frame: Frame) -> None:
        self.reading = reading
        self.frame = frame

    def visit(self, node: ast.AST) -> object:
        """The value of an expression, or the effect of a statement.

        Raises:
            NotStatic: it cannot be known.
        """
        self.reading.steps += 1
        if self.reading.steps > MOST_STEPS:
            raise NotStatic(unknown(node))
        rule: Callable[[ast.AST], object] | None
        rule = getattr(self, f"_on_{type(node).__name__.lower()}", None)
        if rule is None:
            raise NotStatic(unknown(node))
        return rule(node)

    def known(self, node: ast.AST) -> object:
        """The value of an expression whose content is looked at."""
        value = self.visit(node)
        if isinstance(value, Unknown):
            raise NotStatic(value)
        self.check_untouched(value)
        return value

    def value_or_unknown(self, node: ast.expr) -> object:
        """The value, or what is not known of it: for the items of containers."""
        try:
            return self.visit(node)
        except NotStatic as reason:
            return reason.unknown

    def check_untouched(self, value: object) -> None:
        """Refuse a container that code of unknown effect may have changed."""
        poisoned = self.reading.poisoned.get(id(value))
        if poisoned is not None:
            raise NotStatic(poisoned[1])

    @abstractmethod
    def resolve(self, reference: Reference) -> object:
        """What a name imported from the workspace stands for; others stay references."""

    def apply(self, target: object, arguments: Sequence[object], node: ast.AST) -> object:
        """The result of calling a value of the file with evaluated arguments."""
        call = self.call(node, tuple(arguments))
        if isinstance(target, Reference) and target.name in KNOWN:
            return attempt(node, KNOWN[target.name], call)
        if isinstance(target, Function):
            return self.run_function(target, call)
        raise call.refuse()

    @abstractmethod
    def submodule(self, module: Namespace, node: ast.Attribute) -> object:
        """A module of a package, which no name in the package's own file stands for."""

    @abstractmethod
    def run_function(self, function: Function, call: Call) -> object:
        """The result of a function of the file itself."""

    @abstractmethod
    def call_special(self, reference: Reference, node: ast.Call) -> object:
        """Functions that work on the reading itself, such as `exec`; NotImplemented: no such."""

    def call(
        self,
        node: ast.AST,
        arguments: tuple[object, ...] = (),
        keywords: dict[str, object] | None = None,
    ) -> Call:
        """A call as known functions take it."""
        reading = self.reading
        return Call(reading.tree, reading.folder, node, arguments, keywords or {})

    def _on_constant(self, node: ast.Constant) -> object:
        value: object = node.value
        return value

    def _on_name(self, node: ast.Name) -> object:
        frame = self.frame.find(node.id)
        if frame is None:
            return Reference(f"builtins.{node.id}")
        return self._read(frame.names[node.id])

    def _on_attribute(self, node: ast.Attribute) -> object:
        value = self.visit(node.value)
        if isinstance(value, Reference):
            name = f"{value.name}.{node.attr}"
            return CONSTANTS[name] if name in CONSTANTS else self.resolve(Reference(name))
        if isinstance(value, Namespace):
            if node.attr in value.names:
                return self._read(value.names[node.attr])
            return self.submodule(value, node)
        return methods.attribute(value, node.attr, self.call(node))

    def _on_list(self, node: ast.List) -> object:
        return list(self._items(node.elts))

    def _on_tuple(self, node: ast.Tuple) -> object:
        return tuple(self._items(node.elts))

    def _on_set(self, node: ast.Set) -> object:
        return attempt(node, set, list(self._items(node.elts)))

    def _on_dict(self, node: ast.Dict) -> object:
        pairs: list[tuple[object, object]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                pairs.append((self.known(key), self.value_or_unknown(value)))
                continue
            spread = self.known(value)
            if not isinstance(spread, dict):
                raise NotStatic(unknown(value))
            pairs.extend(spread.items())
        return attempt(node, dict, pairs)

    def _on_joinedstr(self, node: ast.JoinedStr) -> object:
        return "".join(str(self.visit(part)) for part in node.values)

    def _on_formattedvalue(self, node: ast.FormattedValue) -> object:
        pattern = str(self.visit(node.format_spec)) if node.format_spec else ""
        return formatted(node, self.known(node.value), pattern)

    def _on_binop(self, node: ast.BinOp) -> object:
        return combine(node, node.op, self.known(node.left), self.known(node.right))

    def _on_unaryop(self, node: ast.UnaryOp) -> object:
        value = self.known(node.operand)
        if isinstance(node.op, ast.Not):
            return not truth(node.operand, value)
        if isinstance(node.op, ast.USub) and isinstance(value, int | float):
            return -value
        raise NotStatic(unknown(node))

    def _on_boolop(self, node: ast.BoolOp) -> object:
        value: object = None
        for operand in node.values:
            value = self.known(operand)
            if truth(operand, value) != isinstance(node.op, ast.And):
                break
        return value

    def _on_ifexp(self, node: ast.IfExp) -> object:
        chosen = node.body if truth(node.test, self.known(node.test)) else node.orelse
        return self.visit(chosen)

    def _on_compare(self, node: ast.Compare) -> object:
        left = self.known(node.left)
        for operation, operand in zip(node.ops, node.comparators, strict=True):
            right = self.known(operand)
            if not compare(node, operation, left, right):
                return False
            left = right
        return True

    def _on_subscript(self, node: ast.Subscript) -> object:
        container = self.known(node.value)
        if not isinstance(container, str | bytes | list | tuple | dict | re.Match):
            raise NotStatic(unknown(node))
        if isinstance(node.slice, ast.Slice):
            bounds = (node.slice.lower, node.slice.upper, node.slice.step)
            key: object = slice(*(self.known(bound) if bound else None for bound in bounds))
        else:
            key = self.known(node.slice)
        return self._read(attempt(node, container.__getitem__, key))

    def _on_namedexpr(self, node: ast.NamedExpr) -> object:
        value = self.visit(node.value)
        self.frame.assign(node.target.id, value)
        return value

    def _on_lambda(self, node: ast.Lambda) -> object:
        return Function(node, self.frame)

    def _on_listcomp(self, node: ast.ListComp) -> object:
        return list(self._comprehended(node, node.generators))

    def _on_generatorexp(self, node: ast.GeneratorExp) -> object:
        return list(self._comprehended(node, node.generators))

    def _on_setcomp(self, node: ast.SetComp) -> object:
        return attempt(node, set, list(self._comprehended(node, node.generators)))

    def _on_dictcomp(self, node: ast.DictComp) -> object:
        return attempt(node, dict, list(self._comprehended(node, node.generators)))

    def _on_call(self, node: ast.Call) -> object:
        if isinstance(node.func, ast.Attribute):
            owner = self.visit(node.func.value)
            if not isinstance(owner, Reference | Namespace):
                self.check_untouched(owner)
                call = self.call(node, *self.arguments(node))
                return attempt(node, methods.call_method, owner, node.func.attr, call)
        target = self.visit(node.func)
        if isinstance(target, Reference):
            special = self.call_special(target, node)
            if special is not NotImplemented:
                return special
            return self._call_known(target, node)
        if isinstance(target, Function):
            return self.run_function(target, self.call(node, *self.arguments(node)))
        raise NotStatic(unknown(node))

    def arguments(self, node: ast.Call) -> tuple[tuple[object, ...], dict[str, object]]:
        """The evaluated arguments of a call, spread ones included."""
        keywords: dict[str, object] = {}
        for keyword in node.keywords:
            if keyword.arg is not None:
                keywords[keyword.arg] = self.known(keyword.value)
                continue
            spread = self.known(keyword.value)
            if not isinstance(spread, dict):
                raise NotStatic(unknown(keyword.value))
            keywords.update({str(name): value for name, value in spread.items()})
        return tuple(self._items(node.args, strict=True)), keywords

    def iterate(self, node: ast.AST, value: object) -> list[object]:
        """The items of what a loop runs over."""
        self.check_untouched(value)
        if isinstance(value, OpenFile):
            return list(value.lines())
        if isinstance(value, str | list | tuple | dict | range):
            return list(value)
        if isinstance(value, set | frozenset) and is_plain(value):
            return sorted(value, key=str)
        raise NotStatic(unknown(node))

    def bind(self, target: ast.expr, value: object) -> None:
        """Assign to a name, several names, or an item of a container."""
        match target:
            case ast.Name():
                self.frame.assign(target.id, value)
            case ast.Tuple() | ast.List():
                items = self.iterate(target, value)
                if len(items) != len(target.elts):
                    raise NotStatic(unknown(target))
                for each, item in zip(target.elts, items, strict=True):
                    self.bind(each, item)
            case ast.Subscript():
                container = self.known(target.value)
                if not isinstance(container, dict | list):
                    raise NotStatic(unknown(target))
                attempt(target, container.__setitem__, self.known(target.slice), value)
            case _:
                raise NotStatic(unknown(target))

    def _read(self, value: object) -> object:
        if isinstance(value, Unknown):
            raise NotStatic(value)
        return self.resolve(value) if isinstance(value, Reference) else value

    def _call_known(self, target: Reference, node: ast.Call) -> object:
        name = target.name
        arguments, keywords = self.arguments(node)
        if name == "builtins.isinstance":
            answer = is_type(arguments[0], arguments[1])
            if answer is not None:
                return answer
        if name in {"builtins.map", "builtins.filter"} and len(arguments) > 1:
            return self._mapped(name, arguments, node)
        if name not in KNOWN:
            raise NotStatic(unknown(node))
        return attempt(node, KNOWN[name], self.call(node, arguments, keywords))

    def _mapped(self, name: str, arguments: tuple[object, ...], node: ast.AST) -> object:
        function, items = arguments[0], self.iterate(node, arguments[1])
        if name == "builtins.map":
            return [self._each(function, item, node) for item in items]
        if function is None:
            return [item for item in items if truth(node, item)]
        return [item for item in items if truth(node, self._each(function, item, node))]

    def _each(self, function: object, item: object, node: ast.AST) -> object:
        if isinstance(function, Reference) and function.name.startswith("builtins.str."):
            method = function.name.rpartition(".")[2]
            return attempt(node, methods.call_method, item, method, self.call(node))
        return self.apply(function, [item], node)

    def _items(self, nodes: Sequence[ast.expr], *, strict: bool = False) -> Iterator[object]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                yield from self.iterate(node, self.known(node.value))
            else:
                yield self.known(node) if strict else self.value_or_unknown(node)

    def _comprehended(
        self,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
        generators: Sequence[ast.comprehension],
    ) -> Iterator[object]:
        outer = self.frame
        self.frame = Frame(parent=outer, folder=outer.folder)
        try:
            yield from self._looped(node, generators)
        finally:
            self.frame = outer

    def _looped(
        self,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
        generators: Sequence[ast.comprehension],
    ) -> Iterator[object]:
        if not generators:
            if isinstance(node, ast.DictComp):
                yield self.known(node.key), self.value_or_unknown(node.value)
            else:
                yield self.known(node.elt)
            return
        first, *others = generators
        for item in self.iterate(first.iter, self.known(first.iter)):
            self.bind(first.target, item)
            if all(truth(test, self.known(test)) for test in first.ifs):
                yield from self._looped(node, others)
