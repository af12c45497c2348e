"""What pins are installed from on this machine, outside of the workspace.

No lock has hashes for folders, nor uv's for the wheels of a local index: so the content counts.
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from oneroof.locks.model import Pin

_NO_SOURCES = frozenset({".git", ".hg", ".venv", "venv", "__pycache__", "node_modules", ".tox"})
"""Folders that nothing is built from."""
_DIGITS = 32


def place_elsewhere(pin: Pin, root: Path) -> Path | None:
    """The file or folder a pin comes from where no hash vouches for it; None: there is none."""
    source = pin.source
    location = source.location
    if pin.hashes or not location or source.kind == "git":
        return None
    if location.startswith("file://"):
        place = Path(unquote(urlsplit(location).path))
    elif "://" in location:
        return None
    else:
        place = Path(os.path.normpath(root / location))
    if source.kind != "registry" and place.is_relative_to(root):
        return None
    return place if place.exists() else None


def files_elsewhere(pin: Pin, place: Path) -> Iterator[Path]:
    """The files below a place that may be installed for a pin, sorted."""
    if place.is_file():
        yield place
    elif pin.source.kind == "registry":
        name = re.sub(r"[-_.]+", "[-_.]+", pin.name)
        pattern = re.compile(rf"{name}-{re.escape(pin.version or '')}[-.]", re.IGNORECASE)
        yield from sorted(each for each in place.iterdir() if pattern.match(each.name))
    else:
        for folder, names, files in os.walk(place):
            names[:] = sorted(each for each in names if each not in _NO_SOURCES)
            yield from (Path(folder, each) for each in sorted(files))


def digest_elsewhere(pin: Pin, place: Path) -> str:
    """The digest of the files that may be installed for a pin, with their names."""
    digest = hashlib.sha256()
    for path in files_elsewhere(pin, place):
        with contextlib.suppress(OSError):
            content = hashlib.sha256(path.read_bytes()).digest()
            digest.update(os.fsencode(os.path.relpath(path, place)) + b"\0" + content)
    return digest.hexdigest()[:_DIGITS]
