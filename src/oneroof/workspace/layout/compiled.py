"""Backends that compile: scikit-build-core's packages, and what Meson installs."""

from collections.abc import Iterator

from oneroof import paths
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.layout.poetry import module_name
from oneroof.workspace.layout.portions import find_portions
from oneroof.workspace.layout.site import Site
from oneroof.workspace.layout.unbuilt import find as find_as_lying
from oneroof.workspace.model import ImportPackage

_PACKAGES = "tool.scikit-build.wheel.packages"


def find_scikit_build(site: Site) -> Iterator[ImportPackage]:
    """`tool.scikit-build.wheel.packages`: folders, or a table of import names to folders.

    See https://scikit-build-core.readthedocs.io/en/latest/configuration/index.html.
    """
    table = site.table("tool", "scikit-build", "wheel")
    packages = table.get("packages")
    if isinstance(packages, dict):
        chosen = {str(name): str(written) for name, written in packages.items()}
    elif packages is not None:
        written_paths = site.strings(table, "packages", "tool.scikit-build.wheel")
        chosen = {written.strip("/").rpartition("/")[2]: written for written in written_paths}
    else:
        name = module_name(site.metadata.name or "")
        places = (f"src/{name}", f"python/{name}", name)
        found = [
            place
            for place in places
            if real_folder(site.tree, paths.join(site.folder, place)) is not None
        ]
        chosen = {name: found[0]} if found else {}
    for name, written in chosen.items():
        path = site.resolve(written, _PACKAGES)
        folder = real_folder(site.tree, path) if path is not None else None
        if folder is not None:
            yield from find_portions(site, folder, name.replace("/", "."))
        elif path is not None:
            site.report_missing(written, _PACKAGES)


def find_meson(site: Site) -> Iterator[ImportPackage]:
    """The packages as they lie: what Meson installs is decided by a program."""
    site.report(
        "build-system.build-backend",
        "what `meson.build` installs is not static; the packages in the folder are taken",
    )
    return find_as_lying(site)
