"""Workspace-relative paths: plain text in POSIX form, so that many of them cost little.

A `RelPath` never starts with `/` or `./`, never ends with `/`, and holds no `..`; the workspace
root is `.`. Anything read from a manifest goes through `normalise` first.
"""

from typing import NewType

RelPath = NewType("RelPath", str)
"""A path relative to the workspace root, in POSIX form."""

ROOT = RelPath(".")


def join(base: RelPath, *parts: str) -> RelPath:
    """Append path segments that are already in normal form."""
    path = "/".join(parts)
    return RelPath(path if base == "." else f"{base}/{path}")


def parent(path: RelPath) -> RelPath:
    """The containing folder; the root is its own parent."""
    head, slash, _ = path.rpartition("/")
    return RelPath(head) if slash else ROOT


def name(path: RelPath) -> str:
    """The last segment."""
    return path.rpartition("/")[2]


def is_within(path: RelPath, folder: RelPath) -> bool:
    """Whether `path` is `folder` or lies below it."""
    return folder in {".", path} or path.startswith(folder + "/")


def relative_to(path: RelPath, folder: RelPath) -> str:
    """`path` as seen from `folder`, which must contain it; `.` for the folder itself."""
    if path == folder:
        return "."
    if folder == ".":
        return path
    if not path.startswith(folder + "/"):
        msg = f"{path!r} is not within {folder!r}"
        raise ValueError(msg)
    return path[len(folder) + 1 :]


def ancestors(path: RelPath) -> list[RelPath]:
    """The folders that contain `path`, nearest first, ending with the root."""
    found: list[RelPath] = []
    while path != ".":
        path = parent(path)
        found.append(path)
    return found


def normalise(base: RelPath, text: str) -> RelPath | None:
    """Resolve `text`, as written in a file of folder `base`; None when it leaves the workspace.

    Backslashes count as separators, because manifests written on Windows hold them. Absolute
    paths leave the workspace.
    """
    text = text.replace("\\", "/")
    if text.startswith("/") or text[1:3] == ":/":
        return None
    parts: list[str] = [] if base == "." else base.split("/")
    for part in text.split("/"):
        if part in {"", "."}:
            continue
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    return RelPath("/".join(parts) or ".")
