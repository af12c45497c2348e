"""The targets of a workspace: what each project can be asked to do, from what it uses."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.tasks.model import Target, TaskName, ToolCommand
from oneroof.tasks.outputs import anchored_outputs
from oneroof.tasks.scripts import Scripts, read_scripts
from oneroof.tasks.testing import commands_for_tests
from oneroof.tasks.tools import ToolContext, format_commands, lint_commands, type_commands
from oneroof.workspace.graph import Graph
from oneroof.workspace.metadata import read_document
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.nesting import find_nested
from oneroof.workspace.settings import TaskSettings
from oneroof.workspace.tree import Tree

KNOWN_TASKS = ("test", "lint", "fmt", "types")


class Catalogue:
    """Finds targets, project by project."""

    def __init__(self, graph: Graph, tree: Tree, *, check_format: bool = False) -> None:
        self._graph = graph
        self._tree = tree
        self._check_format = check_format
        self._known_scripts: dict[RelPath, Scripts] = {}
        self.nested: Mapping[RelPath, frozenset[RelPath]] = find_nested(
            project.path for project in graph.workspace.projects
        )

    def targets(self, projects: Iterable[Project], tasks: Sequence[TaskName]) -> list[Target]:
        """The targets of the given tasks, by project and then in the order of the tasks.

        What a target needs stands before it, whether it was asked for or not.

        Raises:
            ConfigError: a task is no project's, or needs go round in a circle.
        """
        self._check_names(tasks)
        found: dict[str, Target] = {}
        for project in projects:
            for task in tasks:
                self._add(found, project, task, ())
        return list(found.values())

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
            outputs=anchored_outputs(project, settings.outputs),
            cache=settings.cache and not (task == "fmt" and not self._check_format),
            timeout_seconds=settings.timeout,
        )

    def task_names(self, project: Project) -> list[TaskName]:
        """All tasks of a project, known ones first."""
        defined = {*project.settings.tasks, *self._scripts(project)}
        own = [name for name in sorted(defined) if name not in KNOWN_TASKS]
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
        elif task in (scripts := self._scripts(project)) and task not in KNOWN_TASKS:
            yield from (_own_command(context, task, words) for words in scripts[task])
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

    def _scripts(self, project: Project) -> Scripts:
        """What the script tables of other runners define, where the settings ask for them."""
        runners = self._graph.workspace.settings.scripts
        if not runners:
            return {}
        if project.path not in self._known_scripts:
            path = paths.join(project.path, "pyproject.toml")
            document, _ = read_document(self._tree, path) if path in self._tree else (None, ())
            self._known_scripts[project.path] = read_scripts(document or {}, runners)
        return self._known_scripts[project.path]

    def _needs(self, project: Project, needs: Iterable[str]) -> Iterator[str]:
        for need in needs:
            if not need.startswith("^"):
                yield f"{project.name}:{need}"
                continue
            for edge in self._graph.dependencies(project.name):
                if self.target(self._graph.projects[edge.dependency], need[1:]) is not None:
                    yield f"{edge.dependency}:{need[1:]}"

    def _add(
        self, found: dict[str, Target], project: Project, task: TaskName, way: tuple[str, ...]
    ) -> None:
        """Add a target after all it needs; `way` leads to it."""
        name = f"{project.name}:{task}"
        if name in way:
            circle = " -> ".join((*way[way.index(name) :], name))
            message = f"`needs` go round in a circle: {circle}"
            raise ConfigError(message, hint="take one of these needs out of `tool.oneroof.tasks`")
        target = None if name in found else self.target(project, task)
        if target is None:
            return
        if task in project.settings.tasks:
            needs = project.settings.tasks[task].needs
            self._check_names([need.removeprefix("^") for need in needs])
        for need in target.needs:
            needed, _, further = need.rpartition(":")
            self._add(found, self._graph.projects[ProjectName(needed)], further, (*way, name))
        found[name] = target

    def _check_names(self, tasks: Sequence[TaskName]) -> None:
        own = {
            name
            for each in self._graph.workspace.projects
            for name in (*each.settings.tasks, *self._scripts(each))
        }
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
