"""What of a project's declarations its own tests, checks and developers use.

The one answer to "which groups does the environment hold?" for tests, `sync`, `exec` and
fingerprints.
"""

import re
from collections.abc import Iterable

from oneroof import paths
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import (
    MAIN,
    Kind,
    Project,
    ProjectName,
    Requirement,
    Workspace,
    extra,
    group,
)

SHARED = "shared:"
"""The prefix of kinds for requirements that a project does not declare itself: `shared:test`,
or the name of a tool that is only configured, `shared:ruff`."""

SHARED_TEST = Kind(f"{SHARED}test")
"""The kind of test requirements that come from the root, or from oneroof, for projects that
declare no test runner."""

TEST_RUNNERS = frozenset({"pytest", "nose", "nose2", "testtools", "ward"})
# Patterns are compiled where they are used: a run that plans nothing needs none of them.
DEVELOPMENT_NAME = (
    r"(unit-?|integration-?)?(default|dev|devel|develop|development|test|tests|testing|tester|"
    r"hatch-test|ci|lint|linters?|linting|types?|typing|typecheck|type-check(ing)?|mypy|format|"
    r"formatting|fmt|checks?|quality|qa|style|tools?|tooling)(-dependencies|-requirements|-deps)?"
)
TEST_NAME = (
    r"(unit-?|integration-?)?(test|tests|testing|tester)(-dependencies|-requirements|-deps)?"
)
DEVELOPMENT_EXTRA = (
    r"(unit-?|integration-?)?(dev|devel|develop|development|test|tests|testing|tester|ci)"
)

PIN = r"===?[^*,]+"
NEWEST = frozenset({"latest", "max", "maximum", "new", "newest", "highest"})
OLDEST = frozenset({"earliest", "legacy", "lowest", "min", "minimum", "old", "oldest"})


def work_kinds(workspace: Workspace, project: Project) -> tuple[Kind, ...]:
    """The kinds of requirements a project's own work needs, sorted after `main`.

    Groups that its tool installs by default, groups named for development, and groups and
    extras that hold a test runner; of those that pin one name differently, the newest. What
    `[tool.oneroof.tasks.test]` names takes their place.
    """
    settings = project.settings.tasks.get("test")
    groups = None if settings is None else settings.groups
    extras = None if settings is None else settings.extras
    with_runner = {each.kind for each in project.metadata.requirements if each.name in TEST_RUNNERS}
    if groups is None:
        groups = tuple(
            each.name
            for each in project.metadata.groups
            if each.default
            or re.fullmatch(DEVELOPMENT_NAME, each.name.lower())
            or group(each.name) in with_runner
        )
    if extras is None:
        extras = tuple(
            name
            for name in project.metadata.extras
            if re.fullmatch(DEVELOPMENT_EXTRA, name) or extra(name) in with_runner
        )
    kinds = {*map(group, groups), *map(extra, extras)}
    if settings is None or (settings.groups is None and settings.extras is None):
        kinds = _compatible(project, kinds)
    if shared_test_requirements(workspace, project):
        kinds.add(SHARED_TEST)
    return (MAIN, *sorted(kinds))


def work_members(graph: Graph, project: Project) -> frozenset[ProjectName]:
    """A project and all internal ones that its own work brings along."""
    kinds = work_kinds(graph.workspace, project)
    return frozenset({project.name, *graph.closure(project.name, kinds).internal})


def declares_test_runner(project: Project) -> bool:
    """Whether the project itself says what its tests run with."""
    return any(each.name in TEST_RUNNERS for each in project.metadata.requirements)


def shared_test_requirements(workspace: Workspace, project: Project) -> tuple[Requirement, ...]:
    """What is added to the environment of a project for its tests.

    Where it declares no test runner: `[tool.oneroof] test-requirements`, else the groups of its
    root that hold a test runner, else pytest. Else the root's plugins (see `shares_plugins`).
    """
    if declares_test_runner(project):
        return _shared_plugins(workspace, project)
    if workspace.settings.test_requirements is not None:
        return tuple(_parsed(line) for line in workspace.settings.test_requirements)
    root = shared_root(workspace, project)
    if root is not None and root.path != project.path:
        kinds = _groups_with_runner(root)
        found = tuple(each for each in root.metadata.requirements if each.kind in kinds)
        if found:
            return found
    return (Requirement("pytest", SHARED_TEST, paths.ROOT, "tool.oneroof.test-requirements"),)


def root_project(workspace: Workspace) -> Project | None:
    """The project at the workspace root: a real one, or what a virtual root declares."""
    if workspace.virtual_root is not None:
        return workspace.virtual_root
    return workspace.at(paths.ROOT)


def shared_root(workspace: Workspace, project: Project) -> Project | None:
    """From whom a project takes test requirements: the nearest that has any, else the nearest."""
    roots = shared_roots(workspace, project)
    return next((each for each in roots if _groups_with_runner(each)), roots[0] if roots else None)


def shared_roots(workspace: Workspace, project: Project) -> list[Project]:
    """Whose groups a project shares, nearest first.

    These are the root of its uv workspace, virtual roots above it, and the workspace's root.
    """
    found: list[Project] = []
    if project.workspace_root is not None:
        virtual = (e for e in workspace.virtual_roots if e.path == project.workspace_root)
        root = next(virtual, None) or workspace.at(project.workspace_root)
        if root is not None and root.metadata.groups:
            found.append(root)
    for each in reversed(workspace.virtual_roots):
        if paths.is_within(project.path, each.path) and each not in found:
            found.append(each)
    top = root_project(workspace)
    return found if top is None or top in found else [*found, top]


def shares_plugins(project: Project, root: Project) -> bool:
    """Whether the root's pytest plugins come along though the project declares a test runner.

    They do where one lock, so one environment, was made for both: pytest's configuration may
    name them.
    """
    return root.path != project.path and root.lock is not None and root.lock == project.lock


def _groups_with_runner(root: Project) -> set[Kind]:
    """The groups of a root that hold a test runner, and with them those named for tests."""
    kinds = {each.kind for each in root.metadata.requirements if each.name in TEST_RUNNERS}
    kinds.discard(MAIN)
    if not kinds:
        return kinds
    named = (each.name for each in root.metadata.groups)
    return kinds | {group(name) for name in named if re.fullmatch(TEST_NAME, name.lower())}


def _shared_plugins(workspace: Workspace, project: Project) -> tuple[Requirement, ...]:
    root = shared_root(workspace, project)
    if root is None or not shares_plugins(project, root):
        return ()
    kinds = _groups_with_runner(root)
    own = {each.name for each in project.metadata.requirements}
    return tuple(
        each
        for each in root.metadata.requirements
        if each.kind in kinds and each.name.startswith("pytest-") and each.name not in own
    )


def in_conflict(project: Project, kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """The first of the project's conflicts of which more than one is among the kinds."""
    chosen = set(kinds)
    for conflict in project.metadata.conflicts:
        found = tuple(kind for kind in conflict if kind in chosen)
        if len(found) > 1:
            return found
    return ()


def _compatible(project: Project, kinds: set[Kind]) -> set[Kind]:
    """The kinds without those that the manifest, or pins, say contradict another one.

    `test-requirements-0.txt` and `test-requirements-1.txt` are for two runs of the same tests.
    """
    always = {group(each.name) for each in project.metadata.groups if each.default}
    while conflict := in_conflict(project, kinds):
        best = min(conflict, key=lambda kind: (kind not in always, *_age(kind)))
        kinds = kinds - (set(conflict) - {best})
    pins: dict[Kind, dict[str, str]] = {}
    for each in project.metadata.requirements:
        if each.kind in kinds and re.fullmatch(PIN, each.specifier) and not each.marker:
            pins.setdefault(each.kind, {})[each.name] = each.specifier
    if len(pins) <= 1:
        return kinds
    kept: dict[str, str] = {}
    for kind in sorted(pins, key=_age):
        if any(kept.get(name, pin) != pin for name, pin in pins[kind].items()):
            if kind not in always:
                kinds = kinds - {kind}
        else:
            kept.update(pins[kind])
    return kinds


def _age(kind: Kind) -> tuple[object, ...]:
    """A sorting key: plain names before decorated ones, then what is for the newest first."""
    words = re.split(r"[:._-]", kind)
    newest = any(word in NEWEST for word in words)
    oldest = any(word in OLDEST for word in words)
    numbers = [-int(digits) for digits in re.findall(r"\d+", kind)]
    return len(words), oldest - newest, numbers, kind


def _parsed(line: str) -> Requirement:
    from packaging.requirements import Requirement as Parsed
    from packaging.utils import canonicalize_name

    parsed = Parsed(line)
    return Requirement(
        name=canonicalize_name(parsed.name),
        kind=SHARED_TEST,
        declared_in=paths.join(paths.ROOT, "pyproject.toml"),
        key="tool.oneroof.test-requirements",
        specifier=str(parsed.specifier),
        extras=tuple(sorted(map(canonicalize_name, parsed.extras))),
        marker=str(parsed.marker or ""),
    )
