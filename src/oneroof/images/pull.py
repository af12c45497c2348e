"""A base in a registry, of which every blob is fetched once."""

import hashlib
from typing import BinaryIO

from oneroof.actions.action import Action, Command, Input
from oneroof.actions.result import ActionResult, OutputFile
from oneroof.cache.disk import DiskCache
from oneroof.errors import RemoteError, ToolError
from oneroof.images import oci
from oneroof.images.oci import Descriptor
from oneroof.images.registry import Registry
from oneroof.paths import RelPath

_CHUNK = 1 << 20


class RegistrySource:
    """An image of a registry; what is named by a digest comes from the cache if it is there."""

    def __init__(self, registry: Registry, identifier: str, cache: DiskCache) -> None:
        self._registry = registry
        self._identifier = identifier
        self._cache = cache

    def manifest(self) -> oci.Blob:
        """The manifest or index.

        Raises:
            RemoteError: there is none.
        """
        if ":" not in self._identifier:
            return self._fetch()
        action = Action(Command(("manifest",)), (Input("digest", self._identifier),))
        result = self._cache.actions.get_action_result(action.digest)
        if result is not None and len(result.output_files) == 1:
            content = self._cache.storage.read(result.output_files[0].digest)
            if content is not None:
                return oci.make_blob(result.reason, content)
        blob = self._fetch()
        output = OutputFile(RelPath("manifest"), self._cache.storage.write(blob.content))
        kind = blob.descriptor.media_type
        self._cache.actions.update_action_result(
            action.digest, ActionResult("passed", 0.0, 0, reason=kind, output_files=(output,))
        )
        return blob

    def _fetch(self) -> oci.Blob:
        blob = self._registry.get_manifest(self._identifier)
        if blob is None:
            message = f"there is no image `{self._registry.reference}`"
            raise RemoteError(message, hint="check its name, or give another `--base`")
        return blob

    def read(self, descriptor: Descriptor) -> bytes:
        """A small blob, verified."""
        content = self._cache.storage.read(descriptor.content)
        if content is None:
            content = self._registry.read_blob(descriptor)
            self._cache.storage.write(content)
        return content

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """A large blob, verified when it came in."""
        path = self._cache.storage.locate(descriptor.content)
        if path is None:
            self._download(descriptor)
            path = self._cache.storage.locate(descriptor.content)
        if path is None:
            message = f"the blob `{descriptor.digest}` cannot be kept"
            raise ToolError(message, hint="make room, or set ONEROOF_CACHE_DIR")
        return path.open("rb")

    def _download(self, descriptor: Descriptor) -> None:
        sha256 = hashlib.sha256()
        with (
            self._registry.open_blob(descriptor) as stream,
            self._cache.storage.incoming() as incoming,
        ):
            while chunk := stream.read(_CHUNK):
                sha256.update(chunk)
                incoming.stream.write(chunk)
            if sha256.hexdigest() != descriptor.content.hash:
                message = f"the blob `{descriptor.digest}` did not come whole"
                raise RemoteError(message, hint="run the same command again")
            incoming.stream.flush()
            incoming.keep(descriptor.content)
