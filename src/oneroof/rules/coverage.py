"""What one check judged: whether something that was not found is not there any more."""

import msgspec

from oneroof.workspace.model import ProjectName

BY_ENVIRONMENT = frozenset({"undeclared", "unused", "unparsable"})
"""Rules that find less where the environment of a project is not known."""
ON_REQUEST = frozenset({"python"})
"""Rules that judge only where the command line asks for it."""


class Coverage(msgspec.Struct, frozen=True):
    """What was judged of a workspace."""

    workspace: frozenset[ProjectName]
    """All projects there are."""
    projects: frozenset[ProjectName]
    """Those that were judged."""
    with_environment: frozenset[ProjectName]
    """Those of which third-party imports were judged, too."""
    requested: frozenset[str] = frozenset()
    """Which of the rules on request were judged."""

    def holds(self, rule: str, project: ProjectName | None, subject: str = "") -> bool:
        """Whether all violations of a rule in a project were found.

        Those about other projects of the workspace (`subject`) need no environment.
        """
        if rule in ON_REQUEST - self.requested:
            return False
        if project is None or project not in self.workspace:
            return True
        if project not in self.projects:
            return False
        needs_environment = rule in BY_ENVIRONMENT and not self._is_internal(subject)
        return not needs_environment or project in self.with_environment

    def is_complete(self, rule: str) -> bool:
        """Whether all violations of a rule were found."""
        return all(self.holds(rule, project) for project in self.workspace)

    def _is_internal(self, subject: str) -> bool:
        names = {name.partition("@")[0] for name in self.workspace}
        return subject in self.workspace or subject in names
