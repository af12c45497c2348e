"""From wheels to an image: plan the layers, make those that are not known, put them together."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import msgspec

from oneroof.actions.action import Action
from oneroof.cache.disk import DiskCache
from oneroof.distributions.third_party import ThirdWheel
from oneroof.distributions.wheels import Built
from oneroof.errors import ToolError
from oneroof.images import oci
from oneroof.images.attestations import (
    PROVENANCE,
    SBOM,
    Materials,
    make_artifact,
    make_provenance,
    make_sbom,
)
from oneroof.images.base import Base
from oneroof.images.image import Attached, Image, Runtime, annotations_of, make_image
from oneroof.images.layer import Layer, Layers, check_layers
from oneroof.images.plan import plan_layers, require_few
from oneroof.images.revision import Revision
from oneroof.images.start import Start, environment
from oneroof.images.venv import BasePython
from oneroof.workspace.model import Project

USER = "65532:65532"
"""Nobody in particular, and not root: what distroless images call `nonroot`."""
_TITLE, _VERSION, _REVISION = (
    f"org.opencontainers.image.{each}" for each in ("title", "version", "revision")
)


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What an image is made of."""

    project: Project
    base: Base
    python: BasePython
    start: Start
    third: Sequence[ThirdWheel]
    built: Sequence[Built]
    """The project's own wheel and those of its internal dependencies."""
    revision: Revision
    time: int
    action: Action | None
    """All that the image is made of; None where that is not known for sure."""


class BuiltImage(msgspec.Struct, frozen=True):
    """An image and the layers that were put on its base."""

    image: Image
    layers: tuple[Layer, ...]
    action: Action | None = None
    """All that it is made of."""


def build_image(contents: Contents, cache: DiskCache, jobs: int) -> BuiltImage:
    """Build an image for one platform.

    Raises:
        ToolError: a wheel is damaged, or two of them clash.
        ConfigError: it would have too many layers.
    """
    specs = plan_layers(
        contents.python,
        contents.third,
        contents.built,
        contents.project.name,
        contents.project.settings.image.layers,
    )
    require_few(len(contents.base.manifest.layers), len(specs))
    maker = Layers(cache, contents.python.minor, contents.time)
    with ThreadPoolExecutor(jobs) as pool:
        layers = tuple(pool.map(maker.make, specs))
    check_layers(layers)
    image = make_image(
        contents.base,
        layers,
        plan_runtime(contents.project, contents.start, contents.base.env, labels(contents)),
        {
            **labels(contents),
            **(contents.project.settings.image.annotations or {}),
            **annotations_of([contents.action], contents.python.minor),
        },
        time=contents.time,
        open_layer=lambda layer: _open(layer, cache),
    )
    return BuiltImage(_attach(image, contents), layers, contents.action)


def _attach(image: Image, contents: Contents) -> Image:
    """The image with what is told of it."""
    told = labels(contents)
    materials = Materials(
        name=contents.project.name,
        version=told.get(_VERSION, ""),
        base=contents.base,
        third=contents.third,
        built=contents.built,
        revision=contents.revision.label,
        time=contents.time,
    )
    subject = image.manifest.descriptor
    attached = []
    for kind, content in (
        (SBOM, make_sbom(image, materials)),
        (PROVENANCE, make_provenance(image, materials)),
    ):
        blob = oci.make_blob(kind, content)
        attached.append(Attached(kind, blob, make_artifact(kind, blob, subject)))
    return msgspec.structs.replace(image, attached=tuple(attached))


def labels(contents: Contents) -> dict[str, str]:
    """What is told of an image: its name, version and commit."""
    version = next(
        (each.version for each in contents.built if each.project == contents.project.name), ""
    )
    return plan_labels(contents.project, contents.revision, version)


def plan_labels(project: Project, revision: Revision, version: str) -> dict[str, str]:
    """The labels that say what an image is, as far as they are known."""
    told = {_TITLE: project.name, _VERSION: version, _REVISION: revision.label}
    return {key: value for key, value in told.items() if value}


def plan_runtime(
    project: Project, start: Start, base_env: Mapping[str, str], told: Mapping[str, str]
) -> Runtime:
    """How containers run: what the settings say, else what fits most services."""
    settings = project.settings.image
    found = (start.port,) if start.port else ()
    return Runtime(
        entrypoint=start.words,
        command=settings.command or (),
        user=settings.user or USER,
        working_directory=settings.working_directory or "/app",
        env=environment(base_env, settings.env or {}),
        ports=found if settings.ports is None else settings.ports,
        labels={**told, **(settings.labels or {})},
    )


def _open(layer: Layer, cache: DiskCache) -> BinaryIO:
    path = cache.storage.locate(layer.digest)
    if path is None:
        message = f"the layer `{layer.spec.name}` is not in the cache any more"
        raise ToolError(message, hint="run the same command again")
    return path.open("rb")
