"""What one folder's packaging files declare, merged with the precedence the real tools have."""

import posixpath
from collections.abc import Collection

import msgspec

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.dialects.dynamic import SETUP_FIELDS, Backend, fill_dynamic
from oneroof.workspace.dialects.flit import read_flit
from oneroof.workspace.dialects.groups import read_groups
from oneroof.workspace.dialects.hatch import read_environments, read_hatch
from oneroof.workspace.dialects.names import read_setup_files
from oneroof.workspace.dialects.pdm import PdmTable, apply_bound_sources, read_pdm
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.poetry import BACKEND as POETRY
from oneroof.workspace.dialects.poetry import PoetryTable, enrich, merge_poetry, read_poetry
from oneroof.workspace.dialects.project import (
    SETUPTOOLS,
    read_build_backend,
    read_build_requirements,
    read_project,
)
from oneroof.workspace.dialects.requirements import read_requirements_files
from oneroof.workspace.dialects.toml import Document, Table, read_document
from oneroof.workspace.dialects.uv import UvTable, apply_sources, read_uv
from oneroof.workspace.model import MAIN, Group, Kind, Metadata, Requirement, Source, group
from oneroof.workspace.tree import Tree

__all__ = ["Document", "inherit_uv_workspace", "read_document", "read_metadata"]

_POETRY_BACKENDS = ("poetry", "poetry_dynamic_versioning")


class _Pyproject(msgspec.Struct, frozen=True):
    """One parsed pyproject.toml and what stands beside it."""

    tree: Tree
    folder: RelPath
    document: Table
    backend: str | None
    uv: UvTable
    pdm: PdmTable
    hatch: Table
    setup: Metadata | None

    @property
    def tools(self) -> Table:
        return self.document.table("tool")

    @property
    def backend_segment(self) -> str:
        """The first segment of the build backend's name."""
        return (self.backend or SETUPTOOLS).partition(":")[0].partition(".")[0]


def read_metadata(
    tree: Tree, folder: RelPath, nested: frozenset[RelPath] = frozenset()
) -> Metadata | None:
    """What the packaging files of a folder declare; None where it holds none.

    A pyproject.toml that only configures tools declares nothing. `nested` are the folders of
    other projects inside this one.
    """
    path = paths.join(folder, "pyproject.toml")
    values, problems = read_document(tree, path)
    document = Table(path, values or {}, list(problems), "")
    pyproject = _Pyproject(
        tree,
        folder,
        document,
        read_build_backend(document),
        read_uv(document),
        read_pdm(document, tree),
        read_hatch(document, tree),
        _read_setup(tree, folder),
    )
    metadata = _declared(pyproject)
    if metadata is not None:
        metadata = _with_groups(metadata, pyproject)
        metadata = _with_sources(metadata, pyproject)
    metadata = _with_requirements_files(metadata, pyproject)
    if metadata is None:
        if not problems:
            return None
        return Metadata(manifests=(path,), problems=problems)
    metadata = _with_layout(metadata, pyproject, nested)
    return msgspec.structs.replace(
        metadata,
        dialects=_dialects(metadata, pyproject),
        requirements=tuple(sorted(metadata.requirements, key=_rank)),
        problems=tuple(dict.fromkeys((*document.problems, *metadata.problems))),
    )


def inherit_uv_workspace(
    metadata: Metadata, folder: RelPath, root: RelPath, tree: Tree
) -> Metadata:
    """A member of a uv workspace with the sources and indexes that the workspace's root gives.

    What the member gives itself counts; uv reads indexes from the root alone.
    """
    path = paths.join(root, "pyproject.toml")
    values, _ = read_document(tree, path)
    if values is None or root == folder:
        return metadata
    shared = read_uv(Table(path, values, [], ""))
    sources = {
        name: tuple(
            msgspec.structs.replace(each, source=_seen_from(each.source, root, folder))
            for each in listed
        )
        for name, listed in shared.sources.items()
    }
    urls = {index.name: index.url for index in shared.indexes if index.name}
    return msgspec.structs.replace(
        metadata,
        requirements=tuple(
            _with_index_url(each, urls) for each in apply_sources(metadata.requirements, sources)
        ),
        indexes=tuple(dict.fromkeys((*metadata.indexes, *shared.indexes))),
        conflicts=(
            *metadata.conflicts,
            *shared.conflicts_of(normalise_name(metadata.name or ""), by_name_only=True),
        ),
    )


def _read_setup(tree: Tree, folder: RelPath) -> Metadata | None:
    """setup.py and setup.cfg as one; what setup.py gives counts before setup.cfg's."""
    found = read_setup_files(tree, folder)
    if len(found) <= 1:
        return found[0] if found else None
    script, config = found
    kinds = {each.kind for each in script.requirements}
    points = {each.group for each in script.entry_points}
    return Metadata(
        manifests=(*script.manifests, *config.manifests),
        dialects=("setup.cfg", "setup.py"),
        name=script.name or config.name,
        version=script.version or config.version,
        requires_python=script.requires_python or config.requires_python,
        build_backend=SETUPTOOLS,
        requirements=(
            *script.requirements,
            *(each for each in config.requirements if each.kind not in kinds),
        ),
        extras=tuple(dict.fromkeys((*script.extras, *config.extras))),
        entry_points=(
            *script.entry_points,
            *(each for each in config.entry_points if each.group not in points),
        ),
        import_packages=script.import_packages or config.import_packages,
        has_extension_modules=script.has_extension_modules or config.has_extension_modules,
        is_complete=script.is_complete and config.is_complete,
        problems=(*script.problems, *config.problems),
    )


def _declared(pyproject: _Pyproject) -> Metadata | None:
    """The leading declaration, with its dynamic fields and build backend."""
    document, tree, setup = pyproject.document, pyproject.tree, pyproject.setup
    in_poetry = "poetry" in pyproject.tools and _is_poetrys(pyproject)
    poetry = read_poetry(document, tree) if in_poetry else None
    if "project" in document:
        project = read_project(document, tree)
        by_setuptools = pyproject.backend_segment == "setuptools"
        used = setup if by_setuptools else None
        backend = Backend(pyproject.backend_segment, document, pyproject.hatch, used, tree)
        metadata = fill_dynamic(project, backend)
        if poetry is not None:
            metadata = merge_poetry(metadata, poetry, project.declared)
        if used is not None:
            from_setup = not project.dynamic.isdisjoint(SETUP_FIELDS)
            metadata = msgspec.structs.replace(
                metadata,
                has_extension_modules=used.has_extension_modules,
                import_packages=used.import_packages,
                problems=used.problems if from_setup else (),
            )
    elif poetry is not None:
        metadata = poetry.metadata
    elif (flit := read_flit(document, tree)) is not None:
        metadata = flit
    elif setup is not None:
        metadata = setup
    elif "dependency-groups" in document or pyproject.uv.dev_requirements or pyproject.pdm.groups:
        metadata = Metadata(manifests=(document.path,))
    else:
        return None
    manifests = (document.path,) if document else ()
    return msgspec.structs.replace(
        metadata,
        manifests=tuple(dict.fromkeys((*manifests, *metadata.manifests))),
        build_backend=_build_backend(pyproject, poetry, metadata),
    )


def _is_poetrys(pyproject: _Pyproject) -> bool:
    """Whether `[tool.poetry]` counts: not where another build backend leads and has its say."""
    if pyproject.backend is None or pyproject.backend_segment in _POETRY_BACKENDS:
        return True
    if "project" in pyproject.document:
        return paths.join(pyproject.folder, "poetry.lock") in pyproject.tree
    return pyproject.setup is None or pyproject.backend_segment != "setuptools"


def _build_backend(
    pyproject: _Pyproject, poetry: PoetryTable | None, metadata: Metadata
) -> str | None:
    """The build backend; None where the project's tool never builds it."""
    unbuilt = pyproject.uv.package is False or not pyproject.pdm.packaged
    if unbuilt or (poetry is not None and not poetry.packaged):
        return None
    if pyproject.backend is not None:
        return pyproject.backend if metadata.name or pyproject.setup else None
    if poetry is not None:
        return POETRY
    if "flit" in metadata.dialects:
        return "flit_core.buildapi"
    if pyproject.setup is not None or pyproject.uv.package:
        return SETUPTOOLS
    # uv takes a project without [build-system] for one that is only run, never built.
    return SETUPTOOLS if "project" in pyproject.document and not _is_uvs(pyproject) else None


def _is_uvs(pyproject: _Pyproject) -> bool:
    if "uv" in pyproject.tools:
        return True
    folders = (pyproject.folder, *paths.ancestors(pyproject.folder))
    return any(paths.join(folder, "uv.lock") in pyproject.tree for folder in folders)


def _with_groups(metadata: Metadata, pyproject: _Pyproject) -> Metadata:
    """Add the groups of every dialect; of one name, the standard's requirements count."""
    document, uv, pdm = pyproject.document, pyproject.uv, pyproject.pdm
    names, standard = read_groups(document)
    environments, from_environments = read_environments(pyproject.hatch, metadata.name)
    # Of a group that [tool.poetry] declares as well, only the sources are taken from there.
    given = {each.kind for each in standard}
    own = [each for each in metadata.requirements if each.kind not in given]
    sources: dict[Kind, dict[str, tuple[Source, ...]]] = {}
    for each in metadata.requirements:
        if each.kind in given and each.sources:
            sources.setdefault(each.kind, {})[each.name] = each.sources
    legacy = ["dev"] if uv.dev_requirements else []
    defaults = _default_groups(metadata, pyproject, names)
    groups = {each.name: each for each in (*metadata.groups, *environments)}
    for name in (*names, *legacy, *pdm.groups):
        is_default = defaults is None or name in defaults
        groups[name] = Group(name, default=is_default)
    return msgspec.structs.replace(
        metadata,
        groups=tuple(groups.values()),
        requirements=(
            *own,
            *(enrich(standard, sources) if sources else standard),
            *uv.dev_requirements,
            *pdm.requirements,
            *from_environments,
            *read_build_requirements(document),
        ),
        manifests=tuple(dict.fromkeys((*metadata.manifests, pyproject.hatch.path)))
        if pyproject.hatch.key == ""
        else metadata.manifests,
    )


def _default_groups(
    metadata: Metadata, pyproject: _Pyproject, declared: tuple[str, ...]
) -> frozenset[str] | None:
    """The standard groups that the project's tool installs unasked; None for all.

    Poetry installs all but the optional ones and PDM all, uv (and whoever says nothing) `dev`.
    """
    chosen = pyproject.uv.default_groups
    if chosen is not None:
        return None if "*" in chosen else frozenset(chosen)
    if "poetry" in metadata.dialects:
        optional = {each.name for each in metadata.groups if not each.default}
        return frozenset(declared) - optional
    return None if "pdm" in pyproject.tools else frozenset({"dev"})


def _with_sources(metadata: Metadata, pyproject: _Pyproject) -> Metadata:
    uv, pdm = pyproject.uv, pyproject.pdm
    conflicts = uv.conflicts_of(normalise_name(metadata.name or ""), by_name_only=False)
    if conflicts:
        metadata = msgspec.structs.replace(metadata, conflicts=conflicts)
    if not (uv.sources or uv.indexes or pdm.indexes):
        return metadata
    requirements = apply_sources(metadata.requirements, uv.sources)
    requirements = apply_bound_sources(requirements, pdm.bound)
    return msgspec.structs.replace(
        metadata,
        requirements=tuple(requirements),
        indexes=(*metadata.indexes, *uv.indexes, *pdm.indexes),
    )


def _with_requirements_files(metadata: Metadata | None, pyproject: _Pyproject) -> Metadata | None:
    """Add what the folder's requirements files declare.

    The main one counts only where nothing else says what the project needs. Beside setup.py or
    setup.cfg alone it is what developers install: what it adds is a group of their own.
    """
    project = pyproject.document.table("project")
    dynamic = project.values.get("dynamic")
    told = (
        "dependencies" in project
        or (isinstance(dynamic, list) and "dependencies" in dynamic)
        or (metadata is not None and any(each.kind == MAIN for each in metadata.requirements))
    )
    by_setup = metadata is not None and not {*metadata.dialects} - {"setup.cfg", "setup.py"}
    found = read_requirements_files(
        pyproject.tree,
        pyproject.folder,
        with_main=not told or by_setup,
        with_compiled=not told,
    )
    if found is None:
        return metadata
    if metadata is None:
        return found
    if told and by_setup:
        found = _for_developers(found, {each.name for each in metadata.requirements})
    known = {(each.declared_in, each.key) for each in metadata.requirements}
    names = {each.name for each in metadata.groups}
    return msgspec.structs.replace(
        metadata,
        manifests=tuple(dict.fromkeys((*metadata.manifests, *found.manifests))),
        dialects=(*metadata.dialects, *found.dialects),
        requirements=(
            *metadata.requirements,
            *(each for each in found.requirements if (each.declared_in, each.key) not in known),
        ),
        groups=(*metadata.groups, *(each for each in found.groups if each.name not in names)),
        indexes=tuple(dict.fromkeys((*metadata.indexes, *found.indexes))),
        problems=(*metadata.problems, *found.problems),
    )


def _for_developers(files: Metadata, known: Collection[str]) -> Metadata:
    """Requirements files with a group in place of what their main one adds to known names."""
    name = "requirements"
    requirements = [
        msgspec.structs.replace(each, kind=group(name)) if each.kind == MAIN else each
        for each in files.requirements
        if each.kind != MAIN or each.name not in known
    ]
    if all(each.kind != group(name) for each in requirements):
        return msgspec.structs.replace(files, requirements=tuple(requirements))
    groups = (Group(name, default=True), *files.groups)
    return msgspec.structs.replace(files, requirements=tuple(requirements), groups=groups)


def _with_layout(metadata: Metadata, pyproject: _Pyproject, nested: frozenset[RelPath]) -> Metadata:
    """Add the import packages, unless setup.py or setup.cfg named them."""
    from oneroof.workspace.layout import compiles, find_import_packages

    document = pyproject.document.values
    if compiles(document, metadata.build_backend):
        metadata = msgspec.structs.replace(metadata, has_extension_modules=True)
    if metadata.import_packages:
        return metadata
    packages, problems = find_import_packages(
        pyproject.tree, pyproject.folder, document, metadata, nested
    )
    if not packages and not problems:
        return metadata
    return msgspec.structs.replace(
        metadata, import_packages=packages, problems=(*metadata.problems, *problems)
    )


def _dialects(metadata: Metadata, pyproject: _Pyproject) -> tuple[str, ...]:
    tools = {name for name in ("flit", "hatch", "pdm", "uv") if name in pyproject.tools}
    backends = {"flit_core": "flit", "hatchling": "hatch", "pdm": "pdm", "uv_build": "uv"}
    segment = pyproject.backend_segment
    tools |= {backends[segment]} if segment in backends else set()
    tools |= {"hatch"} if pyproject.hatch.key == "" else set()
    return tuple(sorted(tools | set(metadata.dialects)))


def _rank(requirement: Requirement) -> int:
    """The place of a kind among the requirements, which else keep the order of their files."""
    order = ("main", "extra", "group", "build")
    return order.index(requirement.kind.partition(":")[0])


def _seen_from(source: Source, root: RelPath, folder: RelPath) -> Source:
    """A source of the root's manifest as the manifest of `folder` would write it."""
    if source.kind != "path" or source.location.startswith("/"):
        return source
    target = posixpath.join(root, source.location)
    return msgspec.structs.replace(source, location=posixpath.relpath(target, folder))


def _with_index_url(requirement: Requirement, urls: dict[str, str]) -> Requirement:
    """A requirement whose index is only named, with the URL that the root gives the name."""
    if not any(each.kind == "index" and each.location in urls for each in requirement.sources):
        return requirement
    return msgspec.structs.replace(
        requirement,
        sources=tuple(
            msgspec.structs.replace(each, location=urls[each.location])
            if each.location in urls
            else each
            for each in requirement.sources
        ),
    )
