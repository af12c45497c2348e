"""Files that many projects share or that say many things: judged by what in them changed.

Manifests count key by key, the configuration of tools table by table, locks by the pins of each
project's closure. Pure: old and new content come in as values.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from oneroof import paths
from oneroof.changes.affected import Cause, Reason
from oneroof.changes.configuration import (
    BY_NAME,
    find_configuration,
    read_tool_sections,
    read_tool_tables,
    shared_files,
)
from oneroof.changes.inputs import Reach
from oneroof.changes.manifests import changed_values, judge_key
from oneroof.paths import RelPath
from oneroof.workspace.development import (
    declares_test_runner,
    shared_root,
    shared_roots,
    shared_test_requirements,
    shares_plugins,
)
from oneroof.workspace.graph import WORK, Graph
from oneroof.workspace.model import Project
from oneroof.workspace.tree import Tree

if TYPE_CHECKING:
    from oneroof.locks.diff import LockDiff
    from oneroof.locks.model import PinChange

LOCK_NAMES = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"})
PYTHON_VERSION = ".python-version"
TEST = ("test",)


class Edited(msgspec.Struct, frozen=True):
    """A file with what it said and what it says; None where it was or is not there."""

    path: RelPath
    old: str | None
    new: str | None

    @property
    def status(self) -> str:
        """`added`, `deleted` or `modified`."""
        return "added" if self.old is None else "deleted" if self.new is None else "modified"


def counts_by_meaning(name: str) -> bool:
    """Whether a file of that name in a project's folder counts by what it says, not its bytes."""
    if name in {"setup.cfg", "tox.ini"}:
        return name == "tox.ini"
    return name in shared_files() or name in LOCK_NAMES or name == PYTHON_VERSION


def judged_of(graph: Graph, changed: Iterable[RelPath]) -> frozenset[RelPath]:
    """The changed files that are to be judged by content."""
    locks = {project.lock for project in graph.workspace.projects}
    known = LOCK_NAMES | shared_files() | {PYTHON_VERSION}
    return frozenset(
        path
        for path in changed
        if path in locks
        # What lies below a project, in its test data for example, is a file like any other.
        or (paths.name(path) in known and any(True for _ in _below(graph, paths.parent(path))))
    )


def find_causes(graph: Graph, tree: Tree, edited: Edited) -> Iterator[Cause]:
    """The causes that lie in one judged file."""
    name = paths.name(edited.path)
    if name == PYTHON_VERSION:
        yield from _python_causes(graph, tree, edited)
    elif name == "pyproject.toml":
        yield from _tool_causes(graph, tree, edited, read_tool_tables)
        yield from _manifest_causes(graph, edited)
    elif name in {"tox.ini", "setup.cfg"}:
        yield from _tool_causes(graph, tree, edited, lambda text: read_tool_sections(text, name))
        if name == "setup.cfg":
            yield from _setup_cfg_causes(graph, edited)
    elif name in LOCK_NAMES or any(each.lock == edited.path for each in graph.workspace.projects):
        yield from _lock_causes(graph, edited)
    else:
        yield from _tool_causes(graph, tree, edited, lambda text: _whole(name, text))


def _below(graph: Graph, folder: RelPath) -> Iterator[Project]:
    for project in graph.workspace.projects:
        if paths.is_within(project.path, folder):
            yield project


def _python_causes(graph: Graph, tree: Tree, edited: Edited) -> Iterator[Cause]:
    folder = paths.parent(edited.path)
    detail = f"{(edited.old or 'none').strip()} -> {(edited.new or 'none').strip()}"
    for project in _below(graph, folder):
        between = [
            each
            for each in (project.path, *paths.ancestors(project.path))
            if each != folder and paths.is_within(each, folder)
        ]
        if not any(paths.join(each, PYTHON_VERSION) in tree for each in between):
            yield Cause(project.name, Reason("python", detail, edited.path), Reach.OWNER)


def _tool_causes(
    graph: Graph, tree: Tree, edited: Edited, read: Callable[[str], dict[str, str]]
) -> Iterator[Cause]:
    """One cause for each project that a changed tool's configuration governs."""
    old, new = read(edited.old or ""), read(edited.new or "")
    folder = paths.parent(edited.path)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        tool = BY_NAME[name]
        reason = Reason("configuration", f"settings of {name}", edited.path, tasks=tool.tasks)
        for project in _below(graph, folder):
            governing = find_configuration(tree, project.path, tool)
            if governing is None or paths.is_within(folder, paths.parent(governing.path)):
                yield Cause(project.name, reason, Reach.OWNER)


def _whole(name: str, text: str) -> dict[str, str]:
    return {tool: text for tool, each in BY_NAME.items() if name in each.files}


def _manifest_causes(graph: Graph, edited: Edited) -> Iterator[Cause]:
    folder = paths.parent(edited.path)
    project = graph.workspace.at(folder)
    old, new = _parse(edited.old), _parse(edited.new)
    if old is None or new is None:
        if project is not None:
            yield Cause(project.name, Reason("manifest", edited.status, edited.path))
        return
    for key, (before, after) in changed_values(old, new).items():
        reason = Reason("manifest", f"`{key}` changed", edited.path)
        far = judge_key(key)
        if project is not None and far is not Reach.NOBODY:
            yield Cause(project.name, reason, far)
        tasks = _tool_tasks(before, after)
        yield from _shared_key_causes(graph, folder, key, reason, tasks)


def _shared_key_causes(
    graph: Graph, folder: RelPath, key: str, reason: Reason, tasks: frozenset[str]
) -> Iterator[Cause]:
    """What a key of a manifest says to other projects than its own.

    `tasks` are those whose tools the key adds, drops or changes.
    """
    others = [each for each in graph.workspace.projects if each.path != folder]
    if _concerns_members(key):
        for project in others:
            if project.workspace_root == folder:
                yield Cause(project.name, reason, Reach.OWNER)
    if key.startswith(DEVELOPMENT_GROUPS):
        for project in others:
            roots = shared_roots(graph.workspace, project)
            root = next((each for each in roots if each.path == folder), None)
            if root is None:
                continue
            concerned = tasks
            if not declares_test_runner(project):
                concerned |= {"test"}
            elif not shares_plugins(project, root):
                concerned -= {"test"}
            if concerned:
                limited = msgspec.structs.replace(reason, tasks=tuple(sorted(concerned)))
                yield Cause(project.name, limited, Reach.OWNER)


def _tool_tasks(old: object, new: object) -> frozenset[str]:
    """The tasks of the tools that stand in only one of two values of a group."""
    from oneroof.workspace.dialects.pep508 import normalise_name

    before, after = set(_entries(old)), set(_entries(new))
    words = re.findall(r"[A-Za-z0-9._-]+", str(before ^ after))
    names = {normalise_name(word) for word in words}
    plugins = {"test" for name in names if name.startswith("pytest-")}
    return frozenset(task for name in names & BY_NAME.keys() for task in BY_NAME[name].tasks) | (
        plugins
    )


def _entries(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{name} {each}" for name, each in value.items()]
    return [str(each) for each in value] if isinstance(value, list) else []


DEVELOPMENT_GROUPS = (
    "dependency-groups",
    "tool.poetry.group",
    "tool.poetry.dev-dependencies",
    "tool.pdm.dev-dependencies",
    "tool.uv.dev-dependencies",
)


def _concerns_members(key: str) -> bool:
    """Whether a key of a uv workspace's root says something of all members that no lock tells."""
    return key in {"tool.uv.environments", "tool.uv.conflicts", "tool.uv.sources"}


def _setup_cfg_causes(graph: Graph, edited: Edited) -> Iterator[Cause]:
    folder = paths.parent(edited.path)
    own = ("metadata", "options", "options.*", "bdist_wheel", "build_ext")
    for project in graph.workspace.projects:
        if project.path == folder and _sections(edited.old, own) != _sections(edited.new, own):
            yield Cause(project.name, Reason("manifest", edited.status, edited.path))


def _lock_causes(graph: Graph, edited: Edited) -> Iterator[Cause]:
    from oneroof.locks.diff import diff
    from oneroof.locks.read import parse_lock

    folder = paths.parent(edited.path)
    if edited.old is None or edited.new is None:
        for project in _below(graph, folder):
            if (
                project.lock == edited.path
                or project.path == folder
                or (project.lock is None and project.workspace_root == folder)
            ):
                reason = Reason("lock", f"the lock was {edited.status}", edited.path)
                yield Cause(project.name, reason, Reach.OWNER)
        return
    old, _ = parse_lock(edited.old, edited.path)
    new, _ = parse_lock(edited.new, edited.path)
    changes = diff(old, new)
    for project in graph.workspace.projects:
        if project.lock == edited.path:
            own = changes.of(graph, project.name, (WORK,))
            shared = [each for each in _shared(graph, project, changes) if each not in own]
            for pin, tasks in (*((each, ()) for each in own), *((each, TEST) for each in shared)):
                reason = Reason("lock", _describe(pin), edited.path, tasks=tasks)
                yield Cause(project.name, reason, Reach.OWNER)
        yield from _shared_tool_causes(graph, project, edited, changes)


def _describe(pin: "PinChange") -> str:
    """A changed pin in words."""
    old, new = pin.old_version, pin.new_version
    if old is None and new is None:
        return f"the lock's entry of {pin.name}"
    if old is None:
        return f"{pin.name} {new} added"
    if new is None:
        return f"{pin.name} {old} removed"
    return f"{pin.name} {old} changed" if old == new else f"{pin.name} {old} -> {new}"


def _shared_tool_causes(
    graph: Graph, project: Project, edited: Edited, changes: "LockDiff"
) -> Iterator[Cause]:
    """Changes of the tools that a project takes from the root, each for its own tasks."""
    own = {each.name for each in project.metadata.requirements}
    for root in shared_roots(graph.workspace, project):
        if root.lock != edited.path or root.path == project.path:
            continue
        for pin in changes.of(graph, root.name, (WORK,)):
            tool = BY_NAME.get(pin.name)
            if tool is not None and pin.name not in own and tool.tasks != TEST:
                reason = Reason("lock", _describe(pin), edited.path, tasks=tool.tasks)
                yield Cause(project.name, reason, Reach.OWNER)


def _shared(graph: Graph, project: Project, changes: "LockDiff") -> tuple["PinChange", ...]:
    """Changes of the test requirements that a project takes from the root."""
    root = shared_root(graph.workspace, project)
    if root is None or root.lock != project.lock or root.path == project.path:
        return ()
    kinds = {each.kind for each in shared_test_requirements(graph.workspace, project)}
    return changes.of(graph, root.name, kinds) if kinds else ()


def _parse(text: str | None) -> Mapping[str, object] | None:
    import tomllib

    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _sections(text: str | None, wanted: tuple[str, ...]) -> Mapping[str, Mapping[str, str | None]]:
    import configparser

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text or "")
    except configparser.Error:
        return {"": {"": text}}
    return {
        name: dict(parser.items(name))
        for name in parser.sections()
        if name in wanted or name.startswith("options.")
    }
