"""Projects that depend on one which is gone: deleted, moved away or named otherwise. Pure."""

from collections.abc import Iterator

from oneroof import paths
from oneroof.changes.affected import Cause, Reason
from oneroof.changes.judged import Edited
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Project


def find_left_behind(graph: Graph, edited: Edited) -> Iterator[Cause]:
    """The causes for those that declare what a packaging file no longer provides."""
    old, new = _name_in(edited, edited.old), _name_in(edited, edited.new)
    folder = paths.parent(edited.path)
    gone = edited.new is None and not any(p.path == folder for p in graph.workspace.projects)
    for project in graph.workspace.projects:
        if old is not None and old != new and _requires(project, old):
            word = "deleted" if new is None else f"renamed to {new}"
            detail = f"its dependency {old} was {word}"
        elif gone and _requires_folder(project, folder):
            detail = f"its dependency in `{folder}` was deleted"
        else:
            continue
        yield Cause(project.name, Reason("manifest", detail, edited.path))


def _requires(project: Project, name: str) -> bool:
    return any(each.name == name for each in project.metadata.requirements)


def _requires_folder(project: Project, folder: RelPath) -> bool:
    return any(
        source.kind == "path"
        and paths.normalise(paths.parent(requirement.declared_in), source.location) == folder
        for requirement in project.metadata.requirements
        for source in requirement.sources
    )


def _name_in(edited: Edited, text: str | None) -> str | None:
    """The normalised distribution name that a packaging file gives; None without a plain one."""
    if text is None:
        return None
    file = paths.name(edited.path)
    read = {"pyproject.toml": _in_pyproject, "setup.cfg": _in_setup_cfg, "setup.py": _in_setup_py}
    name = read[file](text)
    return normalise_name(name) if name else None


def _in_pyproject(text: str) -> str | None:
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    tool = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    for table in (document.get("project"), poetry):
        name = table.get("name") if isinstance(table, dict) else None
        if isinstance(name, str):
            return name
    return None


def _in_setup_cfg(text: str) -> str | None:
    import configparser

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return parser.get("metadata", "name", fallback=None)


def _in_setup_py(text: str) -> str | None:
    import ast

    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg == "name":
            value = node.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
    return None
