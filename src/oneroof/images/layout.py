"""OCI layouts: a folder, or one tar file that engines load as well."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from oneroof import disk
from oneroof.errors import ConfigError, RemoteError, ToolError
from oneroof.images import oci
from oneroof.images.image import Image
from oneroof.images.oci import Descriptor

_VERSION = b'{"imageLayoutVersion":"1.0.0"}'
_CHUNK = 1 << 20
_INDEX = "index.json"


class LayoutSource:
    """An image of an OCI layout folder; the first, where no tag is given and there is one only."""

    def __init__(self, folder: Path, tag: str = "") -> None:
        self._folder = folder
        self._tag = tag

    def manifest(self) -> oci.Blob:
        """The manifest or index of that tag."""
        try:
            content = (self._folder / _INDEX).read_bytes()
        except OSError as error:
            message = f"{self._folder}: is no OCI layout: {_INDEX}: {error.strerror}"
            raise ConfigError(message, hint="give `oci:DIR` or `oci:DIR:TAG`") from error
        index = oci.parse_index(content, str(self._folder / _INDEX))
        named = {each.annotations.get(oci.REF_NAME, ""): each for each in index.manifests}
        if self._tag in named:
            chosen = named[self._tag]
        elif not self._tag and len(index.manifests) == 1:
            chosen = index.manifests[0]
        else:
            have = ", ".join(f"`{each}`" for each in sorted(named) if each)
            message = (
                f"{self._folder}: holds no image `{self._tag}`"
                if self._tag
                else (f"{self._folder}: holds several images")
            )
            raise ConfigError(message, hint=f"it holds {have}" if have else "")
        return oci.Blob(chosen, self.read(chosen))

    def read(self, descriptor: Descriptor) -> bytes:
        """A blob, verified."""
        with self.open(descriptor) as stream:
            content = stream.read()
        if hashlib.sha256(content).hexdigest() != descriptor.content.hash:
            message = f"{self._folder}: the blob `{descriptor.digest}` is damaged"
            raise RemoteError(message)
        return content

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """A blob, not verified."""
        try:
            return _blob_path(self._folder, descriptor).open("rb")
        except OSError as error:
            message = f"{self._folder}: the blob `{descriptor.digest}` is missing"
            raise RemoteError(message) from error


def parse_layout(text: str) -> tuple[Path, str]:
    """`DIR` or `DIR:TAG`."""
    folder, colon, tag = text.rpartition(":")
    return (Path(folder), tag) if colon and "/" not in tag else (Path(text), "")


def write_layout(folder: Path, top: oci.Blob, images: Sequence[Image], tags: Sequence[str]) -> None:
    """Put images into a layout folder; other images that are there stay.

    Raises:
        ConfigError: the folder cannot be written, or is none.
        ToolError: a blob is not what its digest says.
    """
    try:
        kept = _others(folder, tags)
        for each, stream in _blobs(top, images):
            _write_blob(_blob_path(folder, each), each, stream)
        disk.write_atomically(folder / "oci-layout", _VERSION)
        entries = sorted((*kept, *_tagged(top, tags)), key=_order)
        index = oci.render_index(entries, {})
        disk.write_atomically(folder / _INDEX, index.content)
        for name in ("oci-layout", _INDEX):
            (folder / name).chmod(0o644)
    except OSError as error:
        message = f"{error.filename or folder}: cannot be written: {error.strerror}"
        raise ConfigError(message, hint="give another folder with `-o`") from error


def write_archive(path: Path, top: oci.Blob, images: Sequence[Image], names: Sequence[str]) -> None:
    """Put images into one tar file that is an OCI layout and what `docker load` reads, too.

    Raises:
        ConfigError: the file cannot be written.
        ToolError: a blob is not what its digest says.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            write_archive_stream(stream, top, images, names)
        temporary.replace(path)
    except OSError as error:
        message = f"{error.filename or path}: cannot be written: {error.strerror}"
        raise ConfigError(message, hint="give another file with `-o`") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_archive_stream(
    stream: BinaryIO, top: oci.Blob, images: Sequence[Image], names: Sequence[str]
) -> None:
    """Write the tar file into a stream."""
    # One entry: readers of archives refuse several when they are not told which. The whole name:
    # podman takes it for the image's.
    index = oci.render_index(list(_tagged(top, names[:1])), {})
    small = {"oci-layout": _VERSION, _INDEX: index.content}
    if len(images) == 1:
        # Engines of old read this one; it has no way to tell platforms apart.
        small["manifest.json"] = _docker_manifest(images[0], names)
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(small.items()):
            archive.addfile(_member(name, len(content)), io.BytesIO(content))
        for each, opened in _blobs(top, images):
            with opened:
                verified = _Verified(opened)
                archive.addfile(_member(_name(each), each.size), verified)
                verified.check(each)


def _docker_manifest(image: Image, names: Sequence[str]) -> bytes:
    return msgspec.json.encode(
        [
            {
                "Config": _name(image.config.descriptor),
                "Layers": [_name(each.descriptor) for each in image.layers],
                "RepoTags": list(names),
            }
        ],
        order="sorted",
    )


class _Verified:
    """A stream that is hashed while somebody reads it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self._sha256.update(content)
        return content

    def check(self, descriptor: Descriptor) -> None:
        if self._stream.read(1) or self._sha256.hexdigest() != descriptor.content.hash:
            message = f"the blob `{descriptor.digest}` is damaged"
            raise ToolError(message, hint="run the same command again with another cache")


def _blobs(top: oci.Blob, images: Sequence[Image]) -> Iterator[tuple[Descriptor, BinaryIO]]:
    """All blobs of images, each once, in the order of their digests."""
    small = [top, *(blob for each in images for blob in (each.manifest, each.config))]
    found = {each.descriptor.digest: (each.descriptor, each.content) for each in small}
    parts = {part.descriptor.digest: part for each in images for part in each.layers}
    for digest in sorted({*found, *parts}):
        if digest in found:
            descriptor, content = found[digest]
            yield descriptor, io.BytesIO(content)
        else:
            yield parts[digest].descriptor, parts[digest].open()


def _write_blob(path: Path, descriptor: Descriptor, stream: BinaryIO) -> None:
    with stream:
        if path.exists() and path.stat().st_size == descriptor.size:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            verified = _Verified(stream)
            with temporary.open("wb") as file:
                while chunk := verified.read(_CHUNK):
                    file.write(chunk)
            verified.check(descriptor)
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _others(folder: Path, tags: Sequence[str]) -> tuple[Descriptor, ...]:
    """What a folder holds under other tags.

    Raises:
        ConfigError: it holds something else.
    """
    if not folder.exists():
        folder.mkdir(parents=True)
    if not any(folder.iterdir()):
        return ()
    if not (folder / "oci-layout").exists():
        message = f"{folder}: is there already and is no OCI layout"
        raise ConfigError(message, hint="give another folder with `-o`")
    index = oci.parse_index((folder / _INDEX).read_bytes(), str(folder / _INDEX))
    return tuple(each for each in index.manifests if each.annotations.get(oci.REF_NAME) not in tags)


def _tagged(top: oci.Blob, tags: Sequence[str]) -> Iterator[Descriptor]:
    for tag in tags:
        yield msgspec.structs.replace(top.descriptor, annotations={oci.REF_NAME: tag})


def _order(descriptor: Descriptor) -> tuple[str, str]:
    return descriptor.annotations.get(oci.REF_NAME, ""), descriptor.digest


def _member(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info


def _name(descriptor: Descriptor) -> str:
    return f"blobs/sha256/{descriptor.content.hash}"


def _blob_path(folder: Path, descriptor: Descriptor) -> Path:
    return folder / _name(descriptor)
