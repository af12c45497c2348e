"""What is asked of a resolution, as a value."""

import msgspec

from oneroof.locks.model import Pin
from oneroof.workspace.model import Index, Requirement


class Request(msgspec.Struct, frozen=True):
    """All that decides a resolution."""

    requirements: tuple[Requirement, ...]
    python_version: str
    """`3.11` or `3.11.7`."""
    constraints: tuple[Pin, ...] = ()
    """Pins that must stay as they are."""
    preferences: tuple[Pin, ...] = ()
    """Pins that stay as they are where they can."""
    exclude_names: frozenset[str] = frozenset()
    """Names that are never looked up and never pinned: those of internal projects."""
    indexes: tuple[Index, ...] = ()
    python_platform: str = ""
    """A platform as `uv pip compile --python-platform` names it; empty: this machine's."""
