"""The address of a content: its SHA-256 and its size (REAPI v2, message `Digest`)."""

import hashlib
from typing import Self

import msgspec

_HEX = "0123456789abcdef"
_HASH_LENGTH = 64


class Digest(msgspec.Struct, frozen=True, order=True):
    """Names a blob by its content.

    Written `hash/size_bytes`, as in REAPI's resource names.
    """

    hash: str
    """SHA-256, 64 lower-case hexadecimal digits."""
    size_bytes: int

    def __post_init__(self) -> None:
        # The hash becomes a file name and part of a URL, so nothing else may pass for one.
        if len(self.hash) != _HASH_LENGTH or self.hash.strip(_HEX) or self.size_bytes < 0:
            message = f"not a SHA-256 digest: {self.hash!r} of {self.size_bytes} bytes"
            raise ValueError(message)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The digest of a content."""
        return cls(hashlib.sha256(content).hexdigest(), len(content))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read back what `str` wrote.

        Raises:
            ValueError: the text is no digest.
        """
        digits, _, size = text.partition("/")
        if not (size.isascii() and size.isdecimal()):
            message = f"not a digest: {text!r}"
            raise ValueError(message)
        return cls(digits, int(size))

    def __str__(self) -> str:
        return f"{self.hash}/{self.size_bytes}"
