"""Asking git what the work tree holds: one listing and one status, run side by side."""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from oneroof import paths
from oneroof.errors import ToolError
from oneroof.paths import RelPath
from oneroof.workspace.reading import Reading, Started, find_top

LINK_MODE = "120000"
SUBMODULE_MODE = "160000"
_ATTRIBUTES = rb"\t((?:[^\0]*/)?\.gitattributes)\0"


class Blob(msgspec.Struct, frozen=True):
    """What one path holds: its mode as git writes it and an id of its content."""

    mode: str
    identity: str
    """git's blob id; for links that of the target's text."""

    @property
    def is_link(self) -> bool:
        """Whether the path is a symbolic link."""
        return self.mode == LINK_MODE

    @property
    def state(self) -> str:
        """Both in one word and another, as listings hold them."""
        return f"{self.mode} {self.identity}"


class WorkTree(msgspec.Struct, frozen=True, dict=True):
    """The content of every tracked and untracked (not ignored) file, at one moment.

    `listing` is git's own text of the index, kept unparsed: a run that finds nothing changed
    never looks inside.
    """

    root: Path
    prefix: str
    """The workspace root within the repository, with a trailing slash; empty when they are one."""
    listing: bytes
    dirty: tuple[tuple[RelPath, Blob | None], ...]
    """Paths whose content is not what the index says, sorted; None for those that are gone."""
    nested: tuple[tuple[RelPath, str], ...] = ()
    """Repositories inside this one, submodules or not, each with an id of its state; sorted. They
    are other workspaces, but what lies in them may be read from here."""

    unfiltered: tuple[RelPath, ...] = ()
    """Files that are there as git stores them, though git knows a filter for them; sorted."""

    @cached_property
    def key(self) -> str:
        """A digest that is equal exactly when all content is equal."""
        digest = hashlib.sha256(self.listing)
        for path, blob in self.dirty:
            state = blob.state if blob else "gone"
            digest.update(f"\0{path}\0{state}".encode("utf-8", "surrogateescape"))
        for path, state in self.nested:
            digest.update(f"\0{path}/\0{state}".encode("utf-8", "surrogateescape"))
        for path in self.unfiltered:
            digest.update(f"\0{path}\0stored".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    @cached_property
    def listing_digest(self) -> str:
        """The digest of the listing alone."""
        return hashlib.sha256(self.listing).hexdigest()

    @cached_property
    def blobs(self) -> dict[RelPath, Blob]:
        """Every file that is there, by path. Submodules are left out: they are other workspaces."""
        found = dict(parse_listing(self.listing))
        for path, blob in self.dirty:
            if blob is None:
                found.pop(path, None)
            else:
                found[path] = blob
        return found

    @cached_property
    def has_links(self) -> bool:
        """Whether any file may be a symbolic link; found without reading the whole listing."""
        links = any(blob is not None and blob.is_link for _, blob in self.dirty)
        return links or f" {LINK_MODE} ".encode() in self.listing

    def named(self, names: Iterable[str]) -> dict[RelPath, Blob]:
        """The files with one of some names, found without reading the whole listing."""
        wanted = frozenset(names)
        ends = [start + each.encode() + b"\0" for each in sorted(wanted) for start in (b"/", b"\t")]
        lines = b"".join(line for end in ends for line in _lines_with(self.listing, end))
        found = dict(parse_listing(lines))
        for path, blob in self.dirty:
            if paths.name(path) in wanted:
                found.pop(path, None)
                if blob is not None:
                    found[path] = blob
        return found

    def states(self, files: Iterable[RelPath]) -> dict[str, str]:
        """The state of each of some files that is there.

        That of a file which lies here as git stores it, though a filter is to change it, says so.
        """
        blobs = self.blobs
        stored = frozenset(self.unfiltered)
        return {
            path: f"{blob.state} stored" if path in stored else blob.state
            for path in files
            if (blob := blobs.get(path)) is not None
        }

    @cached_property
    def files(self) -> list[RelPath]:
        """Every file that is there, in git's order, then the untracked ones."""
        return list(self.blobs)


def parse_listing(listing: bytes) -> Iterator[tuple[RelPath, Blob]]:
    """Read `git ls-files --stage -z -v`; of an unmerged path the last stage counts."""
    for line in listing.decode("utf-8", "surrogateescape").split("\0"):
        if line:
            facts, _, path = line.partition("\t")
            _, mode, identity, _ = facts.split(" ")
            if mode != SUBMODULE_MODE:
                yield RelPath(path), Blob(mode, identity)


def _lines_with(listing: bytes, end: bytes) -> Iterator[bytes]:
    """The lines of a listing that end so."""
    place = listing.find(end)
    while place >= 0:
        yield listing[listing.rfind(b"\0", 0, place) + 1 : place + len(end)]
        place = listing.find(end, place + 1)


def submodules(listing: bytes) -> dict[RelPath, str]:
    """The commit that a listing has for each submodule."""
    if b" 160000 " not in listing:
        return {}
    found = {}
    for line in listing.decode("utf-8", "surrogateescape").split("\0"):
        facts, _, path = line.partition("\t")
        if f" {SUBMODULE_MODE} " in facts:
            found[RelPath(path)] = facts.split(" ")[2]
    return found


def _unfiltered(root: Path, attributes: Iterable[RelPath]) -> tuple[RelPath, ...]:
    """Files of which the work tree holds what git stores, though a filter is named for them."""
    found = sorted(attributes)
    if not found:
        return ()
    from oneroof.workspace.filters import find_unfiltered

    return tuple(sorted(find_unfiltered(root, found)))


def _state_of(root: Path, path: RelPath, commit: str | None, *, is_changed: bool) -> str:
    """An id of all content of a repository inside another one."""
    place = root / path
    if not os.path.lexists(place / ".git"):
        return "not there"
    if commit is not None and not is_changed:
        return commit
    return read_work_tree(place).key


def sparse_paths(listing: bytes) -> frozenset[RelPath]:
    """The paths that a sparse checkout leaves out of the work tree."""
    if not listing.startswith(b"S ") and b"\0S " not in listing:
        return frozenset()
    lines = listing.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(RelPath(line.partition("\t")[2]) for line in lines if line.startswith("S "))


def find_repository(start: Path) -> Path | None:
    """The top folder of the git work tree that holds `start`, without asking git."""
    top = find_top(str(start))
    return None if top is None else Path(top)


def read_work_tree(root: Path) -> WorkTree:
    """The state of the work tree at and below `root`, which lies in a git repository.

    Raises:
        ToolError: git is missing or refuses the repository.
    """
    return finish_reading(start_reading(root))


def finish_reading(reading: Reading) -> WorkTree:
    """Wait for git and read what it says.

    Raises:
        ToolError: git refuses the repository.
    """
    root = Path(reading.root)
    listing = finish(reading.listing, root, "list the files of the repository")
    # While git still looks through the work tree:
    unwatched = _unwatched_paths(listing)
    commits = submodules(listing)
    attributes = {RelPath(os.fsdecode(path)) for path in re.findall(_ATTRIBUTES, listing)}
    status = finish(reading.status, root, "ask git for the state of the work tree")
    repository = find_repository(root)
    prefix = ""
    if repository is not None and repository != root:
        prefix = root.relative_to(repository).as_posix() + "/"
    changed = _changed_paths(status, prefix)
    changed.extend(unwatched)
    nested = {path for path in changed if path.endswith("/")} | commits.keys()
    dirty = [(path, read_blob(root, path)) for path in sorted(set(changed) - nested)]
    states = [
        (path, _state_of(root, path, commits.get(path), is_changed=path in changed))
        for path in sorted(RelPath(each.rstrip("/")) for each in nested)
    ]
    attributes.update(path for path, _ in dirty if paths.name(path) == ".gitattributes")
    unfiltered = _unfiltered(root, attributes)
    return WorkTree(root, prefix, listing, tuple(dirty), tuple(states), unfiltered)


def start_reading(root: Path) -> Reading:
    """Set git to work on the state of the work tree at and below `root`.

    Raises:
        ToolError: git is missing.
    """
    try:
        return Reading(str(root))
    except FileNotFoundError as error:
        message = "tried to read the repository but `git` was not found"
        raise ToolError(message, hint="install git") from error


def read_blob(root: Path, path: RelPath) -> Blob | None:
    """The blob a file of the work tree would be, unreadable ones included; None if not there."""
    absolute = f"{root}/{path}"
    try:
        status = os.lstat(absolute)
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode(Path(absolute).readlink())
            return Blob(LINK_MODE, blob_identity(target))
        if not stat.S_ISREG(status.st_mode):
            return None
        mode = "100755" if status.st_mode & 0o100 else "100644"
        with open(absolute, "rb") as stream:  # noqa: PTH123  the hot path of a dirty tree
            return Blob(mode, blob_identity(stream.read()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Blob("000000", f"unreadable: {error.strerror}")


def blob_identity(content: bytes) -> str:
    """The id git gives to a blob (SHA-1 repositories)."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _changed_paths(status: bytes, prefix: str) -> list[RelPath]:
    """The paths whose work tree differs from the index, relative to the workspace root.

    A repository inside this one that the index does not know ends with a slash.
    """
    found = []
    for entry in status.decode("utf-8", "surrogateescape").split("\0"):
        if len(entry) > 3 and entry[1] != " ":  # noqa: PLR2004  "XY path"
            path = entry[3:]
            if path.startswith(prefix):
                found.append(RelPath(path[len(prefix) :]))
    return found


def _unwatched_paths(listing: bytes) -> list[RelPath]:
    """Paths that git was told to assume unchanged: their content must be looked at."""
    # Counting is what costs least: nearly always every entry bears the plain tag.
    plain = listing.count(b"\0H ") + listing.startswith(b"H ")
    if plain == listing.count(b"\0"):
        return []
    return [
        RelPath(line.partition("\t")[2])
        for line in listing.decode("utf-8", "surrogateescape").split("\0")
        if line[:1].islower() or line[:1] == "S"
    ]


def finish(started: Started, root: Path, action: str) -> bytes:
    """All that git printed; where it failed it is asked again, to say why.

    Raises:
        ToolError: it fails again; `action` completes the sentence "tried to ...".
    """
    output = started.finish()
    if output is None:
        from oneroof.processes import check

        output = check(action, ("git", *started.arguments), cwd=root)
    return output


def ignored_free_listing(root: Path) -> list[RelPath]:
    """The files below a folder that is no repository, without what `.gitignore` files exclude.

    git itself reads the ignore files, by way of an empty repository elsewhere.
    """
    import tempfile

    from oneroof.processes import check

    with tempfile.TemporaryDirectory(prefix="oneroof-") as scratch:
        git_dir = f"{scratch}/empty.git"
        check("make a scratch repository", ("git", "init", "--quiet", "--bare", git_dir), cwd=root)
        command = (
            "git",
            f"--git-dir={git_dir}",
            "--work-tree=.",
            "ls-files",
            "--others",
            "--exclude-standard",
            "-z",
        )
        listing = check("list the files of the folder", command, cwd=root)
    names = listing.decode("utf-8", "surrogateescape").split("\0")
    return [RelPath(name) for name in names if name and not _is_debris(RelPath(name))]


DEBRIS = frozenset(
    {".venv", "venv", "__pycache__", "node_modules", ".tox", ".nox", ".mypy_cache", ".ruff_cache"}
)


def _is_debris(path: RelPath) -> bool:
    return any(paths.name(folder) in DEBRIS for folder in paths.ancestors(path))
