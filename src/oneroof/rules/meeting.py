"""Which projects may be installed together."""

from collections.abc import Set as AbstractSet

from oneroof.workspace.graph import WORK, Graph
from oneroof.workspace.model import ProjectName


def meet(graph: Graph, project: ProjectName, others: AbstractSet[ProjectName]) -> bool:
    """Whether some project's environment holds the project and one of the others."""
    for name in graph.projects:
        members = {name, *graph.closure(name, (WORK,)).internal}
        if project in members and members & others:
            return True
    return False
