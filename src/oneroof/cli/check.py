"""`oneroof check`: what must hold for manifests, locks and the graph."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from oneroof.cli.context import Session
from oneroof.cli.locks import find_lock_findings
from oneroof.cli.output import plural
from oneroof.errors import FAILED, OK, ConfigError, Problem
from oneroof.paths import RelPath
from oneroof.rules.violation import Violation
from oneroof.workspace.model import Project, ProjectName

if TYPE_CHECKING:
    from oneroof.rules.baseline import Entry
    from oneroof.rules.coverage import Coverage


@click.command("check")
@click.argument("select", nargs=-1)
@click.option(
    "--python",
    multiple=True,
    metavar="VERSION",
    help="Say what blocks a Python, such as `3.12`, or several: `3.12,3.13`.",
)
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
@click.option(
    "--fix",
    is_flag=True,
    help="Write missing declarations, take unused ones and unused suppressions out.",
)
@click.option("--dry-run", is_flag=True, help="With --fix: only show the changes, as a diff.")
@click.pass_obj
def check_command(
    session: Session,
    select: tuple[str, ...],
    *,
    python: tuple[str, ...],
    no_environments: bool,
    as_json: bool,
    format_name: str,
    show_all: bool,
    write_baseline: bool,
    fix: bool,
    dry_run: bool,
) -> int:
    """Check manifests, locks, imports and run-time cycles; everything that is wrong in one run.

    Imports are held against what each project declares and what `[tool.oneroof.rules]` allows.
    Which distribution has a third-party module is read from the project's environment, which is
    made where it is not there yet. What `.oneroof-baseline.json` knows does not fail.
    With `--fix`, manifests are mended in their own dialect and style; what cannot be mended safely
    is named and left.
    """
    _refuse_together(select, write_baseline=write_baseline, fix=fix, dry_run=dry_run)
    projects = session.select(select)
    found, coverage = _find(
        session, projects, with_third_parties=not no_environments, python=python
    )
    violations = _let_pass(session, found, coverage)
    if write_baseline:
        return _write_baseline(session, violations, coverage)
    violations = sorted(_marked(session, violations, coverage), key=_order)
    shown = [each for each in violations if show_all or not each.in_baseline]
    return _show(session, shown, "json" if as_json else format_name, fix=fix, dry_run=dry_run)


def _refuse_together(
    select: tuple[str, ...], *, write_baseline: bool, fix: bool, dry_run: bool
) -> None:
    """Refuse options that contradict each other."""
    if write_baseline and select:
        message = "a baseline holds all projects: `--write-baseline` takes no selection"
        raise ConfigError(message, hint="leave the projects out")
    if write_baseline and fix:
        message = "`--fix` mends what `--write-baseline` would keep"
        raise ConfigError(message, hint="fix first, then write the baseline")
    if dry_run and not fix:
        message = "`--dry-run` is for `--fix`: a check alone writes nothing"
        raise ConfigError(message, hint="leave it out, or add `--fix`")


def _show(
    session: Session, shown: list[Violation], format_name: str, *, fix: bool, dry_run: bool
) -> int:
    """Print what was found, or what is left of it after mending; the exit code."""
    from oneroof.cli.check_formats import FORMATS, as_document
    from oneroof.cli.output import write, write_json

    if not fix:
        FORMATS[format_name](shown)
        return FAILED if any(each.breaks for each in shown) else OK
    from oneroof.cli import check_fix
    from oneroof.cli.changing import diff

    plan = check_fix.fix(session, shown, dry_run=dry_run)
    remaining = shown if dry_run else check_fix.without(shown, plan)
    if format_name == "json":
        write_json({**as_document(remaining), **check_fix.as_document(plan)})
    elif dry_run and format_name == "text":
        write("".join(map(diff, plan.changes)))
    else:
        FORMATS[format_name](remaining)
    return FAILED if any(each.breaks for each in remaining) else OK


def _find(
    session: Session,
    projects: Sequence[Project],
    *,
    with_third_parties: bool,
    python: Sequence[str],
) -> "tuple[list[Violation], Coverage]":
    """All violations of some projects, rule by rule, and what was judged."""
    from oneroof.cli.check_imports import judge_imports
    from oneroof.cli.check_versions import find_version_violations
    from oneroof.rules.coverage import Coverage

    names = frozenset(project.name for project in projects)
    violations = [
        each
        for rule in RULES
        for each in rule(session)
        if each.project is None or each.project in names
    ]
    found, judged = judge_imports(session, projects, with_third_parties=with_third_parties)
    violations += found
    if python:
        from oneroof.cli.blocked import find_blocked

        violations += find_blocked(session, python, set(names))
    violations += find_version_violations(session, set(names))
    everyone = frozenset(each.name for each in session.opened.workspace.projects)
    requested = frozenset({"python"} if python else ())
    coverage = Coverage(everyone, names, judged, requested)
    return [_placed(session, each) for each in violations], coverage


def _placed(session: Session, violation: Violation) -> Violation:
    """A violation with its line, where its key tells it."""
    import msgspec

    from oneroof.workspace.editing.lines import find_line

    problem, tree = violation.problem, session.opened.tree
    path = RelPath(problem.path)
    if violation.line is not None or not problem.key or path not in tree:
        return violation
    try:
        line = find_line(path, tree.read_text(path), problem.key)
    except ConfigError:
        return violation
    return violation if line is None else msgspec.structs.replace(violation, line=line)


def _let_pass(
    session: Session, violations: Sequence[Violation], coverage: "Coverage"
) -> list[Violation]:
    """The violations without those that are suppressed with a reason."""
    import datetime as dt

    from oneroof.rules.suppressions import Suppressions

    opened = session.opened
    entries = opened.workspace.settings.rules.ignore
    today = dt.datetime.now(dt.UTC).date()
    suppressions = Suppressions(opened.tree, entries, today)
    left = suppressions.apply(violations, coverage, _with_remarks(session, coverage.projects))
    return [_placed(session, each) for each in left]


def _with_remarks(session: Session, names: frozenset[ProjectName]) -> dict[RelPath, ProjectName]:
    """The files of projects in which comments for this program may stand."""
    opened = session.opened
    modules = opened.imports.modules
    found = {
        path: next((name for name in modules.owners(path) if name in names), None)
        for path, scan in opened.imports.scans.items()
        if scan.has_remarks
    }
    for project in opened.workspace.projects:
        if project.name in names:
            found.update(dict.fromkeys(project.metadata.manifests, project.name))
    return {path: name for path, name in found.items() if name is not None}


def _known(session: Session) -> "frozenset[Entry]":
    """What the baseline holds; nothing where there is none."""
    from oneroof.rules.baseline import FILE, decode

    try:
        return decode((session.opened.root / FILE).read_bytes())
    except FileNotFoundError:
        return frozenset()


def _write_baseline(session: Session, violations: Sequence[Violation], coverage: "Coverage") -> int:
    """Write what was found, and of the baseline before what was not judged now."""
    from oneroof.disk import write_atomically
    from oneroof.rules.baseline import FILE, encode, unjudged

    try:
        kept = unjudged(_known(session), coverage)
    except ConfigError:
        kept = frozenset()  # What cannot be read is written anew.
    content = encode(violations, kept)
    write_atomically(session.opened.root / FILE, content, mode=0o644)
    sys.stderr.write(f"wrote {FILE}\n")
    return OK


def _marked(session: Session, violations: list[Violation], coverage: "Coverage") -> list[Violation]:
    """The violations, those marked that the baseline knows, and what it knows in vain."""
    from oneroof.rules.baseline import find_gone, mark

    known = _known(session)
    return [*mark(violations, known), *find_gone(violations, known, coverage)]


def _manifests(session: Session) -> Iterator[Violation]:
    workspace = session.opened.workspace
    for problem in workspace.problems:
        yield Violation("manifest", None, problem, problem.fatal)
    for project in workspace.projects:
        for problem in project.metadata.problems:
            yield Violation("manifest", project.name, problem, problem.fatal)


def _rules(session: Session) -> Iterator[Violation]:
    """What the settings of projects name and nothing is."""
    from oneroof.rules.public import find_unknown_public

    opened = session.opened
    for project in opened.workspace.projects:
        if project.settings.public:
            yield from find_unknown_public(opened.imports.modules, project)


def _locks(session: Session) -> Iterator[Violation]:
    findings, problems = find_lock_findings(session.opened, session.locks)
    for problem in problems:
        yield Violation("lock", None, problem, fails=True)
    for finding in findings:
        fails = finding.kind != "missing"
        rule = f"{finding.kind}-lock"
        yield Violation(rule, finding.project, finding.problem, fails, subject=finding.kind)
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


def _edges(session: Session) -> Iterator[Violation]:
    from oneroof.changes.edges import find_unmatched_edges

    for problem in find_unmatched_edges(session.opened.edges, session.opened.tree):
        yield Violation("missing-edge", None, problem, fails=True)


def _missing(session: Session) -> Iterator[Violation]:
    from oneroof.rules.missing import find_missing_modules, find_missing_paths

    opened = session.opened
    yield from find_missing_paths(opened.graph, opened.tree)
    for project in opened.workspace.projects:
        if project.metadata.entry_points:
            yield from find_missing_modules(opened.imports.modules, opened.tree, project)


def _flaky(session: Session) -> Iterator[Violation]:
    """Entries of the flaky list that have expired, or name no test."""
    import datetime as dt

    opened = session.opened
    if not opened.workspace.settings.flaky:
        return
    from oneroof.cli.work import Work
    from oneroof.tasks.flaky import FlakyList, find_wrong_entries
    from oneroof.tasks.testids import files_of

    flaky = FlakyList(opened.workspace.settings.flaky, dt.datetime.now(dt.UTC).date())
    targets = Work(session).catalogue.targets(opened.workspace.projects, ("test",))
    files = sorted({path for each in targets for path in files_of(each, opened.tree)})
    for problem, breaks in find_wrong_entries(flaky, opened.tree, files):
        yield Violation("flaky", None, problem, breaks)


def _namespaces(session: Session) -> Iterator[Violation]:
    from oneroof.rules.namespaces import find_closed_namespaces

    opened = session.opened
    for found in find_closed_namespaces(opened.graph, opened.tree):
        listed = ", ".join(f"`{name}`" for name in found.hidden)
        message = (
            f"makes `{found.namespace}` an ordinary package, which hides its portions in {listed}"
        )
        problem = Problem(found.file, message, hint="remove the file: a namespace has none")
        yield Violation(
            "closed-namespace", found.project, problem, found.together, subject=found.namespace
        )


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
        if found.are_tests:
            hint = "leave the tests out of both wheels: installed together, one is lost"
        problem = Problem(found.file, message, "", hint)
        yield Violation("two-owners", found.second, problem, fails=True, subject=found.first)


def _overlaps(session: Session) -> Iterator[Violation]:
    from oneroof.rules.overlaps import find_overlaps

    return find_overlaps(session.opened.graph, session.opened.tree)


def _order(violation: Violation) -> tuple[object, ...]:
    """A sorting key: what fails first, then by place."""
    problem = violation.problem
    return not violation.fails, problem.path, violation.line or 0, str(problem)


RULES = (
    *(_manifests, _rules, _locks, _cycles, _inputs, _edges, _missing),
    *(_flaky, _namespaces, _owners, _overlaps),
)
"""In the order in which a maintainer would mend what they find."""
