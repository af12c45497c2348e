"""What configurations of pytest say of files elsewhere, remembered by the state of these files.

Hundreds of projects have one each, and few say anything of the kind.
"""

import hashlib

import msgspec

from oneroof import __version__, paths
from oneroof.changes.configuration import BY_NAME, configurations_in, python_path
from oneroof.changes.snapshot import Opened, workspace_folder
from oneroof.disk import keep, recall
from oneroof.errors import ConfigError
from oneroof.paths import RelPath

_WORDS = (b"pythonpath", b"doctest")


class Words(msgspec.Struct, frozen=True):
    """What one file says."""

    folders: tuple[RelPath, ...]
    """The folders on its `pythonpath`, from the workspace's root."""
    has_doctests: bool
    """Whether documents are tests."""


class _Kept(msgspec.Struct, frozen=True):
    key: str
    words: dict[str, Words]


def pytest_words(opened: Opened) -> dict[RelPath, Words]:
    """What each configuration file of pytest says, by path; those are left out that say nothing."""
    tool = BY_NAME["pytest"]
    names = (*tool.files, *(tool.sections or ()), "pyproject.toml")
    work_tree = opened.work_tree
    facts = [__version__, work_tree.listing_digest]
    for path, blob in work_tree.dirty:
        if paths.name(path) in names:
            facts.append(f"{path} {blob.state if blob else ''}")
    key = hashlib.sha256("\0".join(facts).encode("utf-8", "surrogateescape")).hexdigest()
    place = workspace_folder(opened.root) / "pytest-words"
    kept = recall(place, _Kept)
    if kept is None or kept.key != key:
        files = work_tree.named(names)
        found = {path: words for path in files if (words := _read(opened, path)) is not None}
        kept = _Kept(key, {str(path): words for path, words in found.items()})
        if opened.are_steady(files):
            keep(place, kept)
    return {RelPath(path): words for path, words in kept.words.items()}


def _read(opened: Opened, path: RelPath) -> Words | None:
    try:
        content = (opened.root / path).read_bytes()
    except OSError:
        return None
    if not any(word in content for word in _WORDS):
        return None
    folders: list[RelPath] = []
    has_doctests = False
    try:
        for each in configurations_in(opened.tree, paths.parent(path), BY_NAME["pytest"]):
            if each.path == path:
                folders += python_path(each)
                has_doctests = has_doctests or "doctest" in each.content
    except ConfigError:  # discovery names it
        return None
    return Words(tuple(folders), has_doctests) if folders or has_doctests else None
