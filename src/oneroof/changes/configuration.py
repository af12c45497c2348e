"""Which file and which keys configure a tool for a project.

Shared configuration counts key by key: a changed ruff setting concerns linting, not tests.
"""

from collections.abc import Iterator, Mapping

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree


class Tool(msgspec.Struct, frozen=True):
    """Where a tool looks for its configuration, in its own order of precedence."""

    name: str
    tasks: tuple[str, ...]
    """The tasks whose results its configuration can change."""
    files: tuple[str, ...] = ()
    """Files that are its configuration and nothing else."""
    tables: tuple[str, ...] = ()
    """Tables of `pyproject.toml`."""
    sections: Mapping[str, tuple[str, ...]] | None = None
    """Sections of shared INI files; a trailing `*` stands for any ending."""


TOOLS = (
    Tool(
        "pytest",
        ("test",),
        ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"),
        ("tool.pytest",),
        {"tox.ini": ("pytest",), "setup.cfg": ("tool:pytest",)},
    ),
    Tool(
        "coverage",
        ("test",),
        (".coveragerc", ".coveragerc.toml"),
        ("tool.coverage",),
        {"tox.ini": ("coverage:*",), "setup.cfg": ("coverage:*",)},
    ),
    Tool("ruff", ("lint", "fmt"), (".ruff.toml", "ruff.toml"), ("tool.ruff",)),
    Tool("black", ("fmt",), (), ("tool.black",)),
    Tool(
        "isort",
        ("fmt",),
        (".isort.cfg",),
        ("tool.isort",),
        {"tox.ini": ("isort",), "setup.cfg": ("isort",)},
    ),
    Tool(
        "flake8",
        ("lint",),
        (".flake8",),
        ("tool.flake8",),
        {"tox.ini": ("flake8",), "setup.cfg": ("flake8",)},
    ),
    Tool("pylint", ("lint",), (".pylintrc", "pylintrc"), ("tool.pylint",)),
    Tool(
        "mypy",
        ("types",),
        ("mypy.ini", ".mypy.ini"),
        ("tool.mypy",),
        {"setup.cfg": ("mypy*",)},
    ),
    Tool("pyright", ("types",), ("pyrightconfig.json",), ("tool.pyright", "tool.basedpyright")),
    Tool("ty", ("types",), ("ty.toml",), ("tool.ty",)),
)
BY_NAME = {tool.name: tool for tool in TOOLS}


class Configuration(msgspec.Struct, frozen=True):
    """What configures one tool in one folder."""

    tool: str
    path: RelPath
    key: str
    """The table or sections in that file; empty where all of the file counts."""
    content: str
    """What it says, in a form in which equal settings are equal text."""


def find_configuration(tree: Tree, folder: RelPath, tool: Tool) -> Configuration | None:
    """The configuration that governs `folder`: its own, else that of the nearest folder above."""
    for each in (folder, *(paths.ancestors(folder))):
        for configuration in configurations_in(tree, each, tool):
            return configuration
    return None


def shared_files() -> frozenset[str]:
    """The names of all files that may hold configuration of a known tool."""
    return frozenset(
        name for tool in TOOLS for name in (*tool.files, *(tool.sections or ()), "pyproject.toml")
    )


def read_tool_tables(text: str) -> dict[str, str]:
    """The content of each known tool's tables in a pyproject.toml; none where it is broken."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    found = {}
    for tool in TOOLS:
        content = _tables(document, tool)
        if content:
            found[tool.name] = content
    return found


def read_tool_sections(text: str, file: str) -> dict[str, str]:
    """The content of each known tool's sections in a shared INI file."""
    found = {}
    for tool in TOOLS:
        content = _sections(text, (tool.sections or {}).get(file, ()))
        if content:
            found[tool.name] = content
    return found


def read_option(configuration: Configuration | None, name: str) -> tuple[str, ...]:
    """A list option of pytest, from TOML or INI."""
    import json

    if configuration is None:
        return ()
    try:
        tables = json.loads(configuration.content)
    except ValueError:
        return _ini_option(configuration.content, name)
    for table in (*tables.values(), *(each.get("ini_options", {}) for each in tables.values())):
        value = table.get(name) if isinstance(table, dict) else None
        if isinstance(value, list):
            return tuple(map(str, value))
        if isinstance(value, str):
            return tuple(value.split())
    return ()


def configurations_in(tree: Tree, folder: RelPath, tool: Tool) -> Iterator[Configuration]:
    """What configures a tool in a folder, the one that counts first."""
    names = tree.folder(folder).files
    for name in tool.files:
        if name in names:
            path = paths.join(folder, name)
            yield Configuration(tool.name, path, "", _text(tree, path))
    if tool.tables and "pyproject.toml" in names:
        path = paths.join(folder, "pyproject.toml")
        content = _tables(_document(tree, path), tool)
        if content:
            yield Configuration(tool.name, path, tool.tables[0], content)
    for name, sections in (tool.sections or {}).items():
        if name in names:
            path = paths.join(folder, name)
            content = _sections(_text(tree, path), sections)
            if content:
                yield Configuration(tool.name, path, sections[0], content)


def python_path(configuration: Configuration | None) -> Iterator[RelPath]:
    """The folders of the workspace that pytest's `pythonpath` names."""
    if configuration is not None:
        base = paths.parent(configuration.path)
        for text in read_option(configuration, "pythonpath"):
            folder = paths.normalise(base, text)
            if folder is not None:
                yield folder


def _document(tree: Tree, path: RelPath) -> Mapping[str, object]:
    from oneroof.workspace.metadata import read_document

    document, _ = read_document(tree, path)
    return document or {}


def _text(tree: Tree, path: RelPath) -> str:
    return tree.read_bytes(path).decode("utf-8", "replace")


def _tables(document: Mapping[str, object], tool: Tool) -> str:
    import json

    found = {}
    for dotted in tool.tables:
        value: object = document
        for key in dotted.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            found[dotted] = value
    return json.dumps(found, sort_keys=True, default=str) if found else ""


def _sections(text: str, wanted: tuple[str, ...]) -> str:
    import configparser
    import json

    if not wanted:
        return ""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return text
    found = {
        section: dict(parser.items(section))
        for section in parser.sections()
        if any(_is_wanted(section, each) for each in wanted)
    }
    return json.dumps(found, sort_keys=True) if found else ""


def _is_wanted(section: str, wanted: str) -> bool:
    return section.startswith(wanted[:-1]) if wanted.endswith("*") else section == wanted


def _ini_option(text: str, name: str) -> tuple[str, ...]:
    import configparser

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ()
    value = parser.get("pytest", name, fallback="") or ""
    return tuple(value.split())
