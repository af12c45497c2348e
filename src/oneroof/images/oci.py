"""The documents of the OCI image specification, as values; written one way for equal values."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

import msgspec

from oneroof.actions.digest import Digest
from oneroof.errors import RemoteError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
INDEXES = frozenset({INDEX, DOCKER_INDEX})
MANIFESTS = frozenset({MANIFEST, DOCKER_MANIFEST})
REF_NAME = "org.opencontainers.image.ref.name"

Json = Mapping[str, object]
_Kind = TypeVar("_Kind")


class Platform(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a manifest of an index is for."""

    architecture: str
    os: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


class Descriptor(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Names a blob and says what it is."""

    media_type: str
    digest: str
    """`sha256:...`."""
    size: int
    annotations: dict[str, str] = msgspec.field(default_factory=dict)
    urls: tuple[str, ...] = ()
    platform: Platform | None = None

    @property
    def content(self) -> Digest:
        """The digest as the cache has it.

        Raises:
            RemoteError: it is no SHA-256.
        """
        kind, _, value = self.digest.partition(":")
        try:
            return Digest(value if kind == "sha256" else "", self.size)
        except ValueError as error:
            message = f"`{self.digest}` is no SHA-256 digest"
            raise RemoteError(message) from error


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """An image for one platform."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    schema_version: Literal[2] = msgspec.field(default=2)
    media_type: str = ""
    annotations: dict[str, str] = msgspec.field(default_factory=dict)


class Index(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One image for several platforms, or the images of a layout."""

    manifests: tuple[Descriptor, ...]
    media_type: str = ""
    annotations: dict[str, str] = msgspec.field(default_factory=dict)


class Blob(msgspec.Struct, frozen=True):
    """A small content with its descriptor."""

    descriptor: Descriptor
    content: bytes


def describe(media_type: str, digest: Digest) -> Descriptor:
    """The descriptor of a blob."""
    return Descriptor(media_type, f"sha256:{digest.hash}", digest.size_bytes)


def make_blob(media_type: str, content: bytes) -> Blob:
    """A content with its descriptor."""
    return Blob(describe(media_type, Digest.of(content)), content)


def render_manifest(
    config: Descriptor, layers: Sequence[Descriptor], annotations: Mapping[str, str]
) -> Blob:
    """A manifest as bytes."""
    document: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": list(layers),
    }
    if annotations:
        document["annotations"] = dict(annotations)
    return make_blob(MANIFEST, render(document))


def render_index(manifests: Sequence[object], annotations: Mapping[str, str]) -> Blob:
    """An index as bytes."""
    document: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": list(manifests),
    }
    if annotations:
        document["annotations"] = dict(annotations)
    return make_blob(INDEX, render(document))


def render(document: object) -> bytes:
    """JSON with sorted keys and no blanks."""
    return msgspec.json.encode(document, order="sorted")


def parse_manifest(content: bytes, where: str) -> Manifest:
    """Read a manifest.

    Raises:
        RemoteError: it is none.
    """
    return _parse(content, Manifest, where)


def parse_index(content: bytes, where: str) -> Index:
    """Read an index.

    Raises:
        RemoteError: it is none.
    """
    return _parse(content, Index, where)


def parse_config(content: bytes, where: str) -> dict[str, object]:
    """Read the configuration of an image.

    Raises:
        RemoteError: it is none.
    """
    return _parse(content, dict[str, object], where)


def _parse(content: bytes, kind: type[_Kind], where: str) -> _Kind:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        message = f"{where}: is not what was expected: {error}"
        raise RemoteError(message) from error


def table(document: Json, key: str) -> Json:
    """A table inside a document; empty where there is none."""
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def strings(document: Json, key: str) -> tuple[str, ...]:
    """A list of strings inside a document; empty where there is none."""
    value = document.get(key)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
