"""The families of errors a user can meet, each with its exit code.

Failing tasks and broken rules are results, not exceptions. A misuse by our own code stays a
`ValueError` or `TypeError` and ends as exit code 70.
"""

import msgspec

OK = 0
FAILED = 1
INTERRUPTED = 130
BUG = 70


class OneroofError(Exception):
    """An error that is shown as one sentence and, where there is a cure, one hint."""

    exit_code = BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(OneroofError):
    """The workspace's files or the command line say something that cannot be."""

    exit_code = 2


class SelectionError(OneroofError):
    """Nothing matched what was selected."""

    exit_code = 3


class ToolError(OneroofError):
    """An external tool is missing or failed."""

    exit_code = 4


class RemoteError(OneroofError):
    """A remote service or registry failed."""

    exit_code = 5


class Problem(msgspec.Struct, frozen=True):
    """Something wrong in a file of the workspace: the place first, then what and how to mend it."""

    path: str
    """The file or folder, relative to the workspace root."""
    message: str
    """One lower-case sentence without full stop, values in backticks."""
    key: str = ""
    """The dotted key inside the file, with indexes: `project.dependencies[2]`."""
    hint: str = ""
    """An imperative that mends it."""
    fatal: bool = False
    """Whether the project cannot be worked with until it is mended."""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.path, self.key, self.message) if part)
