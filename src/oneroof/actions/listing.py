"""Listings: many names with a value each as one canonical blob, kept for `explain`.

A line is `name`, NUL, `value`, newline; lines are sorted by name. Names are paths with the digest
of their content, or anything else that holds no NUL; values hold neither NUL nor newline.
"""

from collections.abc import Mapping

import msgspec


class ListingDifference(msgspec.Struct, frozen=True):
    """How one listing differs from an older one; each field is sorted."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def render_listing(entries: Mapping[str, str]) -> bytes:
    """Write entries in canonical form, whatever their order.

    File names that are not UTF-8 keep their bytes (PEP 383).

    Raises:
        ValueError: a name holds NUL, or a value holds NUL or newline.
    """
    # The separators are counted once for the whole: checking each entry would cost more than
    # rendering it.
    values = "".join(entries.values())
    if "\0" in values or "\n" in values or any("\0" in name for name in entries):
        message = "a listing's names cannot hold NUL, nor its values NUL or newline"
        raise ValueError(message)
    text = "".join([f"{name}\0{value}\n" for name, value in sorted(entries.items())])
    return text.encode("utf-8", "surrogateescape")


def parse_listing(blob: bytes) -> dict[str, str]:
    """Read back what `render_listing` wrote.

    Raises:
        ValueError: the blob is no listing.
    """
    entries: dict[str, str] = {}
    # A name may hold a newline, a value may not: after each NUL, the first newline ends the value.
    name, *rest = blob.decode("utf-8", "surrogateescape").split("\0")
    for part in rest:
        value, newline, following = part.partition("\n")
        if not newline:
            message = "the listing is cut off"
            raise ValueError(message)
        entries[name] = value
        name = following
    if name:
        message = f"the listing has a name without value: {name!r}"
        raise ValueError(message)
    return entries


def diff_listings(old: Mapping[str, str], new: Mapping[str, str]) -> ListingDifference:
    """Which names came, went, or have another value."""
    return ListingDifference(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name])),
    )
