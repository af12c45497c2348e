"""What every command starts from: the workspace around here, opened once."""

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from oneroof import paths
from oneroof.changes.snapshot import Opened, open_root, open_workspace, workspace_folder
from oneroof.paths import RelPath
from oneroof.workspace.reading import Reading

if TYPE_CHECKING:
    from oneroof.changes.remembered import Snapshot
    from oneroof.cli.locks import Locks
    from oneroof.imports.kept import Kept
    from oneroof.workspace.model import Project


class Session:
    """One run of the command line."""

    def __init__(self, root: Path | None, reading: Reading | None = None) -> None:
        self._root = root
        self.reading = reading
        """git at work on the state of the work tree, where it was started already."""
        self._kept: Snapshot | None = None
        self._kept_imports: Kept | None = None

    @classmethod
    def of(cls, opened: Opened) -> Self:
        """A session about a workspace that is open already."""
        session = cls(opened.root)
        session.__dict__["opened"] = opened
        return session

    @cached_property
    def opened(self) -> Opened:
        """The workspace, discovered or remembered."""
        if self._root is not None:
            return open_root(self._root)
        return open_workspace(
            Path.cwd(), reading=self.reading, kept=self._kept, kept_imports=self._kept_imports
        )

    def look_ahead(self, *, imports: bool = False) -> None:
        """Read what was remembered of the workspace while git still looks at the work tree."""
        if self.reading is not None:
            from oneroof.changes.remembered import read_snapshot

            folder = workspace_folder(Path(self.reading.root))
            self._kept = read_snapshot(folder / "snapshot")
            if imports:
                from oneroof.imports.kept import read_kept

                self._kept_imports = read_kept(folder / "imports")

    @cached_property
    def here(self) -> RelPath:
        """The current folder within the workspace; the root where it lies outside."""
        current = Path.cwd().resolve()
        if not current.is_relative_to(self.opened.root):
            return paths.ROOT
        return RelPath(current.relative_to(self.opened.root).as_posix())

    @cached_property
    def locks(self) -> "Locks":
        """The locks of the workspace, read once."""
        from oneroof.cli.locks import read_locks

        return read_locks(self.opened)

    def select(self, selectors: tuple[str, ...]) -> "tuple[Project, ...]":
        """The projects that selectors name.

        Raises:
            ConfigError: a selector names nothing.
        """
        from oneroof.workspace.selection import select

        return select(self.opened.graph, selectors, self.here)

    def select_one(self, selector: str) -> "Project":
        """The one project that a selector names.

        Raises:
            ConfigError: it names none, or several.
        """
        from oneroof.errors import ConfigError

        found = self.select((selector,))
        if len(found) != 1:
            message = f"`{selector}` names {len(found)} projects"
            raise ConfigError(message, hint="name one of them")
        return found[0]


def warn(text: str) -> None:
    """Say something on standard error."""
    import sys

    sys.stderr.write(f"warning: {text}\n")


def is_terminal(stream: object) -> bool:
    """Whether a stream is a terminal that wants colours and progress."""
    wants_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and not wants_plain
