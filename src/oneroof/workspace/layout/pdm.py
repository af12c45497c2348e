"""PDM: `tool.pdm.build` includes, else every package in the package folder.

See https://backend.pdm-project.org/build_config/.
"""

from collections.abc import Iterator, Mapping

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.layout.globs import fixed_part, globs, has_wildcard
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.layout.portions import Accepts, find_portions
from oneroof.workspace.layout.site import Site, text
from oneroof.workspace.model import ImportPackage

_PREFIX = "tool.pdm.build"
_EXCLUDED_FOLDERS = frozenset({"__pycache__", "__pypackages__"})


def find(site: Site) -> Iterator[ImportPackage]:
    """The import packages of a project that PDM builds."""
    table = _build_table(site)
    includes = site.strings(table, "includes", _PREFIX)
    excludes = site.strings(table, "excludes", _PREFIX)
    source_includes = site.strings(table, "source-includes", _PREFIX) or ("tests",)
    written = text(table, "package-dir") or _default_folder(site, includes, excludes)
    root = site.resolve(written or ".", f"{_PREFIX}.package-dir")
    if root is None:
        return
    real_root = real_folder(site.tree, root)
    if real_root is None:
        site.report_missing(written, f"{_PREFIX}.package-dir")
        return
    dropped = [*excludes, *source_includes]
    if includes:
        yield from _included(site, includes, dropped, root)
    else:
        yield from _top_level(site, real_root, _accepts(site, None, dropped))


def _build_table(site: Site) -> Mapping[str, object]:
    """`tool.pdm.build`, which `tool.pdm` itself was for pdm-pep517."""
    table = site.table("tool", "pdm", "build")
    return table or site.table("tool", "pdm")


def _default_folder(site: Site, includes: tuple[str, ...], excludes: tuple[str, ...]) -> str:
    if not includes:
        has_source = real_folder(site.tree, paths.join(site.folder, "src")) is not None
        return "src" if has_source else ""
    in_source = any(include.removeprefix("./").split("/")[0] == "src" for include in includes)
    return "src" if in_source and not {"src", "src/"} & set(excludes) else ""


def _top_level(site: Site, root: RelPath, accepts: Accepts) -> Iterator[ImportPackage]:
    """All regular packages directly in the folder; without any, its modules."""
    listing = site.tree.folder(root)
    found = False
    for segment in listing.folders:
        folder = paths.join(root, segment)
        files = site.tree.folder(folder).files
        stub = segment.endswith("-stubs") and "__init__.pyi" in files
        if segment in _EXCLUDED_FOLDERS or not ("__init__.py" in files or stub):
            continue
        found = True
        yield from find_portions(site, folder, segment, accepts=accepts)
    if not found:
        for file in listing.files:
            path = paths.join(root, file)
            if file.endswith(".py") and file[:-3].isidentifier() and accepts(path):
                yield ImportPackage(file[:-3], path)


def _included(
    site: Site, includes: tuple[str, ...], dropped: list[str], root: RelPath
) -> Iterator[ImportPackage]:
    for index, pattern in enumerate(includes):
        key = f"{_PREFIX}.includes[{index}]"
        fixed = fixed_part(pattern)
        start = site.resolve(fixed or ".", key)
        if start is None:
            continue
        kept = [other for other in dropped if other.strip("/") != pattern.strip("/")]
        accepts = _accepts(site, pattern if has_wildcard(pattern) else None, kept)
        name = _import_name(site, start, root)
        if start.endswith(".py") and start in site.tree:
            if accepts(start):
                yield ImportPackage(name.removesuffix(".py"), start)
        elif (folder := real_folder(site.tree, start)) is not None:
            skip = frozenset({root}) if root != start else frozenset()
            yield from find_portions(site, folder, name, accepts=accepts, skip=skip)
            if skip and paths.is_within(root, start):
                yield from find_portions(site, root, accepts=accepts)
        elif start not in site.tree and not has_wildcard(pattern):
            site.report_missing(pattern, key)


def _import_name(site: Site, path: RelPath, root: RelPath) -> str:
    base = root if paths.is_within(path, root) else site.folder
    if not paths.is_within(path, base) or path == base:
        return ""
    inner = paths.relative_to(path, base)
    return inner.removesuffix(".py").replace("/", ".")


def _accepts(site: Site, pattern: str | None, dropped: list[str]) -> Accepts:
    included = globs([pattern]) if pattern else None
    excluded = globs(dropped)

    def accepts(path: RelPath) -> bool:
        if not paths.is_within(path, site.folder):
            return True
        inner = paths.relative_to(path, site.folder)
        return (included is None or included(inner)) and not excluded(inner)

    return accepts
