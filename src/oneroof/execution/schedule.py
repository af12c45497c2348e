"""Which node may start next: a pure core that knows neither threads nor clocks."""

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec


class Node(msgspec.Struct, frozen=True):
    """Something to be done, after what it needs."""

    name: str
    needs: tuple[str, ...] = ()
    duration_seconds: float | None = None
    """How long it took last time; None where it is not known."""


class Skipped(msgspec.Struct, frozen=True):
    """A node that will not start."""

    name: str
    reason: str


class Schedule:
    """The state of a run over nodes.

    `start` hands out nodes, `finish` takes back what became of them. First comes what heads the
    longest chain of work by known durations, so that no long one is left alone at the end. Unknown
    durations count as longest, for the same reason; among equals the longer, then the name decides.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        """Index the nodes.

        Raises:
            ValueError: two nodes have one name, a need names no node, or needs form a cycle.
        """
        self._nodes = _by_name(nodes)
        self._dependents: dict[str, list[str]] = {name: [] for name in self._nodes}
        self._open_needs = {name: len(set(node.needs)) for name, node in self._nodes.items()}
        for node in self._nodes.values():
            for need in set(node.needs):
                if need not in self._nodes:
                    message = f"{node.name!r} needs {need!r}, which is no node"
                    raise ValueError(message)
                self._dependents[need].append(node.name)
        self._order = _priorities(self._nodes, self._dependents)
        self._ready = [(self._order[name], name) for name, n in self._open_needs.items() if not n]
        heapq.heapify(self._ready)
        self._waiting = {name for name, count in self._open_needs.items() if count}
        self._running: set[str] = set()

    @property
    def running(self) -> frozenset[str]:
        """What was started and has not finished."""
        return frozenset(self._running)

    @property
    def is_done(self) -> bool:
        """Whether nothing runs and nothing is left."""
        return not (self._ready or self._waiting or self._running)

    def start(self) -> Node | None:
        """Take the next node; None while nothing may start."""
        if not self._ready:
            return None
        _, name = heapq.heappop(self._ready)
        self._running.add(name)
        return self._nodes[name]

    def finish(self, name: str, *, succeeded: bool) -> tuple[Skipped, ...]:
        """Say how a started node ended; returns the nodes that now will never start, by name.

        Raises:
            ValueError: the node is not running.
        """
        if name not in self._running:
            message = f"{name!r} is not running"
            raise ValueError(message)
        self._running.remove(name)
        if not succeeded:
            return self._skip_dependents(name)
        for dependent in self._dependents[name]:
            self._open_needs[dependent] -= 1
            if not self._open_needs[dependent] and dependent in self._waiting:
                self._waiting.remove(dependent)
                heapq.heappush(self._ready, (self._order[dependent], dependent))
        return ()

    def stop(self, reason: str) -> tuple[Skipped, ...]:
        """Start nothing more; returns what was left, by name. Running nodes still finish."""
        left = sorted({*self._waiting, *(name for _, name in self._ready)})
        self._waiting.clear()
        self._ready.clear()
        return tuple(Skipped(name, reason) for name in left)

    def _skip_dependents(self, failed: str) -> tuple[Skipped, ...]:
        skipped = []
        following = [failed]
        while following:
            for dependent in self._dependents[following.pop()]:
                if dependent in self._waiting:
                    self._waiting.remove(dependent)
                    skipped.append(Skipped(dependent, f"needs `{failed}`, which did not pass"))
                    following.append(dependent)
        return tuple(sorted(skipped, key=lambda node: node.name))


def _by_name(nodes: Iterable[Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in nodes:
        if node.name in found:
            message = f"two nodes are called {node.name!r}"
            raise ValueError(message)
        found[node.name] = node
    return found


def _priorities(
    nodes: Mapping[str, Node], dependents: Mapping[str, Sequence[str]]
) -> dict[str, tuple[float, float]]:
    """A sort key per node, smallest first: the chain it heads, then its own duration."""
    chains: dict[str, float] = {}
    open_dependents = {name: len(following) for name, following in dependents.items()}
    stack = [name for name, count in open_dependents.items() if not count]
    while stack:
        name = stack.pop()
        longest = max((chains[following] for following in dependents[name]), default=0.0)
        chains[name] = _duration(nodes[name]) + longest
        for need in set(nodes[name].needs):
            open_dependents[need] -= 1
            if not open_dependents[need]:
                stack.append(need)
    if len(chains) < len(nodes):
        message = f"needs form a cycle: {sorted(nodes.keys() - chains.keys())}"
        raise ValueError(message)
    return {name: (-chains[name], -_duration(node)) for name, node in nodes.items()}


def _duration(node: Node) -> float:
    return math.inf if node.duration_seconds is None else node.duration_seconds
