"""Writing lock files (PEP 751), the same bytes for the same packages."""

import json
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from oneroof.locks.model import LockedFile


class PylockPackage(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[packages]]`; a file's `url` may be a path relative to the lock."""

    name: str
    version: str | None = None
    marker: str = ""
    index: str = ""
    wheels: Sequence[LockedFile] = ()
    sdist: LockedFile | None = None
    archive: LockedFile | None = None
    subdirectory: str = ""
    """Of `archive`, `git` or `directory`."""
    git: tuple[str, str] | None = None
    """URL and commit."""
    directory: str = ""


def render_pylock(requires_python: str, packages: Iterable[PylockPackage]) -> str:
    """The text of a lock file with these packages, in their order."""
    lines = ['lock-version = "1.0"']
    lines += [f"requires-python = {_text(requires_python)}"] if requires_python else []
    lines.append('created-by = "oneroof"')
    for each in packages:
        lines += ["", "[[packages]]", *_package(each)]
    return "\n".join(lines) + "\n"


def _package(package: PylockPackage) -> Iterator[str]:
    yield f"name = {_text(package.name)}"
    if package.version is not None:
        yield f"version = {_text(package.version)}"
    if package.marker:
        yield f"marker = {_text(package.marker)}"
    if package.index:
        yield f"index = {_text(package.index)}"
    below = f", subdirectory = {_text(package.subdirectory)}" if package.subdirectory else ""
    if package.git is not None:
        url, commit = map(_text, package.git)
        yield f'vcs = {{ type = "git", url = {url}, commit-id = {commit}{below} }}'
    if package.directory:
        yield f"directory = {{ path = {_text(package.directory)}{below} }}"
    if package.archive is not None:
        yield f"archive = {{ {_place(package.archive)}{below} }}"
    if package.sdist is not None:
        yield f"sdist = {_file(package.sdist)}"
    if len(package.wheels) == 1:
        yield f"wheels = [{_file(package.wheels[0])}]"
    elif package.wheels:
        yield "wheels = ["
        yield from (f"  {_file(each)}," for each in package.wheels)
        yield "]"


def _file(file: LockedFile) -> str:
    return f"{{ name = {_text(file.filename)}, {_place(file)} }}"


def _place(file: LockedFile) -> str:
    kind = "url" if "://" in file.url else "path"
    algorithm, _, value = file.hash.partition(":")
    size = "" if file.size_bytes is None else f"size = {file.size_bytes}, "
    return f"{kind} = {_text(file.url)}, {size}hashes = {{ {algorithm} = {_text(value)} }}"


def _text(value: str) -> str:
    """A TOML string; JSON's escapes are a part of TOML's."""
    return json.dumps(value, ensure_ascii=False)
