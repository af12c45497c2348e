"""Imports that the project's manifest does not declare: they work only by luck.

What counts is what the project itself declares, not what comes along with something else. Of
each file, what the lexer makes suspicious is parsed before it is reported.
"""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

import msgspec

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.rules.declaring import Declaration
from oneroof.rules.distributions import NONE_INSTALLED, Distributions
from oneroof.rules.parsed import Seen, Unparsable, as_scanned
from oneroof.rules.scopes import Scope, scope_of
from oneroof.rules.sources import Sources
from oneroof.rules.targets import Target
from oneroof.rules.violation import Fix, Violation
from oneroof.workspace.development import SHARED
from oneroof.workspace.graph import WORK, nearest
from oneroof.workspace.model import BUILD, MAIN, Kind, Project

RULE = "undeclared"
_SCOPES = (Scope.RUN_TIME, Scope.TEST, Scope.BESIDE, Scope.BUILD)
"""What is declared for the first of them is there for all that follow."""
_ALONG = ": it only comes along with something else"


class Installed(msgspec.Struct, frozen=True):
    """The third-party distributions that are known when a project is judged."""

    own: Distributions
    """Those in the environment that its own work is done in."""
    anywhere: Distributions = NONE_INSTALLED
    """Those of all projects: they tell the name of what is missing here."""


def find_undeclared(
    sources: Sources, project: Project, installed: Installed | None = None
) -> Iterator[Violation]:
    """What the files of a project import and its manifest does not declare, file by file.

    Without `installed`, only imports of other projects of the workspace are judged.
    """
    found = list(_find(sources, project, _Judge(sources, project, installed)))
    cures: dict[str, Violation] = {}
    for subject, _, each in sorted(found, key=lambda one: _SCOPES.index(one[1])):
        if each.fix is not None:
            cures.setdefault(subject, each)
    together: dict[str, list[Violation]] = {}
    for subject, scope, each in found:
        if scope is Scope.BESIDE and not each.fails:
            together.setdefault(subject, []).append(each)
        else:
            # What run-time code needs as well is declared there, for tests too.
            yield _with_cure(each, cures.get(subject))
    for subject, alike in together.items():
        yield _with_cure(_as_one(alike), cures.get(subject))


def _with_cure(violation: Violation, cure: Violation | None) -> Violation:
    if cure is None or violation.fix is None:
        return violation
    problem = msgspec.structs.replace(violation.problem, hint=cure.problem.hint)
    return msgspec.structs.replace(violation, problem=problem, fix=cure.fix)


def _find(
    sources: Sources, project: Project, judge: "_Judge"
) -> Iterator[tuple[str, Scope, Violation]]:
    for path in sources.files(project):
        if path.endswith(".pyi"):
            continue
        scope = scope_of(project, path)
        suspicious = any(True for _ in judge.file(path, scope, as_scanned(sources.scan(path))))
        if not suspicious or sources.has_own_requirements(project, path):
            continue
        seen = sources.parsed(path)
        if not isinstance(seen, Unparsable):
            for subject, found in judge.file(path, scope, seen):
                yield subject, scope, found


def _as_one(found: list[Violation]) -> Violation:
    """The same advice for many scripts and examples, told at the first of them."""
    first, more = found[0], len(found) - 1
    if not more:
        return first
    also = f"{first.problem.message}; so does 1 other file"
    if more > 1:
        also = f"{first.problem.message}; so do {more} other files"
    problem = msgspec.structs.replace(first.problem, message=also)
    return msgspec.structs.replace(first, problem=problem)


class _Asked(msgspec.Struct, frozen=True):
    """What one file asks for."""

    path: RelPath
    scope: Scope
    target: Target


class _Judge:
    def __init__(self, sources: Sources, project: Project, installed: Installed | None) -> None:
        self._sources = sources
        self._graph = sources.graph
        self._project = project
        self._installed = installed
        self._declared = sources.declared(project)
        self._by_extras = self._find_by_extras()
        self._absent = {
            each.name
            for each in project.metadata.requirements
            if installed is not None
            and each.kind != BUILD
            and each.name not in installed.own.by_name
        } - set(map(_distribution, self._graph.projects))

    def file(
        self, path: RelPath, scope: Scope, imports: list[Seen]
    ) -> Iterator[tuple[str, Violation]]:
        """What one file imports without declaration: each project or distribution once."""
        if scope is Scope.BUILD:
            return
        told: set[str] = set()
        for target in self._sources.targets.of(self._project, path, imports):
            asked = _Asked(path, scope, target)
            if target.projects:
                found = self._internal(asked)
            elif self._installed is not None:
                found = self._third_party(asked, self._installed)
            else:
                continue
            if found is not None and found[0] not in told:
                told.add(found[0])
                yield found

    def _internal(self, asked: _Asked) -> tuple[str, Violation] | None:
        target = asked.target
        candidates = [self._graph.projects[name] for name in target.projects]
        kinds = frozenset[Kind]().union(*map(self._declared.kinds_of, candidates))
        if not kinds and self._installed is not None:
            # A distribution of an index may have the same module.
            found = map(self._kinds, self._installed.own.providers(target.dotted))
            kinds = kinds.union(*found)
        if self._may(asked, kinds):
            return None
        nearby = nearest(self._project.path, candidates)
        needed = self._graph.projects[nearby[0]]
        said = f"imports `{target.shown}` of `{needed.name}`, "
        cure = self._sources.declaring.project(self._project, needed, asked.scope, asked.path)
        if kinds:
            return needed.name, self._misplaced(asked, kinds, said, needed.name, cure)
        said += f"which {self._project.name} does not declare"
        if needed.name in self._graph.closure(self._project.name, (WORK,)).internal:
            said += _ALONG
        return needed.name, self._violation(asked, said, needed.name, cure, fails=True)

    def _third_party(self, asked: _Asked, installed: Installed) -> tuple[str, Violation] | None:
        target = asked.target
        names = installed.own.providers(target.dotted)
        version = installed.own.by_name[names[0]].version if names else ""
        if not names and target.is_loose:
            return None
        known = names or self._absent_by_name(target.dotted)
        known = known or installed.anywhere.providers(target.dotted)
        kinds = frozenset[Kind]().union(*map(self._kinds, known))
        if self._project.name in known or self._may(asked, kinds):
            return None
        if not known:
            said = f"imports `{target.shown}`, which nothing installed for {self._project.name} has"
            hint = "declare the distribution that has it, or guard the import"
            fails = self._fails(asked, is_sure=not self._absent)
            top = target.dotted.partition(".")[0]
            cure = Declaration(hint, Fix(refused="the distribution is not known"))
            return top, self._violation(asked, said, top, cure, fails=fails)
        name = known[0]
        said = f"imports `{target.shown}` of `{name}`, "
        cure = self._sources.declaring.distribution(
            self._project, known, version, asked.scope, asked.path
        )
        if kinds:
            return name, self._misplaced(asked, kinds, said, name, cure)
        along = _ALONG if names else ", nor is it installed"
        said += f"which {self._project.name} does not declare{along}"
        fails = self._fails(asked, is_sure=bool(names) or not self._absent)
        return name, self._violation(asked, said, name, cure, fails=fails)

    @staticmethod
    def _fails(asked: _Asked, *, is_sure: bool) -> bool:
        """Whether it is an error: no script or example, and nothing declared may be what has it."""
        return is_sure and asked.scope is not Scope.BESIDE

    def _misplaced(
        self, asked: _Asked, kinds: AbstractSet[Kind], said: str, subject: str, cure: Declaration
    ) -> Violation:
        """What is declared, but not for when the file runs."""
        listed = " and ".join(_in_words(kind) for kind in sorted(kinds))
        is_optional = any(
            kind.startswith("extra:") and kind not in self._declared.work for kind in kinds
        )
        fails = asked.scope is Scope.RUN_TIME and not is_optional
        message = f"{said}which is declared for {listed} only"
        if not fails:
            # It may well be meant so: an extra is optional.
            cure = msgspec.structs.replace(cure, fix=None)
        return self._violation(asked, message, subject, cure, fails=fails)

    def _violation(
        self, asked: _Asked, message: str, subject: str, cure: Declaration, *, fails: bool
    ) -> Violation:
        problem = Problem(asked.path, message, hint=cure.hint)
        line = asked.target.seen.line
        name = self._project.name
        return Violation(RULE, name, problem, fails, line, subject=subject, fix=cure.fix)

    def _may(self, asked: _Asked, kinds: AbstractSet[Kind]) -> bool:
        """Whether a file may import what is declared of some kinds; guarded, of none."""
        seen = asked.target.seen
        if not kinds:
            return seen.is_guarded and not asked.target.projects
        if asked.scope is Scope.BESIDE or seen.is_guarded or MAIN in kinds:
            return True
        is_test = asked.scope is Scope.TEST
        if is_test and not kinds.isdisjoint(self._declared.work):
            return True
        # What a function imports when it is called, or a part for an extra, may be missing.
        is_lazy = seen.deferred and not is_test
        return any(
            kind.startswith("extra:") and (is_lazy or _is_part_of(asked.path, kind))
            for kind in kinds
        )

    def _kinds(self, name: str) -> frozenset[Kind]:
        known = self._declared.names.get(name, frozenset())
        return known | self._by_extras.get(name, frozenset())

    def _find_by_extras(self) -> dict[str, frozenset[Kind]]:
        """The kinds of distributions that extras of what the project declares ask for."""
        found: dict[str, frozenset[Kind]] = {}
        own = self._installed.own if self._installed is not None else NONE_INSTALLED
        for requirement in self._project.metadata.requirements:
            one = own.by_name.get(requirement.name)
            for extra in requirement.extras if one is not None else ():
                for name in one.optional.get(extra, ()) if one is not None else ():
                    found[name] = found.get(name, frozenset()) | {requirement.kind}
        return found

    def _absent_by_name(self, dotted: str) -> tuple[str, ...]:
        """The declared distribution that is not installed and bears the import's name."""
        prefix = dotted
        while prefix:
            name = prefix.replace(".", "-").replace("_", "-").lower()
            if name in self._absent:
                return (name,)
            prefix = prefix.rpartition(".")[0]
        return ()


def _is_part_of(path: RelPath, kind: Kind) -> bool:
    """Whether a file is by its name the part of the project that an extra is for."""
    word, _, name = kind.partition(":")
    parts = {each for each in re.split(r"[/._-]", path) if each}
    return word == "extra" and set(name.split("-")) <= parts


def _distribution(name: str) -> str:
    return name.partition("@")[0]


def _in_words(kind: Kind) -> str:
    if kind.startswith(SHARED):
        return "all tests by the root"
    word, _, name = kind.partition(":")
    return f"{word} `{name}`" if name else f"`{word}`"


def all_installed(known: Iterable[Distributions]) -> Distributions:
    """All distributions that are installed for some project; of several versions, one."""
    return Distributions({n: d for each in known for n, d in each.by_name.items()}.values())
