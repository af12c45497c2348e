"""The projects that the selectors in `[tool.oneroof.rules]` name, each for its key."""

from collections.abc import Sequence

from oneroof.errors import ConfigError, Problem
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import ProjectName
from oneroof.workspace.selection import select
from oneroof.workspace.settings import Role

MANIFEST = "pyproject.toml"
KEY = "tool.oneroof.rules"
_ROLES = frozenset(f"role:{role}" for role in Role)


class Selected:
    """Selects projects and keeps, as problems, the selectors that name none."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[str, frozenset[ProjectName]] = {}
        self.problems: list[Problem] = []

    def by(self, selector: str, key: str) -> frozenset[ProjectName]:
        """The projects that a selector names; `key` is where it stands, below the rules' table.

        A role that no project has is no mistake; a name, a path or a tag is.
        """
        if selector not in self._known:
            try:
                found = select(self._graph, (selector,))
                self._known[selector] = frozenset(each.name for each in found)
            except ConfigError as error:
                if selector.strip(".") not in _ROLES:
                    place = f"{KEY}.{key}"
                    self.problems.append(
                        Problem(MANIFEST, error.message, place, error.hint, fatal=True)
                    )
                    return frozenset()
                self._known[selector] = frozenset()
        return self._known[selector]

    def by_all(self, selectors: Sequence[str], key: str) -> frozenset[ProjectName]:
        """The projects that any of several selectors names."""
        found: set[ProjectName] = set()
        for index, selector in enumerate(selectors):
            found |= self.by(selector, f"{key}[{index}]")
        return frozenset(found)
