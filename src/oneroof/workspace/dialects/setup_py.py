"""`setup.py`, read as syntax and never run: the arguments of its call of `setup`."""

from collections.abc import Mapping
from functools import lru_cache

from oneroof import paths
from oneroof.errors import ConfigError, Problem
from oneroof.paths import RelPath
from oneroof.workspace.dialects.setuptools_fields import Fields, joined_version, text_items
from oneroof.workspace.dialects.static import SetupCall, Unknown, find_setup_calls
from oneroof.workspace.layout.setuptools import Option, Options
from oneroof.workspace.model import BUILD, MAIN, Group, Metadata, group
from oneroof.workspace.tree import Tree

_EXTENSIONS = ("ext_modules", "cffi_modules", "rust_extensions", "cython_modules", "cmake_args")
_VERSION_FROM_ELSEWHERE = ("use_scm_version", "pbr", "setup_cfg", "version_config")


def read_setup_py(tree: Tree, folder: RelPath) -> Metadata | None:
    """What a folder's `setup.py` declares; None where there is none, or it calls no `setup`.

    What is not static is a problem and left out. Variables of the environment count as not set.
    """
    path = paths.join(folder, "setup.py")
    if path not in tree:
        return None
    fields = Fields(path, folder, "setup.py")
    try:
        calls = _find_calls(tree, folder, tree.read_bytes(path))
    except ConfigError as error:
        fields.report("", error.message.removeprefix(f"{path}: "), fatal=True)
        return fields.metadata()
    except SyntaxError as error:
        place = f" (line {error.lineno})" if error.lineno else ""
        message = f"is not Python 3: {error.msg}{place}"
        fields.report("", message, hint="mend it, or port it to Python 3", fatal=True)
        return fields.metadata()
    if not calls:
        return None
    if len(calls) > 1:
        lines = ", ".join(str(call.line) for call in calls)
        fields.report("setup", f"is called more than once (lines {lines}): the first is read")
    arguments = calls[0].arguments
    if isinstance(spread := arguments.get("**"), Unknown):
        fields.report("**", f"is not static: {spread}")
        fields.is_complete = "install_requires" in arguments
    _read_core(fields, arguments)
    _read_requirements(fields, arguments)
    _read_entry_points(fields, arguments)
    return fields.metadata(has_extension_modules=_compiles(arguments))


def read_options(tree: Tree, folder: RelPath, problems: list[Problem]) -> Options:
    """What `setup.py` says about packages; what is not static is noted as a problem."""
    path = paths.join(folder, "setup.py")
    try:
        calls = _find_calls(tree, folder, tree.read_bytes(path)) if path in tree else ()
    except (ConfigError, SyntaxError):
        return Options()
    if not calls:
        return Options()
    arguments = calls[0].arguments
    unknown: set[str] = set()
    fields = Fields(path, folder, "setup.py")
    for key in ("packages", "py_modules", "package_dir"):
        if isinstance(reason := _first_unknown(arguments.get(key)), Unknown):
            fields.report(key, f"is not static: {reason}")
            unknown.add(key)
    if "**" in arguments and not {"packages", "py_modules"} & set(arguments):
        unknown.add("packages")
    problems.extend(fields.problems)
    package_dir = arguments.get("package_dir")
    known_dir = text_items(package_dir) if isinstance(package_dir, dict) else []
    return Options(
        packages=None if "packages" in unknown else _names(arguments.get("packages")),
        package_dir={name: str(item) for name, item in known_dir} or None,
        py_modules=None if "py_modules" in unknown else _names(arguments.get("py_modules")),
        has_extension_modules=_compiles(arguments),
        unknown=frozenset(unknown),
        packages_option=Option(path, "packages"),
        modules_option=Option(path, "py_modules"),
    )


@lru_cache(maxsize=4096)
def _find_calls(tree: Tree, folder: RelPath, _source: bytes) -> tuple[SetupCall, ...]:
    """Both the metadata and the packages are read from the same calls."""
    return tuple(find_setup_calls(tree, folder))


def _read_core(fields: Fields, arguments: Mapping[str, object]) -> None:
    fields.name = _text(fields, arguments, "name")
    fields.requires_python = _text(fields, arguments, "python_requires") or ""
    version = arguments.get("version")
    if isinstance(reason := _first_unknown(version), Unknown):
        if not any(key in arguments for key in _VERSION_FROM_ELSEWHERE):
            fields.report("version", f"is not static: {reason}")
    else:
        fields.version = joined_version(version)


def _read_requirements(fields: Fields, arguments: Mapping[str, object]) -> None:
    lines = _lines(fields, arguments.get("install_requires"), "install_requires")
    fields.add_requirements(lines, MAIN, "install_requires")
    extras = arguments.get("extras_require")
    if any(_first_unknown(arguments.get(key)) for key in ("install_requires", "extras_require")):
        fields.is_complete = False
    if isinstance(extras, Unknown):
        fields.report("extras_require", f"is not static: {extras}")
    elif isinstance(extras, dict):
        for name, value in text_items(extras):
            key = f'extras_require["{name}"]'
            fields.add_extra(name, _lines(fields, value, key), key)
    lines = _lines(fields, arguments.get("setup_requires"), "setup_requires")
    fields.add_requirements(lines, BUILD, "setup_requires")
    if arguments.get("tests_require"):
        fields.groups.append(Group("test"))
        lines = _lines(fields, arguments.get("tests_require"), "tests_require")
        fields.add_requirements(lines, group("test"), "tests_require")


def _read_entry_points(fields: Fields, arguments: Mapping[str, object]) -> None:
    value = arguments.get("entry_points")
    if isinstance(value, Unknown):
        fields.report("entry_points", f"is not static: {value}")
    elif isinstance(value, str):
        fields.add_entry_points_text(value, "entry_points")
    elif isinstance(value, dict):
        for name, lines in text_items(value):
            key = f'entry_points["{name}"]'
            fields.add_entry_points(name, _lines(fields, lines, key), key)


def _text(fields: Fields, arguments: Mapping[str, object], key: str) -> str | None:
    value = arguments.get(key)
    if isinstance(value, Unknown):
        fields.report(key, f"is not static: {value}")
        return None
    return value.strip() if isinstance(value, str) else None


def _lines(fields: Fields, value: object, key: str) -> list[str]:
    """A list of lines as setuptools takes it: a list, or one text; nothing where not static."""
    if isinstance(reason := _first_unknown(value), Unknown):
        fields.report(key, f"is not static: {reason}")
        return []
    if value is None:
        return []
    if isinstance(value, str):
        return value.splitlines()
    if isinstance(value, dict):
        return [f"{name} = {item}" for name, item in value.items()]
    if isinstance(value, list | set | frozenset):
        items = list(value) if isinstance(value, list) else sorted(value, key=str)
        return [line for item in items for line in _flattened(item)]
    fields.report(key, f"must be a list of strings, found `{value}`")
    return []


def _flattened(item: object) -> list[str]:
    if isinstance(item, list):
        return [line for each in item for line in _flattened(each)]
    # An item that is no text is shown as it is by the reader of requirements.
    return [line for line in str(item).splitlines() if line.strip()]


def _names(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | set | frozenset):
        return tuple(str(item) for item in value)
    return None


def _first_unknown(value: object) -> Unknown | None:
    if isinstance(value, Unknown):
        return value
    held: list[object] = []
    if isinstance(value, list):
        held = value
    elif isinstance(value, dict):
        held = list(value.values())
    return next((found for item in held if (found := _first_unknown(item))), None)


def _compiles(arguments: Mapping[str, object]) -> bool:
    """Whether building compiles; extensions that are not static may well be there."""
    if any(arguments.get(key) for key in _EXTENSIONS):
        return True
    commands = arguments.get("cmdclass")
    return isinstance(commands, dict) and "build_ext" in commands
