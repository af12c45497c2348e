"""Which packages of a lock are projects of the workspace."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from oneroof import paths
from oneroof.locks.model import Lock, LockedPackage
from oneroof.workspace.graph import Graph, nearest
from oneroof.workspace.model import Project, ProjectName


def members_of(graph: Graph, lock: Lock) -> "Members":
    """The members of a lock, found once for as long as the graph lives."""
    known = _known.setdefault(graph, {})
    held = known.get(id(lock))
    if held is None:
        # The lock is held too, so that its id stays its own.
        known[id(lock)] = held = (lock, Members(graph, lock))
    return held[1]


class Members:
    """The entries of a lock that stand for projects of the workspace, found both ways.

    A folder is the project that lies there; only where none lies there, the name tells.
    """

    def __init__(self, graph: Graph, lock: Lock) -> None:
        self._lock = lock
        self._by_name = _distributions(graph)
        by_path = {project.path: project.name for project in graph.workspace.projects}
        self._projects: dict[LockedPackage, ProjectName] = {}
        self._entries: dict[ProjectName, LockedPackage] = {}
        for package in lock.packages:
            if not package.source.is_local_folder:
                continue
            path = paths.normalise(paths.ROOT, package.source.location)
            project = by_path.get(path) if path is not None else None
            if project is None and package.name in self._by_name:
                project = self.named(package.name)
            if project is not None:
                self._projects[package] = project
                self._entries.setdefault(project, package)

    @property
    def internal_names(self) -> Mapping[str, list[Project]]:
        """The distribution names of the workspace, each with its projects."""
        return self._by_name

    def named(self, name: str) -> ProjectName:
        """The project of a name that is in `internal_names`; the nearest, where several are."""
        return nearest(paths.parent(self._lock.path), self._by_name[name])[0]

    def project_of(self, package: LockedPackage) -> ProjectName | None:
        """The project a package stands for."""
        return self._projects.get(package)

    def entry(self, project: ProjectName) -> LockedPackage | None:
        """The package that stands for a project."""
        return self._entries.get(project)


def _distributions(graph: Graph) -> dict[str, list[Project]]:
    found: dict[str, list[Project]] = {}
    for project in graph.workspace.projects:
        if project.metadata.name is not None:
            found.setdefault(project.name.partition("@")[0], []).append(project)
    return found


_known: WeakKeyDictionary[Graph, dict[int, tuple[Lock, Members]]] = WeakKeyDictionary()
