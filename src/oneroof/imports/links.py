"""The lines that make one file need another, as a person would point at them.

The import graph leads to every file a name may mean. Here one of them is meant: a file belongs to
the environment at hand, and of several modules with one name a project's own comes first.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec

from oneroof import paths
from oneroof.imports.graph import ImportGraph, Use
from oneroof.imports.modules import INIT
from oneroof.imports.scan import NOTHING, Import
from oneroof.paths import RelPath
from oneroof.workspace.graph import WORK, Graph
from oneroof.workspace.model import ProjectName


class Link(msgspec.Struct, frozen=True):
    """One line of a file that makes it need another file."""

    path: RelPath
    line: int
    module: str
    """The module, or the text of the string, as the line has it; empty for `package`."""
    target: RelPath
    """The file that is needed."""
    kind: Literal["import", "string", "package"]
    """A statement, a string that names a module, or only that the file lies in the package."""
    names: tuple[str, ...] = ()
    """What the statement imports from the module."""

    @property
    def written(self) -> str:
        """The line in short: `import a.b`, `from a import b, …`, `"a.b.C"`."""
        if self.kind == "package":
            return f"lies in the package `{paths.parent(self.target)}`"
        if self.kind == "string":
            return f'"{self.module}"'
        stem = paths.name(self.target).removesuffix(".py")
        if stem == INIT:
            stem = paths.name(paths.parent(self.target))
        return statement(self.module, self.names, stem)


def statement(module: str, names: tuple[str, ...], wanted: str = "") -> str:
    """An import statement in short, with the wanted one of its names or else its first."""
    if not names:
        return f"import {module}"
    more = ", …" if len(names) > 1 else ""
    return f"from {module} import {wanted if wanted in names else names[0]}{more}"


class Members:
    """Which projects are in the environment of whoever loads a file."""

    def __init__(self, projects: Graph, imports: ImportGraph) -> None:
        self._projects = projects
        self._imports = imports
        self._known: dict[tuple[ProjectName, ...], frozenset[ProjectName]] = {}

    def of(self, path: RelPath) -> frozenset[ProjectName]:
        """The projects a file belongs to and all they depend on; all for a file of no project."""
        owners = self._imports.modules.owners(path)
        if owners not in self._known:
            self._known[owners] = self.around(owners) if owners else frozenset(self._all())
        return self._known[owners]

    def around(self, names: Iterable[ProjectName]) -> frozenset[ProjectName]:
        """Some projects and all they depend on, whatever for."""
        found = set(names)
        for name in tuple(found):
            found.update(self._projects.closure(name, (WORK,)).internal)
        return frozenset(found)

    def _all(self) -> Iterator[ProjectName]:
        return (project.name for project in self._projects.workspace.projects)


def links(graph: ImportGraph, path: RelPath, members: AbstractSet[ProjectName]) -> tuple[Link, ...]:
    """The lines of a file that name files of `members`, each file at its first line.

    The packages around a module are run before it, but only lines that take something from a
    package itself name it.
    """
    found = []
    for use in meant(graph, path, members):
        if paths.name(use.path) != f"{INIT}.py":
            found.append(link(graph, path, use))
        elif named := _first_taking(graph, path, use):
            found.append(named)
    return tuple(sorted(found, key=lambda each: each.line))


def meant(graph: ImportGraph, path: RelPath, members: AbstractSet[ProjectName]) -> Iterator[Use]:
    """The uses of a file without those that mean another module of the same name.

    That is what lies in projects outside `members`, and what a module of the file's own project
    hides.
    """
    owners = graph.modules.owners
    own = owners(path)
    for use in graph.uses(path):
        theirs = owners(use.path)
        if theirs and members.isdisjoint(theirs):
            continue
        foreign = bool(own) and bool(theirs) and set(own).isdisjoint(theirs)
        if not (foreign and _is_hidden(graph, path, use, own)):
            yield use


def link(graph: ImportGraph, path: RelPath, use: Use) -> Link:
    """A use with what its line says."""
    statements = _statements(graph, path, use)
    if statements:
        names = tuple(dict.fromkeys(name for each in statements for name in each.names))
        return Link(path, use.line, use.text, use.path, "import", names)
    if use.path in graph.modules.packages_above(path):
        return Link(path, use.line, "", use.path, "package")
    return Link(path, use.line, use.text, use.path, "string")


def _statements(graph: ImportGraph, path: RelPath, use: Use) -> list[Import]:
    return [
        each
        for each in graph.scans.get(path, NOTHING).imports
        if each.line == use.line and each.module == use.text
    ]


def _first_taking(graph: ImportGraph, path: RelPath, use: Use) -> Link | None:
    """The first line of a file that names a package and no module in it.

    A string counts only for a package that no statement leads to or through.
    """
    for each in graph.scans.get(path, NOTHING).imports:
        if _takes_from(graph, path, each, use.path):
            return Link(path, each.line, each.module, use.path, "import", each.names)
    found = link(graph, path, use)
    if found.kind == "string":
        named = Import(found.module.replace(":", "."), (), found.line)
        if _takes_from(graph, path, named, use.path):
            return found
    return None


def _takes_from(graph: ImportGraph, path: RelPath, statement: Import, init: RelPath) -> bool:
    """Whether any name of a statement leads to a package and to no module in it."""
    for name in _full_names(statement, paths.name(paths.parent(init))):
        found = _lead(graph, path, name, init)
        if found is not None and not _is_inside(graph, *found, init):
            return True
    return False


def _full_names(statement: Import, package: str) -> Iterator[str]:
    """All that a statement may load, by full name; `*` may load the package too."""
    module = statement.module
    between = "" if module.endswith(".") else "."
    if not statement.names or "*" in statement.names:
        yield module
    for name in statement.names:
        yield f"{module}{between}{package if name == '*' else name}"


def _lead(
    graph: ImportGraph, path: RelPath, module: str, init: RelPath
) -> tuple[str, tuple[str, ...]] | None:
    """How a module's name leads to or through a package: the name up to it, and what follows."""
    folder = paths.parent(init)
    parts = tuple(module.lstrip(".").split(".")) if module.lstrip(".") else ()
    level = len(module) - len(module.lstrip("."))
    if level:
        above = paths.ancestors(path)
        base = above[min(level, len(above)) - 1]
        full = paths.join(base, *parts) if parts else base
        if not paths.is_within(full, folder):
            return None
        inside = paths.relative_to(full, folder)
        return "", () if inside == "." else tuple(inside.split("/"))
    for count in range(len(parts), 0, -1):
        dotted = ".".join(parts[:count])
        ends = f"/{folder}".endswith("/" + "/".join(parts[:count]))
        if ends or init in graph.modules.find(dotted):
            return dotted, parts[count:]
    return None


def _is_inside(graph: ImportGraph, dotted: str, rest: tuple[str, ...], init: RelPath) -> bool:
    """Whether any beginning of what follows a package's name is a module in it."""
    modules = graph.modules
    for inside in _beginnings(".".join(rest)):
        if modules.beside(paths.parent(init), inside) is not None:
            return True
        if dotted and any(True for _ in modules.find(f"{dotted}.{inside}")):
            return True
    return False


def _is_hidden(graph: ImportGraph, path: RelPath, use: Use, own: tuple[ProjectName, ...]) -> bool:
    """Whether a file's own project has a module by the name that led to another project's."""
    if use.text.startswith("."):
        return False
    text = use.text.replace(":", ".")
    names = [name for each in _statements(graph, path, use) for name in each.names]
    for dotted in (*(f"{text}.{name}" for name in names if name != "*"), *_beginnings(text)):
        if use.path in graph.modules.find(dotted):
            return _has_own(graph, path, dotted, own)
    return _has_own(graph, path, text, own)


def _beginnings(dotted: str) -> Iterator[str]:
    while dotted:
        yield dotted
        dotted = dotted.rpartition(".")[0]


def _has_own(graph: ImportGraph, path: RelPath, dotted: str, own: tuple[ProjectName, ...]) -> bool:
    modules = graph.modules
    found = [each for each in modules.find(dotted) if not set(own).isdisjoint(modules.owners(each))]
    beside = (modules.beside(above, dotted) for above in modules.search_folders(path))
    return any(not modules.is_wrapping(each) for each in (*found, *filter(None, beside)))
