"""What a rule found."""

import msgspec

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.editing.edits import Edit
from oneroof.workspace.model import ProjectName


class Fix(msgspec.Struct, frozen=True):
    """What `--fix` would write to mend a violation."""

    edits: tuple[tuple[RelPath, Edit], ...] = ()
    """Files, each with a change of it; made all or none."""
    refused: str = ""
    """Why it is left to the user."""


class Violation(msgspec.Struct, frozen=True):
    """Something that does not hold."""

    rule: str
    project: ProjectName | None
    problem: Problem
    fails: bool
    """Else it is only told."""
    line: int | None = None
    """The line of the problem's file, from 1; None where it is about the file as a whole."""
    in_baseline: bool = False
    """Whether the baseline knows it: then it breaks nothing."""
    subject: str = ""
    """What it is about, such as a distribution: with rule, project and path it tells the violation
    from others whatever its message says. Empty: the message does."""
    fix: Fix | None = None

    @property
    def breaks(self) -> bool:
        """Whether it makes the check fail."""
        return self.fails and not self.in_baseline

    @property
    def text(self) -> str:
        """The place, with its line, and what is wrong there."""
        problem = self.problem
        place = problem.path if self.line is None else f"{problem.path}:{self.line}"
        return ": ".join(part for part in (place, problem.key, problem.message) if part)
