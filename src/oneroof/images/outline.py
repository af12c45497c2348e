"""What would be built: everything about an image that is known before a wheel is."""

from collections.abc import Sequence

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.utils import parse_wheel_filename

from oneroof.distributions.platforms import Platform
from oneroof.distributions.wheels import Built
from oneroof.errors import ConfigError, ToolError
from oneroof.images.build import plan_labels, plan_runtime
from oneroof.images.image import Runtime
from oneroof.images.reference import name_of
from oneroof.images.revision import Revision
from oneroof.images.start import Start
from oneroof.workspace.model import Project, ProjectName


class ImagePlan(msgspec.Struct, frozen=True, kw_only=True):
    """One image to build."""

    project: ProjectName
    name: str
    """The repository it goes to, or would be loaded as."""
    tags: tuple[str, ...]
    earlier: tuple[str, ...]
    """Where an earlier image may be of which layers can be taken: this branch, the default one."""
    platforms: tuple[str, ...]
    python: str
    base: str
    start: Start
    runtime: Runtime
    packages: tuple[str, ...]
    """Third-party packages, `name==version`."""
    internal: tuple[ProjectName, ...]
    """The internal libraries in it."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for on the command line, settled with the settings."""

    base: str
    platforms: tuple[str, ...]
    python: str
    tags: tuple[str, ...] = ()


def plan_image(
    project: Project,
    wanted: Wanted,
    revision: Revision,
    start: Start,
    contents: tuple[Sequence[str], Sequence[ProjectName]],
) -> ImagePlan:
    """Lay out an image; `contents` are packages and internal libraries. Pure."""
    name = image_name(project)
    told = plan_labels(project, revision, project.metadata.version or "")
    return ImagePlan(
        project=project.name,
        name=name,
        tags=wanted.tags or revision.tags,
        earlier=tuple(f"{name}:{tag}" for tag in revision.earlier_tags),
        platforms=wanted.platforms,
        python=wanted.python,
        base=wanted.base,
        start=start,
        runtime=plan_runtime(project, start, {}, told),
        packages=tuple(sorted(contents[0])),
        internal=tuple(sorted(contents[1])),
    )


def with_platforms(plans: Sequence[ImagePlan]) -> ImagePlan:
    """One plan for what is planned platform by platform."""
    platforms = tuple(name for each in plans for name in each.platforms)
    packages = sorted({name for each in plans for name in each.packages})
    return msgspec.structs.replace(plans[0], platforms=platforms, packages=tuple(packages))


def require_tags(built: Sequence[Built], machine: Platform) -> Sequence[Built]:
    """Refuse wheels of our own that were compiled for another machine or Python.

    Raises:
        ToolError: there is one.
    """
    for each in built:
        *_, tags = parse_wheel_filename(each.filename)
        if not {str(tag) for tag in tags} & set(machine.target.tags or ()):
            message = (
                f"the wheel `{each.filename}` does not run on {machine.oci} with Python "
                f"{machine.python}: it was built for this machine"
            )
            raise ToolError(message, hint="build it on such a machine, with that Python")
    return built


def image_name(project: Project) -> str:
    """The repository of a project's images: what the settings say, else its own name."""
    own = name_of(project.name)
    repository = project.settings.image.repository
    return own if repository is None else repository.replace("{name}", own)


def require_python(project: Project, version: str) -> None:
    """Refuse a base whose Python a project does not run on.

    Raises:
        ConfigError: it is one.
    """
    asked = project.metadata.requires_python
    full = version if version.count(".") > 1 else f"{version}.99"
    if asked and not SpecifierSet(asked).contains(full, prereleases=True):
        message = f"`{project.name}` needs Python {asked}, and the base has {version}"
        raise ConfigError(message, hint="give another `--base`")
