"""A stage as one zip file: the code of all wheels at its root, as functions in clouds want it."""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof import disk
from oneroof.cache.disk import DiskStorage
from oneroof.cli.bundling import read_part
from oneroof.cli.output import columns, write, write_json
from oneroof.distributions.archive import Member, pack
from oneroof.distributions.bundle import lay_out
from oneroof.distributions.platforms import Platform
from oneroof.distributions.third_party import ThirdWheel
from oneroof.distributions.wheels import Built
from oneroof.errors import OK, ConfigError
from oneroof.workspace.model import Project


class Zipped(msgspec.Struct, frozen=True):
    """What a zip file is to hold."""

    project: Project
    platform: Platform
    members: Mapping[str, Member]
    """By path, sorted."""


def refuse_options(
    output: Path | None, *, base: str, with_test: bool, dockerfile: Path | None
) -> None:
    """Refuse what a zip file has no place for.

    Raises:
        ConfigError: there is such a thing.
    """
    given = {"--base": base, "--test": with_test, "--dockerfile": dockerfile}
    if named := [name for name, value in given.items() if value]:
        message = f"`{named[0]}` says nothing of a zip file"
        raise ConfigError(
            message, hint=f"leave it out, or take `--format folder` with `{named[0]}`"
        )
    if output is not None and output.is_dir():
        message = f"{output}: is a folder"
        raise ConfigError(message, hint=f"name a file, such as `{output / 'function.zip'}`")


def lay_out_wheels(
    wheels: Sequence[ThirdWheel | Built], machine: Platform, storage: DiskStorage
) -> Mapping[str, Member]:
    """The files of all wheels.

    Raises:
        ConfigError: two of them differ in a file, or one was compiled for another machine.
        ToolError: one was lost from the cache meanwhile.
    """
    for each in wheels:
        if isinstance(each, Built) and not machine.target.accepts_wheel(each.filename):
            where = f"{machine.oci} and Python {machine.python}"
            message = f"`{each.filename}` was compiled here and does not fit {where}"
            raise ConfigError(message, hint="make it on such a machine")
    return dict(sorted(lay_out(read_part(each, storage) for each in wheels).items()))


def write_zip(zipped: Zipped, output: Path | None, *, as_json: bool) -> int:
    """Write the file, whole, and say what is in it; without a place only the latter.

    Raises:
        ConfigError: it cannot be written there.
    """
    content = pack(zipped.members)
    if output is not None:
        try:
            disk.write_atomically(output, content, 0o644)
        except OSError as error:
            message = f"{error.filename or output}: cannot be written: {error.strerror}"
            raise ConfigError(message, hint="give another file with `-o`") from error
    sizes = {path: len(member.content) for path, member in zipped.members.items()}
    if as_json:
        write_json(
            {
                "project": zipped.project.name,
                "platform": zipped.platform.oci,
                "python": zipped.platform.python,
                "output": str(output) if output else None,
                "size_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "unpacked_bytes": sum(sizes.values()),
                "files": [{"path": path, "size_bytes": size} for path, size in sizes.items()],
            }
        )
        return OK
    if output is None:
        write(columns((path, f"{size:,}") for path, size in sizes.items()))
    else:
        write(f"{output}\n")
    unpacked = f"{sum(sizes.values()):,} unpacked"
    sys.stderr.write(f"{len(sizes)} files, {len(content):,} bytes, {unpacked}\n")
    return OK
