"""Where images go: a layout folder, a tar file."""

from pathlib import Path
from typing import Literal

import msgspec

from oneroof.errors import ConfigError
from oneroof.images.image import Image
from oneroof.images.layout import parse_layout, write_archive, write_layout
from oneroof.images.outline import ImagePlan


class Sink(msgspec.Struct, frozen=True):
    """A place on this machine."""

    kind: Literal["oci", "tar"]
    path: Path
    tag: str = ""
    """Empty: the tags of the plan."""


def parse_sink(text: str) -> Sink:
    """Read `oci:DIR[:TAG]` or `tar:FILE`.

    Raises:
        ConfigError: it is neither.
    """
    kind, colon, rest = text.partition(":")
    if colon and rest and kind == "oci":
        folder, tag = parse_layout(rest)
        return Sink("oci", folder, tag)
    if colon and rest and kind == "tar":
        return Sink("tar", Path(rest))
    message = f"`-o {text}` is no place for an image"
    raise ConfigError(message, hint="give `oci:DIR`, `oci:DIR:TAG` or `tar:FILE`")


def put(sink: Sink, image: Image, plan: ImagePlan) -> None:
    """Write an image to a place.

    Raises:
        ConfigError: it cannot be written there.
    """
    tags = (sink.tag,) if sink.tag else plan.tags
    if sink.kind == "oci":
        write_layout(sink.path, image.manifest, (image,), tags)
    else:
        names = [f"{plan.name}:{tag}" for tag in tags]
        write_archive(sink.path, image.manifest, (image,), names)
