"""What a backend's rules are applied to: one project's folder, its manifest and the tree."""

from collections.abc import Mapping, Sequence

import msgspec

from oneroof import paths
from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.model import Metadata
from oneroof.workspace.similar import hint_similar
from oneroof.workspace.tree import Tree


class Site(msgspec.Struct, frozen=True):
    """One project as its build backend sees it; problems are collected while it is read."""

    tree: Tree
    folder: RelPath
    document: Mapping[str, object]
    """The parsed `pyproject.toml`; empty where there is none."""
    metadata: Metadata
    nested: frozenset[RelPath] = frozenset()
    """Folders of other projects inside this one."""
    problems: list[Problem] = msgspec.field(default_factory=list)

    @property
    def manifest(self) -> RelPath:
        """The file to name in messages: `pyproject.toml`, or what stands for it."""
        path = paths.join(self.folder, "pyproject.toml")
        known = self.metadata.manifests
        return known[0] if known and path not in self.tree else path

    def report(
        self, key: str, message: str, *, hint: str = "", path: RelPath | None = None
    ) -> None:
        """Collect a problem that leaves the project usable."""
        self.problems.append(
            Problem(path=path or self.manifest, key=key, message=message, hint=hint)
        )

    def table(self, *keys: str) -> Mapping[str, object]:
        """The table at a dotted key of the manifest; empty where it is missing or no table."""
        return table(self.document, *keys)

    def strings(self, values: Mapping[str, object], key: str, prefix: str) -> tuple[str, ...]:
        """A list of strings in a table of the manifest; what is none is reported."""
        value = values.get(key, ())
        if not isinstance(value, list | tuple):
            self.report(f"{prefix}.{key}", f"must be a list of strings, found `{value}`")
            return ()
        found: list[str] = []
        for index, item in enumerate(value):
            if isinstance(item, str):
                found.append(item)
            else:
                self.report(f"{prefix}.{key}[{index}]", f"must be a string, found `{item}`")
        return tuple(found)

    def resolve(self, text: str, key: str) -> RelPath | None:
        """A path as the manifest writes it; one that leaves the workspace is reported."""
        path = paths.normalise(self.folder, text)
        if path is None:
            self.report(key, f"`{text}` leaves the workspace")
        return path

    def report_missing(self, text: str, key: str, *, path: RelPath | None = None) -> None:
        """Collect that what the configuration names is not in the tree."""
        self.report(
            key,
            f"`{text}` does not exist",
            hint=hint_similar(self.tree, self.folder, text, "create it or correct the name"),
            path=path,
        )

    def owns(self, path: RelPath) -> bool:
        """Whether no nested project lies between the project's folder and `path`."""
        if not self.nested:
            return True
        while path not in {self.folder, paths.ROOT}:
            if path in self.nested:
                return False
            path = paths.parent(path)
        return True


def table(document: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """The table at a dotted key; empty where it is missing or no table."""
    value: object = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(values: Mapping[str, object], key: str) -> str | None:
    """A string in a table; None where it is missing or something else."""
    value = values.get(key)
    return value if isinstance(value, str) else None


def entries(value: object) -> Sequence[object]:
    """A list as it is; nothing for anything else."""
    return value if isinstance(value, list | tuple) else ()
