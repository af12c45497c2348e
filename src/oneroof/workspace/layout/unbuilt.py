"""Projects that nothing builds: what scripts in their folder can import."""

from collections.abc import Iterator

from oneroof import paths
from oneroof.workspace.layout.portions import portions_in
from oneroof.workspace.layout.site import Site
from oneroof.workspace.model import ImportPackage

_SOURCE = "src"
_NO_CODE = frozenset(
    {"build", "dist", "doc", "docs", "env", "example", "examples", "node_modules"}
    | {"test", "tests", "venv"}
)
_NO_MODULES = frozenset({"conftest", "fabfile", "noxfile", "setup", "toxfile"})


def find(site: Site) -> Iterator[ImportPackage]:
    """Top-level packages, portions and modules beside the project's files, and in `src`."""
    listing = site.tree.folder(site.folder)
    skip = {paths.join(site.folder, name) for name in listing.folders if name in _NO_CODE}
    source = paths.join(site.folder, _SOURCE)
    if _SOURCE in listing.folders and "__init__.py" not in site.tree.folder(source).files:
        skip.add(source)
        yield from portions_in(site, source)
    for package in portions_in(site, site.folder, skip=skip):
        if package.name not in _NO_MODULES and not package.name.startswith("test_"):
            yield package
