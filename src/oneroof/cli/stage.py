"""`oneroof stage`: the smallest build context that can make an image of one project."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oneroof import disk
from oneroof.cli.context import Session, warn
from oneroof.cli.output import columns, write, write_json
from oneroof.cli.shipping import build_wheels, fetch_third_party, python_of
from oneroof.errors import OK, ConfigError

if TYPE_CHECKING:
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.work import Work
    from oneroof.distributions.platforms import Platform
    from oneroof.distributions.stage import Stage
    from oneroof.distributions.third_party import ThirdWheel
    from oneroof.workspace.model import Project


@click.command("stage")
@click.argument("project")
@click.option(
    "-o",
    "--output",
    metavar="DIR|FILE",
    type=click.Path(path_type=Path),
    help="Where to; a folder will hold the stage and nothing else.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["folder", "zip"]),
    default="folder",
    show_default=True,
    help="A build context, or one zip file with the code laid out as functions in clouds want it.",
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
    format_: str,
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
    them without a network. With `--format zip` a file with all that these wheels hold, but for
    their commands.
    """
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.stage_zip import Zipped, lay_out_wheels, refuse_options, write_zip
    from oneroof.cli.work import Work
    from oneroof.distributions.deliver import deliver_stage
    from oneroof.distributions.platforms import parse_platform
    from oneroof.distributions.stage import Contents, plan_stage
    from oneroof.workspace.model import MAIN

    if output is None and not listing:
        message = "where to write the stage is not said"
        raise ConfigError(message, hint="give a folder with `-o`, or look first with `--list`")
    if format_ == "zip":
        refuse_options(output, base=base, with_test=with_test, dockerfile=dockerfile)
    chosen = session.select_one(project)
    work, cache = Work(session), DiskCache(disk.cache_root(), warn)
    machine = parse_platform(platform, python or python_of(work, chosen))
    with work.showing(quiet=as_json):
        built = build_wheels(session, chosen, cache)
        third = fetch_third_party(session, work, chosen, (MAIN,), machine, cache)
        test = _test_only(session, work, chosen, machine, cache, third) if with_test else ()
    if format_ == "zip":
        members = lay_out_wheels((*third, *built), machine, cache.storage)
        zipped = Zipped(chosen, machine, members)
        return write_zip(zipped, None if listing else output, as_json=as_json)
    stage = plan_stage(
        Contents(
            project=chosen,
            platform=machine,
            base=base or f"python:{machine.minor}-slim",
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
    found = fetch_third_party(session, work, project, kinds, machine, cache)
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
