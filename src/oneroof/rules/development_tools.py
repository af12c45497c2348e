"""Tools of development among run-time requirements, where no run-time code uses them."""

import re

from oneroof.rules.scopes import Scope, scope_of
from oneroof.rules.sources import Sources
from oneroof.rules.texts import strings_in
from oneroof.workspace.model import MAIN, Project, Requirement
from oneroof.workspace.settings import Role

_TOOLS = frozenset(
    {
        *("autopep8", "bandit", "basedpyright", "black", "coverage", "flake8", "hypothesis"),
        *("ipdb", "isort", "mypy", "nose", "nose2", "nox", "pre-commit", "pycodestyle"),
        *("pydocstyle", "pyflakes", "pylint", "pyright", "pytest", "ruff", "tox", "twine", "ty"),
        "yapf",
    }
)
_NOTEBOOKS = frozenset({"ipykernel", "ipython", "jupyter", "jupyterlab", "notebook"})
_RUNNING_NOTEBOOKS = frozenset(
    {"IPython", "jupyter_client", "nbclient", "nbconvert", "papermill", "testbook", "voila"}
)
_PLUGINS = re.compile(r"(pytest|flake8|pylint|mypy)-.+")


def is_misplaced(sources: Sources, project: Project, requirement: Requirement) -> bool:
    """Whether a run-time requirement is a tool that only those who work on the project use.

    It is none where run-time code imports it or names it in a string, where the project is a
    plugin of it or has no run-time code, and, if it is for notebooks, in a project of that role
    or one that runs notebooks.
    """
    name = requirement.name
    plugin = _PLUGINS.fullmatch(name)
    if requirement.kind != MAIN or not (name in _TOOLS | _NOTEBOOKS or plugin):
        return False
    if project.name.startswith(f"{name}-") or any(
        each.group.startswith(name) for each in project.metadata.entry_points
    ):
        return False
    words = {name, name.replace("-", "_"), *([plugin[1]] if plugin else [])}
    if name in _NOTEBOOKS:
        if project.role is Role.NOTEBOOK:
            return False
        words |= _RUNNING_NOTEBOOKS
    files = [path for path in sources.files(project) if scope_of(project, path) is Scope.RUN_TIME]
    imported = {
        each.module.partition(".")[0] for path in files for each in sources.scan(path).imports
    }
    return (
        bool(files)
        and words.isdisjoint(imported)
        and not any(
            words & set(re.split(r"[^\w-]+", text))
            for path in files
            for text in strings_in(sources.tree, path)
        )
    )
