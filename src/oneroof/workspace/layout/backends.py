"""From a project's build backend to the rules that say what it ships."""

from collections.abc import Callable, Iterator, Mapping

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.layout import compiled, hatch, named, pdm, poetry, setuptools, unbuilt
from oneroof.workspace.layout.portions import merged
from oneroof.workspace.layout.site import Site, table
from oneroof.workspace.model import ImportPackage, Metadata
from oneroof.workspace.tree import Tree

Find = Callable[[Site], Iterator[ImportPackage]]

_SETUPTOOLS = ("setuptools", "pbr", "jupyter_packaging", "skbuild")
# By the first segment of `build-backend`, or the name of what `build-system.requires` asks for.
_FINDERS: Mapping[str, Find] = {
    **dict.fromkeys(_SETUPTOOLS, setuptools.find),
    "poetry": poetry.find,
    "poetry-core": poetry.find,
    "poetry_dynamic_versioning": poetry.find,
    "hatchling": hatch.find,
    "pdm": pdm.find,
    "pdm-backend": pdm.find,
    "pdm-pep517": pdm.find,
    "flit_core": named.find_flit,
    "flit": named.find_flit,
    "flit-core": named.find_flit,
    "flit_scm": named.find_flit,
    "uv_build": named.find_uv,
    "uv": named.find_uv,
    "uv-build": named.find_uv,
    "maturin": named.find_maturin,
    "scikit_build_core": compiled.find_scikit_build,
    "scikit-build-core": compiled.find_scikit_build,
    "mesonpy": compiled.find_meson,
    "meson-python": compiled.find_meson,
}
_COMPILERS = frozenset(
    {"maturin", "mesonpy", "py_build_cmake", "scikit_build_core", "sipbuild", "skbuild"}
)
_COMPILING_HOOKS = frozenset({"cython", "scikit-build", "hatch-cpp", "hatch-rs", "zig"})


def find_import_packages(
    tree: Tree,
    folder: RelPath,
    document: Mapping[str, object],
    metadata: Metadata,
    nested: frozenset[RelPath] = frozenset(),
) -> tuple[tuple[ImportPackage, ...], tuple[Problem, ...]]:
    """What the project's build backend would ship, sorted by name, and what is wrong with it.

    `document` is the parsed `pyproject.toml`, empty where there is none; `nested` are the
    folders of other projects inside this one, below which nothing belongs to it. A project
    without build backend has what lies in its folder.

    Top-level packages are named, and inside namespaces (PEP 420) the first regular package or
    folder with modules. A package reached through a symbolic link has the link's name and the
    path of what it leads to.
    """
    site = Site(tree, folder, document, metadata, nested)
    find = finder(site)
    packages = merged(package for package in find(site) if site.owns(package.path))
    return packages, tuple(dict.fromkeys(site.problems))


def compiles(document: Mapping[str, object], build_backend: str | None) -> bool:
    """Whether building the project compiles something, as far as `pyproject.toml` says.

    For setuptools, `Metadata.has_extension_modules` adds what `setup.py` says.
    """
    if build_backend is None:
        return False
    backend = _first_segment(build_backend)
    asks = _COMPILES.get(_SETUPTOOLS[0] if backend in _SETUPTOOLS else backend)
    return backend in _COMPILERS or (asks is not None and asks(document))


def _setuptools_compiles(document: Mapping[str, object]) -> bool:
    rust = table(document, "tool", "setuptools-rust")
    extensions = table(document, "tool", "setuptools").get("ext-modules")
    return bool(extensions or rust.get("ext-modules") or rust.get("bins"))


def _poetry_compiles(document: Mapping[str, object]) -> bool:
    return "build" in table(document, "tool", "poetry")


def _pdm_compiles(document: Mapping[str, object]) -> bool:
    return table(document, "tool", "pdm", "build").get("run-setuptools") is True


def _hatch_compiles(document: Mapping[str, object]) -> bool:
    """Only hooks known to compile: a custom one mostly writes a file or two."""
    hooks = {
        *table(document, "tool", "hatch", "build", "hooks"),
        *table(document, "tool", "hatch", "build", "targets", "wheel", "hooks"),
    }
    return not hooks.isdisjoint(_COMPILING_HOOKS)


_COMPILES: Mapping[str, Callable[[Mapping[str, object]], bool]] = {
    "setuptools": _setuptools_compiles,
    "poetry": _poetry_compiles,
    "pdm": _pdm_compiles,
    "hatchling": _hatch_compiles,
}


def finder(site: Site) -> Find:
    """The rules of the backend that builds a project."""
    backend = site.metadata.build_backend
    if backend is None:
        return unbuilt.find
    found = _FINDERS.get(_first_segment(backend))
    if found is not None:
        return found
    # A backend that lies in the project wraps one of those it requires.
    for name in _required_for_build(site):
        if name in _FINDERS:
            return _FINDERS[name]
    site.report(
        "build-system.build-backend",
        f"what `{backend}` ships is not known; the packages in the folder are taken",
    )
    return unbuilt.find


def _required_for_build(site: Site) -> Iterator[str]:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    for line in site.strings(site.table("build-system"), "requires", "build-system"):
        try:
            yield canonicalize_name(Requirement(line).name)
        except InvalidRequirement:
            continue


def _first_segment(build_backend: str) -> str:
    return build_backend.partition(":")[0].partition(".")[0]
