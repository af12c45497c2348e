"""How the tests of a project are run: which files are its tests, with pytest or unittest."""

import re
from collections.abc import Iterable, Iterator, Sequence

from oneroof import paths
from oneroof.changes.configuration import (
    BY_NAME,
    Configuration,
    find_configuration,
    read_option,
)
from oneroof.paths import RelPath
from oneroof.tasks.model import (
    BYTECODE,
    JUNIT,
    PYTEST_CACHE,
    PYTHON,
    RUNNERS,
    SCRATCH,
    ToolCommand,
)
from oneroof.tasks.tools import ToolContext
from oneroof.workspace.development import declares_test_runner, shared_roots
from oneroof.workspace.globs import matches

SKIPPED_FOLDERS = frozenset({"node_modules", "build", "dist", "venv", ".venv", "__pycache__"})
TEST_VARIABLES = (
    # What test tools leave behind belongs outside the source tree.
    ("COVERAGE_FILE", f"{SCRATCH}/coverage"),
    ("HYPOTHESIS_STORAGE_DIRECTORY", f"{SCRATCH}/hypothesis"),
    ("PYTHONPYCACHEPREFIX", BYTECODE),
)


def commands_for_tests(context: ToolContext) -> Iterator[ToolCommand]:
    """The one command that runs a project's tests; nothing where it has none."""
    configuration = find_configuration(context.tree, context.project.path, BY_NAME["pytest"])
    files = list(find_test_files(context, configuration))
    if not files and not _collects_doctests(configuration):
        return
    if _prefers_unittest(context, configuration, files):
        yield _unittest(context)
    else:
        yield _pytest(context, configuration, files)


def find_test_files(context: ToolContext, configuration: Configuration | None) -> Iterator[RelPath]:
    """The project's test files by the names that its pytest collects, in the tree's order."""
    patterns = read_option(configuration, "python_files") or ("test_*.py", "*_test.py")
    inside = [paths.join(context.project.path, each) for each in context.nested]
    for path in context.tree.below(context.project.path):
        name = paths.name(path)
        if not name.endswith(".py") or not any(matches(name, each) for each in patterns):
            continue
        if any(paths.is_within(path, each) for each in inside):
            continue
        if not SKIPPED_FOLDERS.intersection(path.split("/")):
            yield path


def _pytest(
    context: ToolContext, configuration: Configuration | None, files: Sequence[RelPath]
) -> ToolCommand:
    where = _test_paths(context, configuration)
    ignored = [f"--ignore={each}" for each in context.nested]
    return ToolCommand(
        tool="pytest",
        arguments=(
            PYTHON,
            "-m",
            "pytest",
            "-o",
            f"cache_dir={PYTEST_CACHE}",
            f"--junitxml={JUNIT}",
            # The older form of the report names the file of each test.
            "-o",
            "junit_family=xunit1",
            *ignored,
        ),
        paths=where,
        test_files=_separable(context, configuration, where, files),
        environment=context.work_environment,
        working_directory=context.project.path,
        runner="pytest",
        variables=TEST_VARIABLES,
    )


def _separable(
    context: ToolContext,
    configuration: Configuration | None,
    where: Sequence[str],
    files: Iterable[RelPath],
) -> tuple[RelPath, ...]:
    """The test files that pytest looks at, where nothing but test files holds tests."""
    if _collects_doctests(configuration):
        return ()
    folder = context.project.path
    looked_at = [path for each in where if (path := paths.normalise(folder, each)) is not None]
    return tuple(path for path in files if any(paths.is_within(path, above) for above in looked_at))


def _test_paths(context: ToolContext, configuration: Configuration | None) -> tuple[str, ...]:
    """The project's own `testpaths` without those of projects inside it; else its folder."""
    folder = context.project.path
    declared = read_option(configuration, "testpaths")
    if configuration is None or paths.parent(configuration.path) != folder or not declared:
        return (".",)
    found = []
    for text in declared:
        path = paths.normalise(folder, text)
        if path is None or not paths.is_within(path, folder):
            continue
        inside = paths.relative_to(path, folder)
        covered = any(paths.is_within(RelPath(inside), RelPath(each)) for each in context.nested)
        wild = any(mark in inside for mark in "*?[")
        exists = context.tree.is_folder(path) or path in context.tree
        if wild:
            found += _expanded(context, inside)
        elif exists and not covered:
            found.append(inside)
    return tuple(dict.fromkeys(found)) or (".",)


def _expanded(context: ToolContext, glob: str) -> list[str]:
    folder = context.project.path
    found = set()
    for path in context.tree.below(folder):
        for above in paths.ancestors(path):
            if above in {folder, paths.ROOT}:
                break
            inside = paths.relative_to(above, folder)
            nested = any(paths.is_within(RelPath(inside), RelPath(e)) for e in context.nested)
            if matches(inside, glob) and not nested:
                found.add(inside)
    return sorted(found)


def _unittest(context: ToolContext) -> ToolCommand:
    return ToolCommand(
        tool="unittest",
        arguments=(PYTHON, f"{RUNNERS}/unittest_junit.py", JUNIT),
        environment=context.work_environment,
        working_directory=context.project.path,
        runner="unittest",
        variables=TEST_VARIABLES,
    )


def _prefers_unittest(
    context: ToolContext, configuration: Configuration | None, files: list[RelPath]
) -> bool:
    """Whether nothing around the project speaks of pytest and its tests are unittest's."""
    roots = shared_roots(context.graph.workspace, context.project)
    declared = any(map(declares_test_runner, (context.project, *roots)))
    if configuration is not None or declared or context.nested:
        return False
    if context.graph.workspace.settings.test_requirements is not None:
        return False
    if not all(_discovered(context, path) for path in files):
        return False
    texts = [context.tree.read_bytes(path) for path in files]
    return bool(texts) and all(
        b"unittest" in text
        and b"pytest" not in text
        and re.search(rb"^(async )?def test_", text, re.MULTILINE) is None
        for text in texts
    )


def _discovered(context: ToolContext, path: RelPath) -> bool:
    """Whether unittest's discovery finds a file: only through packages does it go down."""
    folder = context.project.path
    above = [each for each in paths.ancestors(path) if each != folder]
    inside = [each for each in above if paths.is_within(each, folder)]
    start = {paths.join(folder, name) for name in ("tests", "test")}
    return paths.name(path).startswith("test") and all(
        each in start or paths.join(each, "__init__.py") in context.tree for each in inside
    )


def _collects_doctests(configuration: Configuration | None) -> bool:
    return configuration is not None and "--doctest-modules" in configuration.content
