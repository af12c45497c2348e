"""Where images go: a layout folder, a tar file."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from oneroof import processes
from oneroof.errors import ConfigError, ToolError
from oneroof.images import oci
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


def put(sink: Sink, top: oci.Blob, images: Sequence[Image], plan: ImagePlan) -> None:
    """Write an image, for one platform or several, to a place.

    Raises:
        ConfigError: it cannot be written there.
    """
    tags = (sink.tag,) if sink.tag else plan.tags
    if sink.kind == "oci":
        write_layout(sink.path, top, images, tags)
    else:
        names = [f"{plan.name}:{tag}" for tag in tags]
        write_archive(sink.path, top, images, names)


def load(top: oci.Blob, images: Sequence[Image], plan: ImagePlan) -> str:
    """Give an image to the engine of this machine, podman or docker, and name it.

    Raises:
        ToolError: there is none, or it fails.
    """
    engine = next((each for each in ("podman", "docker") if shutil.which(each)), "")
    if not engine:
        message = "neither `podman` nor `docker` was found"
        raise ToolError(message, hint="install one, or write a file with `-o tar:FILE`")
    with tempfile.TemporaryDirectory(prefix="oneroof-load-") as folder:
        path = Path(folder, "image.tar")
        names = [f"{plan.name}:{tag}" for tag in plan.tags]
        write_archive(path, top, images, names)
        processes.check("load the image", (engine, "load", "--quiet", "--input", str(path)))
        for each in names[1:]:  # podman takes the first alone.
            processes.check("name the image", (engine, "tag", names[0], each))
    return engine
