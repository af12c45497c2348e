"""What is told of an image beside itself: what is in it, and how it came to be. Pure.

The bill of materials is CycloneDX 1.6; the provenance is an in-toto statement with SLSA provenance
v1. Both are functions of the image alone, so that every machine writes the same bytes.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from oneroof import __version__
from oneroof.distributions.third_party import ThirdWheel
from oneroof.distributions.wheels import Built
from oneroof.images import oci
from oneroof.images.base import Base
from oneroof.images.image import Image

SBOM = "application/vnd.cyclonedx+json"
PROVENANCE = "application/vnd.in-toto+json"
_SPACE = uuid.UUID("5a3f6f1e-7c2b-5d0a-9b57-0f4a4d6f7e21")
"""The namespace of serial numbers (RFC 9562 section 5.5)."""
_BUILD_TYPE = "urn:oneroof:image:1"


class Materials(msgspec.Struct, frozen=True, kw_only=True):
    """What an image was put together from."""

    name: str
    version: str
    base: Base
    third: Sequence[ThirdWheel]
    built: Sequence[Built]
    """Of the workspace."""
    revision: str
    """The commit; empty: not known."""
    time: int


def make_sbom(image: Image, materials: Materials) -> bytes:
    """The bill of materials of an image, in CycloneDX 1.6."""
    digest = image.manifest.descriptor.digest
    root = {
        "bom-ref": f"image@{digest}",
        "hashes": [_hash(digest)],
        "name": materials.name,
        "type": "container",
        "version": materials.version or digest,
    }
    components = [_base(materials.base), *_own(materials), *_third(materials.third)]
    references = [str(each["bom-ref"]) for each in components]
    return oci.render(
        {
            "bomFormat": "CycloneDX",
            "components": components,
            "dependencies": [
                {"dependsOn": references, "ref": root["bom-ref"]},
                *({"ref": each} for each in references),
            ],
            "metadata": {
                "component": root,
                "timestamp": _time(materials.time),
                "tools": {
                    "components": [
                        {"name": "oneroof", "type": "application", "version": __version__}
                    ]
                },
            },
            "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, digest)}",
            "specVersion": "1.6",
            "version": 1,
        }
    )


def make_provenance(image: Image, materials: Materials) -> bytes:
    """How an image came to be: an in-toto statement with SLSA provenance v1.

    Third-party wheels are in the bill of materials.
    """
    used = [
        {"digest": _digest(materials.base.digest), "uri": _base_uri(materials.base)},
        *(
            {"digest": {"sha256": each.digest.hash}, "name": each.filename}
            for each in materials.built
            if each.digest is not None
        ),
    ]
    if materials.revision:
        commit = {"gitCommit": materials.revision.removesuffix("-dirty")}
        used.append({"digest": commit, "name": materials.revision})
    return oci.render(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": {
                "buildDefinition": {
                    "buildType": _BUILD_TYPE,
                    "externalParameters": {
                        "platform": str(image.platform),
                        "project": materials.name,
                    },
                    "resolvedDependencies": used,
                },
                "runDetails": {
                    "builder": {"id": "urn:oneroof", "version": {"oneroof": __version__}}
                },
            },
            "predicateType": "https://slsa.dev/provenance/v1",
            "subject": [
                {"digest": _digest(image.manifest.descriptor.digest), "name": materials.name}
            ],
        }
    )


def make_artifact(kind: str, content: oci.Blob, subject: oci.Descriptor) -> oci.Blob:
    """The manifest that attaches a content to an image (OCI image specification 1.1)."""
    document = {
        "artifactType": kind,
        "config": EMPTY.descriptor,
        "layers": [content.descriptor],
        "mediaType": oci.MANIFEST,
        "schemaVersion": 2,
        "subject": msgspec.structs.replace(subject, annotations={}, platform=None),
    }
    return oci.make_blob(oci.MANIFEST, oci.render(document))


EMPTY = oci.make_blob("application/vnd.oci.empty.v1+json", b"{}")
"""The configuration of what is no image."""


def _own(materials: Materials) -> Iterator[Mapping[str, object]]:
    for each in materials.built:
        if each.digest is not None:
            yield {
                "bom-ref": f"workspace:{each.project}",
                "hashes": [{"alg": "SHA-256", "content": each.digest.hash}],
                "name": each.project,
                "properties": [{"name": "oneroof:wheel", "value": each.filename}],
                "type": "application" if each.project == materials.name else "library",
                "version": each.version,
            }


def _third(wheels: Sequence[ThirdWheel]) -> Iterator[Mapping[str, object]]:
    for each in sorted(wheels, key=lambda wheel: wheel.name):
        purl = f"pkg:pypi/{each.name}@{each.version}"
        yield {
            "bom-ref": purl,
            "hashes": [{"alg": "SHA-256", "content": each.digest.hash}],
            "name": each.name,
            "properties": [{"name": "oneroof:wheel", "value": each.filename}],
            "purl": purl,
            "type": "library",
            "version": each.version,
        }


def _base(base: Base) -> Mapping[str, object]:
    return {
        "bom-ref": f"base@{base.digest}",
        "hashes": [_hash(base.digest)],
        "name": base.name or "base",
        "type": "container",
        "version": base.digest,
    }


def _base_uri(base: Base) -> str:
    return f"oci://{base.name}" if base.name else "oci:base"


def _digest(digest: str) -> dict[str, str]:
    kind, _, value = digest.partition(":")
    return {kind: value}


def _hash(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest.partition(":")[2]}


def _time(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
