"""`images.lock`: which digest the name of a base stands for. Only `--update-base` writes it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from oneroof import disk
from oneroof.errors import ConfigError, RemoteError
from oneroof.images.reference import Reference
from oneroof.images.registry import Registry

NAME = "images.lock"
_HEAD = (
    "# Which image each base stands for. Written by `oneroof image --update-base`.\nversion = 1\n"
)


def read_pins(root: Path) -> Mapping[str, str]:
    """The digests by name; empty where there is no such file.

    Raises:
        ConfigError: it is not as it was written.
    """
    try:
        document = tomllib.loads((root / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{NAME}: cannot be read: {error}"
        raise ConfigError(message, hint="remove it and run with `--update-base`") from error
    pins = {}
    for place, entry in enumerate(document.get("base", [])):
        name, digest = entry.get("name"), entry.get("digest")
        if not isinstance(name, str) or not isinstance(digest, str) or len(digest) != 71:  # noqa: PLR2004  `sha256:` and 64 digits
            message = f"{NAME}: base[{place}]: expected `name` and `digest`"
            raise ConfigError(message, hint="remove it and run with `--update-base`")
        pins[name] = digest
    return pins


def pin_base(root: Path, registry: Registry) -> None:
    """Pin what the name of a base stands for now.

    Raises:
        RemoteError: there is no such image.
    """
    reference = registry.reference
    blob = registry.get_manifest(reference.tag or "latest")
    if blob is None:
        message = f"there is no image `{reference}`"
        raise RemoteError(message, hint="check its name, or give another `--base`")
    write_pin(root, reference, blob.descriptor.digest)


def write_pin(root: Path, reference: Reference, digest: str) -> bool:
    """Pin a base; False where it was pinned so already."""
    pins = dict(read_pins(root))
    if pins.get(str(reference)) == digest:
        return False
    pins[str(reference)] = digest
    lines = [
        f'\n[[base]]\nname = "{name}"\ndigest = "{digest}"\n'
        for name, digest in sorted(pins.items())
    ]
    disk.write_atomically(root / NAME, (_HEAD + "".join(lines)).encode())
    (root / NAME).chmod(0o644)
    return True
