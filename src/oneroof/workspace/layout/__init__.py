"""Which import packages a project has: what its build backend would put into its wheel."""

from oneroof.workspace.layout.backends import compiles, find_import_packages
from oneroof.workspace.layout.roots import not_importable_from_roots, source_roots

__all__ = ["compiles", "find_import_packages", "not_importable_from_roots", "source_roots"]
