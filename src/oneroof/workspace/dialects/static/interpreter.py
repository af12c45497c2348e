"""The whole reading of a file: functions, imports, and the calls that work on the reading."""

import ast

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.dialects.static.expressions import DEEPEST_CALL
from oneroof.workspace.dialects.static.functions import Call
from oneroof.workspace.dialects.static.sources import find_module_file, parse_file, parse_source
from oneroof.workspace.dialects.static.statements import ALWAYS_THERE, Return, Statements
from oneroof.workspace.dialects.static.values import (
    Frame,
    Function,
    Namespace,
    NotStatic,
    Reference,
    Unknown,
    is_path,
    machine_path,
    unknown,
    workspace_path,
)

SETUP_NAMES = frozenset(
    {
        "distutils.core.setup",
        "numpy.distutils.core.setup",
        "setuptools.setup",
        "setuptools.dist.setup",
        "skbuild.setup",
    }
)
_SCOPES = frozenset({"builtins.globals", "builtins.locals", "builtins.vars"})
_STAR_NAMES = {"setuptools": ("setup", "find_packages", "find_namespace_packages", "Extension")}
# Functions that load a file by its path, and where that path stands among their arguments.
_LOADERS = {
    "imp.load_source": 1,
    "importlib.machinery.SourceFileLoader": 1,
    "importlib.util.spec_from_file_location": 1,
    "runpy.run_path": 0,
}


class Interpreter(Statements):
    """Reads a module statement by statement, with what it imports from the workspace."""

    def _on_import(self, node: ast.Import) -> object:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            imported = alias.name if alias.asname else top
            self.frame.assign(alias.asname or top, Reference(imported))
        return None

    def _on_importfrom(self, node: ast.ImportFrom) -> object:
        if node.level:
            self._import_relative(node)
            return None
        for alias in node.names:
            if alias.name == "*":
                self._import_all(node)
            else:
                name = alias.asname or alias.name
                self.frame.assign(name, Reference(f"{node.module}.{alias.name}"))
        return None

    def resolve(self, reference: Reference) -> object:
        """The value of a name imported from a module of the workspace."""
        top = reference.name.partition(".")[0]
        if top in ALWAYS_THERE or top == "builtins":
            return reference
        found = find_module_file(self.reading.tree, self.reading.search, reference.name)
        if found is None:
            return reference
        file, rest = found
        value: object = self.import_file(file)
        for name in rest:
            if not isinstance(value, Namespace) or name not in value.names:
                return reference
            value = value.names[name]
        if isinstance(value, Unknown):
            raise NotStatic(value)
        return value

    def import_file(self, path: RelPath) -> Namespace:
        """The names a module of the workspace defines, each file read once."""
        known = self.reading.modules.get(path)
        if known is not None:
            return known
        frame = Frame(folder=paths.parent(path))
        frame.names["__file__"] = machine_path(path)
        frame.names["__name__"] = paths.name(path).removesuffix(".py")
        self.reading.modules[path] = Namespace(frame.names, path)
        module = parse_file(self.reading.tree, path)
        type(self)(self.reading, frame).run(module.body if module else ())
        return self.reading.modules[path]

    def submodule(self, module: Namespace, node: ast.Attribute) -> object:
        """A module of a package, which no name in the package's own file stands for."""
        if paths.name(module.path) == "__init__.py":
            roots = [paths.parent(module.path)]
            found = find_module_file(self.reading.tree, roots, node.attr)
            if found is not None:
                return self.import_file(found[0])
        raise NotStatic(unknown(node))

    def run_function(self, function: Function, call: Call) -> object:
        """Run a function of the file with its arguments bound."""
        if self.reading.depth >= DEEPEST_CALL:
            raise call.refuse()
        frame = Frame(parent=function.frame, folder=function.frame.folder)
        inner = type(self)(self.reading, frame)
        inner.catches_missing_files = self.catches_missing_files
        self._bind_parameters(function, call, frame)
        self.reading.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return inner.visit(function.node.body)
            inner.run(function.node.body)
        except Return as returned:
            return returned.value
        finally:
            self.reading.depth -= 1
        return None

    def call_special(self, reference: Reference, node: ast.Call) -> object:
        """`setup` itself, `exec`, `globals`, and the ways to load a file."""
        name = reference.name
        if name in SETUP_NAMES:
            self.reading.setup_calls.append((node, self._keyword_arguments(node)))
            return None
        if name == "builtins.exec":
            return self._exec(node)
        if name == "builtins.dict" and not node.args:
            # As a display: one value that is not static leaves the others.
            return self._keyword_arguments(node)
        if name in _SCOPES and not node.args:
            frame = self.frame.module if name == "builtins.globals" else self.frame
            return frame.names
        return self._import_by_call(name, node) if node.args else NotImplemented

    def _import_by_call(self, name: str, node: ast.Call) -> object:
        """Modules loaded by path or by name, and where they are looked for."""
        result: object = NotImplemented
        if name in _LOADERS and len(node.args) > _LOADERS[name]:
            loaded = self._load(node.args[_LOADERS[name]])
            result = dict(loaded.names) if name == "runpy.run_path" else loaded
        elif name == "importlib.util.module_from_spec":
            result = self.visit(node.args[0])
        elif name in {"importlib.import_module", "builtins.__import__"}:
            result = self.resolve(Reference(str(self.known(node.args[0]))))
        elif name in {"sys.path.insert", "sys.path.append"}:
            added = self.known(node.args[-1])
            path = workspace_path(self.reading.folder, str(added)) if is_path(added) else None
            if path is not None:
                self.reading.search.append(path)
            result = None
        return result

    def _keyword_arguments(self, node: ast.Call) -> dict[str, object]:
        """Keyword arguments, each for itself; `**` where a spread is not known."""
        found: dict[str, object] = {}
        for keyword in node.keywords:
            value = self.value_or_unknown(keyword.value)
            if keyword.arg is not None:
                found[keyword.arg] = self.settled(value)
            elif isinstance(value, dict):
                settled = self.settled(value)
                if isinstance(settled, dict):
                    found.update({str(name): item for name, item in settled.items()})
                else:
                    found["**"] = settled
            else:
                found["**"] = unknown(keyword.value)
        return found

    def settled(self, value: object) -> object:
        """A value as it stands now: later changes do not reach it, unknown parts are marked."""
        poisoned = self.reading.poisoned.get(id(value))
        if poisoned is not None:
            return poisoned[1]
        if isinstance(value, list | tuple):
            return [self.settled(item) for item in value]
        if isinstance(value, dict):
            return {key: self.settled(item) for key, item in value.items()}
        return value

    def _exec(self, node: ast.Call) -> object:
        source = self.known(node.args[0]) if node.args else None
        if not isinstance(source, str | bytes):
            raise NotStatic(unknown(node))
        frame = self.frame
        if len(node.args) > 1:
            names = self.known(node.args[-1])
            if not isinstance(names, dict):
                raise NotStatic(unknown(node))
            frame = Frame(names=names, folder=self.reading.folder)
        try:
            module = parse_source(source)
        except SyntaxError:
            raise NotStatic(unknown(node)) from None
        type(self)(self.reading, frame).run(module.body)
        return None

    def _load(self, node: ast.expr) -> Namespace:
        written = self.known(node)
        path = workspace_path(self.reading.folder, str(written)) if is_path(written) else None
        if path is None or path not in self.reading.tree:
            raise NotStatic(unknown(node))
        return self.import_file(path)

    def _import_relative(self, node: ast.ImportFrom) -> None:
        folder = self.frame.module.folder
        for _ in range(node.level - 1):
            folder = paths.parent(folder)
        for alias in node.names:
            dotted = f"{node.module}.{alias.name}" if node.module else alias.name
            found = find_module_file(self.reading.tree, [folder], dotted)
            value: object = unknown(node)
            if found is not None:
                value = self._member(self.import_file(found[0]), found[1], unknown(node))
            elif not node.module:
                own = self.reading.modules.get(paths.join(folder, "__init__.py"))
                value = self._member(own, [alias.name], unknown(node)) if own else value
            self.frame.assign(alias.asname or alias.name, value)

    def _import_all(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for name in _STAR_NAMES.get(module, ()):
            self.frame.assign(name, Reference(f"{module}.{name}"))
        if module not in _STAR_NAMES:
            found = self.resolve(Reference(module))
            if isinstance(found, Namespace):
                for name, value in found.names.items():
                    if not name.startswith("_"):
                        self.frame.assign(name, value)

    def _member(self, module: Namespace, names: list[str], otherwise: Unknown) -> object:
        value: object = module
        for name in names:
            if not isinstance(value, Namespace) or name not in value.names:
                return otherwise
            value = value.names[name]
        return value

    def _bind_parameters(self, function: Function, call: Call, frame: Frame) -> None:
        """Bind the arguments of a call to the parameters of the function it calls."""
        parameters = function.node.args
        names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
        outside = type(self)(self.reading, function.frame)
        defaults = parameters.defaults
        for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=True):
            frame.names[name] = outside.value_or_unknown(default)
        for each, given in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
            if given is not None:
                frame.names[each.arg] = outside.value_or_unknown(given)
        frame.names.update(zip(names, call.arguments, strict=False))
        further = call.arguments[len(names) :]
        known = {*names, *(each.arg for each in parameters.kwonlyargs)}
        extra = {name: value for name, value in call.keywords.items() if name not in known}
        frame.names.update({name: call.keywords[name] for name in known & set(call.keywords)})
        if parameters.vararg is not None:
            frame.names[parameters.vararg.arg] = further
        elif further:
            raise call.refuse()
        if parameters.kwarg is not None:
            frame.names[parameters.kwarg.arg] = extra
        elif extra:
            raise call.refuse()
        if any(name not in frame.names for name in known):
            raise call.refuse()
