"""`oneroof image`: the image of one project, built here without an engine."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oneroof import disk
from oneroof.cli.context import Session, warn
from oneroof.cli.output import write_json
from oneroof.errors import OK, ConfigError

if TYPE_CHECKING:
    from oneroof.workspace.model import Project

OWN = "the repository of the settings"
"""What `--push` says where no name follows."""


@click.command("image")
@click.argument("select", metavar="PROJECT", nargs=-1)
@click.option(
    "--since", metavar="REF", help="The images of all services and apps that changed since."
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="oci:DIR[:TAG]|tar:FILE",
    help="Write an OCI layout, or one tar file that engines load.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Only say what would be built.")
@click.option(
    "--push",
    is_flag=False,
    flag_value=OWN,
    metavar="[REF]",
    help="Push it: to REF, or to the `repository` of the settings.",
)
@click.option("--load", "is_loaded", is_flag=True, help="Load it into podman or docker.")
@click.option("--base", default="", metavar="REF|oci:DIR[:TAG]", help="The image to build on.")
@click.option(
    "--update-base", is_flag=True, help="Pin what the base's name stands for now in images.lock."
)
@click.option(
    "--platform",
    default="",
    metavar="PLATFORM[,...]",
    help="The machines it is for: linux/amd64, the default, or linux/arm64.",
)
@click.option("--python", default="", metavar="VERSION", help="Its Python, such as 3.12.")
@click.option("--tag", "tags", multiple=True, help="A tag; else the branch and the commit.")
@click.option(
    "--no-cache", is_flag=True, help="Build it even if the registry has an image of the same."
)
@click.option(
    "--digests", metavar="FILE", help="Write what was pushed, by digest, for a deployment."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def image_command(
    session: Session,
    select: tuple[str, ...],
    *,
    since: str | None,
    outputs: tuple[str, ...],
    only_plan: bool,
    push: str | None,
    is_loaded: bool,
    base: str,
    update_base: bool,
    platform: str,
    python: str,
    tags: tuple[str, ...],
    no_cache: bool,
    digests: str | None,
    as_json: bool,
) -> int:
    """Build the image of PROJECT from wheels, without an engine and without running anything.

    What changes rarely lies in layers below what changes often. Each layer is the same to the
    byte wherever it is built, so that images share them, and only what a registry does not have
    is pushed. Nothing is installed: wheels are laid out as the files of a virtual environment in
    `/app`.

    With several projects, or --since, REF may hold `{name}`. What the registry has already is
    not built again.
    """
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.image_making import Order, check_order, make
    from oneroof.cli.image_output import document, show, write_digests
    from oneroof.cli.imaging import Wish
    from oneroof.cli.work import Work

    order = Order(
        wish=Wish(base=base, python=python, tags=tags, update_base=update_base),
        outputs=outputs,
        only_plan=only_plan,
        push=push,
        is_loaded=is_loaded,
        platforms=tuple(platform.split(",")) if platform else (),
        use_cache=not no_cache,
        quiet=as_json,
    )
    if digests is not None and push is None:
        message = "`--digests` tells what was pushed"
        raise ConfigError(message, hint="give `--push`, too")
    projects = _projects(session, select, since)
    check_order(order, projects)
    cache, work = DiskCache(disk.cache_root(), warn), Work(session)
    made = []
    for each in projects:
        made.append(make(session, work, each, order, cache))
        if not as_json:
            show(made[-1])
    if digests is not None:
        write_digests(Path(digests), made)
    if as_json:
        found = [document(each) for each in made]
        write_json(found[0] if since is None and len(found) == 1 else {"images": found})
    elif not projects:
        sys.stderr.write("no image is affected: there is nothing to deploy\n")
    return OK


def _projects(session: Session, select: tuple[str, ...], since: str | None) -> "list[Project]":
    """Whose images are meant."""
    if since is None:
        if not select:
            message = "whose image is not said"
            raise ConfigError(message, hint="name a project, or give `--since`")
        return [session.select_one(each) for each in dict.fromkeys(select)]
    from oneroof.changes.since import affected_since
    from oneroof.distributions.plan import is_built

    names = {each.name for each in affected_since(session.opened, since).projects}
    return [
        each
        for each in session.select(select)
        if each.name in names and each.role in {"service", "app"} and is_built(each)
    ]
