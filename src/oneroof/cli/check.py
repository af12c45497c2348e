"""`oneroof check`: what must hold for manifests, locks and the graph."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from oneroof.cli.context import Session, warn
from oneroof.cli.locks import find_lock_findings
from oneroof.cli.output import plural
from oneroof.errors import FAILED, OK, ConfigError, OneroofError, Problem
from oneroof.rules.violation import Violation
from oneroof.workspace.model import Project, ProjectName

if TYPE_CHECKING:
    from oneroof.rules.distributions import Distributions
    from oneroof.rules.sources import Sources


@click.command("check")
@click.argument("select", nargs=-1)
@click.option("--python", default="", metavar="VERSION", help="Say which pins block a Python.")
@click.option(
    "--no-environments", is_flag=True, help="Judge no third-party imports: install nothing."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: as `--format json`.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json", "github", "gitlab", "sarif"]),
    default="text",
    show_default=True,
    help="How to print: annotations for GitHub, a Code Quality report for GitLab, SARIF.",
)
@click.option("--all", "show_all", is_flag=True, help="Show what the baseline knows, too.")
@click.option(
    "--write-baseline", is_flag=True, help="Write what is found to the baseline; fail for nothing."
)
@click.pass_obj
def check_command(
    session: Session,
    select: tuple[str, ...],
    *,
    python: str,
    no_environments: bool,
    as_json: bool,
    format_name: str,
    show_all: bool,
    write_baseline: bool,
) -> int:
    """Check manifests, locks, imports and run-time cycles; everything that is wrong in one run.

    Imports are held against what each project declares and what `[tool.oneroof.rules]` allows.
    Which distribution has a third-party module is read from the project's environment, which is
    made where it is not there yet. What `.oneroof-baseline.json` knows does not fail.
    """
    if write_baseline and select:
        message = "a baseline holds all projects: `--write-baseline` takes no selection"
        raise ConfigError(message, hint="leave the projects out")
    from oneroof.cli.check_formats import FORMATS

    projects = session.select(select)
    found = _find(session, projects, with_third_parties=not no_environments, python=python)
    complete = not select and not no_environments
    violations = _let_pass(session, found, complete=complete)
    if write_baseline:
        return _write_baseline(session, violations)
    violations = sorted(_marked(session, violations, complete=complete), key=_order)
    shown = [each for each in violations if show_all or not each.in_baseline]
    FORMATS["json" if as_json else format_name](shown)
    return FAILED if any(each.breaks for each in violations) else OK


def _find(
    session: Session, projects: Sequence[Project], *, with_third_parties: bool, python: str
) -> list[Violation]:
    """All violations of some projects, rule by rule."""
    names = {project.name for project in projects}
    violations = [
        each
        for rule in (_manifests, _rules, _locks, _cycles, _inputs, _namespaces, _owners)
        for each in rule(session)
        if each.project is None or each.project in names
    ]
    violations += _imports(session, projects, with_third_parties=with_third_parties)
    if python:
        from oneroof.cli.blocked import find_blocked

        violations += [
            Violation("python", name, problem, fails=True)
            for name, problem in find_blocked(session, python, names)
        ]
    return violations


def _let_pass(
    session: Session, violations: Sequence[Violation], *, complete: bool
) -> list[Violation]:
    """The violations without those that are suppressed with a reason."""
    import datetime as dt

    from oneroof.rules.suppressions import Suppressions

    opened = session.opened
    entries = opened.workspace.settings.rules.ignore
    today = dt.datetime.now(dt.UTC).date()
    return Suppressions(opened.tree, entries, today).apply(violations, complete=complete)


def _write_baseline(session: Session, violations: Sequence[Violation]) -> int:
    from oneroof.disk import write_atomically
    from oneroof.rules.baseline import FILE, encode

    write_atomically(session.opened.root / FILE, encode(violations))
    sys.stderr.write(f"wrote {FILE}\n")
    return OK


def _marked(session: Session, violations: list[Violation], *, complete: bool) -> list[Violation]:
    """The violations, those marked that the baseline knows, where there is one."""
    from oneroof.rules.baseline import FILE, decode, mark

    try:
        content = (session.opened.root / FILE).read_bytes()
    except FileNotFoundError:
        return violations
    marked, unmatched = mark(violations, decode(content))
    if unmatched and complete:
        warn(
            f"{len(unmatched)} of the entries in {FILE} match nothing any more; "
            "`oneroof check --write-baseline` takes them out"
        )
    return marked


def _manifests(session: Session) -> Iterator[Violation]:
    workspace = session.opened.workspace
    for problem in workspace.problems:
        yield Violation("manifest", None, problem, problem.fatal)
    for project in workspace.projects:
        for problem in project.metadata.problems:
            yield Violation("manifest", project.name, problem, problem.fatal)


def _rules(session: Session) -> Iterator[Violation]:
    """What the settings of rules name and nothing is."""
    from oneroof.rules.boundaries import Boundaries
    from oneroof.rules.public import find_unknown_public

    opened = session.opened
    for problem in Boundaries(opened.graph, opened.workspace.settings.rules).problems:
        yield Violation("manifest", None, problem, fails=True)
    for project in opened.workspace.projects:
        if project.settings.public:
            yield from find_unknown_public(opened.imports.modules, project)


def _locks(session: Session) -> Iterator[Violation]:
    findings, problems = find_lock_findings(session.opened)
    for problem in problems:
        yield Violation("lock", None, problem, fails=True)
    for finding in findings:
        fails = finding.kind != "missing"
        yield Violation(f"{finding.kind}-lock", finding.project, finding.problem, fails)
    yield from _from_index(session)


def _from_index(session: Session) -> Iterator[Violation]:
    """Internal dependencies that a lock takes from an index: allowed, and told."""
    from oneroof.locks.taken_from_index import internal_from_index

    opened = session.opened
    for name, dependency in sorted(internal_from_index(opened.tree, opened.workspace.projects)):
        lock = opened.graph.projects[name].lock
        message = f"takes `{dependency}` from an index, although it is a project of this workspace"
        hint = f"give `{dependency}` a path or workspace source in the manifest of {name}"
        problem = Problem(lock or "", message, f"package.{dependency}", hint)
        yield Violation("internal-from-index", name, problem, fails=False)


def _cycles(session: Session) -> Iterator[Violation]:
    graph = session.opened.graph
    for cycle in graph.cycles(run_time=True):
        problem = Problem(
            graph.projects[cycle[0]].metadata.manifests[0],
            f"is in a run-time cycle: {' -> '.join(cycle)}",
            hint="move what both need into a project of its own, or into a dependency group",
        )
        yield Violation("cycle", cycle[0], problem, fails=True)


def _inputs(session: Session) -> Iterator[Violation]:
    from oneroof.tasks.unmatched import find_unmatched_inputs

    opened = session.opened
    for name, problem in find_unmatched_inputs(opened.workspace, opened.tree):
        yield Violation("missing-input", name, problem, fails=True)


def _namespaces(session: Session) -> Iterator[Violation]:
    from oneroof.rules.namespaces import find_closed_namespaces

    opened = session.opened
    for found in find_closed_namespaces(opened.graph, opened.tree):
        listed = ", ".join(f"`{name}`" for name in found.hidden)
        message = (
            f"makes `{found.namespace}` an ordinary package, which hides its portions in {listed}"
        )
        problem = Problem(found.file, message, hint="remove the file: a namespace has none")
        yield Violation("closed-namespace", found.project, problem, found.together)


def _owners(session: Session) -> Iterator[Violation]:
    from oneroof.rules.owners import find_two_owners

    opened = session.opened
    for found in find_two_owners(opened.graph, opened.tree):
        more = len(found.modules) - 1
        also = f" and {plural(more, 'other module')}" if more else ""
        message = (
            f"`{found.modules[0]}`{also} of {found.second} is also a module of {found.first} "
            f"(`{found.other_file}`)"
        )
        hint = "rename one of them, or move them to one project: installed together, one is lost"
        yield Violation(
            "two-owners", found.second, Problem(found.file, message, "", hint), fails=True
        )


def _imports(
    session: Session, projects: Sequence[Project], *, with_third_parties: bool
) -> Iterator[Violation]:
    from oneroof.changes.snapshot import workspace_folder
    from oneroof.rules.boundaries import Boundaries
    from oneroof.rules.parsable import find_suspects
    from oneroof.rules.sources import Sources
    from oneroof.rules.undeclared import Installed, all_installed, find_undeclared
    from oneroof.rules.unparsable import find_unparsable
    from oneroof.rules.unused import find_unused

    opened = session.opened
    sources = Sources(opened.graph, opened.imports, opened.tree)
    blobs, memory = opened.work_tree.blobs, workspace_folder(opened.root) / "parsed"
    suspects = find_suspects(opened.root, blobs, memory)  # before there are threads
    version = ".".join(map(str, sys.version_info[:3]))
    known: dict[ProjectName, Distributions | OneroofError] = {}
    if with_third_parties:
        known = _installed(session, sources, projects)
    there = {name: each for name, each in known.items() if not isinstance(each, OneroofError)}
    anywhere = all_installed(there.values())
    boundaries = Boundaries(opened.graph, opened.workspace.settings.rules)
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


def _order(violation: Violation) -> tuple[object, ...]:
    """A sorting key: what fails first, then by place."""
    problem = violation.problem
    return not violation.fails, problem.path, violation.line or 0, str(problem)
