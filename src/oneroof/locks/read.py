"""Reading a lock of the workspace, whatever its format."""

from oneroof import paths
from oneroof.errors import ConfigError, Problem
from oneroof.locks.document import LockError, parse_toml
from oneroof.locks.model import Lock, LockFormat
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree

_HINTS = {
    "uv": "run `uv lock`",
    "poetry": "run `poetry lock`",
    "pdm": "run `pdm lock`",
    "pylock": "lock again with the tool that wrote it",
    "requirements": "compile it again",
}


def format_of(path: RelPath) -> LockFormat | None:
    """The format of a lock by its file name; None where it is none."""
    name = paths.name(path)
    match name:
        case "uv.lock":
            return "uv"
        case "poetry.lock":
            return "poetry"
        case "pdm.lock":
            return "pdm"
        case _:
            pass
    if name == "pylock.toml" or (name.startswith("pylock.") and name.endswith(".toml")):
        return "pylock"
    return "requirements" if name.endswith((".txt", ".lock")) else None


def read_lock(tree: Tree, path: RelPath) -> tuple[Lock | None, tuple[Problem, ...]]:
    """The lock at `path`, or what keeps it from being read."""
    try:
        text = tree.read_text(path)
    except ConfigError as error:
        message = error.message.removeprefix(f"{path}: ")
        return None, (Problem(path, message, hint=error.hint, fatal=True),)
    return parse_lock(text, path)


def parse_lock(text: str, path: RelPath) -> tuple[Lock | None, tuple[Problem, ...]]:
    """The lock a text holds, in the format that the name of `path` tells."""
    kind = format_of(path)
    if kind is None:
        return None, (Problem(path, "is no lock of a known format", fatal=True),)
    try:
        return _parse(text, path, kind), ()
    except LockError as error:
        hint = error.hint or _HINTS[kind]
        return None, (Problem(path, error.message, key=error.key, hint=hint, fatal=True),)


def _parse(text: str, path: RelPath, kind: LockFormat) -> Lock:
    match kind:
        case "uv":
            from oneroof.locks import uv_lock

            return uv_lock.read(parse_toml(text), path)
        case "poetry":
            from oneroof.locks import poetry_lock

            return poetry_lock.read(parse_toml(text), path)
        case "pdm":
            from oneroof.locks import pdm_lock

            return pdm_lock.read(parse_toml(text), path)
        case "pylock":
            from oneroof.locks import pylock

            return pylock.read(parse_toml(text), path)
        case "requirements":
            from oneroof.locks import requirements_lock

            return requirements_lock.read(text, path)
