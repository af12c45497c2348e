"""Files that are no Python: nothing can be said of what they import."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.rules.parsed import Unparsable
from oneroof.rules.scopes import Scope, scope_of
from oneroof.rules.sources import Sources
from oneroof.rules.violation import Violation
from oneroof.workspace.model import Project

RULE = "unparsable"
_TEMPLATES = frozenset({"template", "templates", "cookiecutter", "skeleton", "scaffold"})


def find_unparsable(
    sources: Sources, project: Project, version: str, suspects: AbstractSet[RelPath]
) -> Iterator[Violation]:
    """The files that are not what Python `version` takes.

    `version` is that of the Python this program runs on: of projects for newer ones only,
    nothing is said. `suspects` are the files that it cannot parse.
    """
    if not _is_supported(project, version):
        return
    for path in sources.files(project):
        if not sources.scan(path).broken and path not in suspects:
            continue
        found = sources.parsed(path)
        if isinstance(found, Unparsable):
            problem = Problem(path, found.reason, hint="mend it, or take it out of the project")
            fails = not _is_data(project, path)
            yield Violation(RULE, project.name, problem, fails, found.line)


def _is_supported(project: Project, version: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        demanded = SpecifierSet(project.metadata.requires_python)
    except InvalidSpecifier:
        return True
    return demanded.contains(version, prereleases=True)


def _is_data(project: Project, path: RelPath) -> bool:
    """Whether a file is there to be read by a test or filled in by a tool, not to be run."""
    *folders, name = path.split("/")
    if not name.endswith(".py") or "{" in path or not _TEMPLATES.isdisjoint(folders):
        return True
    is_test = name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
    return scope_of(project, path) is Scope.TEST and not is_test
