"""Putting wheels and stages into a folder: whole or not at all, with nothing old beside them."""

import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from packaging.utils import canonicalize_name

from oneroof import disk
from oneroof.cache.disk import DiskStorage
from oneroof.distributions.stage import (
    APP,
    DOCKERFILE,
    LIBS,
    PYLOCK,
    REQUIREMENTS,
    TEST,
    TEST_REQUIREMENTS,
    THIRD,
    Stage,
    StagedFile,
)
from oneroof.distributions.wheels import Built
from oneroof.errors import ConfigError, ToolError
from oneroof.workspace.model import ProjectName


class Delivered(msgspec.Struct, frozen=True):
    """What was done to the folder."""

    removed: tuple[str, ...]
    """Wheels of the same projects that were made before, sorted."""
    overlaps: tuple[tuple[ProjectName, ProjectName, str], ...]
    """Pairs of projects whose wheels hold one file, with the first such file."""


def deliver(built: Iterable[Built], folder: Path, storage: DiskStorage) -> Delivered:
    """Write wheels into a folder and remove other wheels of the same projects.

    A folder that is made here is ignored by git.

    Raises:
        ConfigError: the folder cannot be written.
        ToolError: a wheel was lost from the cache meanwhile.
    """
    wheels = [each for each in built if each.ok and each.digest is not None]
    try:
        if wheels and not folder.exists():
            folder.mkdir(parents=True)
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        contents = {each.filename: _content(each, storage) for each in wheels}
        for name, content in contents.items():
            if not _is_there(folder / name, content):
                disk.write_atomically(folder / name, content)
                (folder / name).chmod(0o644)
        removed = tuple(_remove_others(folder, wheels))
    except OSError as error:
        message = f"{error.filename or folder}: cannot be written: {error.strerror}"
        raise ConfigError(message, hint="give another folder with `-o`") from error
    return Delivered(removed, tuple(find_overlaps(wheels, contents)))


def find_overlaps(
    wheels: Sequence[Built], contents: dict[str, bytes]
) -> Iterator[tuple[ProjectName, ProjectName, str]]:
    """Files that two wheels hold: installed together, one would overwrite the other."""
    owners: dict[str, ProjectName] = {}
    told: set[tuple[ProjectName, ProjectName]] = set()
    for wheel in wheels:
        with zipfile.ZipFile(io.BytesIO(contents[wheel.filename])) as archive:
            for name in sorted(archive.namelist()):
                first = owners.setdefault(name, wheel.project)
                if first != wheel.project and (first, wheel.project) not in told:
                    told.add((first, wheel.project))
                    yield first, wheel.project, name


def _content(built: Built, storage: DiskStorage) -> bytes:
    content = None if built.digest is None else storage.read(built.digest)
    if content is None:
        message = f"the wheel `{built.filename}` is not in the cache any more"
        raise ToolError(message, hint="run the same command again")
    return content


def _is_there(path: Path, content: bytes) -> bool:
    try:
        if path.stat().st_size != len(content):
            return False
        present = hashlib.sha256(path.read_bytes()).digest()
    except FileNotFoundError:
        return False
    return present == hashlib.sha256(content).digest()


def _remove_others(folder: Path, wheels: Sequence[Built]) -> Iterator[str]:
    """Wheels in the folder that bear the name of one that was delivered, but are not it."""
    kept = {each.filename for each in wheels}
    names = {canonicalize_name(each.filename.partition("-")[0]) for each in wheels}
    for path in sorted(folder.glob("*.whl")):
        if path.name not in kept and canonicalize_name(path.name.partition("-")[0]) in names:
            path.unlink()
            yield path.name


def deliver_stage(stage: Stage, folder: Path, storage: DiskStorage) -> None:
    """Make a folder hold a stage and nothing else, in one step.

    Raises:
        ConfigError: something that is no stage lies there, or it cannot be written.
        ToolError: a wheel was lost from the cache meanwhile.
    """
    if folder.exists() and not _is_stage(folder):
        message = f"{folder}: is there already and is no stage"
        raise ConfigError(message, hint="remove it, or give another folder with `-o`")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            fresh.chmod(0o755)
            for each in stage.files:
                target = fresh / each.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(_staged(each, storage))
            if folder.exists():
                shutil.rmtree(folder)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        message = f"{error.filename or folder}: cannot be written: {error.strerror}"
        raise ConfigError(message, hint="give another folder with `-o`") from error


def _is_stage(folder: Path) -> bool:
    """Whether a folder is empty or holds only what a stage may hold."""
    known = {THIRD, LIBS, APP, TEST, REQUIREMENTS, TEST_REQUIREMENTS, PYLOCK, DOCKERFILE}
    found = {each.name for each in folder.iterdir()} if folder.is_dir() else {""}
    return found <= known and (not found or PYLOCK in found)


def _staged(file: StagedFile, storage: DiskStorage) -> bytes:
    content = file.content if file.digest is None else storage.read(file.digest)
    if content is None:
        message = f"`{file.path}` is not in the cache any more"
        raise ToolError(message, hint="run the same command again")
    return content
