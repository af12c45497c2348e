"""gzip with a fixed header, and both digests of a layer in one pass."""

import hashlib
import zlib
from collections.abc import Iterable
from typing import IO

import msgspec

from oneroof.actions.digest import Digest

LEVEL = 6
_HEADER = bytes.fromhex("1f8b08000000000000ff")
"""No name, no time, no operating system: libraries write other ones there."""


class Compressed(msgspec.Struct, frozen=True):
    """What was written."""

    digest: Digest
    """Of the gzip file: the blob."""
    diff_id: Digest
    """Of what it unpacks to."""


def write_gzip(chunks: Iterable[bytes], stream: IO[bytes]) -> Compressed:
    """Compress into a stream."""
    packed, plain = hashlib.sha256(), hashlib.sha256()
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed_size = plain_size = crc = 0

    def put(content: bytes) -> None:
        nonlocal packed_size
        packed.update(content)
        packed_size += len(content)
        stream.write(content)

    put(_HEADER)
    for chunk in chunks:
        plain.update(chunk)
        plain_size += len(chunk)
        crc = zlib.crc32(chunk, crc)
        put(compressor.compress(chunk))
    put(compressor.flush())
    put(crc.to_bytes(4, "little") + (plain_size & 0xFFFFFFFF).to_bytes(4, "little"))
    return Compressed(
        Digest(packed.hexdigest(), packed_size), Digest(plain.hexdigest(), plain_size)
    )
