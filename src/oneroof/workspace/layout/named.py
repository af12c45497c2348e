"""Backends that ship what is named: Flit, uv_build and maturin."""

import re
from collections.abc import Iterator

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.layout import unbuilt
from oneroof.workspace.layout.links import real_folder
from oneroof.workspace.layout.portions import find_portions
from oneroof.workspace.layout.site import Site, text
from oneroof.workspace.model import ImportPackage


def find_flit(site: Site) -> Iterator[ImportPackage]:
    """`tool.flit.module`, else the project's name, beside the manifest or in `src`.

    See https://flit.pypa.io/en/stable/pyproject_toml.html#module-section.
    """
    written = text(site.table("tool", "flit", "module"), "name")
    legacy = text(site.table("tool", "flit", "metadata"), "module")
    name = written or legacy or _flit_name(site.metadata.name or "")
    key = "tool.flit.metadata.module" if legacy and not written else "tool.flit.module.name"
    inner = name.replace(".", "/")
    candidates = [paths.join(site.folder, inner), paths.join(site.folder, "src", inner)]
    yield from _named(site, name, candidates, key)


def find_uv(site: Site) -> Iterator[ImportPackage]:
    """`tool.uv.build-backend`: named modules below `module-root`, by default `src`.

    See https://docs.astral.sh/uv/reference/settings/#build-backend.
    """
    table = site.table("tool", "uv", "build-backend")
    prefix = "tool.uv.build-backend"
    written = table.get("module-name")
    default = re.sub(r"[-_.]+", "_", site.metadata.name or "").lower()
    names = [written] if isinstance(written, str) else written
    root = text(table, "module-root")
    base = site.resolve("src" if root is None else root or ".", f"{prefix}.module-root")
    if base is None:
        return
    for name in names if isinstance(names, list) else [default]:
        if isinstance(name, str):
            candidates = [paths.join(base, name.replace(".", "/"))]
            yield from _named(site, name, candidates, f"{prefix}.module-name", modules=False)
        else:
            site.report(f"{prefix}.module-name", f"must be a string, found `{name}`")


def find_maturin(site: Site) -> Iterator[ImportPackage]:
    """The Python part of a mixed project; a pure Rust project has no source to import.

    See https://www.maturin.rs/project_layout.
    """
    table = site.table("tool", "maturin")
    written = text(table, "module-name") or _crate_name(site) or (site.metadata.name or "")
    name = written.replace("-", "_").partition("._")[0]
    packages = site.strings(table, "python-packages", "tool.maturin")
    source = text(table, "python-source")
    if source is not None:
        root = site.resolve(source, "tool.maturin.python-source")
        if root is None or real_folder(site.tree, root) is None:
            site.report_missing(source, "tool.maturin.python-source")
            return
    else:
        in_source = paths.join(site.folder, "src", *name.split("."), "__init__.py")
        root = paths.join(site.folder, "src") if in_source in site.tree else site.folder
    for package in dict.fromkeys((*packages, name)):
        parts = package.split(".")
        # A module of a package is named by the package's folder.
        for count in range(len(parts), 0, -1):
            folder = real_folder(site.tree, paths.join(root, *parts[:count]))
            if folder is not None:
                yield from find_portions(site, folder, ".".join(parts[:count]))
                break


def _named(
    site: Site, name: str, candidates: list[RelPath], key: str, *, modules: bool = True
) -> Iterator[ImportPackage]:
    for path in candidates:
        folder = real_folder(site.tree, path)
        if folder is not None:
            yield from find_portions(site, folder, name)
            return
        file = RelPath(f"{path}.py")
        if modules and file in site.tree:
            yield ImportPackage(name, file)
            return
    looked = " and ".join(f"`{paths.relative_to(path, site.folder)}`" for path in candidates)
    message = f"module `{name}` does not exist: looked for {looked}"
    site.report(key, message, hint="create it or correct the name")
    yield from unbuilt.find(site)


def _flit_name(name: str) -> str:
    stem = name.removesuffix("-stubs")
    return stem.replace("-", "_") + name[len(stem) :]


def _crate_name(site: Site) -> str | None:
    """The library's name in `Cargo.toml`, which maturin falls back on."""
    import tomllib

    manifest = site.resolve(
        text(site.table("tool", "maturin"), "manifest-path") or "Cargo.toml",
        "tool.maturin.manifest-path",
    )
    if manifest is None or manifest not in site.tree:
        return None
    try:
        document = tomllib.loads(site.tree.read_text(manifest))
    except (ConfigError, tomllib.TOMLDecodeError):
        return None
    for table in (document.get("lib"), document.get("package")):
        if isinstance(table, dict) and isinstance(table.get("name"), str):
            return str(table["name"])
    return None
