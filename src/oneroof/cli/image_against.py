"""`oneroof image PROJECT --against REF`: what makes the image another one than is there."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from oneroof import disk, processes
from oneroof.cache.disk import DiskCache
from oneroof.cli.context import Session, warn
from oneroof.cli.image_making import DEFAULT, Order
from oneroof.cli.imaging import Imaging
from oneroof.cli.output import columns, write, write_json
from oneroof.cli.work import Work
from oneroof.errors import FAILED, OK, ConfigError
from oneroof.images.identity import find_facts
from oneroof.images.reference import parse_reference
from oneroof.images.registry import Registry
from oneroof.workspace.model import Project, ProjectName

_FILES = "files:"


class Difference(msgspec.Struct, frozen=True):
    """One fact that is not the same."""

    what: str
    """The fact, or a file."""
    old: str
    new: str


def compare(session: Session, project: Project, order: Order, named: str) -> int:
    """Print what differs; the exit code is 1 where anything does."""
    reference = parse_reference(named)
    registry = Registry(reference)
    try:
        there = find_facts(registry, reference.identifier)
    finally:
        registry.close()
    if there is None:
        message = f"`{named}` does not tell what it is made of"
        raise ConfigError(message, hint="only images that `oneroof image --push` pushed do")
    old, commit = there
    platform = (order.platforms or project.settings.image.platforms or (DEFAULT,))[0]
    work, cache = Work(session), DiskCache(disk.cache_root(), warn)
    imaging = Imaging(session, work, project, order.wish, platform.strip(), cache)
    with work.showing(quiet=order.quiet):
        action = imaging.identity()
    new = {each.name: each.value for each in action.inputs} if action is not None else {}
    found = list(_differences(session, old, new, commit))
    if order.quiet:
        told = {"project": project.name, "image": named, "commit": commit}
        write_json({**told, "differences": [msgspec.to_builtins(each) for each in found]})
    elif found:
        rows = ((each.what, f"{each.old or 'none'} -> {each.new or 'none'}") for each in found)
        write(columns(rows))
    else:
        write(f"{project.name} is what `{named}` is")
    return FAILED if found else OK


def _differences(
    session: Session, old: Mapping[str, str], new: Mapping[str, str], commit: str
) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, ""), new.get(name, "")
        if before == after:
            continue
        if name.startswith(_FILES) and before and after:
            project = session.opened.graph.projects[ProjectName(name.removeprefix(_FILES))]
            files = _changed_files(session.opened.root, commit, project.path)
            if files:
                yield from (Difference(path, commit[:12], "edited") for path in files)
                continue
        yield Difference(name, before, after)


def _changed_files(root: Path, commit: str, folder: str) -> list[str]:
    """The files in a folder that are not what they were in a commit; none where it is not known."""
    if not commit:
        return []
    told = processes.run(("git", "diff", "--name-only", "-z", commit, "--", folder), cwd=root)
    more = processes.run(
        ("git", "ls-files", "--others", "--exclude-standard", "-z", "--", folder), cwd=root
    )
    if told.exit_code != 0:
        return []
    names = (told.stdout + more.stdout).decode("utf-8", "surrogateescape").split("\0")
    return sorted({name for name in names if name})
