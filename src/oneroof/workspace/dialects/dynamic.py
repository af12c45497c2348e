"""The `dynamic` fields of `[project]`, as far as what the build backend fills in can be read."""

import msgspec

from oneroof import paths
from oneroof.workspace.dialects.flit import find_flit_version
from oneroof.workspace.dialects.hatch import find_hatch_version, read_hooks, requirements_files
from oneroof.workspace.dialects.pdm import find_pdm_version
from oneroof.workspace.dialects.pep508 import parse_version
from oneroof.workspace.dialects.project import ProjectTable
from oneroof.workspace.dialects.requirements import read_requirements_file
from oneroof.workspace.dialects.setuptools_dynamic import (
    find_setuptools_version,
    read_dynamic_requirements,
    read_plugin_requirements,
)
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import MAIN, Metadata, extra
from oneroof.workspace.similar import hint_similar
from oneroof.workspace.tree import Tree

SETUP_FIELDS = frozenset(
    {"version", "dependencies", "optional-dependencies", "requires-python", "scripts"}
    | {"gui-scripts", "entry-points"}
)
"""What setup.py and setup.cfg may fill in."""


class Backend(msgspec.Struct, frozen=True):
    """All that a build backend can take dynamic fields from."""

    name: str
    """The first segment of `build-system.build-backend`; `setuptools` where there is none."""
    document: Table
    hatch: Table
    setup: Metadata | None
    tree: Tree


def fill_dynamic(project: ProjectTable, backend: Backend) -> Metadata:
    """`[project]` with its dynamic fields filled in.

    A version from a version control system stays None; Poetry's fields are merged elsewhere.
    """
    metadata = project.metadata
    dynamic = project.dynamic
    if "version" in dynamic:
        version = _find_version(backend, metadata.name)
        metadata = msgspec.structs.replace(
            metadata, version=version and (parse_version(version) or version)
        )
    setup = backend.setup
    if setup is not None:
        if "requires-python" in dynamic:
            metadata = msgspec.structs.replace(metadata, requires_python=setup.requires_python)
        if not dynamic.isdisjoint({"scripts", "gui-scripts", "entry-points"}):
            known = {(each.group, each.name) for each in metadata.entry_points}
            more = (each for each in setup.entry_points if (each.group, each.name) not in known)
            metadata = msgspec.structs.replace(
                metadata, entry_points=(*metadata.entry_points, *more)
            )
    if dynamic.isdisjoint({"dependencies", "optional-dependencies"}):
        return metadata
    return _with_requirements(metadata, project, backend)


def _find_version(backend: Backend, name: str | None) -> str | None:
    document, tree = backend.document, backend.tree
    match backend.name:
        case "hatchling":
            return find_hatch_version(backend.hatch, tree)
        case "flit_core" | "flit":
            return find_flit_version(document, tree, name)
        case "pdm":
            return find_pdm_version(document, tree)
        case "setuptools":
            found = find_setuptools_version(document, tree)
            return found or (backend.setup.version if backend.setup else None)
        case _:
            return None


def _with_requirements(metadata: Metadata, project: ProjectTable, backend: Backend) -> Metadata:
    part = _find_requirements(backend)
    wanted_main = "dependencies" in project.dynamic
    wanted_extras = "optional-dependencies" in project.dynamic
    if part is None:
        if backend.name not in {"poetry", "poetry_dynamic_versioning"}:
            _note_unknown(project, backend)
            metadata = msgspec.structs.replace(metadata, is_complete=False)
        return metadata
    more = tuple(
        each
        for each in part.requirements
        if (wanted_main if each.kind == MAIN else wanted_extras and each.kind.startswith("extra:"))
    )
    backend.document.problems.extend(part.problems)
    return msgspec.structs.replace(
        metadata,
        requirements=(*metadata.requirements, *more),
        extras=tuple(dict.fromkeys((*metadata.extras, *(part.extras if wanted_extras else ())))),
        manifests=tuple(dict.fromkeys((*metadata.manifests, *part.manifests))),
        indexes=(*metadata.indexes, *part.indexes),
        is_complete=part.is_complete,
    )


def _note_unknown(project: ProjectTable, backend: Backend) -> None:
    for field in ("dependencies", "optional-dependencies"):
        if field in project.dynamic:
            message = f"`{field}` are known only to the build backend and are not read"
            hint = f"list them under `project.{field}`"
            backend.document.note_at("project.dynamic", message, hint=hint)


def _find_requirements(backend: Backend) -> Metadata | None:
    """The dynamic dependencies and extras; None where they cannot be read."""
    if backend.name == "setuptools":
        if "setuptools_dynamic_dependencies" in backend.document.table("tool"):
            return read_plugin_requirements(backend.document)
        declared = backend.document.table("tool", "setuptools", "dynamic")
        part = read_dynamic_requirements(backend.document, backend.tree)
        fields = {"dependencies", "optional-dependencies"} & declared.values.keys()
        if backend.setup is None:
            return part if fields else None
        kinds = {each.kind for each in part.requirements}
        others = tuple(each for each in backend.setup.requirements if each.kind not in kinds)
        return msgspec.structs.replace(
            part,
            manifests=(*part.manifests, *backend.setup.manifests),
            requirements=(*part.requirements, *others),
            extras=(*part.extras, *backend.setup.extras),
            is_complete=backend.setup.is_complete,
        )
    if backend.name == "hatchling":
        return _find_hatch_requirements(backend)
    return None


def _find_hatch_requirements(backend: Backend) -> Metadata | None:
    requirements, extras = read_hooks(backend.hatch)
    files = requirements_files(backend.hatch)
    parts: list[Metadata] = []
    folder = paths.parent(backend.hatch.path)
    for name, named in files.items():
        kind = MAIN if name is None else extra(name)
        extras += [] if name is None else [name]
        for key, text in named:
            path = paths.normalise(folder, text)
            if path is None or path not in backend.tree:
                hint = hint_similar(backend.tree, folder, text, "mend the path, or drop it")
                backend.hatch.note_at(key, f"`{text}` does not exist", hint=hint)
                continue
            parts.append(read_requirements_file(backend.tree, folder, path, kind))
    if not requirements and not extras and not parts:
        return None
    return Metadata(
        manifests=tuple(path for part in parts for path in part.manifests),
        requirements=(*requirements, *(each for part in parts for each in part.requirements)),
        extras=tuple(extras),
        indexes=tuple(index for part in parts for index in part.indexes),
        problems=tuple(problem for part in parts for problem in part.problems),
    )
