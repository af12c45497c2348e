"""The files of a workspace: which there are, by folder, and their content on demand."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

import msgspec

from oneroof import paths
from oneroof.errors import ConfigError
from oneroof.paths import RelPath


class Folder(msgspec.Struct, frozen=True):
    """What lies directly in one folder; both sorted."""

    folders: tuple[str, ...]
    files: tuple[str, ...]


EMPTY = Folder((), ())


class Tree:
    """The files a workspace consists of, as git or the disk lists them.

    Listing never touches the disk; only `read_bytes` and `read_text` do.
    """

    def __init__(
        self, root: Path, files: Iterable[RelPath], links: frozenset[RelPath] = frozenset()
    ) -> None:
        self.root = root
        self.links = links
        self.reads: set[RelPath] = set()
        """Every path whose content was asked for: what the answers depend on."""
        self.files = tuple(sorted(files))
        self._folders = _by_folder(self.files)
        self._contents: Mapping[RelPath, bytes] = {}

    def with_contents(self, contents: Mapping[RelPath, bytes]) -> "Tree":
        """The same files as they would be with other contents, nothing of which is on disk."""
        made = copy.copy(self)
        made.reads = set()
        made._contents = {**self._contents, **contents}  # noqa: SLF001  one of its own kind
        return made

    def __contains__(self, path: RelPath) -> bool:
        folder = self._folders.get(paths.parent(path))
        return folder is not None and paths.name(path) in folder.files

    def is_folder(self, path: RelPath) -> bool:
        """Whether any file lies below `path`."""
        return path in self._folders

    def folder(self, path: RelPath) -> Folder:
        """What lies directly in `path`; empty where there is no such folder."""
        return self._folders.get(path, EMPTY)

    def below(self, path: RelPath, nested: AbstractSet[RelPath] = frozenset()) -> Iterable[RelPath]:
        """All files below a folder but those in `nested` ones, in depth-first order."""
        folder = self.folder(path)
        for name in folder.files:
            yield paths.join(path, name)
        for name in folder.folders:
            inside = paths.join(path, name)
            if inside not in nested:
                yield from self.below(inside, nested)

    def at(self, path: RelPath) -> Iterable[RelPath]:
        """All files below a folder; what is none is taken for a file."""
        return self.below(path) if self.is_folder(path) else (path,)

    def absolute(self, path: RelPath) -> Path:
        """Where the file lies on this machine; asking counts as reading it."""
        self.reads.add(path)
        if path in self.links:
            self.reads.update(self._behind(path))
        return self.root / path

    def read_bytes(self, path: RelPath) -> bytes:
        """A file's content.

        Raises:
            ConfigError: it cannot be read.
        """
        if path in self._contents:
            self.reads.add(path)
            return self._contents[path]
        try:
            return self.absolute(path).read_bytes()
        except OSError as error:
            message = f"{path}: cannot be read: {error.strerror}"
            raise ConfigError(message) from error

    def read_text(self, path: RelPath) -> str:
        """A file's content as UTF-8, a byte order mark left out.

        Raises:
            ConfigError: it cannot be read or is not UTF-8.
        """
        try:
            return self.read_bytes(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = (
                f"{path}: is not UTF-8: byte {error.start} is `0x{error.object[error.start]:02x}`"
            )
            raise ConfigError(message, hint="save the file as UTF-8") from error

    def _behind(self, link: RelPath) -> Iterator[RelPath]:
        """The paths of the workspace that a symbolic link leads over."""
        seen = {link}
        while link in self.links:
            target = paths.normalise(paths.parent(link), str((self.root / link).readlink()))
            if target is None or target in seen:
                return
            yield target
            seen.add(target)
            link = target


def _by_folder(files: tuple[RelPath, ...]) -> Mapping[RelPath, Folder]:
    names: dict[RelPath, list[str]] = {}
    for path in files:
        names.setdefault(paths.parent(path), []).append(paths.name(path))
    children: dict[RelPath, set[str]] = {folder: set() for folder in names}
    children.setdefault(paths.ROOT, set())
    for folder in names:
        path = folder
        while path != paths.ROOT:
            above = paths.parent(path)
            known = children.setdefault(above, set())
            name = paths.name(path)
            if name in known:
                break
            known.add(name)
            path = above
    return {
        folder: Folder(tuple(sorted(folders)), tuple(names.get(folder, ())))
        for folder, folders in children.items()
    }
