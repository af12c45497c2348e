"""An image: the layers of its base and ours, its configuration, its manifest. Pure."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec

from oneroof.actions.action import Action
from oneroof.actions.digest import Digest
from oneroof.images import oci
from oneroof.images.base import Base, variables
from oneroof.images.layer import Layer
from oneroof.images.oci import Descriptor, Json

_BASE = "org.opencontainers.image.base"
KEY, PYTHON = "dev.oneroof.image.key", "dev.oneroof.image.python"
"""Annotations of manifests and indexes: the digest of all facts (see `images.identity`), and the
Python of the base."""


class Runtime(msgspec.Struct, frozen=True, kw_only=True):
    """How containers of an image run."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...] = ()
    user: str
    working_directory: str
    env: Mapping[str, str]
    ports: tuple[int, ...] = ()
    labels: Mapping[str, str]


class Part(msgspec.Struct, frozen=True):
    """A blob of an image and how to read it."""

    descriptor: Descriptor
    open: Callable[[], BinaryIO]
    is_base: bool = False
    """Whether it is a layer of the base, which its registry may have already."""


class Attached(msgspec.Struct, frozen=True):
    """Something told of an image, which goes to a registry beside it."""

    kind: str
    """Its media type."""
    content: oci.Blob
    manifest: oci.Blob
    """What makes it refer to the image."""


class Image(msgspec.Struct, frozen=True):
    """An image for one platform, ready to be put somewhere."""

    platform: oci.Platform
    manifest: oci.Blob
    config: oci.Blob
    layers: tuple[Part, ...]
    """Those of the base first."""
    attached: tuple["Attached", ...] = ()
    """What is told of it beside itself."""

    @property
    def size_bytes(self) -> int:
        """Of all its blobs, compressed."""
        layers = sum(each.descriptor.size for each in self.layers)
        return layers + self.config.descriptor.size + self.manifest.descriptor.size


def make_image(  # noqa: PLR0913  all that an image is
    base: Base,
    layers: Sequence[Layer],
    runtime: Runtime,
    annotations: Mapping[str, str],
    *,
    time: int,
    open_layer: Callable[[Layer], BinaryIO],
) -> Image:
    """Put an image together."""
    created = dt.datetime.fromtimestamp(time, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    config = oci.make_blob(oci.CONFIG, oci.render(_config(base, layers, runtime, created)))
    own = [oci.describe(oci.LAYER, each.digest) for each in layers]
    told = {f"{_BASE}.digest": base.digest, **annotations}
    if base.name:
        told[f"{_BASE}.name"] = base.name
    below = [_as_oci(each) for each in base.manifest.layers]
    manifest = oci.render_manifest(config.descriptor, [*below, *own], told)
    platform = oci.Platform(str(base.config["architecture"]), str(base.config["os"]))
    parts = [
        *(Part(each, lambda each=each: base.source.open(each), is_base=True)  # type: ignore[misc]
          for each in below),
        *(Part(descriptor, lambda layer=layer: open_layer(layer))  # type: ignore[misc]
          for descriptor, layer in zip(own, layers, strict=True)),
    ]  # fmt: skip
    return Image(platform, manifest, config, tuple(parts))


def annotations_of(actions: Iterable[Action | None], python: str) -> dict[str, str]:
    """What the manifest says of the facts of its images, one for each platform."""
    keys = [None if each is None else each.digest.hash for each in actions]
    if None in keys:
        return {}
    key = keys[0] if len(keys) == 1 else Digest.of(" ".join(map(str, keys)).encode()).hash
    return {KEY: str(key), PYTHON: python}


def _as_oci(layer: Descriptor) -> Descriptor:
    """The same bytes under the name that OCI gives them."""
    if layer.media_type == oci.DOCKER_LAYER:
        return msgspec.structs.replace(layer, media_type=oci.LAYER)
    return layer


def _config(base: Base, layers: Sequence[Layer], runtime: Runtime, created: str) -> Json:
    settings = dict(oci.table(base.config, "config"))
    for key in ("Cmd", "Entrypoint", "OnBuild", "Image", "ArgsEscaped"):
        settings.pop(key, None)
    ports = {**oci.table(settings, "ExposedPorts"), **{f"{each}/tcp": {} for each in runtime.ports}}
    settings |= {
        "Entrypoint": list(runtime.entrypoint),
        "Env": variables(runtime.env),
        "Labels": {**oci.table(settings, "Labels"), **runtime.labels},
        "User": runtime.user,
        "WorkingDir": runtime.working_directory,
    }
    if runtime.command:
        settings["Cmd"] = list(runtime.command)
    if ports:
        settings["ExposedPorts"] = ports
    document = {
        "architecture": base.config["architecture"],
        "config": settings,
        "created": created,
        "history": [
            *_base_history(base),
            *({"created": created, "created_by": _told(each)} for each in layers),
        ],
        "os": base.config["os"],
        "rootfs": {
            "diff_ids": [*base.diff_ids, *(f"sha256:{each.diff_id.hash}" for each in layers)],
            "type": "layers",
        },
    }
    for key in ("variant", "os.version", "os.features"):
        if key in base.config:
            document[key] = base.config[key]
    return document


def _base_history(base: Base) -> Iterator[object]:
    """The history of a base, made as long as its layers are many."""
    history = base.config.get("history")
    lines = history if isinstance(history, list) else []
    counted = [line for line in lines if isinstance(line, Mapping) and not line.get("empty_layer")]
    if len(counted) == len(base.diff_ids):
        yield from lines
    else:
        yield from ({"created_by": "the base"} for _ in base.diff_ids)


def _told(layer: Layer) -> str:
    wheels = ", ".join("-".join(each.filename.split("-")[:2]) for each in layer.spec.wheels)
    return f"oneroof image: {layer.spec.name}" + (f" ({wheels})" if wheels else "")
