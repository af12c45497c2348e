"""Which locks no longer say what the manifests say: stale, foreign and missing ones."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from oneroof.errors import Problem
from oneroof.locks.content_hash import pdm_hashes, poetry_hashes
from oneroof.locks.declared import compare_declared, is_locked
from oneroof.locks.members import members_of
from oneroof.locks.model import Lock
from oneroof.locks.target import is_possible
from oneroof.locks.versions import satisfies
from oneroof.paths import RelPath
from oneroof.workspace.dialects.toml import read_document
from oneroof.workspace.graph import WORK, Graph
from oneroof.workspace.model import BUILD, MAIN, Project, ProjectName, Requirement
from oneroof.workspace.tree import Tree

LISTED = 3


class LockFinding(msgspec.Struct, frozen=True):
    """One lock that is not what a project needs."""

    kind: Literal["stale", "foreign", "missing"]
    project: ProjectName
    lock: RelPath | None
    problem: Problem
    dependency: ProjectName | None = None
    """The internal dependency whose requirements the lock does not know."""


def check_locks(graph: Graph, tree: Tree, locks: Mapping[RelPath, Lock]) -> tuple[LockFinding, ...]:
    """Compare every project with the lock that governs it, sorted by project path.

    `locks` holds the readable ones; a lock that cannot be read is a problem of its reader.
    """
    checks = _Checks(graph, tree, locks)
    return tuple(
        finding for project in graph.workspace.projects for finding in checks.project(project)
    )


class _Checks(msgspec.Struct):
    graph: Graph
    tree: Tree
    locks: Mapping[RelPath, Lock]
    hashes: dict[ProjectName, frozenset[str]] = msgspec.field(default_factory=dict)

    def project(self, project: Project) -> Iterator[LockFinding]:
        if project.lock is None:
            yield from self._missing(project)
            return
        lock = self.locks.get(project.lock)
        if lock is None:
            return
        details = self._own_details(project, lock)
        if details is not None:
            yield self._outdated(project, lock, details)
        yield from self._dependencies(project, lock)

    def _missing(self, project: Project) -> Iterator[LockFinding]:
        closure = self.graph.closure(project.name, [WORK])
        wanted = [each for _, each in closure.requirements if each.kind != BUILD]
        if wanted:
            message = f"needs {_listed([each.name for each in wanted])}, but has no lock"
            problem = Problem(_manifest(project), message, hint=_hint(project.name))
            yield LockFinding("missing", project.name, None, problem)

    def _own_details(self, project: Project, lock: Lock) -> list[str] | None:
        """What the lock says otherwise than the project's own manifest; None where it agrees."""
        if lock.format in {"poetry", "pdm"} and lock.content_hash:
            hashes = self._hashes(project, lock)
            if hashes:
                return None if lock.content_hash in hashes else self._unmet(project, lock)
        if lock.format == "uv":
            entry = members_of(self.graph, lock).entry(project.name)
            if entry is None and not any(map(is_locked, project.metadata.requirements)):
                return None
            if entry is None:
                return [f"it does not hold `{project.name}`"]
            document = self._document(project)
            return compare_declared(self.graph, project, entry, document) or None
        return self._unmet(project, lock) or None

    def _unmet(self, project: Project, lock: Lock) -> list[str]:
        flat = not lock.has_edges
        return [
            text
            for requirement in project.metadata.requirements
            if is_locked(requirement) and not (flat and requirement.kind != MAIN)
            if not self.graph.is_internal(project.name, requirement)
            if (text := _unmet(requirement, lock))
        ]

    def _outdated(self, project: Project, lock: Lock, details: Sequence[str]) -> LockFinding:
        stranger = self._stranger(project, lock)
        if stranger is not None:
            problem = Problem(
                lock.path,
                f"was not made for `{project.name}`: {stranger}",
                key=_hash_key(lock),
                hint=_hint(project.name),
            )
            return LockFinding("foreign", project.name, lock.path, problem)
        told = _listed(details, quote="") if details else "a requirement, group or source changed"
        message = f"is older than `{_manifest(project)}`: {told}"
        key = "" if details else _hash_key(lock)
        problem = Problem(lock.path, message, key=key, hint=_hint(project.name))
        return LockFinding("stale", project.name, lock.path, problem)

    def _stranger(self, project: Project, lock: Lock) -> str | None:
        """Why an outdated lock must be another project's; None where it need not be."""
        if lock.content_hash:
            for other in self.graph.workspace.projects:
                if other.name == project.name or other.lock is None:
                    continue
                if other.lock != lock.path and lock.content_hash in self._hashes(other, lock):
                    return f"its content hash is that of `{_manifest(other)}`"
        entries = members_of(self.graph, lock)
        if lock.format == "uv" and entries.entry(project.name) is not None:
            return None
        wanted = {
            each.name
            for each in project.metadata.requirements
            if is_locked(each) and not self.graph.is_internal(project.name, each)
        }
        if wanted and not wanted & lock.by_name.keys():
            return f"it holds none of {_listed(sorted(wanted))}"
        return None

    def _dependencies(self, project: Project, lock: Lock) -> Iterator[LockFinding]:
        """What internal dependencies require that this lock does not know.

        Those governed by the same lock are compared with it as projects of their own.
        """
        closure = self.graph.closure(project.name, [WORK])
        unknown: dict[ProjectName, list[Requirement]] = {}
        for owner, requirement in closure.requirements:
            if owner == project.name or requirement.kind == BUILD:
                continue
            if self.graph.projects[owner].lock == lock.path and lock.format == "uv":
                continue
            if self._is_unknown(owner, requirement, lock):
                unknown.setdefault(owner, []).append(requirement)
        for owner, requirements in unknown.items():
            first = requirements[0]
            told = _listed([each.pep508 for each in requirements])
            message = f"does not hold {told}, as `{owner}` requires in `{first.declared_in}`"
            problem = Problem(lock.path, message, hint=_hint(project.name))
            yield LockFinding("stale", project.name, lock.path, problem, owner)

    def _is_unknown(self, owner: ProjectName, requirement: Requirement, lock: Lock) -> bool:
        if _unmet(requirement, lock):
            return True
        if lock.format != "uv":
            return False
        entry = members_of(self.graph, lock).entry(owner)
        return entry is not None and not any(
            each.name == requirement.name and each.kind == requirement.kind
            for each in (*(entry.declared or ()), *entry.dependencies)
        )

    def _hashes(self, project: Project, lock: Lock) -> frozenset[str]:
        if project.name not in self.hashes:
            document = self._document(project)
            compute = poetry_hashes if lock.format == "poetry" else pdm_hashes
            self.hashes[project.name] = compute(document) if document else frozenset()
        return self.hashes[project.name]

    def _document(self, project: Project) -> Mapping[str, object]:
        for path in project.metadata.manifests:
            if path.endswith("pyproject.toml"):
                return read_document(self.tree, path)[0] or {}
        return {}


def _unmet(requirement: Requirement, lock: Lock) -> str:
    """Why a lock cannot meet a requirement on any platform; empty where it can."""
    held = lock.by_name.get(requirement.name, ())
    if held:
        direct = any(source.kind != "index" for source in requirement.sources)
        if direct or requirement.name in lock.overrides:
            return ""
        versions = sorted({each.version for each in held if each.version is not None})
        local = any(each.source.kind != "registry" for each in held)
        if local or any(satisfies(version, requirement.specifier) for version in versions):
            return ""
        if not is_possible(requirement.marker, lock.requires_python):
            return ""
        return f"`{requirement.pep508}` is contradicted by {', '.join(versions)}"
    if not is_possible(requirement.marker, lock.requires_python):
        return ""
    return f"`{requirement.pep508}` is not in it"


def _listed(names: Sequence[str], quote: str = "`") -> str:
    unique = list(dict.fromkeys(names))
    shown = ", ".join(f"{quote}{name}{quote}" for name in unique[:LISTED])
    return shown if len(unique) <= LISTED else f"{shown} and {len(unique) - LISTED} more"


def _hint(project: ProjectName) -> str:
    return f"run `oneroof lock {project}`"


def _manifest(project: Project) -> RelPath:
    return project.metadata.manifests[0] if project.metadata.manifests else project.path


def _hash_key(lock: Lock) -> str:
    if not lock.content_hash:
        return ""
    return "metadata.content_hash" if lock.format == "pdm" else "metadata.content-hash"
