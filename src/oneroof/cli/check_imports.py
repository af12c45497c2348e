"""What `oneroof check` says of imports, with the environments that it needs for it."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from oneroof.cli.context import Session
from oneroof.errors import OneroofError, Problem
from oneroof.paths import RelPath
from oneroof.rules.violation import Violation
from oneroof.workspace.model import Project, ProjectName

if TYPE_CHECKING:
    from oneroof.rules.boundaries import Boundaries
    from oneroof.rules.distributions import Distributions
    from oneroof.rules.sources import Sources


def judge_imports(
    session: Session, projects: Sequence[Project], *, with_third_parties: bool
) -> tuple[list[Violation], frozenset[ProjectName]]:
    """What some projects' imports break, and of which of them third-party ones were judged."""
    from oneroof.changes.snapshot import workspace_folder
    from oneroof.rules.boundaries import Boundaries
    from oneroof.rules.parsable import find_suspects
    from oneroof.rules.sources import Sources

    opened = session.opened
    sources = Sources(opened.graph, opened.imports, opened.tree)
    blobs, memory = opened.work_tree.blobs, workspace_folder(opened.root) / "parsed"
    suspects = find_suspects(opened.root, blobs, memory)  # before there are threads
    known: dict[ProjectName, Distributions | OneroofError] = {}
    if with_third_parties:
        known = _installed(session, sources, projects)
    boundaries = Boundaries(opened.graph, opened.workspace.settings.rules)
    violations = [Violation("manifest", None, each, fails=True) for each in boundaries.problems]
    violations += _judge(sources, projects, boundaries, known, suspects)
    failed = {name for name, each in known.items() if isinstance(each, OneroofError)}
    judged = {project.name for project in projects} - failed if with_third_parties else set()
    return violations, frozenset(judged)


def _judge(
    sources: "Sources",
    projects: Sequence[Project],
    boundaries: "Boundaries",
    known: "dict[ProjectName, Distributions | OneroofError]",
    suspects: AbstractSet[RelPath],
) -> Iterator[Violation]:
    from oneroof.rules.undeclared import Installed, all_installed, find_undeclared
    from oneroof.rules.unparsable import find_unparsable
    from oneroof.rules.unused import find_unused

    there = {name: each for name, each in known.items() if not isinstance(each, OneroofError)}
    anywhere = all_installed(there.values())
    version = ".".join(map(str, sys.version_info[:3]))
    for project in projects:
        own = there.get(project.name)
        failed = known.get(project.name)
        if isinstance(failed, OneroofError):
            yield _without_environment(project, failed)
        installed = None if own is None else Installed(own, anywhere)
        yield from find_undeclared(sources, project, installed)
        yield from boundaries.find(sources, project)
        yield from find_unused(sources, project, own)
        yield from find_unparsable(sources, project, version, suspects)


def _without_environment(project: Project, error: OneroofError) -> Violation:
    message = f"its third-party imports are not judged, as it has no environment: {error.message}"
    place = project.metadata.manifests[0] if project.metadata.manifests else project.path
    problem = Problem(place, message, hint=error.hint)
    return Violation("no-environment", project.name, problem, fails=False)


def _installed(
    session: Session, sources: "Sources", projects: Iterable[Project]
) -> "dict[ProjectName, Distributions | OneroofError]":
    """What is installed for the work of each project that needs anything; else why it is not."""
    from concurrent.futures import ThreadPoolExecutor

    from oneroof.cli.work import Work
    from oneroof.environments.model import Request
    from oneroof.environments.provided import installed_for
    from oneroof.tasks.plan import RESOLVERS
    from oneroof.workspace.development import work_kinds

    work = Work(session)
    provider = work.provider

    def install(project: Project) -> "Distributions | OneroofError":
        kinds = work_kinds(session.opened.workspace, project)
        try:
            return installed_for(provider, provider.plan(Request(project.name, kinds)))
        except OneroofError as error:
            return error

    asking = [project for project in projects if sources.concerns_third_parties(project)]
    if not asking:
        return {}
    with work.showing(), ThreadPoolExecutor(RESOLVERS) as pool:
        found = pool.map(install, asking)
        return dict(zip((project.name for project in asking), found, strict=True))
