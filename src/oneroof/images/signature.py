"""Signatures of images, as cosign makes and verifies them with a key of one's own.

A signature is an image beside the image, under the tag `sha256-<digest>.sig`: each of its layers
is a payload that names the digest, with the signature of the payload in an annotation.
"""

import base64
import binascii
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from oneroof.errors import ConfigError
from oneroof.images import oci
from oneroof.images.reference import Reference

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

PASSWORD = "ONEROOF_SIGN_PASSWORD"  # noqa: S105  the name of a variable
PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
ANNOTATION = "dev.cosignproject.cosign/signature"


class SigningKey:
    """A private key for ECDSA on P-256, from a PEM file."""

    def __init__(self, path: Path) -> None:
        """Read the key; its password is in `ONEROOF_SIGN_PASSWORD`.

        Raises:
            ConfigError: it is none, or `cryptography` is not installed.
        """
        self._key = _read(path)

    def sign(self, image: oci.Descriptor, repository: Reference, old: oci.Blob | None) -> oci.Blob:
        """The manifest of signatures with ours; `old` is what there is, whose others stay.

        It is `old` itself where that has our signature already.
        """
        layers = _layers(old)
        payload = make_payload(image, repository)
        blob = oci.make_blob(PAYLOAD, payload)
        known = (self._is_ours(each, blob.descriptor, payload) for each in layers)
        if old is not None and any(known):
            return old
        signed = {"annotations": {ANNOTATION: self._sign(payload)}, **_described(blob.descriptor)}
        layers = [*layers, signed]
        document = {
            "config": make_config(layers).descriptor,
            "layers": layers,
            "mediaType": oci.MANIFEST,
            "schemaVersion": 2,
        }
        return oci.make_blob(oci.MANIFEST, oci.render(document))

    def _sign(self, payload: bytes) -> str:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        return base64.b64encode(self._key.sign(payload, ec.ECDSA(hashes.SHA256()))).decode()

    def _is_ours(self, layer: dict[str, object], wanted: oci.Descriptor, payload: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        told = layer.get("annotations")
        if layer.get("digest") != wanted.digest or not isinstance(told, dict):
            return False
        try:
            signature = base64.b64decode(str(told.get(ANNOTATION)), validate=True)
            self._key.public_key().verify(signature, payload, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, binascii.Error):
            return False
        return True


def signature_tag(image: oci.Descriptor) -> str:
    """The tag under which the signatures of an image are."""
    return f"{image.digest.replace(':', '-')}.sig"


def make_payload(image: oci.Descriptor, repository: Reference) -> bytes:
    """What is signed: which image, and where."""
    name = f"{repository.registry}/{repository.repository}"
    return oci.render(
        {
            "critical": {
                "identity": {"docker-reference": name},
                "image": {"docker-manifest-digest": image.digest},
                "type": "cosign container image signature",
            },
            "optional": None,
        }
    )


def make_config(layers: list[dict[str, object]]) -> oci.Blob:
    """The configuration that an image of such layers has."""
    document = {
        "architecture": "",
        "config": {},
        "os": "",
        "rootfs": {"diff_ids": [each["digest"] for each in layers], "type": "layers"},
    }
    return oci.make_blob(oci.CONFIG, oci.render(document))


def config_of(signatures: oci.Blob) -> oci.Blob:
    """The configuration that a manifest of signatures refers to."""
    return make_config(_layers(signatures))


def _described(descriptor: oci.Descriptor) -> dict[str, object]:
    return {
        "digest": descriptor.digest,
        "mediaType": descriptor.media_type,
        "size": descriptor.size,
    }


def _layers(manifest: oci.Blob | None) -> list[dict[str, object]]:
    """The layers of a manifest, as they are; none where it is none."""
    try:
        document = json.loads(manifest.content) if manifest is not None else {}
    except ValueError:
        return []
    found = document.get("layers") if isinstance(document, dict) else None
    layers = found if isinstance(found, list) else []
    return [each for each in layers if isinstance(each, dict) and "digest" in each]


def _read(path: Path) -> "EllipticCurvePrivateKey":
    try:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        message = "signatures need the package `cryptography`"
        raise ConfigError(message, hint="install `oneroof[sign]`") from error
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"tried to read the key {path} but: {error.strerror}"
        raise ConfigError(message) from error
    password = os.environ.get(PASSWORD)
    try:
        key = load_pem_private_key(content, password.encode() if password else None)
    except (ValueError, TypeError) as error:
        message = f"{path} cannot be read as a private key: {error}"
        hint = f"give a PEM file, and its password in `{PASSWORD}`"
        raise ConfigError(message, hint=hint) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        message = f"{path} is no key for ECDSA on P-256"
        hint = f"make one: `openssl ecparam -genkey -name prime256v1 -noout -out {path.name}`"
        raise ConfigError(message, hint=hint)
    return key
