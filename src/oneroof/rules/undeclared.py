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
from oneroof.rules.installs import Installs
from oneroof.rules.known_modules import well_known
from oneroof.rules.parsed import Seen, Unparsable, as_scanned
from oneroof.rules.scopes import Scope, scope_of
from oneroof.rules.sources import Sources
from oneroof.rules.targets import Target
from oneroof.rules.violation import Fix, Violation
from oneroof.workspace.development import SHARED
from oneroof.workspace.graph import WORK, nearest
from oneroof.workspace.model import BUILD, MAIN, Kind, Project

RULE = "undeclared"
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

    Without `installed`, only imports of other projects of the workspace are judged. Nothing is,
    where not all requirements could be read.
    """
    if not project.metadata.is_complete:
        return
    found = list(_find(sources, project, _Judge(sources, project, installed)))
    at_run_time = {subject for subject, scope, _ in found if scope is Scope.RUN_TIME}
    in_tests = {subject for subject, scope, _ in found if scope is Scope.TEST}
    together: dict[str, list[Violation]] = {}
    for subject, scope, each in found:
        if scope is not Scope.RUN_TIME and subject in at_run_time:
            continue  # Declared for run time, it is for tests and scripts too.
        if scope is Scope.BESIDE and subject in in_tests:
            continue
        if scope is Scope.BESIDE:
            together.setdefault(subject, []).append(each)
        else:
            yield each
    yield from map(_as_one, together.values())


def _find(
    sources: Sources, project: Project, judge: "_Judge"
) -> Iterator[tuple[str, Scope, Violation]]:
    for path in sources.files(project):
        if path.endswith(".pyi"):
            continue
        scope = scope_of(project, path)
        asked = _Asked(path, scope)
        suspicious = any(True for _ in judge.file(asked, as_scanned(sources.scan(path))))
        if not suspicious or sources.has_own_requirements(project, path):
            continue
        seen = sources.parsed(path)
        if isinstance(seen, Unparsable):
            continue
        is_eager = scope is Scope.RUN_TIME and sources.is_loaded_at_import(project, path)
        if scope is Scope.RUN_TIME and not is_eager and sources.is_script(project, path):
            scope = Scope.BESIDE
        asked = _Asked(path, scope, sources.installs(project, path), is_eager=is_eager)
        for subject, found in judge.file(asked, seen):
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
    """A file that asks, and what is there when it runs."""

    path: RelPath
    scope: Scope
    installs: Installs = Installs()
    """What is installed for it beside what is declared."""
    is_eager: bool = True
    """Whether it runs as soon as the project is imported."""


class _Missing(msgspec.Struct, frozen=True):
    """A project or distribution that a file imports and may not."""

    target: Target
    shown: str
    """The module as a message names it."""
    subject: str
    cure: Declaration


class _Judge:
    def __init__(self, sources: Sources, project: Project, installed: Installed | None) -> None:
        self._sources = sources
        self._graph = sources.graph
        self._project = project
        self._installed = installed
        self._declared = sources.declared(project)
        self._brought = self._find_brought()
        self._absent = {
            each.name
            for each in project.metadata.requirements
            if installed is not None
            and each.kind != BUILD
            and each.name not in installed.own.by_name
        } - set(map(_distribution, self._graph.projects))

    def file(self, asked: _Asked, imports: list[Seen]) -> Iterator[tuple[str, Violation]]:
        """What one file imports without declaration: each project or distribution once."""
        if asked.scope is Scope.BUILD:
            return
        told: set[str] = set()
        for target in self._sources.targets.of(self._project, asked.path, imports):
            if target.projects:
                found = self._internal(asked, target)
            elif self._installed is not None:
                found = self._third_party(asked, target, self._installed)
            else:
                continue
            if found is not None and found[0] not in told:
                told.add(found[0])
                yield found

    def _internal(self, asked: _Asked, target: Target) -> tuple[str, Violation] | None:
        candidates = [self._graph.projects[name] for name in target.projects]
        kinds = frozenset[Kind]().union(*map(self._declared.kinds_of, candidates))
        if not kinds and self._installed is not None:
            # A distribution of an index may have the same module.
            found = map(self._kinds, self._installed.own.providers(target.dotted))
            kinds = kinds.union(*found)
        if self._may(asked, target, kinds) or any(
            each.path in asked.installs.folders or _distribution(each.name) in asked.installs.names
            for each in candidates
        ):
            return None
        nearby = nearest(self._project.path, candidates)
        needed = self._graph.projects[nearby[0]]
        cure = self._sources.declaring.project(self._project, needed, asked.scope, asked.path)
        missing = _Missing(target, target.shown, needed.name, _beside(asked, cure))
        if kinds:
            return needed.name, self._misplaced(asked, missing, kinds)
        said = f"which {self._project.name} does not declare"
        if needed.name in self._graph.closure(self._project.name, (WORK,)).internal:
            said += _ALONG
        fails = self._fails(asked, is_sure=True)
        return needed.name, self._violation(asked, missing, said, fails=fails)

    def _third_party(
        self, asked: _Asked, target: Target, installed: Installed
    ) -> tuple[str, Violation] | None:
        names = installed.own.providers(target.dotted)
        version = installed.own.by_name[names[0]].version if names else ""
        known = names or self._elsewhere(asked, target, installed)
        kinds = frozenset[Kind]().union(*map(self._kinds, known))
        if self._project.name in known or not asked.installs.names.isdisjoint(known):
            return None
        if self._may(asked, target, kinds) or (
            not names and self._may_be_found(asked, target, is_known=bool(known))
        ):
            return None
        shown = target.shown
        if installed.own.is_namespace(shown) or installed.anywhere.is_namespace(shown):
            shown = target.dotted
        if not known:
            return self._unknown(asked, target, shown)
        name = known[0]
        missing = _Missing(target, shown, name, self._cure(asked, known, version))
        if kinds:
            return name, self._misplaced(asked, missing, kinds)
        along = _ALONG if names else ", nor is it installed"
        said = f"which {self._project.name} does not declare{along}"
        fails = self._fails(asked, is_sure=bool(names) or not self._absent)
        return name, self._violation(asked, missing, said, fails=fails)

    def _unknown(self, asked: _Asked, target: Target, shown: str) -> tuple[str, Violation]:
        """A module that no distribution is known to have by its metadata."""
        name, top = self._project.name, target.dotted.partition(".")[0]
        said = f"imports `{shown}`, which nothing installed for {name} has"
        hint = "declare the distribution that has it, or guard the import"
        if (likely := well_known(top)) is not None:
            said += "" if likely == top else f"; it is known as a module of `{likely}`"
            hint = self._cure(asked, (likely,), "").hint
        problem = Problem(asked.path, said, hint=hint)
        fails = self._fails(asked, is_sure=not self._absent)
        fix = Fix(refused="the distribution is not known")
        return top, Violation(RULE, name, problem, fails, target.seen.line, subject=top, fix=fix)

    def _cure(self, asked: _Asked, names: tuple[str, ...], version: str) -> Declaration:
        declaring = self._sources.declaring
        found = declaring.distribution(self._project, names, version, asked.scope, asked.path)
        return _beside(asked, found)

    def _elsewhere(self, asked: _Asked, target: Target, installed: Installed) -> tuple[str, ...]:
        """The distributions that are not installed here and may have a module."""
        return (
            self._by_name(target.dotted, self._absent)
            or installed.anywhere.providers(target.dotted)
            or self._by_name(target.dotted, asked.installs.names)
        )

    def _may_be_found(self, asked: _Asked, target: Target, *, is_known: bool) -> bool:
        """Whether a module that is not installed may be there when the file runs."""
        return target.is_loose or (not is_known and self._sources.changes_path(asked.path))

    @staticmethod
    def _fails(asked: _Asked, *, is_sure: bool) -> bool:
        """Whether it is an error: no script or example, and nothing declared may be what has it."""
        return is_sure and asked.scope is not Scope.BESIDE

    def _misplaced(self, asked: _Asked, missing: _Missing, kinds: AbstractSet[Kind]) -> Violation:
        """What is declared, but not for when the file runs."""
        said = f"which is declared {self._where(kinds)} only"
        fails = asked.scope is Scope.RUN_TIME and not self._is_optional(kinds)
        found = self._violation(asked, missing, said, fails=fails)
        # It may well be meant so: an extra is optional.
        return found if fails else msgspec.structs.replace(found, fix=None)

    def _violation(self, asked: _Asked, missing: _Missing, said: str, *, fails: bool) -> Violation:
        cure, line = missing.cure, missing.target.seen.line
        message = f"imports `{missing.shown}` of `{missing.subject}`, {said}"
        problem = Problem(asked.path, message, hint=cure.hint)
        name = self._project.name
        return Violation(RULE, name, problem, fails, line, subject=missing.subject, fix=cure.fix)

    def _may(self, asked: _Asked, target: Target, kinds: AbstractSet[Kind]) -> bool:
        """Whether a file may import what is declared of some kinds, or of none."""
        seen = target.seen
        if seen.is_guarded or MAIN in kinds:
            return True
        if not kinds:
            return False
        if asked.scope is Scope.BESIDE:
            return True
        if asked.scope is Scope.TEST:
            return not kinds.isdisjoint(self._declared.work) or self._is_part(asked, kinds)
        # What is imported once a function is called, or a part for an extra is asked for, may be
        # missing until then.
        if not asked.is_eager and self._is_optional(kinds):
            return True
        return any(
            kind.startswith("extra:") and (seen.deferred or _is_part_of(asked.path, kind))
            for kind in kinds
        )

    def _is_optional(self, kinds: AbstractSet[Kind]) -> bool:
        """Whether an extra has it that users may ask for."""
        return any(kind.startswith("extra:") and kind not in self._declared.work for kind in kinds)

    @staticmethod
    def _is_part(asked: _Asked, kinds: AbstractSet[Kind]) -> bool:
        return any(kind.startswith("extra:") and _is_part_of(asked.path, kind) for kind in kinds)

    def _where(self, kinds: AbstractSet[Kind]) -> str:
        """The places of some kinds in words: groups and extras, or the requirements files."""
        files = {
            each.kind: each.declared_in
            for each in self._project.metadata.requirements
            if each.key.startswith("line ")
        }
        named = [_in_words(kind) for kind in sorted(kinds) if kind not in files]
        places = [f"for {' and '.join(named)}"] if named else []
        places += [f"in `{files[kind]}`" for kind in sorted(kinds) if kind in files]
        return " and ".join(places)

    def _kinds(self, name: str) -> frozenset[Kind]:
        known = self._declared.names.get(name, frozenset())
        return known | self._brought.get(name, frozenset())

    def _find_brought(self) -> dict[str, frozenset[Kind]]:
        """The kinds of what is declared by way of another name.

        That is what extras of declared distributions ask for, and what those of no modules need.
        """
        found: dict[str, frozenset[Kind]] = {}
        own = self._installed.own if self._installed is not None else NONE_INSTALLED
        waiting = [
            (requirement.name, requirement.extras, frozenset({requirement.kind}))
            for requirement in self._project.metadata.requirements
        ]
        waiting += [(name, (), kinds) for name, kinds in self._declared.names.items()]
        while waiting:
            name, extras, kinds = waiting.pop()
            one = own.by_name.get(name)
            if one is None:
                continue
            needs = [need for extra in extras for need in one.optional.get(extra, ())]
            for need in (*needs, *(one.needs if one.is_meta else ())):
                if not kinds <= found.get(need.name, frozenset()):
                    found[need.name] = found.get(need.name, frozenset()) | kinds
                    waiting.append((need.name, need.extras, kinds))
        return found

    @staticmethod
    def _by_name(dotted: str, names: AbstractSet[str]) -> tuple[str, ...]:
        """Of some distributions that are not installed, the one that bears the import's name."""
        prefix = dotted
        while prefix:
            name = prefix.replace(".", "-").replace("_", "-").lower()
            if name in names:
                return (name,)
            prefix = prefix.rpartition(".")[0]
        return ()


def _beside(asked: _Asked, cure: Declaration) -> Declaration:
    if asked.scope is not Scope.BESIDE or "requirements" in cure.hint:
        return cure
    hint = f"{cure.hint}; or list it in a `requirements.txt` of its folder"
    return msgspec.structs.replace(cure, hint=hint)


def _is_part_of(path: RelPath, kind: Kind) -> bool:
    """Whether a file is by its name the part of the project that an extra is for."""
    word, _, name = kind.partition(":")
    if word != "extra":
        return False
    parts = {each for each in re.split(r"[/._-]", path) if each}
    joined = {re.sub(r"[._-]", "", each) for each in path.split("/")}
    return set(name.split("-")) <= parts or name.replace("-", "") in joined


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
