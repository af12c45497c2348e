"""What one export of a project is like, as its settings or a command line say it."""

from typing import Annotated, Literal

import msgspec

ExportFormat = Literal["requirements", "pylock"]
ExportInternal = Literal["wheels", "git", "omit"]
ExportPath = Annotated[str, msgspec.Meta(min_length=1)]


class ExportSettings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """An entry of `exports`: a file that `oneroof export` writes and `--check` compares."""

    path: ExportPath
    """The file, from the project's folder."""
    format: ExportFormat | None = None
    """`requirements` or `pylock`; else what the name of the file says."""
    hashes: bool = True
    """Whether pins come with the hashes of the lock."""
    internal: ExportInternal = "wheels"
    """How internal dependencies come along: `wheels` beside the file, from `git`, or `omit`."""
    groups: tuple[str, ...] = ()
    """Dependency groups that are needed too."""
    extras: tuple[str, ...] = ()
    """Extras that are needed too."""
    platform: str | None = None
    """The one machine it is for, `linux/amd64` or `linux/arm64`; not set: any."""
    python: str | None = None
    """The one Python it is for; not set: any that the lock is for."""
