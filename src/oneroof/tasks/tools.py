"""Which tools a project uses, and the command that runs each of them.

A tool is used where the project or the workspace's root declares it, or where configuration for
it governs the project. It runs from the environment that declares it.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from oneroof import paths
from oneroof.changes.configuration import BY_NAME, Configuration, find_configuration
from oneroof.environments.model import Request
from oneroof.paths import RelPath
from oneroof.tasks.model import BIN, PROJECT_PYTHON, PYTHON, SCRATCH, ToolCommand
from oneroof.workspace.development import SHARED, shared_roots, work_kinds
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import MAIN, Kind, Project
from oneroof.workspace.tree import Tree

STANDING_ALONE = frozenset({"black", "flake8", "isort", "ruff"})
"""Tools that read source and import nothing of it."""


class ToolContext(msgspec.Struct, frozen=True):
    """All that decides how tools are run for one project."""

    graph: Graph
    tree: Tree
    project: Project
    nested: tuple[RelPath, ...]
    """Folders of other projects directly inside this one, relative to its folder, sorted."""

    @property
    def work_environment(self) -> Request:
        """The project's own environment."""
        return Request(self.project.name, work_kinds(self.graph.workspace, self.project))

    def environment_of(self, tool: str) -> Request | None:
        """The environment that holds a tool; None where the project does not use it."""
        if declaring := _kinds_with(self.project, tool):
            if tool in STANDING_ALONE:
                return Request(self.project.name, (self._smallest(declaring),), with_project=False)
            kinds = work_kinds(self.graph.workspace, self.project)
            return Request(self.project.name, (*kinds, *sorted(declaring - set(kinds))))
        for root in shared_roots(self.graph.workspace, self.project):
            if kinds_of_root := _kinds_with(root, tool):
                return Request(root.name, tuple(sorted(kinds_of_root)), with_project=False)
        configured = tool in BY_NAME and find_configuration(
            self.tree, self.project.path, BY_NAME[tool]
        )
        if configured:
            return Request(self.project.name, (Kind(SHARED + tool),), with_project=False)
        return None

    def _smallest(self, kinds: set[Kind]) -> Kind:
        """The kind that brings least along: what a project needs to run, a linter does not."""
        counts = Counter(each.kind for each in self.project.metadata.requirements)
        return min(kinds, key=lambda kind: (kind == MAIN, counts[kind], kind))

    @property
    def has_python(self) -> bool:
        """Whether there is anything for a Python tool to look at."""
        folder = self.project.path
        inside = {paths.join(folder, each) for each in self.nested}
        return any(
            path.endswith((".py", ".pyi", ".ipynb"))
            and not any(paths.is_within(path, each) for each in inside)
            for path in self.tree.below(folder)
        )


def _kinds_with(project: Project, tool: str) -> set[Kind]:
    return {each.kind for each in project.metadata.requirements if each.name == tool}


def lint_commands(context: ToolContext) -> Iterator[ToolCommand]:
    """ruff, flake8 and pylint, as far as the project uses them."""
    if environment := context.environment_of("ruff"):
        arguments = (f"{BIN}/ruff", "check", *_excludes(context), ".")
        yield _command(context, "ruff", arguments, environment, RUFF_VARIABLES)
    if environment := context.environment_of("flake8"):
        excludes = _joined("--extend-exclude", context.nested)
        yield _command(context, "flake8", (PYTHON, "-m", "flake8", *excludes, "."), environment)
    if environment := context.environment_of("pylint"):
        targets = _package_arguments(context)
        if targets:
            arguments = (PYTHON, "-m", "pylint", *targets)
            yield _command(context, "pylint", arguments, environment)


def format_commands(context: ToolContext, *, check: bool) -> Iterator[ToolCommand]:
    """isort, then black or ruff's formatter."""
    verify = ("--check",) if check else ()
    if environment := context.environment_of("isort"):
        skips = tuple(word for each in context.nested for word in ("--extend-skip", each))
        arguments = (PYTHON, "-m", "isort", *verify, *skips, ".")
        yield _command(context, "isort", arguments, environment)
    if environment := context.environment_of("black"):
        excludes = _joined("--extend-exclude", [f"/{each}/" for each in context.nested], "|")
        arguments = (PYTHON, "-m", "black", *verify, *excludes, ".")
        yield _command(context, "black", arguments, environment)
    elif environment := context.environment_of("ruff"):
        arguments = (f"{BIN}/ruff", "format", *verify, *_excludes(context), ".")
        yield _command(context, "ruff", arguments, environment, RUFF_VARIABLES)


def type_commands(context: ToolContext) -> Iterator[ToolCommand]:
    """mypy, pyright or basedpyright, and ty, looking into the project's own environment."""
    project = context.project
    targets = _package_arguments(context) or (".",)
    if environment := context.environment_of("mypy"):
        configuration = find_configuration(context.tree, project.path, BY_NAME["mypy"])
        given = (
            () if configuration is None else ("--config-file", _seen(context, configuration.path))
        )
        arguments = (
            PYTHON,
            "-m",
            "mypy",
            *given,
            "--python-executable",
            PROJECT_PYTHON,
            "--cache-dir",
            f"{SCRATCH}/mypy",
            "--follow-imports=silent",
            *_mypy_options(project, configuration),
            *targets,
        )
        variables = (("MYPYPATH", ":".join(_internal_roots(context))),)
        yield _command(context, "mypy", arguments, environment, variables)
    for tool in ("pyright", "basedpyright"):
        if environment := context.environment_of(tool):
            arguments = (f"{BIN}/{tool}", "--pythonpath", PROJECT_PYTHON, *targets)
            yield _command(context, tool, arguments, environment)
    if environment := context.environment_of("ty"):
        arguments = (f"{BIN}/ty", "check", "--python", PROJECT_PYTHON, *targets)
        yield _command(context, "ty", arguments, environment)


RUFF_VARIABLES = (("RUFF_CACHE_DIR", f"{SCRATCH}/ruff"),)


def _command(
    context: ToolContext,
    tool: str,
    arguments: tuple[str, ...],
    environment: Request,
    variables: tuple[tuple[str, str], ...] = (),
) -> ToolCommand:
    return ToolCommand(
        tool=tool,
        arguments=arguments,
        environment=environment,
        working_directory=context.project.path,
        variables=variables,
    )


def _excludes(context: ToolContext) -> tuple[str, ...]:
    return tuple(word for each in context.nested for word in ("--exclude", each))


def _joined(
    option: str, values: "list[str] | tuple[str, ...]", separator: str = ","
) -> tuple[str, ...]:
    return (option, separator.join(values)) if values else ()


def _package_arguments(context: ToolContext) -> tuple[str, ...]:
    """The project's import packages as paths from its folder."""
    folder = context.project.path
    return tuple(
        dict.fromkeys(
            paths.relative_to(package.path, folder)
            for package in context.project.metadata.import_packages
            if paths.is_within(package.path, folder)
        )
    )


def _mypy_options(project: Project, configuration: Configuration | None) -> tuple[str, ...]:
    options: tuple[str, ...] = ()
    if any("." in each.name for each in project.metadata.import_packages):
        # Else mypy takes `ns/one/client` and `ns/two/client` for one module `client`.
        options += ("--namespace-packages", "--explicit-package-bases")
    if configuration is not None and "install_types" in configuration.content:
        # Environments hold what is pinned; others share what mypy would add to this one.
        options += ("--no-install-types", "--interactive")
    return options


def _seen(context: ToolContext, path: RelPath) -> str:
    """A workspace path as seen from the project's folder."""
    folder = context.project.path
    if folder == paths.ROOT:
        return path
    up = "../" * (folder.count("/") + 1)
    return paths.relative_to(path, folder) if paths.is_within(path, folder) else up + path


def _internal_roots(context: ToolContext) -> list[str]:
    """The source roots of the project and its closure, as seen from its folder.

    Given to mypy as source: it would not look into an installed package without `py.typed`.
    """
    from oneroof.workspace.layout import source_roots

    graph, project = context.graph, context.project
    closure = graph.closure(project.name, context.work_environment.kinds)
    roots = [
        root
        for name in (project.name, *closure.internal)
        for root in source_roots(graph.projects[name].metadata.import_packages)
    ]
    return [_seen(context, root) for root in dict.fromkeys(roots)]
