"""Finding the projects of a workspace among its files.

A project is a folder with packaging metadata, or with a role marker and none: a requirements
file beside code, a `dags` folder, notebooks, Terraform. Test data, templates and vendored trees
are no projects; what a uv workspace lists or excludes decides before any of these rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oneroof import paths
from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.globs import matches
from oneroof.workspace.metadata import (
    inherit_uv_workspace,
    read_document,
    read_metadata,
)
from oneroof.workspace.model import Metadata, Project, ProjectName
from oneroof.workspace.roles import find_role
from oneroof.workspace.settings import (
    ProjectSettings,
    WorkspaceSettings,
    read_project_settings,
    read_workspace_settings,
)
from oneroof.workspace.tree import Tree

PACKAGING_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
VENDORED = frozenset(
    {
        ".tox",
        ".venv",
        "_vendor",
        "_vendored",
        "extern",
        "external",
        "node_modules",
        "site-packages",
        "third-party",
        "third_party",
        "thirdparty",
        "vendor",
        "vendored",
        "venv",
    }
)
TEST_FOLDERS = frozenset({"test", "tests", "testing", "__tests__"})
TEST_DATA = frozenset(
    {"testdata", "test-data", "test_data", "fixtures", "__fixtures__", "_fixtures", "snapshots"}
)
NO_HOME_FOR_SCRIPTS = TEST_FOLDERS | TEST_DATA | {"doc", "docs", "requirements", ".github", "ci"}
LOCK_FILES = (
    ("uv", "uv.lock"),
    ("poetry", "poetry.lock"),
    ("pdm", "pdm.lock"),
    ("", "pylock.toml"),
)


@dataclass(frozen=True, slots=True)
class UvWorkspace:
    """`[tool.uv.workspace]` of one pyproject.toml."""

    root: RelPath
    members: tuple[str, ...]
    exclude: tuple[str, ...]

    def has(self, folder: RelPath) -> bool:
        """Whether uv takes the folder for a member."""
        if folder == self.root:
            return True
        if not paths.is_within(folder, self.root):
            return False
        inside = paths.relative_to(folder, self.root)
        return any(matches(inside, glob) for glob in self.members) and not self.excludes(folder)

    def excludes(self, folder: RelPath) -> bool:
        """Whether uv was told to leave the folder, or one above it, out."""
        if folder == self.root or not paths.is_within(folder, self.root):
            return False
        inside = RelPath(paths.relative_to(folder, self.root))
        above = [each for each in paths.ancestors(inside) if each != paths.ROOT]
        return any(matches(each, glob) for each in (inside, *above) for glob in self.exclude)


def discover(tree: Tree) -> tuple[tuple[Project, ...], WorkspaceSettings, tuple[Problem, ...]]:
    """Find all projects, sorted by path, with the workspace's settings and problems."""
    problems: list[Problem] = []
    settings = _workspace_settings(tree, problems)
    folders = [
        folder
        for folder in _packaging_folders(tree)
        if not any(matches(folder, glob) for glob in settings.exclude)
    ]
    uv_workspaces = _uv_workspaces(tree, folders)
    members = frozenset(
        folder for folder in folders if any(each.has(folder) for each in uv_workspaces)
    )
    packaged = frozenset(folders)
    homes = [
        folder
        for folder in folders
        if folder in members
        or not (
            any(each.excludes(folder) for each in uv_workspaces) or _is_no_home(folder, packaged)
        )
    ]
    nested = _nested([folder for folder in homes if _declares(tree, folder)])
    found: dict[RelPath, Metadata] = {}
    for folder in homes:
        metadata = read_metadata(tree, folder, nested.get(folder, frozenset()))
        if metadata is not None and not _is_template(metadata):
            root = _workspace_of(folder, uv_workspaces)
            if root is not None and root != folder:
                metadata = inherit_uv_workspace(metadata, folder, root, tree)
            found[folder] = metadata
    for folder in _marker_folders(tree, found, settings):
        found[folder] = read_metadata(tree, folder) or Metadata(manifests=())
    projects = _projects(tree, found, uv_workspaces, settings, problems)
    return projects, settings, tuple(problems)


def _workspace_settings(tree: Tree, problems: list[Problem]) -> WorkspaceSettings:
    path = RelPath("pyproject.toml")
    if path not in tree:
        return WorkspaceSettings()
    document, _ = read_document(tree, path)
    table = _table(document or {}, "tool", "oneroof")
    settings, found = read_workspace_settings(path, table)
    problems.extend(found)
    return settings


def _table(document: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """The table at a dotted key; empty where there is none."""
    value: object = document
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _strings(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _packaging_folders(tree: Tree) -> list[RelPath]:
    found = {
        paths.parent(path)
        for path in tree.files
        if path.rpartition("/")[2] in PACKAGING_FILES and path not in tree.links
    }
    return sorted(folder for folder in found if not _is_template_path(folder))


def _is_template_path(folder: RelPath) -> bool:
    return any(
        "{{" in segment or "{%" in segment or "${" in segment or segment.startswith("$")
        for segment in folder.split("/")
    )


def _is_template(metadata: Metadata) -> bool:
    name = metadata.name or ""
    return any(mark in name for mark in ("{{", "{%", "$", "<", "%(")) or "[[" in name


def _is_no_home(folder: RelPath, packaged: frozenset[RelPath]) -> bool:
    """Whether what lies in `folder` is vendored, or data of the tests of a project."""
    segments = folder.split("/")
    if any(segment in VENDORED or segment in TEST_DATA for segment in segments):
        return True
    for index, segment in enumerate(segments):
        if segment in TEST_FOLDERS:
            above = RelPath("/".join(segments[:index]) or ".")
            if above != folder and (
                above in packaged or any(each in packaged for each in paths.ancestors(above))
            ):
                return True
    return False


def _uv_workspaces(tree: Tree, folders: Iterable[RelPath]) -> list[UvWorkspace]:
    found = []
    for folder in folders:
        path = paths.join(folder, "pyproject.toml")
        if path in tree:
            document, _ = read_document(tree, path)
            table = _table(document or {}, "tool", "uv")
            if isinstance(table.get("workspace"), Mapping):
                workspace = _table(table, "workspace")
                found.append(
                    UvWorkspace(
                        folder,
                        tuple(map(_plain, _strings(workspace.get("members")))),
                        tuple(map(_plain, _strings(workspace.get("exclude")))),
                    )
                )
    return found


def _workspace_of(folder: RelPath, uv_workspaces: Sequence[UvWorkspace]) -> RelPath | None:
    """The root of the innermost uv workspace that has the folder for a member."""
    roots = [each.root for each in uv_workspaces if each.has(folder)]
    return max(roots, key=len, default=None)


def _declares(tree: Tree, folder: RelPath) -> bool:
    """Whether a folder's packaging files declare a project, rather than configure tools."""
    if PACKAGING_FILES.intersection(tree.folder(folder).files) != {"pyproject.toml"}:
        return True
    document, problems = read_document(tree, paths.join(folder, "pyproject.toml"))
    if document is None:
        return bool(problems)
    return "project" in document or bool(_table(document, "tool", "poetry"))


def _plain(glob: str) -> str:
    return glob.removeprefix("./").rstrip("/")


def _marker_folders(
    tree: Tree, packaged: Mapping[RelPath, Metadata], settings: WorkspaceSettings
) -> list[RelPath]:
    """Folders that are projects without packaging metadata, sorted."""
    found: set[RelPath] = set()
    infra: list[RelPath] = []
    for path in tree.files:
        name = path.rpartition("/")[2]
        folder = paths.parent(path)
        if folder in found or path in tree.links:
            continue
        if name.endswith(".tf"):
            infra.append(folder)
        elif (name.startswith("requirements") and name.endswith(".txt")) or (
            name.endswith(".ipynb") or (paths.name(folder) == "dags" and name.endswith(".py"))
        ):
            found.add(folder)
    roots = {_terraform_root(folder) for folder in infra}
    chosen = {
        folder
        for folder in found
        if folder not in packaged
        and not _belongs_to_packaged(folder, packaged)
        and _has_code(tree, folder, packaged)
        and not _ignored_for_markers(folder)
    } | {folder for folder in roots if folder not in packaged and not _ignored_for_markers(folder)}
    chosen = {
        folder for folder in chosen if not any(matches(folder, glob) for glob in settings.exclude)
    }
    return sorted(_without_parts(tree, chosen))


def _terraform_root(folder: RelPath) -> RelPath:
    """The topmost folder named for infrastructure, or the folder of the files themselves."""
    segments = folder.split("/")
    for index, segment in enumerate(segments):
        if segment.lower() in {"tf", "terraform", "infra", "infrastructure"}:
            return RelPath("/".join(segments[: index + 1]))
    return folder


def _ignored_for_markers(folder: RelPath) -> bool:
    return _is_template_path(folder) or any(
        segment in VENDORED or segment in NO_HOME_FOR_SCRIPTS for segment in folder.split("/")
    )


def _belongs_to_packaged(folder: RelPath, packaged: Mapping[RelPath, Metadata]) -> bool:
    """Whether the folder is a part of a packaged project rather than one of its own.

    The workspace root encloses everything, so only what it imports or tests is a part of it.
    """
    for above in paths.ancestors(folder):
        metadata = packaged.get(above)
        if metadata is None:
            continue
        if above != paths.ROOT:
            return True
        return any(
            paths.is_within(folder, package.path) or paths.is_within(package.path, folder)
            for package in metadata.import_packages
        )
    return False


def _has_code(tree: Tree, folder: RelPath, packaged: Mapping[RelPath, Metadata]) -> bool:
    """Whether Python lies beside the marker, or in a package right below it."""
    here = tree.folder(folder)
    if any(name.endswith((".py", ".ipynb")) and name != "setup.py" for name in here.files):
        return True
    for name in here.folders:
        below = paths.join(folder, name)
        if below in packaged or name in NO_HOME_FOR_SCRIPTS or name in VENDORED:
            continue
        files = tree.folder(below).files
        if "__init__.py" in files or (
            name in {"src", "app"} and any(each.endswith(".py") for each in files)
        ):
            return True
    return False


def _without_parts(tree: Tree, chosen: set[RelPath]) -> set[RelPath]:
    """Leave out folders that only repeat the kind of a project above them.

    A folder of notebooks below a folder of notebooks is one project; a folder with its own
    requirements is always its own.
    """

    def own_requirements(folder: RelPath) -> bool:
        return any(name.startswith("requirements") for name in tree.folder(folder).files)

    return {
        folder
        for folder in chosen
        if own_requirements(folder)
        or not any(above in chosen and above != paths.ROOT for above in paths.ancestors(folder))
    }


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
        workspace = _workspace_of(folder, uv_workspaces)
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
        table = _table(document or {}, "tool", "oneroof")
        if table:
            own, found = read_project_settings(path, table, root=folder == paths.ROOT)
            problems.extend(found)
    above = settings.projects.get(folder) or settings.projects.get(name)
    if above is None:
        return own
    return ProjectSettings(
        role=own.role or above.role,
        tags=own.tags or above.tags,
        inputs=(*above.inputs, *own.inputs),
        python=own.python or above.python,
        tasks={**above.tasks, **own.tasks},
    )


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
    return hashed[0] if hashed else None


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


def without_nested(projects: Sequence[Project]) -> dict[RelPath, frozenset[RelPath]]:
    """For each project's folder, the folders of projects nested in it."""
    return _nested([project.path for project in projects])


def _nested(folders: Sequence[RelPath]) -> dict[RelPath, frozenset[RelPath]]:
    nested: dict[RelPath, set[RelPath]] = {folder: set() for folder in folders}
    for folder in folders:
        if folder == paths.ROOT:
            continue
        for above in paths.ancestors(folder):
            if above in nested:
                nested[above].add(folder)
                break
    return {folder: frozenset(below) for folder, below in nested.items()}
