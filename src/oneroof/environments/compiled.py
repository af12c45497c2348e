"""Projects that cannot run from their sources: a wheel is built from a copy of their files."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from oneroof import paths
from oneroof.environments import uv
from oneroof.environments.elsewhere import digest_elsewhere, place_elsewhere
from oneroof.environments.layers import Layer, build_layer, read_layer
from oneroof.environments.metadata import UNKNOWN_VERSION
from oneroof.environments.model import Event, Interpreter, Report, ignore
from oneroof.locks.model import Pin
from oneroof.paths import RelPath
from oneroof.workspace.model import Project
from oneroof.workspace.tree import Tree

_DIGITS = 32
_FOLDERS = frozenset({"directory", "workspace"})


def sources_of(project: Project, tree: Tree) -> tuple[RelPath, ...]:
    """The files a project is built from: its folder's and those it owns elsewhere."""
    found = set(tree.below(project.path))
    for owned in project.owned_paths:
        found.update(tree.at(owned))
    return tuple(sorted(path for path in found if os.path.lexists(tree.absolute(path))))


def digest_sources(tree: Tree, files: Iterable[RelPath], *context: str) -> str:
    """The digest of files, their names and modes, and of what else the result depends on."""
    digest = hashlib.sha256("\0".join(context).encode())
    for path in files:
        place = tree.absolute(path)
        if place.is_symlink():
            kind, content = b"link", os.fsencode(place.readlink())
        else:
            kind = b"program" if os.access(place, os.X_OK) else b"file"
            content = tree.read_bytes(path)
        for part in (path.encode("utf-8", "surrogateescape"), kind, content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()[:_DIGITS]


def local_contents(pins: Iterable[Pin], tree: Tree) -> Iterator[tuple[str, str]]:
    """The digests of files and folders of this machine that pins are installed from.

    In the workspace those are its files. Elsewhere all count that no hash of a lock vouches for.
    """
    for pin in pins:
        if files := _files_of(pin, tree):
            yield pin.name, digest_sources(tree, files)
        elif (place := place_elsewhere(pin, tree.root)) is not None:
            yield pin.name, digest_elsewhere(pin, place)


@contextmanager
def away_from_sources(pins: Iterable[Pin], tree: Tree, cache: Path) -> Iterator[tuple[Pin, ...]]:
    """The pins with copies in the place of the workspace's folders: builds write into theirs."""
    with ExitStack() as stack:
        found = []
        for pin in pins:
            if pin.source.kind in _FOLDERS and (files := _files_of(pin, tree)):
                copy = stack.enter_context(copied(tree, files, cache)) / pin.source.location
                found.append(
                    msgspec.structs.replace(
                        pin, source=msgspec.structs.replace(pin.source, location=str(copy))
                    )
                )
            else:
                found.append(pin)
        yield tuple(found)


def _files_of(pin: Pin, tree: Tree) -> tuple[RelPath, ...]:
    if pin.source.kind not in {"path", *_FOLDERS}:
        return ()
    place = paths.normalise(paths.ROOT, pin.source.location)
    if place is None:
        return ()
    return (place,) if place in tree else tuple(tree.below(place))


@contextmanager
def copied(tree: Tree, files: Iterable[RelPath], cache: Path) -> Iterator[Path]:
    """A folder that holds copies of exactly these files, laid out as in the workspace."""
    cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".sources-", dir=cache))
    try:
        for path in files:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tree.absolute(path), target, follow_symlinks=False)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wheel_digest(project: Project, tree: Tree, interpreter: Interpreter) -> str:
    """Names the wheel of a project's present sources for one interpreter."""
    return digest_sources(
        tree, sources_of(project, tree), project.path, interpreter.path, interpreter.version
    )


def realise_wheel(
    project: Project,
    tree: Tree,
    interpreter: Interpreter,
    cache: Path,
    report: Report = ignore,
) -> Layer:
    """The layer with the built wheel of a project, built unless it is there.

    Raises:
        ToolError: the project's backend fails.
    """
    folder = cache / "built" / wheel_digest(project, tree, interpreter)
    if (layer := read_layer(folder)) is not None:
        return layer

    def fill(python: Path) -> None:
        report(Event("building", project.name))
        with tempfile.TemporaryDirectory(prefix="oneroof-wheel-") as destination:
            wheel = build_wheel(project, tree, interpreter, cache, Path(destination))
            uv.install_wheels(python, [wheel])

    layer = build_layer(folder, interpreter, fill, lambda: report(Event("waiting", project.name)))
    report(Event("ready", project.name))
    return layer


def build_wheel(
    project: Project, tree: Tree, interpreter: Interpreter, cache: Path, destination: Path
) -> Path:
    """Build the wheel of a project into `destination`, from a copy of its files."""
    with copied(tree, sources_of(project, tree), cache / "built") as folder:
        source = folder if project.path == paths.ROOT else folder / project.path
        return uv.build_wheel(source, destination, interpreter.path, _version_variables(project))


def _version_variables(project: Project) -> dict[str, str]:
    """The copy has no git history: versions that are read from it are given to the backend."""
    if project.metadata.version is not None:
        return {}
    names = ("SETUPTOOLS_SCM_PRETEND_VERSION", "PDM_BUILD_SCM_VERSION", "PBR_VERSION")
    return dict.fromkeys(names, UNKNOWN_VERSION)
