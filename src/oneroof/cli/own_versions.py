"""The versions of the workspace's own projects, as their wheels bear them."""

from collections.abc import Sequence

import msgspec

from oneroof import disk
from oneroof.cli.context import Session, warn
from oneroof.errors import ToolError
from oneroof.workspace.model import ProjectName


class OwnVersion(msgspec.Struct, frozen=True):
    """The version of one project."""

    project: ProjectName
    version: str
    """Empty where it has none."""
    from_git: bool

    @property
    def told(self) -> str:
        """In one line."""
        where = "  read from git" if self.from_git else ""
        return f"{self.project}  {self.version or 'has no version'}{where}"

    @property
    def document(self) -> dict[str, object]:
        """As JSON has it."""
        return {
            "name": self.project,
            "version": self.version or None,
            "from_git": self.from_git,
        }


def find_own_versions(session: Session, names: Sequence[ProjectName]) -> list[OwnVersion]:
    """The versions of projects; those that a plugin reads from git are built to know them.

    Raises:
        ToolError: one cannot be built.
    """
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.shipping import run_wheels
    from oneroof.distributions.plan import is_built, is_read_from_git, to_build

    opened = session.opened
    projects = [opened.graph.projects[name] for name in names]
    dynamic = [each for each in projects if is_built(each) and is_read_from_git(each, opened)]
    versions = {each.name: each.metadata.version or "" for each in projects}
    if dynamic:
        cache = DiskCache(disk.cache_root(), warn)
        built, interrupted = run_wheels(session, to_build(opened.graph, dynamic), cache)
        if interrupted:
            raise KeyboardInterrupt
        wanted = {each.name for each in dynamic}
        for each in built:
            if each.project not in wanted:
                continue
            if not each.ok:
                message = f"{each.project}: {each.error}"
                raise ToolError(message)
            for text in each.warnings:
                warn(f"{each.project}: the wheel {text}")
            versions[each.project] = each.version
    return [OwnVersion(each.name, versions[each.name], each in dynamic) for each in projects]
