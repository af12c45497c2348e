"""What git says about the sources of an image: the branch, the commit that last changed them."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from oneroof.changes.git import DEFAULT_BRANCHES
from oneroof.distributions.history import ask, is_edited, last_commit
from oneroof.images.reference import tag_of
from oneroof.paths import RelPath


class Revision(msgspec.Struct, frozen=True):
    """Where the work tree stands; all empty without git or before the first commit."""

    branch: str = ""
    """Empty where HEAD is detached."""
    commit: str = ""
    """The last one that changed a file below the folders that were asked for."""
    is_dirty: bool = False
    """Whether something there is not committed."""
    default_branch: str = ""

    @property
    def label(self) -> str:
        """For `org.opencontainers.image.revision`."""
        return f"{self.commit}-dirty" if self.commit and self.is_dirty else self.commit

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags an image gets where none is given: the branch and the commit."""
        short = self.commit[:12] + ("-dirty" if self.is_dirty else "") if self.commit else ""
        return tuple(tag for tag in (tag_of(self.branch), short) if tag) or ("latest",)

    @property
    def earlier_tags(self) -> tuple[str, ...]:
        """Tags that an earlier image may have: of this branch, then of the default one."""
        return tuple(
            dict.fromkeys(tag for tag in map(tag_of, (self.branch, self.default_branch)) if tag)
        )


def read_revision(root: Path, folders: Sequence[RelPath]) -> Revision:
    """Ask git about the folders of a project and of its internal dependencies.

    The commit is theirs, not HEAD: an image of which nothing changed stays the same image.
    """
    commit = last_commit(root, folders)
    if not commit:
        return Revision()
    branch = ask(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    return Revision(branch, commit, is_edited(root, folders), _default_branch(root))


def _default_branch(root: Path) -> str:
    listing = ask(root, "for-each-ref", "--format=%(refname) %(symref)", *DEFAULT_BRANCHES)
    known = {line.partition(" ")[0]: line.partition(" ")[2] for line in listing.splitlines()}
    found = next((known[name] or name for name in DEFAULT_BRANCHES if name in known), "")
    return found.removeprefix("refs/heads/").removeprefix("refs/remotes/").removeprefix("origin/")
