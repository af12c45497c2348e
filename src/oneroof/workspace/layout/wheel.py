"""Which files a project's wheel would hold, and where each would be installed.

What a build makes while it runs is not known, such as compiled modules. Of setuptools' package
data only what `pyproject.toml` lists is.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.dialects.toml import read_document
from oneroof.workspace.layout import setuptools
from oneroof.workspace.layout.backends import finder
from oneroof.workspace.layout.globs import globs
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.layout.site import Part, Site
from oneroof.workspace.model import Project
from oneroof.workspace.tree import Tree

DATA = "{data}"
"""Stands for the environment's own folder, below which data files and commands are installed."""
COMMANDS = f"{DATA}/bin/"
_COMMAND_GROUPS = frozenset({"console_scripts", "gui_scripts"})


def wheel_files(
    tree: Tree, project: Project, nested: frozenset[RelPath] = frozenset()
) -> Mapping[str, RelPath]:
    """The files of a project's wheel by the path they are installed at; none where it has none.

    `nested` are the folders of other projects inside it. A command stands for the manifest that
    declares it.
    """
    metadata = project.metadata
    if metadata.build_backend is None:
        return {}
    document, _ = read_document(tree, paths.join(project.path, "pyproject.toml"))
    site = Site(tree, project.path, document or {}, metadata, nested)
    find = finder(site)
    found: dict[str, RelPath] = {
        f"{package.name.replace('.', '/')}.py": package.path
        for package in find(site)
        if package.path.endswith(".py")
    }
    data = site.table("tool", "setuptools", "package-data") if find is setuptools.find else None
    for part in site.parts:
        found.update(_of_part(site, part, data))
    found |= {**site.files, **dict(_data_files(site))}
    found = {place: path for place, path in found.items() if site.owns(path)}
    commands = [each.name for each in metadata.entry_points if each.group in _COMMAND_GROUPS]
    return found | {f"{COMMANDS}{name}": metadata.manifests[0] for name in commands}


def _of_part(
    site: Site, part: Part, package_data: Mapping[str, object] | None
) -> Iterator[tuple[str, RelPath]]:
    prefix = part.name.replace(".", "/")
    for path in site.tree.below(part.path):
        if part.accepts is not None and not part.accepts(path):
            continue
        if _is_skipped(part, path):
            continue
        inner = paths.relative_to(path, part.path)
        place = f"{prefix}/{inner}" if prefix else inner
        if package_data is None or _is_shipped_by_setuptools(place, package_data):
            yield place, path


def _is_skipped(part: Part, path: RelPath) -> bool:
    """Whether a file lies in one of the folders that are left out below the part."""
    return any(
        folder in part.skip and paths.is_within(folder, part.path)
        for folder in paths.ancestors(path)
    )


def _is_shipped_by_setuptools(place: str, package_data: Mapping[str, object]) -> bool:
    """Whether it is code, typing information, or data that a package is said to have."""
    if place.endswith((".py", ".pyi", "/py.typed")):
        return True
    folder, _, inner = place.rpartition("/")
    while folder:
        for package in (folder.replace("/", "."), "*"):
            patterns = package_data.get(package)
            if isinstance(patterns, list) and any(fnmatchcase(inner, str(p)) for p in patterns):
                return True
        folder, _, last = folder.rpartition("/")
        inner = f"{last}/{inner}"
    return False


def _data_files(site: Site) -> Iterator[tuple[str, RelPath]]:
    """What Hatch's `shared-data` and `shared-scripts`, and setuptools' `data-files`, install."""
    wheel = site.table("tool", "hatch", "build", "targets", "wheel")
    for key, below in (("shared-data", ""), ("shared-scripts", "bin/")):
        table = wheel.get(key)
        for written, target in table.items() if isinstance(table, dict) else ():
            path = paths.normalise(site.folder, str(written))
            place = f"{DATA}/{below}{str(target).strip('/')}"
            if path is not None and path in site.tree:
                yield place, path
            elif path is not None and (folder := real_folder(site.tree, path)) is not None:
                for file in site.tree.below(folder):
                    yield f"{place}/{paths.relative_to(file, folder)}", file
    for target, patterns in site.table("tool", "setuptools", "data-files").items():
        matches = globs(list(map(str, patterns)) if isinstance(patterns, list) else [])
        for file in site.tree.below(site.folder):
            if matches(paths.relative_to(file, site.folder)):
                yield f"{DATA}/{target.strip('/')}/{paths.name(file)}", file
