"""Which folders with packaging files hold projects: not templates, vendored trees or test data.

What a uv workspace lists or excludes decides before any of these rules.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.globs import matches
from oneroof.workspace.metadata import read_document
from oneroof.workspace.model import PACKAGING_FILES
from oneroof.workspace.tree import Tree

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


class UvWorkspace(msgspec.Struct, frozen=True):
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
        return is_excluded(RelPath(paths.relative_to(folder, self.root)), self.exclude)


def find_packaging_folders(tree: Tree, exclude: Sequence[str]) -> list[RelPath]:
    """The folders with packaging files that are no templates and not excluded, sorted."""
    found = {
        paths.parent(path) for path in tree.files if path.rpartition("/")[2] in PACKAGING_FILES
    }
    return sorted(
        folder
        for folder in found
        if not is_template_path(folder) and not is_excluded(folder, exclude)
    )


def find_homes(folders: Sequence[RelPath], uv_workspaces: Sequence[UvWorkspace]) -> list[RelPath]:
    """Those of the folders with packaging files that projects live in, in the same order."""
    packaged = frozenset(folders)
    return [
        folder
        for folder in folders
        if any(each.has(folder) for each in uv_workspaces)
        or not (
            any(each.excludes(folder) for each in uv_workspaces) or _is_no_home(folder, packaged)
        )
    ]


def find_uv_workspaces(tree: Tree, folders: Iterable[RelPath]) -> list[UvWorkspace]:
    """The uv workspaces whose roots are among some folders."""
    found = []
    for folder in folders:
        path = paths.join(folder, "pyproject.toml")
        if path in tree:
            document, _ = read_document(tree, path)
            table = table_at(document or {}, "tool", "uv")
            if isinstance(table.get("workspace"), Mapping):
                workspace = table_at(table, "workspace")
                found.append(
                    UvWorkspace(
                        folder,
                        tuple(map(_plain, _strings(workspace.get("members")))),
                        tuple(map(_plain, _strings(workspace.get("exclude")))),
                    )
                )
    return found


def workspace_of(folder: RelPath, uv_workspaces: Sequence[UvWorkspace]) -> RelPath | None:
    """The root of the innermost uv workspace that has the folder for a member."""
    roots = [each.root for each in uv_workspaces if each.has(folder)]
    return max(roots, key=len, default=None)


def declares_project(tree: Tree, folder: RelPath) -> bool:
    """Whether a folder's packaging files declare a project, rather than configure tools."""
    if PACKAGING_FILES.intersection(tree.folder(folder).files) != {"pyproject.toml"}:
        return True
    document, problems = read_document(tree, paths.join(folder, "pyproject.toml"))
    if document is None:
        return bool(problems)
    return "project" in document or any(
        table_at(document, *keys) for keys in (("tool", "poetry"), ("tool", "flit", "metadata"))
    )


def is_excluded(folder: RelPath, globs: Sequence[str]) -> bool:
    """Whether a glob matches the folder or one above it."""
    around = (folder, *paths.ancestors(folder)[:-1])
    return any(matches(each, glob) for glob in globs for each in around)


def is_template_path(folder: RelPath) -> bool:
    """Whether a folder is a template of a project: its name holds a placeholder."""
    return any(
        "{{" in segment or "{%" in segment or "${" in segment or segment.startswith("$")
        for segment in folder.split("/")
    )


def table_at(document: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """The table at a dotted key; empty where there is none."""
    value: object = document
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _is_no_home(folder: RelPath, packaged: frozenset[RelPath]) -> bool:
    """Whether what lies in `folder` is vendored, or data of the tests of a project."""
    segments = folder.split("/")
    within = any(above in packaged for above in paths.ancestors(folder))
    # `services/vendor` is a project with that name, `vendor/x` and `app/vendor` are copies.
    around = segments if within else segments[:-1]
    if any(segment in VENDORED or segment in TEST_DATA for segment in around):
        return True
    for index, segment in enumerate(segments):
        if segment in TEST_FOLDERS:
            above = RelPath("/".join(segments[:index]) or ".")
            if above in packaged or any(each in packaged for each in paths.ancestors(above)):
                return True
    return False


def _strings(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _plain(glob: str) -> str:
    return glob.removeprefix("./").rstrip("/")
