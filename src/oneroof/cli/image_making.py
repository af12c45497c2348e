"""Making one image: planned, taken from the registry or built, and put where it is wanted."""

from collections.abc import Sequence
from contextlib import ExitStack

import msgspec

from oneroof import disk
from oneroof.cache.disk import DiskCache
from oneroof.cli.context import Session
from oneroof.cli.image_output import Done
from oneroof.cli.imaging import Imaging, Wish
from oneroof.cli.work import Work
from oneroof.errors import ConfigError
from oneroof.images.identity import find_earlier
from oneroof.images.image import PYTHON, annotations_of
from oneroof.images.outline import ImagePlan, image_name, with_platforms
from oneroof.images.push import Target, describe_index, push_again, push_image, push_signature
from oneroof.images.reference import Reference, name_of, parse_reference, require_tag
from oneroof.images.registry import Registry
from oneroof.images.signature import SigningKey
from oneroof.images.sinks import load, parse_sink, put
from oneroof.workspace.model import Project

OWN = "the repository of the settings"
"""What `--push` says where no name follows."""
DEFAULT = "linux/amd64"
_NAME = "{name}"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of each image."""

    wish: Wish
    outputs: tuple[str, ...] = ()
    only_plan: bool = False
    push: str | None = None
    """Where to; `OWN`: to the repository of the settings; None: nowhere."""
    is_loaded: bool = False
    platforms: tuple[str, ...] = ()
    """Empty: those of the settings."""
    use_cache: bool = True
    key: SigningKey | None = None
    """What images that are pushed are signed with."""
    quiet: bool = False


class Made(msgspec.Struct, frozen=True):
    """One image that was made, or only planned."""

    plan: ImagePlan
    done: Done | None = None


def check_order(order: Order, projects: Sequence[Project]) -> None:
    """Refuse what cannot be done for so many projects, before anything is.

    Raises:
        ConfigError: it cannot.
    """
    if not (order.outputs or order.only_plan or order.push or order.is_loaded):
        message = "where the image goes is not said"
        hint = "give `-o oci:DIR`, `--push REF` or `--load`, or look first with `--plan`"
        raise ConfigError(message, hint=hint)
    for each in order.outputs:
        parse_sink(each)
    for tag in order.wish.tags:
        require_tag(tag)
    if len(projects) > 1 and order.outputs:
        message = "`-o` is for one image"
        raise ConfigError(message, hint="give one project, or `--push`")
    if len(projects) > 1 and order.push not in {None, OWN} and _NAME not in str(order.push):
        message = f"`--push {order.push}` would be the place of {len(projects)} images"
        raise ConfigError(message, hint="write `{name}` where the name of the project is to stand")
    for project in projects:
        target_of(project, order.push)


def make(session: Session, work: Work, project: Project, order: Order, cache: DiskCache) -> Made:
    """Make the image of one project."""
    target = target_of(project, order.push)
    wish = order.wish
    if target and target.tag:
        wish = msgspec.structs.replace(wish, tags=(*wish.tags, target.tag))
    machines = order.platforms or project.settings.image.platforms or (DEFAULT,)
    imagings = [Imaging(session, work, project, wish, each.strip(), cache) for each in machines]
    with ExitStack() as stack:
        registry = None
        if target is not None and not order.only_plan:
            registry = Registry(target, push=True)
            stack.callback(registry.close)
        return _make(work, imagings, order, registry)


def _make(work: Work, imagings: Sequence[Imaging], order: Order, registry: Registry | None) -> Made:
    has_other_use = order.outputs or order.only_plan or order.is_loaded
    with work.showing(quiet=order.quiet):
        if registry and order.use_cache and not has_other_use and not order.wish.update_base:
            again = _push_again(imagings, registry)
            if again is not None:
                _sign(again, registry, order)
                return again
        plan = with_platforms([each.plan(only=order.only_plan) for each in imagings])
        if order.only_plan:
            return Made(plan)
        built = [each.build(plan) for each in imagings]
    images = [each.image for each in built]
    top = describe_index(images, annotations_of((each.action for each in built), plan.python))
    for sink in map(parse_sink, order.outputs):
        put(sink, top, images, plan)
    engine = load(top, images, plan) if order.is_loaded else ""
    pushed = None
    if registry is not None:
        where = Target(plan.tags, imagings[0].base_reference)
        pushed = push_image(registry, images, top, where, disk.cache_root())
    done = Done(top=top, built=built, outputs=order.outputs, engine=engine, pushed=pushed)
    made = Made(plan, done)
    if registry is not None:
        _sign(made, registry, order)
    return made


def _sign(made: Made, registry: Registry, order: Order) -> None:
    if order.key is not None and made.done is not None:
        push_signature(registry, made.done.top.descriptor, order.key)


def _push_again(imagings: Sequence[Imaging], registry: Registry) -> Made | None:
    """Take the image that was pushed before, where one is made of the very same."""
    plan = with_platforms([each.plan(only=True) for each in imagings])
    tags = (*plan.tags, *(each.rpartition(":")[2] for each in plan.earlier))
    for earlier in find_earlier(registry, tags):
        python = earlier.annotations[PYTHON]
        told = annotations_of([each.identity(python) for each in imagings], python)
        if told and told.items() <= earlier.annotations.items():
            pushed = push_again(registry, earlier.manifest, earlier.tag, plan.tags)
            return Made(plan, Done(top=earlier.manifest, built=[], outputs=(), pushed=pushed))
    return None


def target_of(project: Project, push: str | None) -> Reference | None:
    """Where an image is pushed to; None: nowhere.

    Raises:
        ConfigError: it is not said, or is no place to push to.
    """
    if push is None:
        return None
    if push == OWN and project.settings.image.repository is None:
        message = f"where `{project.name}` is pushed to is not said"
        hint = "give `--push REF`, or set `repository` in `[tool.oneroof.image]`"
        raise ConfigError(message, hint=hint)
    named = image_name(project) if push == OWN else push.replace(_NAME, name_of(project.name))
    reference = parse_reference(named)
    if reference.digest:
        message = f"`{push}` names an image that is there already"
        raise ConfigError(message, hint="push to a repository or a tag")
    return reference
