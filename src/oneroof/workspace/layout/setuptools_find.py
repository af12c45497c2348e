"""What setuptools finds in a tree: `find_packages` and automatic discovery.

The rules and the reserved names are those of `setuptools.discovery`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.tree import Tree

_ALWAYS_EXCLUDED = ("ez_setup", "*__pycache__")
_FLAT_FOLDERS = (
    *("ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news", "newsfragments"),
    *("changelog", "test", "tests", "unit_test", "unit_tests", "example", "examples", "scripts"),
    *("tools", "util", "utils", "python", "build", "dist", "venv", "env", "requirements", "tasks"),
    *("fabfile", "site_scons", "benchmark", "benchmarks", "exercise", "exercises", "htmlcov"),
    "[._]*",
)
_FLAT_EXCLUDED = tuple(pattern for name in _FLAT_FOLDERS for pattern in (name, f"{name}.*"))
_FLAT_MODULES_EXCLUDED = (
    *("setup", "conftest", "test", "tests", "example", "examples", "build", "toxfile", "noxfile"),
    *("pavement", "dodo", "tasks", "fabfile", "[Ss][Cc]onstruct", "conanfile", "manage"),
    *("benchmark", "benchmarks", "exercise", "exercises", "[._]*"),
)


class Filter(msgspec.Struct, frozen=True):
    """Which of the packages met are taken; patterns as of `fnmatch`, over dotted names."""

    include: Sequence[str] = ("*",)
    exclude: Sequence[str] = ()
    namespaces: bool = False
    """Whether folders without `__init__.py` are packages, too (PEP 420)."""

    def takes(self, name: str) -> bool:
        """Whether a package is taken."""
        return _matches(name, self.include) and not _matches(name, self.exclude)

    def prunes(self, name: str) -> bool:
        """Whether nothing below a package can be taken."""
        return f"{name}*" in self.exclude or f"{name}.*" in self.exclude


_FLAT_FILTER = Filter(exclude=_FLAT_EXCLUDED, namespaces=True)


def find_packages(tree: Tree, where: RelPath, chosen: Filter) -> list[str]:
    """The dotted names `find_packages`, or `find_namespace_packages`, returns for a folder."""
    start = real_folder(tree, where)
    if start is None:
        return []
    return list(
        _walk(
            tree,
            start,
            "",
            msgspec.structs.replace(chosen, exclude=(*_ALWAYS_EXCLUDED, *chosen.exclude)),
        )
    )


def find_flat_packages(tree: Tree, where: RelPath, skip: Collection[RelPath]) -> list[str]:
    """The names automatic discovery finds beside the manifest, other projects left out."""
    names: list[str] = []
    for segment in tree.folder(where).folders:
        path = paths.join(where, segment)
        if path in skip or _matches(segment, _FLAT_EXCLUDED):
            continue
        if segment.isidentifier() or segment.endswith("-stubs"):
            names.append(segment)
            found = _walk(tree, path, segment, _FLAT_FILTER)
            names.extend(
                name for name in found if all(part.isidentifier() for part in name.split(".")[1:])
            )
    return names


def find_modules(tree: Tree, where: RelPath, *, flat: bool) -> list[str]:
    """The top-level modules in a folder; in a flat layout those that are no tools' files."""
    stems = [file[:-3] for file in tree.folder(where).files if file.endswith(".py")]
    excluded = _FLAT_MODULES_EXCLUDED if flat else ()
    return [stem for stem in stems if stem.isidentifier() and not _matches(stem, excluded)]


def without_nested(names: Iterable[str]) -> list[str]:
    """The names that lie below no other one; stub packages left out."""
    kept: list[str] = []
    for name in sorted(set(names)):
        if name.split(".")[0].endswith("-stubs"):
            continue
        if not any(name.startswith(f"{other}.") for other in kept):
            kept.append(name)
    return kept


def package_path(name: str, package_dir: Mapping[str, str]) -> str:
    """Where a package lies by `package_dir`, relative to the project's folder."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        above = ".".join(parts[:count])
        if above in package_dir:
            return "/".join([package_dir[above], *parts[count:]])
    base = package_dir.get("", "")
    return "/".join([base, *parts] if base else parts)


def _walk(tree: Tree, path: RelPath, name: str, chosen: Filter) -> Iterator[str]:
    for segment in _folders(tree, path):
        below = real_folder(tree, paths.join(path, segment)) if "." not in segment else None
        # A link that leads back to a folder above would never end.
        if below is None or paths.is_within(path, below):
            continue
        if not chosen.namespaces and "__init__.py" not in tree.folder(below).files:
            continue
        dotted = f"{name}.{segment}" if name else segment
        if chosen.takes(dotted):
            yield dotted
        if not chosen.prunes(dotted):
            yield from _walk(tree, below, dotted, chosen)


def _folders(tree: Tree, path: RelPath) -> Iterator[str]:
    listing = tree.folder(path)
    yield from listing.folders
    for file in listing.files:
        if file.isidentifier() and real_folder(tree, paths.join(path, file)):
            yield file


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(pattern == "*" or fnmatchcase(name, pattern) for pattern in patterns)
