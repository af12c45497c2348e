"""`oneroof image`: the image of one project, built here without an engine."""

from typing import TYPE_CHECKING

import click

from oneroof import disk
from oneroof.cli.context import Session, warn
from oneroof.cli.image_output import Done, show_done, show_plan
from oneroof.errors import OK, ConfigError

if TYPE_CHECKING:
    from oneroof.cli.imaging import Imaging
    from oneroof.images.outline import ImagePlan
    from oneroof.images.reference import Reference
    from oneroof.workspace.model import Project

OWN = "the repository of the settings"
"""What `--push` says where no name follows."""
DEFAULT = "linux/amd64"


@click.command("image")
@click.argument("project")
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def image_command(
    session: Session,
    project: str,
    *,
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
    as_json: bool,
) -> int:
    """Build the image of PROJECT from wheels, without an engine and without running anything.

    What changes rarely lies in layers below what changes often. Each layer is the same to the
    byte wherever it is built, so that images share them, and only what a registry does not have
    is pushed. Nothing is installed: wheels are laid out as the files of a virtual environment in
    `/app`.
    """
    from oneroof.cache.disk import DiskCache
    from oneroof.cli.imaging import Imaging, Wish
    from oneroof.cli.work import Work
    from oneroof.images.image import annotations_of
    from oneroof.images.outline import with_platforms
    from oneroof.images.push import Target, describe_index, push_image
    from oneroof.images.reference import require_tag
    from oneroof.images.sinks import load, parse_sink, put

    if not (outputs or only_plan or push or is_loaded):
        message = "where the image goes is not said"
        hint = "give `-o oci:DIR`, `--push REF` or `--load`, or look first with `--plan`"
        raise ConfigError(message, hint=hint)
    sinks = [parse_sink(each) for each in outputs]
    chosen, work = session.select_one(project), Work(session)
    target = _target(chosen, push)
    for each in tags:
        require_tag(each)
    wish = Wish(
        base=base,
        python=python,
        tags=(*tags, target.tag) if target and target.tag else tags,
        update_base=update_base,
    )
    cache = DiskCache(disk.cache_root(), warn)
    machines = platform.split(",") if platform else chosen.settings.image.platforms or (DEFAULT,)
    imagings = [Imaging(session, work, chosen, wish, each.strip(), cache) for each in machines]
    if target and not (outputs or only_plan or is_loaded or update_base or no_cache):
        with work.showing(quiet=as_json):
            again = _push_again(imagings, target)
        if again is not None:
            show_done(again[0], again[1], as_json=as_json)
            return OK
    with work.showing(quiet=as_json):
        plans = [each.plan(only=only_plan) for each in imagings]
        plan = with_platforms(plans)
        built = [] if only_plan else [each.build(plan) for each in imagings]
    if only_plan:
        show_plan(plan, as_json=as_json)
        return OK
    images = [each.image for each in built]
    top = describe_index(images, annotations_of((each.action for each in built), plan.python))
    for sink in sinks:
        put(sink, top, images, plan)
    engine = load(top, images, plan) if is_loaded else ""
    pushed = None
    if target is not None:
        where = Target(target, plan.tags, imagings[0].base_reference)
        pushed = push_image(images, top, where, disk.cache_root())
    done = Done(top=top, built=built, outputs=outputs, engine=engine, pushed=pushed)
    show_done(plan, done, as_json=as_json)
    return OK


def _push_again(imagings: "list[Imaging]", target: "Reference") -> "tuple[ImagePlan, Done] | None":
    """Take the image that was pushed before, where one is made of the very same."""
    from oneroof.images.identity import find_earlier
    from oneroof.images.image import PYTHON, annotations_of
    from oneroof.images.outline import with_platforms
    from oneroof.images.push import push_again
    from oneroof.images.registry import Registry

    plan = with_platforms([each.plan(only=True) for each in imagings])
    tags = (*plan.tags, *(each.rpartition(":")[2] for each in plan.earlier))
    registry = Registry(target, push=True)
    try:
        for earlier in find_earlier(registry, tags):
            python = earlier.annotations[PYTHON]
            told = annotations_of([each.identity(python) for each in imagings], python)
            if told and told.items() <= earlier.annotations.items():
                pushed = push_again(registry, earlier.manifest, earlier.tag, plan.tags)
                return plan, Done(top=earlier.manifest, built=[], outputs=(), pushed=pushed)
    finally:
        registry.close()
    return None


def _target(project: "Project", push: str | None) -> "Reference | None":
    """Where it is pushed to."""
    from oneroof.images.outline import image_name
    from oneroof.images.reference import parse_reference

    if push is None:
        return None
    if push == OWN and project.settings.image.repository is None:
        message = f"where `{project.name}` is pushed to is not said"
        hint = "give `--push REF`, or set `repository` in `[tool.oneroof.image]`"
        raise ConfigError(message, hint=hint)
    reference = parse_reference(image_name(project) if push == OWN else push)
    if reference.digest:
        message = f"`{push}` names an image that is there already"
        raise ConfigError(message, hint="push to a repository or a tag")
    return reference
