"""The files a task makes: kept with its result, put back where a result is not made anew.

`outputs` of `[tool.oneroof.tasks]` are paths and globs from the project's folder; a folder stands
for all files below it. Symbolic links are not followed and not kept.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from oneroof import paths
from oneroof.actions.digest import Digest
from oneroof.actions.result import OutputFile
from oneroof.cache.storage import ContentAddressableStorage
from oneroof.disk import write_atomically
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.workspace.globs import matches, start_of
from oneroof.workspace.model import Project


def anchored_outputs(project: Project, outputs: Iterable[str]) -> tuple[RelPath, ...]:
    """The globs of a task's outputs from the workspace's root.

    Raises:
        ConfigError: one leads out of the project's folder, or is all of it.
    """
    found = []
    for glob in outputs:
        path = paths.normalise(project.path, glob)
        if path is None or path == project.path or not paths.is_within(path, project.path):
            place = paths.join(project.path, "pyproject.toml")
            message = f"{place}: tool.oneroof.tasks: the output `{glob}` is not inside the project"
            raise ConfigError(message, hint="name files or folders below the project's folder")
        found.append(path)
    return tuple(found)


def collect(
    root: Path, globs: Sequence[RelPath], storage: ContentAddressableStorage
) -> tuple[OutputFile, ...] | None:
    """Keep all files that match, sorted by path; None where one of the globs matches none."""
    found: dict[RelPath, OutputFile] = {}
    for glob in globs:
        made = [path for path in _files(root, start_of(glob)) if matches(path, glob)]
        if not made:
            return None
        for path in made:
            absolute = root / path
            executable = bool(absolute.stat().st_mode & 0o100)
            found[path] = OutputFile(path, storage.write(absolute.read_bytes()), executable)
    return tuple(found[path] for path in sorted(found))


def restore(root: Path, files: Iterable[OutputFile], storage: ContentAddressableStorage) -> bool:
    """Make each file what it was when the task passed; False where a content is not kept any more.

    Files that are so already are left alone.
    """
    wrong = [each for each in files if not _is_there(root, each)]
    contents = [storage.read(each.digest) for each in wrong]
    if any(content is None for content in contents):
        return False
    for file, content in zip(wrong, contents, strict=True):
        place = root / file.path
        write_atomically(place, content or b"")
        place.chmod(0o755 if file.is_executable else 0o644)
    return True


def _is_there(root: Path, file: OutputFile) -> bool:
    place = root / file.path
    try:
        if place.is_symlink() or place.stat().st_size != file.digest.size_bytes:
            return False
        executable = bool(place.stat().st_mode & 0o100)
        return executable == file.is_executable and Digest.of(place.read_bytes()) == file.digest
    except OSError:
        return False


def _files(root: Path, start: RelPath) -> Iterator[RelPath]:
    if (root / start).is_file() and not (root / start).is_symlink():
        yield start
    for folder, _, names in os.walk(root / start):
        for name in names:
            absolute = Path(folder, name)
            if absolute.is_file() and not absolute.is_symlink():
                yield RelPath(absolute.relative_to(root).as_posix())
