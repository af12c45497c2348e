"""`oneroof stage`: the smallest build context that can make an image of one project."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oneroof import disk
from oneroof.cli.context import Session, warn
from oneroof.cli.output import columns, write, write_json
from oneroof.errors import OK, ConfigError, ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oneroof.cache.disk import DiskCache
    from oneroof.cli.work import Work
    from oneroof.distributions.platforms import Platform
    from oneroof.distributions.stage import Stage
    from oneroof.distributions.third_party import ThirdWheel
    from oneroof.distributions.wheels import Built
    from oneroof.workspace.model import Kind, Project


@click.command("stage")
@click.argument("project")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to; it will hold the stage and nothing else.",
)
@click.option("--list", "listing", is_flag=True, help="Only list what the stage would hold.")
@click.option(
    "--platform",
    default="linux/amd64",
    show_default=True,
    help="The machine it will run on: linux/amd64 or linux/arm64.",
)
@click.option("--python", default="", metavar="VERSION", help="Its Python, such as 3.12.")
@click.option("--base", default="", metavar="IMAGE", help="The image to build on.")
@click.option("--test", "with_test", is_flag=True, help="Add what the tests need, as a target.")
@click.option(
    "--dockerfile",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take this Dockerfile as it is.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def stage_command(
    session: Session,
    project: str,
    *,
    output: Path | None,
    listing: bool,
    platform: str,
    python: str,
    base: str,
    with_test: bool,
    dockerfile: Path | None,
    as_json: bool,
) -> int:
    """Write what is needed to build an image of PROJECT, and nothing else.

    The wheels of the project, of its internal dependencies and of the locked third-party
    packages for the target machine, their pins with hashes, and a Dockerfile that installs
    them without a network.
    """
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.work import Work
    from oneroof.distributions.deliver import deliver_stage
    from oneroof.distributions.platforms import parse_platform
    from oneroof.distributions.stage import Contents, plan_stage
    from oneroof.workspace.model import MAIN

    if output is None and not listing:
        message = "where to write the stage is not said"
        raise ConfigError(message, hint="give a folder with `-o`, or look first with `--list`")
    found = session.select((project,))
    if len(found) != 1:
        message = f"`{project}` names {len(found)} projects"
        raise ConfigError(message, hint="name one of them")
    chosen, work, cache = found[0], Work(session), DiskCache(disk.cache_root(), warn)
    machine = parse_platform(platform, python or _python(work, chosen))
    with work.showing(quiet=as_json):
        built = _build(session, chosen, cache)
        third = _third_party(session, work, chosen, (MAIN,), machine, cache)
        test = _test_only(session, work, chosen, machine, cache, third) if with_test else ()
    minor = ".".join(machine.python.split(".")[:2])
    stage = plan_stage(
        Contents(
            project=chosen,
            platform=machine,
            base=base or f"python:{minor}-slim",
            third=third,
            test=test,
            built=built,
            dockerfile=dockerfile.read_bytes() if dockerfile else None,
            with_test=with_test,
        )
    )
    if output is not None and not listing:
        deliver_stage(stage, output, cache.storage)
    _show(stage, output, as_json=as_json)
    return OK


def _python(work: "Work", project: "Project") -> str:
    """The version that the project is tested with here."""
    from oneroof.environments.model import Request

    interpreter, _ = work.provider.pins(Request(project.name))
    return interpreter.minor


def _build(session: Session, project: "Project", cache: "DiskCache") -> "Sequence[Built]":
    from oneroof.cli.work import processors
    from oneroof.distributions.frontend import DEFAULT_TIMEOUT_SECONDS, Frontend
    from oneroof.distributions.plan import to_build
    from oneroof.distributions.wheels import Wheels
    from oneroof.execution.environment import base_environment

    projects = to_build(session.opened.graph, (project,))
    with Frontend(base_environment(os.environ), DEFAULT_TIMEOUT_SECONDS) as frontend:
        built, interrupted = Wheels(session.opened, cache, frontend).build(
            projects, jobs=processors()
        )
    if interrupted:
        raise KeyboardInterrupt
    for each in built:
        for warning in each.warnings:
            sys.stderr.write(f"warning: {each.project}: the wheel {warning}\n")
    failed = [f"{each.project}: {each.error}" for each in built if not each.ok]
    if failed:
        raise ToolError("\nerror: ".join(failed))
    return built


def _third_party(  # noqa: PLR0917  what is wanted, for whom, and where it is kept
    session: Session,
    work: "Work",
    project: "Project",
    kinds: "tuple[Kind, ...]",
    machine: "Platform",
    cache: "DiskCache",
) -> "tuple[ThirdWheel, ...]":
    from oneroof.distributions.third_party import ThirdParty

    pins = work.pins.pins(project.name, kinds, machine.target)
    fatal = [each for each in pins.problems if each.fatal]
    if fatal:
        raise ConfigError("; ".join(map(str, fatal)), hint=fatal[0].hint)
    default = next(
        (each.url for each in project.metadata.indexes if each.default and not each.explicit), ""
    )
    return ThirdParty(session.opened.root, cache, machine).fetch(pins.pins, default)


def _test_only(  # noqa: PLR0917
    session: Session,
    work: "Work",
    project: "Project",
    machine: "Platform",
    cache: "DiskCache",
    third: "tuple[ThirdWheel, ...]",
) -> "tuple[ThirdWheel, ...]":
    """What the tests need that the image does not have."""
    from oneroof.workspace.development import work_kinds

    kinds = work_kinds(session.opened.workspace, project)
    known = {each.name for each in third}
    found = _third_party(session, work, project, kinds, machine, cache)
    return tuple(each for each in found if each.name not in known)


def _show(stage: "Stage", output: Path | None, *, as_json: bool) -> None:
    if as_json:
        write_json(
            {
                "project": stage.project,
                "platform": stage.platform.oci,
                "python": stage.platform.python,
                "output": str(output) if output else None,
                "size_bytes": stage.size_bytes,
                "files": [
                    {
                        "path": each.path,
                        "size_bytes": each.size_bytes,
                        "sha256": each.digest.hash if each.digest else None,
                    }
                    for each in stage.files
                ],
            }
        )
        return
    write(columns((each.path, f"{each.size_bytes:,}") for each in stage.files))
    sys.stderr.write(f"{len(stage.files)} files, {stage.size_bytes:,} bytes\n")
