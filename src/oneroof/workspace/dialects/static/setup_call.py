"""What `setup.py` hands to `setup`, as far as it is static."""

import ast
from collections.abc import Mapping

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.dialects.static.expressions import Reading
from oneroof.workspace.dialects.static.interpreter import SETUP_NAMES, Interpreter
from oneroof.workspace.dialects.static.sources import parse_source
from oneroof.workspace.dialects.static.values import (
    Frame,
    NotStatic,
    Reference,
    machine_path,
)
from oneroof.workspace.tree import Tree


class SetupCall(msgspec.Struct, frozen=True):
    """One call of `setup`."""

    arguments: Mapping[str, object]
    """By keyword; what is not static is `Unknown`, and `**` stands for a spread that is not."""
    line: int


def find_setup_calls(tree: Tree, folder: RelPath) -> list[SetupCall]:
    """The calls of `setup` in a folder's `setup.py`, in the order they would run.

    A call that runs only under conditions that are not static is read all the same.

    Raises:
        ConfigError: the file cannot be read.
        SyntaxError: it is not Python 3.
    """
    path = paths.join(folder, "setup.py")
    module = parse_source(tree.read_bytes(path))
    frame = Frame(folder=folder)
    frame.names.update({"__file__": machine_path(path), "__name__": "__main__"})
    search = [folder]
    if tree.is_folder(paths.join(folder, "src")):
        search.append(paths.join(folder, "src"))
    reading = Reading(tree, folder, search)
    interpreter = Interpreter(reading, frame)
    try:
        interpreter.run(module.body)
        if not reading.setup_calls:
            _read_conditional_calls(interpreter, module)
    except RecursionError:
        pass
    return [SetupCall(arguments, node.lineno) for node, arguments in reading.setup_calls]


def _read_conditional_calls(interpreter: Interpreter, module: ast.Module) -> None:
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        target = interpreter.value_or_unknown(node.func)
        if isinstance(target, Reference) and target.name in SETUP_NAMES:
            try:
                interpreter.visit(node)
            except NotStatic:
                continue
