"""`oneroof why` where files are asked for, and the lines of files behind a declared path."""

from collections.abc import Iterable, Iterator

import msgspec

from oneroof import paths
from oneroof.cli.context import Session
from oneroof.cli.output import write, write_json
from oneroof.errors import FAILED, ConfigError
from oneroof.imports.chain import shortest_chain
from oneroof.imports.graph import ImportGraph
from oneroof.imports.links import Link, Members, links, statement
from oneroof.imports.scan import is_read
from oneroof.paths import RelPath
from oneroof.workspace.graph import Step
from oneroof.workspace.model import Project, ProjectName

SHOWN = 5
"""How many lines are shown below each step."""


class Line(msgspec.Struct, frozen=True):
    """One line of a file that makes a declared dependency real."""

    path: RelPath
    line: int
    module: str
    written: str
    target: RelPath | None
    """The file it leads to; None for third-party code."""

    @property
    def document(self) -> dict[str, object]:
        """As JSON has it."""
        return {"path": self.path, "line": self.line, "module": self.module, "to": self.target}


def find_file(session: Session, name: str) -> RelPath | None:
    """The Python file that a text names, from the current folder or from the root.

    Raises:
        ConfigError: it names a file that is not Python.
    """
    for base in (session.here, paths.ROOT):
        path = paths.normalise(base, name)
        if path is not None and path in session.opened.work_tree.blobs:
            if is_read(path):
                return path
            if "/" in name:
                message = f"`{path}` is no Python file"
                raise ConfigError(message, hint="name a `.py` file, a project or a package")
    if name.endswith(".py") and "/" in name:
        message = f"there is no file `{name}` in the workspace"
        raise ConfigError(message, hint="give its path from here or from the workspace's root")
    return None


def show_chain(
    session: Session, start: RelPath | Project, goal: RelPath | Project, *, as_json: bool
) -> int:
    """Print the shortest chain of uses between two files, or between a file and a project's."""
    if start == goal:
        message = f"`{_name(start)}` is given twice"
        raise ConfigError(message, hint="name two files, or a file and a project")
    imports = session.opened.imports
    members = Members(session.opened.graph, imports)
    around = members.around((start.name,)) if isinstance(start, Project) else members.of(start)
    goals = _files(imports, goal)
    chain = shortest_chain(imports, _files(imports, start), goals, around)
    if as_json:
        document = [_link(each) for each in chain]
        write_json({"from": _name(start), "to": _name(goal), "chain": document})
    elif chain:
        write("\n".join([*(_place(each) for each in chain), chain[-1].target]))
    else:
        write(_no_chain(imports, start, goal, around))
    return 0 if chain else FAILED


def show_users(session: Session, goal: RelPath, *, as_json: bool) -> int:
    """Print the lines of all files that name a file directly."""
    imports = session.opened.imports
    members = Members(session.opened.graph, imports)
    found = [
        each
        for path in sorted(imports.scans)
        for each in links(imports, path, members.of(path))
        if each.target == goal
    ]
    if as_json:
        write_json({"to": goal, "dependents": [_link(each) for each in found]})
    else:
        write("\n".join(_place(each) for each in found) or f"no file imports {goal}")
    return 0 if found else FAILED


def lines_behind(session: Session, step: Step) -> list[Line]:
    """The lines of the dependent's files that use what a step leads to, code before tests.

    For a third-party package only modules count whose top-level name is the package's own
    (normalised): what other modules it has is known only where it is installed.
    """
    imports = session.opened.imports
    own = _files(imports, session.opened.graph.projects[step.dependent])
    if step.dependency is None:
        found = _third_party(session, own, step)
    else:
        found = _internal(imports, own, step.dependent, step.dependency)
    packages = [
        package.path
        for package in session.opened.graph.projects[step.dependent].metadata.import_packages
    ]
    return sorted(
        found,
        key=lambda each: (
            each.written.startswith('"'),
            not any(paths.is_within(each.path, package) for package in packages),
            each.path,
            each.line,
        ),
    )


def shown_lines(step: Step, lines: list[Line]) -> Iterator[str]:
    """The text below a step."""
    for each in lines[:SHOWN]:
        yield f"  {each.path}:{each.line}: {each.written}"
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more"
    if not lines and step.dependency is not None:
        yield "  declared, but no file imports it"


def _internal(
    imports: ImportGraph, own: Iterable[RelPath], dependent: ProjectName, dependency: ProjectName
) -> list[Line]:
    owners = imports.modules.owners
    found: dict[tuple[RelPath, int, str], Line] = {}
    for path in own:
        for each in links(imports, path, frozenset((dependency,))):
            theirs = owners(each.target)
            if dependency in theirs and dependent not in theirs:
                line = Line(path, each.line, each.module, each.written, each.target)
                found.setdefault((path, each.line, each.module), line)
    return list(found.values())


def _third_party(session: Session, own: Iterable[RelPath], step: Step) -> list[Line]:
    from packaging.utils import canonicalize_name

    imports = session.opened.imports
    members = Members(session.opened.graph, imports)
    around = members.around((step.dependent,))
    found = []
    for path in own:
        named = [
            each
            for each in imports.scans[path].imports
            if canonicalize_name(_top(each.module)) == step.requirement.name
        ]
        if not named:
            continue
        internal = {_top(each.module) for each in links(imports, path, around)}
        found += [
            Line(path, each.line, each.module, statement(each.module, each.names), None)
            for each in named
            if _top(each.module) not in internal
        ]
    return found


def _top(module: str) -> str:
    return module.partition(".")[0]


def _files(imports: ImportGraph, end: RelPath | Project) -> frozenset[RelPath]:
    if not isinstance(end, Project):
        return frozenset((end,))
    owners = imports.modules.owners
    return frozenset(path for path in imports.scans if end.name in owners(path))


def _name(end: RelPath | Project) -> str:
    return end.name if isinstance(end, Project) else end


def _no_chain(
    imports: ImportGraph,
    start: RelPath | Project,
    goal: RelPath | Project,
    around: frozenset[ProjectName],
) -> str:
    text = f"{_name(start)} does not use {_name(goal)}, not even through other files"
    owners = imports.modules.owners
    theirs = (goal.name,) if isinstance(goal, Project) else owners(goal)
    if not theirs or not around.isdisjoint(theirs):
        return text
    mine = start.name if isinstance(start, Project) else ", ".join(owners(start))
    return f"{text}: {mine} does not depend on {', '.join(theirs)}"


def _place(each: Link) -> str:
    place = each.path if each.kind == "package" else f"{each.path}:{each.line}"
    return f"{place}: {each.written}"


def _link(each: Link) -> dict[str, object]:
    known = each.kind != "package"
    return {
        "path": each.path,
        "line": each.line if known else None,
        "module": each.module if known else None,
        "to": each.target,
    }
