"""From what a file says to the files it needs: every name looked up as Python would."""

from collections.abc import Iterable, Iterator

import msgspec

from oneroof import paths
from oneroof.imports.modules import INIT, Modules, Mount
from oneroof.imports.scan import Import, Scan
from oneroof.paths import RelPath

PACKAGE = 0
"""The statement number of a file that is needed because the other lies in its package."""
CONTENTS = 0xFFFFFFFF
"""The number in its place where a file lies in a folder that is imported as a package."""


class _Found(msgspec.Struct, frozen=True, gc=False):
    """What a dotted name means."""

    files: tuple[RelPath, ...]
    packages: tuple[RelPath, ...]
    """The folders where names that follow are looked for."""
    contents: tuple[RelPath, ...]
    """What lies in those of them that are packages only because they are there."""


class _Roots:
    """The places where names that start alike may lie, and what was found there."""

    def __init__(
        self, modules: Modules, folders: tuple[RelPath, ...], mounts: tuple[Mount, ...]
    ) -> None:
        self._modules = modules
        self._folders = folders
        # What is on `sys.path` is seen from there whole, other projects inside it too.
        self._mounts = tuple(each for each in mounts if each.name or each.root not in folders)
        self._named = any(each.name for each in mounts)
        self._known: dict[str, _Found] = {}

    def find(self, dotted: str) -> _Found:
        """What a name means."""
        found = self._known.get(dotted)
        if found is None:
            found = self._known[dotted] = self._find(dotted)
        return found

    def follow(self, dotted: str, name: str) -> tuple[RelPath, ...]:
        """What a name means in a module."""
        if self._named:
            return self.find(f"{dotted}.{name}").files
        modules = self._modules
        packages = self.find(dotted).packages
        if len(packages) == 1 and not self._mounts:
            return modules.in_package(packages[0], name)
        if not any(modules.in_package(package, name) for package in packages):
            return ()
        return self.find(f"{dotted}.{name}").files

    def contents(self, dotted: str, name: str) -> tuple[RelPath, ...]:
        """What lies in the folders that a name in a module means."""
        places = (paths.join(each, name) for each in self.find(dotted).packages)
        if self._named or any(map(self._modules.contents, places)):
            return self.find(f"{dotted}.{name}").contents
        return ()

    def _find(self, dotted: str) -> _Found:
        modules = self._modules
        below = dotted.replace(".", "/")
        files: dict[RelPath, None] = {}
        packages: dict[RelPath, None] = {}
        for folder in self._folders:
            place = paths.join(folder, below)
            files.update(dict.fromkeys(modules.at(place)))
            if modules.is_package(place):
                packages[place] = None
        for mount in self._mounts:
            there = modules.place(mount, dotted)
            if there is not None:
                files.update(dict.fromkeys(modules.in_mount(mount, there)))
                init = paths.join(there, INIT)
                if modules.is_package(there) and not modules.is_elsewhere(mount, init):
                    packages[there] = None
        # A project's own folder is meant only where nothing else has the name.
        data = (
            path
            for place in packages
            if not files or modules.project_at(place) is None
            for path in modules.contents(place)
        )
        return _Found(tuple(files), tuple(packages), tuple(data))


class Resolver:
    """Looks names up; what one file asks is remembered for the others."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._roots: dict[tuple[RelPath, str], _Roots | None] = {}
        self._alike: dict[tuple[str, tuple[RelPath, ...]], _Roots] = {}
        self._around: dict[RelPath, tuple[RelPath, ...]] = {}

    def resolve(self, path: RelPath, scan: Scan) -> dict[RelPath, int]:
        """The files that a file needs, each with the number of the first statement that says so.

        Statements count from 1: first the imports of the scan, then its references.
        """
        found = dict.fromkeys(self._packages_around(path), PACKAGE)
        number = 0
        for each in scan.imports:
            number += 1
            if each.module.startswith("."):
                targets: Iterable[RelPath] = self._relative(path, each)
            else:
                targets = self._absolute(path, each)
            for target in targets:
                found.setdefault(target, number)
        for reference in scan.references:
            number += 1
            for target in self._referenced(path, reference.text.replace(":", ".")):
                found.setdefault(target, number)
        for target in self._contents(path, scan):
            found.setdefault(target, CONTENTS)
        found.pop(path, None)
        return found

    def _contents(self, path: RelPath, scan: Scan) -> Iterator[RelPath]:
        """What lies in the folders that are named as packages and have no `__init__.py`."""
        for each in scan.imports:
            if each.module.startswith("."):
                folder, rest = _start(path, each.module)
                inside = paths.join(folder, rest.replace(".", "/")) if rest else folder
                for name in each.names:
                    yield from self._modules.contents(paths.join(inside, name))
            elif roots := self._roots_of(path, each.module.partition(".")[0]):
                for name in each.names:
                    yield from roots.contents(each.module, name)
                if not each.names:
                    yield from roots.find(each.module).contents
        for reference in scan.references:
            dotted = reference.text.replace(":", ".")
            if dotted.startswith("."):
                folder, rest = _start(path, dotted)
                yield from self._modules.contents(paths.join(folder, rest.replace(".", "/")))
            elif roots := self._roots_of(path, dotted.partition(".")[0]):
                yield from roots.find(dotted).contents

    def _referenced(self, path: RelPath, dotted: str) -> Iterator[RelPath]:
        if dotted.startswith("."):
            yield from self._relative(path, Import(dotted, (), 0))
            return
        roots = self._roots_of(path, dotted.partition(".")[0])
        if roots is not None:
            for prefix in _beginnings(dotted):
                yield from roots.find(prefix).files

    def _packages_around(self, path: RelPath) -> tuple[RelPath, ...]:
        folder = paths.parent(path)
        if folder not in self._around:
            inside = paths.join(folder, "")
            self._around[folder] = tuple(self._modules.packages_above(inside))
        return self._around[folder]

    def _roots_of(self, path: RelPath, first: str) -> _Roots | None:
        """Where names that start so may lie as seen from a file; None where there are none."""
        key = paths.parent(path), first
        if key in self._roots:
            return self._roots[key]
        modules = self._modules
        mounts = modules.mounts(first)
        folders = tuple(each for each in modules.search_folders(path) if modules.has(each, first))
        roots = None
        if mounts or folders:
            alike = first, folders
            if alike not in self._alike:
                self._alike[alike] = _Roots(modules, folders, mounts)
            roots = self._alike[alike]
        self._roots[key] = roots
        return roots

    def _absolute(self, path: RelPath, statement: Import) -> Iterator[RelPath]:
        module = statement.module
        roots = self._roots_of(path, module.partition(".")[0])
        if roots is None:
            return
        for prefix in _beginnings(module):
            yield from roots.find(prefix).files
        for name in statement.names:
            if name != "*":
                yield from roots.follow(module, name)
                continue
            for target in roots.find(module).files:
                if paths.name(target) == f"{INIT}.py":
                    yield from self._modules.in_folder(paths.parent(target))

    def _relative(self, path: RelPath, statement: Import) -> Iterator[RelPath]:
        modules = self._modules
        folder, rest = _start(path, statement.module)
        init = paths.join(folder, f"{INIT}.py")
        if init in modules.files:
            yield init
        for prefix in _beginnings(rest):
            yield from modules.at(paths.join(folder, prefix.replace(".", "/")))
        inside = paths.join(folder, rest.replace(".", "/")) if rest else folder
        for name in statement.names:
            if name == "*":
                yield from modules.in_folder(inside)
            else:
                yield from modules.in_package(inside, name)


def _start(path: RelPath, module: str) -> tuple[RelPath, str]:
    """The folder that a relative name starts from, and the name without its dots."""
    rest = module.lstrip(".")
    folder = paths.parent(path)
    for _ in range(len(module) - len(rest) - 1):
        folder = paths.parent(folder)
    return folder, rest


def _beginnings(dotted: str) -> Iterator[str]:
    """`a`, `a.b` and `a.b.c` of `a.b.c`; nothing of nothing."""
    end = dotted.find(".")
    while end != -1:
        yield dotted[:end]
        end = dotted.find(".", end + 1)
    if dotted:
        yield dotted
