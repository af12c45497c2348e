"""setuptools: what `setup.py`, `setup.cfg` and `[tool.setuptools]` say together.

See https://setuptools.pypa.io/en/latest/userguide/package_discovery.html.
"""

from collections.abc import Iterator, Mapping

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.layout import setuptools_find
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.layout.portions import find_portions, has_code, is_regular
from oneroof.workspace.layout.site import Site
from oneroof.workspace.model import ImportPackage
from oneroof.workspace.similar import hint_similar
from oneroof.workspace.tree import Tree


class Option(msgspec.Struct, frozen=True):
    """Where an option stands, for messages."""

    path: RelPath
    key: str


class Options(msgspec.Struct, frozen=True):
    """What one file says about packages; None: it says nothing."""

    packages: tuple[str, ...] | None = None
    package_dir: Mapping[str, str] | None = None
    py_modules: tuple[str, ...] | None = None
    has_extension_modules: bool = False
    unknown: frozenset[str] = frozenset()
    """The options that are set to something not static."""
    packages_option: Option | None = None
    modules_option: Option | None = None


def find(site: Site) -> Iterator[ImportPackage]:
    """The import packages of a project that setuptools builds."""
    options = _read_options(site)
    if "packages" in options.unknown or "package_dir" in options.unknown:
        return
    discovers = (
        options.packages is None
        and options.py_modules is None
        and not options.unknown
        and (not options.has_extension_modules or "project" in site.document)
    )
    if discovers:
        yield from _discover(site, options.package_dir or {})
        return
    yield from _packages(site, options)
    yield from _modules(site, options)


def read_pyproject(site: Site) -> Options:
    """What `[tool.setuptools]` says; the `find` directive is carried out."""
    table = site.table("tool", "setuptools")
    if not table:
        return Options()
    raw_dir = table.get("package-dir")
    package_dir = {
        str(name): folder
        for name, folder in (raw_dir.items() if isinstance(raw_dir, dict) else ())
        if isinstance(folder, str)
    }
    packages: tuple[str, ...] | None = None
    key = "tool.setuptools.packages"
    match table.get("packages"):
        case None:
            pass
        case {"find": finder}:
            where = site.table("tool", "setuptools", "packages", "find")
            key += ".find"
            packages = _run_finder(site, where if isinstance(finder, dict) else {}, package_dir)
        case {"find-namespace": dict() as finder}:
            packages = _run_finder(site, finder, package_dir)
        case _:
            packages = site.strings(table, "packages", "tool.setuptools")
    modules = (
        site.strings(table, "py-modules", "tool.setuptools") if "py-modules" in table else None
    )
    return Options(
        packages=packages,
        package_dir=package_dir or None,
        py_modules=modules,
        has_extension_modules=bool(table.get("ext-modules")),
        packages_option=Option(site.manifest, key),
        modules_option=Option(site.manifest, "tool.setuptools.py-modules"),
    )


def find_in(
    tree: Tree,
    folder: RelPath,
    where: tuple[str, ...],
    chosen: setuptools_find.Filter,
    package_dir: dict[str, str],
) -> tuple[str, ...]:
    """Carry out a `find` directive; `package_dir` gains where its packages were found.

    As `setuptools.config.expand.find_packages`: one folder becomes the root of all packages,
    of several each package found keeps its own.
    """
    if len(where) == 1 and where[0] not in {".", ""}:
        package_dir.setdefault("", where[0])
    names: list[str] = []
    for start in where:
        path = paths.normalise(folder, start)
        if path is None:
            continue
        found = setuptools_find.find_packages(tree, path, chosen)
        names.extend(found)
        if path != folder and package_dir.get("") != start:
            prefix = start.rstrip("/")
            for name in setuptools_find.without_nested(found):
                package_dir[name] = f"{prefix}/{name.replace('.', '/')}"
    return tuple(names)


def _read_options(site: Site) -> Options:
    """The three files as one: `pyproject.toml` overrides, `setup.cfg` fills what is not set."""
    # The readers import this module's values: they are needed here only where their file is.
    here = site.tree.folder(site.folder).files
    options = Options()
    if "setup.py" in here:
        from oneroof.workspace.dialects.setup_py import read_options

        options = read_options(site.tree, site.folder, site.problems)
    if "setup.cfg" in here:
        from oneroof.workspace.dialects.setup_cfg import read_cfg_options

        options = _filled(options, read_cfg_options(site.tree, site.folder))
    return _filled(read_pyproject(site), options)


def _filled(options: Options, further: Options) -> Options:
    """`options`, with what it does not say taken from `further`."""
    unknown = set(further.unknown)
    if options.packages is not None:
        unknown.discard("packages")
    if options.py_modules is not None:
        unknown.discard("py_modules")
    if options.package_dir is not None:
        unknown.discard("package_dir")
    says_packages = options.packages is not None or "packages" in options.unknown
    says_modules = options.py_modules is not None or "py_modules" in options.unknown
    says_folders = bool(options.package_dir) or "package_dir" in options.unknown
    return msgspec.structs.replace(
        options if says_packages else further,
        package_dir=options.package_dir if says_folders else further.package_dir,
        py_modules=options.py_modules if says_modules else further.py_modules,
        modules_option=options.modules_option if says_modules else further.modules_option,
        has_extension_modules=options.has_extension_modules or further.has_extension_modules,
        unknown=options.unknown | frozenset(unknown),
    )


def _run_finder(
    site: Site, table: Mapping[str, object], package_dir: dict[str, str]
) -> tuple[str, ...]:
    prefix = "tool.setuptools.packages.find"
    where = site.strings(table, "where", prefix) or (".",)
    for start in where:
        path = site.resolve(start, f"{prefix}.where")
        if path is not None and real_folder(site.tree, path) is None:
            site.report_missing(start, f"{prefix}.where")
    chosen = setuptools_find.Filter(
        include=site.strings(table, "include", prefix) or ("*",),
        exclude=site.strings(table, "exclude", prefix),
        namespaces=table.get("namespaces") is not False,
    )
    return find_in(site.tree, site.folder, where, chosen, package_dir)


def _packages(site: Site, options: Options) -> Iterator[ImportPackage]:
    names = set(options.packages or ())
    for name in sorted(names):
        written = setuptools_find.package_path(name, options.package_dir or {})
        path = paths.normalise(site.folder, written)
        folder = real_folder(site.tree, path) if path is not None else None
        if folder is None:
            option = options.packages_option or Option(site.manifest, "packages")
            message = f"folder `{written}` of package `{name}` does not exist"
            hint = hint_similar(site.tree, site.folder, written, "create it or correct the name")
            site.report(option.key, message, hint=hint, path=option.path)
            continue
        listing = site.tree.folder(folder)
        shares = any(other.startswith(f"{name}.") for other in names)
        if is_regular(site.tree, folder, listing) or (
            # A namespace listed for the packages below it is none itself.
            _has_own_modules(listing.files) if shares else has_code(site.tree, folder)
        ):
            yield ImportPackage(name, folder)


def _has_own_modules(files: tuple[str, ...]) -> bool:
    return any(file.endswith(".py") and file != "__init__.py" for file in files)


def _modules(site: Site, options: Options) -> Iterator[ImportPackage]:
    for name in options.py_modules or ():
        written = setuptools_find.package_path(name, options.package_dir or {}) + ".py"
        path = paths.normalise(site.folder, written)
        if path is not None and path in site.tree:
            yield ImportPackage(name, path)
        else:
            option = options.modules_option or Option(site.manifest, "py-modules")
            site.report_missing(written, option.key, path=option.path)


def _discover(site: Site, package_dir: Mapping[str, str]) -> Iterator[ImportPackage]:
    """Automatic discovery: an explicit layout, else `src`, else the project's folder."""
    explicit = {name: folder for name, folder in package_dir.items() if name}
    if explicit:
        for name, written in explicit.items():
            path = site.resolve(written, "package_dir")
            folder = real_folder(site.tree, path) if path is not None else None
            if folder is not None:
                yield from find_portions(site, folder, name)
        return
    source = paths.normalise(site.folder, package_dir.get("", "src"))
    folder = real_folder(site.tree, source) if source is not None else None
    if folder is not None and folder != site.folder:
        yield from find_portions(site, folder)
        return
    yield from _discover_flat(site)


def _discover_flat(site: Site) -> Iterator[ImportPackage]:
    names = setuptools_find.find_flat_packages(site.tree, site.folder, site.nested)
    top = setuptools_find.without_nested(names)
    for name in top:
        yield from find_portions(site, paths.join(site.folder, name), name)
    kind = "packages"
    if not top:
        kind = "modules"
        top = setuptools_find.find_modules(site.tree, site.folder, flat=True)
        for name in top:
            yield ImportPackage(name, paths.join(site.folder, f"{name}.py"))
    if len(top) > 1:
        listed = ", ".join(f"`{name}`" for name in top)
        hint = f"say which belong to the distribution: `tool.setuptools.{_LIST_KEYS[kind]}`"
        message = f"setuptools refuses several top-level {kind} in a flat layout: {listed}"
        site.report("tool.setuptools", message, hint=hint)


_LIST_KEYS = {"packages": "packages", "modules": "py-modules"}


def source_folder(tree: Tree, folder: RelPath, package_dir: Mapping[str, str] | None) -> str:
    """The root of packages by `package_dir`, or as automatic discovery would set it."""
    if package_dir and "" in package_dir:
        return package_dir[""]
    return "src" if not package_dir and tree.is_folder(paths.join(folder, "src")) else ""
