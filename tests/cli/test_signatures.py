"""Signatures of images: what openssl and cosign's format say of them."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.cli.test_image import BASE, push, registry, repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.images.registry import FakeRegistry

__all__ = ["registry", "repository"]

_PEM, _PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def write_key(
    path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: str = ""
) -> None:
    shelter: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        shelter = serialization.BestAvailableEncryption(password.encode())
    path.write_bytes(key.private_bytes(_PEM, _PKCS8, shelter))


@pytest.fixture
def key(tmp_path: Path) -> ec.EllipticCurvePrivateKey:
    made = ec.generate_private_key(ec.SECP256R1())
    write_key(tmp_path / "key.pem", made)
    return made


def signatures(registry: FakeRegistry, digest: str) -> list[tuple[bytes, bytes]]:
    """The payloads and their signatures, as cosign finds them."""
    manifest = registry.manifest("app", f"{digest.replace(':', '-')}.sig")
    config = json.loads(registry.blobs["app"][manifest["config"]["digest"]])
    assert config["rootfs"]["diff_ids"] == [each["digest"] for each in manifest["layers"]]
    return [
        (
            registry.blobs["app"][each["digest"]],
            base64.b64decode(each["annotations"]["dev.cosignproject.cosign/signature"]),
        )
        for each in manifest["layers"]
    ]


def test_an_image_is_signed_with_its_digest_and_place(
    repository: Path,
    oneroof: Oneroof,
    registry: FakeRegistry,
    key: ec.EllipticCurvePrivateKey,
    tmp_path: Path,
) -> None:
    told = push(repository, oneroof, registry, "--tag", "t", "--sign-key", "../key.pem")
    ((payload, signature),) = signatures(registry, told["digest"])
    key.public_key().verify(signature, payload, ec.ECDSA(hashes.SHA256()))
    assert json.loads(payload)["critical"] == {
        "identity": {"docker-reference": f"{registry.host}/app"},
        "image": {"docker-manifest-digest": told["digest"]},
        "type": "cosign container image signature",
    }
    if shutil.which("openssl"):
        (tmp_path / "payload").write_bytes(payload)
        (tmp_path / "signature").write_bytes(signature)
        public = key.public_key().public_bytes(
            _PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (tmp_path / "public.pem").write_bytes(public)
        call = ("openssl", "dgst", "-sha256", "-verify", "public.pem")
        more = ("-signature", "signature", "payload")
        done = subprocess.run((*call, *more), cwd=tmp_path, capture_output=True, check=False)
        assert done.stdout == b"Verified OK\n"


def test_a_signature_is_made_once_for_each_key(
    repository: Path,
    oneroof: Oneroof,
    registry: FakeRegistry,
    key: ec.EllipticCurvePrivateKey,
    tmp_path: Path,
) -> None:
    first = push(repository, oneroof, registry, "--tag", "t")
    sign = ("--tag", "t", "--sign-key", "../key.pem")
    again = push(repository, oneroof, registry, *sign)
    assert again["pushed"]["changed"] is False
    before = signatures(registry, first["digest"])
    push(repository, oneroof, registry, *sign)
    assert signatures(registry, first["digest"]) == before
    other = ec.generate_private_key(ec.SECP256R1())
    write_key(tmp_path / "key.pem", other)
    push(repository, oneroof, registry, *sign)
    both = signatures(registry, first["digest"])
    assert both[:1] == before
    for each, (payload, signature) in zip((key, other), both, strict=True):
        each.public_key().verify(signature, payload, ec.ECDSA(hashes.SHA256()))


def test_a_key_may_have_a_password(
    repository: Path,
    oneroof: Oneroof,
    registry: FakeRegistry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_key(tmp_path / "key.pem", ec.generate_private_key(ec.SECP256R1()), "hidden")
    where = ("image", "app", "--push", f"{registry.host}/app:t", "--sign-key", "../key.pem", *BASE)
    said = oneroof(repository, *where)
    assert said.exit_code == 2
    assert "cannot be read as a private key" in said.stderr
    assert registry.requests == []
    monkeypatch.setenv("ONEROOF_SIGN_PASSWORD", "hidden")
    assert oneroof(repository, *where).exit_code == 0


@pytest.mark.parametrize("content", [None, b"", b"no key", "rsa"])
def test_what_is_no_key_is_refused_before_anything_is_pushed(
    repository: Path,
    oneroof: Oneroof,
    registry: FakeRegistry,
    tmp_path: Path,
    content: bytes | str | None,
) -> None:
    if content == "rsa":
        write_key(tmp_path / "key.pem", rsa.generate_private_key(65537, 2048))
    elif isinstance(content, bytes):
        (tmp_path / "key.pem").write_bytes(content)
    where = ("--push", f"{registry.host}/app:t", "--sign-key", "../key.pem", *BASE)
    said = oneroof(repository, "image", "app", *where)
    assert (said.exit_code, registry.requests) == (2, [])
    assert "key.pem" in said.stderr.splitlines()[0]
