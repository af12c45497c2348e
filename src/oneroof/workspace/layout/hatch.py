"""Hatch: the file selection of the wheel target, else a package named like the project.

See https://hatch.pypa.io/latest/plugins/builder/wheel/#default-file-selection.
"""

import re
from collections.abc import Iterator

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.layout import unbuilt
from oneroof.workspace.layout.globs import gitignore
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.layout.portions import Accepts, find_portions, is_importable
from oneroof.workspace.layout.site import Site
from oneroof.workspace.model import ImportPackage

_WHEEL = "tool.hatch.build.targets.wheel"


class _Selection(msgspec.Struct, frozen=True):
    """What the wheel target takes, and where it puts it."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    only_include: tuple[str, ...] = ()
    packages_key: str = ""
    """Where `packages` stands; empty where hatchling found them itself."""
    only_include_key: str = ""


def find(site: Site) -> Iterator[ImportPackage]:
    """The import packages of a project that Hatch builds."""
    site = _with_own_file(site)
    forced, _ = _setting(site, "force-include")
    forced_table = forced if isinstance(forced, dict) else {}
    selection = _read_selection(site)
    if not (selection.include or selection.packages or selection.only_include):
        found = _by_name(site, selection)
        if found is not None:
            yield from _selected(site, found)
        elif not forced_table and not _has_hooks(site):
            _report_nothing_found(site)
            yield from unbuilt.find(site)
    else:
        yield from _selected(site, selection)
    yield from _forced(site, forced_table)


def file_name(name: str) -> str:
    """A project name as part of a file name (PEP 427)."""
    return re.sub(r"[^\w\d.]+", "_", name)


def _with_own_file(site: Site) -> Site:
    """`hatch.toml` beside the manifest overrides the tables of `[tool.hatch]`."""
    path = paths.join(site.folder, "hatch.toml")
    if path not in site.tree:
        return site
    from oneroof.workspace.dialects.toml import read_document

    own, _ = read_document(site.tree, path)
    tools = {**site.table("tool"), "hatch": {**site.table("tool", "hatch"), **(own or {})}}
    return msgspec.structs.replace(site, document={**site.document, "tool": tools})


def _setting(site: Site, key: str) -> tuple[object, str]:
    """An option of the wheel target, else of all targets, with its dotted key."""
    target = site.table("tool", "hatch", "build", "targets", "wheel")
    if key in target:
        return target[key], f"{_WHEEL}.{key}"
    return site.table("tool", "hatch", "build").get(key), f"tool.hatch.build.{key}"


def _strings(site: Site, key: str) -> tuple[tuple[str, ...], str]:
    value, place = _setting(site, key)
    prefix, _, _ = place.rpartition(".")
    table = {} if value is None else {key: value}
    return site.strings(table, key, prefix), place


def _read_selection(site: Site) -> _Selection:
    packages, packages_key = _strings(site, "packages")
    only_include, only_include_key = _strings(site, "only-include")
    include, _ = _strings(site, "include")
    exclude, _ = _strings(site, "exclude")
    return _Selection(include, exclude, packages, only_include, packages_key, only_include_key)


def _by_name(site: Site, selection: _Selection) -> _Selection | None:
    """The heuristics of hatchling, which look for the project's name as a package."""
    from packaging.utils import canonicalize_name

    tree = site.tree
    raw = site.metadata.name or ""
    for name in dict.fromkeys((file_name(raw), file_name(canonicalize_name(raw)))):
        if not name:
            continue
        for package in (name, f"src/{name}"):
            folder = real_folder(tree, paths.join(site.folder, package))
            if folder is not None and "__init__.py" in tree.folder(folder).files:
                return _Selection(exclude=selection.exclude, packages=(package,))
        module = f"{name}.py"
        if paths.join(site.folder, module) in tree:
            return _Selection(exclude=selection.exclude, only_include=(module,))
        namespaces = [
            folder
            for folder in tree.folder(site.folder).folders
            if paths.join(site.folder, folder, name, "__init__.py") in tree
        ]
        if len(namespaces) == 1:
            return _Selection(exclude=selection.exclude, packages=(namespaces[0],))
    return None


def _has_hooks(site: Site) -> bool:
    return bool(
        site.table("tool", "hatch", "build", "hooks")
        or site.table("tool", "hatch", "build", "targets", "wheel", "hooks")
        or site.table("tool", "hatch", "build", "targets", "wheel").get("bypass-selection")
    )


def _report_nothing_found(site: Site) -> None:
    site.report(
        _WHEEL,
        f"hatchling finds no package named like the project `{site.metadata.name}`",
        hint=f"name the folder: `{_WHEEL}.packages`",
    )


def _selected(site: Site, selection: _Selection) -> Iterator[ImportPackage]:
    accepts = _accepts(site, selection)
    sources = _sources(site, selection)
    chosen = selection.only_include or selection.packages
    key = selection.only_include_key if selection.only_include else selection.packages_key
    for index, written in enumerate(chosen or (".",)):
        place = f"{key}[{index}]" if key else _WHEEL
        path = site.resolve(written, place)
        if path is None:
            continue
        if not paths.is_within(path, site.folder):
            hint = f"name it in `{_WHEEL}.force-include`"
            site.report(place, f"hatchling refuses `{written}`: it leaves the project", hint=hint)
        elif path in site.tree and path.endswith(".py"):
            name = _import_name(site, path, sources)
            if name and (accepts is None or accepts(path)):
                yield ImportPackage(name, path)
        elif (folder := real_folder(site.tree, path)) is not None:
            yield from _in_folder(site, path, folder, sources, accepts)
        elif path not in site.tree:
            site.report_missing(written, place)


def _in_folder(
    site: Site,
    path: RelPath,
    folder: RelPath,
    sources: dict[str, str],
    accepts: Accepts | None,
) -> Iterator[ImportPackage]:
    """The folder itself under its name, and below it each source under its own."""
    moved = {
        source: target
        for written in sources
        if (source := paths.normalise(site.folder, written)) is not None
        and source != path
        and paths.is_within(source, path)
        and (target := sources[written]) is not None
    }
    skip = frozenset(moved)
    name = _import_name(site, path, sources)
    if name is not None:
        yield from find_portions(site, folder, name, accepts=accepts, skip=skip)
    for source, target in moved.items():
        inner = real_folder(site.tree, source)
        if inner is not None:
            yield from find_portions(
                site, inner, target.strip("/").replace("/", "."), accepts=accepts
            )


def _accepts(site: Site, selection: _Selection) -> Accepts | None:
    """What patterns leave of the files; explicitly chosen folders are not filtered by `include`."""
    explicit = bool(selection.only_include or selection.packages)
    included = gitignore(selection.include) if selection.include and not explicit else None
    excluded = gitignore(selection.exclude) if selection.exclude else None
    if included is None and excluded is None:
        return None

    def accepts(path: RelPath) -> bool:
        if not paths.is_within(path, site.folder):
            return True
        inner = paths.relative_to(path, site.folder)
        return (included is None or included(inner)) and not (excluded and excluded(inner))

    return accepts


def _sources(site: Site, selection: _Selection) -> dict[str, str]:
    """Prefixes of paths and what takes their place, as hatchling orders them."""
    raw, _ = _setting(site, "sources")
    sources: dict[str, str] = {}
    if isinstance(raw, list):
        sources = {f"{source.strip('/')}/": "" for source in raw if isinstance(source, str)}
    elif isinstance(raw, dict):
        for source, target in raw.items():
            if isinstance(source, str) and isinstance(target, str):
                moved = target.strip("/")
                prefix = f"{source.strip('/')}/" if source else ""
                sources[prefix] = f"{moved}/" if moved not in {"", "."} else ""
    for package in selection.packages:
        written = package.strip("/").removeprefix("./")
        above, _, _ = written.rpartition("/")
        if above and f"{written}/" not in sources:
            sources[f"{above}/"] = ""
    return dict(sorted(sources.items()))


def _import_name(site: Site, path: RelPath, sources: dict[str, str]) -> str | None:
    """The dotted name under which a file or folder is shipped; None: under none."""
    if not paths.is_within(path, site.folder):
        return None
    inner = paths.relative_to(path, site.folder)
    is_file = path in site.tree and path.endswith(".py")
    shipped = inner.removesuffix(".py") if is_file else ("" if inner == "." else f"{inner}/")
    for source, target in sources.items():
        if shipped.startswith(source):
            shipped = target + shipped[len(source) :]
            break
    parts = [part for part in shipped.split("/") if part]
    return ".".join(parts) if all(map(is_importable, parts)) else None


def _forced(site: Site, table: dict[str, object]) -> Iterator[ImportPackage]:
    key = f"{_WHEEL}.force-include"
    for written, target in table.items():
        path = site.resolve(written, key)
        if path is None or not isinstance(target, str):
            continue
        shipped = target.strip("/")
        if path in site.tree:
            site.files[shipped] = path
        if path in site.tree and path.endswith(".py") and shipped.endswith(".py"):
            name = shipped.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            yield ImportPackage(name, path)
        elif (folder := real_folder(site.tree, path)) is not None:
            name = "" if shipped in {"", "."} else shipped.replace("/", ".")
            yield from find_portions(site, folder, name)
        elif path not in site.tree:
            site.report_missing(written, f"{key}.{written}")
