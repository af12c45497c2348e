"""The environments that projects are built in: what `build-system.requires` asks for, and no more.

Projects that ask for the same share one (PEP 517, 518). No lock holds these requirements; they
are resolved once and their pins kept, as for a project without lock.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from oneroof import paths
from oneroof.environments.model import Event, Report, ignore
from oneroof.locks.model import Pins
from oneroof.locks.request import Request as Resolution
from oneroof.locks.resolve import resolve
from oneroof.locks.target import Target
from oneroof.workspace.graph import Graph
from oneroof.workspace.metadata import read_document
from oneroof.workspace.model import BUILD, Index, Kind, Project, ProjectName, Requirement
from oneroof.workspace.tree import Tree

_DEFAULT = ("setuptools", ">=40.8.0")
"""What builds a project that does not say what does (PEP 518)."""


class BuildPins:
    """The pins of what projects are built with; safe for parallel callers."""

    def __init__(self, graph: Graph, tree: Tree, report: Report = ignore) -> None:
        self._graph = graph
        self._tree = tree
        self._report = report
        self._further: dict[ProjectName, tuple[Requirement, ...]] = {}
        self._guard = threading.Lock()
        self._internal_names = frozenset(
            name.partition("@")[0]
            for name, project in graph.projects.items()
            if project.metadata.name is not None
        )

    def ask_further(self, project: ProjectName, requirements: Iterable[str]) -> None:
        """Note what a backend asks for beside what is declared (`get_requires_for_build_wheel`)."""
        manifest = self._graph.projects[project].metadata.manifests[0]
        found = []
        for text in requirements:
            try:
                parsed = Parsed(text)
            except InvalidRequirement:
                continue
            found.append(
                Requirement(
                    name=canonicalize_name(parsed.name),
                    kind=BUILD,
                    declared_in=manifest,
                    key="get_requires_for_build_wheel",
                    specifier=str(parsed.specifier),
                    extras=tuple(sorted(map(canonicalize_name, parsed.extras))),
                    marker=str(parsed.marker) if parsed.marker is not None else "",
                )
            )
        with self._guard:
            self._further[project] = tuple(found)

    def pins(self, project: ProjectName, kinds: Sequence[Kind], target: Target) -> Pins:
        """The pins of a project's build requirements on a target.

        Raises:
            ResolutionError: there are none.
        """
        found = self._graph.projects[project]
        closure = self._graph.closure(project, kinds)
        reached = {name.partition("@")[0] for name in closure.internal}
        wanted = [each for _, each in closure.requirements if each.name not in reached]
        if not self._says_what_builds(found):
            name, specifier = _DEFAULT
            manifest = found.metadata.manifests[0]
            wanted.append(
                Requirement(name, BUILD, manifest, "build-system.requires", specifier=specifier)
            )
        wanted += self._further.get(project, ())
        names = {each.name for each in wanted}
        request = Resolution(
            requirements=tuple(dict.fromkeys(wanted)),
            python_version=".".join(target.python_full_version.split(".")[:2]),
            exclude_names=self._internal_names - names,
            indexes=_indexes(found),
        )
        return resolve(
            request,
            self._tree.root,
            lambda: self._report(Event("resolving", found.name, len(wanted))),
        )

    def _says_what_builds(self, project: Project) -> bool:
        document, _ = read_document(self._tree, paths.join(project.path, "pyproject.toml"))
        table = (document or {}).get("build-system")
        return isinstance(table, Mapping) and "requires" in table

    def to_compile(self, _pins: Pins, _target: Target) -> Sequence[str]:
        """Nothing is known of the wheels that pins without lock have."""
        return ()


def _indexes(project: Project) -> tuple[Index, ...]:
    return tuple(each for each in project.metadata.indexes if not each.explicit)
