"""Installed distributions and the modules each provides, as their own metadata says."""

from collections.abc import Iterable, Mapping

import msgspec


class Distribution(msgspec.Struct, frozen=True):
    """One installed distribution."""

    name: str
    """PEP 503-normalised."""
    version: str = ""
    modules: frozenset[str] = frozenset()
    """Dotted names of its modules and regular packages."""
    namespaces: frozenset[str] = frozenset()
    """Dotted names of folders with modules somewhere below and no `__init__` of their own."""
    requires: frozenset[str] = frozenset()
    """Normalised names of what it needs always."""
    optional: Mapping[str, frozenset[str]] = {}
    """Normalised names of what each of its extras adds."""
    scripts: frozenset[str] = frozenset()
    """The commands it installs."""
    is_plugin: bool = False
    """Whether it has entry points that others find it by, besides commands."""

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

    def is_namespace(self, dotted: str) -> bool:
        """Whether a name is that of a namespace and of nothing else."""
        return dotted in self._namespaces and dotted not in self._modules


NONE_INSTALLED = Distributions(())
