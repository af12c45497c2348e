"""From folders to import packages: regular packages, and the portions of namespaces (PEP 420)."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.layout.site import Part, Site
from oneroof.workspace.model import ImportPackage
from oneroof.workspace.tree import Folder, Tree

Accepts = Callable[[RelPath], bool]
"""Whether the backend would ship the file."""

_MODULES = (".py", ".pyi", ".pyx")
_INIT = ("__init__.py", "__init__.pyi")
_LEGACY_NAMESPACE = re.compile(r"\bextend_path\s*\(|\bdeclare_namespace\s*\(")
_DEEPEST = 16


def find_portions(
    site: Site,
    path: RelPath,
    name: str = "",
    *,
    accepts: Accepts | None = None,
    skip: Container[RelPath] = (),
) -> Iterator[ImportPackage]:
    """The import packages in folder `path`, whose own import name is `name` (empty: a root).

    A regular package, or a folder with modules, ends the search; a folder of folders is a
    namespace. Folders in `skip` are left out.
    """
    site.parts.append(Part(path, name, accepts, skip))
    yield from portions_in(site, path, name, accepts=accepts, skip=skip)


def portions_in(
    site: Site,
    path: RelPath,
    name: str = "",
    *,
    accepts: Accepts | None = None,
    skip: Container[RelPath] = (),
) -> Iterator[ImportPackage]:
    """As `find_portions`, for a folder of which nothing is shipped as such."""
    if path in skip or not site.owns(path) or name.count(".") > _DEEPEST:
        return
    tree = site.tree
    listing = tree.folder(path)
    if name:
        if is_regular(tree, path, listing, accepts) or _has_modules(listing, path, accepts):
            yield ImportPackage(name, path)
            return
    else:
        yield from _top_level_modules(path, listing, accepts)
    found = False
    for below, below_name in _subfolders(tree, path, listing, name):
        for package in portions_in(site, below, below_name, accepts=accepts, skip=skip):
            found = True
            yield package
    if name and not found and _has_init(listing, path, accepts):
        yield ImportPackage(name, path)


def is_regular(tree: Tree, path: RelPath, listing: Folder, accepts: Accepts | None = None) -> bool:
    """Whether the folder is a package of one project: `__init__.py`, and not only to share it."""
    return _has_init(listing, path, accepts) and not is_legacy_namespace(tree, path, listing)


def is_legacy_namespace(tree: Tree, path: RelPath, listing: Folder) -> bool:
    """Whether `__init__.py` only declares a namespace, in the way of pkgutil or pkg_resources."""
    if not listing.folders or "__init__.py" not in listing.files:
        return False
    if any(file.endswith(".py") and file != "__init__.py" for file in listing.files):
        return False
    try:
        source = tree.read_text(paths.join(path, "__init__.py"))
    except ConfigError:
        return False
    return _LEGACY_NAMESPACE.search(source) is not None


def has_code(tree: Tree, path: RelPath) -> bool:
    """Whether modules lie directly in the folder."""
    return any(file.endswith(_MODULES) for file in tree.folder(path).files)


def is_importable(segment: str) -> bool:
    """Whether a folder of this name can be imported, or is a stub package (PEP 561)."""
    return segment.isidentifier() or segment.removesuffix("-stubs").isidentifier()


def merged(packages: Iterable[ImportPackage]) -> tuple[ImportPackage, ...]:
    """Sorted, each once, and none that lies where a package above it has it anyway."""
    kept: dict[str, list[RelPath]] = {}
    for package in sorted(set(packages), key=lambda package: (package.name, package.path)):
        if not _is_covered(package, kept):
            kept.setdefault(package.name, []).append(package.path)
    return tuple(ImportPackage(name, path) for name in sorted(kept) for path in kept[name])


def _is_covered(package: ImportPackage, kept: Mapping[str, list[RelPath]]) -> bool:
    above, dot, below = package.name.rpartition(".")
    while dot:
        path = package.path.removesuffix(".py")
        for candidate in kept.get(above, ()):
            if path == paths.join(candidate, *below.split(".")):
                return True
        above, dot, segment = above.rpartition(".")
        below = f"{segment}.{below}"
    return False


def _has_init(listing: Folder, path: RelPath, accepts: Accepts | None) -> bool:
    return any(
        init in listing.files and (accepts is None or accepts(paths.join(path, init)))
        for init in _INIT
    )


def _has_modules(listing: Folder, path: RelPath, accepts: Accepts | None) -> bool:
    return any(
        file.endswith(_MODULES)
        and file not in _INIT
        and (accepts is None or accepts(paths.join(path, file)))
        for file in listing.files
    )


def _top_level_modules(
    path: RelPath, listing: Folder, accepts: Accepts | None
) -> Iterator[ImportPackage]:
    for file in listing.files:
        stem, _, suffix = file.rpartition(".")
        if suffix != "py" or not stem.isidentifier() or stem.startswith("__"):
            continue
        module = paths.join(path, file)
        if accepts is None or accepts(module):
            yield ImportPackage(stem, module)


def _subfolders(
    tree: Tree, path: RelPath, listing: Folder, name: str
) -> Iterator[tuple[RelPath, str]]:
    prefix = f"{name}." if name else ""
    for segment in listing.folders:
        if is_importable(segment):
            yield paths.join(path, segment), prefix + segment
    for file in listing.files:
        # A link to a folder is listed as a file; its name has no suffix.
        target = real_folder(tree, paths.join(path, file)) if file.isidentifier() else None
        if target is not None and not paths.is_within(path, target):
            yield target, prefix + file
