"""Installed distributions and the modules each provides, as their own metadata says."""

from collections.abc import Iterable, Mapping

import msgspec


class Need(msgspec.Struct, frozen=True):
    """One distribution that another one needs."""

    name: str
    """PEP 503-normalised."""
    specifier: str = ""
    extras: tuple[str, ...] = ()


class Distribution(msgspec.Struct, frozen=True):
    """One installed distribution."""

    name: str
    """PEP 503-normalised."""
    version: str = ""
    modules: frozenset[str] = frozenset()
    """Dotted names of its modules and regular packages."""
    namespaces: frozenset[str] = frozenset()
    """Dotted names of folders with modules somewhere below and no `__init__` of their own."""
    needs: tuple[Need, ...] = ()
    """What it needs always."""
    optional: Mapping[str, tuple[Need, ...]] = {}
    """What each of its extras adds, by normalised name."""
    scripts: frozenset[str] = frozenset()
    """The commands it installs."""
    is_plugin: bool = False
    """Whether it has entry points that others find it by, besides commands."""

    def brought_by(self, extras: Iterable[str]) -> frozenset[str]:
        """The names of what some of its extras add."""
        return frozenset(need.name for each in extras for need in self.optional.get(each, ()))

    @property
    def is_meta(self) -> bool:
        """Whether it has no modules itself: whoever asks for it asks for what it needs."""
        return not self.modules and not self.namespaces and bool(self.needs)

    @property
    def tops(self) -> frozenset[str]:
        """The first parts of its modules' names."""
        return frozenset(each.partition(".")[0] for each in (*self.modules, *self.namespaces))


class Distributions:
    """What is installed together, by the modules that can be imported from it."""

    def __init__(self, distributions: Iterable[Distribution]) -> None:
        self.by_name = {each.name: each for each in distributions}
        self._modules: dict[str, list[str]] = {}
        self._namespaces: dict[str, list[str]] = {}
        for name, each in sorted(self.by_name.items()):
            for module in each.modules:
                self._modules.setdefault(module, []).append(name)
            for namespace in each.namespaces:
                self._namespaces.setdefault(namespace, []).append(name)

    def providers(self, dotted: str) -> tuple[str, ...]:
        """The distributions that the longest known beginning of a name comes from, sorted.

        A namespace counts only where it is itself what is asked for: that one portion of it is
        installed says nothing of the others.
        """
        if dotted in self._namespaces and dotted not in self._modules:
            return tuple(self._namespaces[dotted])
        prefix = dotted
        while prefix:
            if prefix in self._modules:
                return tuple(self._modules[prefix])
            prefix = prefix.rpartition(".")[0]
        return ()

    def closure(self, asked: Iterable[Need]) -> dict[str, list[str]]:
        """All that is installed for some needs, each with the specifiers others than those ask."""
        found: dict[str, list[str]] = {}
        waiting = [(need, False) for need in asked]
        known: set[tuple[str, tuple[str, ...]]] = set()
        while waiting:
            need, counts = waiting.pop()
            specifiers = found.setdefault(need.name, [])
            if counts:
                specifiers.append(need.specifier)
            one = self.by_name.get(need.name)
            if one is None or (need.name, need.extras) in known:
                continue
            known.add((need.name, need.extras))
            more = [each for extra in need.extras for each in one.optional.get(extra, ())]
            waiting += [(each, True) for each in (*one.needs, *more)]
        return found

    def is_namespace(self, dotted: str) -> bool:
        """Whether a name is that of a namespace and of nothing else."""
        return dotted in self._namespaces and dotted not in self._modules


NONE_INSTALLED = Distributions(())
