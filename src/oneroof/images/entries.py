"""The files of an image as values: where they lie, what they hold, who brought them."""

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from oneroof.actions.digest import Digest
from oneroof.errors import ToolError

PREFIX = "app"
"""The folder of the virtual environment, below the image's root."""


class Entry(msgspec.Struct, frozen=True):
    """One file, or one symbolic link, of an image."""

    digest: Digest
    """Of the content; of a link, of its target."""
    load: Callable[[], bytes]
    """Reads the content when it is needed: those of a large wheel do not fit into memory."""
    is_program: bool = False
    is_link: bool = False


Entries = Mapping[str, Entry]
"""By path below the image's root, without a leading slash."""


def file(content: bytes, *, is_program: bool = False) -> Entry:
    """A file of which the content is there already."""
    return Entry(Digest.of(content), lambda: content, is_program)


def link(target: str) -> Entry:
    """A symbolic link."""
    content = target.encode()
    return Entry(Digest.of(content), lambda: content, is_link=True)


class Listed(msgspec.Struct, frozen=True, array_like=True):
    """One path of a layer, as far as it matters to other layers."""

    path: str
    hash: str
    """SHA-256 of what lies there."""
    owner: str
    """The wheel it came from."""


class ClashError(ToolError):
    """Two wheels hold one file and do not agree on it."""


def listing(entries: Entries, owner: str) -> tuple[Listed, ...]:
    """What one owner brings, sorted."""
    return tuple(Listed(path, entries[path].digest.hash, owner) for path in sorted(entries))


def check_clashes(listed: Iterable[Listed]) -> None:
    """Refuse files that two wheels hold with other bytes: installed together, one would be lost.

    Raises:
        ClashError: there are such; all of them are told.
    """
    found = sorted(set(_clashes(listed)))
    if found:
        lines = [f"`{first}` and `{second}` both hold `/{path}`" for path, first, second in found]
        hint = "leave one of them out, or move the file in one of them"
        raise ClashError("; ".join(lines), hint=hint)


def _clashes(listed: Iterable[Listed]) -> Iterator[tuple[str, str, str]]:
    known: dict[str, Listed] = {}
    folders: dict[str, Listed] = {}
    for each in sorted(listed, key=lambda item: (item.path, item.owner)):
        first = known.setdefault(each.path, each)
        if first.hash != each.hash:
            yield each.path, first.owner, each.owner
        for folder in parents(each.path):
            folders.setdefault(folder, each)
    for path in known.keys() & folders.keys():
        yield path, known[path].owner, folders[path].owner


def parents(path: str) -> Iterator[str]:
    """The folders above a path, nearest first, without the root."""
    while path := posixpath.dirname(path):
        yield path


def require_inside(path: str, wheel: str) -> str:
    """A path in normal form that stays below the prefix.

    Raises:
        ToolError: it leads out.
    """
    normal = posixpath.normpath(path)
    parts = path.split("/")
    if not normal.startswith(f"{PREFIX}/") or ".." in parts or "\\" in path or "\0" in path:
        message = f"the wheel `{wheel}` holds `{path}`, which leads out of `/{PREFIX}`"
        raise ToolError(message, hint="images hold what lies below it and nothing else")
    return normal


def digest_of(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
