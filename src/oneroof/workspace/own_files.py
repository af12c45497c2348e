"""Files of the repository that oneroof writes itself: JSON for people and diffs, with a format."""

from typing import Protocol, TypeVar

import msgspec

from oneroof.errors import ConfigError


class Document(Protocol):
    """What such a file holds."""

    @property
    def format(self) -> int:
        """Raised when the file's shape changes."""


_D = TypeVar("_D", bound=Document)


def render(document: Document) -> bytes:
    """The content of a file, one value a line."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def parse(content: bytes, kind: type[_D], *, name: str, expected: int, hint: str) -> _D:
    """What the file `name` holds.

    Raises:
        ConfigError: it holds something else, or is not of the format that is expected.
    """
    try:
        document = msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        message = f"{name}: cannot be read: {error}"
        raise ConfigError(message, hint=hint) from error
    if document.format != expected:
        message = f"{name}: has format {document.format}, expected {expected}"
        raise ConfigError(message, hint=hint)
    return document
