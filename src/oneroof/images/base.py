"""The image that another one is built on, wherever it lies."""

import re
import tarfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO, Protocol

import msgspec

from oneroof.actions.action import Action, Command, Input
from oneroof.actions.result import ActionResult, OutputFile
from oneroof.cache.disk import DiskCache
from oneroof.errors import ConfigError, RemoteError, ToolError
from oneroof.images import oci
from oneroof.images.oci import Descriptor, Json, Manifest
from oneroof.images.venv import BasePython
from oneroof.paths import RelPath

_LISTING = RelPath("files.json")
_INTERPRETER = re.compile(r"((?:usr/local/|usr/|opt/(?:[\w.-]+/)?)?bin)/python(3\.\d+)")
_VERSION = re.compile(r"3\.\d+\.\d+")


class Source(Protocol):
    """A place that images are taken from: a layout on disk, a registry."""

    def manifest(self) -> oci.Blob:
        """The manifest or index that was asked for."""
        ...

    def read(self, descriptor: Descriptor) -> bytes:
        """A small blob, verified."""
        ...

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """A large blob; whoever reads it verifies it."""
        ...


class Base(msgspec.Struct, frozen=True):
    """An image for one platform."""

    name: str
    """As it was asked for; empty where that is a folder of this machine."""
    source: Source
    manifest: Manifest
    digest: str
    """Of the manifest for this platform."""
    config: Json

    @property
    def env(self) -> dict[str, str]:
        """Its environment variables."""
        lines = oci.strings(oci.table(self.config, "config"), "Env")
        return {key: value for key, _, value in (line.partition("=") for line in lines)}

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """Of its layers, unpacked."""
        return oci.strings(oci.table(self.config, "rootfs"), "diff_ids")


def open_base(source: Source, name: str, platform: oci.Platform) -> Base:
    """The image for a platform.

    Raises:
        RemoteError: there is none, or it is damaged.
    """
    blob = source.manifest()
    if blob.descriptor.media_type in oci.INDEXES:
        index = oci.parse_index(blob.content, name)
        chosen = _choose(index, platform)
        if chosen is None:
            have = ", ".join(sorted({str(m.platform) for m in index.manifests if m.platform}))
            message = f"the base `{name}` has nothing for {platform}"
            raise RemoteError(message, hint=f"it is for {have}" if have else "")
        blob = oci.Blob(chosen, source.read(chosen))
    manifest = oci.parse_manifest(blob.content, name)
    config = oci.parse_config(source.read(manifest.config), name)
    base = Base(name, source, manifest, blob.descriptor.digest, config)
    found = oci.Platform(str(config.get("architecture", "")), str(config.get("os", "")))
    if (found.architecture, found.os) != (platform.architecture, platform.os):
        message = f"the base `{name}` is for {found}, not for {platform}"
        raise RemoteError(message, hint=f"give `--platform {found}`, or another base")
    if len(base.diff_ids) != len(manifest.layers):
        message = f"the base `{name}` is damaged: its configuration tells other layers"
        raise RemoteError(message)
    return base


def _choose(index: oci.Index, platform: oci.Platform) -> Descriptor | None:
    fitting = [
        each
        for each in index.manifests
        if each.media_type in oci.MANIFESTS
        and (
            each.platform is None
            or (each.platform.os, each.platform.architecture)
            == (platform.os, platform.architecture)
        )
    ]
    # `arm64` and `arm64/v8` are one; another variant asks more of the machine.
    plain = [
        each for each in fitting if each.platform is None or each.platform.variant in {"", "v8"}
    ]
    return next(iter(plain or fitting), None)


def find_python(base: Base, cache: DiskCache, told: str | None, wanted: str) -> BasePython:
    """The interpreter of a base: what the settings say, what its variables say, what is found.

    `wanted` is a minor version to choose where there are several; empty: the latest.

    Raises:
        ConfigError: there is none.
    """
    version = base.env.get("PYTHON_VERSION", "")
    if told is not None:
        match = re.search(r"python(3\.\d+)$", told)
        if match is None and not _VERSION.fullmatch(version):
            message = f"`{told}` does not tell which Python it is"
            raise ConfigError(message, hint="name it like `/usr/bin/python3.12`")
        return BasePython(told, match[1] if match else version)
    if _VERSION.fullmatch(version):
        # The official images of Python say it so.
        return BasePython(f"/usr/local/bin/python{version.rpartition('.')[0]}", version)
    found = [match for each in list_files(base, cache) if (match := _INTERPRETER.fullmatch(each))]
    fitting = [match for match in found if match[2] == wanted] if wanted else found
    if not fitting:
        have = ", ".join(sorted({f"`/{match[0]}`" for match in found}))
        what = f"Python {wanted}" if wanted and found else "Python"
        message = f"the base `{base.name or base.digest}` holds no {what}"
        hint = f"it holds {have}" if have else "take one that does, such as `python:3.12-slim`"
        raise ConfigError(message, hint=hint)
    best = max(fitting, key=lambda match: (int(match[2].partition(".")[2]), match[1]))
    return BasePython(f"/{best[0]}", best[2])


def list_files(base: Base, cache: DiskCache) -> tuple[str, ...]:
    """All paths in a base, sorted; read from its layers once."""
    action = Action(Command(("list files",)), (Input("base", base.digest), Input("format", "1")))
    result = cache.actions.get_action_result(action.digest)
    if result is not None and len(result.output_files) == 1:
        content = cache.storage.read(result.output_files[0].digest)
        if content is not None:
            return msgspec.json.decode(content, type=tuple[str, ...])
    found: set[str] = set()
    for layer in base.manifest.layers:
        _apply(found, layer, base.source)
    listing = tuple(sorted(found))
    output = OutputFile(_LISTING, cache.storage.write(msgspec.json.encode(listing)))
    cache.actions.update_action_result(
        action.digest, ActionResult("passed", 0.0, 0, output_files=(output,))
    )
    return listing


def _apply(found: set[str], layer: Descriptor, source: Source) -> None:
    """Add the paths of a layer and take away what it removes."""
    try:
        with source.open(layer) as stream, tarfile.open(fileobj=stream, mode="r|*") as archive:
            for member in archive:
                path = member.name.removeprefix("./").strip("/")
                folder, _, name = path.rpartition("/")
                if name == ".wh..wh..opq":
                    found -= {each for each in found if each.startswith(f"{folder}/")}
                elif name.startswith(".wh."):
                    gone = f"{folder}/{name.removeprefix('.wh.')}".lstrip("/")
                    found -= {each for each in found if each == gone or each.startswith(f"{gone}/")}
                elif not member.isdir():
                    found.add(path)
    except (tarfile.TarError, zlib.error, EOFError) as error:
        message = f"a layer of the base cannot be read: {error}"
        hint = 'say where its Python is: `[tool.oneroof.image]` `python = "/usr/bin/python3.12"`'
        raise ToolError(message, hint=hint) from error


def variables(env: Mapping[str, str]) -> list[str]:
    """Variables as a configuration lists them."""
    return [f"{key}={value}" for key, value in env.items()]
