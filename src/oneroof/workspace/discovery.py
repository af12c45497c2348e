"""Finding the projects of a workspace among its files.

A project is a folder with packaging metadata, or with a role marker and none: a requirements
file beside code, a `dags` folder, notebooks, Terraform. A root that declares nothing but groups
of development requirements is no project, but shares them with all that are.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from oneroof import paths
from oneroof.errors import ConfigError, Problem
from oneroof.paths import RelPath
from oneroof.workspace.homes import (
    UvWorkspace,
    declares_project,
    find_homes,
    find_packaging_folders,
    find_uv_workspaces,
    table_at,
    workspace_of,
)
from oneroof.workspace.markers import find_marker_folders
from oneroof.workspace.metadata import inherit_uv_workspace, read_document, read_metadata
from oneroof.workspace.model import Metadata, Project, ProjectName
from oneroof.workspace.nesting import find_nested
from oneroof.workspace.roles import find_role
from oneroof.workspace.settings import (
    ProjectSettings,
    WorkspaceSettings,
    read_project_settings,
    read_workspace_settings,
)
from oneroof.workspace.tree import Tree

LOCK_FILES = (
    ("uv", "uv.lock"),
    ("poetry", "poetry.lock"),
    ("pdm", "pdm.lock"),
    ("", "pylock.toml"),
)


class Discovery(NamedTuple):
    """All that was found."""

    projects: tuple[Project, ...]
    """Sorted by path."""
    settings: WorkspaceSettings
    problems: tuple[Problem, ...]
    """What is wrong beyond the problems of each project's metadata."""
    virtual_roots: tuple[Project, ...]
    """Sorted by path: see `Workspace.virtual_roots`."""


def discover(tree: Tree) -> Discovery:
    """Find all projects, with the workspace's settings and problems."""
    problems: list[Problem] = []
    settings = _workspace_settings(tree, problems)
    folders = find_packaging_folders(tree, settings.exclude)
    uv_workspaces = find_uv_workspaces(tree, folders)
    found = _read_all(tree, folders, uv_workspaces)
    virtual = {
        each.root: found.pop(each.root)
        for each in uv_workspaces
        if each.root in found and _declares_only_groups(found[each.root])
    }
    for folder in find_marker_folders(tree, found, settings.exclude):
        if folder not in virtual:
            found[folder] = read_metadata(tree, folder) or Metadata(manifests=())
    if len(found) > 1 and paths.ROOT in found and _declares_only_groups(found[paths.ROOT]):
        virtual[paths.ROOT] = found.pop(paths.ROOT)
    for folder in _between(found.keys() | virtual.keys()):
        metadata = read_metadata(tree, folder)
        if metadata and metadata.requirements and _declares_only_groups(metadata):
            virtual[folder] = metadata
    for folder in [each for each in virtual if _has_own_tests(tree, each, found.keys())]:
        found[folder] = virtual.pop(folder)
    projects = _projects(tree, found, uv_workspaces, settings, problems)
    virtual_roots = _projects(tree, virtual, uv_workspaces, settings, problems)
    for root in virtual_roots:
        problems += root.metadata.problems
    problems += _unknown_projects(settings, (*projects, *virtual_roots))
    return Discovery(projects, settings, tuple(dict.fromkeys(problems)), virtual_roots)


def _has_own_tests(tree: Tree, root: RelPath, projects: Collection[RelPath]) -> bool:
    """Whether a virtual root has tests that lie in none of the projects: somebody must run them."""
    for name in ("tests", "test"):
        for path in tree.below(paths.join(root, name)):
            file = paths.name(path)
            if file.endswith(".py") and (file.startswith("test_") or file.endswith("_test.py")):
                above = paths.ancestors(path)
                if not any(each in projects for each in above[: above.index(root)]):
                    return True
    return False


def find_lock(
    tree: Tree, folder: RelPath, metadata: Metadata, workspace: RelPath | None
) -> RelPath | None:
    """The lock that governs a project: its own, else that of its uv workspace.

    Where several formats lie side by side, the one of the dialect the manifest speaks counts.
    """
    if workspace is not None and workspace != folder:
        shared = paths.join(workspace, "uv.lock")
        if shared in tree:
            return shared
    files = tree.folder(folder).files
    present = [(dialect, name) for dialect, name in LOCK_FILES if name in files]
    present.sort(key=lambda each: each[0] not in metadata.dialects)
    if present:
        return paths.join(folder, present[0][1])
    hashed = sorted({each.declared_in for each in metadata.requirements if each.hashes})
    if hashed:
        return hashed[0]
    if not any(name.endswith((".txt", ".lock")) for name in files):
        return None
    from oneroof.workspace.dialects.requirements import find_compiled

    compiled = find_compiled(tree, folder)
    declares = any(each.declared_in == compiled for each in metadata.requirements)
    return None if declares else compiled


def _unknown_projects(settings: WorkspaceSettings, projects: Sequence[Project]) -> list[Problem]:
    """Entries of `[tool.oneroof.projects]` that are neither name nor path of a project."""
    import difflib

    from oneroof.workspace.dialects.toml import dotted

    known = sorted({*(each.name for each in projects), *(each.path for each in projects)})
    problems = []
    for name in settings.projects:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else "`oneroof ls` shows all projects"
            key = dotted("tool.oneroof.projects", name)
            problems.append(Problem("pyproject.toml", "names no project", key, hint))
    return problems


def _read_all(
    tree: Tree, folders: Sequence[RelPath], uv_workspaces: Sequence[UvWorkspace]
) -> dict[RelPath, Metadata]:
    """The metadata of each packaged project.

    What a project depends on by path is a project too, wherever it lies.
    """
    homes = find_homes(folders, uv_workspaces)
    while True:
        found = _read(tree, homes, uv_workspaces)
        wanted = {path for metadata in found.values() for path in _path_sources(metadata)}
        missing = (wanted & set(folders)) - set(homes)
        if not missing:
            return found
        homes = sorted({*homes, *missing})


def _read(
    tree: Tree, homes: Sequence[RelPath], uv_workspaces: Sequence[UvWorkspace]
) -> dict[RelPath, Metadata]:
    nested = find_nested([folder for folder in homes if declares_project(tree, folder)])
    found: dict[RelPath, Metadata] = {}
    for folder in homes:
        metadata = read_metadata(tree, folder, nested.get(folder, frozenset()))
        if metadata is not None and not _is_template(tree, folder, metadata):
            root = workspace_of(folder, uv_workspaces)
            if root is not None and root != folder:
                metadata = inherit_uv_workspace(metadata, folder, root, tree)
            found[folder] = metadata
    return found


def _path_sources(metadata: Metadata) -> list[RelPath]:
    return [
        path
        for requirement in metadata.requirements
        for source in requirement.sources
        if source.kind == "path"
        and (path := paths.normalise(paths.parent(requirement.declared_in), source.location))
    ]


def _between(folders: Collection[RelPath]) -> list[RelPath]:
    """The folders between given ones and the root that are none of them."""
    above = {each for folder in folders for each in paths.ancestors(folder)}
    return sorted(above - {paths.ROOT} - set(folders))


def _declares_only_groups(metadata: Metadata) -> bool:
    """Whether there is nothing to build, run or install but groups of development requirements."""
    return (
        metadata.name is None
        and metadata.build_backend is None
        and bool(metadata.manifests)
        and all(each.kind.startswith("group:") for each in metadata.requirements)
        and not any(problem.fatal for problem in metadata.problems)
    )


def _workspace_settings(tree: Tree, problems: list[Problem]) -> WorkspaceSettings:
    path = RelPath("pyproject.toml")
    if path not in tree:
        return WorkspaceSettings()
    document, _ = read_document(tree, path)
    table = table_at(document or {}, "tool", "oneroof")
    settings, found = read_workspace_settings(path, table)
    problems.extend(found)
    # Where the root is no project, nobody else looks at the keys a project may have.
    _, found = read_project_settings(path, table, root=True)
    problems.extend(found)
    return settings


def _is_template(tree: Tree, folder: RelPath, metadata: Metadata) -> bool:
    name = metadata.name or ""
    if any(mark in name for mark in ("{{", "{%", "[[", "$", "<", "%(")):
        return True
    path = paths.join(folder, "pyproject.toml")
    if path not in tree or read_document(tree, path)[0] is not None:
        return False
    try:
        text = tree.read_text(path)
    except ConfigError:
        return False
    return "{{" in text or "{%" in text


def _projects(
    tree: Tree,
    found: Mapping[RelPath, Metadata],
    uv_workspaces: Sequence[UvWorkspace],
    settings: WorkspaceSettings,
    problems: list[Problem],
) -> tuple[Project, ...]:
    names = _names(found)
    projects = []
    for folder in sorted(found):
        metadata = found[folder]
        own = _project_settings(tree, folder, names[folder], settings, problems)
        role, evidence = find_role(tree, folder, metadata, own)
        workspace = workspace_of(folder, uv_workspaces)
        projects.append(
            Project(
                name=names[folder],
                path=folder,
                role=role,
                role_evidence=evidence,
                metadata=metadata,
                tags=own.tags,
                lock=find_lock(tree, folder, metadata, workspace),
                workspace_root=workspace,
                owned_paths=_owned_paths(folder, metadata),
                settings=own,
            )
        )
    return tuple(projects)


def _names(found: Mapping[RelPath, Metadata]) -> dict[RelPath, ProjectName]:
    """A name for each folder: the distribution's, with `@path` where several have the same."""
    from packaging.utils import canonicalize_name

    plain = {
        folder: canonicalize_name(metadata.name) if metadata.name else ""
        for folder, metadata in found.items()
    }
    count: dict[str, int] = {}
    for name in plain.values():
        count[name] = count.get(name, 0) + 1
    return {
        folder: ProjectName(
            folder if not name else name if count[name] == 1 else f"{name}@{folder}"
        )
        for folder, name in plain.items()
    }


def _project_settings(
    tree: Tree,
    folder: RelPath,
    name: ProjectName,
    settings: WorkspaceSettings,
    problems: list[Problem],
) -> ProjectSettings:
    """The project's own table, and under it what the root says of the project by name or path."""
    path = paths.join(folder, "pyproject.toml")
    own = ProjectSettings()
    if path in tree:
        document, _ = read_document(tree, path)
        table = table_at(document or {}, "tool", "oneroof")
        if table:
            own, found = read_project_settings(path, table, root=folder == paths.ROOT)
            problems.extend(found)
    above = settings.projects.get(folder) or settings.projects.get(name)
    if above is None:
        return msgspec.structs.replace(own, image=own.image.over(settings.image))
    return ProjectSettings(
        role=own.role or above.role,
        tags=own.tags or above.tags,
        inputs=(*above.inputs, *own.inputs),
        python=own.python or above.python,
        public=above.public if own.public is None else own.public,
        tasks={**above.tasks, **own.tasks},
        image=own.image.over(above.image).over(settings.image),
    )


def _owned_paths(folder: RelPath, metadata: Metadata) -> tuple[RelPath, ...]:
    return tuple(
        sorted(
            {
                package.path
                for package in metadata.import_packages
                if not paths.is_within(package.path, folder)
            }
        )
    )
