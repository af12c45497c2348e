"""What is to be changed in a manifest: small changes, each of one place."""

import msgspec

Names = tuple[str, ...]
Table = tuple[tuple[str, str | bool], ...]
"""The keys and values of an inline table."""


class AddItem(msgspec.Struct, frozen=True):
    """A requirement for the list at a path; for the file itself where the path is empty."""

    path: Names
    item: str


class RemoveItems(msgspec.Struct, frozen=True):
    """All requirements of one normalised name, out of the list at a path."""

    path: Names
    name: str


class AddKey(msgspec.Struct, frozen=True):
    """A key with a text or an inline table."""

    path: Names
    value: str | Table


class RemoveKey(msgspec.Struct, frozen=True):
    """A key and all below it."""

    path: Names
    prune: bool = False
    """Whether the table around it goes too, if then empty."""


class RemoveElement(msgspec.Struct, frozen=True):
    """One element of an array, by its index."""

    path: Names
    index: int


class RemoveLine(msgspec.Struct, frozen=True):
    """The line of a requirements file on which a requirement starts."""

    line: int


class ReplaceLine(msgspec.Struct, frozen=True):
    """A line whose comment changes and nothing else; None: it goes."""

    line: int
    text: str | None


Edit = AddItem | RemoveItems | AddKey | RemoveKey | RemoveElement | RemoveLine | ReplaceLine
