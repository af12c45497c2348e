"""A project's own `.venv`, for editors and shells: the same environment at a place of its own."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from oneroof import disk
from oneroof.environments.activation import render_activation
from oneroof.environments.layers import Layer
from oneroof.environments.model import EnvironmentPlan
from oneroof.environments.overlay import fill_apart
from oneroof.errors import ConfigError

MARKER = "oneroof.json"


class Synced(msgspec.Struct, frozen=True):
    """What a folder that `write_virtual_environment_at` made consists of."""

    digest: str
    layers: tuple[str, ...]
    """The folders of the cache it needs."""


class Root(msgspec.Struct, frozen=True):
    """Notes in the cache that a folder elsewhere needs some of its layers."""

    folder: str
    layers: tuple[str, ...]


def read_synced(folder: Path) -> Synced | None:
    """What a folder was made of; None: oneroof did not make it."""
    try:
        return msgspec.json.decode((folder / MARKER).read_bytes(), type=Synced)
    except (OSError, msgspec.DecodeError):
        return None


def sync_folder(
    folder: Path,
    plan: EnvironmentPlan,
    layers: Sequence[Layer],
    cache: Path,
    *,
    force: bool = False,
) -> bool:
    """Make a folder the environment that is planned; False: it was that already.

    A reader sees the old environment or the new one. What was installed into it by hand goes.

    Raises:
        ConfigError: something is there that oneroof did not make, and `force` is not given.
    """
    present = read_synced(folder)
    wanted = Synced(plan.digest, tuple(layer.folder for layer in layers))
    if present == wanted and (folder / "bin" / "python").exists():
        _note(folder, wanted, cache)
        return False
    if present is None and not force and _is_taken(folder):
        message = f"{folder}: was not made by oneroof and is left as it is"
        raise ConfigError(message, hint="remove it, give another `--path`, or use `--force`")
    _remove_leftovers(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f"{folder.name}.oneroof-", dir=folder.parent))
    try:
        (aside / ".gitignore").write_text("*\n", encoding="utf-8")
        fresh = aside / "new"
        fresh.mkdir(mode=0o755)
        _fill(fresh, plan, layers, folder, wanted)
        _note(folder, wanted, cache)
        if os.path.lexists(folder):
            folder.rename(aside / "old")
        fresh.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return True


def _fill(
    fresh: Path, plan: EnvironmentPlan, layers: Sequence[Layer], folder: Path, wanted: Synced
) -> None:
    (fresh / ".gitignore").write_text("*\n", encoding="utf-8")
    fill_apart(str(fresh), plan, layers, final=str(folder))
    for name, text in render_activation(folder).items():
        (fresh / "bin" / name).write_text(text, encoding="utf-8")
    (fresh / MARKER).write_bytes(msgspec.json.encode(wanted))


def _is_taken(folder: Path) -> bool:
    """Whether something of worth lies there: anything but an empty folder."""
    if folder.is_dir():
        return any(folder.iterdir())
    return os.path.lexists(folder)


def _remove_leftovers(folder: Path) -> None:
    """Remove what a run that was killed has left beside the folder."""
    for leftover in folder.parent.glob(f"{folder.name}.oneroof-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _note(folder: Path, synced: Synced, cache: Path) -> None:
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:32]
    path = cache / "roots" / f"{name}.json"
    content = msgspec.json.encode(Root(str(folder), synced.layers))
    if not path.is_file() or path.read_bytes() != content:
        disk.write_atomically(path, content)


def living_roots(cache: Path) -> tuple[Root, ...]:
    """The folders elsewhere that still are environments over layers of this cache."""
    found = []
    for path in sorted((cache / "roots").glob("*.json")):
        try:
            root = msgspec.json.decode(path.read_bytes(), type=Root)
        except (OSError, msgspec.DecodeError):
            continue
        synced = read_synced(Path(root.folder))
        if synced is not None:
            found.append(Root(root.folder, synced.layers))
    return tuple(found)
