"""The lines of a project's files that import a module of another project."""

import ast
from collections.abc import Iterator

import msgspec

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.rules.parsed import Seen, Unparsable, as_scanned, code_of
from oneroof.rules.scopes import Scope, scope_of
from oneroof.rules.sources import Sources
from oneroof.rules.targets import Target
from oneroof.rules.violation import Violation
from oneroof.workspace.graph import WORK, nearest
from oneroof.workspace.model import Project

_CALLS = frozenset({"import_module", "__import__", "importorskip"})


class Crossing(msgspec.Struct, frozen=True):
    """One line that imports a module of another project."""

    importer: Project
    imported: Project
    module: str
    """The module that is meant, as far as it is known."""
    path: RelPath
    line: int
    scope: Scope


def suspected(sources: Sources, project: Project, path: RelPath) -> list[Crossing]:
    """The lines that may be crossings, as far as the lexer knows: it may see too many."""
    scan = sources.scan(path)
    named = [Seen(each.text.replace(":", "."), (), each.line) for each in scan.references]
    return list(_lead(sources, project, path, [*as_scanned(scan), *named]))


def certain(sources: Sources, project: Project, path: RelPath) -> list[Crossing]:
    """The lines of a parsed file that are crossings, each module once for each line.

    Statements count, and calls that name a module by a string. Imports that only type checkers
    read count too. A file that cannot be read is the matter of another rule.
    """
    parsed = sources.parsed(path)
    if isinstance(parsed, Unparsable):
        return []
    text = code_of(path, sources.tree.read_bytes(path))
    found = _lead(sources, project, path, [*parsed, *_called(text)])
    return sorted(found, key=lambda each: each.line)


def broken(rule: str, crossing: Crossing, reason: str, hint: str, *, entry: str = "") -> Violation:
    """A violation at the line of a crossing; of a rule with several entries, by which of them."""
    importer, imported = crossing.importer.name, crossing.imported.name
    message = f"{importer} imports `{crossing.module}` of `{imported}`: {reason}"
    problem = Problem(crossing.path, message, hint=hint)
    subject = f"{crossing.module} of {imported}" + (f", {entry}" if entry else "")
    return Violation(rule, importer, problem, fails=True, line=crossing.line, subject=subject)


def _lead(
    sources: Sources, project: Project, path: RelPath, imports: list[Seen]
) -> Iterator[Crossing]:
    scope = scope_of(project, path)
    told: set[tuple[int, str]] = set()
    for target in sources.targets.of(project, path, imports):
        place = (target.seen.line, target.shown)
        if target.projects and place not in told:
            told.add(place)
            imported = _meant(sources, project, target)
            yield Crossing(project, imported, target.shown, path, target.seen.line, scope)


def _called(text: str) -> Iterator[Seen]:
    """The modules that `import_module("...")` and its like name, absolutely."""
    for node in ast.walk(ast.parse(text)) if any(word in text for word in _CALLS) else ():
        if isinstance(node, ast.Call) and _name(node.func) in _CALLS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Seen(first.value, (), node.lineno)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _meant(sources: Sources, project: Project, target: Target) -> Project:
    """Of several projects with the module, one that is declared, and of these the nearest."""
    graph = sources.graph
    internal = graph.closure(project.name, (WORK,)).internal
    declared = [name for name in target.projects if name in internal]
    candidates = [graph.projects[name] for name in declared or target.projects]
    return graph.projects[nearest(project.path, candidates)[0]]
