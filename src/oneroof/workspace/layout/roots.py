"""Where the code of import packages must stand on `sys.path` to be imported in place."""

from collections.abc import Iterable

from oneroof.paths import RelPath
from oneroof.workspace.model import ImportPackage


def source_roots(packages: Iterable[ImportPackage]) -> tuple[RelPath, ...]:
    """The folders to put on `sys.path` for an editable install; sorted, each once."""
    return tuple(sorted({root for package in packages if (root := package.root) is not None}))


def not_importable_from_roots(packages: Iterable[ImportPackage]) -> tuple[ImportPackage, ...]:
    """The import packages whose folder is named otherwise: only a built wheel has them."""
    return tuple(package for package in packages if package.root is None)
