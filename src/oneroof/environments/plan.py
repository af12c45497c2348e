"""Plan environments: from pins and the graph to values that say all an environment consists of.

Pure. A digest names everything the folder on disk depends on, so that equal plans share it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from oneroof.environments.metadata import render_metadata, version_of
from oneroof.environments.model import (
    EnvironmentPlan,
    InternalPlan,
    Interpreter,
    Link,
    SitePlan,
)
from oneroof.locks.model import Pin
from oneroof.paths import RelPath
from oneroof.workspace.graph import Graph
from oneroof.workspace.layout import not_importable_from_roots, source_roots
from oneroof.workspace.model import ImportPackage, Kind, Project, ProjectName

_FORMAT = 1
"""Part of every digest: raise it when what is written for a plan changes."""
_DIGITS = 32


def plan_site(
    pins: Iterable[Pin],
    interpreter: Interpreter,
    default_index: str = "",
    contents: Iterable[tuple[str, str]] = (),
) -> SitePlan:
    """The third-party part of an environment, named by interpreter, pins and where they are had.

    Who asks for a pin does not count, so that all who need the same share it.
    """
    ordered = tuple(
        sorted(
            (msgspec.structs.replace(pin, reasons=()) for pin in pins),
            key=lambda pin: (pin.name, pin.version),
        )
    )
    local = tuple(sorted(contents))
    digest = _digest(_FORMAT, interpreter.path, interpreter.version, ordered, default_index, local)
    return SitePlan(interpreter, ordered, default_index, local, digest[:_DIGITS])


def _digest(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


class Planner:
    """Plans the environments of one workspace; what projects share is worked out once."""

    def __init__(self, graph: Graph, root: str) -> None:
        self._graph = graph
        self._root = root
        self._at_root: dict[RelPath, set[ImportPackage]] = {}
        for project in graph.projects.values():
            for package in project.metadata.import_packages:
                if package.root is not None:
                    self._at_root.setdefault(package.root, set()).add(package)
        self._known: dict[tuple[ProjectName, frozenset[RelPath], str], InternalPlan] = {}

    def plan(
        self,
        name: ProjectName,
        kinds: Sequence[Kind],
        site: SitePlan,
        members: Sequence[ProjectName],
        wheels: Mapping[ProjectName, str],
    ) -> EnvironmentPlan:
        """The environment of a project for some kinds, with internal `members` in this order.

        `wheels` names the members that are installed from a built wheel, with the digest of
        what it is built from.
        """
        closed = self._closed_roots(members)
        internal = tuple(self._internal(each, closed, wheels.get(each, "")) for each in members)
        interpreter = site.interpreter
        parts = [each.digest for each in internal]
        digest = _digest(_FORMAT, site.digest, self._root, parts)
        platform = (interpreter.version, interpreter.abi, interpreter.platforms[:1])
        content = (platform, site.pins, site.contents)
        return EnvironmentPlan(
            project=name,
            kinds=tuple(kinds),
            root=self._root,
            site=site,
            internal=internal,
            digest=digest[:_DIGITS],
            content_digest=_digest(_FORMAT, content, parts),
        )

    def _closed_roots(self, members: Sequence[ProjectName]) -> frozenset[RelPath]:
        """The source roots that would also show packages of projects that are not members.

        Their packages are linked one by one. Elsewhere the root itself is put on the path, as
        editable installs do it, so that `__file__` stays in the source tree.
        """
        shown: dict[RelPath, set[ImportPackage]] = {}
        for member in members:
            for package in self._graph.projects[member].metadata.import_packages:
                if package.root is not None:
                    shown.setdefault(package.root, set()).add(package)
        return frozenset(root for root, packages in shown.items() if self._at_root[root] - packages)

    def _internal(self, name: ProjectName, closed: frozenset[RelPath], wheel: str) -> InternalPlan:
        packages = self._graph.projects[name].metadata.import_packages
        own = closed & {each.root for each in packages if each.root is not None}
        key = (name, own, wheel)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _plan_internal(
                self._graph.projects[name], own, wheel, self._root
            )
        return known


def _plan_internal(
    project: Project, closed: frozenset[RelPath], wheel: str, root: str
) -> InternalPlan:
    metadata = project.metadata
    packages = metadata.import_packages
    exposed = [each for each in packages if each.root is not None and each.root not in closed]
    linked = [each for each in packages if each.root in closed]
    linked += not_importable_from_roots(packages)
    text = ""
    if metadata.name is not None and metadata.build_backend is not None:
        text = render_metadata(metadata.name, metadata)
    roots = () if wheel else source_roots(exposed)
    links = () if wheel else tuple(map(_link, sorted(linked, key=lambda each: each.name)))
    version = version_of(metadata)
    shown = (project.path, metadata.name, version, text, metadata.entry_points)
    digest = _digest(project.name, shown, roots, links, wheel)
    return InternalPlan(
        project=project.name,
        path=project.path,
        name=metadata.name,
        version=version,
        metadata=text,
        entry_points=metadata.entry_points,
        source_roots=roots,
        links=links,
        wheel=wheel,
        digest=digest,
        store=_digest(_FORMAT, root, shown)[: _DIGITS // 2] if text and not wheel else "",
    )


def _link(package: ImportPackage) -> Link:
    suffix = ".py" if package.path.endswith(".py") else ""
    return Link(package.name.replace(".", "/") + suffix, package.path)
