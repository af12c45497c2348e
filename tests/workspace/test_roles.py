from collections.abc import Callable, Mapping

import pytest

from oneroof.workspace.discovery import discover
from oneroof.workspace.tree import Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]

BUILT = (
    '[project]\nname = "x"\nversion = "1"\n{}\n[build-system]\nbuild-backend = "hatchling.build"\n'
)
NOT_BUILT = '[project]\nname = "x"\nversion = "1"\n{}\n[tool.uv]\npackage = false\n'


@pytest.mark.parametrize(
    ("files", "role", "evidence"),
    [
        ({"libs/x/pyproject.toml": BUILT}, "lib", "folder `libs`"),
        ({"Services/x/pyproject.toml": BUILT}, "service", "folder `services`"),
        ({"apps/web/x/pyproject.toml": BUILT}, "app", "folder `apps`"),
        ({"eda/x/pyproject.toml": BUILT}, "notebook", "folder `eda`"),
        ({"models/x/pyproject.toml": BUILT}, "model", "folder `models`"),
        ({"tools/x/pyproject.toml": BUILT}, "tool", "folder `tools`"),
        ({"x/pyproject.toml": BUILT}, "lib", "it can be built and installed"),
        ({"libs/pyproject.toml": NOT_BUILT}, "app", "it is not built"),
        ({"x/pyproject.toml": NOT_BUILT}, "app", "it is not built"),
        ({"x/pyproject.toml": BUILT, "x/Dockerfile": ""}, "service", "a Dockerfile"),
        ({"x/pyproject.toml": NOT_BUILT, "x/a.ipynb": "{}"}, "notebook", "`a.ipynb`"),
        ({"x/main.tf": ""}, "infra", "Terraform files"),
        ({"dags/x.py": ""}, "dags", "folder `dags`"),
        ({"dags/x.py": "", "dags/requirements.txt": "six"}, "dags", "folder `dags`"),
        ({"dags/x.py": "", "dags/pyproject.toml": NOT_BUILT}, "dags", "folder `dags`"),
        ({"dags/x.py": "", "dags/pyproject.toml": BUILT}, "lib", "it can be built and installed"),
    ],
)
def test_folders_and_files_tell_what_a_project_is_for(
    tree: MakeTree, files: Mapping[str, str], role: str, evidence: str
) -> None:
    (project,) = discover(tree({path: text.format("") for path, text in files.items()})).projects
    assert (project.role, project.role_evidence) == (role, evidence)


@pytest.mark.parametrize(
    ("manifest", "declared", "role", "evidence"),
    [
        (NOT_BUILT, 'dependencies = ["fastapi"]', "service", "depends on `fastapi`"),
        (NOT_BUILT, 'dependencies = ["streamlit"]', "app", "depends on `streamlit`"),
        (NOT_BUILT, 'dependencies = ["jupyterlab"]', "notebook", "`jupyterlab`"),
        (BUILT, 'dependencies = ["fastapi"]', "lib", "it can be built and installed"),
        (BUILT, '[project.scripts]\nrun = "x:run"', "tool", "console script `run`"),
        (
            BUILT,
            'dependencies = ["apache-airflow"]',
            "dags",
            "folder `dags` and a dependency on Airflow",
        ),
    ],
)
def test_declarations_tell_what_a_project_is_for(
    tree: MakeTree, manifest: str, declared: str, role: str, evidence: str
) -> None:
    files = {"x/pyproject.toml": manifest.format(declared), "x/x/__init__.py": ""}
    if role == "dags":
        files["x/dags/daily.py"] = ""
    (project,) = discover(tree(files)).projects
    assert (project.role, project.role_evidence) == (role, evidence)
