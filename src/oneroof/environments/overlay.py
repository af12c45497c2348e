"""An environment on disk: a virtual environment that holds little more than paths.

Hundreds of them lie over one shared layer, so this is written for speed: plain strings and as
few system calls as can be. Each appears in one step, by renaming a finished folder.
"""

# pathlib triples the cost of what is done here for every project.
# ruff: noqa: PTH102, PTH103, PTH104, PTH112, PTH116, PTH120, PTH123, PTH211

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from oneroof.environments.layers import Layer, lib64, python_links
from oneroof.environments.metadata import (
    RELATIVE_SHEBANG,
    dist_info_name,
    render_direct_url,
    render_entry_points,
    render_script,
    shebang,
)
from oneroof.environments.model import EnvironmentPlan, InternalPlan
from oneroof.workspace.model import EntryPoint

PATH_FILE = "_oneroof.pth"
_FINISHED_NS = 1_000_000_000 * 10**9
"""The date that the folders of a finished environment bear, in nanoseconds since the epoch."""
_SCRIPT_GROUPS = frozenset({"console_scripts", "gui_scripts"})


class Overlays:
    """Writes the environments of one cache; what they share is written once."""

    def __init__(self, cache: Path) -> None:
        self._cache = str(cache)
        self._stores: set[str] = set()
        self._first: dict[tuple[str, str], str] = {}
        """Where the first environment has a link or script that others have too."""

    def write(self, plan: EnvironmentPlan, layers: Sequence[Layer]) -> Path:
        """The environment's folder, written unless it is there and then noted as used.

        Layers come in the order of their precedence.
        """
        folder = f"{self._cache}/environments/{plan.digest}"
        if os.path.isdir(folder) and not is_intact(folder, plan):
            _set_aside(folder)
        _appear(folder, lambda fresh: self._fill(fresh, folder, plan, layers))
        return Path(folder)

    def _fill(
        self, fresh: str, folder: str, plan: EnvironmentPlan, layers: Sequence[Layer]
    ) -> None:
        packages, programs = _lay_out(fresh, plan, layers)
        library = plan.site.interpreter.site_packages
        up = "../" * (library.count("/") + 3)
        for internal in plan.internal:
            if not internal.store:
                continue
            self._store(internal, plan.root)
            name = dist_info_name(internal.name or "", internal.version)
            first = self._first.setdefault((internal.store, library), f"{folder}/{library}/{name}")
            _same_symlink(first, f"{up}metadata/{internal.store}", f"{packages}/{name}")
            for each in _scripts(internal):
                script = f"bin/{each.name}"
                first = self._first.setdefault((internal.store, script), f"{folder}/{script}")
                _same_script(first, each, f"{fresh}/{script}")
        for layer in layers:
            for script in layer.scripts:
                hard_link(f"{layer.folder}/bin/{script}", f"{programs}/{script}")
        for part in (packages, programs):
            os.utime(part, ns=(_FINISHED_NS, _FINISHED_NS))

    def _store(self, internal: InternalPlan, root: str) -> None:
        """Make an internal project's dist-info folder, to which all environments link.

        PEP 627: as there is no RECORD, no tool may uninstall or change the distribution.
        """
        if internal.store not in self._stores:
            folder = f"{self._cache}/metadata/{internal.store}"
            _appear(folder, lambda fresh: _write_dist_info(fresh, internal, root))
            self._stores.add(internal.store)


def is_intact(folder: str, plan: EnvironmentPlan) -> bool:
    """Whether nothing came into or went from an environment of the cache since it was made.

    An installer that a task runs adds names to one of two folders, which changes their dates.
    """
    try:
        return all(
            os.stat(f"{folder}/{each}").st_mtime_ns == _FINISHED_NS
            for each in (plan.site.interpreter.site_packages, "bin")
        )
    except OSError:
        return False


def fill_apart(folder: str, plan: EnvironmentPlan, layers: Sequence[Layer], *, final: str) -> None:
    """Write an environment outside the cache, into an empty folder that will become `final`.

    Its metadata and scripts are its own, and its scripts name its interpreter.
    """
    packages, programs = _lay_out(folder, plan, layers)
    python = f"{final}/bin/python"
    for internal in plan.internal:
        if internal.store:
            name = dist_info_name(internal.name or "", internal.version)
            os.mkdir(f"{packages}/{name}")
            _write_dist_info(f"{packages}/{name}", internal, plan.root, record=name)
            for each in _scripts(internal):
                place = f"{programs}/{each.name}"
                if not os.path.lexists(place):
                    write_file(place, render_script(shebang(python), each).encode(), mode=0o755)
    for layer in layers:
        for script in layer.scripts:
            source, place = f"{layer.folder}/bin/{script}", f"{programs}/{script}"
            if not _write_own_script(source, place, python):
                hard_link(source, place)


def _lay_out(folder: str, plan: EnvironmentPlan, layers: Sequence[Layer]) -> tuple[str, str]:
    """Write all but metadata and scripts; returns where these go."""
    interpreter = plan.site.interpreter
    packages, programs = f"{folder}/{interpreter.site_packages}", f"{folder}/bin"
    os.makedirs(packages)
    os.mkdir(programs)
    base = layers[0].folder
    for name, target in python_links(interpreter):
        _same_symlink(f"{base}/bin/{name}", target, f"{programs}/{name}")
    if lib64(interpreter):
        _same_symlink(f"{base}/lib64", "lib", f"{folder}/lib64")
    hard_link(f"{base}/pyvenv.cfg", f"{folder}/pyvenv.cfg")
    for layer in layers:
        for name in layer.data:
            if not os.path.lexists(f"{folder}/{name}"):
                os.symlink(f"{layer.folder}/{name}", f"{folder}/{name}")
    _write_links(packages, plan)
    write_file(f"{packages}/{PATH_FILE}", render_path_file(plan, layers).encode())
    return packages, programs


def render_path_file(plan: EnvironmentPlan, layers: Sequence[Layer]) -> str:
    """The path file: layers first, as an installer would have it, then the source roots.

    Each is a plain line, which static tools read too. A layer that holds path files of its own
    is named again in a line that makes Python read them.
    """
    lines: list[str] = []
    for layer in layers:
        lines.append(layer.site_packages)
        if layer.has_path_files:
            lines.append(f"import site; site.addsitedir({layer.site_packages!r})")
    return "".join(f"{line}\n" for line in (*lines, *plan.source_roots))


def _write_links(packages: str, plan: EnvironmentPlan) -> None:
    """Link the import packages that no source root shows under their name."""
    for internal in plan.internal:
        for link in internal.links:
            target = plan.root if link.target == "." else f"{plan.root}/{link.target}"
            place = f"{packages}/{link.name}"
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if not os.path.lexists(place):
                os.symlink(target, place)


def _scripts(internal: InternalPlan) -> Iterator[EntryPoint]:
    for each in internal.entry_points:
        named = each.name not in {"", ".", ".."} and "/" not in each.name
        if each.group in _SCRIPT_GROUPS and named and ":" in each.value:
            yield each


def _write_dist_info(place: str, internal: InternalPlan, root: str, *, record: str = "") -> None:
    """Fill a dist-info folder, with RECORD where its name is given as `record`."""
    project = Path(root) if internal.path == "." else Path(root, internal.path)
    files = {
        "INSTALLER": b"oneroof\n",
        "METADATA": internal.metadata.encode(),
        "direct_url.json": render_direct_url(project.as_uri()),
    }
    if entry_points := render_entry_points(internal.entry_points):
        files["entry_points.txt"] = entry_points.encode()
    if record:
        files["RECORD"] = "".join(f"{record}/{each},,\n" for each in (*files, "RECORD")).encode()
    for name, content in files.items():
        write_file(f"{place}/{name}", content)


def _write_own_script(source: str, place: str, python: str) -> bool:
    """Write a Python script with one interpreter named; False: it is none, or there is one."""
    relative = RELATIVE_SHEBANG.encode()
    with open(source, "rb") as file:
        if file.read(len(relative)) != relative or os.path.lexists(place):
            return False
        write_file(place, shebang(python).encode() + file.read(), mode=0o755)
    return True


def _appear(folder: str, fill: Callable[[str], None]) -> None:
    """Make a folder of the cache appear with all its content; one that is there is kept."""
    try:
        os.utime(folder)
    except FileNotFoundError:
        pass
    else:
        return
    above = os.path.dirname(folder)
    os.makedirs(above, exist_ok=True)
    fresh = f"{above}/.new-{secrets.token_hex(8)}"
    os.mkdir(fresh)
    try:
        fill(fresh)
        os.rename(fresh, folder)
    except BaseException as error:
        shutil.rmtree(fresh, ignore_errors=True)
        # Another process may have been faster.
        if not isinstance(error, OSError) or not os.path.isdir(folder):
            raise


def _set_aside(folder: str) -> None:
    """Take away an environment that was changed; what still runs in it finds the new one."""
    aside = f"{os.path.dirname(folder)}/.new-{secrets.token_hex(8)}"
    try:
        os.rename(folder, aside)
    except FileNotFoundError:  # another process was faster
        return
    shutil.rmtree(aside, ignore_errors=True)


def _same_symlink(source: str, target: str, place: str) -> None:
    """A symbolic link to `target`, as a hard link to such a one at `source` where possible.

    A new name for what exists costs a tenth of something new.
    """
    try:
        os.link(source, place, follow_symlinks=False)
    except (OSError, NotImplementedError):
        os.symlink(target, place)


def _same_script(source: str, entry_point: EntryPoint, place: str) -> None:
    """A console script that starts the interpreter beside it, shared with `source` if possible.

    Of two projects with a script of that name, the first has it.
    """
    if os.path.lexists(place):
        return
    try:
        os.link(source, place)
    except FileExistsError:
        return
    except OSError:
        write_file(place, render_script(RELATIVE_SHEBANG, entry_point).encode(), mode=0o755)


def hard_link(source: str, place: str) -> None:
    """Share a file between two folders of the cache; a copy where the disk cannot.

    What is at `place` already stays: earlier layers and the projects' own scripts win.
    """
    try:
        os.link(source, place)
    except FileExistsError:
        return
    except OSError:
        shutil.copy2(source, place)


def write_file(path: str, content: bytes, mode: int = 0o644) -> None:
    """Write a new file in one go."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        os.write(handle, content)
    finally:
        os.close(handle)
