"""Pushing: what is there is left there, what another repository has is mounted, the rest sent."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof import disk
from oneroof.images import oci
from oneroof.images.attestations import EMPTY
from oneroof.images.image import Image, Part
from oneroof.images.reference import Reference
from oneroof.images.registry import Registry
from oneroof.images.signature import (
    PAYLOAD,
    SigningKey,
    config_of,
    make_payload,
    signature_tag,
)
from oneroof.transport import Body


class Pushed(msgspec.Struct, frozen=True):
    """What was done."""

    reference: Reference
    digest: str
    was_there: bool
    """Whether all tags stood for this image already, so that nothing was sent."""
    uploaded_bytes: int = 0
    uploaded: int = 0
    mounted: int = 0
    found: int = 0
    requests: int = 0


class Holders:
    """Which repository of a registry is known to hold a blob; remembered between runs."""

    def __init__(self, root: Path, registry: str) -> None:
        name = hashlib.sha256(registry.encode()).hexdigest()[:32]
        self._path = root / "registries" / name
        self._known = disk.recall(self._path, dict[str, str]) or {}

    def of(self, digest: str) -> str:
        """A repository that held it; empty: not known."""
        return self._known.get(digest, "")

    def add(self, digests: Sequence[str], repository: str) -> None:
        """Remember that a repository holds these."""
        new = {each: repository for each in digests if each not in self._known}
        if new:
            self._known |= new
            disk.keep(self._path, self._known)


class Target(msgspec.Struct, frozen=True):
    """What is known of the place that images are pushed to."""

    tags: tuple[str, ...]
    base: Reference | None = None
    """Where their base is; None where it is in no registry."""


def push_image(
    registry: Registry, images: Sequence[Image], top: oci.Blob, target: Target, root: Path
) -> Pushed:
    """Push images and tag them; `top` is the manifest, or the index over several.

    `root` is where it is remembered which repository holds which blob.

    Raises:
        RemoteError: the registry refuses something or cannot be reached.
    """
    reference, digest = registry.reference, top.descriptor.digest
    holders = Holders(root, reference.registry)
    missing = _missing_tags(registry, digest, target.tags)
    if not missing:
        return Pushed(reference, digest, was_there=True, requests=registry.requests)
    mover = _Mover(registry, holders, target.base)
    for image in images:
        for part in image.layers:
            mover.move(part)
        mover.move(_small(image.config))
    held = [part.descriptor.digest for image in images for part in image.layers]
    holders.add(held, reference.repository)
    for image in images:
        if image.manifest.descriptor.digest != digest:
            registry.put_manifest(image.manifest, image.manifest.descriptor.digest)
        _attach(registry, mover, image)
    # Last, so that a tag never stands for something that is not all there.
    for tag in missing:
        registry.put_manifest(top, tag)
    return Pushed(
        reference,
        digest,
        was_there=False,
        uploaded_bytes=mover.uploaded_bytes,
        uploaded=mover.uploaded,
        mounted=mover.mounted,
        found=mover.found,
        requests=registry.requests,
    )


def _attach(registry: Registry, mover: "_Mover", image: Image) -> None:
    """Push what is told of an image, so that whoever has the image finds it.

    Registries that do not list it themselves get an index under a tag of the image's digest
    (OCI distribution specification 1.1, "referrers tag schema").
    """
    unlisted = []
    for each in image.attached:
        mover.move(_small(EMPTY))
        mover.move(_small(each.content), is_new=True)
        if not registry.put_manifest(each.manifest, each.manifest.descriptor.digest):
            unlisted.append(
                Referrer(
                    each.manifest.descriptor.media_type,
                    each.manifest.descriptor.digest,
                    each.manifest.descriptor.size,
                    each.kind,
                )
            )
    if unlisted:
        tag = image.manifest.descriptor.digest.replace(":", "-")
        there = _referrers(registry.get_manifest(tag))
        new = {each.digest for each in unlisted}
        kept = [each for each in there if each.get("digest") not in new]
        registry.put_manifest(oci.render_index([*kept, *unlisted], {}), tag)


class Referrer(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of an index of what refers to an image."""

    media_type: str
    digest: str
    size: int
    artifact_type: str


def _referrers(index: oci.Blob | None) -> list[dict[str, object]]:
    """The entries of an index, as they are; none where it is no index."""
    try:
        document = json.loads(index.content) if index is not None else {}
    except ValueError:
        return []
    found = document.get("manifests") if isinstance(document, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def push_signature(registry: Registry, image: oci.Descriptor, key: SigningKey) -> bool:
    """Sign an image that the repository has; False where it is signed with that key already.

    Raises:
        RemoteError: the registry refuses something or cannot be reached.
    """
    tag = signature_tag(image)
    old = registry.get_manifest(tag)
    signed = key.sign(image, registry.reference, old)
    if signed is old:
        return False
    payload = make_payload(image, registry.reference)
    for blob in (oci.make_blob(PAYLOAD, payload), config_of(signed)):
        if not registry.has_blob(blob.descriptor):
            part = _small(blob)
            registry.upload_blob(blob.descriptor, Body(part.open, blob.descriptor.size))
    registry.put_manifest(signed, tag)
    return True


def push_again(registry: Registry, top: oci.Blob, has: str, tags: Sequence[str]) -> Pushed:
    """Give further tags to an image that is in the repository as `has`.

    Raises:
        RemoteError: the registry refuses something or cannot be reached.
    """
    digest = top.descriptor.digest
    missing = _missing_tags(registry, digest, [tag for tag in tags if tag != has])
    for tag in missing:
        registry.put_manifest(top, tag)
    return Pushed(registry.reference, digest, was_there=not missing, requests=registry.requests)


def _missing_tags(registry: Registry, digest: str, tags: Sequence[str]) -> list[str]:
    return [tag for tag in tags if registry.head_manifest(tag) != digest]


class _Mover:
    """Gets blobs into a repository, each once."""

    def __init__(self, registry: Registry, holders: Holders, base: Reference | None) -> None:
        self._registry = registry
        self._holders = holders
        self._base = base
        self._done: set[str] = set()
        self.uploaded_bytes = self.uploaded = self.mounted = self.found = 0

    def move(self, part: Part, *, is_new: bool = False) -> None:
        """Have a blob there; of one that `is_new` nobody can have it."""
        descriptor = part.descriptor
        if descriptor.digest in self._done:
            return
        self._done.add(descriptor.digest)
        if not is_new and self._registry.has_blob(descriptor):
            self.found += 1
            return
        location = ""
        for source in self._sources(part):
            mounted = self._registry.mount_blob(descriptor, source)
            if mounted is None:
                self.mounted += 1
                return
            location = mounted or location
        self._registry.upload_blob(descriptor, Body(part.open, descriptor.size), location)
        self.uploaded += 1
        self.uploaded_bytes += descriptor.size

    def _sources(self, part: Part) -> list[str]:
        """Repositories of this registry that may hold a blob."""
        own = self._registry.reference
        found = []
        if part.is_base and self._base is not None and self._base.registry == own.registry:
            found.append(self._base.repository)
        elif known := self._holders.of(part.descriptor.digest):
            found.append(known)
        return [each for each in found if each != own.repository]


def _small(blob: oci.Blob) -> Part:
    return Part(blob.descriptor, lambda: io.BytesIO(blob.content))


def describe_index(images: Sequence[Image], annotations: Mapping[str, str]) -> oci.Blob:
    """The manifest of one image, or an index over several with annotations of its own."""
    if len(images) == 1:
        return images[0].manifest
    entries = [
        msgspec.structs.replace(each.manifest.descriptor, platform=each.platform) for each in images
    ]
    return oci.render_index(entries, annotations)
