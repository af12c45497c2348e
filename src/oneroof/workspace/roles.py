"""What a project is for, from evidence: folder conventions first, then what the folder holds."""

from collections.abc import Iterator

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.model import MAIN, Metadata
from oneroof.workspace.settings import ProjectSettings, Role
from oneroof.workspace.tree import Folder, Tree

FOLDER_ROLES = {
    Role.LIB: ("lib", "libs", "library", "libraries", "packages", "components"),
    Role.SERVICE: ("service", "services", "svc", "microservices", "api", "apis"),
    Role.APP: ("app", "apps", "applications", "frontend", "webapp"),
    Role.NOTEBOOK: ("eda", "notebook", "notebooks", "analysis", "exploration"),
    Role.DAGS: ("dag", "dags", "airflow", "pipelines"),
    Role.MODEL: ("model", "models"),
    Role.INFRA: ("infra", "infrastructure", "terraform", "tf", "deploy"),
    Role.TOOL: ("tool", "tools", "tooling", "scripts"),
}
ROLE_OF_FOLDER = {name: role for role, names in FOLDER_ROLES.items() for name in names}

SERVERS = frozenset(
    {
        "aiohttp",
        "celery",
        "django",
        "fastapi",
        "flask",
        "grpcio",
        "gunicorn",
        "hypercorn",
        "litestar",
        "quart",
        "sanic",
        "starlette",
        "tornado",
        "uvicorn",
    }
)
INTERFACES = frozenset({"dash", "gradio", "nicegui", "panel", "streamlit"})
KERNELS = frozenset({"ipykernel", "jupyter", "jupyterlab", "notebook"})


def find_role(
    tree: Tree, path: RelPath, metadata: Metadata, settings: ProjectSettings
) -> tuple[Role, str]:
    """The role of a project and the evidence for it, in words."""
    if settings.role is not None:
        return settings.role, "tool.oneroof.role"
    files = tree.folder(path)
    clues = (
        *_clues_of_folders(path),
        *_clues_of_markers(tree, path, metadata),
        *_clues_of_requirements(files, path, metadata),
        *_clues_of_packaging(files, metadata),
    )
    return clues[0]


Clue = tuple[Role, str]


def _clues_of_folders(path: RelPath) -> Iterator[Clue]:
    for segment in path.lower().split("/")[:-1]:
        role = ROLE_OF_FOLDER.get(segment)
        if role is not None and role != Role.INFRA:
            yield role, f"folder `{segment}`"


def _clues_of_markers(tree: Tree, path: RelPath, metadata: Metadata) -> Iterator[Clue]:
    if not metadata.dialects and any(name.endswith(".tf") for name in tree.below(path)):
        yield Role.INFRA, "Terraform files"
    if not metadata.build_backend and paths.name(path) == "dags":
        yield Role.DAGS, "folder `dags`"


def _clues_of_requirements(files: Folder, path: RelPath, metadata: Metadata) -> Iterator[Clue]:
    needed = {each.name for each in metadata.requirements if each.kind == MAIN}
    on_airflow = any(name.startswith("apache-airflow") for name in needed)
    if on_airflow and "dags" in {*files.folders, paths.name(path)}:
        yield Role.DAGS, "folder `dags` and a dependency on Airflow"
    notebooks = [name for name in files.files if name.endswith(".ipynb")]
    if not metadata.build_backend or not metadata.import_packages:
        for evidence in (*notebooks, *sorted(needed & KERNELS)):
            yield Role.NOTEBOOK, f"`{evidence}`"
    if "Dockerfile" in files.files or not metadata.build_backend:
        for server in sorted(needed & SERVERS):
            yield Role.SERVICE, f"depends on `{server}`"
        for interface in sorted(needed & INTERFACES):
            yield Role.APP, f"depends on `{interface}`"


def _clues_of_packaging(files: Folder, metadata: Metadata) -> Iterator[Clue]:
    if "Dockerfile" in files.files:
        yield Role.SERVICE, "a Dockerfile"
    scripts = [each.name for each in metadata.entry_points if each.group == "console_scripts"]
    if scripts and not metadata.extras:
        yield Role.TOOL, f"console script `{scripts[0]}`"
    if metadata.build_backend:
        yield Role.LIB, "it can be built and installed"
    yield Role.APP, "it is not built"
