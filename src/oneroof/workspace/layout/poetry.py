"""Poetry: `tool.poetry.packages`, else a module named like the project.

See https://python-poetry.org/docs/pyproject/#packages.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.layout import unbuilt
from oneroof.workspace.layout.globs import fixed_part, globs, has_wildcard
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.layout.portions import Accepts, find_portions
from oneroof.workspace.layout.site import Site, entries, text
from oneroof.workspace.model import ImportPackage


class _Include(msgspec.Struct, frozen=True):
    """One entry of `packages` or `include`: what is taken from where."""

    key: str
    base: RelPath
    pattern: str
    target: str = ""
    """The dotted name it is shipped below."""


def find(site: Site) -> Iterator[ImportPackage]:
    """The import packages of a project that Poetry builds."""
    table = site.table("tool", "poetry")
    accepts = _not_excluded(site, table)
    packages = entries(table.get("packages"))
    for index, entry in enumerate(packages):
        key = f"tool.poetry.packages[{index}]"
        if not isinstance(entry, dict) or text(entry, "include") is None:
            site.report(key, f"must be a table with `include`, found `{entry}`")
        elif _in_wheel(entry, default=True) and (include := _read_include(site, entry, key)):
            yield from _selected(site, include, accepts)
    if not packages:
        yield from _default(site, accepts)
    for index, entry in enumerate(entries(table.get("include"))):
        if isinstance(entry, dict) and _in_wheel(entry, default=False):
            key = f"tool.poetry.include[{index}].path"
            include = _Include(key, site.folder, text(entry, "path") or "")
            yield from _selected(site, include, None)


def module_name(name: str) -> str:
    """The module Poetry looks for: the normalised name with underscores."""
    return re.sub(r"[-_.]+", "_", name).lower()


def _in_wheel(entry: Mapping[str, object], *, default: bool) -> bool:
    formats = entry.get("format")
    if formats is None:
        return default
    return "wheel" in formats if isinstance(formats, list) else formats == "wheel"


def _read_include(site: Site, entry: Mapping[str, object], key: str) -> _Include | None:
    base = site.resolve(text(entry, "from") or ".", f"{key}.from")
    if base is None:
        return None
    target = (text(entry, "to") or "").strip("/").replace("/", ".")
    return _Include(f"{key}.include", base, text(entry, "include") or "", target)


def _selected(site: Site, include: _Include, accepts: Accepts | None) -> Iterator[ImportPackage]:
    base = real_folder(site.tree, include.base) or include.base
    fixed = fixed_part(include.pattern)
    start = paths.normalise(base, fixed)
    if start is None or not paths.is_within(start, base):
        hint = "name the folder above it with `from`"
        site.report(
            include.key, f"`{include.pattern}` leaves the folder it is taken from", hint=hint
        )
        return
    inner = paths.relative_to(start, base)
    below = "" if inner == "." else inner.removesuffix(".py").replace("/", ".")
    name = ".".join(part for part in (include.target, below) if part)
    folder = real_folder(site.tree, start)
    if folder is None and start in site.tree:
        site.files["/".join(filter(None, (include.target.replace(".", "/"), inner)))] = start
        if start.endswith(".py") and (accepts is None or accepts(start)):
            yield ImportPackage(name, start)
    elif folder is None:
        site.report_missing(include.pattern, include.key)
    elif has_wildcard(include.pattern):
        chosen = _matching(base, include.pattern, accepts)
        yield from find_portions(site, folder, name, accepts=chosen)
    else:
        yield from find_portions(site, folder, name, accepts=accepts)


def _matching(base: RelPath, pattern: str, accepts: Accepts | None) -> Accepts:
    matches = globs([pattern])

    def chosen(path: RelPath) -> bool:
        inside = paths.is_within(path, base) and matches(paths.relative_to(path, base))
        return inside and (accepts is None or accepts(path))

    return chosen


def _not_excluded(site: Site, table: Mapping[str, object]) -> Accepts | None:
    patterns = [
        pattern if isinstance(pattern, str) else (text(pattern, "path") or "")
        for pattern in entries(table.get("exclude"))
        if isinstance(pattern, str | dict)
    ]
    if not patterns:
        return None
    excluded = globs(patterns)

    def accepts(path: RelPath) -> bool:
        inside = paths.is_within(path, site.folder)
        return not (inside and excluded(paths.relative_to(path, site.folder)))

    return accepts


def _default(site: Site, accepts: Accepts | None) -> Iterator[ImportPackage]:
    """The first of `NAME/` or `NAME.py`, beside the manifest, then in `src`.

    A project without it cannot be installed, so its code is imported where it lies.
    """
    module = module_name(site.metadata.name or "")
    for base in (site.folder, paths.join(site.folder, "src")):
        folder = real_folder(site.tree, paths.join(base, module))
        file = paths.join(base, f"{module}.py")
        if folder is not None and file in site.tree:
            message = f"poetry refuses a folder and a file for one module: `{module}`"
            site.report("tool.poetry.packages", message, hint="remove one of them")
        if folder is not None:
            yield from find_portions(site, folder, module, accepts=accepts)
            return
        if file in site.tree:
            yield ImportPackage(module, file)
            return
    site.report(
        "tool.poetry.packages",
        f"poetry finds no module `{module}` to ship",
        hint="name the folder in `tool.poetry.packages`, or set `package-mode = false`",
    )
    yield from unbuilt.find(site)
