"""`setup.cfg`: declarative setuptools configuration.

See https://setuptools.pypa.io/en/latest/userguide/declarative_config.html.
"""

from configparser import Error as ConfigParserError
from configparser import RawConfigParser
from functools import lru_cache

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.dialects.setuptools_fields import (
    CaseSensitiveParser,
    Fields,
    first_line,
    joined_version,
)
from oneroof.workspace.dialects.static import NotStatic, read_attribute
from oneroof.workspace.globs import matches
from oneroof.workspace.layout.setuptools import Option, Options, find_in, source_folder
from oneroof.workspace.layout.setuptools_find import Filter
from oneroof.workspace.model import BUILD, MAIN, Group, Metadata, group
from oneroof.workspace.similar import hint_similar
from oneroof.workspace.tree import Tree

_FILE = "file:"
_FIND = {"find:": False, "find_namespace:": True}


def read_setup_cfg(tree: Tree, folder: RelPath) -> Metadata | None:
    """What a folder's `setup.cfg` declares; None where it has neither metadata nor options."""
    path = paths.join(folder, "setup.cfg")
    if path not in tree:
        return None
    fields = Fields(path, folder, "setup.cfg")
    try:
        parser = _parse(tree.read_text(path))
    except ConfigError as error:
        fields.report("", error.message.removeprefix(f"{path}: "), fatal=True)
        return fields.metadata()
    except ConfigParserError as error:
        fields.report("", f"is not a configuration file: {first_line(error)}", fatal=True)
        return fields.metadata()
    if not parser.has_section("metadata") and not parser.has_section("options"):
        return None
    _read_core(tree, fields, parser)
    _read_requirements(tree, fields, parser)
    _read_entry_points(tree, fields, parser)
    return fields.metadata()


def read_cfg_options(tree: Tree, folder: RelPath) -> Options:
    """What `setup.cfg` says about packages; the `find:` directive is carried out."""
    path = paths.join(folder, "setup.cfg")
    try:
        parser = _parse(tree.read_text(path)) if path in tree else None
    except (ConfigError, ConfigParserError):
        parser = None
    if parser is None or not parser.has_section("options"):
        return Options()
    options = _section(parser, "options")
    package_dir = _package_dir(options)
    packages: tuple[str, ...] | None = None
    written = options.get("packages", "").strip()
    if written in _FIND:
        finder = _section(parser, "options.packages.find")
        where = tuple(_list(finder.get("where", ".")))[:1] or (".",)
        chosen = Filter(
            include=tuple(_list(finder.get("include", ""))) or ("*",),
            exclude=tuple(_list(finder.get("exclude", ""))),
            namespaces=_FIND[written],
        )
        packages = find_in(tree, folder, where, chosen, package_dir)
    elif written:
        packages = tuple(_list(written))
    modules = tuple(_list(options.get("py_modules", "")))
    return Options(
        packages=packages,
        package_dir=package_dir or None,
        py_modules=modules or None,
        packages_option=Option(path, "options.packages"),
        modules_option=Option(path, "options.py_modules"),
    )


@lru_cache(maxsize=1024)
def _parse(text: str) -> RawConfigParser:
    parser = CaseSensitiveParser()
    parser.read_string(text)
    return parser


def _section(parser: RawConfigParser, name: str) -> dict[str, str]:
    """A section, the older spelling of its keys with dashes included."""
    if not parser.has_section(name):
        return {}
    return {key.replace("-", "_"): value or "" for key, value in parser.items(name)}


def _list(value: str) -> list[str]:
    """Items on lines of their own, or between commas on one."""
    items = value.splitlines() if "\n" in value else value.split(",")
    return [item.strip() for item in items if item.strip()]


def _requirement_lines(value: str) -> list[str]:
    """Requirements on lines of their own, or between semicolons on one."""
    items = value.splitlines() if "\n" in value else value.split(";")
    return [item.strip() for item in items if item.strip()]


def _package_dir(options: dict[str, str]) -> dict[str, str]:
    pairs = (item.partition("=") for item in _list(options.get("package_dir", "")))
    return {name.strip(): folder.strip() for name, equals, folder in pairs if equals}


def _read_core(tree: Tree, fields: Fields, parser: RawConfigParser) -> None:
    metadata, options = _section(parser, "metadata"), _section(parser, "options")
    fields.name = metadata.get("name", "").strip() or None
    fields.requires_python = options.get("python_requires", "").strip()
    written = metadata.get("version", "").strip()
    if written.startswith("attr:"):
        fields.version = _attribute(tree, fields, written.removeprefix("attr:"), options)
    elif written.startswith("file:"):
        text = _files(tree, fields, written, "metadata.version")
        fields.version = text.strip() or None
    else:
        fields.version = written or None
    description = metadata.get("long_description", "").strip()
    if description.startswith(_FILE):
        _files(tree, fields, description, "metadata.long_description")
    _check_licenses(tree, fields, metadata)


def _check_licenses(tree: Tree, fields: Fields, metadata: dict[str, str]) -> None:
    for option in ("license_file", "license_files"):
        for index, glob in enumerate(_list(metadata.get(option, ""))):
            below = (paths.relative_to(each, fields.folder) for each in tree.below(fields.folder))
            if not any(matches(path, glob) for path in below):
                hint = hint_similar(tree, fields.folder, glob, "correct it, or take it out")
                key = f"metadata.{option}[{index}]"
                fields.report(key, f"`{glob}` matches no file", hint=hint)


def _attribute(tree: Tree, fields: Fields, attribute: str, options: dict[str, str]) -> str | None:
    """The value behind an `attr:` directive, sought where the packages are."""
    roots: list[RelPath] = []
    package_dir = read_cfg_options(tree, fields.folder).package_dir or _package_dir(options)
    for written in (source_folder(tree, fields.folder, package_dir), ""):
        root = paths.normalise(fields.folder, written)
        if root is not None and root not in roots:
            roots.append(root)
    try:
        return joined_version(read_attribute(tree, roots, attribute))
    except NotStatic as reason:
        fields.report("metadata.version", f"is not static: {reason.unknown}")
        return None


def _files(tree: Tree, fields: Fields, written: str, key: str) -> str:
    """The content of the files a `file:` directive names; the project's folder bounds it."""
    texts: list[str] = []
    for name in written.removeprefix("file:").split(","):
        path = paths.normalise(fields.folder, name.strip())
        if path is None or path not in tree or not paths.is_within(path, fields.folder):
            hint = hint_similar(tree, fields.folder, name.strip(), "create the file")
            fields.report(key, f"`{name.strip()}` does not exist", hint=hint)
            continue
        try:
            texts.append(tree.read_text(path))
        except ConfigError as error:
            fields.report(key, error.message)
    return "\n".join(texts)


def _listed(tree: Tree, fields: Fields, value: str, key: str) -> list[str]:
    if value.strip().startswith("file:"):
        return _files(tree, fields, value.strip(), key).splitlines()
    return _requirement_lines(value)


def _read_requirements(tree: Tree, fields: Fields, parser: RawConfigParser) -> None:
    options = _section(parser, "options")
    for name, kind in (("install_requires", MAIN), ("setup_requires", BUILD)):
        key = f"options.{name}"
        fields.add_requirements(_listed(tree, fields, options.get(name, ""), key), kind, key)
    if parser.has_section("options.extras_require"):
        for name, value in parser.items("options.extras_require"):
            key = f"options.extras_require.{name}"
            fields.add_extra(name, _listed(tree, fields, value or "", key), key)
    if "tests_require" in options:
        fields.groups.append(Group("test"))
        key = "options.tests_require"
        lines = _listed(tree, fields, options["tests_require"], key)
        fields.add_requirements(lines, group("test"), key)


def _read_entry_points(tree: Tree, fields: Fields, parser: RawConfigParser) -> None:
    written = _section(parser, "options").get("entry_points", "").strip()
    key = "options.entry_points"
    if written.startswith("file:"):
        fields.add_entry_points_text(_files(tree, fields, written, key), key)
    elif written:
        fields.add_entry_points_text(written, key)
    if parser.has_section(key):
        for name, value in parser.items(key):
            fields.add_entry_points(name, _list(value or ""), f"{key}.{name}")
