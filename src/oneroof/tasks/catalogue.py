"""The targets of a workspace: what each project can be asked to do, from what it uses."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.tasks.model import Target, TaskName, ToolCommand
from oneroof.tasks.testing import commands_for_tests
from oneroof.tasks.tools import ToolContext, format_commands, lint_commands, type_commands
from oneroof.workspace.discovery import without_nested
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Project
from oneroof.workspace.settings import TaskSettings
from oneroof.workspace.tree import Tree

KNOWN_TASKS = ("test", "lint", "fmt", "types")


class Catalogue:
    """Finds targets, project by project."""

    def __init__(self, graph: Graph, tree: Tree, *, check_format: bool = False) -> None:
        self._graph = graph
        self._tree = tree
        self._check_format = check_format
        self.nested: Mapping[RelPath, frozenset[RelPath]] = without_nested(graph.workspace.projects)

    def targets(self, projects: Iterable[Project], tasks: Sequence[TaskName]) -> list[Target]:
        """The targets of the given tasks, by project and then in the order of the tasks.

        Raises:
            ConfigError: a task is no project's.
        """
        chosen = list(projects)
        self._check_names(tasks)
        return [
            target
            for project in chosen
            for task in tasks
            if (target := self.target(project, task)) is not None
        ]

    def target(self, project: Project, task: TaskName) -> Target | None:
        """One task of one project; None where the project has nothing to do for it."""
        settings = project.settings.tasks.get(task)
        commands = tuple(self._commands(project, task, settings))
        if not commands:
            return None
        settings = settings or TaskSettings()
        return Target(
            project=project.name,
            path=project.path,
            task=task,
            commands=commands,
            needs=tuple(self._needs(project, settings.needs)),
            env=settings.env,
            inputs=settings.inputs,
            cache=settings.cache and not (task == "fmt" and not self._check_format),
            timeout_seconds=settings.timeout,
        )

    def task_names(self, project: Project) -> list[TaskName]:
        """All tasks of a project, known ones first."""
        own = [name for name in sorted(project.settings.tasks) if name not in KNOWN_TASKS]
        return [task for task in (*KNOWN_TASKS, *own) if self.target(project, task) is not None]

    def _commands(
        self, project: Project, task: TaskName, settings: TaskSettings | None
    ) -> Iterator[ToolCommand]:
        nested = sorted(
            RelPath(paths.relative_to(each, project.path))
            for each in self.nested.get(project.path, frozenset())
        )
        context = ToolContext(self._graph, self._tree, project, tuple(nested))
        if settings is not None and settings.command is not None:
            yield _own_command(context, task, settings.command)
        elif task == "test":
            yield from commands_for_tests(context)
        elif not context.has_python:
            return
        elif task == "lint":
            yield from lint_commands(context)
        elif task == "fmt":
            yield from format_commands(context, check=self._check_format)
        elif task == "types":
            yield from type_commands(context)

    def _needs(self, project: Project, needs: Iterable[str]) -> Iterator[str]:
        for need in needs:
            if not need.startswith("^"):
                yield f"{project.name}:{need}"
                continue
            for edge in self._graph.dependencies(project.name):
                if self.target(self._graph.projects[edge.dependency], need[1:]) is not None:
                    yield f"{edge.dependency}:{need[1:]}"

    def _check_names(self, tasks: Sequence[TaskName]) -> None:
        own = {name for each in self._graph.workspace.projects for name in each.settings.tasks}
        unknown = [task for task in tasks if task not in KNOWN_TASKS and task not in own]
        if unknown:
            import difflib

            names = sorted({*KNOWN_TASKS, *own})
            close = difflib.get_close_matches(unknown[0], names, n=1)
            listed = ", ".join(f"`{name}`" for name in names)
            hint = f"did you mean `{close[0]}`?" if close else f"there are {listed}"
            message = f"no project has a task `{unknown[0]}`"
            raise ConfigError(message, hint=hint)


def _own_command(
    context: ToolContext, task: TaskName, command: str | tuple[str, ...]
) -> ToolCommand:
    words = tuple(shlex.split(command)) if isinstance(command, str) else command
    return ToolCommand(
        tool=task,
        arguments=words,
        environment=context.work_environment,
        working_directory=context.project.path,
    )
