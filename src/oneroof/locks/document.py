"""Lock documents at the edge: TOML text checked against the shape of its format in one step."""

from typing import TypeVar

from oneroof import paths
from oneroof.paths import RelPath

T = TypeVar("T")


class LockError(Exception):
    """What makes a lock unreadable, and the key where it stands."""

    def __init__(self, message: str, *, key: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.key = key
        self.hint = hint


def parse_toml(text: str) -> dict[str, object]:
    """The document of a TOML text.

    Raises:
        LockError: it is not TOML.
    """
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        if any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in text.splitlines()):
            message = "holds the marks of an unresolved merge"
            raise LockError(message, hint="take one side, then lock again") from error
        message = f"is not TOML: {str(error)[:1].lower()}{str(error)[1:]}"
        raise LockError(message) from error


def convert(document: object, shape: type[T]) -> T:
    """A document as a value of the shape its format has.

    Raises:
        LockError: a key is missing or has the wrong type.
    """
    import msgspec

    try:
        return msgspec.convert(document, shape, strict=False)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        message = message[:1].lower() + message[1:]
        raise LockError(message, key=place.rstrip("`").removeprefix(".")) from error


def check_version(found: str, known: tuple[str, ...], key: str) -> None:
    """Refuse a format this program does not know; `known` are major versions or whole ones.

    Raises:
        LockError: the version is none of them.
    """
    if found not in known and found.partition(".")[0] not in known:
        expected = " or ".join(f"`{each}`" for each in known)
        message = f"format `{found}` is not known, expected {expected}"
        raise LockError(message, key=key, hint="lock again with a tool version that writes it")


def locate(lock: RelPath, text: str) -> str:
    """A path as a lock writes it, relative to the workspace; as written where it leaves it."""
    path = paths.normalise(paths.parent(lock), text.removeprefix("file://"))
    return text if path is None else path


def filename_of(location: str) -> str:
    """The last segment of a URL or path."""
    from urllib.parse import unquote

    name = location.partition("#")[0].partition("?")[0].rpartition("/")[2]
    return unquote(name or location)
