"""Constants of modules, as `attr:` directives and imports name them."""

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.dialects.static.expressions import Reading
from oneroof.workspace.dialects.static.interpreter import Interpreter
from oneroof.workspace.dialects.static.sources import find_module_file
from oneroof.workspace.dialects.static.values import (
    Frame,
    Function,
    Namespace,
    NotStatic,
    Unknown,
    is_plain,
)
from oneroof.workspace.tree import Tree


def read_attribute(tree: Tree, roots: list[RelPath], attribute: str) -> object:
    """The value behind `package.module.NAME`, sought below import roots, the first one first.

    Raises:
        NotStatic: there is no such module or name, or its value is not static.
    """
    reading = Reading(tree, roots[0] if roots else paths.ROOT, list(roots))
    interpreter = Interpreter(reading, Frame())
    attribute = attribute.strip()
    missing = Unknown(f"{attribute} does not exist", 0)
    found = find_module_file(
        tree, roots, attribute if "." in attribute else f"__init__.{attribute}"
    )
    if found is None:
        raise NotStatic(missing)
    file, rest = found
    value: object = interpreter.import_file(file)
    for each in rest:
        if not isinstance(value, Namespace) or each not in value.names:
            raise NotStatic(missing)
        value = value.names[each]
    if isinstance(value, Function):
        # setuptools calls what can be called.
        value = interpreter.run_function(value, interpreter.call(value.node))
    value = interpreter.settled(value)
    if isinstance(value, Unknown):
        raise NotStatic(value)
    if not is_plain(value):
        raise NotStatic(missing)
    return value
