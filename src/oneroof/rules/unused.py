"""Run-time requirements that no file of the project imports, or none that runs with it.

Told, never an error: a requirement may be there for what no import shows. Whatever gives a
reason to think so keeps it from being told.
"""

import re
from collections.abc import Iterator
from functools import cached_property

from oneroof import paths
from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.rules.aliases import STANDARD_MODULES, WORDS
from oneroof.rules.comments import is_explained
from oneroof.rules.constraints import constrains
from oneroof.rules.development_tools import is_misplaced
from oneroof.rules.distributions import Distribution, Distributions, Need
from oneroof.rules.loading import COMMANDS
from oneroof.rules.parsed import as_scanned
from oneroof.rules.sources import Sources
from oneroof.rules.texts import strings_in, text_of
from oneroof.rules.violation import Violation
from oneroof.rules.withdrawing import withdraw
from oneroof.workspace.model import MAIN, Project, ProjectName, Requirement, extra

RULE = "unused"
_STUBS = re.compile(r"types-.*|.*-stubs")
_SCHEME = re.compile(r"\b([a-z][a-z0-9]{3,})(?:\+\w+)?://")
_WEB = frozenset({"http", "https", "file"})
_READ = (".toml", ".cfg", ".ini", ".yml", ".yaml", ".json", ".sh", ".txt", ".mk", ".tf", ".env")
_READ_NAMES = re.compile(r"(?i)(dockerfile|containerfile|makefile|procfile|justfile|taskfile).*")


def find_unused(
    sources: Sources, project: Project, installed: Distributions | None = None
) -> Iterator[Violation]:
    """The run-time requirements of a project that nothing in it seems to use.

    Without `installed`, only requirements that projects of the workspace meet are judged.
    """
    use = _Use(sources, project, installed)
    if not use.imports_anything:
        return
    told: set[str] = set()
    for requirement in project.metadata.requirements:
        name = requirement.name
        if requirement.kind != MAIN or name in told or _STUBS.fullmatch(name):
            continue
        if is_misplaced(sources, project, requirement):
            told.add(name)
            yield _misplaced(sources, project, requirement)
        elif use.is_unused(requirement) and not is_explained(sources.tree, project, requirement):
            told.add(name)
            message = f"declares `{name}`, which no file of {project.name} imports"
            hint = "take it out, or say in a comment beside it what it is for"
            problem = Problem(requirement.declared_in, message, requirement.key, hint)
            fix = withdraw(sources.graph, sources.tree, project, name)
            yield Violation(RULE, project.name, problem, fails=False, subject=name, fix=fix)


def _misplaced(sources: Sources, project: Project, requirement: Requirement) -> Violation:
    name = requirement.name
    message = (
        f"declares `{name}`, a tool for development, at run time, and no run-time file of "
        f"{project.name} uses it"
    )
    place = sources.declaring.place_for_tests(project)
    is_own = place.file == requirement.declared_in and not place.path
    hint = f"move it to {'a requirements file for development' if is_own else place.words}"
    problem = Problem(requirement.declared_in, message, requirement.key, hint)
    return Violation(RULE, project.name, problem, fails=False, subject=name)


class _Use:
    """What the files of one project use."""

    def __init__(self, sources: Sources, project: Project, installed: Distributions | None) -> None:
        self._sources = sources
        self._graph = sources.graph
        self._project = project
        self._installed = installed
        self._paths = sources.files(project)

    @property
    def imports_anything(self) -> bool:
        """Whether there is code at all, and not only files that are to become some."""
        return any(self._sources.scan(path).imports for path in self._paths)

    def is_unused(self, requirement: Requirement) -> bool:
        """Whether nothing shows that a requirement is used."""
        name = requirement.name
        if name == self._project.name.partition("@")[0]:
            return False
        internal = [
            edge.dependency
            for edge in self._graph.dependencies(self._project.name)
            if requirement in edge.requirements
        ]
        if internal:
            return not any(self._uses_project(each, requirement.extras) for each in internal)
        found = self._installed.by_name.get(name) if self._installed is not None else None
        return found is not None and not self._uses(found, requirement)

    def _uses_project(self, name: ProjectName, extras: tuple[str, ...]) -> bool:
        needed = self._graph.projects[name]
        metadata = needed.metadata
        packages = [package.name for package in metadata.import_packages]
        if not packages or name in self._projects:
            return True
        if any(each.group not in COMMANDS for each in metadata.entry_points):
            return True
        if self._is_loaded_by_another(name):
            return True
        asked = {extra(each) for each in extras}
        brought = {each.name for each in metadata.requirements if each.kind in asked}
        if brought & (self._distributions | {_plain(each) for each in self._projects}):
            return True
        commands = {each.name for each in metadata.entry_points}
        return self._is_named({metadata.name or name, *packages}, commands)

    def _uses(self, found: Distribution, requirement: Requirement) -> bool:
        if not found.tops or found.is_plugin or found.name in self._distributions:
            return True
        if found.brought_by(requirement.extras) & self._distributions:
            return True
        if self._is_backend(found.name) or self._holds(requirement):
            return True
        if STANDARD_MODULES.get(found.name) in self._modules:
            return True
        public = {each for each in found.tops if not each.startswith("_")}
        names = {found.name, *public, *WORDS.get(found.name, ())}
        return self._is_named(names, found.scripts) or self._is_in_url(found.name)

    def _is_in_url(self, name: str) -> bool:
        """Whether a URL in the code has a part of a name as its scheme, as those of drivers do."""
        return not self._schemes.isdisjoint(name.split("-"))

    @cached_property
    def _schemes(self) -> frozenset[str]:
        found = (each for text in self._strings for each in _SCHEME.findall(text))
        return frozenset(found) - _WEB

    @cached_property
    def _modules(self) -> frozenset[str]:
        """All modules that files import, those of the standard library as well."""
        return frozenset(
            each.module for path in self._paths for each in self._sources.scan(path).imports
        )

    def _is_loaded_by_another(self, name: ProjectName) -> bool:
        """Whether another project, which is used, loads one where it is there."""
        imports = self._sources.imports
        for used in self._projects - {self._project.name, name}:
            kinds = {
                kind
                for edge in self._graph.dependencies(used)
                if edge.dependency == name
                for kind in edge.kinds
            }
            if MAIN in kinds:
                continue
            if any(kind.startswith("extra:") for kind in kinds) or any(
                name in imports.modules.owners(use.path)
                for path in self._sources.files(self._graph.projects[used])
                for use in imports.uses(path)
            ):
                return True
        return False

    @cached_property
    def _projects(self) -> frozenset[ProjectName]:
        """The other projects that files need by import or reference."""
        modules = self._sources.imports.modules
        found = {
            owner
            for path in self._paths
            for use in self._sources.imports.uses(path)
            for owner in modules.owners(use.path)
        }
        for path in self._paths:
            for target in self._sources.asked(self._project, path):
                found.update(target.projects)
        return frozenset(found)

    @cached_property
    def _distributions(self) -> frozenset[str]:
        """The third-party distributions that files import or refer to."""
        found: set[str] = set()
        if self._installed is None:
            return frozenset()
        for path in self._paths:
            scan = self._sources.scan(path)
            for seen in as_scanned(scan):
                for name in seen.names or ("*",):
                    dotted = seen.module if name == "*" else f"{seen.module}.{name}"
                    found.update(self._installed.providers(dotted))
            for reference in scan.references:
                found.update(self._installed.providers(reference.text.replace(":", ".")))
        return frozenset(found)

    def _is_backend(self, name: str) -> bool:
        """Whether something that is used has an extra for it."""
        for used in self._projects:
            metadata = self._graph.projects[used].metadata
            if any(r.name == name and r.kind.startswith("extra:") for r in metadata.requirements):
                return True
        return self._installed is not None and any(
            name in one.brought_by(one.optional)
            for used in self._distributions
            if (one := self._installed.by_name.get(used)) is not None
        )

    def _holds(self, requirement: Requirement) -> bool:
        """Whether a requirement only bounds the version of what others bring along anyway."""
        return constrains(requirement.specifier, self._asked.get(requirement.name, []))

    @cached_property
    def _asked(self) -> dict[str, list[str]]:
        """What is there at run time, each with the specifiers that others than the project ask."""
        if self._installed is None:
            return {}
        closure = self._graph.closure(self._project.name, (MAIN,)).requirements
        needs = [(name, Need(r.name, r.specifier, r.extras)) for name, r in closure]
        found = self._installed.closure(need for _, need in needs)
        for name, need in needs:
            if name != self._project.name:
                found[need.name].append(need.specifier)
        return found

    def _is_named(self, names: set[str], commands: set[str] | frozenset[str]) -> bool:
        """Whether a string or a file for another tool has one of the names."""
        spelled = {each for name in names for each in (name, name.replace("-", "_"))}
        pattern = re.compile(
            r"(?<![\w-])(" + "|".join(map(re.escape, sorted({*spelled, *commands}))) + r")(?![\w-])"
        )
        tasks = self._project.settings.tasks.values()
        for task in tasks:
            command = task.command or ""
            if pattern.search(command if isinstance(command, str) else " ".join(command)):
                return True
        return any(pattern.search(text) for text in self._texts) or any(
            pattern.search(text) for text in self._strings
        )

    @cached_property
    def _texts(self) -> list[str]:
        """The project's files for shells, containers and services; no manifests and locks."""
        tree, project = self._sources.tree, self._project
        left_out = {*project.metadata.manifests, project.lock}
        left_out.update(each.declared_in for each in project.metadata.requirements)
        return [
            text_of(tree, path)
            for path in tree.below(project.path)
            if path not in left_out and _is_read(path)
        ]

    @cached_property
    def _strings(self) -> list[str]:
        """The strings of the project's code that are no documentation."""
        tree = self._sources.tree
        return [
            text
            for path in self._paths
            if not path.endswith(".ipynb")
            for text in strings_in(tree, path)
        ]


def _is_read(path: RelPath) -> bool:
    name = paths.name(path)
    if name in {"pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "package-lock.json"}:
        return False
    return bool(name.endswith(_READ) or _READ_NAMES.fullmatch(name))


def _plain(name: ProjectName) -> str:
    return name.partition("@")[0]
