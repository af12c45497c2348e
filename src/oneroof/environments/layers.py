"""A layer: a folder of installed distributions that environments put on their path.

A layer is laid out as a virtual environment of its own, so that any installer can fill it. It is
built in place, under a lock, and counts only once its marker has been written, last.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from oneroof import disk
from oneroof.environments.exclusive import exclusively
from oneroof.environments.metadata import make_relative
from oneroof.environments.model import Interpreter

_MARKER = "oneroof.json"
_OWN = {"bin", "lib", "lib64", "pyvenv.cfg", "CACHEDIR.TAG", ".gitignore", ".lock", _MARKER}
_LARGEST_SCRIPT = 1 << 16


class Layer(msgspec.Struct, frozen=True):
    """A complete layer and what an environment over it needs to know."""

    folder: str
    site_packages: str
    """Absolute."""
    scripts: tuple[str, ...]
    """Names in its `bin`, each of which works from any environment's `bin`."""
    has_path_files: bool
    """Whether it holds `.pth` files, which Python must then be told to read."""
    data: tuple[str, ...] = ()
    """Other folders and files at its top, which programs look for below `sys.prefix`."""


def write_virtual_environment(folder: Path, interpreter: Interpreter) -> None:
    """Lay out an empty virtual environment (PEP 405) in a folder that may exist."""
    packages = folder / interpreter.site_packages
    packages.mkdir(parents=True, exist_ok=True)
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name, target in python_links(interpreter):
        link_over(target, programs / name)
    if lib64(interpreter):
        link_over("lib", folder / "lib64")
    (folder / "pyvenv.cfg").write_text(render_settings(interpreter), encoding="utf-8")


def python_links(interpreter: Interpreter) -> tuple[tuple[str, str], ...]:
    """The names of the interpreter in `bin` and what each links to."""
    return (
        ("python", interpreter.path),
        ("python3", "python"),
        (f"python{interpreter.minor}", "python"),
    )


def lib64(interpreter: Interpreter) -> bool:
    """Whether platform-specific packages may go to `lib64`, which must then be `lib`."""
    return dict(interpreter.markers)["sys_platform"] == "linux"


def render_settings(interpreter: Interpreter) -> str:
    """The `pyvenv.cfg`."""
    home = interpreter.path.rpartition("/")[0]
    return (
        f"home = {home}\nimplementation = CPython\nversion_info = {interpreter.version}\n"
        f"include-system-site-packages = false\nversion = {interpreter.version}\n"
        f"executable = {interpreter.path}\n"
    )


def link_over(target: str, link: Path) -> None:
    """Make a symbolic link, in place of an older one if need be."""
    if link.is_symlink() and str(link.readlink()) == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def read_layer(folder: Path) -> Layer | None:
    """A layer that is complete, noted as used; None: it is missing or was left unfinished."""
    try:
        os.utime(folder)
        return msgspec.json.decode((folder / _MARKER).read_bytes(), type=Layer)
    except (OSError, msgspec.DecodeError):
        return None


def forget_layer(folder: Path) -> None:
    """Make a layer count as unfinished, so that it may be removed piece by piece."""
    (folder / _MARKER).unlink(missing_ok=True)


def build_layer(
    folder: Path,
    interpreter: Interpreter,
    fill: Callable[[Path], None],
    waiting: Callable[[], None] | None = None,
) -> Layer:
    """The layer at `folder`, filled by `fill` unless it is complete already.

    `fill` is given the layer's interpreter to install for. What it left when it fails, or when
    the machine stopped in between, is removed.
    """
    if (layer := read_layer(folder)) is not None:
        return layer
    with exclusively(folder, waiting):
        if (layer := read_layer(folder)) is not None:
            return layer
        shutil.rmtree(folder, ignore_errors=True)
        try:
            write_virtual_environment(folder, interpreter)
            fill(folder / "bin" / "python")
            layer = _describe(folder, interpreter)
            disk.write_atomically(folder / _MARKER, msgspec.json.encode(layer))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return layer


def _describe(folder: Path, interpreter: Interpreter) -> Layer:
    """Make a filled layer's scripts work from anywhere and say what it holds."""
    packages = folder / interpreter.site_packages
    python = str(folder / "bin" / "python")
    own = {name for name, _ in python_links(interpreter)}
    scripts = []
    with os.scandir(folder / "bin") as entries:
        for entry in entries:
            if entry.name in own or not entry.is_file(follow_symlinks=False):
                continue
            scripts.append(entry.name)
            if entry.stat().st_size <= _LARGEST_SCRIPT:
                _make_relative_file(Path(entry.path), python)
    return Layer(
        str(folder),
        str(packages),
        tuple(sorted(scripts)),
        any(path.suffix == ".pth" for path in packages.iterdir()),
        tuple(sorted({path.name for path in folder.iterdir()} - _OWN)),
    )


def _make_relative_file(path: Path, python: str) -> None:
    relative = make_relative(path.read_bytes(), python)
    if relative is not None:
        # Never written in place: the file may be shared with the installer's own cache.
        disk.write_atomically(path, relative)
        path.chmod(0o755)
