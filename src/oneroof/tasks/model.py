"""The values of tasks: commands, targets, results."""

from typing import Literal

import msgspec

from oneroof.actions.action import Action
from oneroof.environments.model import Request
from oneroof.paths import RelPath
from oneroof.workspace.model import ProjectName

TaskName = str
"""`test`, `lint`, `fmt`, `types`, or the name of a task of `[tool.oneroof.tasks]`."""

Runner = Literal["pytest", "unittest", "command"]

PYTHON = "{python}"
"""In arguments: the interpreter of the environment that holds the tool."""
PROJECT_PYTHON = "{project_python}"
"""The interpreter of the project's own environment, for tools that live elsewhere."""
BIN = "{bin}"
"""The folder of the scripts of the environment that holds the tool."""
JUNIT = "{junit}"
"""The file that takes the report of the tests."""
RUNNERS = "{runners}"
"""The folder of the scripts that run under the interpreters of projects."""
BYTECODE = "{bytecode}"
"""A folder for compiled modules, one for the workspace: what one task compiled, all may use."""
PYTEST_CACHE = "{pytest_cache}"
"""pytest's own folder, empty at the start of a run whose result may be kept: `--last-failed` in a
configuration must not make it depend on the run before."""
SCRATCH = "{scratch}"
"""A folder outside the source tree for what a tool leaves behind between runs."""


class ToolCommand(msgspec.Struct, frozen=True):
    """One tool run for one project, free of this machine's paths."""

    tool: str
    arguments: tuple[str, ...]
    environment: Request
    """Where the tool lives."""
    working_directory: RelPath
    runner: Runner = "command"
    variables: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    """What it is to look at, from its working directory; stands after the arguments."""
    test_files: tuple[RelPath, ...] = ()
    """The files whose tests can be run apart from each other; empty where that is not known."""


class Target(msgspec.Struct, frozen=True):
    """A task of a project."""

    project: ProjectName
    path: RelPath
    task: TaskName
    commands: tuple[ToolCommand, ...]
    """All are run, in this order; the target passes when each does."""
    needs: tuple[str, ...] = ()
    """Names of targets that come first."""
    env: tuple[str, ...] = ()
    """Variables of the caller that the commands see and the fingerprint holds."""
    inputs: tuple[str, ...] = ()
    """Globs of further files."""
    outputs: tuple[RelPath, ...] = ()
    """Globs of the files it makes, from the workspace's root."""
    cache: bool = True
    timeout_seconds: float | None = None

    @property
    def name(self) -> str:
        """`ml:test`."""
        return f"{self.project}:{self.task}"


class Planned(msgspec.Struct, frozen=True):
    """A target with its action, or the reason it cannot be planned."""

    target: Target
    action: Action | None
    error: str = ""
    hint: str = ""
    elsewhere: tuple[str, ...] = ()
    """The paths outside the workspace that it relies on: interpreters, what pins come from."""
