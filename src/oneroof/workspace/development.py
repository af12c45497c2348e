"""What of a project's declarations its own tests, checks and developers use.

The one answer to "which groups does the environment hold?" for tests, `sync`, `exec` and
fingerprints.
"""

import re

from oneroof import paths
from oneroof.workspace.model import MAIN, Kind, Project, Requirement, Workspace, extra, group

SHARED_TEST = Kind("shared:test")
"""The kind of test requirements that come from the root, or from oneroof, for projects that
declare no test runner."""

TEST_RUNNERS = frozenset({"pytest", "nose", "nose2", "testtools", "ward"})
DEVELOPMENT_NAME = re.compile(
    r"(unit-?|integration-?)?(default|dev|devel|develop|development|test|tests|testing|tester|"
    r"hatch-test|ci|lint|linters?|linting|types?|typing|typecheck|type-check(ing)?|mypy|format|"
    r"formatting|fmt|checks?|quality|qa|style|tools?|tooling)(-dependencies|-requirements|-deps)?"
)
DEVELOPMENT_EXTRA = re.compile(
    r"(unit-?|integration-?)?(dev|devel|develop|development|test|tests|testing|tester|ci)"
)


def work_kinds(workspace: Workspace, project: Project) -> tuple[Kind, ...]:
    """The kinds of requirements a project's own work needs, sorted after `main`.

    Groups that its tool installs by default, groups named for development, and groups and
    extras that hold a test runner; what `[tool.oneroof.tasks.test]` names takes their place.
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
            or DEVELOPMENT_NAME.fullmatch(each.name.lower())
            or group(each.name) in with_runner
        )
    if extras is None:
        extras = tuple(
            name
            for name in project.metadata.extras
            if DEVELOPMENT_EXTRA.fullmatch(name) or extra(name) in with_runner
        )
    kinds = {*map(group, groups), *map(extra, extras)}
    if shared_test_requirements(workspace, project):
        kinds.add(SHARED_TEST)
    return (MAIN, *sorted(kinds))


def declares_test_runner(project: Project) -> bool:
    """Whether the project itself says what its tests run with."""
    return any(each.name in TEST_RUNNERS for each in project.metadata.requirements)


def shared_test_requirements(workspace: Workspace, project: Project) -> tuple[Requirement, ...]:
    """What is added to the environment of a project that declares no test runner.

    `[tool.oneroof] test-requirements`, else the root's groups that hold a test runner, else
    pytest.
    """
    if declares_test_runner(project):
        return ()
    if workspace.settings.test_requirements is not None:
        return tuple(_parsed(line) for line in workspace.settings.test_requirements)
    root = shared_root(workspace, project)
    if root is not None and root.path != project.path:
        kinds = {each.kind for each in root.metadata.requirements if each.name in TEST_RUNNERS}
        found = tuple(
            each for each in root.metadata.requirements if each.kind in kinds and each.kind != MAIN
        )
        if found:
            return found
    return (Requirement("pytest", SHARED_TEST, paths.ROOT, "tool.oneroof.test-requirements"),)


def root_project(workspace: Workspace) -> Project | None:
    """The project at the workspace root: a real one, or what a virtual root declares."""
    if workspace.virtual_root is not None:
        return workspace.virtual_root
    return next((each for each in workspace.projects if each.path == paths.ROOT), None)


def shared_root(workspace: Workspace, project: Project) -> Project | None:
    """Whose groups a project shares: those of its uv workspace's root, else of the root."""
    if project.workspace_root is not None:
        for each in (*workspace.virtual_roots, *workspace.projects):
            if each.path == project.workspace_root and each.metadata.groups:
                return each
    return root_project(workspace)


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
