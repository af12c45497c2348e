"""Wheels and a base image made in memory; no engine."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from oneroof.cache.disk import DiskCache

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PYTHON = "usr/bin/python3.12"


def wheel_bytes(
    files: Mapping[str, str | bytes],
    name: str = "a",
    *,
    programs: tuple[str, ...] = (),
    order: int = 1,
) -> bytes:
    """A wheel with these files and the metadata that belong to it."""
    info = f"{name}-1.dist-info"
    content = {
        path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()
    }
    content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n".encode()
    content[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nTag: py3-none-any\n"
    record = "".join(f"{path},{recorded(data)},{len(data)}\n" for path, data in content.items())
    content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in list(content)[::order]:
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (0o755 if path in programs else 0o644) << 16
            archive.writestr(entry, content[path])
    return stream.getvalue()


def recorded(data: bytes) -> str:
    raw = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return f"sha256={raw.decode()}"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_base(
    folder: Path,
    *,
    env: tuple[str, ...] = ("PATH=/usr/bin",),
    files: tuple[str, ...] = (PYTHON,),
    architecture: str = "amd64",
) -> Path:
    """An OCI layout with one image `b` of one layer, made with nothing but the standard library."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path in files:
            archive.addfile(tarfile.TarInfo(path))
    plain = stream.getvalue()
    layer = gzip.compress(plain, mtime=0)
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Env": list(env), "Cmd": ["sh"], "Labels": {"of": "the base"}},
        "history": [{"created_by": "a test"}, {"created_by": "ENV", "empty_layer": True}],
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(plain)}"]},
    }
    kind = "application/vnd.oci.image"
    described = _write(folder, f"{kind}.layer.v1.tar+gzip", layer)
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.manifest.v1+json",
        "config": _write(folder, f"{kind}.config.v1+json", json.dumps(config).encode()),
        "layers": [described],
    }
    top = _write(folder, f"{kind}.manifest.v1+json", json.dumps(manifest).encode())
    top["annotations"] = {"org.opencontainers.image.ref.name": "b"}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return folder


def _write(folder: Path, kind: str, content: bytes) -> dict[str, Any]:
    path = folder / "blobs" / "sha256" / sha256(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"mediaType": kind, "digest": f"sha256:{sha256(content)}", "size": len(content)}


class Layout:
    """An OCI layout as any other reader finds it; what it says of itself is checked."""

    def __init__(self, folder: Path, tag: str) -> None:
        self.folder = folder
        index = json.loads((folder / "index.json").read_text())
        (self.top,) = [
            each
            for each in index["manifests"]
            if each["annotations"]["org.opencontainers.image.ref.name"] == tag
        ]
        self.manifest = json.loads(self.blob(self.top))
        self.config = json.loads(self.blob(self.manifest["config"]))
        self.layers = self.manifest["layers"]
        plain = [gzip.decompress(self.blob(each)) for each in self.layers]
        assert self.config["rootfs"]["diff_ids"] == [f"sha256:{sha256(each)}" for each in plain]
        lines = [each for each in self.config["history"] if not each.get("empty_layer")]
        assert len(lines) == len(plain)
        self.tars = list(map(opened, plain))

    def blob(self, descriptor: Mapping[str, Any]) -> bytes:
        algorithm, _, value = str(descriptor["digest"]).partition(":")
        content: bytes = (self.folder / "blobs" / algorithm / value).read_bytes()
        assert (sha256(content), len(content)) == (value, descriptor["size"])
        return content

    @property
    def digests(self) -> list[str]:
        return [each["digest"] for each in self.layers]

    @property
    def names(self) -> list[str]:
        return sorted(name for tar in self.tars for name in tar.getnames())

    def read(self, path: str) -> bytes:
        for tar in self.tars:
            if path in tar.getnames() and (stream := tar.extractfile(path)):
                return stream.read()
        raise KeyError(path)


def opened(plain: bytes) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(plain))


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache", pytest.fail)
